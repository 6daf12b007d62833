#include "branchcore/merge_adopt.h"

#include "branchcore/chunks.h"
#include "branchcore/entry.h"
#include "branchcore/own_prefixes.h"
#include "branchcore/syntax.h"
#include "branchcore/text_change.h"
#include "branchcore/text_diff.h"
#include "branchcore/xattr_diff.h"

enum bc_status bc_node_look(struct bc_branch *branch, uint64_t node, struct bc_node_look *look)
{
    struct bc_found found;
    *look = (struct bc_node_look){0};
    if (!node)
        return BC_OK;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        if (found.record.parent || node == BC_ROOT_NODE) {
            look->there = true;
            bc_attr_of(&found, &look->attr);
            look->quads = found.record.quads;
            look->name_size = found.record.name.size;
            memcpy(look->name, found.record.name.data, found.record.name.size);
        }
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st == BC_STALE ? BC_OK : st;
}

enum bc_status bc_entry_look(struct bc_branch *branch, uint64_t folder, struct bc_slice name,
                             uint64_t *node)
{
    struct bc_entry entry;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_entry_find(branch, folder, name, &entry);
    pthread_rwlock_unlock(&branch->lock);
    *node = st ? 0 : entry.node;
    return st == BC_NOT_FOUND || st == BC_STALE ? BC_OK : st;
}

static enum bc_status find_in(struct bc_branch *branch, uint64_t node, struct bc_found *found)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, found);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status finish(struct bc_update *update, enum bc_status st)
{
    if (!st)
        return bc_update_commit(update, false);
    bc_update_abort(update);
    return st;
}

/* Names. */

static enum bc_status touch_folder(struct bc_update *update, uint64_t folder)
{
    struct bc_found found;
    enum bc_status st = bc_folder_find(update->branch, folder, &found);
    if (st)
        return st;
    st = bc_folder_touch(update, &found);
    bc_found_release(&found);
    return st;
}

enum bc_status bc_node_detach(struct bc_branch *to, uint64_t node)
{
    struct bc_update update;
    struct bc_found found = {0};
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, node, &found);
    if (!st)
        st = bc_entry_remove(&update, found.record.parent, found.record.name);
    if (!st)
        st = touch_folder(&update, found.record.parent);
    bc_found_release(&found);
    return finish(&update, st);
}

enum bc_status bc_node_attach(struct bc_branch *to, uint64_t node, uint64_t folder,
                              struct bc_slice name)
{
    struct bc_update update;
    struct bc_found found = {0};
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, node, &found);
    if (!st)
        st = bc_entry_put(&update, folder, name, node, found.record.kind);
    if (!st) {
        found.record.parent = folder;
        found.record.name = name;
        found.record.ctime_ns = update.now_ns;
        st = bc_node_put(&update, &found);
    }
    if (!st)
        st = touch_folder(&update, folder);
    bc_found_release(&found);
    return finish(&update, st);
}

enum bc_status bc_node_drop(struct bc_branch *to, uint64_t node)
{
    struct bc_update update;
    struct bc_found found = {0};
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, node, &found);
    if (!st)
        st = bc_node_delete(&update, &found);
    bc_found_release(&found);
    return finish(&update, st);
}

/* The folder's first entry; 0: it is empty. */
static enum bc_status first_entry(void *context, struct bc_slice name, uint64_t node,
                                  enum bc_kind kind)
{
    (void)name;
    (void)kind;
    *(uint64_t *)context = node;
    return BC_NOT_EMPTY;
}

enum bc_status bc_node_remove_all(struct bc_branch *to, uint64_t node)
{
    /* Down to what has nothing in it, and up again: no stack is needed, however deep it is. */
    uint64_t at = node;
    for (;;) {
        struct bc_node_look look;
        uint64_t inside = 0;
        enum bc_status st = bc_node_look(to, at, &look);
        if (!st && !look.there)
            st = BC_STALE;
        if (!st && look.attr.kind == BC_DIRECTORY) {
            st = bc_tree_list(to, at, first_entry, &inside);
            st = st == BC_NOT_EMPTY ? BC_OK : st;
        }
        if (!st && inside) {
            at = inside;
            continue;
        }
        if (!st)
            st = bc_node_detach(to, at);
        if (!st)
            st = bc_node_drop(to, at);
        if (st || at == node)
            return st;
        at = look.attr.parent;
    }
}

