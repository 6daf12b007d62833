/* Status codes: the one result type of every room.
 *
 * A function that can fail returns enum bc_status; BC_OK is 0, so `if (st)` reads as "if it
 * failed". Each function's comment lists the codes that it returns beyond BC_NO_MEMORY, which every
 * allocating function may return. errno lives in fs/ alone (fs/errno.h translates in one table).
 *
 * A message for people travels beside the code in a struct bc_error, which the caller owns and may
 * leave out (NULL). It says what, where and what to do, in one line without a trailing newline. */
#ifndef BRANCHCORE_STATUS_H
#define BRANCHCORE_STATUS_H

#include <stdarg.h>

enum bc_status {
    BC_OK = 0,
    BC_NOT_FOUND,     /* no such name, row, branch or file */
    BC_EXISTS,        /* the name is taken */
    BC_INVALID,       /* an argument or a name breaks a rule */
    BC_SYNTAX,        /* text that is not of its syntax */
    BC_NO_MEMORY,     /* an allocation failed or the memory budget is spent */
    BC_IO,            /* the system refused a read or write */
    BC_CORRUPT,       /* stored bytes do not say what they must */
    BC_NO_SPACE,      /* the disk is full */
    BC_NOT_DIRECTORY, /* a folder was needed */
    BC_IS_DIRECTORY,  /* a folder was given */
    BC_NOT_EMPTY,     /* a folder with entries, or a branch with changes of its own */
    BC_NAME_TOO_LONG, /* a name over its limit */
    BC_TOO_LARGE,     /* a value over its limit */
    BC_BUSY,          /* in use in a way that excludes this operation */
    BC_LOCKED,        /* the store is held by another process */
    BC_READ_ONLY,     /* the past cannot be changed */
    BC_CROSS_BRANCH,  /* a rename from one branch to another */
    BC_STALE,         /* the file or branch is gone since it was opened */
    BC_UNSUPPORTED,   /* this machine, build or file kind cannot do it */
    BC_NO_DATA,       /* nothing there to answer with, such as a missing attribute */
    BC_CONFLICT,      /* a merge met conflicts */
    BC_CANCELLED,     /* stopped on request */
    BC_DENIED,        /* permission */
    BC_NEWER_FORMAT,  /* written by a later version of triplefs */
    BC_NOT_A_STORE,   /* a directory that holds something else */
    BC_STATUS_COUNT
};

/* A short lower-case description, such as "no such file or branch". Never NULL; static storage. */
const char *bc_status_text(enum bc_status status);

struct bc_error {
    char text[512];
};

/* Formats a message into err (cut at its end if too long) and returns status, so that a failure
 * reads `return bc_fail(err, BC_INVALID, "...")`. err may be NULL. */
enum bc_status bc_fail(struct bc_error *err, enum bc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
