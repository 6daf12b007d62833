#include "branchcore/merge_runs.h"

#include "branchcore/delta_run.h"
#include "branchcore/lines.h"
#include "branchcore/merge_settle.h"
#include "branchcore/merge_tree.h"
#include "branchcore/run_window.h"
#include "branchcore/slot.h"

#include <stdatomic.h>

/* Where a piece begins in both runs. */
struct cut {
    uint64_t near;
    uint64_t far;
};

/* In the edits of a piece: far's bytes [at, at + replaced) are left out, and so many bytes of
 * signed lines, which follow, take their place. */
struct edit {
    uint64_t at;
    uint64_t replaced;
    uint64_t bytes;
};

/* What was found in a piece. */
struct piece {
    struct bc_buffer edits; /* struct edit and its lines, one after the other */
    struct bc_buffer notes; /* of the slots in conflict (merge_slots.c), until they are told */
    uint64_t conflicts;
    bool differs;
    bool dropped; /* edits and notes were more than is kept */
};

struct bc_run_merge {
    struct bc_run_merge_input input;
    struct bc_text_merge_input rules;
    struct bc_run_summary near;
    struct bc_run_summary far;
    uint64_t piece_bytes;
    struct cut *cuts; /* one more than pieces */
    struct piece *pieces;
    size_t count;
    atomic_size_t kept; /* bytes, of all pieces */
    pthread_mutex_t functional_lock;
    uint64_t conflicts;
    bool differs;
    bool quads;

    /* The output. */
    size_t next; /* the piece that edits are taken from */
    size_t edit; /* and where the next one is in it */
    uint64_t at; /* in far's text */
    struct bc_run_reader reader;
};

/* One thread's walk over a piece. */
struct walk {
    struct bc_run_merge *merge;
    struct piece *piece;
    struct bc_run_window near;
    struct bc_run_window far;
    struct bc_settling settling;
    struct bc_buffer predicate; /* that was asked for last, */
    bool functional;            /* and the answer */
};

/* Asks for a predicate, unless it is the same as before: neighbours often have the same. */
static enum bc_status ask_functional(void *context, struct bc_slice predicate, bool *is)
{
    struct walk *walk = context;
    struct bc_run_merge *merge = walk->merge;
    *is = walk->functional;
    if (bc_slice_equal(predicate, bc_buffer_slice(&walk->predicate)))
        return BC_OK;
    bc_buffer_clear(&walk->predicate);
    pthread_mutex_lock(&merge->functional_lock);
    enum bc_status st = merge->rules.functional(merge->rules.functional_context, predicate, is);
    pthread_mutex_unlock(&merge->functional_lock);
    walk->functional = *is;
    return st ? st : bc_buffer_append(&walk->predicate, predicate.data, predicate.size);
}

/* Pieces. */

static enum bc_status append_settled(struct bc_settling *settling, struct bc_buffer *to)
{
    struct bc_slice line;
    char sign;
    enum bc_status st = BC_OK;
    while (!st && bc_settled_next(settling, &sign, &line)) {
        char end[2] = {sign, '\n'};
        st = bc_buffer_append(to, line.data, line.size - 1);
        if (!st)
            st = bc_buffer_append(to, end, sizeof end);
    }
    return st;
}

/* The result has what was settled in place of these lines of far. */
static enum bc_status add_edit(struct walk *walk, struct bc_slice replaced)
{
    struct bc_buffer *edits = &walk->piece->edits;
    size_t start = edits->size;
    struct edit edit = {.at = bc_run_window_offset(&walk->far, replaced.data),
                        .replaced = replaced.size};
    enum bc_status st = bc_buffer_append(edits, &edit, sizeof edit);
    if (!st)
        st = append_settled(&walk->settling, edits);
    if (st)
        return st;
    edit.bytes = edits->size - start - sizeof edit;
    memcpy(edits->data + start, &edit, sizeof edit);
    walk->piece->differs = true;
    return BC_OK;
}

/* Which signs the lines have: 1 '+', 2 '-'. */
static enum bc_status signs_of(struct bc_slice lines, unsigned *signs)
{
    enum bc_status st = BC_OK;
    while (!st && lines.size) {
        struct bc_slice body;
        char sign;
        st = bc_delta_run_take(&lines, &sign, &body);
        if (!st)
            *signs |= sign == '+' ? 1 : 2;
    }
    return st;
}

