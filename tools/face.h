/* Faces: the commands that say at a terminal what the control files of a mounted store do. Here is
 * what they share: options, and which store and branch are meant.
 *
 * The working directory says it: it lies on a mount, and the first name below the mountpoint is the
 * branch. `.branch/at/REF` in it goes on to that point of the branch's past. */
#ifndef TOOLS_FACE_H
#define TOOLS_FACE_H

#include "tools/command.h"
#include "tools/mount_table.h"
#include "tools/progress_bar.h"

#include "branchcore/branch.h"

enum {
    TFS_OPTION_BRANCH = 0x100,
    TFS_OPTION_JSON,
    TFS_OPTION_PROGRESS,
    TFS_OPTION_NO_PROGRESS,
    TFS_OPTION_OWN /* the first number that a command's own long options may have */
};

/* The options of every face, for the end of its table; letters begin with TFS_FACE_LETTERS. */
#define TFS_FACE_LETTERS ":hC:"
#define TFS_FACE_OPTIONS                                                                           \
    {"branch", required_argument, NULL, TFS_OPTION_BRANCH},                                        \
        {"json", no_argument, NULL, TFS_OPTION_JSON}, TFS_HELP_OPTION,                             \
    {                                                                                              \
        0                                                                                          \
    }
/* The same for one whose work can take long. */
#define TFS_FACE_WORK_OPTIONS                                                                      \
    {"progress", no_argument, NULL, TFS_OPTION_PROGRESS},                                          \
        {"no-progress", no_argument, NULL, TFS_OPTION_NO_PROGRESS}, TFS_FACE_OPTIONS

/* What help pages say of them. */
#define TFS_FACE_HELP                                                                              \
    "  -C DIR           as if started in DIR\n"                                                    \
    "  --branch NAME    that branch, not the one of the working directory\n"                       \
    "  --json           for programs: print JSON\n"
#define TFS_FACE_WORK_HELP                                                                         \
    TFS_FACE_HELP "  --progress, --no-progress  draw a progress bar, or none\n"

enum { TFS_REF_MAX = 250 };

enum tfs_face_need {
    TFS_NEEDS_STORE,  /* a mount; a branch if there is one */
    TFS_NEEDS_BRANCH, /* a branch, or a point of its past */
    TFS_NEEDS_PRESENT /* a branch, not its past */
};

struct tfs_face {
    const struct tfs_command *command;
    /* What options say. */
    const char *directory; /* NULL: the working directory */
    const char *wanted;    /* branch; NULL: by the directory */
    bool json;
    enum tfs_progress_when show;
    /* What was found. */
    struct tfs_mounted mounted;
    int root;                            /* the mountpoint, open for look-ups */
    char branch[BC_BRANCH_NAME_MAX + 1]; /* "": none */
    char place[PATH_MAX]; /* its tree, from the mountpoint: "main", "main/.branch/at/REF" */
    char below[PATH_MAX]; /* where in that tree the working directory is; "": at its top */
};

/* tfs_next_option for a face: takes the shared options itself. */
int tfs_face_option(struct tfs_face *face, int argc, char **argv, const char *letters,
                    const struct option *names);
/* What run returns for an option that is not its own: 'h' prints the help. */
int tfs_face_end_options(const struct tfs_face *face, int option);

/* Finds the mount and the branch. TFS_FAILED after telling why not, and what to do. */
int tfs_face_find(struct tfs_face *face, enum tfs_face_need need);

/* The path of a control from the mountpoint: of the branch (or the point of its past), or of the
 * store. False, after telling: too long. */
bool tfs_branch_control(const struct tfs_face *face, char path[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A REF as it was typed, in the form that the control files take. What git calls HEAD and REF^ is
 * head and REF~1 here. False: it cannot be one. */
bool tfs_ref_read(const struct tfs_face *face, const char *typed, char ref[TFS_REF_MAX + 1]);
/* The same, telling so. */
bool tfs_face_ref(const struct tfs_face *face, const char *typed, char ref[TFS_REF_MAX + 1]);

/* "triplefs: COMMAND: MESSAGE" on standard error; returns TFS_FAILED. */
int tfs_face_fail(const struct tfs_face *face, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What a command returns that has printed: TFS_FAILED, after telling, if standard output did not
 * take it. */
int tfs_face_done(const struct tfs_face *face);

#endif