/* Attributes. */

static enum bc_status put_new(struct bc_branch *to, const struct bc_found *source, uint64_t as,
                              uint64_t folder, struct bc_slice name)
{
    struct bc_update update;
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    /* Another life of the same node may lie in the layers below: `below` does not lead there. */
    struct bc_found made = {.id = as, .layer = to->work};
    made.record = (struct bc_node){
        .kind = source->record.kind,
        .form = source->record.form,
        .mode = source->record.mode,
        .uid = source->record.uid,
        .gid = source->record.gid,
        .atime_ns = source->record.atime_ns,
        .mtime_ns = source->record.mtime_ns,
        .ctime_ns = update.now_ns,
        .btime_ns = source->record.btime_ns,
        .parent = folder,
        /* The version of its content comes with the content. */
        .version = source->record.kind == BC_FILE ? 0 : source->record.version,
        .name = name,
        .target = source->record.target,
    };
    st = bc_entry_put(&update, folder, name, as, made.record.kind);
    if (!st)
        st = bc_node_put(&update, &made);
    if (!st)
        st = touch_folder(&update, folder);
    return finish(&update, st);
}

enum bc_status bc_adopt_root(struct bc_branch *to, struct bc_branch *from)
{
    struct bc_node_look own;
    struct bc_found source;
    struct bc_update update;
    enum bc_status st = bc_node_look(to, BC_ROOT_NODE, &own);
    if (st || own.there)
        return st;
    st = find_in(from, BC_ROOT_NODE, &source);
    if (st)
        return st == BC_STALE ? BC_OK : st;
    st = bc_update_begin(to, &update);
    if (!st) {
        struct bc_found made = {.id = BC_ROOT_NODE, .layer = to->work};
        made.record = (struct bc_node){
            .kind = BC_DIRECTORY,
            .mode = source.record.mode,
            .uid = source.record.uid,
            .gid = source.record.gid,
            .atime_ns = update.now_ns,
            .mtime_ns = update.now_ns,
            .ctime_ns = update.now_ns,
            .btime_ns = source.record.btime_ns,
            .version = source.record.version,
        };
        st = finish(&update, bc_node_put(&update, &made));
    }
    bc_found_release(&source);
    return st;
}

enum bc_status bc_adopt_node(struct bc_branch *to, struct bc_branch *from, uint64_t node,
                             uint64_t as, uint64_t folder, struct bc_slice name)
{
    struct bc_found source;
    uint64_t both;
    enum bc_status st = find_in(from, node, &source);
    if (st)
        return st;
    st = put_new(to, &source, as, folder, name);
    if (!st && source.record.kind == BC_FILE)
        st = bc_adopt_content(to, as, from, node);
    bc_found_release(&source);
    return st ? st : bc_adopt_xattrs(to, as, from, 0, from, node, false, &both);
}

