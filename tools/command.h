/* The commands of the program: one file each, listed in main.c. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "tools/say.h"

#include <getopt.h>

struct tfs_command {
    const char *name;
    const char *summary;               /* one line, for the list of commands */
    const char *help;                  /* what `triplefs help NAME` prints */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns enum tfs_exit */
};

extern const struct tfs_command tfs_command_init;
extern const struct tfs_command tfs_command_mount;
extern const struct tfs_command tfs_command_umount;
extern const struct tfs_command tfs_command_import;
extern const struct tfs_command tfs_command_export;
extern const struct tfs_command tfs_command_check;
extern const struct tfs_command tfs_command_sort;
extern const struct tfs_command tfs_command_canon;
extern const struct tfs_command tfs_command_bench;
/* Faces of a mounted store's control files (face.h). */
extern const struct tfs_command tfs_command_status;
extern const struct tfs_command tfs_command_commit;
extern const struct tfs_command tfs_command_log;
extern const struct tfs_command tfs_command_show;
extern const struct tfs_command tfs_command_diff;
extern const struct tfs_command tfs_command_patch;
extern const struct tfs_command tfs_command_match;
extern const struct tfs_command tfs_command_count;
extern const struct tfs_command tfs_command_rewrite;
extern const struct tfs_command tfs_command_branch;
extern const struct tfs_command tfs_command_restore;
extern const struct tfs_command tfs_command_merge;
extern const struct tfs_command tfs_command_conflicts;
extern const struct tfs_command tfs_command_reset;
extern const struct tfs_command tfs_command_revert;
extern const struct tfs_command tfs_command_at;
extern const struct tfs_command tfs_command_tag;
extern const struct tfs_command tfs_command_prefixes;
extern const struct tfs_command tfs_command_reflog;
extern const struct tfs_command tfs_command_gc;
extern const struct tfs_command tfs_command_events;
extern const struct tfs_command tfs_command_version;
extern const struct tfs_command tfs_command_help;

struct tfs_command_group {
    const char *title;
    const struct tfs_command *const *commands; /* ends with NULL */
};
/* All of them, in the order of the list; ends with a group without a title. */
extern const struct tfs_command_group tfs_command_groups[];

/* NULL: no such command. */
const struct tfs_command *tfs_command_find(const char *name);

/* getopt_long(3) with our own messages: the next option's letter, -1 at the end, '?' after telling
 * what is wrong (the caller returns TFS_USAGE). letters must start with ':'. `-h` and `--help` are
 * the caller's: letters and names should have them (TFS_HELP_OPTION). */
int tfs_next_option(int argc, char **argv, const char *letters, const struct option *names);

#define TFS_HELP_OPTION                                                                            \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }

/* Prints a command's help on standard output; returns TFS_DONE, or TFS_FAILED if it could not be
 * written. */
int tfs_help(const struct tfs_command *command);

/* Behind all that a command prints on standard output: TFS_DONE, or TFS_FAILED after telling that
 * it cannot be written. Where nobody reads any more, who reads may have seen enough: nothing is
 * told. */
int tfs_end_output(void);

#endif
