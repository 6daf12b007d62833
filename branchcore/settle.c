#include "branchcore/settle.h"

#include "branchcore/delta.h"
#include "branchcore/line_row.h"
#include "branchcore/stack_index.h"
#include "branchcore/text_change.h"

enum { SETTLE_BYTES = 4 << 10 };

/* A text in a frozen layer, and what is to be put there. */
struct settling {
    struct bc_repo *repo;
    struct bc_branch *branch;
    struct bc_found *found;
    struct bc_content content; /* as it is read now */
    struct bc_delta joined;
    uint64_t joined_bytes;
    uint64_t run; /* a new one, pinned, with the whole content; 0: the lines are joined */
    struct bc_batch batch;
};

/* Whether so many layers change the text on top of its base that it is worth it. */
static enum bc_status deserves(struct bc_branch *branch, const struct bc_found *found, bool *is)
{
    struct bc_repo *repo = branch->repo;
    struct bc_node record = found->record;
    uint64_t layer = found->layer;
    uint64_t changes = 0;
    uint64_t most = repo->settle_at;
    enum bc_status st = BC_OK;
    while (!st && record.form == BC_TEXT && !(record.flags & BC_NODE_BASE)) {
        changes += record.delta || (record.flags & BC_NODE_DELTA);
        uint64_t below = record.below;
        if (!below)
            break;
        st = below < layer ? bc_record_numbers(repo, below, found->id, &record) : BC_CORRUPT;
        layer = below;
    }
    if (record.flags & BC_NODE_JOINED)
        most += record.delta_bytes / SETTLE_BYTES;
    *is = !st && changes > most;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status put_joined(struct settling *settling)
{
    struct bc_key key;
    struct bc_buffer value = {0};
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < settling->joined.count; i++) {
        const struct bc_delta_line *line = &settling->joined.lines[i];
        struct bc_slice whole = bc_delta_slice(line);
        bc_key_line_of(&key, settling->found->layer, BC_ROW_JOINED, settling->found->id, whole);
        st = bc_line_value(&value, line->sign, whole);
        if (!st)
            st = bc_batch_put(&settling->batch, BC_LAYERS, bc_key_slice(&key),
                              bc_buffer_slice(&value));
    }
    bc_buffer_release(&value);
    return st;
}

static enum bc_status put_reference(struct settling *settling, uint64_t run)
{
    char key[25] = "u";
    if (!run)
        return BC_OK;
    bc_put_u64(key + 1, run);
    bc_put_u64(key + 9, settling->found->layer);
    bc_put_u64(key + 17, settling->found->id);
    return bc_batch_put(&settling->batch, BC_REFS, bc_slice(key, sizeof key), bc_slice("", 0));
}

