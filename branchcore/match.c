#include "branchcore/match.h"

#include "branchcore/match_units.h"

#include <assert.h>
#include <string.h>

enum {
    UNITS_A_THREAD = 2,
    UNITS_MOST = 256, /* where files are small there are more units at once */
    ROOM_FIRST = 1    /* units of the first round; each one has twice as many as the one before */
};

/* A piece of a text. */
struct stretch {
    uint64_t from;
    uint64_t to;
};

/* What one thread does at a time. */
struct unit {
    size_t file;
    struct bc_file_text *text; /* NULL: a small file, to be opened and looked at as a whole */
    struct stretch stretch;
    uint64_t limit;
    struct bc_match_hits hits; /* kept from one use to the next, as the buffer */
    struct bc_buffer lines;
    void *own; /* of the work */
    uint64_t count;
    uint64_t skipped;
    enum bc_status status;
};

struct bc_match {
    struct bc_repo *repo;
    struct bc_match_options options;
    struct bc_match_work work;
    bool has_work;
    struct bc_pattern everything; /* in place of no pattern */
    struct bc_matcher *matcher;
    bool is_all;
    struct bc_match_keys keys;

    struct bc_branch *branch; /* what nodes are of: a past; NULL: there is but one text */
    struct bc_branch *past;
    struct bc_file_text *text; /* the one */
    bool bare;                 /* which has no path */
    struct bc_match_files files;

    /* What is still to be cut into units: files from next_file on, and of an open file what is
     * behind next_stretch. */
    size_t next_file;
    struct bc_file_text *open;
    struct stretch *stretches;
    size_t stretch_count;
    size_t next_stretch;

    struct unit *units;
    size_t unit_room;
    size_t round_room; /* units of the next round */
    size_t unit_count; /* of this round */
    size_t next_unit;  /* to be handed out */
    uint64_t done_bytes;
    struct bc_match_figures figures;
    bool ended;
    enum bc_status cut_failure; /* to be told when what was cut before it is done */
    enum bc_status failure;
};

static bool is_small(const struct bc_match_file *file)
{
    return file->bytes <= BC_MATCH_PIECE_BYTES;
}

/* Stretches. */

/* The first line that begins with the key or is greater, or, with `behind`, the first that is
 * greater than all that begin so: in UTF-8 no byte is 0xFF. */
static enum bc_status seek(struct bc_text_cursor *cursor, struct bc_buffer *key, bool behind,
                           uint64_t *offset)
{
    key->data[key->size - 1] = (char)(key->data[key->size - 1] + behind);
    enum bc_status st = bc_text_cursor_seek(cursor, bc_buffer_slice(key));
    key->data[key->size - 1] = (char)(key->data[key->size - 1] - behind);
    *offset = bc_text_cursor_offset(cursor);
    return st;
}

static enum bc_status seek_all(const struct bc_match *match, struct bc_text_cursor *cursor,
                               struct stretch *stretches, size_t *count)
{
    struct bc_buffer key = {0};
    enum bc_status st = BC_OK;
    *count = 0;
    for (size_t i = 0; !st && i < match->keys.count; i++) {
        struct stretch *made = &stretches[*count];
        bc_buffer_clear(&key);
        st = bc_buffer_append(&key, match->keys.items[i].data, match->keys.items[i].size);
        if (!st)
            st = seek(cursor, &key, false, &made->from);
        if (!st)
            st = seek(cursor, &key, true, &made->to);
        *count += !st && made->to > made->from;
    }
    bc_buffer_release(&key);
    return st;
}

/* Where the matching lines of a text can be. The caller frees *stretches. */
static enum bc_status find_stretches(const struct bc_match *match, struct bc_text *view,
                                     struct stretch **stretches, size_t *count)
{
    uint64_t bytes = bc_text_bytes(view);
    size_t keys = match->keys.count;
    /* Two looks into the text a key must be cheaper than reading it. */
    bool seeks = keys && bytes / (2 * (uint64_t)BC_BLOCK_BYTES) > keys;
    struct stretch *made = bc_alloc_array(seeks ? keys : 1, sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    enum bc_status st = BC_OK;
    made[0] = (struct stretch){0, bytes};
    *count = bytes > 0;
    if (seeks) {
        struct bc_text_cursor *cursor = NULL;
        st = bc_text_cursor_new(view, &cursor);
        if (!st)
            st = seek_all(match, cursor, made, count);
        bc_text_cursor_free(cursor);
    }
    if (st)
        bc_free(made);
    else
        *stretches = made;
    return st;
}

/* A unit's work, on any thread. */

static enum bc_status append_lines(struct unit *unit, const char *text)
{
    const struct bc_match_hits *hits = &unit->hits;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < hits->count;) {
        size_t first = i++;
        while (i < hits->count && hits->spans[i].start == hits->spans[i - 1].end)
            i++;
        st = bc_buffer_append(&unit->lines, text + hits->spans[first].start,
                              hits->spans[i - 1].end - hits->spans[first].start);
    }
    return st;
}

