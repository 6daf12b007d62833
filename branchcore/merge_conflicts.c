/* The tree of conflicts: for each conflicting path a folder with what the sides have. */
#include "branchcore/merging.h"

#include "branchcore/slot.h"
#include "branchcore/sorter.h"
#include "branchcore/syntax.h"

static const char *const part_names[3] = {"base", "ours", "theirs"};

struct building {
    struct bc_tree_merge *merge;
    struct bc_branch *tree;
    uint32_t uid;
    uint32_t gid;
};

static enum bc_status make_root(struct building *building)
{
    struct bc_node_look root = {0};
    enum bc_status st = bc_adopt_root(building->tree, building->merge->ours);
    if (!st)
        st = bc_node_look(building->tree, BC_ROOT_NODE, &root);
    building->uid = root.attr.uid;
    building->gid = root.attr.gid;
    return st ? st : root.there ? BC_OK : BC_CORRUPT;
}

static enum bc_status make_node(struct building *building, uint64_t folder, struct bc_slice name,
                                enum bc_kind kind, uint64_t *node)
{
    struct bc_make make = {.kind = kind,
                           .mode = kind == BC_DIRECTORY ? 0755 : 0644,
                           .uid = building->uid,
                           .gid = building->gid};
    struct bc_attr attr = {0};
    enum bc_status st = bc_tree_make(building->tree, folder, name, &make, &attr);
    if (st == BC_EXISTS && kind == BC_DIRECTORY)
        st = bc_tree_lookup(building->tree, folder, name, &attr);
    *node = attr.node;
    return st;
}

static enum bc_status make_folders(struct building *building, struct bc_slice path,
                                   uint64_t *folder)
{
    enum bc_status st = BC_OK;
    *folder = BC_ROOT_NODE;
    while (!st && path.size) {
        const char *slash = memchr(path.data, '/', path.size);
        size_t size = slash ? (size_t)(slash - path.data) : path.size;
        st = make_node(building, *folder, bc_slice(path.data, size), BC_DIRECTORY, folder);
        size += slash ? 1 : 0;
        path = bc_slice(path.data + size, path.size - size);
    }
    return st;
}

/* A part's name with the extension of a file's. */
static enum bc_status part_name(const char *part, struct bc_slice name, struct bc_buffer *to)
{
    const char *dot = name.size > 1 ? memrchr(name.data + 1, '.', name.size - 1) : NULL;
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_append(to, part, strlen(part));
    if (!st && dot)
        st = bc_buffer_append(to, dot, name.size - (size_t)(dot - name.data));
    /* A long extension is none. */
    if (!st && to->size > BC_NAME_MAX)
        to->size = strlen(part);
    return st;
}

/* Slots are statements, shown as lines whatever the file's syntax. */

static enum bc_status slots_name(const char *part, struct bc_slice name, struct bc_buffer *to)
{
    enum bc_syntax syntax;
    if (!bc_syntax_of_name(name, &syntax) || bc_syntax_is_lines(syntax))
        return part_name(part, name, to);
    bc_buffer_clear(to);
    return bc_buffer_printf(to, "%s%s", part, bc_syntax_has_graphs(syntax) ? ".nq" : ".nt");
}

struct side {
    struct bc_file_text *text; /* NULL: it has no such text */
    struct bc_text_cursor *cursor;
    struct bc_sorter *sorter;
};

struct slots {
    struct side sides[3];
    struct bc_buffer base; /* base's statements of a slot, each as bytes */
};

static enum bc_status side_open(struct building *building, struct bc_branch *branch, uint64_t node,
                                struct side *side)
{
    const struct bc_sorter_options options = {
        .directory = building->merge->repo->spool_directory,
        .memory_bytes = 1 << 20,
        .compute = building->merge->repo->compute,
        .pool = building->merge->repo->pool,
    };
    if (!node)
        return BC_OK;
    enum bc_status st = bc_file_text_open(branch, node, &side->text, NULL);
    if (st == BC_INVALID || st == BC_STALE) /* as it is for the merge of the text */
        return BC_OK;
    return st ? st : bc_sorter_new(&options, &side->sorter);
}

