/* From three trees to a commit, or to a merge that waits. */
#include "branchcore/merging.h"

#include "branchcore/commit_record.h"
#include "branchcore/merge_side.h"
#include "branchcore/transplant.h"

#include <inttypes.h>

enum bc_status bc_merge_commit_first(struct bc_branch *branch, struct bc_slice author,
                                     const char *before, struct bc_slice name, struct bc_error *err)
{
    struct bc_buffer message = {0};
    enum bc_status st =
        bc_buffer_printf(&message, "Changes before %s %.*s", before, (int)name.size, name.data);
    struct bc_commit_info info = {.author = author, .message = bc_buffer_slice(&message)};
    if (!st)
        st = bc_branch_commit(branch, &info, NULL, err);
    bc_buffer_release(&message);
    if (st == BC_NO_DATA && err)
        err->text[0] = '\0';
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_merge_none_waits(struct bc_branch *branch, struct bc_error *err)
{
    struct bc_waiting waiting;
    enum bc_status st = bc_waiting_get(branch, &waiting);
    if (st)
        return st == BC_NO_DATA ? BC_OK : st;
    st = bc_fail(err, BC_BUSY,
                 "the merge of '%.*s' waits: resolve its conflicts and continue it, or abort it, "
                 "first",
                 (int)(waiting.ref.size < 200 ? waiting.ref.size : 200), waiting.ref.data);
    bc_waiting_release(&waiting);
    return st;
}

enum bc_status bc_keep_root(struct bc_branch *branch, uint64_t layer, uint64_t *to,
                            struct bc_layer **kept)
{
    struct bc_node_look own = {0};
    struct bc_node_look its = {0};
    struct bc_branch *scratch = NULL;
    *to = layer;
    *kept = NULL;
    enum bc_status st = bc_scratch_new(branch->repo, layer, &scratch);
    if (!st)
        st = bc_node_look(branch, BC_ROOT_NODE, &own);
    if (!st)
        st = bc_node_look(scratch, BC_ROOT_NODE, &its);
    bool same = !own.there || (its.there && own.attr.mode == its.attr.mode &&
                               own.attr.uid == its.attr.uid && own.attr.gid == its.attr.gid);
    if (!st && !same)
        st = bc_adopt_root(scratch, branch);
    if (!st && !same) {
        struct bc_change change = {.mask = BC_CHANGE_MODE | BC_CHANGE_UID | BC_CHANGE_GID,
                                   .mode = own.attr.mode,
                                   .uid = own.attr.uid,
                                   .gid = own.attr.gid};
        struct bc_attr after;
        st = bc_tree_change(scratch, BC_ROOT_NODE, &change, &after);
        if (!st)
            st = bc_branch_freeze(scratch, kept);
        if (!st)
            *to = (*kept)->id;
    }
    bc_branch_release(scratch);
    return st;
}

static enum bc_status move_branch(struct bc_merging *merging, uint64_t layer,
                                  const struct bc_commit_id *head, struct bc_batch *rows)
{
    const struct bc_frozen *frozen = &merging->frozen;
    struct bc_move move = {
        .expected = frozen->top ? frozen->top->id : 0,
        .expected_head = frozen->has_head ? &frozen->head : NULL,
        .to = layer,
        .head = head,
        .extra = rows,
        .action = merging->action,
        .detail = merging->ref,
    };
    return bc_branch_move(merging->branch, &move);
}

enum bc_status bc_merging_freeze(struct bc_merging *merging, struct bc_branch *scratch,
                                 struct bc_layer **top)
{
    struct bc_three_layers layers = {merging->base_layer, merging->ours_layer,
                                     merging->theirs_layer};
    struct bc_branch *moved = NULL;
    bool on_theirs = false;
    enum bc_status st = BC_OK;
    if (merging->has_theirs && !merging->dry_run)
        st = bc_merge_side(merging->repo, &layers, &on_theirs);
    if (!st && on_theirs)
        st = bc_transplant(scratch, layers.theirs, layers.ours, &moved);
    if (!st)
        st = bc_branch_freeze(moved ? moved : scratch, top);
    bc_branch_release(moved);
    return st;
}

enum bc_status bc_merging_finish(struct bc_merging *merging, uint64_t layer, struct bc_branch *tree,
                                 struct bc_batch *extra, struct bc_merge_report *report,
                                 struct bc_error *err)
{
    struct bc_commit_id parents[BC_COMMIT_PARENTS_MAX];
    struct bc_commit_info info = {.author = merging->author, .message = merging->message};
    struct bc_commit_new what = {.parents = parents, .layer = layer, .tree = tree, .info = &info};
    struct bc_tree_sums sums;
    if (merging->frozen.has_head)
        parents[what.parent_count++] = merging->frozen.head;
    if (merging->has_theirs)
        parents[what.parent_count++] = merging->theirs;
    enum bc_status st = bc_commit_make(merging->repo, &what, extra, &report->result, &sums, err);
    if (st)
        return st;
    report->outcome = BC_MERGE_DONE;
    report->paths = sums.paths;
    report->added = sums.added;
    report->removed = sums.removed;
    return move_branch(merging, layer, &report->result, extra);
}

/* The sums of a result that is not committed. */
static enum bc_status compare(struct bc_branch *ours, struct bc_branch *result,
                              struct bc_merge_report *report)
{
    struct bc_tree_sums sums = {0};
    enum bc_status st = bc_tree_diff_sums(ours, result, &sums);
    report->paths = sums.paths;
    report->added = sums.added;
    report->removed = sums.removed;
    return st;
}

static enum bc_status finish(struct bc_merging *merging, struct bc_branch *ours, uint64_t layer,
                             struct bc_branch *tree, struct bc_merge_report *report,
                             struct bc_error *err)
{
    struct bc_batch rows = {0};
    struct bc_branch *result = NULL;
    enum bc_status st = bc_branch_past(merging->repo, layer, &result);
    static const char undone[] = "nothing is left to be undone\n";
    bool undo = merging->action == BC_REFLOG_REVERT;
    if (!st && (merging->dry_run || undo))
        st = compare(ours, result, report);
    report->outcome = BC_MERGE_DONE;
    if (!st && undo && !report->paths) {
        report->outcome = BC_MERGE_NOTHING;
        st = bc_merging_tell(merging, report, bc_slice(undone, sizeof undone - 1));
    } else if (!st && !merging->dry_run) {
        st = bc_merging_finish(merging, layer, tree, &rows, report, err);
    }
    bc_branch_release(result);
    bc_batch_release(&rows);
    return st;
}

/* One of the two has the base's tree: the result is the other's. */
static enum bc_status take_whole(struct bc_merging *merging, struct bc_branch *ours, bool theirs,
                                 struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_layer *kept = NULL;
    uint64_t layer = merging->ours_layer;
    enum bc_status st = BC_OK;
    if (theirs)
        st = bc_keep_root(ours, merging->theirs_layer, &layer, &kept);
    if (!st)
        st = finish(merging, ours, layer, NULL, report, err);
    bc_layer_release(merging->repo, kept);
    return st;
}

/* The branch is still what the merge looked at. */
static enum bc_status still_there(struct bc_merging *merging)
{
    struct bc_branch *branch = merging->branch;
    const struct bc_layer *top = merging->frozen.top;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : BC_OK;
    if (!st &&
        (branch->work_used || (branch->top ? branch->top->state : 0) != (top ? top->state : 0)))
        st = BC_BUSY;
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

/* What a merge that waits needs, until its rows say so. */
struct keeping {
    struct bc_branch *tree;  /* of conflicts */
    struct bc_branch *lines; /* of the report */
    struct bc_layer *merged;
    struct bc_buffer head; /* of the report */
};

static enum bc_status keep_waiting(struct bc_merging *merging, struct bc_tree_merge *merge,
                                   const struct keeping *keeping)
{
    struct bc_batch rows = {0};
    struct bc_branch *tree = keeping->tree;
    struct bc_waiting waiting = {
        .hidden = tree->id,
        .original = bc_branch_layer(tree),
        .merged = keeping->merged ? keeping->merged->id : 0,
        .ours_layer = merging->ours_layer,
        .base_layer = merging->base_layer,
        .theirs_layer = merging->theirs_layer,
        .lines_layer = bc_branch_layer(keeping->lines),
        .has_head = merging->frozen.has_head,
        .head = merging->frozen.head,
        .has_base = merging->has_base,
        .base = merging->base,
        .has_theirs = merging->has_theirs,
        .theirs = merging->theirs,
        .policy = merging->policy,
        .action = merging->action,
        .ref = merging->ref,
        .message = merging->message,
        .report = bc_buffer_slice(&keeping->head),
        .conflicts = merge->conflicts,
    };
    enum bc_status st = bc_waiting_put(merging->branch, &waiting, &rows);
    if (!st)
        st = bc_hidden_put(tree, &rows);
    if (!st)
        st = still_there(merging);
    if (!st)
        st = bc_store_apply(merging->repo->store, &rows, true);
    if (!st)
        bc_hidden_kept(tree);
    bc_batch_release(&rows);
    return st;
}

static enum bc_status wait_for_people(struct bc_merging *merging, struct bc_tree_merge *merge,
                                      struct bc_merge_report *report)
{
    struct keeping keeping = {0};
    enum bc_status st = bc_conflict_tree(merge, &keeping.tree);
    if (!st)
        st = bc_merge_last_freeze(merging->last, merge->ours, &keeping.lines);
    if (!st)
        st = bc_branch_freeze(merge->scratch, &keeping.merged);
    report->nanoseconds = (uint64_t)(bc_monotonic_ns() - merging->started_ns);
    if (!st)
        st = bc_merge_report_format(report, merging->policy, merging->ref, &keeping.head);
    if (!st)
        st = keep_waiting(merging, merge, &keeping);
    bc_buffer_release(&keeping.head);
    bc_layer_release(merging->repo, keeping.merged);
    bc_branch_release(keeping.lines);
    bc_branch_release(keeping.tree);
    return st;
}

static enum bc_status fail_conflict(const struct bc_merging *merging,
                                    const struct bc_merge_report *report, struct bc_error *err)
{
    const char *conflicts = report->conflicts == 1 ? "conflict" : "conflicts";
    const char *files = report->conflicting_paths == 1 ? "file" : "files";
    if (merging->dry_run)
        return bc_fail(err, BC_CONFLICT,
                       "%" PRIu64 " %s in %" PRIu64 " %s; nothing was changed, since this was a "
                       "dry run",
                       report->conflicts, conflicts, report->conflicting_paths, files);
    return bc_fail(err, BC_CONFLICT,
                   "%" PRIu64 " %s in %" PRIu64 " %s: resolve %s in .branch/conflicts, then write "
                   "'continue' to .branch/merge, or 'abort'",
                   report->conflicts, conflicts, report->conflicting_paths, files,
                   report->conflicts == 1 ? "it" : "them");
}

static enum bc_status conclude(struct bc_merging *merging, struct bc_tree_merge *merge,
                               struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_layer *top = NULL;
    report->conflicts = bc_conflicts_total(&merge->conflicts);
    report->conflicting_paths = merge->conflicts.count;
    enum bc_status st = bc_merge_lines(merge, merging->last, &report->lines);
    if (st)
        return st;
    if (report->conflicts) {
        report->outcome = BC_MERGE_CONFLICTS;
        st = compare(merge->ours, merge->scratch, report);
        if (!st && !merging->dry_run)
            st = wait_for_people(merging, merge, report);
        return st ? st : fail_conflict(merging, report, err);
    }
    st = bc_merging_freeze(merging, merge->scratch, &top);
    if (!st)
        st = finish(merging, merge->ours, top ? top->id : 0, merge->scratch, report, err);
    bc_layer_release(merging->repo, top);
    return st;
}

static enum bc_status merge_trees(struct bc_merging *merging, struct bc_branch *const trees[3],
                                  struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_tree_merge merge = {
        .repo = merging->repo,
        .base = trees[0],
        .ours = trees[1],
        .theirs = trees[2],
        .policy = merging->policy,
        .compute = merging->compute,
        .progress = merging->progress,
    };
    enum bc_status st = bc_scratch_new(merging->repo, merging->ours_layer, &merge.scratch);
    if (!st)
        st = bc_tree_merge_run(&merge);
    if (st == BC_TOO_LARGE)
        (void)bc_fail(err, st, "folders are nested too deep to be merged");
    else if (!st)
        st = conclude(merging, &merge, report, err);
    bc_tree_merge_release(&merge);
    bc_branch_release(merge.scratch);
    return st;
}

static enum bc_status states_of(struct bc_repo *repo, const uint64_t layers[3], uint64_t states[3])
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < 3; i++) {
        states[i] = 0;
        if (layers[i])
            st = bc_layer_state(repo, layers[i], &states[i]);
    }
    return st;
}

enum bc_status bc_merging_run(struct bc_merging *merging, struct bc_merge_report *report,
                              struct bc_error *err)
{
    const uint64_t layers[3] = {merging->base_layer, merging->ours_layer, merging->theirs_layer};
    struct bc_branch *trees[3] = {NULL, NULL, NULL};
    uint64_t states[3];
    enum bc_status st = states_of(merging->repo, layers, states);
    /* What is undone stays in the branch's history: forks have it in common (merge_base.h). */
    bool theirs = !st && states[0] == states[1] && merging->action != BC_REFLOG_REVERT;
    bool ours = !st && !theirs && states[0] == states[2];
    for (size_t i = 0; !st && i < 3; i++)
        st = bc_branch_past(merging->repo, layers[i], &trees[i]);
    if (!st && (ours || theirs))
        st = take_whole(merging, trees[1], theirs, report, err);
    else if (!st)
        st = merge_trees(merging, trees, report, err);
    for (size_t i = 0; i < 3; i++)
        bc_branch_release(trees[i]);
    return st;
}
