/* Renaming, deleting and bringing back branches. */
#include "branchcore/branch_record.h"
#include "branchcore/commit_graph.h"
#include "branchcore/history.h"
#include "branchcore/layer_record.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

static enum bc_status missing(struct bc_error *err, struct bc_slice name)
{
    return bc_fail(err, BC_NOT_FOUND, "there is no branch '%.*s'", (int)name.size, name.data);
}

static enum bc_status is_default(struct bc_repo *repo, struct bc_slice name, bool *same)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, "mdefault", &value);
    *same = !st && bc_slice_equal(value.slice, name);
    bc_value_release(&value);
    return st;
}

/* The default branch keeps being the default under its new name. */
static enum bc_status move_default(struct bc_repo *repo, struct bc_batch *batch,
                                   struct bc_slice from, struct bc_slice to)
{
    bool same;
    enum bc_status st = is_default(repo, from, &same);
    return st || !same ? st : bc_setting_put(batch, "mdefault", to);
}

/* The branches' locks are held from the making of their records until these are applied: a commit
 * in between would be undone by them. Elsewhere one branch's lock is taken while another's is held
 * for reading, in any order, so the second one is not waited for with the first one held. other may
 * be NULL. */
static void lock_both(struct bc_branch *branch, struct bc_branch *other)
{
    pthread_rwlock_wrlock(&branch->lock);
    while (other && pthread_rwlock_trywrlock(&other->lock)) {
        pthread_rwlock_unlock(&branch->lock);
        sched_yield();
        pthread_rwlock_wrlock(&branch->lock);
    }
}

static void unlock_both(struct bc_branch *branch, struct bc_branch *other)
{
    pthread_rwlock_unlock(&branch->lock);
    if (other)
        pthread_rwlock_unlock(&other->lock);
}

static void set_name(struct bc_branch *branch, struct bc_slice name)
{
    memcpy(branch->name, name.data, name.size);
    branch->name[name.size] = '\0';
}

/* Puts the branch's record with another name. */
static enum bc_status put_renamed(struct bc_batch *batch, struct bc_branch *branch,
                                  struct bc_slice name)
{
    struct bc_branch_record record = bc_branch_record_of(branch);
    record.name = name;
    enum bc_status st = bc_branch_record_put(batch, branch->id, &record);
    return st ? st : bc_branch_name_put(batch, name, branch->id);
}

static enum bc_status rename_locked(struct bc_repo *repo, struct bc_branch *branch,
                                    struct bc_slice from, struct bc_branch *other,
                                    struct bc_slice to)
{
    struct bc_batch batch = {0};
    enum bc_status st = BC_OK;
    lock_both(branch, other);
    if (!other)
        st = bc_branch_name_put(&batch, from, 0);
    if (!st)
        st = put_renamed(&batch, branch, to);
    if (!st && other)
        st = put_renamed(&batch, other, from);
    if (!st)
        st = move_default(repo, &batch, from, to);
    if (!st && other)
        st = move_default(repo, &batch, to, from);
    if (!st)
        st = bc_reflog_put(repo, &batch, BC_REFLOG_RENAME, to, from, branch->id, bc_slice("", 0));
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    if (!st)
        set_name(branch, to);
    if (!st && other)
        set_name(other, from);
    unlock_both(branch, other);
    return st;
}

enum bc_status bc_branch_rename(struct bc_repo *repo, struct bc_slice from, struct bc_slice to,
                                bool exchange, struct bc_error *err)
{
    struct bc_branch *branch = NULL;
    struct bc_branch *other = NULL;
    enum bc_status st = bc_branch_name_check(to, err);
    if (st)
        return st;
    pthread_mutex_lock(&repo->branches_lock);
    st = bc_branch_open_locked(repo, from, &branch);
    if (st == BC_NOT_FOUND)
        st = missing(err, from);
    if (!st) {
        st = bc_branch_open_locked(repo, to, &other);
        if (st == BC_NOT_FOUND)
            st = exchange ? missing(err, to) : BC_OK;
        else if (!st && !exchange)
            st = bc_fail(err, BC_EXISTS, "there is already a branch '%.*s'", (int)to.size, to.data);
    }
    if (!st && branch != other)
        st = rename_locked(repo, branch, from, other, to);
    if (branch)
        bc_branch_release_locked(branch);
    if (other)
        bc_branch_release_locked(other);
    pthread_mutex_unlock(&repo->branches_lock);
    return st;
}

