#include "branchcore/text_walk.h"

#include "branchcore/delta_run.h"
#include "branchcore/lines.h"

enum {
    PAST,
    NOW,
    SIDES,
    RANGES = 64 /* of a step of the walk */
};

/* What is left of a piece's part of one text. */
struct side {
    struct bc_text_cursor *cursor; /* kept for the pieces that follow */
    uint64_t begin;
    uint64_t end;
    struct bc_slice lines;
};

struct piece {
    struct bc_pool_job job;
    const struct bc_text_walk *walk;
    struct side sides[SIDES];
    struct bc_buffer found; /* its differences, signed */
    enum bc_status status;
};

struct bc_text_walk {
    struct bc_file_text *files[SIDES];
    struct bc_text *texts[SIDES]; /* NULL: empty */
    uint64_t sizes[SIDES];
    const struct bc_compute *compute;
    struct bc_pool *pool;
    uint64_t piece_bytes;

    struct bc_text_cursor *cuts[SIDES]; /* which look for the place of the next cut */
    uint64_t at[SIDES];                 /* where the next piece begins */
    struct piece *pieces;               /* used in turn */
    size_t ahead;                       /* how many of them */
    size_t begun;
    size_t given; /* of these; the last one's differences may be in use */
    bool giving;
};

/* A piece's work. */

static enum bc_status open_side(const struct bc_text_walk *walk, struct side *side, int which)
{
    side->lines = bc_slice("", 0);
    if (side->begin == side->end)
        return BC_OK;
    enum bc_status st =
        side->cursor ? BC_OK : bc_text_cursor_new(walk->texts[which], &side->cursor);
    return st ? st : bc_text_cursor_place(side->cursor, side->begin);
}

/* Reads on if nothing is left in memory. */
static enum bc_status fill(struct side *side)
{
    if (side->lines.size || side->begin == side->end)
        return BC_OK;
    enum bc_status st = bc_text_cursor_lines(side->cursor, &side->lines);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    if (side->lines.size > side->end - side->begin)
        side->lines.size = (size_t)(side->end - side->begin);
    side->begin += side->lines.size;
    return BC_OK;
}

static enum bc_status sign_all(struct bc_buffer *to, char sign, struct bc_slice lines)
{
    enum bc_status st = BC_OK;
    while (!st && lines.size) {
        struct bc_slice line = bc_lines_at(lines, 0);
        st = bc_delta_run_put(to, sign, line);
        lines = bc_slice(lines.data + line.size, lines.size - line.size);
    }
    return st;
}

static enum bc_status sign_ranges(struct bc_buffer *to, const struct bc_range *ranges, size_t count)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++)
        st = sign_all(to, ranges[i].side == BC_LEFT_ONLY ? '-' : '+', ranges[i].lines);
    return st;
}

/* One step; *done at the end. */
static enum bc_status walk_on(struct piece *piece, bool *done)
{
    const struct bc_compute *compute = piece->walk->compute;
    struct side *past = &piece->sides[PAST];
    struct side *now = &piece->sides[NOW];
    struct bc_range ranges[RANGES];
    enum bc_status st = fill(past);
    if (!st)
        st = fill(now);
    if (st)
        return st;
    *done = !past->lines.size && !now->lines.size;
    if (past->lines.size && now->lines.size)
        return sign_ranges(&piece->found, ranges,
                           compute->walk(compute, &past->lines, &now->lines,
                                         BC_LEFT_ONLY | BC_RIGHT_ONLY, ranges, RANGES));
    st = sign_all(&piece->found, '-', past->lines);
    if (!st)
        st = sign_all(&piece->found, '+', now->lines);
    past->lines.size = now->lines.size = 0;
    return st;
}

static void run_piece(struct bc_pool_job *job)
{
    struct piece *piece = (struct piece *)job;
    bool done = false;
    bc_buffer_clear(&piece->found);
    enum bc_status st = BC_OK;
    for (int i = 0; !st && i < SIDES; i++)
        st = open_side(piece->walk, &piece->sides[i], i);
    while (!st && !done)
        st = walk_on(piece, &done);
    piece->status = st;
}

/* Cutting. */

/* The first line of a text behind a piece's length; *any false if the rest is no longer than that.
 */
