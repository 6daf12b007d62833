/* "w", branch u64 -> u8 version, u64 hidden branch, u64 its layer as it was made, u64 merged layer,
 * u64 layers of ours, base, theirs, u64 layer with the report's lines (version 1 has none: they are
 * in the report), u8 policy, u8 reflog action, bytes last commit of ours, bytes base, bytes theirs
 * (ids of 32 bytes, or none), bytes REF, bytes message, bytes report, u32 number of conflicts,
 * each: u8 kind, u8 1 if its sides are shown as merged, u64 slots, u64 nodes of base, ours, theirs
 * and result, bytes path */
#include "branchcore/merging.h"

enum { WAITING_VERSION = 2, KEY_BYTES = 9 };

static void key_of(uint64_t branch, char key[KEY_BYTES])
{
    key[0] = 'w';
    bc_put_u64(key + 1, branch);
}

static enum bc_status encode_id(struct bc_buffer *to, bool has, const struct bc_commit_id *id)
{
    return bc_encode_bytes(to, bc_slice(id->bytes, has ? sizeof id->bytes : 0));
}

static bool decode_id(struct bc_reader *from, bool *has, struct bc_commit_id *id)
{
    struct bc_slice bytes = bc_decode_bytes(from);
    *has = bytes.size == sizeof id->bytes;
    if (*has)
        memcpy(id->bytes, bytes.data, sizeof id->bytes);
    return *has || !bytes.size;
}

static enum bc_status encode_conflict(struct bc_buffer *to, const struct bc_conflicts *conflicts,
                                      const struct bc_conflict *conflict)
{
    const uint64_t numbers[] = {conflict->slots, conflict->base, conflict->ours, conflict->theirs,
                                conflict->node};
    enum bc_status st = bc_encode_u8(to, (uint8_t)conflict->kind);
    if (!st)
        st = bc_encode_u8(to, conflict->merged);
    for (size_t i = 0; !st && i < sizeof numbers / sizeof *numbers; i++)
        st = bc_encode_u64(to, numbers[i]);
    return st ? st : bc_encode_bytes(to, bc_conflict_path(conflicts, conflict));
}

static enum bc_status encode(const struct bc_waiting *waiting, struct bc_buffer *to)
{
    const uint64_t numbers[] = {waiting->hidden,     waiting->original,   waiting->merged,
                                waiting->ours_layer, waiting->base_layer, waiting->theirs_layer,
                                waiting->lines_layer};
    enum bc_status st = bc_encode_u8(to, WAITING_VERSION);
    for (size_t i = 0; !st && i < sizeof numbers / sizeof *numbers; i++)
        st = bc_encode_u64(to, numbers[i]);
    if (!st)
        st = bc_encode_u8(to, (uint8_t)waiting->policy);
    if (!st)
        st = bc_encode_u8(to, waiting->action);
    if (!st)
        st = encode_id(to, waiting->has_head, &waiting->head);
    if (!st)
        st = encode_id(to, waiting->has_base, &waiting->base);
    if (!st)
        st = encode_id(to, waiting->has_theirs, &waiting->theirs);
    if (!st)
        st = bc_encode_bytes(to, waiting->ref);
    if (!st)
        st = bc_encode_bytes(to, waiting->message);
    if (!st)
        st = bc_encode_bytes(to, waiting->report);
    if (!st)
        st = bc_encode_u32(to, (uint32_t)waiting->conflicts.count);
    for (size_t i = 0; !st && i < waiting->conflicts.count; i++)
        st = encode_conflict(to, &waiting->conflicts, &waiting->conflicts.list[i]);
    return st;
}

/* What comes before the slices; the version, too. */
static enum bc_status decode_head(struct bc_reader *from, struct bc_waiting *waiting)
{
    uint8_t version = bc_decode_u8(from);
    if (version > WAITING_VERSION)
        return BC_NEWER_FORMAT;
    waiting->hidden = bc_decode_u64(from);
    waiting->original = bc_decode_u64(from);
    waiting->merged = bc_decode_u64(from);
    waiting->ours_layer = bc_decode_u64(from);
    waiting->base_layer = bc_decode_u64(from);
    waiting->theirs_layer = bc_decode_u64(from);
    waiting->lines_layer = version > 1 ? bc_decode_u64(from) : 0;
    waiting->policy = (enum bc_merge_policy)bc_decode_u8(from);
    waiting->action = bc_decode_u8(from);
    bool valid = version && decode_id(from, &waiting->has_head, &waiting->head) &&
                 decode_id(from, &waiting->has_base, &waiting->base) &&
                 decode_id(from, &waiting->has_theirs, &waiting->theirs) &&
                 waiting->policy <= BC_MERGE_STRICT;
    return valid && !from->failed ? BC_OK : BC_CORRUPT;
}

