/* The trees that layers make up. A layer is looked at once, whatever the number of branches that
 * stand on it: if the tree below it is whole, what the layer's own rows say decides whether the
 * tree is still whole above it. */
#include "branchcore/check_rows.h"
#include "branchcore/entry.h"
#include "branchcore/syntax.h"

#include <inttypes.h>
#include <stdio.h>

enum { NODE_AT = 9, NAME_AT = 17 };

struct view {
    struct bc_check *check;
    struct bc_branch *above; /* what is seen with the layer, and without it */
    struct bc_branch *below;
    const char *label; /* of messages: "branch NAME" or "layer ID" */
    struct bc_buffer *texts;
};

static void problem(struct view *view, uint64_t parent, struct bc_slice name, const char *what)
{
    struct bc_buffer path = {0};
    enum bc_status st = bc_path_of(view->above, parent, &path);
    if (!st && path.size)
        st = bc_buffer_append(&path, "/", 1);
    if (!st)
        st = bc_buffer_append(&path, "", 1);
    if (st)
        bc_check_problem(view->check, "%s: '%.*s' in node %" PRIu64 ": %s", view->label,
                         (int)name.size, name.data, parent, what);
    else
        bc_check_problem(view->check, "%s: %s%.*s: %s", view->label, path.data, (int)name.size,
                         name.data, what);
    bc_buffer_release(&path);
}

static void lost(struct view *view, uint64_t node, struct bc_slice name)
{
    bc_check_problem(view->check, "%s: node %" PRIu64 ", '%.*s', is in no folder", view->label,
                     node, (int)name.size, name.data);
}

/* The node that an entry leads to; 0: none. */
static enum bc_status entry_of(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                               uint64_t *node)
{
    struct bc_entry entry = {0};
    enum bc_status st = bc_entry_find(branch, parent, name, &entry);
    *node = st ? 0 : entry.node;
    return st == BC_NOT_FOUND || st == BC_NAME_TOO_LONG || bc_check_unreadable(st) ? BC_OK : st;
}

/* *there: the branch sees the node. If so, found is to be released. */
static enum bc_status node_of(struct bc_branch *branch, uint64_t node, struct bc_found *found,
                              bool *there)
{
    enum bc_status st = bc_node_find(branch, node, found);
    *there = !st;
    return st == BC_STALE || bc_check_unreadable(st) ? BC_OK : st;
}

static bool is_at(const struct bc_node *record, uint64_t parent, struct bc_slice name)
{
    return record->parent == parent && bc_slice_equal(record->name, name);
}

/* A node whose entry leads elsewhere from this layer on must not go on saying that it is there. */
static enum bc_status check_left(struct view *view, uint64_t node, uint64_t parent,
                                 struct bc_slice name)
{
    struct bc_found found;
    bool there;
    enum bc_status st = node_of(view->above, node, &found, &there);
    if (st || !there)
        return st;
    if (is_at(&found.record, parent, name))
        lost(view, node, name);
    bc_found_release(&found);
    return BC_OK;
}

static enum bc_status check_target(struct view *view, uint64_t parent, struct bc_slice name,
                                   const struct bc_entry *entry)
{
    struct bc_found found;
    bool there;
    enum bc_status st = node_of(view->above, parent, &found, &there);
    if (st)
        return st;
    bool folder = there && found.record.kind == BC_DIRECTORY &&
                  (found.record.parent || parent == BC_ROOT_NODE);
    if (there)
        bc_found_release(&found);
    if (!folder)
        problem(view, parent, name, "it lies in no folder");
    st = node_of(view->above, entry->node, &found, &there);
    if (st)
        return st;
    if (!there) {
        problem(view, parent, name, "it has no readable record");
        return BC_OK;
    }
    if (!is_at(&found.record, parent, name))
        problem(view, parent, name, "its record names another place");
    if (found.record.kind != entry->kind)
        problem(view, parent, name, "its record is of another kind");
    bc_found_release(&found);
    return BC_OK;
}