/* Whether both have a line, with the same sign or not. */
static enum bc_status any_shared(struct bc_slice left, struct bc_slice right, bool *any)
{
    struct bc_slice near;
    struct bc_slice far;
    char sign;
    enum bc_status st = bc_delta_run_take(&left, &sign, &near);
    if (!st)
        st = bc_delta_run_take(&right, &sign, &far);
    *any = false;
    while (!st) {
        int order = bc_slice_compare(near, far);
        *any = order == 0;
        struct bc_slice *rest = order < 0 ? &left : &right;
        if (*any || !rest->size)
            return BC_OK;
        st = bc_delta_run_take(rest, &sign, order < 0 ? &near : &far);
    }
    return st;
}

/* Whether a look at the lines shows that the result has all that both changed: of what most often
 * meets, both sides added to, or removed from, the same subject and predicate. */
static enum bc_status passes(struct walk *walk, const struct bc_meeting *meeting, bool *is)
{
    const struct bc_text_merge_input *rules = &walk->settling.input;
    unsigned signs = 0;
    bool no = rules->policy == BC_MERGE_STRICT;
    *is = false;
    if (no)
        return BC_OK;
    enum bc_status st = any_shared(meeting->left, meeting->right, &no);
    if (!st && !no)
        st = signs_of(meeting->left, &signs);
    if (!st && !no)
        st = signs_of(meeting->right, &signs);
    if (!st && !no && rules->policy != BC_MERGE_UNION) {
        no = signs == 3;
        if (signs == 1 && rules->functional)
            st = rules->functional(rules->functional_context,
                                   bc_slot_predicate(bc_slot_prefix(meeting->right)), &no);
    }
    *is = !no;
    return st;
}

static enum bc_status settle_meeting(struct walk *walk, const struct bc_meeting *meeting)
{
    struct bc_settling *settling = &walk->settling;
    if (!meeting->left.size || !meeting->right.size)
        return BC_OK; /* far's lines are in the result, near's are in near */
    bool as_is;
    enum bc_status st = passes(walk, meeting, &as_is);
    if (st || as_is)
        return st;
    bc_settling_clear(settling);
    st = bc_group_add_signed(&settling->near, meeting->left);
    if (!st)
        st = bc_group_add_signed(&settling->far, meeting->right);
    if (!st)
        st = bc_settle_group(settling);
    return st || !settling->differs ? st : add_edit(walk, meeting->right);
}

/* Reads on where nothing more can be said: what is long already only if the other side has no more,
 * so that a side with few lines does not make the other one's window grow. */
static enum bc_status read_on(struct walk *walk)
{
    struct bc_run_window *small = &walk->near;
    struct bc_run_window *large = &walk->far;
    if (small->lines.size > large->lines.size) {
        small = &walk->far;
        large = &walk->near;
    }
    enum bc_status st = bc_run_window_grow(bc_run_window_more(small) ? small : large);
    if (!st && large->lines.size < BC_BLOCK_BYTES / 2)
        st = bc_run_window_grow(large);
    return st;
}

static enum bc_status walk_lines(struct walk *walk)
{
    enum { ROOM = 512 };
    const struct bc_compute *compute = walk->merge->input.compute;
    struct bc_meeting meetings[ROOM];
    enum bc_status st = BC_OK;
    for (;;) {
        bool more_near = bc_run_window_more(&walk->near);
        bool more_far = bc_run_window_more(&walk->far);
        size_t count = compute->meet(compute, &walk->near.lines, more_near, &walk->far.lines,
                                     more_far, meetings, ROOM);
        for (size_t i = 0; !st && i < count; i++)
            st = settle_meeting(walk, &meetings[i]);
        if (!st && count < ROOM && !more_near && !more_far)
            return BC_OK;
        if (!st && count < ROOM)
            st = read_on(walk);
        if (st)
            return st;
    }
}

static struct bc_run_window window_on(const struct bc_run_merge *merge, uint64_t run, uint64_t from,
                                      uint64_t to)
{
    return (struct bc_run_window){
        .store = merge->input.store, .run = run, .at = from, .end = to, .lines = {"", 0}};
}