/* *same: both have the attribute with one value, or neither has it. */
static enum bc_status same_xattr(struct bc_branch *a, uint64_t of_a, struct bc_branch *b,
                                 uint64_t of_b, struct bc_slice name, bool *same)
{
    struct bc_buffer one = {0};
    struct bc_buffer other = {0};
    enum bc_status st = of_a ? bc_xattr_get(a, of_a, name, &one) : BC_NO_DATA;
    bool has_one = !st;
    if (!st || st == BC_NO_DATA)
        st = of_b ? bc_xattr_get(b, of_b, name, &other) : BC_NO_DATA;
    bool has_other = !st;
    *same = has_one == has_other && bc_slice_equal(bc_buffer_slice(&one), bc_buffer_slice(&other));
    bc_buffer_release(&one);
    bc_buffer_release(&other);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* The value is what it was where it comes from: it makes no other version of what is shown. */
static enum bc_status put_xattr(struct bc_branch *to, uint64_t as, struct bc_slice name,
                                const struct bc_slice *value)
{
    struct bc_update update;
    struct bc_found found = {0};
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, as, &found);
    if (!st)
        st = bc_xattr_put(&update, &found, name, value);
    bc_found_release(&found);
    st = finish(&update, st);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status copy_xattr(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                 uint64_t node, const struct bc_xattr_change *change)
{
    if (change->sign == '-')
        return put_xattr(to, as, change->name, NULL);
    struct bc_buffer value = {0};
    enum bc_status st = bc_xattr_get(from, node, change->name, &value);
    struct bc_slice slice = bc_buffer_slice(&value);
    if (!st)
        st = put_xattr(to, as, change->name, &slice);
    bc_buffer_release(&value);
    return st;
}

enum bc_status bc_adopt_prefixes(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                 uint64_t node)
{
    struct bc_slice name = bc_slice(BC_PREFIXES_ATTRIBUTE, strlen(BC_PREFIXES_ATTRIBUTE));
    struct bc_buffer value = {0};
    enum bc_status st = bc_xattr_get(from, node, name, &value);
    struct bc_slice slice = bc_buffer_slice(&value);
    if (!st || st == BC_NO_DATA)
        st = put_xattr(to, as, name, st ? NULL : &slice);
    bc_buffer_release(&value);
    return st;
}

/* What both changed of prefixes is no conflict: those of both, and of one name the first's. */
static enum bc_status join_prefixes(struct bc_branch *to, uint64_t as, struct bc_branch *now,
                                    uint64_t now_node, struct bc_slice name, bool now_first)
{
    struct bc_buffer here = {0};
    struct bc_buffer there = {0};
    struct bc_buffer joined = {0};
    enum bc_status st = bc_xattr_get(to, as, name, &here);
    if (!st || st == BC_NO_DATA)
        st = bc_xattr_get(now, now_node, name, &there);
    if (!st || st == BC_NO_DATA)
        st = bc_prefixes_join(bc_buffer_slice(now_first ? &there : &here),
                              bc_buffer_slice(now_first ? &here : &there), &joined);
    struct bc_slice slice = bc_buffer_slice(&joined);
    if (!st && !bc_slice_equal(slice, bc_buffer_slice(&here)))
        st = put_xattr(to, as, name, &slice);
    bc_buffer_release(&here);
    bc_buffer_release(&there);
    bc_buffer_release(&joined);
    return st;
}

enum bc_status bc_adopt_xattrs(struct bc_branch *to, uint64_t as, struct bc_branch *past,
                               uint64_t past_node, struct bc_branch *now, uint64_t now_node,
                               bool force, uint64_t *both)
{
    struct bc_xattr_changes changes;
    *both = 0;
    enum bc_status st = bc_xattr_diff(past, past_node, now, now_node, &changes);
    if (st)
        return st;
    for (size_t i = 0; !st && i < changes.count; i++) {
        const struct bc_xattr_change *change = &changes.list[i];
        bool unchanged;
        bool already = false;
        st = same_xattr(to, as, past, past_node, change->name, &unchanged);
        if (!st && !unchanged)
            st = same_xattr(to, as, now, now_node, change->name, &already);
        if (!st && !unchanged && !already && bc_prefixes_is_attribute(change->name)) {
            st = join_prefixes(to, as, now, now_node, change->name, force);
            continue;
        }
        if (!st && !unchanged && !already)
            ++*both;
        if (!st && (unchanged || (force && !already)))
            st = copy_xattr(to, as, now, now_node, change);
    }
    bc_xattr_changes_release(&changes);
    return st;
}

/* What a version shows: it depends on the name's syntax and, unless it is lines, on prefixes. */

static bool rendered_as(const struct bc_node_look *look, enum bc_syntax *syntax)
{
    return bc_syntax_of_name(bc_look_name(look), syntax) && !bc_syntax_is_lines(*syntax);
}

static enum bc_status shows_same(struct bc_branch *to, const struct bc_node_look *now,
                                 struct bc_branch *side, const struct bc_node_look *look,
                                 bool *same)
{
    enum bc_syntax syntax = BC_NTRIPLES;
    enum bc_syntax other = BC_NTRIPLES;
    bool rendered = rendered_as(now, &syntax);
    *same = rendered == rendered_as(look, &other) && (!rendered || syntax == other);
    if (!*same || !rendered)
        return BC_OK;
    struct bc_slice name = bc_slice(BC_PREFIXES_ATTRIBUTE, strlen(BC_PREFIXES_ATTRIBUTE));
    return same_xattr(to, now->attr.node, side, look->attr.node, name, same);
}

enum bc_status bc_node_renew(struct bc_branch *to, uint64_t node)
{
    struct bc_update update;
    struct bc_found found = {0};
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, node, &found);
    if (!st)
        st = bc_repo_next_id(to->repo, &found.record.version);
    if (!st)
        st = bc_node_put(&update, &found);
    bc_found_release(&found);
    return finish(&update, st);
}

