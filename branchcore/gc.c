#include "branchcore/gc.h"

#include "branchcore/merging.h"
#include "branchcore/reflog.h"

struct expiry {
    int64_t keep_from_ns;
    struct bc_batch batch;
    struct bc_id_counts restorable; /* deleted branches that an entry brings back */
    struct bc_buffer hidden;        /* u64 each: branches that go with the merges of lost ones */
};

static enum bc_status expire_entry(void *context, uint64_t sequence,
                                   const struct bc_reflog_record *record)
{
    struct expiry *expiry = context;
    char key[9] = "g";
    if (expiry->keep_from_ns && record->time_ns >= expiry->keep_from_ns)
        return record->action == BC_REFLOG_DELETE
                   ? bc_counts_add(&expiry->restorable, record->branch)
                   : BC_OK;
    bc_put_u64(key + 1, sequence);
    return bc_batch_delete(&expiry->batch, BC_REFS, bc_slice(key, sizeof key));
}

/* Whoever has one of them open is told. */
static void remove_hidden(struct bc_repo *repo, const struct bc_buffer *ids)
{
    for (size_t at = 0; at < ids->size; at += 8) {
        struct bc_branch *open = bc_branch_find_open(repo, bc_get_u64(ids->data + at));
        if (open)
            bc_hidden_removed(open);
    }
}

static enum bc_status expire_locked(struct bc_repo *repo, struct expiry *expiry, uint64_t *entries)
{
    enum bc_status st = bc_reflog_walk(repo, expire_entry, expiry);
    uint64_t expired = expiry->batch.count;
    if (!st)
        st = bc_waiting_drop_lost(repo, &expiry->restorable, &expiry->batch, &expiry->hidden);
    if (!st && expiry->batch.count)
        st = bc_store_apply(repo->store, &expiry->batch, true);
    if (st)
        return st;
    remove_hidden(repo, &expiry->hidden);
    *entries = expired;
    return BC_OK;
}

/* With the list of branches locked: whoever brings a branch back reads the reflog under it. */
static enum bc_status expire(struct bc_repo *repo, int64_t keep_from_ns, uint64_t *entries)
{
    struct expiry expiry = {.keep_from_ns = keep_from_ns};
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = expire_locked(repo, &expiry, entries);
    pthread_mutex_unlock(&repo->branches_lock);
    bc_batch_release(&expiry.batch);
    bc_free(expiry.restorable.slots);
    bc_buffer_release(&expiry.hidden);
    return st;
}

static enum bc_status measure(struct bc_repo *repo, uint64_t *bytes)
{
    *bytes = 0;
    enum bc_status st = BC_OK;
    for (int family = 0; !st && family < BC_FAMILY_COUNT; family++) {
        char behind[9];
        uint64_t part = 0;
        memset(behind, 0xFF, sizeof behind);
        st = repo->store->ops->disk_bytes(repo->store, (enum bc_family)family, bc_slice("", 0),
                                          bc_slice(behind, sizeof behind), &part);
        *bytes += part;
    }
    return st;
}

enum bc_status bc_repo_gc(struct bc_repo *repo, const struct bc_gc_options *options,
                          struct bc_gc_report *report, struct bc_error *err)
{
    *report = (struct bc_gc_report){0};
    enum bc_status st = measure(repo, &report->disk_bytes_before);
    if (!st)
        st = expire(repo, options ? options->keep_from_ns : 0, &report->entries);
    if (st)
        return bc_fail(err, st, "the reflog cannot be cut: %s", bc_status_text(st));
    st = bc_repo_collect(repo, &report->freed);
    if (!st)
        st = measure(repo, &report->disk_bytes_after);
    if (st)
        return bc_fail(err, st, "what is not used any more cannot be freed: %s",
                       bc_status_text(st));
    return BC_OK;
}
