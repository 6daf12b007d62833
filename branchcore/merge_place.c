#include "branchcore/merge_tree.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEEPEST = 1500 };

static enum bc_status drop_result(struct bc_tree_merge *merge, struct bc_entity *entity)
{
    uint64_t node = entity->result;
    entity->result = 0;
    entity->settled = true;
    return node ? bc_node_remove_all(merge->scratch, node) : BC_OK;
}

/* Leaving. */

/* Theirs deleted it. */
static enum bc_status unplace_gone(struct bc_tree_merge *merge, struct bc_entity *entity,
                                   const struct bc_three *three)
{
    enum bc_status st;
    if (three->ours.attr.kind == BC_DIRECTORY) {
        st = bc_counts_add(&merge->removals, entity->result);
        if (!st)
            bc_counts_find(&merge->removals, entity->result)->count =
                (uint64_t)(entity - merge->entities) + 1;
        entity->removal = true;
        return st;
    }
    bool changed;
    st = bc_content_changed(merge, merge->ours, &three->base, &three->ours, &changed);
    if (!st && !changed)
        st = bc_place_changed(merge, merge->ours, &three->base, &three->ours, &changed);
    if (st)
        return st;
    if (!changed)
        return drop_result(merge, entity);
    entity->settled = true;
    switch (merge->policy) {
    case BC_MERGE_OURS:
        return bc_merge_note_line(merge, merge->scratch, entity->result,
                                  "deleted in theirs, changed in ours: ours stays");
    case BC_MERGE_THEIRS:
        st = bc_merge_note_line(merge, merge->scratch, entity->result,
                                "deleted in theirs, changed in ours: it is deleted");
        return st ? st : drop_result(merge, entity);
    case BC_MERGE_UNION:
        return bc_merge_union_gone(merge, entity);
    default:
        return bc_merge_conflict(merge,
                                 &(struct bc_conflict){
                                     .kind = BC_CONFLICT_FILE,
                                     .slots = 1,
                                     .base = entity->base,
                                     .ours = entity->ours,
                                     .node = entity->result,
                                     .reason = "deleted in theirs, changed in ours",
                                 },
                                 merge->scratch, entity->result);
    }
}

/* Both changed the content differently, and one made a text of a plain file, or the other way: name
 * and content belong together, and are ours' or theirs'. */
static enum bc_status forms_part(struct bc_tree_merge *merge, const struct bc_three *three,
                                 bool *part)
{
    bool changed = true;
    bool same;
    *part = three->ours.attr.kind == BC_FILE && three->ours.attr.form != three->theirs.attr.form;
    if (!*part || !three->base.there)
        return BC_OK;
    enum bc_status st =
        bc_content_changed(merge, merge->ours, &three->base, &three->ours, &changed);
    if (!st && changed)
        st = bc_content_changed(merge, merge->theirs, &three->base, &three->theirs, &changed);
    if (!st && changed) {
        st = bc_same_content(merge->ours, &three->ours, merge->theirs, &three->theirs, &same);
        changed = !same;
    }
    *part = changed;
    return st;
}

enum bc_status bc_merge_unplace(struct bc_tree_merge *merge, size_t index)
{
    struct bc_entity *entity = &merge->entities[index];
    struct bc_three three;
    bool theirs_moved;
    bool ours_moved = true;
    bool part;
    enum bc_status st = bc_entity_look(merge, entity, &three);
    if (st || !three.ours.there || !three.base.there)
        return st;
    if (!three.theirs.there)
        return unplace_gone(merge, entity, &three);
    st = forms_part(merge, &three, &part);
    if (!st && part && merge->policy != BC_MERGE_THEIRS) {
        entity->placed = true;
        return BC_OK;
    }
    if (!st)
        st = bc_place_changed(merge, merge->theirs, &three.base, &three.theirs, &theirs_moved);
    if (!st && theirs_moved)
        st = bc_place_changed(merge, merge->ours, &three.base, &three.ours, &ours_moved);
    if (st || ours_moved)
        return st;
    entity->moving = true;
    return bc_node_detach(merge->scratch, entity->result);
}

/* Entering. */

static enum bc_status place_at_theirs(struct bc_tree_merge *merge, size_t index);
static enum bc_status is_inside(struct bc_tree_merge *merge, uint64_t folder, uint64_t at,
                                bool *inside);

