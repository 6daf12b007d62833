/* Merges that wait: what their rows lead to. */
#include "branchcore/check_rows.h"
#include "branchcore/merging.h"

#include <inttypes.h>
#include <stdio.h>

/* One row. It may be gone since it was read, and what it led to collected: what is in memory is
 * not, so everything is held first, and then the row is looked for again. */
struct waiting_check {
    struct bc_check *check;
    struct bc_slice key;
    struct bc_slice value;
    uint64_t branch;
    struct bc_waiting waiting;
    struct bc_layer *layers[BC_WAITING_LAYERS];
    struct bc_branch *hidden;
    struct bc_merge_last *last;
    struct bc_branch *original;
};

static void problem(const struct waiting_check *of, const char *what)
{
    bc_check_problem(of->check, "waiting merge of branch %" PRIu64 ": %s", of->branch, what);
}

static enum bc_status hold_layers(struct waiting_check *of)
{
    struct bc_waiting_reach reach;
    enum bc_status st = bc_waiting_reach(of->value, &reach);
    for (size_t i = 0; !st && i < BC_WAITING_LAYERS; i++)
        if (reach.layers[i])
            st = bc_layer_get(of->check->repo, reach.layers[i], &of->layers[i]);
    return st;
}

/* *missing: what cannot be read; NULL: nothing. */
static enum bc_status hold_all(struct waiting_check *of, const char **missing)
{
    struct bc_repo *repo = of->check->repo;
    const struct bc_waiting *waiting = &of->waiting;
    *missing = "one of its layers cannot be read";
    enum bc_status st = hold_layers(of);
    if (!st) {
        *missing = "its tree of conflicts is not there";
        st = bc_hidden_open(repo, waiting->hidden, &of->hidden);
    }
    if (!st) {
        *missing = "its report cannot be read";
        st = bc_merge_last_thaw(repo, waiting->report, waiting->lines_layer, &of->last);
    }
    if (!st) {
        *missing = "its tree of conflicts as it was made cannot be read";
        st = bc_branch_past(repo, waiting->original, &of->original);
    }
    if (!st)
        *missing = NULL;
    return bc_check_unreadable(st) || st == BC_NOT_FOUND ? BC_OK : st;
}

static void release_all(struct waiting_check *of)
{
    bc_branch_release(of->original);
    bc_merge_last_close(of->last);
    bc_branch_release(of->hidden);
    for (size_t i = 0; i < BC_WAITING_LAYERS; i++)
        bc_layer_release(of->check->repo, of->layers[i]);
}

static enum bc_status still_there(const struct waiting_check *of, bool *there)
{
    struct bc_value now = {0};
    enum bc_status st = bc_store_get(of->check->repo->store, NULL, BC_REFS, of->key, &now);
    *there = !st && bc_slice_equal(now.slice, of->value);
    bc_value_release(&now);
    return st == BC_NOT_FOUND ? BC_OK : st;
}

/* Each conflict has its folder in the tree as it was made. */
static enum bc_status check_folders(struct waiting_check *of)
{
    const struct bc_conflicts *conflicts = &of->waiting.conflicts;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < conflicts->count; i++) {
        struct bc_slice path = bc_conflict_path(conflicts, &conflicts->list[i]);
        uint64_t folder = 0;
        st = bc_conflict_folder(of->original, path, &folder);
        if (!st && !folder)
            bc_check_problem(
                of->check, "waiting merge of branch %" PRIu64 ": %.*s: the conflict has no folder",
                of->branch, path.size < 500 ? (int)path.size : 500, path.data);
    }
    return bc_check_unreadable(st) ? BC_OK : st; /* told of the tree */
}

static enum bc_status check_trees(struct waiting_check *of)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < BC_WAITING_LAYERS; i++)
        if (of->layers[i])
            st = bc_check_history(of->check, of->layers[i]->state);
    if (!st)
        st = bc_check_tree(of->check, of->hidden);
    return st ? st : check_folders(of);
}

static enum bc_status check_held(struct waiting_check *of)
{
    const char *missing = NULL;
    bool there = false;
    enum bc_status st = hold_all(of, &missing);
    if (!st)
        st = still_there(of, &there);
    if (!st && there && missing)
        problem(of, missing);
    else if (!st && there)
        st = check_trees(of);
    release_all(of);
    return st;
}

static enum bc_status check_row(struct bc_check *check, struct bc_slice key, struct bc_slice value)
{
    struct waiting_check of = {.check = check, .key = key, .value = value};
    if (key.size != 9) {
        bc_check_problem(check, "a waiting merge cannot be read");
        return BC_OK;
    }
    of.branch = bc_get_u64(key.data + 1);
    enum bc_status st = bc_waiting_decode(value, &of.waiting);
    if (!st)
        st = check_held(&of);
    else if (bc_check_unreadable(st)) {
        problem(&of, "it cannot be read");
        st = BC_OK;
    }
    bc_waiting_release(&of.waiting);
    return st;
}

enum bc_status bc_check_waiting(struct bc_check *check)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(check->repo->store, NULL, BC_REFS, bc_slice("w", 1),
                                        bc_slice("x", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = check_row(check, cursor->key, cursor->value);
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}