enum bc_status bc_node_settle_version(struct bc_branch *to, const struct bc_node_look *now,
                                      struct bc_branch *side, const struct bc_node_look *look,
                                      bool *renewed)
{
    bool same = true;
    *renewed = false;
    if (!look->there || look->attr.version != now->attr.version)
        return BC_OK;
    enum bc_status st = shows_same(to, now, side, look, &same);
    if (!st && !same)
        st = bc_node_renew(to, now->attr.node);
    *renewed = !st && !same;
    return st;
}

/* Texts. */

static enum bc_status diff_next(void *context, char *sign, struct bc_slice *line)
{
    struct bc_text_diff *const *diff = context;
    return bc_text_diff_next(*diff, sign, line);
}

/* Never more lines than the text has room for: a clone is the better way then. */
static enum bc_status no_rewind(void *context)
{
    (void)context;
    return BC_TOO_LARGE;
}

/* The change that makes old (NULL: none) the text: few lines if both are changes of one run. */
static enum bc_status change_to(struct bc_repo *repo, struct bc_file_text *old,
                                struct bc_file_text *text, struct bc_text_change *change)
{
    struct bc_text_diff *diff = NULL;
    if (!old || bc_text_run(bc_file_text_view(old)) != bc_text_run(bc_file_text_view(text)))
        return bc_text_change_clone(repo, text, change);
    struct bc_signed_stream lines = {.next = diff_next, .rewind = no_rewind, .context = &diff};
    enum bc_status st = bc_text_diff_new(old, text, &diff);
    if (!st)
        st = bc_text_change_signed(repo, &lines, old, NULL, change);
    bc_text_diff_free(diff);
    return st == BC_TOO_LARGE ? bc_text_change_clone(repo, text, change) : st;
}

static enum bc_status put_text(struct bc_branch *to, uint64_t as,
                               const struct bc_text_change *change, uint64_t version)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, as, &found);
    if (!st) {
        st = bc_text_change_put(&update, &found, change);
        /* The same content has the same version, so that a later merge need not look. */
        found.record.version = version;
        if (!st)
            st = bc_node_put(&update, &found);
        bc_found_release(&found);
    }
    return finish(&update, st);
}

static enum bc_status adopt_text(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                 uint64_t node)
{
    struct bc_file_text *text = NULL;
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    struct bc_attr attr;
    enum bc_status st = bc_file_text_open(from, node, &text, &attr);
    if (st)
        return st;
    st = bc_file_text_open(to, as, &old, NULL);
    if (st == BC_INVALID) /* it was a plain file's bytes */
        st = BC_OK;
    if (!st)
        st = change_to(to->repo, old, text, &change);
    bc_file_text_release(old);
    bc_file_text_release(text);
    if (st)
        return st;
    st = put_text(to, as, &change, attr.version);
    bc_text_change_release(to->repo, &change);
    return st;
}

/* Plain files. */

struct record_place {
    uint64_t layer;
    struct bc_node record; /* numbers alone */
};

/* The records of a plain file that its bytes are read through, from the top down. */
struct chain {
    struct record_place *places;
    size_t count;
    size_t capacity;
};

static enum bc_status chain_add(struct chain *chain, uint64_t layer, const struct bc_node *record)
{
    if (chain->count == chain->capacity) {
        size_t capacity = chain->capacity ? chain->capacity * 2 : 8;
        struct record_place *places = bc_realloc_array(chain->places, capacity, sizeof *places);
        if (!places)
            return BC_NO_MEMORY;
        chain->places = places;
        chain->capacity = capacity;
    }
    struct record_place *place = &chain->places[chain->count++];
    *place = (struct record_place){layer, *record};
    place->record.name = place->record.target = bc_slice("", 0);
    return BC_OK;
}