/* The scratch's folder for what theirs has in a folder; 0: it is left out. */
static enum bc_status folder_for(struct bc_tree_merge *merge, uint64_t theirs, uint64_t *folder)
{
    struct bc_node_look look;
    size_t index;
    *folder = BC_ROOT_NODE;
    if (theirs == BC_ROOT_NODE)
        return BC_OK;
    if (++merge->depth > DEEPEST)
        return BC_TOO_LARGE;
    enum bc_status st = bc_node_look(merge->base, theirs, &look);
    if (!st)
        st = bc_entity_of(merge, look.there ? theirs : 0, theirs, &index);
    if (!st)
        st = bc_merge_place(merge, index);
    if (!st)
        st = bc_node_look(merge->scratch, merge->entities[index].result, &look);
    /* Ours deleted the folder, and theirs has put something into it: it stays. */
    if (!st && !look.there && merge->entities[index].base && !merge->entities[index].settled) {
        merge->entities[index].result = 0;
        st = place_at_theirs(merge, index);
        if (!st)
            st = bc_node_look(merge->scratch, merge->entities[index].result, &look);
    }
    *folder = !st && look.there && look.attr.kind == BC_DIRECTORY ? look.attr.node : 0;
    merge->depth--;
    return st;
}

/* NAME, or with "~1" or a further number behind it, so that it is free. */
static enum bc_status free_name(struct bc_tree_merge *merge, uint64_t folder, struct bc_slice name,
                                char to[BC_NAME_MAX + 1], bool *other)
{
    enum { TAIL_MAX = 12, MOST = 1000000 };
    for (unsigned i = 0; i < MOST; i++) {
        char tail[TAIL_MAX] = "";
        if (i)
            (void)snprintf(tail, sizeof tail, "~%u", i);
        size_t tail_size = strlen(tail);
        size_t size = name.size + tail_size > BC_NAME_MAX ? BC_NAME_MAX - tail_size : name.size;
        memcpy(to, name.data, size);
        memcpy(to + size, tail, tail_size + 1);
        uint64_t taken;
        enum bc_status st =
            bc_entry_look(merge->scratch, folder, bc_slice(to, size + tail_size), &taken);
        if (st || !taken) {
            *other = i > 0;
            return st;
        }
    }
    return BC_TOO_LARGE;
}

static enum bc_status put_at(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                             struct bc_slice name)
{
    struct bc_entity *entity = &merge->entities[index];
    if (entity->result)
        return bc_node_attach(merge->scratch, entity->result, folder, name);
    entity->result = entity->theirs;
    entity->settled = true;
    return bc_adopt_node(merge->scratch, merge->theirs, entity->theirs, entity->theirs, folder,
                         name);
}

static const char put_elsewhere[] = "put here, since something else has its name";

static enum bc_status put_beside(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                 struct bc_slice name)
{
    char beside[BC_NAME_MAX + 1];
    bool other;
    enum bc_status st = free_name(merge, folder, name, beside, &other);
    if (!st)
        st = put_at(merge, index, folder, bc_slice(beside, strlen(beside)));
    if (!st && other)
        st =
            bc_merge_note_line(merge, merge->scratch, merge->entities[index].result, put_elsewhere);
    return st;
}

/* Where ours has it. */
static enum bc_status put_back(struct bc_tree_merge *merge, size_t index)
{
    struct bc_node_look ours;
    struct bc_node_look folder;
    bool bad = false;
    enum bc_status st = bc_node_look(merge->ours, merge->entities[index].ours, &ours);
    if (!st)
        st = bc_node_look(merge->scratch, ours.attr.parent, &folder);
    if (!st && folder.there)
        st = is_inside(merge, merge->entities[index].result, ours.attr.parent, &bad);
    if (st)
        return st;
    uint64_t to = folder.there && !bad ? ours.attr.parent : BC_ROOT_NODE;
    return put_beside(merge, index, to, bc_look_name(&ours));
}

/* Theirs' thing cannot have its place. */
static enum bc_status leave_out(struct bc_tree_merge *merge, size_t index)
{
    struct bc_entity *entity = &merge->entities[index];
    if (entity->result)
        return put_back(merge, index);
    entity->settled = true;
    return BC_OK;
}

