/* Applying a patch: in a scratch branch over what the branch is, which then becomes the branch. */
#include "branchcore/patch.h"

#include "branchcore/patch_task.h"
#include "branchcore/state.h"

#include <inttypes.h>
#include <stdio.h>

static enum bc_status apply_to(struct bc_branch *scratch, struct bc_patch *patch,
                               struct bc_patch_report *report, struct bc_error *err)
{
    size_t count = patch->part_count;
    struct bc_patch_work work = {.branch = scratch, .patch = patch, .report = report, .err = err};
    *report = (struct bc_patch_report){0};
    work.tasks = bc_alloc_array(count, sizeof *work.tasks);
    work.order = bc_alloc_array(count, sizeof *work.order);
    enum bc_status st = work.tasks && work.order ? bc_patch_tree(&work) : BC_NO_MEMORY;
    bc_free(work.sources.slots);
    bc_free(work.tasks);
    bc_free(work.order);
    return st;
}

static uint64_t layer_id(const struct bc_layer *layer)
{
    return layer ? layer->id : 0;
}

static enum bc_status move(struct bc_branch *branch, const struct bc_layer *past,
                           struct bc_branch *scratch, const struct bc_patch_report *report)
{
    char detail[120];
    struct bc_layer *now = NULL;
    enum bc_status st = bc_branch_freeze(scratch, &now);
    if (st)
        return st;
    int size = snprintf(detail, sizeof detail, "%" PRIu64 " paths +%" PRIu64 " -%" PRIu64,
                        report->paths, report->added, report->removed);
    struct bc_move to = {.expected = layer_id(past),
                         .to = layer_id(now),
                         .action = BC_REFLOG_PATCH,
                         .detail = bc_slice(detail, (size_t)size)};
    if (report->paths)
        st = bc_branch_move(branch, &to);
    bc_layer_release(branch->repo, now);
    return st;
}

/* BC_BUSY: the branch has changed meanwhile. */
static enum bc_status attempt(struct bc_branch *branch, struct bc_patch *patch,
                              struct bc_patch_report *report, struct bc_error *err)
{
    struct bc_layer *past = NULL;
    struct bc_branch *scratch = NULL;
    enum bc_status st = bc_branch_freeze(branch, &past);
    if (st)
        return st;
    st = bc_scratch_new(branch->repo, layer_id(past), &scratch);
    if (!st)
        st = apply_to(scratch, patch, report, err);
    if (!st)
        st = move(branch, past, scratch, report);
    bc_branch_release(scratch);
    bc_layer_release(branch->repo, past);
    return st;
}

static enum bc_status apply(struct bc_branch *branch, struct bc_patch *patch,
                            struct bc_patch_report *report, struct bc_error *err)
{
    enum { TRIES = 8 };
    enum bc_status st = BC_BUSY;
    for (int i = 0; st == BC_BUSY && i < TRIES; i++)
        st = attempt(branch, patch, report, err);
    if (st != BC_BUSY)
        return st;
    bc_branch_gate_close(branch);
    st = attempt(branch, patch, report, err);
    bc_branch_gate_open(branch);
    return st;
}

enum bc_status bc_patch_apply(struct bc_branch *branch, struct bc_slice text, struct bc_slice path,
                              struct bc_patch_report *report, struct bc_error *err)
{
    struct bc_patch patch;
    struct bc_patch_report made = {0};
    struct bc_error why = {{0}};
    enum bc_status st = bc_patch_parse(text, path, &patch, &why);
    if (!st) {
        if (patch.part_count)
            st = apply(branch, &patch, &made, &why);
        bc_patch_release(&patch);
    }
    if (st)
        return bc_fail(err, st, "%s", *why.text ? why.text : bc_status_text(st));
    *report = made;
    return BC_OK;
}