static enum bc_status chain_of(struct bc_branch *branch, uint64_t node, struct chain *chain)
{
    struct bc_found at;
    enum bc_status st = find_in(branch, node, &at);
    while (!st && at.record.kind == BC_FILE && at.record.form == BC_BYTES) {
        uint64_t below = at.record.below;
        uint64_t above = at.layer;
        st = chain_add(chain, at.layer, &at.record);
        if (st || (at.record.flags & BC_NODE_BASE) || !below)
            break;
        bc_found_release(&at);
        if (below >= above) {
            st = BC_CORRUPT;
            break;
        }
        struct bc_key key;
        bc_key_node(&key, below, BC_ROW_NODE, node);
        at.layer = below;
        st = bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &at.value);
        st = st == BC_NOT_FOUND ? BC_CORRUPT : st;
        if (!st)
            st = bc_node_decode(at.value.slice, &at.record);
    }
    bc_found_release(&at);
    return st;
}

/* What two plain files have in common: the lowest records of both. */
struct common {
    size_t to; /* how many records stand above it */
    size_t from;
    uint64_t cut; /* as of bc_node: what `from` leaves of it */
};

static size_t place_of_layer(const struct chain *chain, uint64_t layer)
{
    size_t i = 0;
    while (i < chain->count && chain->places[i].layer != layer)
        i++;
    return i;
}

/* Whether they have something in common of which `to` has lost nothing: then, of the rest, only
 * what either changed need be copied. work: of `to`; with rows in it, it is begun anew. */
static bool find_common(const struct chain *to, uint64_t work, const struct chain *from,
                        struct common *common)
{
    uint64_t seen_bytes = UINT64_MAX; /* of what lies below, through the records of `to` above it */
    *common = (struct common){0};
    if (to->count && to->places[0].layer == work && (to->places[0].record.flags & BC_NODE_DELTA))
        return false;
    while (common->to < to->count) {
        const struct bc_node *record = &to->places[common->to].record;
        common->from = place_of_layer(from, to->places[common->to].layer);
        if (common->from < from->count) {
            common->cut = record->size_bytes;
            break;
        }
        if (record->flags & BC_NODE_BASE)
            return false;
        seen_bytes = record->cut_bytes < seen_bytes ? record->cut_bytes : seen_bytes;
        common->to++;
    }
    if (common->to == to->count || seen_bytes < common->cut)
        return false;
    for (size_t i = 0; i < common->from; i++) {
        const struct bc_node *record = &from->places[i].record;
        if (record->flags & BC_NODE_BASE)
            return false;
        common->cut = record->cut_bytes < common->cut ? record->cut_bytes : common->cut;
    }
    return true;
}

/* The chunks that some layers have rows of, in order. */
struct chunk_walk {
    struct bc_cursor **cursors;
    size_t count;
    size_t capacity;
};

static void chunk_walk_release(struct chunk_walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        bc_cursor_free(walk->cursors[i]);
    bc_free(walk->cursors);
}

static enum bc_status chunk_walk_reserve(struct chunk_walk *walk, size_t count)
{
    if (count <= walk->capacity - walk->count)
        return BC_OK;
    size_t capacity = walk->count + count;
    struct bc_cursor **cursors =
        bc_realloc_array(walk->cursors, capacity, sizeof(struct bc_cursor *));
    if (!cursors)
        return BC_NO_MEMORY;
    walk->cursors = cursors;
    walk->capacity = capacity;
    return BC_OK;
}

/* Adds the topmost records of a chain. The caller releases, also after a failure. */
static enum bc_status chunk_walk_add(struct bc_repo *repo, const struct chain *chain, size_t count,
                                     uint64_t node, struct chunk_walk *walk)
{
    enum bc_status st = chunk_walk_reserve(walk, count);
    for (size_t i = 0; !st && i < count; i++) {
        if (!(chain->places[i].record.flags & BC_NODE_DELTA))
            continue;
        struct bc_key lower;
        bc_key_node(&lower, chain->places[i].layer, BC_ROW_CHUNK, node);
        struct bc_key upper = lower;
        bc_key_behind(&upper);
        struct bc_cursor *cursor = NULL;
        st = bc_store_cursor(repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                             bc_key_slice(&upper), true, &cursor);
        if (st)
            break;
        walk->cursors[walk->count++] = cursor;
        cursor->ops->first(cursor);
        st = cursor->status;
    }
    return st;
}