/* Whether something of the scratch is where ours has it, and was not put there by this merge. */
static enum bc_status is_where_ours_is(struct bc_tree_merge *merge,
                                       const struct bc_node_look *there, bool *is)
{
    struct bc_node_look ours;
    enum bc_status st = bc_node_look(merge->ours, there->attr.node, &ours);
    *is = ours.there && ours.attr.parent == there->attr.parent &&
          bc_slice_equal(bc_look_name(&ours), bc_look_name(there));
    return st;
}

static enum bc_status conflict_of_place(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                        const struct bc_node_look *theirs,
                                        const struct bc_node_look *there)
{
    bool gives_way = theirs->attr.kind == BC_DIRECTORY && there->attr.kind != BC_DIRECTORY;
    bool is_folder = there->attr.kind == BC_DIRECTORY;
    struct bc_conflict conflict = {
        .kind = BC_CONFLICT_FILE,
        .slots = 1,
        .ours = is_folder ? 0 : there->attr.node,
        .theirs = gives_way ? 0 : theirs->attr.node,
        .node = is_folder ? theirs->attr.node : there->attr.node,
        .reason = theirs->attr.kind == there->attr.kind ? "two files have this name"
                                                        : "a file and a folder have this name",
    };
    enum bc_status st = bc_merge_conflict(merge, &conflict, merge->scratch, there->attr.node);
    if (st)
        return st;
    if (!gives_way)
        return leave_out(merge, index);
    st = bc_node_remove_all(merge->scratch, there->attr.node);
    return st ? st : put_at(merge, index, folder, bc_look_name(theirs));
}

/* Where something of the scratch is may not be where it is to be: then it is placed first. *tried:
 * it was. */
static enum bc_status place_first(struct bc_tree_merge *merge, uint64_t node, bool *tried)
{
    const struct bc_id_count *known = bc_counts_find(&merge->by_theirs, node);
    size_t index = known ? known->count - 1 : 0;
    *tried = known && !merge->entities[index].placed && !merge->entities[index].settled &&
             merge->depth < DEEPEST / 2;
    if (!*tried)
        return BC_OK;
    merge->depth++;
    enum bc_status st = bc_merge_place(merge, index);
    merge->depth--;
    return st;
}

/* The folder that a node of the scratch is in; 0: none, as long as it is not placed. */
static enum bc_status folder_of(struct bc_tree_merge *merge, uint64_t node, uint64_t *folder)
{
    struct bc_node_look look;
    uint64_t found = 0;
    bool tried;
    enum bc_status st = place_first(merge, node, &tried);
    if (!st)
        st = bc_node_look(merge->scratch, node, &look);
    if (!st && look.there)
        st = bc_entry_look(merge->scratch, look.attr.parent, bc_look_name(&look), &found);
    *folder = !st && found == node ? look.attr.parent : 0;
    return st;
}

/* Whether a folder would lie in itself. */
static enum bc_status is_inside(struct bc_tree_merge *merge, uint64_t folder, uint64_t at,
                                bool *inside)
{
    enum bc_status st = BC_OK;
    *inside = false;
    while (!st && at && at != BC_ROOT_NODE && !*inside) {
        *inside = at == folder;
        st = folder_of(merge, at, &at);
    }
    return st;
}

/* It goes where theirs has it, with all that is in it; with theirs' content, if ours' does not fit
 * the name. */
static enum bc_status put_as_theirs(struct bc_tree_merge *merge, uint64_t node,
                                    const struct bc_node_look *theirs)
{
    struct bc_node_look now;
    char name[BC_NAME_MAX + 1];
    uint64_t folder;
    bool bad = false;
    bool other;
    enum bc_status st = folder_for(merge, theirs->attr.parent, &folder);
    if (!st && folder)
        st = is_inside(merge, node, folder, &bad);
    if (!st && (!folder || bad))
        folder = BC_ROOT_NODE;
    /* While it still has its own name, which is not free: that is what it has to leave. */
    if (!st)
        st = free_name(merge, folder, bc_look_name(theirs), name, &other);
    if (!st)
        st = bc_node_detach(merge->scratch, node);
    if (!st)
        st = bc_node_attach(merge->scratch, node, folder, bc_slice(name, strlen(name)));
    if (!st && other)
        st = bc_merge_note_line(merge, merge->scratch, node, put_elsewhere);
    if (!st)
        st = bc_node_look(merge->scratch, node, &now);
    if (st || bc_merge_name_fits(&now))
        return st;
    const struct bc_id_count *known = bc_counts_find(&merge->by_theirs, theirs->attr.node);
    if (known)
        merge->entities[known->count - 1].settled = true;
    return bc_adopt_content(merge->scratch, node, merge->theirs, theirs->attr.node);
}

