#include "fs/may_change.h"

#include <string.h>

static bool is_past(const struct tfs_inode *inode)
{
    return inode->branch && inode->branch->tree == TFS_TREE_PAST;
}

static bool has_conflicts(const struct tfs_inode *inode)
{
    return inode->branch && inode->branch->tree == TFS_TREE_CONFLICTS;
}

/* Appends the path of a node, and a NUL. */
static enum bc_status path_of(const struct tfs_inode *inode, struct bc_buffer *path)
{
    enum bc_status st = bc_tree_path(inode->branch->branch, inode->node, path);
    return st ? st : bc_buffer_append(path, "", 1);
}

/* Whether a file in a folder of the tree of conflicts (its path; "" is the root) is a side. */
static bool is_side(const char *folder, const char *name)
{
    static const char *const sides[] = {"base", "ours", "theirs"};
    const char *slash = strrchr(folder, '/');
    const char *extension = strrchr(slash ? slash : folder, '.');
    if (!folder[0])
        return false;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        size_t size = strlen(sides[i]);
        if (strncmp(name, sides[i], size) != 0)
            continue;
        if (!name[size] || (extension && strcmp(name + size, extension) == 0))
            return true;
    }
    return false;
}

static enum bc_status check_side(const char *folder, const char *name)
{
    return is_side(folder, name) ? BC_DENIED : BC_OK;
}

enum bc_status tfs_may_change(const struct tfs_inode *inode)
{
    if (is_past(inode))
        return BC_READ_ONLY;
    if (__atomic_load_n(&inode->past, __ATOMIC_ACQUIRE))
        return BC_STALE;
    if (!has_conflicts(inode) || inode->kind == BC_DIRECTORY)
        return BC_OK;
    struct bc_buffer path = {0};
    enum bc_status st = path_of(inode, &path);
    char *slash = st ? NULL : strrchr(path.data, '/');
    if (slash) {
        *slash = 0;
        st = check_side(path.data, slash + 1);
    }
    bc_buffer_release(&path);
    return st;
}

enum bc_status tfs_may_name(const struct tfs_inode *folder, const char *name)
{
    if (is_past(folder))
        return BC_READ_ONLY;
    if (!has_conflicts(folder))
        return BC_OK;
    struct bc_buffer path = {0};
    enum bc_status st = path_of(folder, &path);
    if (!st)
        st = check_side(path.data, name);
    bc_buffer_release(&path);
    return st;
}

enum bc_status tfs_may_remove(const struct tfs_inode *folder)
{
    return is_past(folder) ? BC_READ_ONLY : BC_OK;
}
