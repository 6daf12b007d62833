#include "fs/xattr.h"

#include "branchcore/file_text.h"
#include "branchcore/prefixes.h"
#include "fs/errno.h"
#include "fs/may_change.h"
#include "fs/reshown.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

/* Computed, for triple files. They can be asked for and are not listed: cp -a, mv and rsync -X
 * would otherwise try to set them on what they copy. The prefixes alone are stored, and belong to
 * the copy. */
static const char computed_prefix[] = "user.triplefs.";
static const char triples_name[] = "user.triplefs.triples";
static const char sha256_name[] = "user.triplefs.sha256";
static const char format_name[] = "user.triplefs.format";

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

static bool is_prefixes(const char *name)
{
    return strcmp(name, BC_PREFIXES_ATTRIBUTE) == 0;
}

static bool is_computed(const char *name)
{
    return starts_with(name, computed_prefix) && !is_prefixes(name);
}

static enum bc_status computed(struct tfs_inode *inode, const char *name, struct bc_buffer *value)
{
    struct bc_file_text *text;
    struct bc_attr attr;
    char hex[65];
    if (strcmp(name, format_name) == 0) {
        const char *type = bc_syntax_media_type(inode->syntax);
        return bc_buffer_append(value, type, strlen(type));
    }
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
        st = inode->text && is_computed(name)
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
    if (inode->kind == BC_SYMLINK || is_computed(name))
        return EPERM;
    return tfs_errno(tfs_may_change(inode));
}

/* Sets an attribute, or removes it (value NULL). */
struct change {
    const char *name;
    const char *value;
    size_t size;
    int flags; /* of setxattr(2) */
};

static enum bc_status check_prefixes(const struct change *change, struct bc_error *err)
{
    struct bc_prefixes prefixes = {0};
    enum bc_status st = bc_prefixes_read(&prefixes, bc_slice(change->value, change->size), err);
    bc_prefixes_release(&prefixes);
    return st;
}

static enum bc_status apply(struct tfs_inode *inode, const struct change *change,
                            struct bc_error *err)
{
    struct bc_branch *branch = inode->branch->branch;
    struct bc_slice name = bc_slice(change->name, strlen(change->name));
    if (!change->value)
        return bc_xattr_remove(branch, inode->node, name);
    enum bc_status st = is_prefixes(change->name) ? check_prefixes(change, err) : BC_OK;
    return st ? st
              : bc_xattr_set(branch, inode->node, name, bc_slice(change->value, change->size),
                             change->flags & XATTR_CREATE, change->flags & XATTR_REPLACE);
}

static void reply_change(fuse_req_t req, struct tfs_inode *inode, const struct change *change)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_error err = {{0}};
    enum bc_status st = apply(inode, change, &err);
    tfs_branch_changed(inode->branch);
    tfs_note_node(mount, inode, change->value ? "setxattr" : "removexattr", st, &err);
    if (!st && is_prefixes(change->name))
        tfs_node_shows_other(mount, inode->branch, inode->node);
    if (st == BC_TOO_LARGE)
        (void)fuse_reply_err(req, E2BIG);
    else
        tfs_reply_status(req, st);
}

/* With other prefixes a file shows something else, which the kernel is to be told of first, and
 * that takes a thread that may wait for it. */
struct change_job {
    struct tfs_job job;
    fuse_req_t req;
    struct tfs_inode *inode; /* pinned */
    struct change change;
    char value[];
};

static void run_change(struct tfs_job *job)
{
    struct change_job *self = (struct change_job *)job;
    struct tfs_mount *mount = tfs_mount_of(self->req);
    reply_change(self->req, self->inode, &self->change);
    tfs_inode_unpin(&mount->table, self->inode);
    bc_free(self);
}

static void change_prefixes(fuse_req_t req, struct tfs_inode *inode, const struct change *change)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct change_job *job = bc_alloc_zero(sizeof *job + change->size);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    job->job.run = run_change;
    job->req = req;
    job->inode = inode;
    job->change = *change;
    job->change.name = BC_PREFIXES_ATTRIBUTE;
    if (change->value) {
        memcpy(job->value, change->value, change->size);
        job->change.value = job->value;
    }
    tfs_inode_pin(&mount->table, inode);
    tfs_pool_submit(mount->commits, &job->job);
}

static void change_attribute(fuse_req_t req, fuse_ino_t nodeid, const struct change *change)
{
    struct tfs_inode *inode = tfs_inode_at(tfs_mount_of(req), nodeid);
    int refused = refuse_change(inode, change->name);
    if (refused)
        (void)fuse_reply_err(req, refused);
    else if (is_prefixes(change->name) && tfs_is_rendered(inode))
        change_prefixes(req, inode, change);
    else
        reply_change(req, inode, change);
}

void tfs_setxattr(fuse_req_t req, fuse_ino_t nodeid, const char *name, const char *value,
                  size_t size, int flags)
{
    struct change change = {name, value ? value : "", size, flags};
    change_attribute(req, nodeid, &change);
}

void tfs_removexattr(fuse_req_t req, fuse_ino_t nodeid, const char *name)
{
    struct change change = {.name = name};
    change_attribute(req, nodeid, &change);
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
