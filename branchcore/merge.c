#include "branchcore/merge.h"

#include "branchcore/history.h"
#include "branchcore/merge_base.h"
#include "branchcore/merging.h"
#include "branchcore/ref.h"

enum { TRIES = 8 };

struct merge {
    struct bc_branch *ours;
    struct bc_slice ref;
    const struct bc_merge_options *options;
    struct bc_merging merging;
    struct bc_state theirs;
    char ours_name[BC_BRANCH_NAME_MAX + 1];
    struct bc_buffer message;
    bool done; /* without the trees being looked at */
};

/* Theirs. */

/* A branch's uncommitted changes are committed; *itself: it is the branch that is merged into. */
static enum bc_status commit_theirs(struct merge *merge, bool *itself, struct bc_error *err)
{
    struct bc_branch *theirs = NULL;
    enum bc_status st = bc_branch_open(merge->ours->repo, merge->ref, &theirs);
    if (st)
        return st;
    *itself = theirs == merge->ours;
    if (!*itself && !merge->options->dry_run)
        st = bc_merge_commit_first(theirs, merge->options->author, "it was merged into",
                                   bc_slice(merge->ours_name, strlen(merge->ours_name)), err);
    bc_branch_release(theirs);
    return st;
}

static enum bc_status open_theirs(struct merge *merge, bool *itself, struct bc_error *err)
{
    struct bc_repo *repo = merge->ours->repo;
    *itself = false;
    enum bc_status st = bc_ref_open(repo, merge->ours, merge->ref, &merge->theirs, err);
    if (st || !merge->theirs.is_branch)
        return st;
    st = commit_theirs(merge, itself, err);
    if (st || *itself || merge->theirs.is_commit || merge->options->dry_run)
        return st;
    bc_state_release(&merge->theirs);
    return bc_ref_open(repo, merge->ours, merge->ref, &merge->theirs, err);
}

/* The layer of theirs: its last commit's, unless nothing is to be committed. */
static enum bc_status theirs_layer(struct merge *merge, uint64_t *layer)
{
    struct bc_commit commit;
    *layer = merge->theirs.layer;
    if (merge->options->dry_run || merge->theirs.is_commit || !merge->theirs.has_commit)
        return BC_OK;
    enum bc_status st = bc_commit_get(merge->ours->repo, &merge->theirs.commit, &commit);
    if (!st) {
        *layer = commit.layer;
        bc_commit_release(&commit);
    }
    return st;
}

static enum bc_status find_base(struct merge *merge)
{
    struct bc_merging *merging = &merge->merging;
    struct bc_merge_from ours = {merging->ours_layer, merging->frozen.has_head,
                                 merging->frozen.head};
    struct bc_merge_from theirs = {merging->theirs_layer, merge->theirs.has_commit,
                                   merge->theirs.commit};
    return bc_merge_base(merging->repo, &ours, &theirs, &merging->has_base, &merging->base,
                         &merging->base_layer);
}

/* Cases that need no merge. */

static enum bc_status nothing(struct merge *merge, const char *why, struct bc_merge_report *report)
{
    merge->done = true;
    report->outcome = BC_MERGE_NOTHING;
    struct bc_buffer line = {0};
    enum bc_status st =
        bc_buffer_printf(&line, "%.*s %s\n", (int)merge->ref.size, merge->ref.data, why);
    if (!st)
        st = bc_merging_tell(&merge->merging, report, bc_buffer_slice(&line));
    bc_buffer_release(&line);
    return st;
}

static enum bc_status is_empty(struct bc_branch *tree, bool *empty)
{
    struct bc_branch *none = NULL;
    struct bc_tree_sums sums = {0};
    enum bc_status st = bc_branch_past(tree->repo, 0, &none);
    if (!st)
        st = bc_tree_diff_sums(none, tree, &sums);
    bc_branch_release(none);
    *empty = !sums.paths;
    return st;
}