/* BC_NO_DATA at the end. */
static enum bc_status chunk_walk_next(struct chunk_walk *walk, uint64_t *chunk)
{
    enum { CHUNK_AT = 17 };
    bool any = false;
    for (size_t i = 0; i < walk->count; i++) {
        const struct bc_cursor *cursor = walk->cursors[i];
        if (!cursor->valid)
            continue;
        if (cursor->key.size != CHUNK_AT + 8)
            return BC_CORRUPT;
        uint64_t at = bc_get_u64(cursor->key.data + CHUNK_AT);
        *chunk = any && *chunk < at ? *chunk : at;
        any = true;
    }
    if (!any)
        return BC_NO_DATA;
    for (size_t i = 0; i < walk->count; i++) {
        struct bc_cursor *cursor = walk->cursors[i];
        if (!cursor->valid || bc_get_u64(cursor->key.data + CHUNK_AT) != *chunk)
            continue;
        cursor->ops->next(cursor);
        if (cursor->status)
            return cursor->status;
    }
    return BC_OK;
}

static enum bc_status put_chunk(struct bc_update *update, uint64_t node, uint64_t chunk,
                                uint64_t size_bytes, const char *bytes)
{
    struct bc_key key;
    uint64_t left = size_bytes - chunk * BC_CHUNK_BYTES;
    size_t size = left < BC_CHUNK_BYTES ? (size_t)left : BC_CHUNK_BYTES;
    bc_key_chunk(&key, update->branch->work, node, chunk);
    return bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key), bc_slice(bytes, size));
}

/* Copies from's chunks, a batch for every megabyte. over: something may lie below, so that zeros
 * are to be said. */
static enum bc_status copy_chunks(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                  const struct bc_found *source, struct chunk_walk *walk, bool over)
{
    enum { CHUNKS_A_BATCH = 16 };
    char *bytes = bc_alloc(BC_CHUNK_BYTES);
    enum bc_status st = bytes ? BC_OK : BC_NO_MEMORY;
    while (!st) {
        struct bc_update update;
        enum bc_status end = BC_OK;
        st = bc_update_begin(to, &update);
        if (st)
            break;
        for (int i = 0; !st && !end && i < CHUNKS_A_BATCH; i++) {
            uint64_t chunk;
            bool hole;
            end = chunk_walk_next(walk, &chunk);
            if (end)
                break;
            st = bc_chunk_read(from, source, chunk, bytes, &hole);
            bool cut = chunk * BC_CHUNK_BYTES >= source->record.size_bytes;
            if (!st && !cut && (over || !hole))
                st = put_chunk(&update, as, chunk, source->record.size_bytes, bytes);
        }
        st = finish(&update, st);
        if (!st && end == BC_NO_DATA)
            break;
        st = st ? st : end;
    }
    bc_free(bytes);
    return st;
}

/* What the file is before the chunks come: with BASE nothing of what it was. */
static enum bc_status clear_content(struct bc_branch *to, uint64_t as, bool base)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, as, &found);
    if (st)
        return finish(&update, st);
    struct bc_node *record = &found.record;
    if (found.layer == to->work && (record->flags & BC_NODE_DELTA) && base)
        st = bc_rows_delete(&update, record->form == BC_TEXT ? BC_ROW_LINE : BC_ROW_CHUNK, as, 0);
    if (!st && base) {
        bc_node_own(&update, &found);
        record->form = BC_BYTES;
        record->flags = (uint8_t)((record->flags & BC_NODE_XATTR) | BC_NODE_BASE);
        record->run = record->delta = 0;
        record->size_bytes = record->triples = record->quads = 0;
        record->delta_bytes = record->cut_bytes = 0;
    }
    if (!st)
        st = bc_node_put(&update, &found);
    bc_found_release(&found);
    return finish(&update, st);
}

static enum bc_status finish_bytes(struct bc_branch *to, uint64_t as, const struct bc_node *source,
                                   bool base, uint64_t cut)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, as, &found);
    if (st)
        return finish(&update, st);
    found.record.flags |= BC_NODE_DELTA;
    found.record.size_bytes = source->size_bytes;
    found.record.cut_bytes = base ? 0 : cut;
    found.record.version = source->version;
    found.record.mtime_ns = found.record.ctime_ns = update.now_ns;
    st = bc_node_put(&update, &found);
    bc_found_release(&found);
    return finish(&update, st);
}

