#include "fs/session.h"

#include "fs/attr.h"
#include "fs/dir.h"
#include "fs/handle.h"
#include "fs/lookup.h"
#include "fs/names.h"
#include "fs/xattr.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { TRANSFER_BYTES = 1 << 20, BACKGROUND = 64 };

/* Some of these are on by default in one version of libfuse and off in another. */
static void want(struct fuse_conn_info *conn, uint64_t capability, bool on)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
    if (!on)
        fuse_unset_feature_flag(conn, capability);
    else
        (void)fuse_set_feature_flag(conn, capability); /* false: the kernel cannot do it */
#else
    if (!on)
        conn->want &= ~(unsigned)capability;
    else if (conn->capable & capability)
        conn->want |= (unsigned)capability;
#endif
}

static void tfs_init(void *userdata, struct fuse_conn_info *conn)
{
    (void)userdata;
    want(conn, FUSE_CAP_ASYNC_READ, true);
    want(conn, FUSE_CAP_ASYNC_DIO, true);
    want(conn, FUSE_CAP_ATOMIC_O_TRUNC, true);
    want(conn, FUSE_CAP_PARALLEL_DIROPS, true);
    want(conn, FUSE_CAP_HANDLE_KILLPRIV, true);
#ifdef FUSE_CAP_HANDLE_KILLPRIV_V2
    /* By it the kernel goes on showing set-id bits that a write has cleared. */
    want(conn, FUSE_CAP_HANDLE_KILLPRIV_V2, false);
#endif
    want(conn, FUSE_CAP_READDIRPLUS, true);
    want(conn, FUSE_CAP_READDIRPLUS_AUTO, true);
    want(conn, FUSE_CAP_AUTO_INVAL_DATA, true);
    want(conn, FUSE_CAP_CACHE_SYMLINKS, true);
    want(conn, FUSE_CAP_POSIX_ACL, false); /* or permissions wait for an access list of each file */
    want(conn, FUSE_CAP_WRITEBACK_CACHE, false);
    want(conn, FUSE_CAP_EXPORT_SUPPORT, false);
    conn->max_write = TRANSFER_BYTES;
    conn->max_read = TRANSFER_BYTES;
    conn->max_background = BACKGROUND;
    conn->congestion_threshold = BACKGROUND * 3 / 4;
}

static void tfs_statfs(fuse_req_t req, fuse_ino_t nodeid)
{
    (void)nodeid;
    struct statvfs st;
    if (statvfs(tfs_mount_of(req)->options->store_path, &st)) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    st.f_namemax = BC_NAME_MAX;
    (void)fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops operations = {
    .init = tfs_init,
    .lookup = tfs_lookup,
    .forget = tfs_forget,
    .forget_multi = tfs_forget_multi,
    .getattr = tfs_getattr,
    .setattr = tfs_setattr,
    .readlink = tfs_readlink,
    .mknod = tfs_mknod,
    .mkdir = tfs_mkdir,
    .unlink = tfs_unlink,
    .rmdir = tfs_rmdir,
    .symlink = tfs_symlink,
    .rename = tfs_rename,
    .link = tfs_link,
    .create = tfs_create,
    .open = tfs_open,
    .read = tfs_read,
    .write = tfs_write,
    .flush = tfs_flush,
    .release = tfs_release,
    .fsync = tfs_fsync,
    .opendir = tfs_opendir,
    .readdir = tfs_readdir,
    .readdirplus = tfs_readdirplus,
    .releasedir = tfs_releasedir,
    .fsyncdir = tfs_fsyncdir,
    .statfs = tfs_statfs,
    .setxattr = tfs_setxattr,
    .getxattr = tfs_getxattr,
    .listxattr = tfs_listxattr,
    .removexattr = tfs_removexattr,
    .poll = tfs_poll,
    .fallocate = tfs_fallocate,
    .copy_file_range = tfs_copy_file_range,
};

/* Commas separate libfuse's options, so one in a path is escaped, as is the escape. */
static enum bc_status append_escaped(struct bc_buffer *to, const char *text)
{
    enum bc_status st = BC_OK;
    for (; *text && !st; text++) {
        if (*text == ',' || *text == '\\')
            st = bc_buffer_append(to, "\\", 1);
        if (!st)
            st = bc_buffer_append(to, text, 1);
    }
    return st;
}

static enum bc_status option_list(const struct tfs_serve_options *options, struct bc_buffer *list)
{
    enum bc_status st = bc_buffer_printf(
        list, "default_permissions,subtype=triplefs,max_read=%d%s,fsname=", (int)TRANSFER_BYTES,
        geteuid() == 0 ? ",allow_other" : "");
    if (!st)
        st = append_escaped(list, options->store_path);
    if (!st && options->fuse_options && options->fuse_options[0])
        st = bc_buffer_printf(list, ",%s", options->fuse_options);
    return st ? st : bc_buffer_append(list, "", 1);
}

enum bc_status tfs_session_new(struct tfs_mount *mount, struct bc_error *err)
{
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    struct bc_buffer list = {0};
    enum bc_status st = option_list(mount->options, &list);
    if (!st && (fuse_opt_add_arg(&args, "triplefs") || fuse_opt_add_arg(&args, "-o") ||
                fuse_opt_add_arg(&args, list.data) ||
                (mount->options->debug && fuse_opt_add_arg(&args, "-d"))))
        st = BC_NO_MEMORY;
    if (!st) {
        mount->session = fuse_session_new(&args, &operations, sizeof operations, mount);
        if (!mount->session)
            st = bc_fail(err, BC_INVALID, "libfuse refuses the mount options '%s'", list.data);
    }
    fuse_opt_free_args(&args);
    bc_buffer_release(&list);
    return st;
}