/* Whether a layer changes more than the attributes of the root folder. */
static enum bc_status layer_matters(struct bc_branch *branch, uint64_t layer, bool *matters)
{
    struct bc_key own;
    struct bc_key lower;
    bc_key_node(&own, layer, BC_ROW_NODE, BC_ROOT_NODE);
    bc_key_prefix(&lower, layer, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), false, &cursor);
    if (st)
        return st;
    *matters = false;
    for (cursor->ops->first(cursor); !*matters && cursor->valid; cursor->ops->next(cursor))
        *matters = !bc_slice_equal(cursor->key, bc_key_slice(&own));
    st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* The latest state in the branch's history that changes anything; 0: none. */
static enum bc_status last_change(struct bc_branch *branch, uint64_t *state)
{
    bool matters = false;
    *state = branch->top ? branch->top->state : 0;
    while (*state) {
        enum bc_status st = layer_matters(branch, *state, &matters);
        if (st || matters)
            return st;
        st = bc_layer_previous(branch->repo, *state, state);
        if (st)
            return st;
    }
    return BC_OK;
}

/* Whether what the stack of `layer` is made of has a state. */
static enum bc_status stack_contains(struct bc_repo *repo, uint64_t layer, uint64_t state,
                                     bool *contains)
{
    struct bc_layer *top = NULL;
    enum bc_status st = bc_layer_get(repo, layer, &top);
    if (!st)
        st = bc_layer_contains(repo, top, state, contains);
    bc_layer_release(repo, top);
    return st;
}

struct containment {
    struct bc_repo *repo;
    const struct bc_branch *branch;
    uint64_t state; /* the last that matters */
    bool contained;
    struct bc_buffer heads; /* last commits of all other branches */
};

/* Another branch whose history has that state has all of the branch's frozen changes. */
static enum bc_status look_for_state(void *context, const struct bc_branch_info *info)
{
    struct containment *search = context;
    if (info->id == search->branch->id)
        return BC_OK;
    enum bc_status st = BC_OK;
    if (info->has_head)
        st = bc_buffer_append(&search->heads, info->head, BC_COMMIT_ID_BYTES);
    if (!st && info->top)
        st = stack_contains(search->repo, info->top, search->state, &search->contained);
    if (st)
        return st;
    return search->contained ? BC_CANCELLED : BC_OK; /* the search is over */
}

/* Most often it is the branch that this one was forked from; the others are many. */
static enum bc_status look_everywhere(struct containment *search)
{
    const char *source = search->branch->forked_from;
    uint64_t id;
    struct bc_value value = {0};
    struct bc_branch_record record;
    enum bc_status st = bc_branch_id_of(search->repo, bc_slice(source, strlen(source)), &id);
    if (!st)
        st = bc_branch_record_get(search->repo, id, &value, &record);
    if (!st) {
        struct bc_branch_info info = {.id = id, .top = record.top};
        bc_value_release(&value);
        st = look_for_state(search, &info);
    }
    if (!st || st == BC_NOT_FOUND)
        st = bc_branch_each(search->repo, look_for_state, search);
    return st == BC_CANCELLED ? BC_OK : st;
}

/* In the history of a commit's layers. */
static enum bc_status look_for_commit(void *context, const struct bc_commit_links *commit)
{
    struct containment *search = context;
    enum bc_status st =
        stack_contains(search->repo, commit->layer, search->state, &search->contained);
    return !st && search->contained ? BC_CANCELLED : st;
}

