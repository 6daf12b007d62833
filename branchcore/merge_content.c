#include "branchcore/merge_tree.h"

#include "branchcore/syntax.h"
#include "branchcore/text_change.h"

/* A side's text; NULL: it has none, or something that is no text. The caller releases. */
static enum bc_status open_text(struct bc_branch *branch, uint64_t node, struct bc_file_text **text)
{
    *text = NULL;
    if (!node)
        return BC_OK;
    enum bc_status st = bc_file_text_open(branch, node, text, NULL);
    return st == BC_INVALID || st == BC_STALE || st == BC_IS_DIRECTORY ? BC_OK : st;
}

static enum bc_status is_functional(void *context, struct bc_slice predicate, bool *is)
{
    const struct bc_tree_merge *merge = context;
    return bc_functional_is(merge->functional, predicate, is);
}

struct texts {
    struct bc_file_text *base;
    struct bc_file_text *ours;
    struct bc_file_text *theirs;
};

static enum bc_status texts_open(struct bc_tree_merge *merge, uint64_t base, uint64_t ours,
                                 uint64_t theirs, struct texts *texts)
{
    *texts = (struct texts){0};
    enum bc_status st = open_text(merge->base, base, &texts->base);
    if (!st)
        st = open_text(merge->ours, ours, &texts->ours);
    return st ? st : open_text(merge->theirs, theirs, &texts->theirs);
}

static void texts_release(struct texts *texts)
{
    bc_file_text_release(texts->base);
    bc_file_text_release(texts->ours);
    bc_file_text_release(texts->theirs);
}

static struct bc_text_merge_input input_of(struct bc_tree_merge *merge, const struct texts *texts,
                                           bool near_is_theirs)
{
    return (struct bc_text_merge_input){
        .base = texts->base,
        .near = near_is_theirs ? texts->theirs : texts->ours,
        .far = near_is_theirs ? texts->ours : texts->theirs,
        .far_is_ours = near_is_theirs,
        .policy = merge->policy,
        .compute = merge->compute,
        .functional = is_functional,
        .functional_context = merge,
    };
}

/* Where the sides meet nowhere, the result is one side's text with the other's run of changes on
 * top of it: nothing need be written. BC_TOO_LARGE: it is not so. */
static enum bc_status share(struct bc_tree_merge *merge, struct bc_text_merge *lines,
                            struct bc_file_text *old, struct bc_text_change *change)
{
    struct bc_change_sums sums;
    uint64_t run = 0;
    enum bc_status st = bc_text_merge_far_alone(lines, &run, &sums);
    if (!st && !run)
        return BC_TOO_LARGE;
    return st ? st : bc_text_change_share(merge->repo, old, run, &sums, change);
}

/* The scratch's text changed by what the merge gives. */
static enum bc_status change_text(struct bc_tree_merge *merge, struct bc_text_merge *lines,
                                  struct bc_file_text *old, struct bc_text_change *change)
{
    enum bc_status st = share(merge, lines, old, change);
    if (st != BC_TOO_LARGE)
        return st;
    st = bc_text_merge_rewind(lines);
    struct bc_signed_stream stream = bc_text_merge_stream(lines);
    return st ? st : bc_text_change_signed(merge->repo, &stream, old, merge->progress, change);
}

static enum bc_status apply(struct bc_tree_merge *merge, struct bc_text_merge *lines, uint64_t node)
{
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    enum bc_status st = bc_file_text_open(merge->scratch, node, &old, NULL);
    if (st)
        return st;
    st = change_text(merge, lines, old, &change);
    bc_file_text_release(old);
    if (st)
        return st;
    st = bc_text_change_apply(merge->scratch, node, &change);
    bc_text_change_release(merge->repo, &change);
    return st;
}

static enum bc_status merge_lines(struct bc_tree_merge *merge, const struct texts *texts,
                                  bool near_is_theirs, uint64_t node, struct bc_slot_notes *notes,
                                  uint64_t *conflicts)
{
    struct bc_text_merge *lines = NULL;
    struct bc_text_merge_input input = input_of(merge, texts, near_is_theirs);
    input.conflict = notes ? bc_slot_note : NULL;
    input.context = notes;
    enum bc_status st = bc_text_merge_new(&input, merge->way, &lines);
    if (!st)
        st = apply(merge, lines, node);
    if (!st)
        *conflicts = bc_text_merge_conflicts(lines);
    bc_text_merge_free(lines);
    return st;
}