static enum bc_status adopt_bytes(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                  const struct bc_found *source)
{
    struct chain now = {0};
    struct chain theirs = {0};
    struct chunk_walk walk = {0};
    struct common common = {0};
    enum bc_status st = chain_of(from, source->id, &theirs);
    if (!st && as == source->id)
        st = chain_of(to, as, &now);
    bool base = st || !find_common(&now, to->work, &theirs, &common);
    if (!st)
        st =
            chunk_walk_add(to->repo, &theirs, base ? theirs.count : common.from, source->id, &walk);
    if (!st && !base)
        st = chunk_walk_add(to->repo, &now, common.to, as, &walk);
    if (!st)
        st = clear_content(to, as, base);
    if (!st)
        st = copy_chunks(to, as, from, source, &walk, !base);
    chunk_walk_release(&walk);
    if (!st)
        st = finish_bytes(to, as, &source->record, base, common.cut);
    bc_free(now.places);
    bc_free(theirs.places);
    return st;
}

static enum bc_status adopt_target(struct bc_branch *to, uint64_t as, const struct bc_found *source)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(to, &update);
    if (st)
        return st;
    st = bc_node_find(to, as, &found);
    if (!st) {
        found.record.target = source->record.target;
        found.record.version = source->record.version;
        found.record.mtime_ns = found.record.ctime_ns = update.now_ns;
        st = bc_node_put(&update, &found);
        bc_found_release(&found);
    }
    return finish(&update, st);
}

enum bc_status bc_adopt_content(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                uint64_t node)
{
    struct bc_found source;
    enum bc_status st = find_in(from, node, &source);
    if (st)
        return st;
    if (source.record.kind == BC_SYMLINK)
        st = adopt_target(to, as, &source);
    else if (source.record.kind == BC_FILE && source.record.form == BC_TEXT)
        st = adopt_text(to, as, from, node);
    else if (source.record.kind == BC_FILE)
        st = adopt_bytes(to, as, from, &source);
    bc_found_release(&source);
    return st;
}

/* Comparing. */