/* The place behind at most `limit` lines (0: all), which are counted. */
static size_t count_lines(struct bc_slice text, uint64_t limit, uint64_t *count)
{
    size_t at = 0;
    for (*count = 0; at < text.size && (!limit || *count < limit); ++*count) {
        const char *newline = memchr(text.data + at, '\n', text.size - at);
        at = newline ? (size_t)(newline + 1 - text.data) : text.size;
    }
    return at;
}

/* All lines of a block match, and their text is all that is wanted. */
static enum bc_status take_all(struct bc_match *match, struct unit *unit, struct bc_slice block,
                               uint64_t limit)
{
    uint64_t count;
    size_t size = count_lines(block, limit, &count);
    unit->count += count;
    return match->options.count_only ? BC_OK : bc_buffer_append(&unit->lines, block.data, size);
}

static enum bc_status take_block(struct bc_match *match, struct unit *unit, struct bc_slice block)
{
    uint64_t limit = unit->limit ? unit->limit - unit->count : 0;
    if (match->is_all && !match->has_work)
        return take_all(match, unit, block, limit);
    enum bc_status st = bc_matcher_block(match->matcher, block, limit, &unit->hits);
    const struct bc_match_hits *hits = &unit->hits;
    if (st || !hits->count)
        return st;
    unit->count += hits->count;
    if (match->has_work)
        return match->work.take(match->work.context, &unit->own, block.data, hits->spans,
                                hits->count);
    return match->options.count_only ? BC_OK : append_lines(unit, block.data);
}

static bool is_full(const struct unit *unit)
{
    return unit->limit && unit->count >= unit->limit;
}