static enum bc_status sums_of(const struct bc_merging *merging, struct bc_merge_report *report)
{
    struct bc_tree_sums sums = {0};
    struct bc_branch *ours = NULL;
    struct bc_branch *theirs = NULL;
    enum bc_status st = bc_branch_past(merging->repo, merging->ours_layer, &ours);
    if (!st)
        st = bc_branch_past(merging->repo, merging->theirs_layer, &theirs);
    if (!st)
        st = bc_tree_diff_sums(ours, theirs, &sums);
    bc_branch_release(ours);
    bc_branch_release(theirs);
    report->paths = sums.paths;
    report->added = sums.added;
    report->removed = sums.removed;
    return st;
}

static enum bc_status fast_forward(struct merge *merge, struct bc_merge_report *report)
{
    struct bc_merging *merging = &merge->merging;
    const struct bc_frozen *frozen = &merging->frozen;
    struct bc_layer *kept = NULL;
    merge->done = true;
    report->outcome = BC_MERGE_FAST_FORWARD;
    enum bc_status st = sums_of(merging, report);
    if (st || merging->dry_run)
        return st;
    struct bc_move move = {
        .expected = frozen->top ? frozen->top->id : 0,
        .expected_head = frozen->has_head ? &frozen->head : NULL,
        .head = &merging->theirs,
        .action = BC_REFLOG_FAST_FORWARD,
        .detail = merge->ref,
    };
    st = bc_keep_root(merge->ours, merging->theirs_layer, &move.to, &kept);
    if (!st)
        st = bc_branch_move(merge->ours, &move);
    if (!st)
        report->result = merging->theirs;
    bc_layer_release(merging->repo, kept);
    return st;
}

/* Whether ours is what its last commit says; an empty branch without one counts as such. */
static enum bc_status is_clean(struct merge *merge, bool *clean)
{
    const struct bc_frozen *frozen = &merge->merging.frozen;
    struct bc_branch *tree = NULL;
    struct bc_branch *base = NULL;
    struct bc_tree_sums sums = {0};
    struct bc_commit commit;
    uint64_t layer = 0;
    enum bc_status st = BC_OK;
    *clean = true;
    if (frozen->has_head && !merge->options->dry_run)
        return BC_OK;
    if (frozen->has_head) {
        st = bc_commit_get(merge->ours->repo, &frozen->head, &commit);
        if (st)
            return st;
        layer = commit.layer;
        bc_commit_release(&commit);
    }
    st = bc_branch_past(merge->ours->repo, merge->merging.ours_layer, &tree);
    if (!st)
        st = bc_branch_past(merge->ours->repo, layer, &base);
    if (!st)
        st = bc_tree_diff_sums(base, tree, &sums);
    bc_branch_release(tree);
    bc_branch_release(base);
    *clean = !sums.paths;
    return st;
}

/* NOTHING and FAST_FORWARD, which leave `done` set. */
static enum bc_status try_simple(struct merge *merge, struct bc_merge_report *report)
{
    const struct bc_frozen *frozen = &merge->merging.frozen;
    const struct bc_state *theirs = &merge->theirs;
    struct bc_repo *repo = merge->ours->repo;
    bool contains = false;
    bool clean = false;
    bool settled = theirs->is_commit || !merge->options->dry_run; /* nothing of it is uncommitted */
    enum bc_status st = BC_OK;
    if (!theirs->has_commit) {
        bool empty;
        st = is_empty(theirs->tree, &empty);
        return st || !empty ? st : nothing(merge, "is empty", report);
    }
    if (frozen->has_head && settled)
        st = bc_history_contains(repo, &frozen->head, &theirs->commit, &contains);
    if (!st && contains)
        return nothing(merge, "has nothing new", report);
    if (!st && frozen->has_head)
        st = bc_history_contains(repo, &theirs->commit, &frozen->head, &contains);
    if (!st && (contains || !frozen->has_head) && settled)
        st = is_clean(merge, &clean);
    return st || !clean ? st : fast_forward(merge, report);
}

/* One try. */

