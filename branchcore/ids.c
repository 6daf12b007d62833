/* Ids, and the pins that keep what they name. */
#include "branchcore/model.h"

#include <time.h>

/* Leasing many at once keeps the counter out of nearly all batches; a crash skips what was leased.
 */
enum { ID_LEASE = 4096 };

int64_t bc_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static enum bc_status lease(struct bc_repo *repo)
{
    uint64_t leased;
    if (__builtin_add_overflow(repo->next_id, ID_LEASE, &leased))
        return BC_TOO_LARGE;
    char value[8];
    bc_put_u64(value, leased);
    struct bc_batch batch = {0};
    enum bc_status st = bc_batch_put(&batch, BC_REFS, bc_slice("mnext", 5), bc_slice(value, 8));
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    if (!st)
        repo->leased_id = leased;
    return st;
}

enum bc_status bc_repo_next_id(struct bc_repo *repo, uint64_t *id)
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&repo->ids_lock);
    if (repo->next_id >= repo->leased_id)
        st = lease(repo);
    if (!st)
        *id = repo->next_id++;
    pthread_mutex_unlock(&repo->ids_lock);
    return st;
}

static size_t slot_of(const struct bc_id_counts *counts, uint64_t id)
{
    return (size_t)((id * 0x9E3779B97F4A7C15ULL) >> 20) & (counts->capacity - 1);
}

struct bc_id_count *bc_counts_find(struct bc_id_counts *counts, uint64_t id)
{
    if (!counts->capacity)
        return NULL;
    for (size_t at = slot_of(counts, id);; at = (at + 1) & (counts->capacity - 1)) {
        if (!counts->slots[at].id)
            return NULL;
        if (counts->slots[at].id == id)
            return &counts->slots[at];
    }
}

static void insert(struct bc_id_counts *counts, struct bc_id_count count)
{
    size_t at = slot_of(counts, count.id);
    while (counts->slots[at].id)
        at = (at + 1) & (counts->capacity - 1);
    counts->slots[at] = count;
    counts->used++;
}

static enum bc_status grow(struct bc_id_counts *counts)
{
    struct bc_id_counts larger = {.capacity = counts->capacity ? counts->capacity * 2 : 16};
    larger.slots = bc_alloc_array(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return BC_NO_MEMORY;
    memset(larger.slots, 0, larger.capacity * sizeof *larger.slots);
    for (size_t i = 0; i < counts->capacity; i++) {
        if (counts->slots[i].id)
            insert(&larger, counts->slots[i]);
    }
    bc_free(counts->slots);
    *counts = larger;
    return BC_OK;
}

enum bc_status bc_counts_add(struct bc_id_counts *counts, uint64_t id)
{
    struct bc_id_count *count = bc_counts_find(counts, id);
    if (count) {
        count->count++;
        return BC_OK;
    }
    if ((counts->used + 1) * 2 > counts->capacity) {
        enum bc_status st = grow(counts);
        if (st)
            return st;
    }
    insert(counts, (struct bc_id_count){id, 1, false});
    return BC_OK;
}

/* Linear probing: what follows the emptied slot in its cluster is put in again. */
static void erase(struct bc_id_counts *counts, struct bc_id_count *count)
{
    size_t at = (size_t)(count - counts->slots);
    counts->slots[at] = (struct bc_id_count){0};
    counts->used--;
    for (at = (at + 1) & (counts->capacity - 1); counts->slots[at].id;
         at = (at + 1) & (counts->capacity - 1)) {
        struct bc_id_count moved = counts->slots[at];
        counts->slots[at] = (struct bc_id_count){0};
        counts->used--;
        insert(counts, moved);
    }
}

uint64_t bc_counts_remove(struct bc_id_counts *counts, uint64_t id)
{
    struct bc_id_count *count = bc_counts_find(counts, id);
    if (!count)
        return 0;
    if (--count->count)
        return count->count;
    erase(counts, count);
    return 0;
}

enum bc_status bc_pin(struct bc_repo *repo, uint64_t id)
{
    if (!id)
        return BC_OK;
    pthread_mutex_lock(&repo->pins_lock);
    enum bc_status st = bc_counts_add(&repo->pins, id);
    pthread_mutex_unlock(&repo->pins_lock);
    return st;
}

/* Whether a record of any layer refers to the run; an error counts as yes: then nothing is dropped.
 */
static bool referenced(struct bc_repo *repo, uint64_t run)
{
    char lower[9] = "u";
    char upper[9] = "u";
    bc_put_u64(lower + 1, run);
    bc_put_u64(upper + 1, run + 1);
    struct bc_cursor *cursor = NULL;
    if (bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice(lower, 9), bc_slice(upper, 9), false,
                        &cursor))
        return true;
    cursor->ops->first(cursor);
    bool found = cursor->valid || cursor->status;
    bc_cursor_free(cursor);
    return found;
}

void bc_unpin(struct bc_repo *repo, uint64_t id)
{
    if (!id)
        return;
    bool drop = false;
    pthread_mutex_lock(&repo->pins_lock);
    struct bc_id_count *count = bc_counts_find(&repo->pins, id);
    if (count) {
        bool last = count->count == 1;
        drop = last && count->drop;
        (void)bc_counts_remove(&repo->pins, id);
    }
    pthread_mutex_unlock(&repo->pins_lock);
    if (drop)
        bc_run_unreferenced(repo, id);
}

void bc_run_unreferenced(struct bc_repo *repo, uint64_t run)
{
    pthread_mutex_lock(&repo->pins_lock);
    struct bc_id_count *count = bc_counts_find(&repo->pins, run);
    if (count)
        count->drop = true;
    pthread_mutex_unlock(&repo->pins_lock);
    /* Whoever is about to refer to the run again holds a pin from before its record went (a clone
     * reads it), so with no pin and no record nobody can. A failed drop leaves the run to the
     * collector. */
    if (!count && !referenced(repo, run))
        (void)repo->store->ops->run_drop(repo->store, run);
}
