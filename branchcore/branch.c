/* Branches as names and records; branch_fork.c and branch_delete.c change them. */
#include "branchcore/branch.h"

#include "branchcore/branch_record.h"
#include "branchcore/maintain.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"
#include "branchcore/scratch.h"
#include "branchcore/utf8.h"

#include <assert.h>
#include <stdio.h>

enum bc_status bc_ref_name_check(struct bc_slice name, const char *what, struct bc_error *err)
{
    if (!name.size)
        return bc_fail(err, BC_INVALID, "a %s needs a name", what);
    if (name.size > BC_BRANCH_NAME_MAX)
        return bc_fail(err, BC_NAME_TOO_LONG, "a %s's name has at most %d bytes, this has %zu",
                       what, BC_BRANCH_NAME_MAX, name.size);
    if (name.data[0] == '.' || name.data[0] == '-')
        return bc_fail(err, BC_INVALID, "a %s's name cannot start with '%c'", what, name.data[0]);
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < 0x20 || c == 0x7F)
            return bc_fail(err, BC_INVALID, "a %s's name cannot contain control characters", what);
        if (strchr("/~^:@{}\\*?[", c))
            return bc_fail(err, BC_INVALID, "a %s's name cannot contain '%c'", what, c);
    }
    if (bc_utf8_valid_prefix(name.data, name.size) != name.size)
        return bc_fail(err, BC_INVALID, "a %s's name must be UTF-8", what);
    return BC_OK;
}

enum bc_status bc_branch_name_check(struct bc_slice name, struct bc_error *err)
{
    return bc_ref_name_check(name, "branch", err);
}

enum bc_status bc_branch_id_of(struct bc_repo *repo, struct bc_slice name, uint64_t *id)
{
    char key[BC_BRANCH_NAME_MAX + 1] = "b";
    if (!name.size || name.size > BC_BRANCH_NAME_MAX)
        return BC_NOT_FOUND;
    memcpy(key + 1, name.data, name.size);
    struct bc_value value = {0};
    enum bc_status st =
        bc_store_get(repo->store, NULL, BC_REFS, bc_slice(key, name.size + 1), &value);
    if (st)
        return st;
    if (value.slice.size == 8)
        *id = bc_get_u64(value.slice.data);
    else
        st = BC_CORRUPT;
    bc_value_release(&value);
    return st;
}

enum bc_status bc_branch_record_get(struct bc_repo *repo, uint64_t id, struct bc_value *value,
                                    struct bc_branch_record *record)
{
    char key[9] = "B";
    bc_put_u64(key + 1, id);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, bc_slice(key, sizeof key), value);
    if (st)
        return st;
    st = bc_branch_record_decode(value->slice, record);
    if (st)
        bc_value_release(value);
    return st;
}