static enum bc_status add_inside(void *context, struct bc_slice name, uint64_t node,
                                 enum bc_kind kind)
{
    (void)name;
    (void)kind;
    return bc_buffer_append(context, &node, sizeof node);
}

/* What a node of ours is in theirs: itself, or what took its path there. */
static enum bc_status look_in_theirs(struct bc_tree_merge *merge, uint64_t node,
                                     struct bc_node_look *theirs)
{
    uint64_t origin;
    uint64_t counterpart = 0;
    enum bc_status st = bc_node_look(merge->theirs, node, theirs);
    if (st || theirs->there)
        return st;
    st = bc_origin(merge, merge->ours, node, &origin);
    if (!st && origin)
        st = bc_counterpart(merge, merge->theirs, origin, &counterpart);
    return st ? st : bc_node_look(merge->theirs, counterpart, theirs);
}

/* Ours' thing gives way to theirs': what theirs has too, itself or in it, goes to its place there;
 * the rest is deleted. */
static enum bc_status take_away(struct bc_tree_merge *merge, uint64_t node)
{
    struct bc_node_look look;
    struct bc_buffer inside = {0};
    enum bc_status st = look_in_theirs(merge, node, &look);
    if (!st && look.there)
        return put_as_theirs(merge, node, &look);
    if (!st)
        st = bc_node_look(merge->scratch, node, &look);
    if (st || !look.there)
        return st;
    if (++merge->depth > DEEPEST)
        return BC_TOO_LARGE;
    if (look.attr.kind == BC_DIRECTORY)
        st = bc_tree_list(merge->scratch, node, add_inside, &inside);
    for (size_t at = 0; !st && at < inside.size; at += sizeof node) {
        uint64_t child;
        memcpy(&child, inside.data + at, sizeof child);
        st = take_away(merge, child);
    }
    bc_buffer_release(&inside);
    merge->depth--;
    return st ? st : bc_node_remove_all(merge->scratch, node);
}

/* Something that is not to be one with it has the place. */
static enum bc_status settle_place(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                   const struct bc_node_look *theirs,
                                   const struct bc_node_look *there)
{
    bool is_ours;
    enum bc_status st = is_where_ours_is(merge, there, &is_ours);
    if (st || !is_ours)
        return st ? st : put_beside(merge, index, folder, bc_look_name(theirs));
    switch (merge->policy) {
    case BC_MERGE_OURS:
        st = bc_merge_note_line(merge, merge->scratch, there->attr.node,
                                "theirs has something else of this name: ours stays");
        return st ? st : leave_out(merge, index);
    case BC_MERGE_THEIRS:
        st = bc_merge_note_line(merge, merge->scratch, there->attr.node,
                                "ours has something else of this name: it is theirs'");
        if (!st)
            st = take_away(merge, there->attr.node);
        return st ? st : put_at(merge, index, folder, bc_look_name(theirs));
    case BC_MERGE_UNION:
        return put_beside(merge, index, folder, bc_look_name(theirs));
    default:
        return conflict_of_place(merge, index, folder, theirs, there);
    }
}

/* Both sides created something there, and it is one thing: folders, or files of one kind. A file
 * that base has too, or that took the path of one of base's, is that file and none other; nor can
 * it be two of theirs. */
