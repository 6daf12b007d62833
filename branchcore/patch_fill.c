#include "branchcore/patch_fill.h"

#include <string.h>

struct filling {
    struct bc_branch *branch;
    uint64_t node;
    const struct bc_patch_part *part;
    bool changed;
};

static struct bc_slice last_name(struct bc_slice path)
{
    const char *slash = memrchr(path.data, '/', path.size);
    if (!slash)
        return path;
    return bc_slice(slash + 1, (size_t)(path.data + path.size - slash - 1));
}

static enum bc_status set_mode(struct filling *filling)
{
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = filling->part->mode};
    if (!filling->part->has_mode)
        return BC_OK;
    enum bc_status st = bc_tree_stat(filling->branch, filling->node, &attr);
    if (!st && attr.mode != filling->part->mode) {
        st = bc_tree_change(filling->branch, filling->node, &change, &attr);
        filling->changed = true;
    }
    return st;
}

static enum bc_status copy_xattrs(struct bc_branch *branch, uint64_t from, uint64_t to,
                                  const struct bc_buffer *names)
{
    enum bc_status st = BC_OK;
    struct bc_buffer value = {0};
    for (size_t at = 0; !st && at < names->size;) {
        struct bc_slice name = bc_slice(names->data + at, strlen(names->data + at));
        bc_buffer_clear(&value);
        st = bc_xattr_get(branch, from, name, &value);
        if (!st)
            st = bc_xattr_set(branch, to, name, bc_buffer_slice(&value), false, false);
        at += name.size + 1;
    }
    bc_buffer_release(&value);
    return st;
}

/* A link's target never changes: another link gets its name, and what else it has. */
static enum bc_status replace_link(struct filling *filling, const struct bc_attr *old)
{
    struct bc_branch *branch = filling->branch;
    struct bc_slice name = last_name(filling->part->path);
    struct bc_make make = {.kind = BC_SYMLINK,
                           .mode = old->mode,
                           .uid = old->uid,
                           .gid = old->gid,
                           .target = filling->part->target};
    struct bc_buffer names = {0};
    struct bc_attr made;
    /* Open, it lives on without its name, for its attributes. */
    enum bc_status st = bc_node_open(branch, old->node);
    if (st)
        return st;
    st = bc_xattr_list(branch, old->node, &names);
    if (!st)
        st = bc_tree_remove(branch, old->parent, name, false, NULL);
    if (!st)
        st = bc_tree_make(branch, old->parent, name, &make, &made);
    if (!st)
        st = copy_xattrs(branch, old->node, made.node, &names);
    if (!st)
        filling->node = made.node;
    bc_node_close(branch, old->node);
    bc_buffer_release(&names);
    return st;
}

static enum bc_status set_target(struct filling *filling)
{
    struct bc_attr attr;
    struct bc_buffer target = {0};
    if (!filling->part->has_target)
        return BC_OK;
    enum bc_status st = bc_tree_stat(filling->branch, filling->node, &attr);
    if (!st)
        st = bc_tree_readlink(filling->branch, filling->node, &target);
    if (!st && !bc_slice_equal(bc_buffer_slice(&target), filling->part->target)) {
        st = replace_link(filling, &attr);
        filling->changed = true;
    }
    bc_buffer_release(&target);
    return st;
}

enum { PIECE_BYTES = 1 << 20 };

/* Whether a file has exactly these bytes. */
static enum bc_status same_bytes(struct filling *filling, struct bc_slice bytes, bool *same)
{
    struct bc_attr attr;
    char *piece = NULL;
    enum bc_status st = bc_tree_stat(filling->branch, filling->node, &attr);
    *same = !st && attr.size_bytes == bytes.size;
    if (*same && !(piece = bc_alloc(PIECE_BYTES)))
        return BC_NO_MEMORY;
    for (size_t at = 0, done; !st && *same && at < bytes.size; at += done) {
        st = bc_bytes_read(filling->branch, filling->node, at, piece, PIECE_BYTES, &done);
        *same = !st && done && done <= bytes.size - at && !memcmp(piece, bytes.data + at, done);
    }
    bc_free(piece);
    return st;
}

static bool all_zero(const char *bytes, size_t size)
{
    return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

/* Where there is nothing but zeros it stays a hole. */
static enum bc_status write_bytes(struct filling *filling, struct bc_slice bytes)
{
    struct bc_attr attr;
    struct bc_change size = {.mask = BC_CHANGE_SIZE};
    enum bc_status st = bc_tree_change(filling->branch, filling->node, &size, &attr);
    size.size_bytes = bytes.size;
    if (!st && bytes.size)
        st = bc_tree_change(filling->branch, filling->node, &size, &attr);
    for (size_t at = 0; !st && at < bytes.size; at += PIECE_BYTES) {
        size_t part = bytes.size - at < PIECE_BYTES ? bytes.size - at : PIECE_BYTES;
        if (!all_zero(bytes.data + at, part))
            st = bc_bytes_write(filling->branch, filling->node, at, bytes.data + at, part, false,
                                NULL);
    }
    return st;
}

static enum bc_status set_bytes(struct filling *filling)
{
    struct bc_slice bytes = bc_buffer_slice(&filling->part->bytes);
    bool same;
    if (!filling->part->has_bytes)
        return BC_OK;
    enum bc_status st = same_bytes(filling, bytes, &same);
    if (!st && !same) {
        st = write_bytes(filling, bytes);
        filling->changed = true;
    }
    return st;
}

static enum bc_status set_xattr(struct filling *filling, const struct bc_patch_xattr *xattr)
{
    struct bc_buffer old = {0};
    enum bc_status st = bc_xattr_get(filling->branch, filling->node, xattr->name, &old);
    bool there = !st;
    if (!st || st == BC_NO_DATA)
        st = BC_OK;
    if (!st && xattr->set && !(there && bc_slice_equal(bc_buffer_slice(&old), xattr->value))) {
        st = bc_xattr_set(filling->branch, filling->node, xattr->name, xattr->value, false, false);
        filling->changed = true;
    } else if (!st && !xattr->set && there) {
        st = bc_xattr_remove(filling->branch, filling->node, xattr->name);
        filling->changed = true;
    }
    bc_buffer_release(&old);
    return st;
}

enum bc_status bc_patch_fill(struct bc_branch *branch, uint64_t *node,
                             const struct bc_patch_part *part, const struct bc_patch_xattr *xattrs,
                             bool *changed)
{
    struct filling filling = {branch, *node, part, false};
    enum bc_status st = set_target(&filling);
    if (!st)
        st = set_bytes(&filling);
    for (size_t i = 0; !st && i < part->xattr_count; i++)
        st = set_xattr(&filling, &xattrs[i]);
    /* Last: a change of bytes may take set-id bits away. */
    if (!st)
        st = set_mode(&filling);
    *node = filling.node;
    *changed |= filling.changed;
    return st;
}
