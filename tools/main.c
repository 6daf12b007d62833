#include "tools/command.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const struct tfs_command *const stores[] = {
    &tfs_command_init,
    &tfs_command_mount,
    &tfs_command_umount,
    &tfs_command_import,
    &tfs_command_export,
    &tfs_command_check,
    NULL,
};

static const struct tfs_command *const work[] = {
    &tfs_command_status,
    &tfs_command_commit,
    &tfs_command_log,
    &tfs_command_show,
    &tfs_command_diff,
    &tfs_command_patch,
    NULL,
};

static const struct tfs_command *const questions[] = {
    &tfs_command_match, &tfs_command_count, &tfs_command_rewrite, &tfs_command_prefixes, NULL,
};

static const struct tfs_command *const branches[] = {
    &tfs_command_branch, &tfs_command_merge,  &tfs_command_conflicts, &tfs_command_at,
    &tfs_command_reset,  &tfs_command_revert, &tfs_command_restore,   NULL,
};

static const struct tfs_command *const upkeep[] = {
    &tfs_command_tag, &tfs_command_reflog, &tfs_command_gc, &tfs_command_events, NULL,
};

static const struct tfs_command *const others[] = {
    &tfs_command_sort,    &tfs_command_canon, &tfs_command_bench,
    &tfs_command_version, &tfs_command_help,  NULL,
};

const struct tfs_command_group tfs_command_groups[] = {
    {"stores", stores},
    {"in a branch of a mounted store", work},
    {"by patterns and prefixes", questions},
    {"branches and the past", branches},
    {"the mounted store", upkeep},
    {"others", others},
    {NULL, NULL},
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
    /* mount(8) calls a helper of this name: the arguments are those of `triplefs mount`, but for
     * its own flags. mount.fuse3(8) calls `triplefs STORE MOUNTPOINT -o OPTIONS`. */
    if (argc > 0 && strncmp(base_name(argv[0]), "mount.", 6) == 0)
        return tfs_command_mount.run(argc, argv);
    for (; argc > 1 && strcmp(argv[1], "-C") == 0; argc -= 2, argv += 2) {
        if (argc < 3)
            return tfs_say_usage(NULL, "option '-C' needs a value");
        if (chdir(argv[2]) != 0) {
            tfs_say("cannot go to %s: %s", argv[2], strerror(errno));
            return TFS_FAILED;
        }
    }
    if (argc < 2)
        return tfs_say_usage(NULL, "no command given");
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const struct tfs_command *command = tfs_command_find(name);
    if (command) {
        argv[1] = (char *)command->name;
        return command->run(argc - 1, argv + 1);
    }
    if (strchr(name, '/') && argc > 2) {
        argv[0] = (char *)"mount";
        return tfs_command_mount.run(argc, argv);
    }
    return tfs_say_usage(NULL, "unknown command '%s'", name);
}