static enum bc_status check_entry(struct view *view, struct bc_slice key, struct bc_slice value)
{
    struct bc_entry entry;
    uint64_t before;
    if (key.size <= NAME_AT)
        return BC_OK; /* bc_check_layers tells */
    uint64_t parent = bc_get_u64(key.data + NODE_AT);
    struct bc_slice name = bc_slice(key.data + NAME_AT, key.size - NAME_AT);
    if (bc_entry_decode(value, &entry)) {
        problem(view, parent, name, "the entry cannot be read");
        return BC_OK;
    }
    enum bc_status st = entry_of(view->below, parent, name, &before);
    if (!st && before && before != entry.node)
        st = check_left(view, before, parent, name);
    if (!st && entry.node)
        st = check_target(view, parent, name, &entry);
    return st;
}

/* A folder must be reached from the root, not from itself. */
static enum bc_status check_ways_up(struct view *view, uint64_t node, const struct bc_node *record)
{
    enum { DEEPEST = 100000 };
    uint64_t at = record->parent;
    for (int depth = 0; at && at != BC_ROOT_NODE; depth++) {
        struct bc_found found;
        bool there;
        if (at == node || depth == DEEPEST) {
            bc_check_problem(view->check, "%s: folder %" PRIu64 ", '%.*s', lies in itself",
                             view->label, node, (int)record->name.size, record->name.data);
            return BC_OK;
        }
        enum bc_status st = node_of(view->above, at, &found, &there);
        if (st || !there)
            return st;
        at = found.record.parent;
        bc_found_release(&found);
    }
    return BC_OK;
}

static enum bc_status add_text(struct view *view, uint64_t node, const struct bc_node *record)
{
    struct bc_id_counts *versions = &view->check->versions;
    bool covers = record->flags & BC_NODE_COVERS;
    if (bc_counts_find(versions, record->version) && !covers)
        return BC_OK;
    enum bc_status st = bc_counts_add(versions, record->version);
    return st ? st : bc_encode_u64(view->texts, node);
}

/* Under a triple file's name is a text that the syntax of the name can say; or bytes, where the
 * name was none of a triple file's when they were written. */
static void check_syntax(struct view *view, const struct bc_node *record)
{
    enum bc_syntax syntax;
    if (record->kind != BC_FILE || !bc_syntax_of_name(record->name, &syntax))
        return;
    if (record->form != BC_TEXT && !bc_syntax_is_lines(syntax))
        return;
    if (record->form != BC_TEXT)
        problem(view, record->parent, record->name, "it has a triple file's name, and is none");
    else if (!bc_syntax_has_graphs(syntax) && record->quads)
        problem(view, record->parent, record->name,
                "it has statements with a graph, which the syntax of its name cannot say");
}

static enum bc_status check_named(struct view *view, uint64_t node, const struct bc_node *record)
{
    uint64_t at;
    enum bc_status st = entry_of(view->above, record->parent, record->name, &at);
    if (st)
        return st;
    if (at != node)
        lost(view, node, record->name);
    if (record->kind == BC_DIRECTORY)
        return check_ways_up(view, node, record);
    check_syntax(view, record);
    if (record->kind == BC_FILE && record->form == BC_TEXT)
        return add_text(view, node, record);
    view->check->counts->plain_files += record->kind == BC_FILE;
    return BC_OK;
}

struct gone_folder {
    struct view *view;
    uint64_t node;
};

static enum bc_status check_child(void *context, struct bc_slice name, uint64_t node,
                                  enum bc_kind kind)
{
    (void)node;
    (void)kind;
    const struct gone_folder *folder = context;
    problem(folder->view, folder->node, name, "it lies in no folder");
    return BC_OK;
}

/* A node that is gone, or has no name, from this layer on: neither its entry nor, of a folder, what
 * was in it may still be there. */
static enum bc_status check_unnamed(struct view *view, uint64_t node)
{
    struct bc_found found;
    bool there;
    uint64_t at = 0;
    enum bc_status st = node_of(view->below, node, &found, &there);
    if (st || !there)
        return st;
    if (found.record.parent)
        st = entry_of(view->above, found.record.parent, found.record.name, &at);
    if (!st && at == node)
        problem(view, found.record.parent, found.record.name, "it has no readable record");
    struct gone_folder folder = {view, node};
    if (!st && found.record.kind == BC_DIRECTORY)
        st = bc_entries_each(view->above, node, check_child, &folder);
    bc_found_release(&found);
    return bc_check_unreadable(st) ? BC_OK : st;
}

