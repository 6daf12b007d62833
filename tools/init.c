/* triplefs init */
#include "tools/command.h"
#include "tools/store_dir.h"

#include <stdio.h>

static const char help[] =
    "usage: triplefs init STORE\n\n"
    "Creates a store in the directory STORE, which is created too unless it is there and empty.\n"
    "The new store has one branch, 'main', without files. Mount it with:\n\n"
    "  triplefs mount STORE MOUNTPOINT\n";

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_HELP_OPTION, {0}};
    for (int option; (option = tfs_next_option(argc, argv, ":h", names)) != -1;) {
        if (option == 'h')
            return tfs_help(&tfs_command_init);
        return TFS_USAGE;
    }
    if (optind == argc)
        return tfs_say_usage("init", "no directory for the store given");
    if (argc - optind > 1)
        return tfs_say_usage("init", "one store at a time, not '%s' too", argv[optind + 1]);
    struct bc_error error = {0};
    enum bc_status status = tfs_store_create(argv[optind], &error);
    if (status) {
        tfs_say("%s", error.text);
        return TFS_FAILED;
    }
    return TFS_DONE;
}

const struct tfs_command tfs_command_init = {
    .name = "init",
    .summary = "create a store",
    .help = help,
    .run = run,
};