static enum bc_status run(struct merge *merge, struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_merging *merging = &merge->merging;
    enum bc_status st = bc_branch_freeze_head(merge->ours, &merging->frozen);
    if (st)
        return st;
    merging->ours_layer = merging->frozen.top ? merging->frozen.top->id : 0;
    merging->theirs = merge->theirs.commit;
    merging->has_theirs = merge->theirs.has_commit;
    st = theirs_layer(merge, &merging->theirs_layer);
    if (!st)
        st = find_base(merge);
    if (!st)
        st = bc_merging_begin_report(merging, report);
    if (!st)
        st = try_simple(merge, report);
    if (!st && !merge->done)
        st = bc_merging_run(merging, report, err);
    bc_layer_release(merging->repo, merging->frozen.top);
    merging->frozen = (struct bc_frozen){0};
    return st;
}

static enum bc_status attempt(struct merge *merge, bool gate, struct bc_merge_report *report,
                              struct bc_error *err)
{
    bool itself;
    enum bc_status st = open_theirs(merge, &itself, err);
    if (!st && itself) {
        st = bc_merging_begin_report(&merge->merging, report);
        if (!st)
            st = nothing(merge, "is this branch itself", report);
    } else if (!st) {
        if (gate)
            bc_branch_gate_close(merge->ours);
        if (!merge->options->dry_run)
            st = bc_merge_commit_first(merge->ours, merge->options->author, "merging", merge->ref,
                                       err);
        if (!st)
            st = run(merge, report, err);
        if (gate)
            bc_branch_gate_open(merge->ours);
    }
    bc_state_release(&merge->theirs);
    return st;
}

static enum bc_status try_often(struct merge *merge, struct bc_merge_report *report,
                                struct bc_error *err)
{
    enum bc_status st = BC_BUSY;
    for (int i = 0; st == BC_BUSY && i <= TRIES; i++)
        st = attempt(merge, i == TRIES, report, err);
    return st == BC_BUSY ? bc_fail(err, st, "%s is changed by others all the time: try again",
                                   merge->ours_name)
                         : st;
}

static enum bc_status merge_seated(struct merge *merge, struct bc_merge_report *report,
                                   struct bc_error *err)
{
    struct bc_merging *merging = &merge->merging;
    struct bc_slice message = merge->options->message;
    enum bc_status st = bc_merge_none_waits(merge->ours, err);
    if (!st && message.size)
        st = bc_commit_message_check(message, err);
    if (!st && !message.size) {
        st = bc_buffer_printf(&merge->message, "Merge %.*s into %s", (int)merge->ref.size,
                              merge->ref.data, merge->ours_name);
        message = bc_buffer_slice(&merge->message);
    }
    merging->message = message;
    if (!st)
        st = try_often(merge, report, err);
    if (!st || st == BC_CONFLICT) {
        enum bc_status noted = bc_merging_end_report(merging, report);
        st = st ? st : noted;
    }
    return st;
}

enum bc_status bc_merge(struct bc_branch *ours, struct bc_slice theirs,
                        const struct bc_merge_options *options, struct bc_merge_report *report,
                        struct bc_error *err)
{
    struct bc_progress *progress = options->progress ? options->progress : ours->repo->progress;
    struct merge merge = {.ours = ours, .ref = theirs, .options = options};
    *report = (struct bc_merge_report){0};
    if (err)
        err->text[0] = '\0';
    bc_branch_name(ours, merge.ours_name);
    merge.merging = (struct bc_merging){
        .repo = ours->repo,
        .branch = ours,
        .policy = options->policy,
        .dry_run = options->dry_run,
        .compute = options->compute,
        .action = BC_REFLOG_MERGE,
        .ref = theirs,
        .author = options->author,
        .started_ns = bc_monotonic_ns(),
    };
    enum bc_status st = bc_merge_sit(ours, &merge.merging.seat);
    if (st)
        return st;
    merge.merging.progress = bc_progress_begin(progress, "merge");
    st = merge_seated(&merge, report, err);
    bc_progress_end(merge.merging.progress);
    bc_merge_rise(merge.merging.seat);
    bc_merge_last_close(merge.merging.last);
    bc_buffer_release(&merge.message);
    if (st && st != BC_CONFLICT) {
        bc_merge_report_release(report);
        if (err && !err->text[0])
            (void)bc_fail(err, st, "%.*s: %s", (int)theirs.size, theirs.data, bc_status_text(st));
    }
    return st;
}
