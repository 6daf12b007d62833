#include "branchcore/status.h"

#include <stdio.h>

static const char *const texts[BC_STATUS_COUNT] = {
    [BC_OK] = "done",
    [BC_NOT_FOUND] = "no such file, branch or entry",
    [BC_EXISTS] = "the name is taken",
    [BC_INVALID] = "invalid argument",
    [BC_SYNTAX] = "syntax error",
    [BC_NO_MEMORY] = "out of memory",
    [BC_IO] = "input/output error",
    [BC_CORRUPT] = "the store is damaged here",
    [BC_NO_SPACE] = "no space left on the disk",
    [BC_NOT_DIRECTORY] = "not a folder",
    [BC_IS_DIRECTORY] = "is a folder",
    [BC_NOT_EMPTY] = "not empty",
    [BC_NAME_TOO_LONG] = "name too long",
    [BC_TOO_LARGE] = "too large",
    [BC_BUSY] = "in use",
    [BC_LOCKED] = "the store is held by another process",
    [BC_READ_ONLY] = "read-only",
    [BC_CROSS_BRANCH] = "on another branch",
    [BC_STALE] = "gone since it was opened",
    [BC_UNSUPPORTED] = "not supported",
    [BC_NO_DATA] = "no data",
    [BC_CONFLICT] = "conflict",
    [BC_CANCELLED] = "cancelled",
    [BC_DENIED] = "permission denied",
    [BC_NEWER_FORMAT] = "written by a newer triplefs",
    [BC_NOT_A_STORE] = "not a triplefs store",
};

const char *bc_status_text(enum bc_status status)
{
    if ((unsigned)status >= BC_STATUS_COUNT)
        return "unknown status";
    return texts[status];
}

enum bc_status bc_fail(struct bc_error *err, enum bc_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}