enum bc_status bc_branch_record_put(struct bc_batch *batch, uint64_t id,
                                    const struct bc_branch_record *record)
{
    char key[9] = "B";
    bc_put_u64(key + 1, id);
    struct bc_buffer value = {0};
    enum bc_status st = bc_branch_record_encode(record, &value);
    if (!st)
        st = bc_batch_put(batch, BC_REFS, bc_slice(key, sizeof key), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    return st;
}

enum bc_status bc_branch_name_put(struct bc_batch *batch, struct bc_slice name, uint64_t id)
{
    char key[BC_BRANCH_NAME_MAX + 1] = "b";
    char value[8];
    memcpy(key + 1, name.data, name.size);
    struct bc_slice slice = bc_slice(key, name.size + 1);
    if (!id)
        return bc_batch_delete(batch, BC_REFS, slice);
    bc_put_u64(value, id);
    return bc_batch_put(batch, BC_REFS, slice, bc_slice(value, sizeof value));
}

struct bc_branch_record bc_branch_record_of(const struct bc_branch *branch)
{
    return (struct bc_branch_record){
        .top = branch->top ? branch->top->id : 0,
        .work = branch->work,
        .base = branch->base,
        .created_ns = branch->created_ns,
        .changed_ns = branch->changed_ns,
        .name = bc_slice(branch->name, strlen(branch->name)),
        .forked_from = bc_slice(branch->forked_from, strlen(branch->forked_from)),
        .has_head = branch->has_head,
        .head = branch->head,
    };
}

/* Whether a layer has any row at all. */
static enum bc_status layer_used(struct bc_repo *repo, uint64_t layer, bool *used)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_layer_cursor(repo, layer, 0, false, &cursor);
    if (st)
        return st;
    cursor->ops->first(cursor);
    *used = cursor->valid;
    st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static void copy_name(char to[BC_BRANCH_NAME_MAX + 1], struct bc_slice name)
{
    size_t size = name.size < BC_BRANCH_NAME_MAX ? name.size : BC_BRANCH_NAME_MAX;
    memcpy(to, name.data, size);
    to[size] = '\0';
}

enum bc_status bc_branch_fill(struct bc_branch *branch, const struct bc_branch_record *record)
{
    struct bc_layer *top = NULL;
    bool used = false;
    enum bc_status st = BC_OK;
    if (record->top)
        st = bc_layer_get(branch->repo, record->top, &top);
    if (!st)
        st = layer_used(branch->repo, record->work, &used);
    if (st) {
        bc_layer_release(branch->repo, top);
        return st;
    }
    bc_layer_release(branch->repo, branch->top);
    branch->top = top;
    branch->work = record->work;
    branch->work_used = used;
    branch->base = record->base;
    branch->has_head = record->has_head;
    branch->head = record->head;
    branch->created_ns = record->created_ns;
    branch->changed_ns = record->changed_ns;
    branch->gone = false;
    copy_name(branch->name, record->name);
    copy_name(branch->forked_from, record->forked_from);
    return BC_OK;
}

struct bc_branch *bc_branch_alloc(struct bc_repo *repo, uint64_t id)
{
    struct bc_branch *branch = bc_alloc_zero(sizeof *branch);
    if (!branch)
        return NULL;
    branch->repo = repo;
    branch->id = id;
    branch->refs = 1;
    pthread_rwlock_init(&branch->lock, NULL);
    pthread_mutex_init(&branch->gate, NULL);
    for (size_t i = 0; i < BC_COMMIT_LOCKS; i++)
        pthread_mutex_init(&branch->commit_locks[i], NULL);
    return branch;
}

void bc_branch_dispose(struct bc_branch *branch)
{
    bc_layer_release(branch->repo, branch->top);
    bc_free(branch->open_nodes.slots);
    for (size_t i = 0; i < BC_COMMIT_LOCKS; i++)
        pthread_mutex_destroy(&branch->commit_locks[i]);
    pthread_mutex_destroy(&branch->gate);
    pthread_rwlock_destroy(&branch->lock);
    bc_free(branch);
}

struct bc_branch **bc_branch_bucket(struct bc_repo *repo, uint64_t id)
{
    return &repo->open_branches[id % BC_BRANCH_BUCKETS];
}

struct bc_branch *bc_branch_find_open(struct bc_repo *repo, uint64_t id)
{
    struct bc_branch *branch = *bc_branch_bucket(repo, id);
    while (branch && branch->id != id)
        branch = branch->next;
    return branch;
}

void bc_branch_link(struct bc_branch *branch)
{
    struct bc_branch **bucket = bc_branch_bucket(branch->repo, branch->id);
    branch->next = *bucket;
    *bucket = branch;
}

enum bc_status bc_branch_load_locked(struct bc_repo *repo, uint64_t id, struct bc_branch **branch)
{
    struct bc_branch *found = bc_branch_find_open(repo, id);
    if (found) {
        found->refs++;
        *branch = found;
        return BC_OK;
    }
    struct bc_value value = {0};
    struct bc_branch_record record;
    enum bc_status st = bc_branch_record_get(repo, id, &value, &record);
    if (st)
        return st;
    found = bc_branch_alloc(repo, id);
    st = found ? bc_branch_fill(found, &record) : BC_NO_MEMORY;
    bc_value_release(&value);
    if (st) {
        if (found)
            bc_branch_dispose(found);
        return st;
    }
    bc_branch_link(found);
    bc_maintain_note(found);
    *branch = found;
    return BC_OK;
}

enum bc_status bc_branch_open_locked(struct bc_repo *repo, struct bc_slice name,
                                     struct bc_branch **branch)
{
    uint64_t id;
    enum bc_status st = bc_branch_id_of(repo, name, &id);
    if (st)
        return st;
    st = bc_branch_load_locked(repo, id, branch);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_branch_open(struct bc_repo *repo, struct bc_slice name, struct bc_branch **branch)
{
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_branch_open_locked(repo, name, branch);
    pthread_mutex_unlock(&repo->branches_lock);
    return st;
}

struct bc_branch *bc_branch_retain(struct bc_branch *branch)
{
    pthread_mutex_lock(&branch->repo->branches_lock);
    branch->refs++;
    pthread_mutex_unlock(&branch->repo->branches_lock);
    return branch;
}

/* Whether it was the last reference: then nobody can find the branch any more. */
static bool let_go(struct bc_branch *branch)
{
    if (--branch->refs)
        return false;
    struct bc_branch **link = bc_branch_bucket(branch->repo, branch->id);
    while (*link != branch)
        link = &(*link)->next;
    *link = branch->next;
    return true;
}

void bc_branch_release_locked(struct bc_branch *branch)
{
    assert(!branch->scratch);
    if (let_go(branch))
        bc_branch_dispose(branch);
}

void bc_branch_release(struct bc_branch *branch)
{
    if (!branch)
        return;
    struct bc_repo *repo = branch->repo;
    pthread_mutex_lock(&repo->branches_lock);
    bool last = let_go(branch);
    pthread_mutex_unlock(&repo->branches_lock);
    if (!last)
        return;
    bc_scratch_drop(branch);
    bc_branch_dispose(branch);
}

struct bc_repo *bc_branch_repo(struct bc_branch *branch)
{
    return branch->repo;
}

uint64_t bc_branch_id(const struct bc_branch *branch)
{
    return branch->id;
}

void bc_branch_name(struct bc_branch *branch, char name[BC_BRANCH_NAME_MAX + 1])
{
    pthread_rwlock_rdlock(&branch->lock);
    memcpy(name, branch->name, sizeof branch->name);
    pthread_rwlock_unlock(&branch->lock);
}

enum bc_status bc_branch_each(struct bc_repo *repo,
                              enum bc_status (*sink)(void *context,
                                                     const struct bc_branch_info *info),
                              void *context)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("b", 1),
                                        bc_slice("c", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_value value = {0};
        struct bc_branch_record record;
        if (cursor->value.size != 8) {
            st = BC_CORRUPT;
            break;
        }
        uint64_t id = bc_get_u64(cursor->value.data);
        st = bc_branch_record_get(repo, id, &value, &record);
        if (st == BC_NOT_FOUND) { /* deleted since the cursor was made */
            st = BC_OK;
            continue;
        }
        if (st)
            break;
        char name[BC_BRANCH_NAME_MAX + 1];
        char forked_from[BC_BRANCH_NAME_MAX + 1];
        copy_name(name, record.name);
        copy_name(forked_from, record.forked_from);
        struct bc_branch_info info = {
            .id = id,
            .name = name,
            .forked_from = forked_from,
            .created_ns = record.created_ns,
            .changed_ns = record.changed_ns,
            .top = record.top,
            .work = record.work,
            .has_head = record.has_head,
            .head = record.head.bytes,
        };
        st = sink(context, &info);
        bc_value_release(&value);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status bc_default_branch(struct bc_repo *repo, struct bc_branch **branch)
{
    struct bc_value value = {0};
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_setting_get(repo, "mdefault", &value);
    if (!st)
        st = bc_branch_open_locked(repo, value.slice, branch);
    pthread_mutex_unlock(&repo->branches_lock);
    bc_value_release(&value);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_default_branch_set(struct bc_repo *repo, struct bc_slice name,
                                     struct bc_error *err)
{
    uint64_t id = 0;
    struct bc_batch batch = {0};
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_branch_id_of(repo, name, &id);
    if (st == BC_NOT_FOUND)
        st = bc_fail(err, st, "there is no branch '%.*s'", (int)name.size, name.data);
    if (!st)
        st = bc_setting_put(&batch, "mdefault", name);
    if (!st)
        st = bc_reflog_put(repo, &batch, BC_REFLOG_DEFAULT, name, bc_slice("", 0), id,
                           bc_slice("", 0));
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    pthread_mutex_unlock(&repo->branches_lock);
    bc_batch_release(&batch);
    return st;
}
