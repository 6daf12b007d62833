#include "tools/command.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

const struct tfs_command *const tfs_commands[] = {
    &tfs_command_init,   &tfs_command_mount,
    &tfs_command_umount, &tfs_command_import,
    &tfs_command_export, &tfs_command_check,
    &tfs_command_bench,  &tfs_command_version,
    &tfs_command_help,   NULL,
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
