/* A branch's tree: from the root down through entries, then back from the nodes of its layers. */
#include "branchcore/check_rows.h"
#include "branchcore/entry.h"

#include <inttypes.h>

struct folder {
    uint64_t node;
    char *path; /* with a slash behind it; "" is the root */
};

struct walk {
    struct bc_check *check;
    struct bc_branch *branch;
    struct folder *folders; /* still to be walked, each on top of those found before it */
    size_t count;
    struct folder at;
    struct bc_id_counts met;
    struct bc_buffer *texts;
};

static enum bc_status push(struct walk *walk, uint64_t node, struct bc_slice name)
{
    if ((walk->count & (walk->count - 1)) == 0) {
        size_t capacity = walk->count ? walk->count * 2 : 1;
        struct folder *folders = bc_realloc_array(walk->folders, capacity, sizeof *folders);
        if (!folders)
            return BC_NO_MEMORY;
        walk->folders = folders;
    }
    struct bc_buffer path = {0};
    enum bc_status st = bc_buffer_printf(&path, "%s", walk->at.path ? walk->at.path : "");
    if (!st && name.size)
        st = bc_buffer_append(&path, name.data, name.size);
    if (!st && name.size)
        st = bc_buffer_append(&path, "/", 1);
    if (!st)
        st = bc_buffer_append(&path, "", 1);
    if (st) {
        bc_buffer_release(&path);
        return st;
    }
    walk->folders[walk->count++] = (struct folder){node, path.data};
    return BC_OK;
}

static void problem(struct walk *walk, struct bc_slice name, const char *what)
{
    bc_check_problem(walk->check, "branch %s: %s%.*s: %s", walk->branch->name, walk->at.path,
                     (int)name.size, name.data, what);
}

/* A text that is met first is to be read. */
static enum bc_status add_text(struct walk *walk, const struct bc_found *found)
{
    struct bc_id_counts *versions = &walk->check->versions;
    if (bc_counts_find(versions, found->record.version))
        return BC_OK;
    enum bc_status st = bc_counts_add(versions, found->record.version);
    return st ? st : bc_encode_u64(walk->texts, found->id);
}

static enum bc_status check_node(struct walk *walk, struct bc_slice name,
                                 const struct bc_found *found, enum bc_kind kind)
{
    const struct bc_node *record = &found->record;
    walk->check->counts->nodes++;
    if (record->parent != walk->at.node || !bc_slice_equal(record->name, name))
        problem(walk, name, "its record names another place");
    if (record->kind != kind)
        problem(walk, name, "its record is of another kind");
    if (bc_counts_find(&walk->met, found->id)) {
        problem(walk, name, "it is in the tree twice");
        return BC_OK;
    }
    enum bc_status st = bc_counts_add(&walk->met, found->id);
    if (st)
        return st;
    if (record->kind == BC_DIRECTORY)
        return push(walk, found->id, name);
    if (record->kind == BC_FILE && record->form == BC_TEXT)
        return add_text(walk, found);
    walk->check->counts->plain_files += record->kind == BC_FILE;
    return BC_OK;
}

static enum bc_status check_entry(void *context, struct bc_slice name, uint64_t node,
                                  enum bc_kind kind)
{
    struct walk *walk = context;
    struct bc_found found;
    enum bc_status st = bc_node_find(walk->branch, node, &found);
    if (st == BC_STALE || bc_check_unreadable(st)) {
        problem(walk, name, "it has no readable record");
        return BC_OK;
    }
    if (st)
        return st;
    st = check_node(walk, name, &found, kind);
    bc_found_release(&found);
    return st;
}

static enum bc_status walk_down(struct walk *walk)
{
    enum bc_status st = bc_counts_add(&walk->met, BC_ROOT_NODE);
    if (!st)
        st = push(walk, BC_ROOT_NODE, bc_slice("", 0));
    while (!st && walk->count) {
        walk->at = walk->folders[--walk->count];
        st = bc_entries_each(walk->branch, walk->at.node, check_entry, walk);
        if (bc_check_unreadable(st)) {
            problem(walk, bc_slice("", 0), "the folder cannot be read");
            st = BC_OK;
        }
        bc_free(walk->at.path);
        walk->at.path = NULL;
    }
    return st;
}

/* A node that the branch sees and that says where it is must have been met there. */
static enum bc_status check_met(struct walk *walk, uint64_t node)
{
    struct bc_found found;
    if (bc_counts_find(&walk->met, node))
        return BC_OK;
    enum bc_status st = bc_node_find(walk->branch, node, &found);
    if (st)
        return st == BC_STALE || bc_check_unreadable(st) ? BC_OK : st;
    if (found.record.parent)
        bc_check_problem(walk->check, "branch %s: node %" PRIu64 ", '%.*s', is in no folder",
                         walk->branch->name, node, (int)found.record.name.size,
                         found.record.name.data);
    bc_found_release(&found);
    return BC_OK;
}

static enum bc_status walk_back(struct walk *walk, uint64_t layer)
{
    enum { NODE_AT = 9 };
    struct bc_key lower;
    bc_key_prefix(&lower, layer, BC_ROW_NODE);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st =
        bc_store_cursor(walk->check->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                        bc_key_slice(&upper), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size == NODE_AT + 8)
            st = check_met(walk, bc_get_u64(cursor->key.data + NODE_AT));
    }
    if (!st && !bc_check_unreadable(cursor->status)) /* which bc_check_layers told */
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* A frozen layer is looked through once, whatever the number of branches over it. */
static enum bc_status walk_layers_back(struct walk *walk)
{
    struct bc_id_counts *done = &walk->check->layers;
    enum bc_status st = walk_back(walk, walk->branch->work);
    for (struct bc_layer *layer = walk->branch->top;
         !st && layer && !bc_counts_find(done, layer->id); layer = layer->parent) {
        st = bc_counts_add(done, layer->id);
        if (!st)
            st = walk_back(walk, layer->id);
    }
    return st;
}

enum bc_status bc_check_tree(struct bc_check *check, struct bc_branch *branch,
                             struct bc_buffer *texts)
{
    struct walk walk = {.check = check, .branch = branch, .texts = texts};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_OK : walk_down(&walk);
    if (!st && !branch->gone)
        st = walk_layers_back(&walk);
    pthread_rwlock_unlock(&branch->lock);
    while (walk.count)
        bc_free(walk.folders[--walk.count].path);
    bc_free(walk.at.path);
    bc_free(walk.folders);
    bc_free(walk.met.slots);
    return st;
}
