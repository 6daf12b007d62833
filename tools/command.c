#include "tools/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct tfs_command *tfs_command_find(const char *name)
{
    for (const struct tfs_command_group *group = tfs_command_groups; group->title; group++)
        for (const struct tfs_command *const *command = group->commands; *command; command++)
            if (strcmp((*command)->name, name) == 0)
                return *command;
    return NULL;
}

int tfs_next_option(int argc, char **argv, const char *letters, const struct option *names)
{
    opterr = 0;
    int option = getopt_long(argc, argv, letters, names, NULL);
    if (option == ':') {
        tfs_say_usage(argv[0], "option '%s' needs a value", argv[optind - 1]);
        return '?';
    }
    if (option == '?') {
        /* optopt is the letter of an unknown short option, which may stand in the middle of a
         * word; for a long one it is 0, or the letter of one that takes no value. */
        if (optopt && strncmp(argv[optind - 1], "--", 2) == 0)
            tfs_say_usage(argv[0], "option '%s' takes no value", argv[optind - 1]);
        else if (optopt)
            tfs_say_usage(argv[0], "unknown option '-%c'", optopt);
        else
            tfs_say_usage(argv[0], "unknown option '%s'", argv[optind - 1]);
    }
    return option;
}

int tfs_help(const struct tfs_command *command)
{
    if (fputs(command->help, stdout) == EOF || fflush(stdout) == EOF)
        return TFS_FAILED;
    return TFS_DONE;
}

int tfs_end_output(void)
{
    if (!ferror(stdout) && fflush(stdout) == 0)
        return TFS_DONE;
    if (errno != EPIPE)
        tfs_say("cannot write to standard output: %s", strerror(errno));
    return TFS_FAILED;
}
