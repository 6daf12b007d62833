/* Reverts: a commit is undone by merging what was before it, with the commit itself as base. */
#include "branchcore/merging.h"
#include "branchcore/ref.h"

enum { TRIES = 8 };

struct revert {
    struct bc_merging merging;
    struct bc_commit_id id;
    uint64_t layer;  /* of the commit */
    uint64_t before; /* of its first parent; 0: the empty tree */
    struct bc_buffer message;
};

static struct bc_slice subject_of(const char *message)
{
    return bc_slice(message, strcspn(message, "\n"));
}

static enum bc_status look_at_commit(struct revert *revert, struct bc_slice ref,
                                     struct bc_error *err)
{
    struct bc_repo *repo = revert->merging.repo;
    struct bc_commit commit;
    struct bc_commit parent;
    char hex[BC_COMMIT_HEX + 1];
    enum bc_status st = bc_ref_commit(repo, revert->merging.branch, ref, &revert->id, err);
    if (!st)
        st = bc_commit_get(repo, &revert->id, &commit);
    if (st)
        return st;
    revert->layer = commit.layer;
    if (commit.parent_count) {
        st = bc_commit_get(repo, &commit.parents[0], &parent);
        if (!st) {
            revert->before = parent.layer;
            bc_commit_release(&parent);
        }
    }
    struct bc_slice subject = subject_of(commit.message);
    bc_commit_id_format(&revert->id, hex);
    if (!st)
        st = bc_buffer_printf(&revert->message, "Revert %.*s\n\nThis reverts commit %s.",
                              (int)(subject.size < 1000 ? subject.size : 1000), subject.data, hex);
    bc_commit_release(&commit);
    return st;
}

static enum bc_status attempt(struct revert *revert, bool gate, struct bc_merge_report *report,
                              struct bc_error *err)
{
    struct bc_merging *merging = &revert->merging;
    enum bc_status st = BC_OK;
    if (gate)
        bc_branch_gate_close(merging->branch);
    if (!merging->dry_run)
        st =
            bc_merge_commit_first(merging->branch, merging->author, "reverting", merging->ref, err);
    if (!st)
        st = bc_branch_freeze_head(merging->branch, &merging->frozen);
    if (!st) {
        merging->base_layer = revert->layer;
        merging->ours_layer = merging->frozen.top ? merging->frozen.top->id : 0;
        merging->theirs_layer = revert->before;
        st = bc_merging_begin_report(merging, report);
        if (!st)
            st = bc_merging_run(merging, report, err);
        bc_layer_release(merging->repo, merging->frozen.top);
        merging->frozen = (struct bc_frozen){0};
    }
    if (gate)
        bc_branch_gate_open(merging->branch);
    return st;
}

static enum bc_status revert_seated(struct revert *revert, const struct bc_merge_options *options,
                                    struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_merging *merging = &revert->merging;
    enum bc_status st = bc_merge_none_waits(merging->branch, err);
    if (!st && options->message.size)
        st = bc_commit_message_check(options->message, err);
    if (!st)
        st = look_at_commit(revert, merging->ref, err);
    if (st)
        return st;
    merging->has_base = true;
    merging->base = revert->id;
    merging->message = options->message.size ? options->message : bc_buffer_slice(&revert->message);
    st = BC_BUSY;
    for (int i = 0; st == BC_BUSY && i <= TRIES; i++)
        st = attempt(revert, i == TRIES, report, err);
    if (st == BC_BUSY)
        return bc_fail(err, st, "the branch is changed by others all the time: try again");
    if (!st || st == BC_CONFLICT) {
        enum bc_status noted = bc_merging_end_report(merging, report);
        st = st ? st : noted;
    }
    return st;
}

enum bc_status bc_branch_revert(struct bc_branch *branch, struct bc_slice ref,
                                const struct bc_merge_options *options,
                                struct bc_merge_report *report, struct bc_error *err)
{
    struct bc_progress *progress = options->progress ? options->progress : branch->repo->progress;
    struct revert revert = {.merging = {
                                .repo = branch->repo,
                                .branch = branch,
                                .policy = options->policy,
                                .dry_run = options->dry_run,
                                .compute = options->compute,
                                .action = BC_REFLOG_REVERT,
                                .ref = ref,
                                .author = options->author,
                                .started_ns = bc_monotonic_ns(),
                            }};
    *report = (struct bc_merge_report){0};
    if (err)
        err->text[0] = '\0';
    enum bc_status st = bc_merge_sit(branch, &revert.merging.seat);
    if (st)
        return st;
    revert.merging.progress = bc_progress_begin(progress, "revert");
    st = revert_seated(&revert, options, report, err);
    bc_progress_end(revert.merging.progress);
    bc_merge_rise(revert.merging.seat);
    bc_merge_last_close(revert.merging.last);
    bc_buffer_release(&revert.message);
    if (st && st != BC_CONFLICT) {
        bc_merge_report_release(report);
        if (err && !err->text[0])
            (void)bc_fail(err, st, "%.*s: %s", (int)(ref.size < 200 ? ref.size : 200), ref.data,
                          bc_status_text(st));
    }
    return st;
}
