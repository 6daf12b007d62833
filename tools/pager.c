#include "tools/pager.h"

#include "tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *pager_command(void)
{
    const char *command = getenv("TRIPLEFS_PAGER");
    if (!command)
        command = getenv("PAGER");
    if (!command)
        command = "less";
    return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL : command;
}

static pid_t spawn(const char *command, int input)
{
    extern char **environ;
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return 0;
    if (posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) != 0 ||
        posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ) != 0)
        child = 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    return child;
}

pid_t tfs_pager_start(void)
{
    const char *command = pager_command();
    int ends[2];
    if (!command || !isatty(STDOUT_FILENO) || pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    /* As with git: less ends at once if all fits, keeps colours, and leaves the screen as it is. */
    (void)setenv("LESS", "FRX", 0);
    pid_t pager = spawn(command, ends[0]);
    if (pager && dup2(ends[1], STDOUT_FILENO) >= 0) {
        tfs_terminal_ahead();
        /* The pager hears Ctrl-C; if it ends early, our writes fail. */
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGPIPE, SIG_IGN);
    }
    close(ends[0]);
    close(ends[1]);
    return pager;
}

void tfs_pager_wait(pid_t pager)
{
    if (pager == 0)
        return;
    (void)fclose(stdout);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        continue;
}