static enum bc_status same_texts(struct bc_branch *a, uint64_t of_a, struct bc_branch *b,
                                 uint64_t of_b, bool *same)
{
    struct bc_file_text *one = NULL;
    struct bc_file_text *other = NULL;
    struct bc_text_diff *diff = NULL;
    enum bc_status st = bc_file_text_open(a, of_a, &one, NULL);
    if (!st)
        st = bc_file_text_open(b, of_b, &other, NULL);
    if (!st)
        st = bc_text_diff_new(one, other, &diff);
    if (!st) {
        struct bc_slice line;
        char sign;
        st = bc_text_diff_next(diff, &sign, &line);
        *same = st == BC_NO_DATA;
    }
    bc_text_diff_free(diff);
    bc_file_text_release(one);
    bc_file_text_release(other);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status same_targets(struct bc_branch *a, uint64_t of_a, struct bc_branch *b,
                                   uint64_t of_b, bool *same)
{
    struct bc_buffer one = {0};
    struct bc_buffer other = {0};
    enum bc_status st = bc_tree_readlink(a, of_a, &one);
    if (!st)
        st = bc_tree_readlink(b, of_b, &other);
    *same = !st && bc_slice_equal(bc_buffer_slice(&one), bc_buffer_slice(&other));
    bc_buffer_release(&one);
    bc_buffer_release(&other);
    return st;
}

/* The least chunk from *chunk on that either walk still has to show. */
static enum bc_status compare_chunks(struct bc_branch *a, const struct bc_found *of_a,
                                     struct chunk_walk *walk_a, struct bc_branch *b,
                                     const struct bc_found *of_b, char *bytes, bool *same)
{
    enum bc_status st = BC_OK;
    while (!st && *same) {
        uint64_t chunk;
        st = chunk_walk_next(walk_a, &chunk);
        if (!st)
            st = bc_chunk_read(a, of_a, chunk, bytes, NULL);
        if (!st)
            st = bc_chunk_read(b, of_b, chunk, bytes + BC_CHUNK_BYTES, NULL);
        if (!st)
            *same = !memcmp(bytes, bytes + BC_CHUNK_BYTES, BC_CHUNK_BYTES);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Chunks without a row on either side are zeros on both: those that one side has are compared, then
 * those that the other has. */
static enum bc_status same_bytes(struct bc_branch *a, const struct bc_found *of_a,
                                 struct bc_branch *b, const struct bc_found *of_b, bool *same)
{
    struct chain chains[2] = {{0}, {0}};
    char *bytes = bc_alloc(2 * (size_t)BC_CHUNK_BYTES);
    enum bc_status st = bytes ? chain_of(a, of_a->id, &chains[0]) : BC_NO_MEMORY;
    if (!st)
        st = chain_of(b, of_b->id, &chains[1]);
    *same = true;
    for (int side = 0; !st && *same && side < 2; side++) {
        struct chunk_walk walk = {0};
        st = chunk_walk_add(a->repo, &chains[side], chains[side].count, side ? of_b->id : of_a->id,
                            &walk);
        if (!st)
            st = compare_chunks(a, of_a, &walk, b, of_b, bytes, same);
        chunk_walk_release(&walk);
    }
    bc_free(chains[0].places);
    bc_free(chains[1].places);
    bc_free(bytes);
    return st;
}

/* A text's bytes and a plain file's, of one size. */
static enum bc_status same_text_and_bytes(struct bc_branch *of_text, uint64_t text_node,
                                          struct bc_branch *of_bytes, uint64_t bytes_node,
                                          bool *same)
{
    struct bc_file_text *text = NULL;
    struct bc_found plain = {0};
    char *bytes = bc_alloc(2 * (size_t)BC_CHUNK_BYTES);
    enum bc_status st = bytes ? bc_file_text_open(of_text, text_node, &text, NULL) : BC_NO_MEMORY;
    if (!st)
        st = find_in(of_bytes, bytes_node, &plain);
    uint64_t size = st ? 0 : bc_text_bytes(bc_file_text_view(text));
    *same = true;
    for (uint64_t at = 0; !st && *same && at < size; at += BC_CHUNK_BYTES) {
        size_t done;
        st = bc_text_read(bc_file_text_view(text), at, bytes, BC_CHUNK_BYTES, &done);
        if (!st)
            st = bc_chunk_read(of_bytes, &plain, at / BC_CHUNK_BYTES, bytes + BC_CHUNK_BYTES, NULL);
        if (!st)
            *same = !memcmp(bytes, bytes + BC_CHUNK_BYTES, done);
    }
    bc_found_release(&plain);
    bc_file_text_release(text);
    bc_free(bytes);
    return st;
}

static enum bc_status same_in_two_forms(struct bc_branch *a, const struct bc_attr *of_a,
                                        struct bc_branch *b, const struct bc_attr *of_b, bool *same)
{
    return of_a->form == BC_TEXT ? same_text_and_bytes(a, of_a->node, b, of_b->node, same)
                                 : same_text_and_bytes(b, of_b->node, a, of_a->node, same);
}

enum bc_status bc_same_content(struct bc_branch *a, const struct bc_node_look *of_a,
                               struct bc_branch *b, const struct bc_node_look *of_b, bool *same)
{
    const struct bc_attr *one = &of_a->attr;
    const struct bc_attr *other = &of_b->attr;
    bool one_form = one->form == other->form;
    *same = one->kind == other->kind;
    if (!*same || one->kind == BC_DIRECTORY || (one_form && one->version == other->version))
        return BC_OK;
    *same = one->size_bytes == other->size_bytes && (!one_form || one->triples == other->triples);
    if (!*same)
        return BC_OK;
    if (!one_form)
        return same_in_two_forms(a, one, b, other, same);
    if (one->kind == BC_SYMLINK)
        return same_targets(a, one->node, b, other->node, same);
    if (one->form == BC_TEXT)
        return same_texts(a, one->node, b, other->node, same);
    struct bc_found found_a;
    struct bc_found found_b;
    enum bc_status st = find_in(a, one->node, &found_a);
    if (st)
        return st;
    st = find_in(b, other->node, &found_b);
    if (!st) {
        st = same_bytes(a, &found_a, b, &found_b, same);
        bc_found_release(&found_b);
    }
    bc_found_release(&found_a);
    return st;
}