static bool is_stopped(const struct bc_match *match)
{
    const atomic_bool *stop = match->options.stop;
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* The lines that start in a stretch. */
static enum bc_status look_at_stretch(struct bc_match *match, struct unit *unit,
                                      struct bc_text_cursor *cursor, struct stretch stretch)
{
    enum bc_status st = bc_text_cursor_place(cursor, stretch.from);
    while (!st && !is_full(unit)) {
        struct bc_slice lines;
        uint64_t at = bc_text_cursor_offset(cursor);
        if (at >= stretch.to)
            return BC_OK;
        if (is_stopped(match))
            return BC_CANCELLED;
        st = bc_text_cursor_lines(cursor, &lines);
        if (st == BC_NO_DATA)
            return BC_OK;
        if (st)
            return st;
        if (lines.size > stretch.to - at) {
            size_t within = (size_t)(stretch.to - at) - 1;
            const char *newline = memchr(lines.data + within, '\n', lines.size - within);
            lines.size = newline ? (size_t)(newline + 1 - lines.data) : lines.size;
        }
        st = take_block(match, unit, lines);
    }
    return st;
}

static enum bc_status look_at_text(struct bc_match *match, struct unit *unit,
                                   struct bc_file_text *text)
{
    struct bc_text *view = bc_file_text_view(text);
    struct bc_text_cursor *cursor = NULL;
    struct stretch *stretches = NULL;
    size_t count = 0;
    uint64_t looked_at = 0;
    enum bc_status st = find_stretches(match, view, &stretches, &count);
    if (!st)
        st = bc_text_cursor_new(view, &cursor);
    for (size_t i = 0; !st && i < count && !is_full(unit); i++) {
        st = look_at_stretch(match, unit, cursor, stretches[i]);
        looked_at += stretches[i].to - stretches[i].from;
    }
    unit->skipped = st ? 0 : bc_text_bytes(view) - looked_at;
    bc_text_cursor_free(cursor);
    bc_free(stretches);
    return st;
}

static enum bc_status look(struct bc_match *match, struct unit *unit)
{
    if (!unit->text) {
        struct bc_file_text *text;
        enum bc_status st =
            bc_file_text_open(match->branch, match->files.items[unit->file].node, &text, NULL);
        if (st)
            return st;
        st = look_at_text(match, unit, text);
        bc_file_text_release(text);
        return st;
    }
    struct bc_text_cursor *cursor = NULL;
    enum bc_status st = bc_text_cursor_new(bc_file_text_view(unit->text), &cursor);
    if (!st)
        st = look_at_stretch(match, unit, cursor, unit->stretch);
    bc_text_cursor_free(cursor);
    return st;
}

static enum bc_status do_unit(void *context, size_t i)
{
    struct bc_match *match = context;
    struct unit *unit = &match->units[i];
    unit->status = look(match, unit);
    return unit->status;
}

/* Cutting. */

static struct unit *add_unit(struct bc_match *match, size_t file)
{
    struct unit *unit = &match->units[match->unit_count++];
    unit->file = file;
    unit->text = NULL;
    unit->count = 0;
    unit->skipped = 0;
    /* Until it is done: those behind a failure may never be begun. */
    unit->status = BC_CANCELLED;
    unit->limit = match->options.limit ? match->options.limit - match->figures.matches : 0;
    if (match->unit_count > (size_t)UNITS_A_THREAD * bc_pool_width(match->options.pool))
        bc_buffer_release(&unit->lines); /* of many units few may be large */
    bc_buffer_clear(&unit->lines);
    return unit;
}

/* Nothing need be read where everything matches and is only counted. */
static bool is_counted(const struct bc_match *match)
{
    return match->is_all && match->options.count_only && !match->has_work;
}

static enum bc_status open_large(struct bc_match *match, size_t file)
{
    enum bc_status st =
        match->text
            ? BC_OK
            : bc_file_text_open(match->branch, match->files.items[file].node, &match->open, NULL);
    if (st)
        return st;
    if (match->text)
        match->open = bc_file_text_retain(match->text);
    struct bc_text *view = bc_file_text_view(match->open);
    st = find_stretches(match, view, &match->stretches, &match->stretch_count);
    uint64_t left = bc_text_bytes(view);
    for (size_t i = 0; !st && i < match->stretch_count; i++)
        left -= match->stretches[i].to - match->stretches[i].from;
    match->figures.bytes_skipped += st ? 0 : left;
    match->done_bytes += st ? 0 : left;
    match->next_stretch = 0;
    return st;
}

static void close_large(struct bc_match *match)
{
    bc_file_text_release(match->open);
    bc_free(match->stretches);
    match->open = NULL;
    match->stretches = NULL;
    match->stretch_count = 0;
}

/* The next piece of the open file. */
static void cut_piece(struct bc_match *match)
{
    struct stretch *left = &match->stretches[match->next_stretch];
    struct unit *unit = add_unit(match, match->next_file - 1);
    uint64_t size = left->to - left->from;
    uint64_t piece = size < BC_MATCH_PIECE_BYTES ? size : BC_MATCH_PIECE_BYTES;
    unit->text = bc_file_text_retain(match->open);
    unit->stretch = (struct stretch){left->from, left->from + piece};
    left->from += piece;
    match->next_stretch += left->from == left->to;
}

static void count_file(struct bc_match *match, size_t file)
{
    struct unit *unit = add_unit(match, file);
    uint64_t all = match->files.items[file].triples;
    unit->count = unit->limit && unit->limit < all ? unit->limit : all;
    unit->skipped = match->files.items[file].bytes;
    unit->status = BC_OK;
}

/* Adds a unit, or gets a step nearer to one. BC_NO_DATA: there are no more. */
static enum bc_status cut(struct bc_match *match)
{
    if (match->open && match->next_stretch < match->stretch_count) {
        cut_piece(match);
        return BC_OK;
    }
    if (match->open)
        close_large(match);
    if (match->next_file == match->files.count)
        return BC_NO_DATA;
    size_t file = match->next_file++;
    if (is_counted(match)) {
        count_file(match, file);
        return BC_OK;
    }
    if (!match->text && is_small(&match->files.items[file])) {
        (void)add_unit(match, file);
        return BC_OK;
    }
    return open_large(match, file);
}

/* Cuts one round: as many pieces, or as much of small files. */
static enum bc_status cut_round(struct bc_match *match)
{
    uint64_t room = (uint64_t)match->round_room * BC_MATCH_PIECE_BYTES;
    uint64_t bytes = 0;
    /* What is limited and not text cannot be cut off later: one unit at a time knows its limit. */
    bool single = match->has_work && match->options.limit;
    enum bc_status st = match->cut_failure;
    match->unit_count = 0;
    match->next_unit = 0;
    while (!st && match->unit_count < match->unit_room && bytes < room &&
           !(single && match->unit_count)) {
        size_t before = match->unit_count;
        st = cut(match);
        if (match->unit_count > before) {
            const struct unit *unit = &match->units[before];
            uint64_t small = match->files.items[unit->file].bytes + BC_BLOCK_BYTES / 2;
            bytes += unit->text ? BC_MATCH_PIECE_BYTES : small;
        }
    }
    if (match->round_room < (size_t)UNITS_A_THREAD * bc_pool_width(match->options.pool))
        match->round_room *= 2;
    match->cut_failure = st;
    return match->unit_count ? BC_OK : st;
}

static enum bc_status do_round(struct bc_match *match)
{
    enum bc_status st = cut_round(match);
    if (st)
        return st;
    if (!is_counted(match))
        st = bc_pool_each(match->options.pool, match->unit_count, do_unit, match);
    for (size_t i = 0; i < match->unit_count; i++) {
        struct unit *unit = &match->units[i];
        bool whole = !unit->text;
        match->done_bytes +=
            whole ? match->files.items[unit->file].bytes : unit->stretch.to - unit->stretch.from;
        match->figures.bytes_skipped += unit->skipped;
        bc_file_text_release(unit->text);
        unit->text = NULL;
    }
    bc_progress_set(match->options.progress, "matching", match->done_bytes, match->figures.bytes);
    /* Each unit says itself how it went, so that what was found before a failure comes first. */
    return match->unit_count && st && match->units[0].status == BC_CANCELLED ? st : BC_OK;
}

/* Handing out. */

/* What is beyond the limit is cut off. */
static void cut_off(struct bc_match *match, struct unit *unit)
{
    uint64_t limit = match->options.limit;
    if (!limit || unit->count <= limit - match->figures.matches)
        return;
    uint64_t left = limit - match->figures.matches;
    uint64_t count = left;
    if (!match->has_work && !match->options.count_only)
        unit->lines.size = count_lines(bc_buffer_slice(&unit->lines), left, &count);
    unit->count = count;
}

static void fill_part(struct bc_match *match, struct unit *unit, struct bc_match_part *part)
{
    const struct bc_match_file *file = &match->files.items[unit->file];
    const char *path = match->bare ? "" : match->files.paths.data + file->path;
    cut_off(match, unit);
    *part = (struct bc_match_part){
        .path = bc_slice(path, strlen(path)),
        .node = file->node,
        .count = unit->count,
        .lines = bc_slice(unit->lines.data ? unit->lines.data : "", unit->lines.size),
    };
    match->figures.matches += unit->count;
    match->ended = match->options.limit && match->figures.matches >= match->options.limit;
}

static enum bc_status next_unit(struct bc_match *match, struct unit **found)
{
    for (;;) {
        while (match->next_unit < match->unit_count) {
            struct unit *unit = &match->units[match->next_unit++];
            enum bc_status st = unit->status;
            *found = unit;
            if (st || unit->count)
                return st;
        }
        enum bc_status st = do_round(match);
        if (st)
            return st;
    }
}

static enum bc_status next(struct bc_match *match, struct bc_match_part *part, void **own)
{
    struct unit *unit = NULL;
    if (match->failure)
        return match->failure;
    if (match->ended)
        return BC_NO_DATA;
    enum bc_status st = next_unit(match, &unit);
    match->failure = st;
    if (st)
        return st;
    assert(unit);
    fill_part(match, unit, part);
    *own = unit->own;
    unit->own = NULL;
    return BC_OK;
}

enum bc_status bc_match_next(struct bc_match *match, struct bc_match_part *part)
{
    void *own;
    return next(match, part, &own);
}

enum bc_status bc_match_next_unit(struct bc_match *match, struct bc_match_part *part, void **unit)
{
    return next(match, part, unit);
}

/* Beginning and end. */

static enum bc_status add_text(struct bc_match *match, struct bc_file_text *text)
{
    match->text = bc_file_text_retain(text);
    match->bare = true;
    match->files.items = bc_alloc_array(1, sizeof *match->files.items);
    if (!match->files.items)
        return BC_NO_MEMORY;
    struct bc_text *view = bc_file_text_view(text);
    match->files.items[0] =
        (struct bc_match_file){.bytes = bc_text_bytes(view), .triples = bc_text_triples(view)};
    match->files.count = 1;
    match->files.capacity = 1;
    return BC_OK;
}

/* One file needs no snapshot: its view is one. */
static enum bc_status add_single(struct bc_match *match, const struct bc_match_source *source,
                                 struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status st = bc_match_files_find(source->branch, source->path, &match->files, err);
    if (!st && match->files.count != 1)
        return BC_STALE;
    if (!st)
        st = bc_file_text_open(source->branch, match->files.items[0].node, &match->text, &attr);
    if (!st) {
        match->files.items[0].bytes = attr.size_bytes;
        match->files.items[0].triples = attr.triples;
    }
    return st;
}

static enum bc_status add_source(struct bc_match *match, const struct bc_match_source *source,
                                 struct bc_error *err)
{
    if (source->text)
        return add_text(match, source->text);
    if (bc_match_is_file(source->branch, source->path))
        return add_single(match, source, err);
    enum bc_status st = bc_branch_snapshot(source->branch, &match->past);
    match->branch = match->past;
    return st ? st : bc_match_files_find(match->past, source->path, &match->files, err);
}

static enum bc_status prepare(struct bc_match *match, const struct bc_match_source *source,
                              const struct bc_pattern *pattern, struct bc_error *err)
{
    struct bc_match_options *options = &match->options;
    if (!options->compute)
        options->compute = match->repo->compute;
    if (!options->pool)
        options->pool = match->repo->pool;
    if (!pattern)
        pattern = &match->everything;
    match->round_room = ROOM_FIRST;
    match->unit_room = UNITS_MOST;
    match->units = bc_alloc_zero(match->unit_room * sizeof *match->units);
    enum bc_status st = match->units ? BC_OK : BC_NO_MEMORY;
    if (!st)
        st = bc_matcher_new(pattern, options->compute, options->plan, &match->matcher);
    if (!st)
        st = bc_match_keys_of(pattern, &match->keys);
    if (!st)
        st = add_source(match, source, err);
    if (st)
        return st;
    match->is_all = bc_matcher_is_all(match->matcher);
    match->figures.files = match->files.count;
    for (size_t i = 0; i < match->files.count; i++)
        match->figures.bytes += match->files.items[i].bytes;
    return BC_OK;
}

enum bc_status bc_match_new_work(const struct bc_match_source *source,
                                 const struct bc_pattern *pattern,
                                 const struct bc_match_options *options,
                                 const struct bc_match_work *work, struct bc_match **match,
                                 struct bc_error *err)
{
    struct bc_match *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->repo = source->text ? bc_file_text_repo(source->text) : bc_branch_repo(source->branch);
    if (options)
        made->options = *options;
    made->has_work = work != NULL;
    if (work)
        made->work = *work;
    if (err)
        err->text[0] = '\0';
    enum bc_status st = prepare(made, source, pattern, err);
    if (!st) {
        *match = made;
        return BC_OK;
    }
    bc_match_free(made);
    if (err && !err->text[0])
        (void)bc_fail(err, st, "%s", bc_status_text(st));
    return st;
}

enum bc_status bc_match_new(const struct bc_match_source *source, const struct bc_pattern *pattern,
                            const struct bc_match_options *options, struct bc_match **match,
                            struct bc_error *err)
{
    return bc_match_new_work(source, pattern, options, NULL, match, err);
}

void bc_match_free(struct bc_match *match)
{
    if (!match)
        return;
    for (size_t i = 0; match->units && i < match->unit_room; i++) {
        struct unit *unit = &match->units[i];
        if (unit->own)
            match->work.drop(unit->own);
        bc_file_text_release(unit->text);
        bc_buffer_release(&unit->lines);
        bc_match_hits_release(&unit->hits);
    }
    bc_free(match->units);
    close_large(match);
    bc_match_keys_release(&match->keys);
    bc_matcher_free(match->matcher);
    bc_match_files_release(&match->files);
    bc_file_text_release(match->text);
    bc_branch_release(match->past);
    bc_free(match);
}

void bc_match_figures(const struct bc_match *match, struct bc_match_figures *figures)
{
    *figures = match->figures;
}

enum bc_status bc_match_each(const struct bc_match_source *source, const struct bc_pattern *pattern,
                             const struct bc_match_options *options,
                             enum bc_status (*sink)(void *context,
                                                    const struct bc_match_part *part),
                             void *context, struct bc_match_figures *figures, struct bc_error *err)
{
    struct bc_match *match = NULL;
    struct bc_match_part part;
    enum bc_status st = bc_match_new(source, pattern, options, &match, err);
    if (st)
        return st;
    while (!st && !(st = bc_match_next(match, &part)))
        st = sink(context, &part);
    st = st == BC_NO_DATA ? BC_OK : st;
    if (figures)
        bc_match_figures(match, figures);
    bc_match_free(match);
    return st;
}