static enum bc_status put_record(struct settling *settling)
{
    struct bc_node record = settling->found->record;
    bool joined = !settling->run && settling->joined.count;
    record.flags = (uint8_t)(record.flags | BC_NODE_BASE | BC_NODE_COVERS);
    if (joined)
        record.flags |= BC_NODE_JOINED;
    record.run = settling->run ? settling->run : settling->content.run;
    record.delta_bytes = joined ? settling->joined_bytes : 0;
    struct bc_key key;
    struct bc_buffer value = {0};
    bc_key_node(&key, settling->found->layer, BC_ROW_NODE, settling->found->id);
    enum bc_status st = bc_node_encode(&record, &value);
    if (!st)
        st = bc_batch_put(&settling->batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    return st ? st : put_reference(settling, record.run);
}

static enum bc_status write_lines(struct bc_text_cursor *cursor, struct bc_run_writer *writer)
{
    enum bc_status st;
    struct bc_slice line;
    while (!(st = bc_text_cursor_next(cursor, &line))) {
        st = bc_run_writer_add(writer, line, bc_line_is_quad(line));
        if (st)
            return st;
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status write_run(struct settling *settling)
{
    struct bc_repo *repo = settling->repo;
    struct bc_text *text = NULL;
    struct bc_text_cursor *cursor = NULL;
    struct bc_run_writer *writer = NULL;
    enum bc_status st = bc_text_new(repo->store, &settling->content, NULL, NULL, &text);
    if (!st)
        st = bc_text_cursor_new(text, &cursor);
    if (!st)
        st = bc_run_writer_new(repo->store, settling->run, &writer);
    if (!st)
        st = write_lines(cursor, writer);
    if (!st) {
        st = bc_run_writer_finish(writer, NULL);
        writer = NULL;
    }
    bc_run_writer_abort(writer);
    bc_text_cursor_free(cursor);
    bc_text_release(text);
    return st;
}

/* The joined lines are too many for rows. */
static enum bc_status make_run(struct settling *settling)
{
    uint64_t run;
    enum bc_status st = bc_repo_next_id(settling->repo, &run);
    if (!st)
        st = bc_pin(settling->repo, run);
    if (st)
        return st;
    settling->run = run;
    return write_run(settling);
}

static enum bc_status join(struct settling *settling)
{
    struct bc_run_summary base = {0};
    const struct bc_content *content = &settling->content;
    struct bc_store *store = settling->repo->store;
    enum bc_status st = content->run ? bc_run_summary(store, content->run, &base) : BC_OK;
    if (!st)
        st = bc_delta_read(store, NULL, content->sources, content->source_count, content->node,
                           &settling->joined);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    for (size_t i = 0; i < settling->joined.count; i++)
        settling->joined_bytes += bc_line_row_bytes(bc_delta_slice(&settling->joined.lines[i]));
    return settling->joined_bytes > bc_text_delta_limit(base.bytes) ? make_run(settling)
                                                                    : put_joined(settling);
}

static void release(struct settling *settling)
{
    if (settling->run) {
        /* Dropped if nothing refers to it. */
        bc_run_unreferenced(settling->repo, settling->run);
        bc_unpin(settling->repo, settling->run);
    }
    bc_delta_release(&settling->joined);
    bc_content_release(&settling->content);
    bc_batch_release(&settling->batch);
}

static enum bc_status settle(struct bc_branch *branch, struct bc_found *found)
{
    struct settling settling = {.repo = branch->repo, .branch = branch, .found = found};
    enum bc_status st = bc_content_resolve(branch, found, &settling.content);
    if (!st)
        st = join(&settling);
    if (!st)
        st = put_record(&settling);
    if (!st)
        st = bc_store_apply(branch->repo->store, &settling.batch, false);
    release(&settling);
    return st;
}

/* Whether the record may be the top of a long chain of changes. */
static bool is_change(const struct bc_node *record)
{
    return record->kind == BC_FILE && record->form == BC_TEXT && !(record->flags & BC_NODE_BASE) &&
           record->below;
}

/* The changed texts of a layer that no layer above has: `seen` has theirs. */
static enum bc_status list_layer(struct bc_repo *repo, uint64_t layer, struct bc_id_counts *seen,
                                 struct bc_buffer *places)
{
    enum { NODE_AT = 9 };
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_layer_cursor(repo, layer, BC_ROW_NODE, true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_node record;
        if (cursor->key.size != NODE_AT + 8)
            st = BC_CORRUPT;
        else
            st = bc_node_decode(cursor->value, &record);
        uint64_t node = st ? 0 : bc_get_u64(cursor->key.data + NODE_AT);
        if (st || !is_change(&record) || bc_counts_find(seen, node))
            continue;
        st = bc_counts_add(seen, node);
        if (!st)
            st = bc_encode_u64(places, layer);
        if (!st)
            st = bc_encode_u64(places, node);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* Whether runs of changes that are too large to be read with the text lie on top of its base. */
static enum bc_status is_overlaid(struct bc_branch *branch, const struct bc_found *found, bool *is)
{
    struct bc_content content;
    struct bc_run_summary run = {0};
    struct bc_store *store = branch->repo->store;
    uint64_t bytes = 0;
    enum bc_status st = bc_content_resolve(branch, found, &content);
    if (st)
        return st;
    for (size_t i = 0; !st && i < content.source_count; i++) {
        st = content.sources[i].delta ? bc_run_summary(store, content.sources[i].delta, &run)
                                      : BC_OK;
        bytes += content.sources[i].delta ? run.bytes : 0;
    }
    run = (struct bc_run_summary){0};
    if (!st && bytes && content.run)
        st = bc_run_summary(store, content.run, &run);
    *is = !st && bytes > bc_text_delta_limit(run.bytes);
    bc_content_release(&content);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

typedef enum bc_status (*judge)(struct bc_branch *branch, const struct bc_found *found, bool *is);

static enum bc_status settle_if(struct bc_branch *branch, uint64_t layer, uint64_t node,
                                judge deserves_it)
{
    bool worth = false;
    struct bc_key key;
    struct bc_found found = {.id = node, .layer = layer};
    bc_key_node(&key, layer, BC_ROW_NODE, node);
    enum bc_status st =
        bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &found.value);
    if (!st)
        st = bc_node_decode(found.value.slice, &found.record);
    if (!st)
        st = deserves_it(branch, &found, &worth);
    if (!st && worth)
        st = settle(branch, &found);
    bc_found_release(&found);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

/* The layers are frozen and kept, as they are in memory: no lock is needed to read them, and only
 * this changes records of frozen layers. */
static enum bc_status settle_layers(struct bc_branch *branch, struct bc_layer *top, size_t layers,
                                    judge deserves_it)
{
    struct bc_id_counts seen = {0};
    struct bc_buffer places = {0};
    enum bc_status st = BC_OK;
    struct bc_layer *layer = top;
    for (size_t i = 0; !st && layer && i < layers; i++, layer = layer->parent) {
        if (layer->id == layer->state)
            st = list_layer(branch->repo, layer->id, &seen, &places);
    }
    for (size_t at = 0; !st && at < places.size; at += 16) {
        st = settle_if(branch, bc_get_u64(places.data + at), bc_get_u64(places.data + at + 8),
                       deserves_it);
        /* The check tells of a damaged text; the others are none the worse for it. */
        if (st == BC_CORRUPT)
            st = BC_OK;
    }
    bc_free(seen.slots);
    bc_buffer_release(&places);
    return st;
}

static struct bc_layer *top_of(struct bc_branch *branch)
{
    pthread_rwlock_rdlock(&branch->lock);
    struct bc_layer *top = branch->gone ? NULL : bc_layer_retain(branch->repo, branch->top);
    pthread_rwlock_unlock(&branch->lock);
    return top;
}

enum bc_status bc_texts_settle(struct bc_branch *branch)
{
    struct bc_index_range range = {0};
    struct bc_layer *top = top_of(branch);
    enum bc_status st = top ? bc_index_range(branch->repo, top, &range) : BC_OK;
    if (!st)
        st = settle_layers(branch, top, range.layers, deserves);
    bc_layer_release(branch->repo, top);
    return st;
}

enum bc_status bc_overlaid_settle(struct bc_branch *branch)
{
    enum { NEAR = 16 };
    struct bc_layer *top = top_of(branch);
    enum bc_status st = settle_layers(branch, top, NEAR, is_overlaid);
    bc_layer_release(branch->repo, top);
    return st;
}
