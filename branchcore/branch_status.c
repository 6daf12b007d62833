/* What differs between a branch and the layer that it is compared with: the nodes that have records
 * in the layers above, each looked at on both sides. Costs what changed, not what there is. */
#include "branchcore/branch_past.h"
#include "branchcore/model.h"
#include "branchcore/text_count.h"

#include <stdlib.h>

struct line {
    struct bc_difference difference;
    uint64_t node;
    char *path;
    char *old_path;
};

struct lines {
    struct line *items;
    size_t count;
};

static enum bc_status add_line(struct lines *lines, struct line line)
{
    size_t count = lines->count;
    if ((count & (count - 1)) == 0) {
        struct line *items = bc_realloc_array(lines->items, count ? count * 2 : 1, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        lines->items = items;
    }
    line.difference.path = line.path;
    line.difference.old_path = line.old_path;
    lines->items[lines->count++] = line;
    return BC_OK;
}

static void release_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        bc_free(lines->items[i].path);
        bc_free(lines->items[i].old_path);
    }
    bc_free(lines->items);
}

/* Every node with a record in the layer. */
static enum bc_status collect_layer(struct bc_repo *repo, uint64_t layer,
                                    struct bc_id_counts *nodes)
{
    enum { NODE_AT = 9 };
    struct bc_key lower;
    bc_key_prefix(&lower, layer, BC_ROW_NODE);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size != NODE_AT + 8)
            st = BC_CORRUPT;
        else
            st = bc_counts_add(nodes, bc_get_u64(cursor->key.data + NODE_AT));
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status collect(struct bc_branch *branch, struct bc_id_counts *nodes, uint64_t *base)
{
    enum bc_status st = branch->gone ? BC_STALE : BC_OK;
    *base = branch->base;
    if (!st && branch->work_used)
        st = collect_layer(branch->repo, branch->work, nodes);
    for (struct bc_layer *layer = branch->top; !st && layer && layer->id != branch->base;
         layer = layer->parent)
        st = collect_layer(branch->repo, layer->id, nodes);
    return st;
}

/* One side of a node: its record's numbers, and its path as a string of its own. */
struct side {
    bool there;
    struct bc_attr attr;
    char *path;
};

static enum bc_status side_of(struct bc_branch *branch, uint64_t node, struct side *side)
{
    struct bc_buffer path = {0};
    *side = (struct side){0};
    enum bc_status st = bc_tree_stat(branch, node, &side->attr);
    /* An unlinked file that is still open has no parent: it is not in the tree. */
    if (st == BC_STALE || (!st && !side->attr.parent && node != BC_ROOT_NODE))
        return BC_OK;
    if (!st)
        st = bc_tree_path(branch, node, &path);
    if (!st && side->attr.kind == BC_DIRECTORY)
        st = bc_buffer_append(&path, "/", 1);
    if (!st)
        side->path = bc_copy_string(path.data, path.size);
    if (!st && !side->path)
        st = BC_NO_MEMORY;
    bc_buffer_release(&path);
    side->there = !st;
    return st == BC_STALE ? BC_OK : st;
}

static bool same_attributes(const struct bc_attr *a, const struct bc_attr *b)
{
    return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
}

/* The last name of a path, with the slash behind it if it is a folder's. */
static const char *last_name(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++) {
        if (*at == '/' && at[1])
            name = at + 1;
    }
    return name;
}

static enum bc_status compare(struct bc_branch *now, struct bc_branch *past, uint64_t node,
                              struct lines *lines)
{
    struct side new;
    struct side old = {0};
    struct line line = {.node = node};
    enum bc_status st = side_of(now, node, &new);
    if (!st)
        st = side_of(past, node, &old);
    if (!st && new.there && old.there) {
        bool folder = new.attr.kind == BC_DIRECTORY;
        bool content = !folder && new.attr.version != old.attr.version;
        /* What lies in a folder that moved has not moved itself. */
        bool moved = new.attr.parent != old.attr.parent ||
                     strcmp(last_name(new.path), last_name(old.path)) != 0;
        if (content && new.attr.form == BC_TEXT && old.attr.form == BC_TEXT)
            st = bc_text_count_changes(past, node, now, node, &line.difference.added,
                                       &line.difference.removed);
        else if (content) {
            line.difference.added = new.attr.triples;
            line.difference.removed = old.attr.triples;
        }
        bool attributes = !same_attributes(&new.attr, &old.attr);
        line.difference.kind = moved ? 'R' : content || attributes ? 'M' : '\0';
    } else if (!st && new.there) {
        line.difference.kind = 'A';
        line.difference.added = new.attr.triples;
    } else if (!st && old.there) {
        line.difference.kind = 'D';
        line.difference.removed = old.attr.triples;
    }
    char kind = line.difference.kind;
    if (!st && kind && node != BC_ROOT_NODE) {
        line.path = kind == 'D' ? old.path : new.path;
        line.old_path = kind == 'R' ? old.path : NULL;
        st = add_line(lines, line);
        if (!st && kind == 'D')
            old.path = NULL;
        else if (!st)
            new.path = NULL;
        if (!st && kind == 'R')
            old.path = NULL;
    }
    bc_free(new.path);
    bc_free(old.path);
    return st == BC_STALE ? BC_OK : st;
}

/* Of one path, what was there before comes last. */
static int by_path(const void *a, const void *b)
{
    const struct line *one = a;
    const struct line *other = b;
    int order = strcmp(one->path, other->path);
    return order ? order : (one->difference.kind == 'D') - (other->difference.kind == 'D');
}

/* A file that took another's place (an editor's rename over it) is a change of what is there. */
static enum bc_status join(struct bc_branch *now, struct bc_branch *past, struct line *new,
                           const struct line *old)
{
    enum bc_status st = bc_text_count_changes(past, old->node, now, new->node,
                                              &new->difference.added, &new->difference.removed);
    new->difference.kind = 'M';
    if (!st || (st != BC_INVALID && st != BC_STALE))
        return st;
    new->difference.removed = old->difference.removed;
    return BC_OK;
}

static enum bc_status
give(struct bc_branch *now, struct bc_branch *past, struct lines *lines,
     enum bc_status (*sink)(void *context, const struct bc_difference *difference), void *context)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < lines->count; i++) {
        struct line *line = &lines->items[i];
        const struct line *next = i + 1 < lines->count ? line + 1 : NULL;
        if (next && line->difference.kind == 'A' && next->difference.kind == 'D' &&
            !strcmp(line->path, next->path)) {
            st = join(now, past, line, next);
            i++;
        }
        if (!st)
            st = sink(context, &line->difference);
    }
    return st;
}

enum bc_status bc_branch_status(struct bc_branch *branch,
                                enum bc_status (*sink)(void *context,
                                                       const struct bc_difference *difference),
                                void *context)
{
    struct bc_id_counts nodes = {0};
    struct lines lines = {0};
    struct bc_branch *past = NULL;
    uint64_t base;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = collect(branch, &nodes, &base);
    pthread_rwlock_unlock(&branch->lock);
    if (!st)
        st = bc_branch_past(branch->repo, base, &past);
    for (size_t i = 0; !st && i < nodes.capacity; i++) {
        if (nodes.slots[i].id)
            st = compare(branch, past, nodes.slots[i].id, &lines);
    }
    if (!st && lines.count)
        qsort(lines.items, lines.count, sizeof *lines.items, by_path);
    if (!st)
        st = give(branch, past, &lines, sink, context);
    bc_branch_release(past);
    release_lines(&lines);
    bc_free(nodes.slots);
    return st;
}
