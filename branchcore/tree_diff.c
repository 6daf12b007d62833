#include "branchcore/tree_diff.h"

#include "branchcore/changed_nodes.h"
#include "branchcore/own_prefixes.h"
#include "branchcore/syntax.h"
#include "branchcore/text_diff.h"
#include "branchcore/xattr_diff.h"

#include <stdlib.h>
#include <string.h>

struct comparing {
    struct bc_branch *past;
    struct bc_branch *now;
    struct bc_id_counts nodes;
    struct bc_id_counts xattrs;
    struct bc_tree_differences found;
    size_t capacity;
};

/* One side of a node: its attributes, and its path as a string of its own. */
struct side {
    bool there;
    struct bc_attr attr;
    char *path;
};

static enum bc_status read_side(struct bc_branch *branch, uint64_t node, struct bc_attr *attr,
                                struct bc_buffer *path)
{
    struct bc_found found;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        bc_attr_of(&found, attr);
        bc_found_release(&found);
        /* An unlinked file that is still open has no parent: it is not in the tree. */
        st = bc_path_of(branch, node, path);
    }
    pthread_rwlock_unlock(&branch->lock);
    if (!st && attr->kind == BC_DIRECTORY)
        st = bc_buffer_append(path, "/", 1);
    return st;
}

static enum bc_status side_of(struct bc_branch *branch, uint64_t node, struct side *side)
{
    struct bc_buffer path = {0};
    *side = (struct side){0};
    enum bc_status st = read_side(branch, node, &side->attr, &path);
    if (!st) {
        side->path = bc_copy_string(path.data, path.size);
        side->there = side->path;
        st = side->path ? BC_OK : BC_NO_MEMORY;
    }
    if (st)
        side->attr = (struct bc_attr){0};
    bc_buffer_release(&path);
    return st == BC_STALE ? BC_OK : st;
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

char bc_tree_type(const struct bc_attr *attr, const char *path)
{
    if (attr->kind == BC_DIRECTORY)
        return 'd';
    if (attr->kind == BC_SYMLINK)
        return 'l';
    enum bc_syntax syntax;
    const char *name = last_name(path);
    bool triples =
        attr->form == BC_TEXT && bc_syntax_of_name(bc_slice(name, strlen(name)), &syntax);
    return triples ? 't' : 'b';
}

static enum bc_status same_text(const struct comparing *of, uint64_t old_node, uint64_t new_node,
                                bool *same)
{
    struct bc_text_diff *diff = NULL;
    struct bc_slice line;
    char sign;
    enum bc_status st = bc_text_diff_of(of->past, old_node, of->now, new_node, &diff);
    if (!st)
        st = bc_text_diff_next(diff, &sign, &line);
    *same = st == BC_NO_DATA;
    bc_text_diff_free(diff);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status same_bytes(const struct comparing *of, uint64_t old_node, uint64_t new_node,
                                 bool *same)
{
    enum { PIECE_BYTES = 256 << 10 };
    char *pieces = bc_alloc(2 * (size_t)PIECE_BYTES);
    if (!pieces)
        return BC_NO_MEMORY;
    size_t old_size = PIECE_BYTES;
    size_t new_size = PIECE_BYTES;
    enum bc_status st = BC_OK;
    *same = true;
    for (uint64_t at = 0; !st && *same && old_size == PIECE_BYTES; at += PIECE_BYTES) {
        st = bc_bytes_read(of->past, old_node, at, pieces, PIECE_BYTES, &old_size);
        if (!st)
            st = bc_bytes_read(of->now, new_node, at, pieces + PIECE_BYTES, PIECE_BYTES, &new_size);
        *same = !st && old_size == new_size && !memcmp(pieces, pieces + PIECE_BYTES, old_size);
    }
    bc_free(pieces);
    return st;
}

static enum bc_status same_target(const struct comparing *of, uint64_t old_node, uint64_t new_node,
                                  bool *same)
{
    struct bc_buffer old = {0};
    struct bc_buffer new = {0};
    enum bc_status st = bc_tree_readlink(of->past, old_node, &old);
    if (!st)
        st = bc_tree_readlink(of->now, new_node, &new);
    *same = !st && bc_slice_equal(bc_buffer_slice(&old), bc_buffer_slice(&new));
    bc_buffer_release(&old);
    bc_buffer_release(&new);
    return st;
}

/* Most differences show without a look at the contents. */
static enum bc_status same_content(const struct comparing *of, const struct bc_attr *old,
                                   const struct bc_attr *new, bool *same)
{
    *same = old->kind == new->kind;
    if (!*same || new->kind == BC_DIRECTORY)
        return BC_OK;
    if (new->kind == BC_FILE && old->version == new->version)
        return BC_OK;
    bool texts = old->form == BC_TEXT && new->form == BC_TEXT;
    *same = old->size_bytes == new->size_bytes && (!texts || old->triples == new->triples);
    if (!*same)
        return BC_OK;
    if (new->kind == BC_SYMLINK)
        return same_target(of, old->node, new->node, same);
    return texts ? same_text(of, old->node, new->node, same)
                 : same_bytes(of, old->node, new->node, same);
}

/* The syntax in which a triple file shows what is not its lines. */
static bool is_rendered(const struct bc_attr *attr, const char *path, enum bc_syntax *syntax)
{
    const char *name = last_name(path);
    return attr->kind == BC_FILE && attr->form == BC_TEXT &&
           bc_syntax_of_name(bc_slice(name, strlen(name)), syntax) && !bc_syntax_is_lines(*syntax);
}

static enum bc_status compare_xattrs(const struct comparing *of, const struct bc_attr *old,
                                     const struct bc_attr *new, bool rendered, unsigned *aspects)
{
    struct bc_xattr_changes changes = {0};
    enum bc_status st = bc_xattr_diff(of->past, old->node, of->now, new->node, &changes);
    if (!st && changes.count)
        *aspects |= BC_ASPECT_XATTR;
    for (size_t i = 0; !st && rendered && i < changes.count; i++)
        if (bc_prefixes_is_attribute(changes.list[i].name))
            *aspects |= BC_ASPECT_SHOWN;
    bc_xattr_changes_release(&changes);
    return st;
}

/* What differs between two nodes, or two states of one, but their names. */
static enum bc_status aspects_of(struct comparing *of, const struct bc_attr *old,
                                 const char *old_path, const struct bc_attr *new,
                                 const char *new_path, unsigned *aspects)
{
    bool place = old->node != new->node;
    bool same = true;
    enum bc_syntax was = BC_NTRIPLES;
    enum bc_syntax is = BC_NTRIPLES;
    bool was_rendered = is_rendered(old, old_path, &was);
    bool rendered = is_rendered(new, new_path, &is);
    enum bc_status st = same_content(of, old, new, &same);
    if (!st && !same)
        *aspects |= BC_ASPECT_CONTENT;
    if (old->mode != new->mode || old->uid != new->uid || old->gid != new->gid)
        *aspects |= BC_ASPECT_MODE;
    if (old->form == new->form && (was_rendered != rendered || (rendered && was != is)))
        *aspects |= BC_ASPECT_SHOWN;
    if (!st && (place || bc_counts_find(&of->xattrs, new->node)))
        st = compare_xattrs(of, old, new, rendered, aspects);
    if (place)
        *aspects |= BC_ASPECT_PLACE;
    return st;
}

static enum bc_status is_there(struct bc_branch *branch, uint64_t node, bool *there)
{
    struct bc_attr attr;
    struct bc_buffer path = {0};
    enum bc_status st = read_side(branch, node, &attr, &path);
    *there = !st;
    bc_buffer_release(&path);
    return st == BC_STALE ? BC_OK : st;
}

/* What lies in a folder that moved has not moved itself, nor has what was put into another folder
 * that was made in the place of the one before. */
static enum bc_status has_moved(const struct comparing *of, const struct side *old,
                                const struct side *new, bool *moved)
{
    bool folder = old->attr.parent != new->attr.parent;
    *moved = folder || strcmp(last_name(new->path), last_name(old->path)) != 0;
    if (!folder || strcmp(new->path, old->path) != 0)
        return BC_OK;
    bool left = true;
    bool right = true;
    enum bc_status st = is_there(of->now, old->attr.parent, &left);
    if (!st)
        st = is_there(of->past, new->attr.parent, &right);
    *moved = left || right;
    return st;
}

/* Takes over both strings if there is a difference. */
static enum bc_status add(struct comparing *to, struct bc_tree_difference difference)
{
    struct bc_tree_differences *found = &to->found;
    if (found->count == to->capacity) {
        size_t capacity = to->capacity ? to->capacity * 2 : 8;
        struct bc_tree_difference *items = bc_realloc_array(found->items, capacity, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        found->items = items;
        to->capacity = capacity;
    }
    found->items[found->count++] = difference;
    return BC_OK;
}

static enum bc_status compare_sides(struct comparing *of, const struct side *old,
                                    const struct side *new, struct bc_tree_difference *difference)
{
    bool moved = false;
    enum bc_status st = has_moved(of, old, new, &moved);
    if (!st)
        st = aspects_of(of, &old->attr, old->path, &new->attr, new->path, &difference->aspects);
    if (moved)
        difference->aspects |= BC_ASPECT_NAME;
    difference->kind = moved ? 'R' : difference->aspects ? 'M' : '\0';
    return st;
}

static enum bc_status compare(struct comparing *of, uint64_t node)
{
    struct side old = {0};
    struct side new = {0};
    struct bc_tree_difference difference = {0};
    enum bc_status st = side_of(of->past, node, &old);
    if (!st)
        st = side_of(of->now, node, &new);
    if (!st && old.there && new.there)
        st = compare_sides(of, &old, &new, &difference);
    else if (!st && (old.there || new.there))
        difference.kind = new.there ? 'A' : 'D';
    if (!st && difference.kind) {
        bool renamed = difference.kind == 'R';
        difference.path = new.there ? new.path : old.path;
        difference.old_path = renamed ? old.path : NULL;
        difference.old_attr = old.attr;
        difference.new_attr = new.attr;
        st = add(of, difference);
        if (!st && (renamed || !new.there))
            old.path = NULL;
        if (!st)
            new.path = NULL;
    }
    bc_free(old.path);
    bc_free(new.path);
    /* It went while it was looked at, so the branch changes. */
    return st == BC_STALE ? BC_OK : st;
}

/* Of one path, what was there before comes first. */
static int by_path(const void *a, const void *b)
{
    const struct bc_tree_difference *one = a;
    const struct bc_tree_difference *other = b;
    int order = strcmp(one->path, other->path);
    return order ? order : (one->kind != 'D') - (other->kind != 'D');
}

static void release_strings(struct bc_tree_difference *difference)
{
    bc_free((char *)difference->path);
    bc_free((char *)difference->old_path);
}

/* A file that took another's place (an editor's rename over it) is a change of what is there. */
static enum bc_status join(struct comparing *of, const struct bc_tree_difference *old,
                           struct bc_tree_difference *new)
{
    unsigned aspects = 0;
    enum bc_status st =
        aspects_of(of, &old->old_attr, old->path, &new->new_attr, new->path, &aspects);
    if (st == BC_STALE) {
        aspects = BC_ASPECT_PLACE | BC_ASPECT_CONTENT;
        st = BC_OK;
    }
    new->kind = 'M';
    new->aspects = aspects;
    new->old_attr = old->old_attr;
    return st;
}

static enum bc_status join_all(struct comparing *of)
{
    struct bc_tree_difference *items = of->found.items;
    size_t count = of->found.count;
    size_t kept = 0;
    enum bc_status st = BC_OK;
    for (size_t i = 0; i < count; i++) {
        if (!st && i + 1 < count && items[i].kind == 'D' && items[i + 1].kind == 'A' &&
            !strcmp(items[i].path, items[i + 1].path)) {
            st = join(of, &items[i], &items[i + 1]);
            release_strings(&items[i]);
            i++;
        }
        items[kept++] = items[i];
    }
    of->found.count = kept;
    return st;
}

static bool is_gone(struct bc_branch *branch)
{
    pthread_rwlock_rdlock(&branch->lock);
    bool gone = branch->gone;
    pthread_rwlock_unlock(&branch->lock);
    return gone;
}

enum bc_status bc_tree_diff_list(struct bc_branch *past, struct bc_branch *now,
                                 struct bc_tree_differences *list)
{
    struct comparing of = {.past = past, .now = now};
    enum bc_status st = bc_changed_rows(past, now, &of.nodes, &of.xattrs);
    for (size_t i = 0; !st && i < of.nodes.capacity; i++) {
        uint64_t node = of.nodes.slots[i].id;
        if (node && node != BC_ROOT_NODE)
            st = compare(&of, node);
    }
    if (!st && of.found.count) {
        qsort(of.found.items, of.found.count, sizeof *of.found.items, by_path);
        st = join_all(&of);
    }
    /* In a deleted branch nothing is there. */
    if (!st && (is_gone(past) || is_gone(now)))
        st = BC_STALE;
    bc_free(of.nodes.slots);
    bc_free(of.xattrs.slots);
    *list = of.found;
    if (st)
        bc_tree_differences_release(list);
    return st;
}

void bc_tree_differences_release(struct bc_tree_differences *list)
{
    for (size_t i = 0; i < list->count; i++)
        release_strings(&list->items[i]);
    bc_free(list->items);
    *list = (struct bc_tree_differences){0};
}

enum bc_status bc_tree_diff(struct bc_branch *past, struct bc_branch *now, bc_tree_diff_sink sink,
                            void *context)
{
    struct bc_tree_differences list = {0};
    enum bc_status st = bc_tree_diff_list(past, now, &list);
    for (size_t i = 0; !st && i < list.count; i++)
        st = sink(context, &list.items[i]);
    bc_tree_differences_release(&list);
    return st;
}