/* What it shares with the branch that it was forked from has been committed there since. */
static enum bc_status look_into_commits(struct containment *search)
{
    const struct bc_branch *branch = search->branch;
    struct bc_commit head = {0};
    enum bc_status st =
        branch->has_head ? bc_commit_get(search->repo, &branch->head, &head) : BC_OK;
    if (!st)
        st = bc_history_above(
            search->repo, (const struct bc_commit_id *)(const void *)search->heads.data,
            search->heads.size / BC_COMMIT_ID_BYTES, head.generation, look_for_commit, search);
    bc_commit_release(&head);
    return st == BC_CANCELLED ? BC_OK : st;
}

/* All of it is committed, and the last commit is part of another branch's history (a merge took
 * it, for one). */
static enum bc_status look_into_histories(struct containment *search)
{
    const struct bc_branch *branch = search->branch;
    bool committed = false;
    enum bc_status st = BC_OK;
    if (branch->has_head)
        st = stack_contains(search->repo, branch->base, search->state, &committed);
    if (st || !committed)
        return st ? st : look_into_commits(search);
    return bc_history_any_contains(
        search->repo, (const struct bc_commit_id *)(const void *)search->heads.data,
        search->heads.size / BC_COMMIT_ID_BYTES, &branch->head, &search->contained);
}

/* BC_OK if nothing is lost with the branch, BC_NOT_EMPTY if something is. */
static enum bc_status nothing_lost(struct bc_branch *branch)
{
    bool matters = false;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_folder_empty(branch, BC_ROOT_NODE);
    if (st != BC_NOT_EMPTY) {
        pthread_rwlock_unlock(&branch->lock);
        return st;
    }
    struct containment search = {.repo = branch->repo, .branch = branch};
    st = layer_matters(branch, branch->work, &matters);
    if (!st && !matters)
        st = last_change(branch, &search.state);
    if (!st && search.state)
        st = look_everywhere(&search);
    if (!st && search.state && !search.contained)
        st = look_into_histories(&search);
    pthread_rwlock_unlock(&branch->lock);
    bc_buffer_release(&search.heads);
    if (st)
        return st;
    return search.contained ? BC_OK : BC_NOT_EMPTY;
}

struct loss {
    uint64_t paths;
    uint64_t added;
    uint64_t removed;
};

static enum bc_status add_loss(void *context, const struct bc_difference *difference)
{
    struct loss *loss = context;
    loss->paths++;
    loss->added += difference->added;
    loss->removed += difference->removed;
    return BC_OK;
}

static enum bc_status refuse_loss(struct bc_branch *branch, struct bc_slice name,
                                  struct bc_error *err)
{
    struct loss loss = {0};
    if (bc_branch_status(branch, add_loss, &loss))
        return bc_fail(err, BC_NOT_EMPTY, "branch '%.*s' has changes that no other branch has",
                       (int)name.size, name.data);
    return bc_fail(err, BC_NOT_EMPTY,
                   "branch '%.*s' has changes that no other branch has: %" PRIu64
                   " changed paths, +%" PRIu64 " -%" PRIu64
                   " triples; to delete it all the same, write its name to .store/discard",
                   (int)name.size, name.data, loss.paths, loss.added, loss.removed);
}

