#include "fs/xattr.h"

#include "branchcore/file_text.h"
#include "fs/errno.h"
#include "fs/may_change.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

/* Computed, for triple files. They can be asked for and are not listed: cp -a, mv and rsync -X
 * would otherwise try to set them on what they copy. */
static const char computed_prefix[] = "user.triplefs.";
static const char triples_name[] = "user.triplefs.triples";
static const char sha256_name[] = "user.triplefs.sha256";

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_attributes(const struct tfs_inode *inode)
{
    return inode->branch && !inode->control;
}

/* Answers with a value as getxattr(2) and listxattr(2) want it: size 0 asks for its size. */
static void reply_value(fuse_req_t req, const char *value, size_t value_size, size_t size)
{
    if (size == 0)
        (void)fuse_reply_xattr(req, value_size);
    else if (value_size > size)
        (void)fuse_reply_err(req, ERANGE);
    else
        (void)fuse_reply_buf(req, value, value_size);
}

static enum bc_status computed(struct tfs_inode *inode, const char *name, struct bc_buffer *value)
{
    struct bc_file_text *text;
    struct bc_attr attr;
    char hex[65];
    if (strcmp(name, triples_name) != 0 && strcmp(name, sha256_name) != 0)
        return BC_NO_DATA;
    if (strcmp(name, triples_name) == 0) {
        enum bc_status st = bc_tree_stat(tfs_tree(inode), inode->node, &attr);
        return st ? st : bc_buffer_printf(value, "%llu", (unsigned long long)attr.triples);
    }
    enum bc_status st = bc_file_text_open(tfs_tree(inode), inode->node, &text, &attr);
    if (st)
        return st;
    st = bc_file_text_sha256(text, hex);
    bc_file_text_release(text);
    return st ? st : bc_buffer_append(value, hex, strlen(hex));
}

void tfs_getxattr(fuse_req_t req, fuse_ino_t nodeid, const char *name, size_t size)
{
    /* An attribute that no file here ever has, an access list (system.posix_acl_access) among them.
     * Tools such as `ls -l` take this as the answer for all files of the mount, and do not ask
     * again; ENODATA would be the answer for this one. */
    if (!starts_with(name, "user.")) {
        (void)fuse_reply_err(req, EOPNOTSUPP);
        return;
    }
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    struct bc_buffer value = {0};
    enum bc_status st = BC_NO_DATA;
    if (has_attributes(inode))
        st = inode->text && starts_with(name, computed_prefix)
                 ? computed(inode, name, &value)
                 : bc_xattr_get(tfs_tree(inode), inode->node, bc_slice(name, strlen(name)), &value);
    if (st)
        tfs_reply_status(req, tfs_note_node(mount, inode, "getxattr", st, NULL));
    else
        reply_value(req, value.data, value.size, size);
    bc_buffer_release(&value);
}

/* The errno of a change that is not allowed; 0 if it is. */
static int refuse_change(const struct tfs_inode *inode, const char *name)
{
    if (!has_attributes(inode) || !starts_with(name, "user."))
        return EOPNOTSUPP;
    if (inode->kind == BC_SYMLINK || starts_with(name, computed_prefix))
        return EPERM;
    return tfs_errno(tfs_may_change(inode));
}

static void reply_change(fuse_req_t req, struct tfs_inode *inode, const char *operation,
                         enum bc_status status)
{
    tfs_branch_changed(inode->branch);
    tfs_note_node(tfs_mount_of(req), inode, operation, status, NULL);
    if (status == BC_TOO_LARGE)
        (void)fuse_reply_err(req, E2BIG);
    else
        tfs_reply_status(req, status);
}

void tfs_setxattr(fuse_req_t req, fuse_ino_t nodeid, const char *name, const char *value,
                  size_t size, int flags)
{
    struct tfs_inode *inode = tfs_inode_at(tfs_mount_of(req), nodeid);
    int refused = refuse_change(inode, name);
    if (refused) {
        (void)fuse_reply_err(req, refused);
        return;
    }
    reply_change(req, inode, "setxattr",
                 bc_xattr_set(inode->branch->branch, inode->node, bc_slice(name, strlen(name)),
                              bc_slice(value, size), flags & XATTR_CREATE, flags & XATTR_REPLACE));
}

void tfs_removexattr(fuse_req_t req, fuse_ino_t nodeid, const char *name)
{
    struct tfs_inode *inode = tfs_inode_at(tfs_mount_of(req), nodeid);
    int refused = refuse_change(inode, name);
    if (refused) {
        (void)fuse_reply_err(req, refused);
        return;
    }
    reply_change(req, inode, "removexattr",
                 bc_xattr_remove(inode->branch->branch, inode->node, bc_slice(name, strlen(name))));
}

void tfs_listxattr(fuse_req_t req, fuse_ino_t nodeid, size_t size)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    struct bc_buffer names = {0};
    enum bc_status st = BC_OK;
    if (has_attributes(inode))
        st = bc_xattr_list(tfs_tree(inode), inode->node, &names);
    if (st)
        tfs_reply_status(req, tfs_note_node(mount, inode, "listxattr", st, NULL));
    else
        reply_value(req, names.data, names.size, size);
    bc_buffer_release(&names);
}