static enum bc_status is_one(struct bc_tree_merge *merge, const struct bc_entity *entity,
                             const struct bc_node_look *theirs, const struct bc_node_look *there,
                             bool *one)
{
    struct bc_node_look elsewhere;
    uint64_t origin = 0;
    *one = !entity->result && theirs->attr.kind == there->attr.kind;
    if (!*one || theirs->attr.kind == BC_DIRECTORY)
        return BC_OK;
    *one = false;
    if (bc_counts_find(&merge->joined, there->attr.node))
        return BC_OK;
    enum bc_status st = bc_node_look(merge->theirs, there->attr.node, &elsewhere);
    if (!st && !elsewhere.there)
        st = bc_origin(merge, merge->ours, there->attr.node, &origin);
    *one = !st && !elsewhere.there && !origin;
    return st;
}

/* A folder that theirs deleted goes at once if nothing stays in it. */
static enum bc_status remove_if_removal(struct bc_tree_merge *merge, uint64_t node, bool *gone)
{
    const struct bc_id_count *known = bc_counts_find(&merge->removals, node);
    struct bc_buffer inside = {0};
    bool stays = false;
    *gone = false;
    if (!known || !merge->entities[known->count - 1].removal)
        return BC_OK;
    if (++merge->depth > DEEPEST)
        return BC_TOO_LARGE;
    enum bc_status st = bc_tree_list(merge->scratch, node, add_inside, &inside);
    for (size_t at = 0; !st && at < inside.size; at += sizeof node) {
        uint64_t child;
        memcpy(&child, inside.data + at, sizeof child);
        bool child_gone;
        st = remove_if_removal(merge, child, &child_gone);
        stays = stays || !child_gone;
    }
    bc_buffer_release(&inside);
    merge->depth--;
    *gone = !st && !stays;
    return st || stays ? st : bc_node_remove_all(merge->scratch, node);
}

/* Ours' thing of that name is what theirs has, and stays then. */
static enum bc_status become_one(struct bc_tree_merge *merge, size_t index,
                                 const struct bc_node_look *there)
{
    struct bc_entity *entity = &merge->entities[index];
    const struct bc_id_count *removal = bc_counts_find(&merge->removals, there->attr.node);
    entity->ours = entity->result = there->attr.node;
    entity->base = 0;
    entity->settled = there->attr.kind == BC_DIRECTORY;
    if (removal)
        merge->entities[removal->count - 1].removal = false;
    return entity->settled ? BC_OK : bc_counts_add(&merge->joined, there->attr.node);
}

/* Something has the name already. */
static enum bc_status place_over(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                 const struct bc_node_look *theirs, uint64_t taken)
{
    struct bc_node_look there;
    bool leaves;
    bool one;
    enum bc_status st = place_first(merge, taken, &leaves);
    if (st || leaves)
        return st ? st : place_at_theirs(merge, index);
    st = remove_if_removal(merge, taken, &leaves);
    if (st || leaves)
        return st ? st : put_at(merge, index, folder, bc_look_name(theirs));
    st = bc_node_look(merge->scratch, taken, &there);
    if (!st)
        st = is_one(merge, &merge->entities[index], theirs, &there, &one);
    if (!st && one)
        return become_one(merge, index, &there);
    return st ? st : settle_place(merge, index, folder, theirs, &there);
}

static enum bc_status place_at_theirs(struct bc_tree_merge *merge, size_t index)
{
    struct bc_node_look theirs;
    uint64_t folder;
    uint64_t taken = 0;
    bool bad = false;
    enum bc_status st = bc_node_look(merge->theirs, merge->entities[index].theirs, &theirs);
    if (!st)
        st = folder_for(merge, theirs.attr.parent, &folder);
    if (!st && folder && merge->entities[index].result && theirs.attr.kind == BC_DIRECTORY)
        st = is_inside(merge, merge->entities[index].result, folder, &bad);
    if (!st && (!folder || bad)) {
        st = leave_out(merge, index);
        if (!st && bad)
            st = bc_merge_note_line(merge, merge->scratch, merge->entities[index].result,
                                    "each side moved it into the other's folder: ours stays");
        return st;
    }
    if (!st)
        st = bc_entry_look(merge->scratch, folder, bc_look_name(&theirs), &taken);
    if (st)
        return st;
    return taken ? place_over(merge, index, folder, &theirs, taken)
                 : put_at(merge, index, folder, bc_look_name(&theirs));
}

