/* How a branch goes from one state to another at once (state.h). */
#include "branchcore/commit_record.h"
#include "branchcore/maintain.h"
#include "branchcore/reflog.h"
#include "branchcore/state.h"
#include "branchcore/tree_diff.h"

#include <assert.h>
#include <inttypes.h>

/* What a move needs and may fail to get, before the branch's lock is taken. */
struct moving {
    const struct bc_move *move;
    struct bc_branch *before; /* for the listeners; NULL: there are none */
    struct bc_branch *after;
    struct bc_layer *to;
    uint64_t expected; /* move->expected's state: the stack above it may be made a shorter one */
    uint64_t work;
    uint64_t head_layer;
    struct bc_batch batch;
};

static bool anybody_listens(struct bc_branch *branch)
{
    return branch->repo->moved || bc_event_wanted(branch);
}

static enum bc_status prepare(struct bc_branch *branch, struct moving *moving)
{
    struct bc_repo *repo = branch->repo;
    const struct bc_move *move = moving->move;
    enum bc_status st = BC_OK;
    if (anybody_listens(branch)) {
        st = bc_branch_past(repo, move->expected, &moving->before);
        if (!st)
            st = bc_branch_past(repo, move->to, &moving->after);
    }
    if (!st)
        st = bc_layer_get(repo, move->to, &moving->to);
    if (!st)
        st = bc_layer_state(repo, move->expected, &moving->expected);
    /* Ids grow: this one is greater than that of any layer in the stack. */
    if (!st)
        st = bc_repo_next_id(repo, &moving->work);
    if (!st && move->head)
        st = bc_commit_layer(repo, move->extra, move->head, &moving->head_layer);
    return st;
}

static enum bc_status add_rows(struct bc_batch *batch, const struct bc_batch *rows)
{
    enum bc_status st = BC_OK;
    struct bc_batch_entry entry;
    size_t position = 0;
    while (rows && !st && bc_batch_each(rows, &position, &entry)) {
        if (entry.kind == BC_BATCH_PUT)
            st = bc_batch_put(batch, entry.family, entry.key, entry.value);
        else if (entry.kind == BC_BATCH_DELETE)
            st = bc_batch_delete(batch, entry.family, entry.key);
        else
            st = bc_batch_delete_range(batch, entry.family, entry.key, entry.value);
    }
    return st;
}

/* "STATE DETAIL", the record from before, which is found again by its working set's id: that was
 * empty and is left behind, so no other state is called the same. */
static enum bc_status put_reflog(struct bc_branch *branch, struct moving *moving)
{
    const struct bc_move *move = moving->move;
    struct bc_branch_record record = bc_branch_record_of(branch);
    struct bc_buffer value = {0};
    struct bc_buffer detail = {0};
    enum bc_status st = bc_branch_record_encode(&record, &value);
    if (!st)
        st = bc_buffer_printf(&detail, "w%" PRIx64 "%s%.*s", branch->work,
                              move->detail.size ? " " : "", (int)move->detail.size,
                              move->detail.data);
    if (!st)
        st = bc_reflog_put(branch->repo, &moving->batch, (enum bc_reflog_action)move->action,
                           record.name, bc_buffer_slice(&detail), branch->id,
                           bc_buffer_slice(&value));
    bc_buffer_release(&detail);
    bc_buffer_release(&value);
    return st;
}

static struct bc_branch_record record_after(struct bc_branch *branch, const struct moving *moving)
{
    const struct bc_move *move = moving->move;
    struct bc_branch_record record = bc_branch_record_of(branch);
    record.top = move->to;
    record.work = moving->work;
    record.changed_ns = bc_now_ns();
    if (move->no_head) {
        record.has_head = false;
        record.base = move->to;
    } else if (move->head) {
        record.has_head = true;
        record.head = *move->head;
        record.base = moving->head_layer;
    }
    return record;
}

static bool overtaken(const struct bc_branch *branch, const struct moving *moving)
{
    const struct bc_move *move = moving->move;
    uint64_t state = branch->top ? branch->top->state : 0;
    if (state != moving->expected || branch->work_used)
        return true;
    return move->expected_head &&
           (!branch->has_head || !bc_commit_id_equal(&branch->head, move->expected_head));
}