static enum bc_status walk_piece(struct bc_run_merge *merge, size_t i)
{
    struct piece *piece = &merge->pieces[i];
    const struct cut *from = &merge->cuts[i];
    const struct cut *to = &merge->cuts[i + 1];
    *piece = (struct piece){0};
    if (to->near < from->near || to->far < from->far)
        return BC_CORRUPT;
    if (to->near == from->near || to->far == from->far)
        return BC_OK;
    struct walk walk = {
        .merge = merge,
        .piece = piece,
        .near = window_on(merge, merge->input.near, from->near, to->near),
        .far = window_on(merge, merge->input.far, from->far, to->far),
        .settling = {.input = merge->rules, .no_graphs = !merge->quads},
    };
    if (merge->rules.functional)
        walk.settling.input.functional = ask_functional;
    walk.settling.input.functional_context = &walk;
    if (merge->rules.conflict)
        walk.settling.input.conflict = bc_slot_keep;
    walk.settling.input.context = &piece->notes;
    enum bc_status st = walk_lines(&walk);
    piece->conflicts = walk.settling.conflicts;
    bc_settling_release(&walk.settling);
    bc_run_window_release(&walk.near);
    bc_run_window_release(&walk.far);
    bc_buffer_release(&walk.predicate);
    return st;
}

static void drop(struct piece *piece)
{
    bc_buffer_release(&piece->edits);
    bc_buffer_release(&piece->notes);
    piece->dropped = true;
}

static enum bc_status find_piece(void *context, size_t i)
{
    struct bc_run_merge *merge = context;
    struct piece *piece = &merge->pieces[i];
    enum bc_status st = walk_piece(merge, i);
    size_t bytes = piece->edits.size + piece->notes.size;
    size_t most = merge->input.kept_bytes ? merge->input.kept_bytes : BC_RUN_MERGE_KEPT;
    if (!st && bytes && atomic_fetch_add(&merge->kept, bytes) + bytes > most) {
        atomic_fetch_sub(&merge->kept, bytes);
        drop(piece);
    }
    return st;
}

/* Walks a piece again whose findings were dropped. */
static enum bc_status find_again(struct bc_run_merge *merge, size_t i)
{
    enum bc_status st = walk_piece(merge, i);
    merge->pieces[i].dropped = true;
    return st;
}

/* Tells the conflicts of a piece. */
static enum bc_status tell(struct bc_run_merge *merge, size_t i)
{
    struct piece *piece = &merge->pieces[i];
    enum bc_status st = BC_OK;
    merge->conflicts += piece->conflicts;
    merge->differs = merge->differs || piece->differs;
    if (!merge->rules.conflict || !piece->conflicts)
        return BC_OK;
    if (piece->dropped)
        st = find_again(merge, i);
    if (!st)
        st = bc_slots_each(bc_buffer_slice(&piece->notes), merge->rules.conflict,
                           merge->rules.context);
    bc_buffer_release(&piece->notes);
    if (piece->dropped)
        drop(piece);
    return st;
}

/* Cuts. */

/* Before the subject and predicate of the line that is about so far into the larger run. */
static enum bc_status find_cut(void *context, size_t i)
{
    struct bc_run_merge *merge = context;
    const struct bc_run_merge_input *input = &merge->input;
    bool by_far = merge->far.bytes >= merge->near.bytes;
    struct bc_value text = {0};
    uint64_t start;
    struct cut *cut = &merge->cuts[i + 1];
    enum bc_status st = bc_run_block_at(input->store, by_far ? input->far : input->near,
                                        (i + 1) * merge->piece_bytes, &start, &text);
    struct bc_slice prefix = bc_slot_prefix(bc_lines_at(text.slice, 0));
    if (!st)
        st = bc_run_seek(input->store, input->near, prefix, &cut->near);
    if (!st)
        st = bc_run_seek(input->store, input->far, prefix, &cut->far);
    bc_value_release(&text);
    return st == BC_NO_DATA ? BC_CORRUPT : st;
}

/* So that threads that are done early find something to do, and each piece is worth its cuts. */
static uint64_t choose_piece_bytes(const struct bc_run_merge *merge, uint64_t larger)
{
    enum { LEAST = 1 << 20, MOST = 16 << 20, A_THREAD = 4 };
    if (merge->input.piece_bytes)
        return merge->input.piece_bytes;
    uint64_t share = larger / ((uint64_t)A_THREAD * bc_pool_width(merge->input.pool)) + 1;
    return share < LEAST ? LEAST : share > MOST ? MOST : share;
}

static enum bc_status cut_runs(struct bc_run_merge *merge)
{
    uint64_t larger = merge->far.bytes >= merge->near.bytes ? merge->far.bytes : merge->near.bytes;
    merge->piece_bytes = choose_piece_bytes(merge, larger);
    merge->count = larger ? (size_t)((larger - 1) / merge->piece_bytes) + 1 : 1;
    merge->cuts = bc_alloc_array(merge->count + 1, sizeof *merge->cuts);
    merge->pieces = bc_alloc_array(merge->count, sizeof *merge->pieces);
    if (!merge->cuts || !merge->pieces)
        return BC_NO_MEMORY;
    memset(merge->pieces, 0, merge->count * sizeof *merge->pieces);
    merge->cuts[0] = (struct cut){0, 0};
    merge->cuts[merge->count] = (struct cut){merge->near.bytes, merge->far.bytes};
    return bc_pool_each(merge->input.pool, merge->count - 1, find_cut, merge);
}