static enum bc_status decode_conflict(struct bc_reader *from, struct bc_conflicts *conflicts)
{
    struct bc_conflict conflict = {.kind = (enum bc_conflict_kind)bc_decode_u8(from)};
    conflict.merged = bc_decode_u8(from);
    conflict.slots = bc_decode_u64(from);
    conflict.base = bc_decode_u64(from);
    conflict.ours = bc_decode_u64(from);
    conflict.theirs = bc_decode_u64(from);
    conflict.node = bc_decode_u64(from);
    struct bc_slice path = bc_decode_bytes(from);
    if (from->failed || !path.size ||
        (conflict.kind != BC_CONFLICT_SLOTS && conflict.kind != BC_CONFLICT_FILE))
        return BC_CORRUPT;
    return bc_conflicts_add(conflicts, &conflict, path);
}

enum bc_status bc_waiting_decode(struct bc_slice value, struct bc_waiting *waiting)
{
    *waiting = (struct bc_waiting){0};
    struct bc_reader from = bc_reader(value);
    enum bc_status st = decode_head(&from, waiting);
    if (st)
        return st;
    waiting->ref = bc_decode_bytes(&from);
    waiting->message = bc_decode_bytes(&from);
    waiting->report = bc_decode_bytes(&from);
    uint32_t count = bc_decode_u32(&from);
    for (uint32_t i = 0; !st && i < count; i++)
        st = decode_conflict(&from, &waiting->conflicts);
    return !st && !bc_reader_done(&from) ? BC_CORRUPT : st;
}

enum bc_status bc_waiting_get(struct bc_branch *branch, struct bc_waiting *waiting)
{
    char key[KEY_BYTES];
    struct bc_value value = {0};
    *waiting = (struct bc_waiting){0};
    key_of(branch->id, key);
    enum bc_status st =
        bc_store_get(branch->repo->store, NULL, BC_REFS, bc_slice(key, KEY_BYTES), &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_NO_DATA : st;
    st = bc_waiting_decode(value.slice, waiting);
    waiting->value = value;
    if (st)
        bc_waiting_release(waiting);
    return st;
}

void bc_waiting_release(struct bc_waiting *waiting)
{
    bc_conflicts_release(&waiting->conflicts);
    bc_value_release(&waiting->value);
}

enum bc_status bc_waiting_put(struct bc_branch *branch, const struct bc_waiting *waiting,
                              struct bc_batch *batch)
{
    char key[KEY_BYTES];
    struct bc_buffer value = {0};
    key_of(branch->id, key);
    enum bc_status st = encode(waiting, &value);
    if (!st)
        st = bc_batch_put(batch, BC_REFS, bc_slice(key, KEY_BYTES), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    return st;
}

enum bc_status bc_waiting_remove(struct bc_branch *branch, struct bc_batch *batch)
{
    char key[KEY_BYTES];
    key_of(branch->id, key);
    return bc_batch_delete(batch, BC_REFS, bc_slice(key, KEY_BYTES));
}

enum bc_status bc_waiting_reach(struct bc_slice value, struct bc_waiting_reach *reach)
{
    struct bc_waiting waiting = {0};
    struct bc_reader from = bc_reader(value);
    enum bc_status st = decode_head(&from, &waiting);
    if (st)
        return st;
    *reach = (struct bc_waiting_reach){
        .hidden = waiting.hidden,
        .layers = {waiting.original, waiting.merged, waiting.ours_layer, waiting.base_layer,
                   waiting.theirs_layer, waiting.lines_layer},
    };
    if (waiting.has_head)
        reach->commits[reach->commit_count++] = waiting.head;
    if (waiting.has_base)
        reach->commits[reach->commit_count++] = waiting.base;
    if (waiting.has_theirs)
        reach->commits[reach->commit_count++] = waiting.theirs;
    return BC_OK;
}

/* Whether the branch has no record and cannot get it back. */
static enum bc_status is_lost(struct bc_repo *repo, uint64_t branch,
                              struct bc_id_counts *restorable, bool *lost)
{
    struct bc_value value = {0};
    struct bc_branch_record record;
    *lost = false;
    if (bc_counts_find(restorable, branch))
        return BC_OK;
    enum bc_status st = bc_branch_record_get(repo, branch, &value, &record);
    bc_value_release(&value);
    *lost = st == BC_NOT_FOUND;
    return *lost ? BC_OK : st;
}

static enum bc_status drop_row(const struct bc_cursor *cursor, struct bc_batch *batch,
                               struct bc_buffer *hidden)
{
    struct bc_waiting_reach reach;
    char key[9] = "B";
    enum bc_status st = bc_waiting_reach(cursor->value, &reach);
    if (st)
        return st;
    bc_put_u64(key + 1, reach.hidden);
    st = bc_batch_delete(batch, BC_REFS, cursor->key);
    if (!st)
        st = bc_batch_delete(batch, BC_REFS, bc_slice(key, sizeof key));
    return st ? st : bc_encode_u64(hidden, reach.hidden);
}

enum bc_status bc_waiting_drop_lost(struct bc_repo *repo, struct bc_id_counts *restorable,
                                    struct bc_batch *batch, struct bc_buffer *hidden)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("w", 1),
                                        bc_slice("x", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        bool lost = false;
        st = cursor->key.size == KEY_BYTES
                 ? is_lost(repo, bc_get_u64(cursor->key.data + 1), restorable, &lost)
                 : BC_CORRUPT;
        if (!st && lost)
            st = drop_row(cursor, batch, hidden);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}