static void slots_release(struct slots *slots)
{
    for (size_t i = 0; i < 3; i++) {
        bc_text_cursor_free(slots->sides[i].cursor);
        bc_sorter_free(slots->sides[i].sorter);
        bc_file_text_release(slots->sides[i].text);
    }
    bc_buffer_release(&slots->base);
}

/* Base's statements of a slot. */
static enum bc_status read_base(struct slots *slots, const struct bc_slot_conflict *slot)
{
    struct side *base = &slots->sides[0];
    struct bc_slice line;
    bc_buffer_clear(&slots->base);
    if (!base->text)
        return BC_OK;
    enum bc_status st =
        base->cursor ? BC_OK : bc_text_cursor_new(bc_file_text_view(base->text), &base->cursor);
    if (!st)
        st = bc_text_cursor_seek(base->cursor, slot->prefix);
    while (!st) {
        st = bc_text_cursor_next(base->cursor, &line);
        if (st || !bc_slot_begins(line, slot->prefix))
            break;
        if (bc_slice_equal(bc_slot_graph(line), slot->graph))
            st = bc_encode_bytes(&slots->base, line);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static bool is_removed(const struct bc_slot_conflict *slot, bool theirs, struct bc_slice line)
{
    for (size_t i = 0; i < slot->count; i++) {
        const struct bc_slot_line *change = &slot->lines[i];
        if (change->theirs == theirs && change->sign == '-' && bc_slice_equal(change->line, line))
            return true;
    }
    return false;
}

/* What base has, changed as a side changed it. */
static enum bc_status collect_side(struct slots *slots, const struct bc_slot_conflict *slot,
                                   bool theirs)
{
    struct bc_sorter *sorter = slots->sides[theirs ? 2 : 1].sorter;
    struct bc_reader from = bc_reader(bc_buffer_slice(&slots->base));
    enum bc_status st = BC_OK;
    while (!st && from.at < from.end) {
        struct bc_slice line = bc_decode_bytes(&from);
        if (!is_removed(slot, theirs, line))
            st = bc_sorter_add(sorter, line);
    }
    for (size_t i = 0; !st && i < slot->count; i++)
        if (slot->lines[i].theirs == theirs && slot->lines[i].sign == '+')
            st = bc_sorter_add(sorter, slot->lines[i].line);
    return st;
}

/* The slot's statements of each side. */
static enum bc_status collect_slot(void *context, const struct bc_slot_conflict *slot)
{
    struct slots *slots = context;
    enum bc_status st = read_base(slots, slot);
    struct bc_reader from = bc_reader(bc_buffer_slice(&slots->base));
    while (!st && from.at < from.end)
        st = bc_sorter_add(slots->sides[0].sorter, bc_decode_bytes(&from));
    if (!st && slots->sides[1].text)
        st = collect_side(slots, slot, false);
    if (!st && slots->sides[2].text)
        st = collect_side(slots, slot, true);
    return st;
}

static enum bc_status put_lines(struct building *building, uint64_t node, struct bc_sorter *sorter)
{
    struct bc_text_change change;
    enum bc_status st = bc_sorter_finish(sorter);
    if (st)
        return st;
    struct bc_line_stream stream = bc_sorter_stream(sorter);
    st = bc_text_change_from(building->merge->repo, &stream, NULL, false, NULL, &change);
    if (st)
        return st;
    st = bc_text_change_apply(building->tree, node, &change);
    bc_text_change_release(building->merge->repo, &change);
    return st;
}

static enum bc_status show_slots(struct building *building, const struct bc_conflict *conflict,
                                 uint64_t folder, struct bc_slice name)
{
    struct bc_tree_merge *merge = building->merge;
    struct slots slots = {0};
    struct bc_buffer part = {0};
    enum bc_status st = side_open(building, merge->base, conflict->base, &slots.sides[0]);
    if (!st)
        st = side_open(building, merge->ours, conflict->ours, &slots.sides[1]);
    if (!st)
        st = side_open(building, merge->theirs, conflict->theirs, &slots.sides[2]);
    if (!st)
        st = bc_merge_each_slot(merge, conflict, collect_slot, &slots);
    for (size_t i = 0; !st && i < 3; i++) {
        uint64_t node;
        if (!slots.sides[i].text)
            continue;
        st = slots_name(part_names[i], name, &part);
        if (!st)
            st = make_node(building, folder, bc_buffer_slice(&part), BC_FILE, &node);
        if (!st)
            st = put_lines(building, node, slots.sides[i].sorter);
    }
    bc_buffer_release(&part);
    slots_release(&slots);
    return st;
}

/* Whole files. */

static enum bc_status show_file(struct building *building, struct bc_branch *side, uint64_t node,
                                const char *part, uint64_t folder)
{
    struct bc_node_look look;
    struct bc_buffer name = {0};
    uint64_t as;
    if (!node)
        return BC_OK;
    enum bc_status st = bc_node_look(side, node, &look);
    if (st || !look.there || look.attr.kind == BC_DIRECTORY)
        return st;
    st = part_name(part, bc_look_name(&look), &name);
    if (!st)
        st = bc_repo_next_id(building->merge->repo, &as);
    if (!st)
        st = bc_adopt_node(building->tree, side, node, as, folder, bc_buffer_slice(&name));
    bc_buffer_release(&name);
    return st;
}

static enum bc_status show_whole(struct building *building, const struct bc_conflict *conflict,
                                 uint64_t folder)
{
    struct bc_tree_merge *merge = building->merge;
    bool merged = conflict->merged;
    enum bc_status st = show_file(building, merge->base, conflict->base, part_names[0], folder);
    if (!st)
        st = show_file(building, merged ? merge->scratch : merge->ours,
                       merged && conflict->ours ? conflict->node : conflict->ours, part_names[1],
                       folder);
    if (!st)
        st = show_file(building, merged ? merge->scratch : merge->theirs,
                       merged && conflict->theirs ? conflict->node : conflict->theirs,
                       part_names[2], folder);
    return st;
}

static enum bc_status show(struct building *building, const struct bc_conflict *conflict)
{
    struct bc_slice path = bc_conflict_path(&building->merge->conflicts, conflict);
    const char *slash = memrchr(path.data, '/', path.size);
    size_t start = slash ? (size_t)(slash - path.data) + 1 : 0;
    uint64_t folder;
    enum bc_status st = make_folders(building, path, &folder);
    if (st)
        return st;
    return conflict->kind == BC_CONFLICT_SLOTS
               ? show_slots(building, conflict, folder,
                            bc_slice(path.data + start, path.size - start))
               : show_whole(building, conflict, folder);
}

enum bc_status bc_conflict_tree(struct bc_tree_merge *merge, struct bc_branch **tree)
{
    struct building building = {.merge = merge};
    struct bc_layer *top = NULL;
    enum bc_status st = bc_scratch_new(merge->repo, 0, &building.tree);
    if (!st)
        st = make_root(&building);
    for (size_t i = 0; !st && i < merge->conflicts.count; i++)
        st = show(&building, &merge->conflicts.list[i]);
    if (!st)
        st = bc_branch_freeze(building.tree, &top);
    bc_layer_release(merge->repo, top);
    if (st) {
        bc_branch_release(building.tree);
        return st;
    }
    *tree = building.tree;
    return BC_OK;
}

enum bc_status bc_conflict_folder(struct bc_branch *tree, struct bc_slice path, uint64_t *folder)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_find(tree, path, &attr);
    *folder = !st && attr.kind == BC_DIRECTORY ? attr.node : 0;
    return st == BC_NOT_FOUND || st == BC_NOT_DIRECTORY || st == BC_NAME_TOO_LONG ? BC_OK : st;
}

struct finding {
    const char *part;
    uint64_t node;
};

static enum bc_status find_part(void *context, struct bc_slice name, uint64_t node,
                                enum bc_kind kind)
{
    struct finding *finding = context;
    size_t size = strlen(finding->part);
    if (kind != BC_DIRECTORY && name.size >= size && !memcmp(name.data, finding->part, size) &&
        (name.size == size || (name.data[size] == '.' && name.data[name.size - 1] != '~')))
        finding->node = node;
    return BC_OK;
}

enum bc_status bc_conflict_part(struct bc_branch *tree, uint64_t folder, const char *part,
                                uint64_t *node)
{
    struct finding finding = {.part = part};
    enum bc_status st = bc_tree_list(tree, folder, find_part, &finding);
    *node = finding.node;
    return st;
}