static enum bc_status delete_locked(struct bc_branch *branch, struct bc_slice name)
{
    struct bc_repo *repo = branch->repo;
    struct bc_batch batch = {0};
    struct bc_buffer value = {0};
    char key[9] = "B";
    char detail[32];
    bc_put_u64(key + 1, branch->id);
    pthread_rwlock_wrlock(&branch->lock);
    struct bc_branch_record record = bc_branch_record_of(branch);
    int size = snprintf(detail, sizeof detail, "w%" PRIx64, branch->work);
    enum bc_status st = bc_branch_record_encode(&record, &value);
    if (!st)
        st = bc_batch_delete(&batch, BC_REFS, bc_slice(key, sizeof key));
    if (!st)
        st = bc_branch_name_put(&batch, name, 0);
    if (!st)
        st = bc_reflog_put(repo, &batch, BC_REFLOG_DELETE, name, bc_slice(detail, (size_t)size),
                           branch->id, bc_buffer_slice(&value));
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    if (!st)
        branch->gone = true;
    pthread_rwlock_unlock(&branch->lock);
    bc_buffer_release(&value);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_branch_delete(struct bc_repo *repo, struct bc_slice name, bool force,
                                struct bc_error *err)
{
    struct bc_branch *branch = NULL;
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_branch_open_locked(repo, name, &branch);
    if (st == BC_NOT_FOUND)
        st = missing(err, name);
    bool is = false;
    if (!st)
        st = is_default(repo, name, &is);
    if (!st && is)
        st = bc_fail(err, BC_BUSY,
                     "'%.*s' is the default branch; write another branch's name to .store/default "
                     "first",
                     (int)name.size, name.data);
    bool refused = false;
    if (!st && !force) {
        st = nothing_lost(branch);
        refused = st == BC_NOT_EMPTY;
    }
    if (!st)
        st = delete_locked(branch, name);
    pthread_mutex_unlock(&repo->branches_lock);
    /* Counting what would be lost may take long and takes the list's lock itself. */
    if (refused)
        st = refuse_loss(branch, name, err);
    bc_branch_release(branch);
    return st;
}

struct wanted {
    struct bc_repo *repo;
    struct bc_slice state;
    uint64_t branch;         /* 0: not found */
    bool moved;              /* what the branch was before a move; it is there still, or not */
    struct bc_buffer record; /* of the latest entry that fits */
    struct bc_buffer name;
};

/* A deletion is found by the state's id or by the name, a move ("STATE DETAIL") by the id alone. */
static bool fits(const struct bc_reflog_record *entry, struct bc_slice state)
{
    if (entry->action == BC_REFLOG_DELETE)
        return bc_slice_equal(entry->name, state) || bc_slice_equal(entry->detail, state);
    struct bc_slice word = entry->detail;
    const char *space = word.size ? memchr(word.data, ' ', word.size) : NULL;
    if (space)
        word.size = (size_t)(space - word.data);
    return bc_slice_equal(word, state);
}

static enum bc_status look_for_entry(void *context, uint64_t sequence,
                                     const struct bc_reflog_record *entry)
{
    (void)sequence;
    struct wanted *wanted = context;
    if (!entry->branch_record.size || !fits(entry, wanted->state))
        return BC_OK;
    wanted->branch = entry->branch;
    wanted->moved = entry->action != BC_REFLOG_DELETE;
    bc_buffer_clear(&wanted->record);
    bc_buffer_clear(&wanted->name);
    enum bc_status st =
        bc_buffer_append(&wanted->record, entry->branch_record.data, entry->branch_record.size);
    return st ? st : bc_buffer_append(&wanted->name, entry->name.data, entry->name.size);
}

/* A working set that was frozen after this deletion (the branch was back meanwhile, and forked) is
 * other branches' layer now: it stays as it is, under a new working set. */
static enum bc_status thaw(struct bc_repo *repo, struct bc_branch_record *record)
{
    uint64_t parent;
    enum bc_status st = bc_layer_record_get(repo->store, record->work, &parent);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    record->top = record->work;
    return bc_repo_next_id(repo, &record->work);
}

/* Whoever still holds the deleted branch has it back too. */
static enum bc_status apply_restore(struct bc_repo *repo, uint64_t id,
                                    const struct bc_branch_record *record,
                                    const struct bc_batch *batch)
{
    struct bc_branch *open = bc_branch_find_open(repo, id);
    if (!open)
        return bc_store_apply(repo->store, batch, false);
    pthread_rwlock_wrlock(&open->lock);
    enum bc_status st = bc_branch_fill(open, record);
    if (!st)
        st = bc_store_apply(repo->store, batch, false);
    if (st)
        open->gone = true;
    pthread_rwlock_unlock(&open->lock);
    return st;
}

static enum bc_status put_restored(struct bc_repo *repo, uint64_t id,
                                   const struct bc_branch_record *record, struct bc_slice state)
{
    struct bc_batch batch = {0};
    enum bc_status st = bc_branch_record_put(&batch, id, record);
    if (!st)
        st = bc_branch_name_put(&batch, record->name, id);
    if (!st)
        st = bc_reflog_put(repo, &batch, BC_REFLOG_RESTORE, record->name, state, id,
                           bc_slice("", 0));
    if (!st)
        st = apply_restore(repo, id, record, &batch);
    bc_batch_release(&batch);
    return st;
}

/* A deleted branch is itself again. What a branch was before a move comes back as another branch,
 * like a fork of what it was. */
static enum bc_status restore_locked(struct bc_repo *repo, const struct wanted *wanted,
                                     struct bc_slice name)
{
    struct bc_branch_record record;
    uint64_t id = wanted->branch;
    enum bc_status st = bc_branch_record_decode(bc_buffer_slice(&wanted->record), &record);
    if (st)
        return st;
    if (wanted->moved) {
        record.forked_from = record.name;
        record.created_ns = bc_now_ns();
        st = bc_repo_next_id(repo, &id);
        if (!st)
            st = bc_repo_next_id(repo, &record.work);
    } else {
        st = thaw(repo, &record);
    }
    record.name = name;
    return st ? st : put_restored(repo, id, &record, wanted->state);
}

/* The deleted branch is not back, and the name is free. */
static enum bc_status restorable(struct bc_repo *repo, const struct wanted *wanted,
                                 struct bc_slice name, struct bc_error *err)
{
    uint64_t id;
    struct bc_value value = {0};
    struct bc_branch_record record;
    enum bc_status st = BC_NOT_FOUND;
    if (!wanted->moved)
        st = bc_branch_record_get(repo, wanted->branch, &value, &record);
    if (!st) {
        st = bc_fail(err, BC_EXISTS, "'%.*s' is back already, as branch '%.*s'",
                     (int)wanted->state.size, wanted->state.data, (int)record.name.size,
                     record.name.data);
        bc_value_release(&value);
        return st;
    }
    if (st == BC_NOT_FOUND)
        st = bc_branch_id_of(repo, name, &id);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    if (wanted->moved)
        return bc_fail(err, BC_EXISTS,
                       "there is already a branch '%.*s': give a name for what it was, as in "
                       "'restore %.*s NAME'",
                       (int)name.size, name.data, (int)wanted->state.size, wanted->state.data);
    return bc_fail(err, BC_EXISTS, "there is already a branch '%.*s'", (int)name.size, name.data);
}

enum bc_status bc_branch_restore(struct bc_repo *repo, struct bc_slice state, struct bc_slice name,
                                 struct bc_error *err)
{
    struct wanted wanted = {.repo = repo, .state = state};
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_reflog_walk(repo, look_for_entry, &wanted);
    if (!st && !wanted.branch)
        st = bc_fail(err, BC_NOT_FOUND, "no deleted branch '%.*s' is in the reflog",
                     (int)state.size, state.data);
    if (!st && !name.size)
        name = bc_buffer_slice(&wanted.name);
    if (!st)
        st = bc_branch_name_check(name, err);
    if (!st)
        st = restorable(repo, &wanted, name, err);
    if (!st)
        st = restore_locked(repo, &wanted, name);
    pthread_mutex_unlock(&repo->branches_lock);
    bc_buffer_release(&wanted.record);
    bc_buffer_release(&wanted.name);
    return st;
}