/* Whether little was changed by ours and much by theirs: then theirs' text is the one to start
 * from. */
static bool theirs_is_nearer(const struct texts *texts)
{
    enum { LEAST = 1 << 20, TIMES = 4 };
    uint64_t theirs = bc_text_diff_cost(texts->base, texts->theirs);
    return theirs >= LEAST && bc_text_diff_cost(texts->base, texts->ours) < theirs / TIMES;
}

/* Conflicts of a name on this node show both sides' own contents, if these are in conflict too. */
static bool take_name_conflict(struct bc_tree_merge *merge, uint64_t node)
{
    bool any = false;
    for (size_t i = 0; i < merge->conflicts.count; i++) {
        struct bc_conflict *conflict = &merge->conflicts.list[i];
        if (conflict->node != node || !conflict->merged)
            continue;
        conflict->merged = false;
        any = true;
    }
    return any;
}

static enum bc_status add_conflict(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                   enum bc_conflict_kind kind, uint64_t slots, const char *reason,
                                   const struct bc_slot_notes *notes)
{
    if (take_name_conflict(merge, entity->result))
        return BC_OK;
    bool noted = notes && !notes->full;
    struct bc_conflict conflict = {
        .kind = kind,
        .slots = slots,
        .base = entity->base,
        .ours = entity->ours,
        .theirs = entity->theirs,
        .node = entity->result,
        .reason = reason,
        .slots_at = noted ? notes->start : 0,
        .slots_size = noted ? notes->to->size - notes->start : 0,
    };
    return bc_merge_conflict(merge, &conflict, merge->scratch, entity->result);
}

static enum bc_status merge_texts(struct bc_tree_merge *merge, const struct bc_entity *entity)
{
    struct texts texts;
    uint64_t conflicts = 0;
    struct bc_slot_notes notes = {.to = &merge->slots, .start = merge->slots.size};
    enum bc_status st = texts_open(merge, entity->base, entity->ours, entity->theirs, &texts);
    if (!st && (!texts.ours || !texts.theirs))
        st = BC_CORRUPT;
    bool nearer = !st && theirs_is_nearer(&texts);
    if (nearer)
        st = bc_adopt_content(merge->scratch, entity->result, merge->theirs, entity->theirs);
    if (!st)
        st = merge_lines(merge, &texts, nearer, entity->result, &notes, &conflicts);
    texts_release(&texts);
    if (!st && conflicts)
        st = add_conflict(merge, entity, BC_CONFLICT_SLOTS, conflicts, NULL, &notes);
    return st;
}