/* Both gave it another name, or folder. */
static enum bc_status conflict_of_names(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                        const struct bc_three *three)
{
    const struct bc_entity *entity = &merge->entities[index];
    struct bc_buffer path = {0};
    struct bc_conflict conflict = {
        .kind = BC_CONFLICT_FILE,
        .slots = 1,
        .base = entity->base,
        .ours = entity->ours,
        .node = entity->result,
        .merged = true,
        .reason = "this is its name in ours, and theirs gave it another",
    };
    enum bc_status st = bc_merge_conflict(merge, &conflict, merge->scratch, entity->result);
    conflict.ours = 0;
    conflict.theirs = entity->theirs;
    conflict.reason = "this is its name in theirs, and ours gave it another";
    if (!st)
        st = bc_tree_path(merge->scratch, folder, &path);
    if (!st && path.size)
        st = bc_buffer_append(&path, "/", 1);
    if (!st)
        st = bc_buffer_append(&path, three->theirs.name, three->theirs.name_size);
    if (!st)
        st = bc_conflicts_add(&merge->conflicts, &conflict, bc_buffer_slice(&path));
    bc_buffer_release(&path);
    return st;
}

/* The name that was given last; of two at once the greater. */
static bool theirs_is_later(const struct bc_three *three)
{
    if (three->ours.attr.ctime_ns != three->theirs.attr.ctime_ns)
        return three->theirs.attr.ctime_ns > three->ours.attr.ctime_ns;
    return bc_slice_compare(bc_look_name(&three->theirs), bc_look_name(&three->ours)) > 0;
}

static enum bc_status settle_names(struct bc_tree_merge *merge, size_t index, uint64_t folder,
                                   const struct bc_three *three)
{
    struct bc_entity *entity = &merge->entities[index];
    bool is_folder = three->ours.attr.kind == BC_DIRECTORY;
    if (bc_merge_waits(merge) && !is_folder)
        return conflict_of_names(merge, index, folder, three);
    bool take = merge->policy == BC_MERGE_THEIRS ||
                (merge->policy == BC_MERGE_UNION && theirs_is_later(three));
    if (!take)
        return bc_merge_note_line(merge, merge->scratch, entity->result,
                                  "both gave it another name: ours stays");
    enum bc_status st = bc_node_detach(merge->scratch, entity->result);
    if (!st)
        st = place_at_theirs(merge, index);
    return st ? st
              : bc_merge_note_line(merge, merge->scratch, merge->entities[index].result,
                                   "both gave it another name: theirs' is taken");
}

static enum bc_status place_both(struct bc_tree_merge *merge, size_t index,
                                 const struct bc_three *three)
{
    struct bc_node_look now;
    uint64_t folder;
    bool theirs_moved = false;
    if (merge->entities[index].moving)
        return place_at_theirs(merge, index);
    if (!three->base.there)
        return BC_OK;
    enum bc_status st =
        bc_place_changed(merge, merge->theirs, &three->base, &three->theirs, &theirs_moved);
    if (st || !theirs_moved)
        return st;
    st = folder_for(merge, three->theirs.attr.parent, &folder);
    if (!st)
        st = bc_node_look(merge->scratch, merge->entities[index].result, &now);
    if (st || !folder || !now.there)
        return st;
    bool same = now.attr.parent == folder &&
                bc_slice_equal(bc_look_name(&now), bc_look_name(&three->theirs));
    return same ? BC_OK : settle_names(merge, index, folder, three);
}

/* Ours deleted it. */
static enum bc_status place_gone(struct bc_tree_merge *merge, size_t index,
                                 const struct bc_three *three)
{
    /* A folder comes back only if something has to be in it. */
    if (three->theirs.attr.kind == BC_DIRECTORY)
        return BC_OK;
    bool changed;
    enum bc_status st =
        bc_content_changed(merge, merge->theirs, &three->base, &three->theirs, &changed);
    if (!st && !changed)
        st = bc_place_changed(merge, merge->theirs, &three->base, &three->theirs, &changed);
    struct bc_entity *entity = &merge->entities[index];
    if (st || !changed)
        return st;
    switch (merge->policy) {
    case BC_MERGE_OURS:
        entity->settled = true;
        return bc_merge_note_line(merge, merge->theirs, entity->theirs,
                                  "deleted in ours, changed in theirs: it stays deleted");
    case BC_MERGE_THEIRS:
        st = bc_merge_note_line(merge, merge->theirs, entity->theirs,
                                "deleted in ours, changed in theirs: it is theirs'");
        return st ? st : place_at_theirs(merge, index);
    case BC_MERGE_UNION:
        st = place_at_theirs(merge, index);
        entity = &merge->entities[index];
        return st || !entity->result || !entity->settled ? st : bc_merge_union_gone(merge, entity);
    default:
        entity->settled = true;
        return bc_merge_conflict(merge,
                                 &(struct bc_conflict){
                                     .kind = BC_CONFLICT_FILE,
                                     .slots = 1,
                                     .base = entity->base,
                                     .theirs = entity->theirs,
                                     .node = entity->theirs,
                                     .reason = "deleted in ours, changed in theirs",
                                 },
                                 merge->theirs, entity->theirs);
    }
}