static enum bc_status look_ahead(struct bc_text_walk *walk, int side, uint64_t *offset,
                                 struct bc_slice *line, bool *any)
{
    *any = walk->sizes[side] - walk->at[side] > walk->piece_bytes;
    if (!*any)
        return BC_OK;
    enum bc_status st =
        walk->cuts[side] ? BC_OK : bc_text_cursor_new(walk->texts[side], &walk->cuts[side]);
    if (!st)
        st = bc_text_cursor_place(walk->cuts[side], walk->at[side] + walk->piece_bytes);
    if (!st)
        *offset = bc_text_cursor_offset(walk->cuts[side]);
    if (!st)
        st = bc_text_cursor_next(walk->cuts[side], line);
    *any = !st;
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Where the lines from this one on begin in the other text. */
static enum bc_status find_cut(struct bc_text_walk *walk, int side, struct bc_slice line,
                               uint64_t *offset)
{
    if (!walk->texts[side])
        return BC_OK;
    enum bc_status st =
        walk->cuts[side] ? BC_OK : bc_text_cursor_new(walk->texts[side], &walk->cuts[side]);
    if (!st)
        st = bc_text_cursor_seek(walk->cuts[side], line);
    if (!st)
        *offset = bc_text_cursor_offset(walk->cuts[side]);
    return st;
}

/* Where the next piece ends in both: at the lesser of the lines that either side would end it at.
 */
static enum bc_status next_cut(struct bc_text_walk *walk, uint64_t ends[SIDES])
{
    struct bc_slice lines[SIDES];
    bool any[SIDES];
    memcpy(ends, walk->sizes, sizeof walk->sizes);
    for (int i = 0; i < SIDES; i++) {
        enum bc_status st = look_ahead(walk, i, &ends[i], &lines[i], &any[i]);
        if (st)
            return st;
    }
    if (!any[PAST] && !any[NOW])
        return BC_OK;
    bool by_past = any[PAST] && (!any[NOW] || bc_slice_compare(lines[PAST], lines[NOW]) <= 0);
    int by = by_past ? PAST : NOW;
    return find_cut(walk, by_past ? NOW : PAST, lines[by], &ends[by_past ? NOW : PAST]);
}

static bool ended(const struct bc_text_walk *walk)
{
    return walk->at[PAST] == walk->sizes[PAST] && walk->at[NOW] == walk->sizes[NOW];
}

static enum bc_status begin_piece(struct bc_text_walk *walk)
{
    struct piece *piece = &walk->pieces[walk->begun % walk->ahead];
    uint64_t ends[SIDES];
    enum bc_status st = next_cut(walk, ends);
    if (st)
        return st;
    for (int i = 0; i < SIDES; i++) {
        piece->sides[i].begin = walk->at[i];
        piece->sides[i].end = walk->at[i] = ends[i];
    }
    bc_pool_start(walk->pool, &piece->job);
    walk->begun++;
    return BC_OK;
}

static void wait_for_all(struct bc_text_walk *walk)
{
    for (; walk->given < walk->begun; walk->given++)
        bc_pool_wait(walk->pool, &walk->pieces[walk->given % walk->ahead].job);
}

/* For users. */

enum bc_status bc_text_walk_new(struct bc_file_text *past, struct bc_file_text *now,
                                const struct bc_compute *compute, struct bc_pool *pool,
                                size_t piece_bytes, struct bc_text_walk **walk)
{
    struct bc_file_text *files[SIDES] = {[PAST] = past, [NOW] = now};
    struct bc_text_walk *made = bc_alloc_zero(sizeof *made);
    size_t ahead = bc_pool_width(pool) > 1 ? 2 * (size_t)bc_pool_width(pool) : 1;
    if (!made)
        return BC_NO_MEMORY;
    made->ahead = ahead < BC_WALK_AHEAD_MAX ? ahead : BC_WALK_AHEAD_MAX;
    made->pieces = bc_alloc_zero(made->ahead * sizeof *made->pieces);
    if (!made->pieces) {
        bc_free(made);
        return BC_NO_MEMORY;
    }
    for (size_t i = 0; i < made->ahead; i++)
        made->pieces[i] = (struct piece){.job = {.run = run_piece}, .walk = made};
    for (int i = 0; i < SIDES; i++) {
        made->files[i] = files[i] ? bc_file_text_retain(files[i]) : NULL;
        made->texts[i] = files[i] ? bc_file_text_view(files[i]) : NULL;
        made->sizes[i] = files[i] ? bc_text_bytes(made->texts[i]) : 0;
    }
    made->compute = compute;
    made->pool = pool;
    made->piece_bytes = piece_bytes ? piece_bytes : BC_WALK_PIECE_BYTES;
    *walk = made;
    return BC_OK;
}

enum bc_status bc_text_walk_lines(struct bc_text_walk *walk, struct bc_slice *lines)
{
    for (;;) {
        walk->given += walk->giving;
        walk->giving = false;
        enum bc_status st = BC_OK;
        while (!st && walk->begun - walk->given < walk->ahead && !ended(walk))
            st = begin_piece(walk);
        if (st)
            return st;
        if (walk->given == walk->begun)
            return BC_NO_DATA;
        struct piece *piece = &walk->pieces[walk->given % walk->ahead];
        bc_pool_wait(walk->pool, &piece->job);
        walk->giving = true;
        if (piece->status)
            return piece->status;
        *lines = bc_buffer_slice(&piece->found);
        if (lines->size)
            return BC_OK;
    }
}

void bc_text_walk_rewind(struct bc_text_walk *walk)
{
    wait_for_all(walk);
    walk->giving = false;
    walk->begun = walk->given = 0;
    walk->at[PAST] = walk->at[NOW] = 0;
}

void bc_text_walk_free(struct bc_text_walk *walk)
{
    if (!walk)
        return;
    wait_for_all(walk);
    for (size_t i = 0; i < walk->ahead; i++) {
        for (int side = 0; side < SIDES; side++)
            bc_text_cursor_free(walk->pieces[i].sides[side].cursor);
        bc_buffer_release(&walk->pieces[i].found);
    }
    for (int i = 0; i < SIDES; i++) {
        bc_text_cursor_free(walk->cuts[i]);
        bc_file_text_release(walk->files[i]);
    }
    bc_free(walk->pieces);
    bc_free(walk);
}