static enum bc_status move_locked(struct bc_branch *branch, struct moving *moving)
{
    assert(!branch->scratch);
    if (overtaken(branch, moving))
        return BC_BUSY;
    struct bc_branch_record record = record_after(branch, moving);
    enum bc_status st = add_rows(&moving->batch, moving->move->extra);
    if (!st)
        st = bc_branch_record_put(&moving->batch, branch->id, &record);
    if (!st)
        st = put_reflog(branch, moving);
    if (!st)
        st = bc_store_apply(branch->repo->store, &moving->batch, true);
    if (st)
        return st;
    bc_layer_release(branch->repo, branch->top);
    branch->top = moving->to;
    moving->to = NULL;
    branch->work = record.work;
    branch->base = record.base;
    branch->has_head = record.has_head;
    branch->head = record.head;
    branch->changed_ns = record.changed_ns;
    (void)atomic_fetch_add(&branch->moves, 1);
    return BC_OK;
}

uint64_t bc_branch_moves(struct bc_branch *branch)
{
    return atomic_load(&branch->moves);
}

static enum bc_event_kind event_of(const struct bc_move *move)
{
    switch (move->action) {
    case BC_REFLOG_RESET:
        return BC_EVENT_RESET;
    case BC_REFLOG_PATCH:
        return BC_EVENT_PATCH;
    case BC_REFLOG_REVERT:
        return BC_EVENT_REVERT;
    case BC_REFLOG_REWRITE:
        return BC_EVENT_REWRITE;
    default:
        return BC_EVENT_MERGE;
    }
}

/* The move itself, and then what changed by it. Listeners may wait for others who wait at the gate:
 * they are told of the latter when it is open. */
static void tell_listeners(struct bc_branch *branch, struct moving *moving)
{
    const struct bc_move *move = moving->move;
    char *detail = bc_copy_string(move->detail.data ? move->detail.data : "", move->detail.size);
    if (detail)
        bc_event_path(branch, event_of(move), detail);
    bc_free(detail);
    pthread_rwlock_rdlock(&branch->lock);
    bool closed = branch->gate_closed && pthread_equal(branch->gate_owner, pthread_self());
    pthread_rwlock_unlock(&branch->lock);
    if (!closed) {
        bc_state_events(branch, moving->before, moving->after);
        return;
    }
    bc_branch_release(branch->moved_after);
    branch->moved_after = bc_branch_retain(moving->after);
    if (!branch->moved_before)
        branch->moved_before = bc_branch_retain(moving->before);
}

enum bc_status bc_branch_move(struct bc_branch *branch, const struct bc_move *move)
{
    struct moving moving = {.move = move};
    enum bc_status st = prepare(branch, &moving);
    if (!st)
        st = bc_branch_lock(branch);
    if (!st) {
        st = move_locked(branch, &moving);
        pthread_rwlock_unlock(&branch->lock);
    }
    if (!st)
        bc_maintain_overlaid(branch);
    if (!st && moving.before)
        tell_listeners(branch, &moving);
    bc_branch_release(moving.before);
    bc_branch_release(moving.after);
    bc_layer_release(branch->repo, moving.to);
    bc_batch_release(&moving.batch);
    return st;
}

/* Events name a folder without the slash that is behind its path here. */
static void tell(struct bc_branch *branch, enum bc_event_kind kind, const char *path)
{
    size_t size = strlen(path);
    if (size && path[size - 1] == '/')
        size--;
    char *copy = bc_copy_string(path, size);
    if (copy)
        bc_event_path(branch, kind, copy);
    bc_free(copy);
}

static enum bc_status tell_difference(void *context, const struct bc_tree_difference *difference)
{
    struct bc_branch *branch = context;
    const char *path = difference->path;
    switch (difference->kind) {
    case 'A':
        tell(branch, BC_EVENT_CREATE, path);
        return BC_OK;
    case 'D':
        tell(branch, BC_EVENT_DELETE, path);
        return BC_OK;
    case 'R':
        tell(branch, BC_EVENT_MOVE, path);
        break;
    default:
        break;
    }
    if (difference->aspects & (BC_ASPECT_CONTENT | BC_ASPECT_PLACE))
        tell(branch, BC_EVENT_CHANGE, path);
    if (difference->aspects & (BC_ASPECT_MODE | BC_ASPECT_XATTR))
        tell(branch, BC_EVENT_ATTRIBUTE, path);
    return BC_OK;
}

void bc_state_events(struct bc_branch *branch, struct bc_branch *before, struct bc_branch *after)
{
    const struct bc_repo *repo = branch->repo;
    if (repo->moved)
        repo->moved(repo->context, branch, before, after);
    if (bc_event_wanted(branch))
        (void)bc_tree_diff(before, after, tell_difference, branch);
}
