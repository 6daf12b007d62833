#include "fs/errno.h"

#include <errno.h>

static const int numbers[BC_STATUS_COUNT] = {
    [BC_OK] = 0,
    [BC_NOT_FOUND] = ENOENT,
    [BC_EXISTS] = EEXIST,
    [BC_INVALID] = EINVAL,
    [BC_SYNTAX] = EINVAL,
    [BC_NO_MEMORY] = ENOMEM,
    [BC_IO] = EIO,
    [BC_CORRUPT] = EIO,
    [BC_NO_SPACE] = ENOSPC,
    [BC_NOT_DIRECTORY] = ENOTDIR,
    [BC_IS_DIRECTORY] = EISDIR,
    [BC_NOT_EMPTY] = ENOTEMPTY,
    [BC_NAME_TOO_LONG] = ENAMETOOLONG,
    [BC_TOO_LARGE] = EFBIG,
    [BC_BUSY] = EBUSY,
    [BC_LOCKED] = EBUSY,
    [BC_READ_ONLY] = EROFS,
    [BC_CROSS_BRANCH] = EXDEV,
    [BC_STALE] = ESTALE,
    [BC_UNSUPPORTED] = EOPNOTSUPP,
    [BC_NO_DATA] = ENODATA,
    [BC_CONFLICT] = ECANCELED,
    [BC_CANCELLED] = EINTR,
    [BC_DENIED] = EACCES,
    [BC_NEWER_FORMAT] = EPROTO,
    [BC_NOT_A_STORE] = EINVAL,
};

int tfs_errno(enum bc_status status)
{
    if ((unsigned)status >= BC_STATUS_COUNT)
        return EIO;
    return numbers[status];
}
