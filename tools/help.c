/* triplefs help, triplefs version */
#include "tools/command.h"

#include "branchcore/repo.h"

#include <stdio.h>

static int list_commands(void)
{
    printf("triplefs: knowledge graphs as files, with branches\n\n"
           "usage: triplefs [-C DIR] COMMAND ...\n");
    for (const struct tfs_command_group *group = tfs_command_groups; group->title; group++) {
        printf("\n%s\n", group->title);
        for (const struct tfs_command *const *command = group->commands; *command; command++)
            printf("  %-9s %s\n", (*command)->name, (*command)->summary);
    }
    printf("\n'triplefs help COMMAND' tells more; triplefs(1) and triplefs(5) tell everything.\n");
    return fflush(stdout) == EOF ? TFS_FAILED : TFS_DONE;
}

static int run_help(int argc, char **argv)
{
    if (argc < 2)
        return list_commands();
    if (argc > 2)
        return tfs_say_usage("help", "one command at a time, not '%s' too", argv[2]);
    const struct tfs_command *command = tfs_command_find(argv[1]);
    if (!command)
        return tfs_say_usage(NULL, "unknown command '%s'", argv[1]);
    return tfs_help(command);
}

const struct tfs_command tfs_command_help = {
    .name = "help",
    .summary = "tell about a command",
    .help = "usage: triplefs help [COMMAND]\n\nLists the commands, or tells how to use one.\n",
    .run = run_help,
};

static int run_version(int argc, char **argv)
{
    if (argc > 1)
        return tfs_say_usage("version", "unexpected '%s'", argv[1]);
    printf("triplefs %s\nstore format %d\n", TRIPLEFS_VERSION, BC_FORMAT_VERSION);
    return fflush(stdout) == EOF ? TFS_FAILED : TFS_DONE;
}

const struct tfs_command tfs_command_version = {
    .name = "version",
    .summary = "print the version of the program and of the stores that it writes",
    .help = "usage: triplefs version\n\n"
            "Prints the program's version and the format version of the stores that it writes.\n",
    .run = run_version,
};