enum bc_status bc_merge_each_slot(struct bc_tree_merge *merge, const struct bc_conflict *conflict,
                                  bc_slot_sink sink, void *context)
{
    struct texts texts;
    struct bc_text_merge *lines = NULL;
    struct bc_slice line;
    char sign;
    if (conflict->slots_size)
        return bc_slots_each(bc_slice(merge->slots.data + conflict->slots_at, conflict->slots_size),
                             sink, context);
    enum bc_status st = texts_open(merge, conflict->base, conflict->ours, conflict->theirs, &texts);
    struct bc_text_merge_input input = input_of(merge, &texts, false);
    input.conflict = sink;
    input.context = context;
    if (!st)
        st = bc_text_merge_new(&input, merge->way, &lines);
    while (!st)
        st = bc_text_merge_next(lines, &sign, &line);
    bc_text_merge_free(lines);
    texts_release(&texts);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Without conflicts: what the side that has it added to what base had. */
enum bc_status bc_merge_union_gone(struct bc_tree_merge *merge, struct bc_entity *entity)
{
    struct bc_node_look now;
    struct texts texts;
    uint64_t conflicts;
    uint64_t node = entity->result;
    bool near_is_theirs = !entity->ours;
    enum bc_status st = bc_node_look(merge->scratch, node, &now);
    if (st || !now.there || now.attr.form != BC_TEXT)
        return st;
    st = texts_open(merge, entity->base, entity->ours, entity->theirs, &texts);
    if (!st)
        st = merge_lines(merge, &texts, near_is_theirs, node, NULL, &conflicts);
    texts_release(&texts);
    if (!st)
        st = bc_node_look(merge->scratch, node, &now);
    if (st || now.attr.triples)
        return st;
    entity->result = 0;
    return bc_node_remove_all(merge->scratch, node);
}

/* Contents that are no texts, and differ. */
static enum bc_status settle_whole(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                   const struct bc_three *three)
{
    bool later = three->theirs.attr.mtime_ns > three->ours.attr.mtime_ns;
    enum bc_status st;
    switch (merge->policy) {
    case BC_MERGE_OURS:
        return bc_merge_note_line(merge, merge->scratch, entity->result,
                                  "changed on both sides: ours stays");
    case BC_MERGE_UNION:
        if (!later)
            return bc_merge_note_line(merge, merge->scratch, entity->result,
                                      "changed on both sides: ours is the later and stays");
        break;
    case BC_MERGE_THEIRS:
        break;
    default:
        return add_conflict(merge, entity, BC_CONFLICT_FILE, 1, "changed on both sides", NULL);
    }
    st = bc_merge_note_line(merge, merge->scratch, entity->result,
                            later ? "changed on both sides: theirs is the later and is taken"
                                  : "changed on both sides: it is theirs'");
    return st ? st
              : bc_adopt_content(merge->scratch, entity->result, merge->theirs, entity->theirs);
}

/* Of one content in two forms, the text fits any name. */
static bool only_theirs_is_text(const struct bc_three *three)
{
    return three->ours.attr.kind == BC_FILE && three->ours.attr.form == BC_BYTES &&
           three->theirs.attr.form == BC_TEXT;
}

static enum bc_status merge_whole(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                  const struct bc_three *three)
{
    bool same;
    enum bc_status st =
        bc_same_content(merge->ours, &three->ours, merge->theirs, &three->theirs, &same);
    if (st || !same)
        return st ? st : settle_whole(merge, entity, three);
    return only_theirs_is_text(three)
               ? bc_adopt_content(merge->scratch, entity->result, merge->theirs, entity->theirs)
               : BC_OK;
}

/* Where texts are merged, they are compared by their versions alone: lines that are the same change
 * nothing. */
static enum bc_status has_changed(struct bc_tree_merge *merge, struct bc_branch *side,
                                  const struct bc_node_look *base, const struct bc_node_look *now,
                                  bool texts, bool *changed)
{
    *changed = !base->there || base->attr.version != now->attr.version;
    if (!*changed || !base->there || (texts && base->attr.form == BC_TEXT))
        return BC_OK;
    return bc_content_changed(merge, side, base, now, changed);
}

static enum bc_status merge_content(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                    const struct bc_three *three)
{
    bool ours = true;
    bool theirs = false;
    if (three->ours.attr.version == three->theirs.attr.version &&
        three->ours.attr.form == three->theirs.attr.form)
        return BC_OK;
    bool texts = three->ours.attr.kind == BC_FILE && three->ours.attr.form == BC_TEXT &&
                 three->theirs.attr.form == BC_TEXT;
    enum bc_status st =
        has_changed(merge, merge->theirs, &three->base, &three->theirs, texts, &theirs);
    bool look = theirs || only_theirs_is_text(three);
    if (!st && look)
        st = has_changed(merge, merge->ours, &three->base, &three->ours, texts, &ours);
    if (st || !look)
        return st;
    if (!ours)
        return bc_adopt_content(merge->scratch, entity->result, merge->theirs, entity->theirs);
    if (!theirs)
        return BC_OK;
    return texts ? merge_texts(merge, entity) : merge_whole(merge, entity, three);
}

/* Three-way for one number: *to is set and true returned where theirs' is to be taken. */
static bool take_number(uint32_t base, uint32_t ours, uint32_t theirs, bool force, uint32_t *to,
                        bool *both)
{
    if (theirs == ours || theirs == base)
        return false;
    *both = *both || ours != base;
    *to = theirs;
    return ours == base || force;
}

static enum bc_status merge_modes(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                  const struct bc_three *three)
{
    const struct bc_attr *base = &three->base.attr;
    const struct bc_attr *ours = &three->ours.attr;
    const struct bc_attr *theirs = &three->theirs.attr;
    struct bc_change change = {0};
    struct bc_attr after;
    bool force = merge->policy == BC_MERGE_THEIRS;
    bool both = false;
    if (!three->base.there)
        return BC_OK;
    if (take_number(base->mode, ours->mode, theirs->mode, force, &change.mode, &both))
        change.mask |= BC_CHANGE_MODE;
    if (take_number(base->uid, ours->uid, theirs->uid, force, &change.uid, &both))
        change.mask |= BC_CHANGE_UID;
    if (take_number(base->gid, ours->gid, theirs->gid, force, &change.gid, &both))
        change.mask |= BC_CHANGE_GID;
    enum bc_status st = BC_OK;
    if (change.mask)
        st = bc_tree_change(merge->scratch, entity->result, &change, &after);
    if (!st && both)
        st = bc_merge_note_line(merge, merge->scratch, entity->result,
                                force ? "both changed its mode or owner: it is theirs'"
                                      : "both changed its mode or owner: ours stays");
    return st;
}

static enum bc_status merge_xattrs(struct bc_tree_merge *merge, const struct bc_entity *entity)
{
    uint64_t both;
    bool force = merge->policy == BC_MERGE_THEIRS;
    if (entity->base == entity->theirs && !bc_counts_find(&merge->xattrs, entity->theirs))
        return BC_OK;
    enum bc_status st = bc_adopt_xattrs(merge->scratch, entity->result, merge->base, entity->base,
                                        merge->theirs, entity->theirs, force, &both);
    if (!st && both)
        st = bc_merge_note_line(merge, merge->scratch, entity->result,
                                force ? "both changed an extended attribute: it is theirs'"
                                      : "both changed an extended attribute: ours stays");
    return st;
}

bool bc_merge_name_fits(const struct bc_node_look *node)
{
    enum bc_syntax syntax;
    if (node->attr.kind != BC_FILE || !bc_syntax_of_name(bc_look_name(node), &syntax))
        return true;
    return node->attr.form == BC_TEXT && (bc_syntax_has_graphs(syntax) || !node->quads);
}

/* Bytes that had the name before it was one of a triple file. */
static bool was_so(const struct bc_node_look *side, const struct bc_node_look *now)
{
    return side->there && side->attr.form == now->attr.form &&
           bc_slice_equal(bc_look_name(side), bc_look_name(now));
}

/* Name and content may come from different sides. */
static enum bc_status check_name(struct bc_tree_merge *merge, struct bc_entity *entity,
                                 const struct bc_three *three)
{
    struct bc_node_look now;
    enum bc_status st = bc_node_look(merge->scratch, entity->result, &now);
    if (st || bc_merge_name_fits(&now))
        return st;
    if (now.attr.form == BC_BYTES && (was_so(&three->ours, &now) || was_so(&three->theirs, &now)))
        return BC_OK;
    st = bc_merge_restore_ours(merge, entity);
    if (st)
        return st;
    if (!bc_merge_waits(merge))
        return bc_merge_note_line(merge, merge->scratch, entity->result,
                                  "one side's name does not fit the other's content: ours stays");
    return add_conflict(merge, entity, BC_CONFLICT_FILE, 1,
                        "one side's name does not fit the other's content", NULL);
}

static bool is_rendered(const struct bc_node_look *look)
{
    enum bc_syntax syntax;
    return bc_syntax_of_name(bc_look_name(look), &syntax) && !bc_syntax_is_lines(syntax);
}

/* A version says what is shown of it. */
static enum bc_status settle_version(struct bc_tree_merge *merge, const struct bc_entity *entity,
                                     const struct bc_three *three)
{
    struct bc_node_look now;
    bool renewed = false;
    if (!is_rendered(&three->ours) && !is_rendered(&three->theirs))
        return BC_OK;
    enum bc_status st = bc_node_look(merge->scratch, entity->result, &now);
    if (st || now.attr.kind != BC_FILE || now.attr.form != BC_TEXT)
        return st;
    st = bc_node_settle_version(merge->scratch, &now, merge->ours, &three->ours, &renewed);
    if (!st && !renewed)
        st = bc_node_settle_version(merge->scratch, &now, merge->theirs, &three->theirs, &renewed);
    return st;
}

enum bc_status bc_merge_content(struct bc_tree_merge *merge, size_t index)
{
    struct bc_entity *entity = &merge->entities[index];
    struct bc_node_look now;
    struct bc_three three;
    if (entity->settled || !entity->ours || !entity->theirs || !entity->result)
        return BC_OK;
    enum bc_status st = bc_node_look(merge->scratch, entity->result, &now);
    /* Something that a policy preferred has taken its place. */
    if (st || !now.there)
        return st;
    st = bc_entity_look(merge, entity, &three);
    if (!st && three.ours.attr.kind != BC_DIRECTORY)
        st = merge_content(merge, entity, &three);
    if (!st)
        st = merge_modes(merge, entity, &three);
    if (!st)
        st = merge_xattrs(merge, entity);
    if (!st)
        st = check_name(merge, entity, &three);
    return st ? st : settle_version(merge, entity, &three);
}