static enum bc_status check_node(struct view *view, struct bc_slice key, struct bc_slice value)
{
    struct bc_node record;
    if (key.size != NAME_AT || bc_node_decode(value, &record))
        return BC_OK; /* bc_check_layers tells */
    uint64_t node = bc_get_u64(key.data + NODE_AT);
    view->check->counts->nodes++;
    if (node == BC_ROOT_NODE && record.kind == BC_DIRECTORY)
        return BC_OK;
    return record.kind != BC_GONE && record.parent ? check_named(view, node, &record)
                                                   : check_unnamed(view, node);
}

static enum bc_status each_row(struct view *view, uint64_t layer, char kind,
                               enum bc_status (*visit)(struct view *view, struct bc_slice key,
                                                       struct bc_slice value))
{
    struct bc_key lower;
    bc_key_prefix(&lower, layer, kind);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(view->check->repo->store, NULL, BC_LAYERS,
                                        bc_key_slice(&lower), bc_key_slice(&upper), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = visit(view, cursor->key, cursor->value);
    if (!st && !bc_check_unreadable(cursor->status)) /* which bc_check_layers tells */
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status check_layer(struct view *view, uint64_t layer)
{
    enum bc_status st = each_row(view, layer, BC_ROW_ENTRY, check_entry);
    return st ? st : each_row(view, layer, BC_ROW_NODE, check_node);
}

/* What is seen from a frozen layer down, as if it were a branch; nobody else knows it. */
static struct bc_branch *look_from(struct bc_repo *repo, struct bc_layer *top)
{
    struct bc_branch *branch = bc_branch_alloc(repo, 0);
    if (branch)
        branch->top = bc_layer_retain(repo, top);
    return branch;
}

static enum bc_status check_work(struct view *view)
{
    struct bc_found root;
    struct bc_branch *branch = view->above;
    enum bc_status st = bc_folder_find(branch, BC_ROOT_NODE, &root);
    if (!st)
        bc_found_release(&root);
    else if (st == BC_STALE || st == BC_NOT_DIRECTORY || bc_check_unreadable(st))
        bc_check_problem(view->check, "%s: it has no root folder", view->label);
    else
        return st;
    view->below = look_from(branch->repo, branch->top);
    return view->below ? check_layer(view, branch->work) : BC_NO_MEMORY;
}

enum bc_status bc_check_work(struct bc_check *check, struct bc_branch *branch,
                             struct bc_buffer *texts)
{
    char label[BC_CHECK_LABEL];
    struct view view = {.check = check, .above = branch, .label = label, .texts = texts};
    pthread_rwlock_rdlock(&branch->lock);
    bc_check_label(branch, label);
    enum bc_status st = branch->gone ? BC_OK : check_work(&view);
    pthread_rwlock_unlock(&branch->lock);
    if (view.below)
        bc_branch_dispose(view.below);
    return st;
}

enum bc_status bc_check_frozen(struct bc_check *check, struct bc_layer *layer,
                               enum bc_status (*texts)(struct bc_check *check,
                                                       struct bc_branch *branch, const char *label,
                                                       const struct bc_buffer *nodes))
{
    char label[32];
    struct bc_buffer nodes = {0};
    struct view view = {.check = check, .label = label, .texts = &nodes};
    (void)snprintf(label, sizeof label, "layer %" PRIu64, layer->id);
    view.above = look_from(check->repo, layer);
    view.below = look_from(check->repo, layer->parent);
    enum bc_status st = view.above && view.below ? check_layer(&view, layer->id) : BC_NO_MEMORY;
    if (!st)
        st = texts(check, view.above, label, &nodes);
    if (view.above)
        bc_branch_dispose(view.above);
    if (view.below)
        bc_branch_dispose(view.below);
    bc_buffer_release(&nodes);
    return st;
}
