/* Resets: a branch becomes what some state is. */
#include "branchcore/merging.h"
#include "branchcore/ref.h"

static enum bc_status try_reset(struct bc_branch *branch, const struct bc_state *state,
                                struct bc_slice ref)
{
    struct bc_frozen frozen;
    struct bc_layer *kept = NULL;
    struct bc_branch *ours = NULL;
    enum bc_status st = bc_branch_freeze_head(branch, &frozen);
    if (st)
        return st;
    struct bc_move move = {
        .expected = frozen.top ? frozen.top->id : 0,
        .head = state->has_commit ? &state->commit : NULL,
        .no_head = !state->has_commit,
        .action = BC_REFLOG_RESET,
        .detail = ref,
    };
    st = bc_branch_past(branch->repo, move.expected, &ours);
    if (!st)
        st = bc_keep_root(ours, state->layer, &move.to, &kept);
    if (!st)
        st = bc_branch_move(branch, &move);
    bc_layer_release(branch->repo, kept);
    bc_branch_release(ours);
    bc_layer_release(branch->repo, frozen.top);
    return st;
}

enum bc_status bc_branch_reset(struct bc_branch *branch, struct bc_slice ref, struct bc_error *err)
{
    enum { TRIES = 8 };
    struct bc_state state;
    struct bc_merge_seat *seat = NULL;
    if (err)
        err->text[0] = '\0';
    enum bc_status st = bc_merge_sit(branch, &seat);
    if (st)
        return st;
    st = bc_merge_none_waits(branch, err);
    if (!st)
        st = bc_ref_open(branch->repo, branch, ref, &state, err);
    if (!st) {
        st = BC_BUSY;
        for (int i = 0; st == BC_BUSY && i < TRIES; i++)
            st = try_reset(branch, &state, ref);
        if (st == BC_BUSY) {
            bc_branch_gate_close(branch);
            st = try_reset(branch, &state, ref);
            bc_branch_gate_open(branch);
        }
        bc_state_release(&state);
    }
    bc_merge_rise(seat);
    if (st && err && !err->text[0])
        (void)bc_fail(err, st, "%.*s: %s", (int)(ref.size < 200 ? ref.size : 200), ref.data,
                      bc_status_text(st));
    return st;
}
