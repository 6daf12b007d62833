#include "branchcore/repo_prefixes.h"

#include "branchcore/model.h"
#include "branchcore/pattern.h"

#include <string.h>

/* u64 generation, then the table, written down. No row: there never was a table. */
static const char setting_name[] = "mprefixes";

/* Ids, from which generations are taken, begin later. */
static const uint64_t no_table = 1;

static enum bc_status decode(struct bc_slice row, struct bc_prefixes *to, uint64_t *generation)
{
    struct bc_reader from = bc_reader(row);
    *generation = bc_decode_u64(&from);
    if (from.failed || *generation <= no_table)
        return BC_CORRUPT;
    struct bc_slice text = bc_slice(from.at, (size_t)(from.end - from.at));
    enum bc_status st = to ? bc_prefixes_read(to, text, NULL) : BC_OK;
    return st == BC_INVALID ? BC_CORRUPT : st;
}

static enum bc_status get(struct bc_repo *repo, struct bc_prefixes *to, uint64_t *generation)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, setting_name, &value);
    if (st == BC_NOT_FOUND) {
        *generation = no_table;
        return BC_OK;
    }
    if (st)
        return st;
    st = decode(value.slice, to, generation);
    bc_value_release(&value);
    return st;
}

static enum bc_status add_known(struct bc_prefixes *to)
{
    size_t count;
    const struct bc_known_prefix *known = bc_pattern_known_prefixes(&count);
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++) {
        struct bc_slice name = bc_slice(known[i].name, strlen(known[i].name));
        if (!bc_prefixes_find(to, name))
            st = bc_prefixes_set(to, name, bc_slice(known[i].iri, strlen(known[i].iri)));
    }
    return st;
}

enum bc_status bc_repo_prefixes(struct bc_repo *repo, bool known, struct bc_prefixes *to,
                                uint64_t *generation)
{
    uint64_t present;
    enum bc_status st = get(repo, to, &present);
    if (!st && known && to)
        st = add_known(to);
    if (!st && generation)
        *generation = present;
    return st;
}

static enum bc_status put(struct bc_repo *repo, const struct bc_prefixes *prefixes)
{
    struct bc_buffer row = {0};
    struct bc_batch batch = {0};
    uint64_t generation;
    enum bc_status st = bc_repo_next_id(repo, &generation);
    if (!st)
        st = bc_encode_u64(&row, generation);
    if (!st)
        st = bc_prefixes_write(prefixes, &row);
    if (!st && row.size - sizeof generation > BC_REPO_PREFIXES_MAX)
        st = BC_TOO_LARGE;
    if (!st)
        st = bc_setting_put(&batch, setting_name, bc_buffer_slice(&row));
    if (!st)
        st = bc_store_apply(repo->store, &batch, true);
    bc_batch_release(&batch);
    bc_buffer_release(&row);
    return st;
}

/* As what is written down says it: the order counts. */
static bool same(const struct bc_prefixes *a, const struct bc_prefixes *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(a->list[i].name, b->list[i].name) == 0 &&
                strcmp(a->list[i].iri, b->list[i].iri) == 0;
    return equal;
}

/* Over those of the same names that *to has already. */
static enum bc_status overlay(struct bc_prefixes *to, const struct bc_prefixes *from)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < from->count; i++)
        st = bc_prefixes_set(to, bc_slice(from->list[i].name, strlen(from->list[i].name)),
                             bc_slice(from->list[i].iri, strlen(from->list[i].iri)));
    return st;
}

/* A table that cannot be read is replaced, but nothing is added to it. */
static enum bc_status change(struct bc_repo *repo, const struct bc_prefixes *prefixes, bool adds)
{
    struct bc_prefixes present = {0};
    struct bc_prefixes wanted = {0};
    uint64_t generation;
    pthread_mutex_lock(&repo->prefixes_lock);
    enum bc_status st = get(repo, &present, &generation);
    bool readable = st == BC_OK;
    if (st == BC_CORRUPT && !adds)
        st = BC_OK;
    if (!st && adds)
        st = overlay(&wanted, &present);
    if (!st)
        st = overlay(&wanted, prefixes);
    if (!st && !(readable && same(&present, &wanted)))
        st = put(repo, &wanted);
    pthread_mutex_unlock(&repo->prefixes_lock);
    bc_prefixes_release(&present);
    bc_prefixes_release(&wanted);
    return st;
}

enum bc_status bc_repo_prefixes_set(struct bc_repo *repo, const struct bc_prefixes *prefixes)
{
    return change(repo, prefixes, false);
}

enum bc_status bc_repo_prefixes_add(struct bc_repo *repo, const struct bc_prefixes *prefixes)
{
    return change(repo, prefixes, true);
}