static enum bc_status summary_of(struct bc_store *store, uint64_t run,
                                 struct bc_run_summary *summary)
{
    enum bc_status st = bc_run_summary(store, run, summary);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status walk_runs(struct bc_run_merge *merge)
{
    const struct bc_run_merge_input *input = &merge->input;
    enum bc_status st = summary_of(input->store, input->near, &merge->near);
    if (!st)
        st = summary_of(input->store, input->far, &merge->far);
    merge->quads = merge->near.quads || merge->far.quads;
    if (!st)
        st = cut_runs(merge);
    if (!st)
        st = bc_pool_each(input->pool, merge->count, find_piece, merge);
    for (size_t i = 0; !st && i < merge->count; i++)
        st = tell(merge, i);
    return st;
}

enum bc_status bc_run_merge_new(const struct bc_run_merge_input *input, struct bc_run_merge **merge)
{
    struct bc_run_merge *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->input = *input;
    made->rules = *input->rules;
    made->reader =
        (struct bc_run_reader){.store = input->store, .run = input->far, .streaming = true};
    pthread_mutex_init(&made->functional_lock, NULL);
    enum bc_status st = walk_runs(made);
    if (st)
        bc_run_merge_free(made);
    else
        *merge = made;
    return st;
}

void bc_run_merge_free(struct bc_run_merge *merge)
{
    if (!merge)
        return;
    for (size_t i = 0; merge->pieces && i < merge->count; i++)
        drop(&merge->pieces[i]);
    bc_run_reader_release(&merge->reader);
    pthread_mutex_destroy(&merge->functional_lock);
    bc_free(merge->pieces);
    bc_free(merge->cuts);
    bc_free(merge);
}

bool bc_run_merge_differs(const struct bc_run_merge *merge)
{
    return merge->differs;
}

uint64_t bc_run_merge_conflicts(const struct bc_run_merge *merge)
{
    return merge->conflicts;
}

/* Output. */

void bc_run_merge_rewind(struct bc_run_merge *merge)
{
    merge->next = 0;
    merge->edit = 0;
    merge->at = 0;
}

/* The edit that comes next; false: there is none. */
static enum bc_status next_edit(struct bc_run_merge *merge, struct edit *edit, bool *is)
{
    *is = false;
    for (; merge->next < merge->count; merge->next++, merge->edit = 0) {
        struct piece *piece = &merge->pieces[merge->next];
        if (!piece->differs)
            continue;
        if (piece->dropped && !piece->edits.size) {
            enum bc_status st = find_again(merge, merge->next);
            if (st)
                return st;
            bc_buffer_release(&piece->notes);
        }
        *is = merge->edit < piece->edits.size;
        if (*is) {
            memcpy(edit, piece->edits.data + merge->edit, sizeof *edit);
            return BC_OK;
        }
        if (piece->dropped)
            drop(piece);
    }
    return BC_OK;
}

/* far's lines up to `end`, as many as lie in one block. */
static enum bc_status far_lines(struct bc_run_merge *merge, uint64_t end, struct bc_slice *lines)
{
    enum bc_status st = bc_run_reader_at(&merge->reader, merge->at);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    size_t from = (size_t)(merge->at - merge->reader.start);
    size_t size = merge->reader.text.size - from;
    if (size > end - merge->at)
        size = (size_t)(end - merge->at);
    *lines = bc_slice(merge->reader.text.data + from, size);
    merge->at += size;
    return BC_OK;
}

enum bc_status bc_run_merge_next(struct bc_run_merge *merge, struct bc_slice *lines, bool *quads)
{
    struct edit edit;
    bool is;
    *quads = merge->quads;
    for (;;) {
        enum bc_status st = next_edit(merge, &edit, &is);
        if (st)
            return st;
        uint64_t end = is ? edit.at : merge->far.bytes;
        if (merge->at < end)
            return far_lines(merge, end, lines);
        if (!is)
            return BC_NO_DATA;
        const char *data = merge->pieces[merge->next].edits.data + merge->edit + sizeof edit;
        merge->edit += sizeof edit + edit.bytes;
        merge->at += edit.replaced;
        *lines = bc_slice(data, edit.bytes);
        if (lines->size)
            return BC_OK;
    }
}
