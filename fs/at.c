#include "fs/at.h"

#include "branchcore/ref.h"
#include "fs/attr.h"
#include "fs/control.h"
#include "fs/lookup.h"
#include "fs/root.h"

#include <string.h>

enum bc_status tfs_ref_open(fuse_req_t req, struct tfs_branch *here, const char *ref,
                            struct bc_state *state)
{
    struct bc_error err = {{0}};
    struct bc_slice name = bc_slice(ref, strlen(ref));
    enum bc_status st = tfs_may_use_ref(req, here->branch, name, &err);
    if (!st)
        st = bc_ref_open(bc_branch_repo(here->branch), here->branch, name, state, &err);
    /* A name that is no REF is no more than a name that is not there. */
    if (st != BC_NOT_FOUND)
        tfs_note(tfs_mount_of(req), tfs_tree_top(here), "lookup", ref, st, &err);
    return st;
}

/* The tree of one REF, whose files are those of the state that it leads to. */
static enum bc_status tree_of(struct tfs_table *table, struct tfs_branch *here, const char *ref,
                              const struct bc_state *state, struct tfs_branch **tree)
{
    struct tfs_branch *files = NULL;
    struct tfs_tree_key shared = {.tree = TFS_TREE_PAST, .id = state->id};
    enum bc_status st = tfs_tree_of(table, state->tree, &shared, &files);
    if (st)
        return st;
    struct tfs_tree_key key = {.tree = TFS_TREE_PAST,
                               .id = state->id,
                               .here = here,
                               .files = files,
                               .ref = ref,
                               .head = state->has_commit ? &state->commit : NULL};
    st = tfs_tree_of(table, state->tree, &key, tree);
    tfs_branch_put(table, files);
    return st;
}

/* Whatever else changes, a whole id goes on meaning the same commit. */
static double timeout_of(const char *ref)
{
    bool whole = strspn(ref, "0123456789abcdef") == BC_COMMIT_HEX && !ref[BC_COMMIT_HEX];
    return whole ? TFS_FOR_EVER : 0;
}

enum bc_status tfs_at_find(fuse_req_t req, struct tfs_inode *at, const char *ref,
                           struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_state state;
    struct tfs_branch *tree = NULL;
    struct bc_attr attr;
    enum bc_status st = tfs_ref_open(req, at->branch, ref, &state);
    if (st)
        return st;
    st = tree_of(&mount->table, at->branch, ref, &state, &tree);
    if (!st)
        st = bc_tree_stat(state.tree, BC_ROOT_NODE, &attr);
    if (!st)
        st = tfs_enter(mount, tree, &attr, bc_slice(ref, strlen(ref)), 0, entry, inode);
    if (!st)
        entry->entry_timeout = timeout_of(ref);
    if (tree)
        tfs_branch_put(&mount->table, tree);
    bc_state_release(&state);
    return st;
}

bool tfs_past_has(const struct tfs_control *control)
{
    static const char *const names[] = {"at",   "canon", "commit", "count", "diff",  "fork",
                                        "head", "log",   "match",  "stats", "status"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(control->name, names[i]) == 0)
            return true;
    return false;
}
