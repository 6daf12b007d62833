#include "fs/conflicts.h"

#include "branchcore/merge.h"
#include "fs/control.h"
#include "fs/lookup.h"

#include <string.h>

static bool is_conflicts(const struct tfs_inode *controls, const char *name)
{
    return controls->branch && controls->branch->tree == TFS_TREE_BRANCH &&
           controls->control == &tfs_branch_folder && strcmp(name, TFS_CONFLICTS_FOLDER) == 0;
}

enum bc_status tfs_conflicts_find(struct tfs_mount *mount, struct tfs_inode *controls,
                                  const char *name, struct fuse_entry_param *entry,
                                  struct tfs_inode **inode)
{
    struct bc_branch *tree = NULL;
    struct tfs_branch *found = NULL;
    struct bc_attr attr;
    if (!is_conflicts(controls, name))
        return BC_NOT_FOUND;
    enum bc_status st = bc_merge_conflicts(controls->branch->branch, &tree);
    if (st == BC_NO_DATA)
        return BC_NOT_FOUND;
    if (st)
        return st;
    struct tfs_tree_key key = {
        .tree = TFS_TREE_CONFLICTS, .id = bc_branch_id(tree), .here = controls->branch};
    st = tfs_tree_of(&mount->table, tree, &key, &found);
    if (!st)
        st = bc_tree_stat(tree, BC_ROOT_NODE, &attr);
    if (!st)
        st = tfs_enter(mount, found, &attr, bc_slice(name, strlen(name)), 0, entry, inode);
    if (found)
        tfs_branch_put(&mount->table, found);
    bc_branch_release(tree);
    /* It goes when the merge does. */
    if (!st)
        entry->entry_timeout = 0;
    return st == BC_STALE ? BC_NOT_FOUND : st;
}