enum bc_status bc_merge_place(struct bc_tree_merge *merge, size_t index)
{
    struct bc_three three;
    struct bc_entity *entity = &merge->entities[index];
    if (entity->placed || entity->settled || !entity->theirs)
        return BC_OK;
    entity->placed = true;
    enum bc_status st = bc_entity_look(merge, entity, &three);
    if (st || !three.theirs.there)
        return st;
    if (three.ours.there)
        return place_both(merge, index, &three);
    return three.base.there ? place_gone(merge, index, &three) : place_at_theirs(merge, index);
}

enum bc_status bc_merge_restore_ours(struct bc_tree_merge *merge, const struct bc_entity *entity)
{
    struct bc_node_look ours;
    struct bc_node_look now;
    size_t index = (size_t)(entity - merge->entities);
    enum bc_status st = bc_node_look(merge->ours, entity->ours, &ours);
    if (!st)
        st = bc_node_look(merge->scratch, entity->result, &now);
    if (!st)
        st = bc_adopt_content(merge->scratch, entity->result, merge->ours, entity->ours);
    if (st || (now.attr.parent == ours.attr.parent &&
               bc_slice_equal(bc_look_name(&now), bc_look_name(&ours))))
        return st;
    st = bc_node_detach(merge->scratch, entity->result);
    return st ? st : put_back(merge, index);
}

/* Folders that theirs deleted. */

struct emptied {
    uint64_t node;
    size_t depth;
};

static int deepest_first(const void *a, const void *b)
{
    const struct emptied *one = a;
    const struct emptied *other = b;
    return (one->depth < other->depth) - (one->depth > other->depth);
}

static enum bc_status note_depth(struct bc_tree_merge *merge, uint64_t node, struct emptied *to)
{
    struct bc_buffer path = {0};
    enum bc_status st = bc_tree_path(merge->scratch, node, &path);
    *to = (struct emptied){node, 1};
    for (size_t i = 0; !st && i < path.size; i++)
        to->depth += path.data[i] == '/';
    bc_buffer_release(&path);
    return st;
}

static enum bc_status remove_if_empty(struct bc_tree_merge *merge, uint64_t node)
{
    pthread_rwlock_rdlock(&merge->scratch->lock);
    enum bc_status st = bc_folder_empty(merge->scratch, node);
    pthread_rwlock_unlock(&merge->scratch->lock);
    if (st)
        return st == BC_NOT_EMPTY ? BC_OK : st;
    return bc_node_remove_all(merge->scratch, node);
}

enum bc_status bc_merge_remove_folders(struct bc_tree_merge *merge)
{
    struct emptied *folders = bc_alloc_array(merge->count + 1, sizeof *folders);
    size_t count = 0;
    enum bc_status st = folders ? BC_OK : BC_NO_MEMORY;
    for (size_t i = 0; !st && i < merge->count; i++) {
        struct bc_node_look look;
        if (!merge->entities[i].removal)
            continue;
        st = bc_node_look(merge->scratch, merge->entities[i].result, &look);
        if (!st && look.there)
            st = note_depth(merge, look.attr.node, &folders[count++]);
    }
    if (!st)
        qsort(folders, count, sizeof *folders, deepest_first);
    for (size_t i = 0; !st && i < count; i++)
        st = remove_if_empty(merge, folders[i].node);
    bc_free(folders);
    return st;
}
