#include "branchcore/text_change.h"

#include "branchcore/line_row.h"

enum { LINES_A_REPORT = 4096 };

uint64_t bc_text_delta_limit(uint64_t base_bytes)
{
    const uint64_t most = 8 << 20;
    uint64_t share = base_bytes / 8;
    if (share < BC_TEXT_SMALL)
        return BC_TEXT_SMALL;
    return share < most ? share : most;
}

static enum bc_status sorter_next(void *context, struct bc_slice *line)
{
    return bc_sorter_next(context, line);
}

static enum bc_status sorter_rewind(void *context)
{
    return bc_sorter_rewind(context);
}

struct bc_line_stream bc_sorter_stream(struct bc_sorter *sorter)
{
    return (struct bc_line_stream){sorter_next, sorter_rewind, sorter, bc_sorter_added(sorter)};
}

/* A change in the making. */
struct making {
    struct bc_repo *repo;
    const struct bc_line_stream *stream;
    const struct bc_signed_stream *changes; /* in place of stream; or NULL */
    struct bc_text *old;                    /* NULL: empty */
    uint64_t old_quads;
    struct bc_progress_item *progress;
    uint64_t steps; /* lines looked at, for progress */
    uint64_t steps_total;
    const char *phase;
    uint64_t lines_bytes; /* of change->lines, as rows count */
    uint64_t lines_limit;
    struct bc_run_writer *writer; /* of the new run, once there is one */
    bool union_;
    struct bc_run_writer *delta_writer; /* of the run of changes, likewise */
    uint64_t delta_bytes;
    uint64_t delta_limit; /* with more than that, comparing two texts costs little more */
    struct bc_buffer signed_line;
    struct bc_text_change *change;
};

static void step(struct making *making)
{
    if (++making->steps % LINES_A_REPORT == 0)
        bc_progress_set(making->progress, making->phase, making->steps, making->steps_total);
}

static void begin_phase(struct making *making, const char *phase)
{
    making->phase = phase;
    making->steps = 0;
    bc_progress_set(making->progress, phase, 0, making->steps_total);
}

static void start_counts(struct making *making, bool from_old)
{
    struct bc_text_change *change = making->change;
    bool any = from_old && making->old;
    bc_buffer_clear(&change->lines);
    making->lines_bytes = 0;
    change->added = 0;
    change->removed = 0;
    change->size_bytes = any ? bc_text_bytes(making->old) : 0;
    change->triples = any ? bc_text_triples(making->old) : 0;
    change->quads = any ? making->old_quads : 0;
}

static void count_line(struct bc_text_change *change, char sign, struct bc_slice line)
{
    uint64_t quad = bc_line_is_quad(line);
    if (sign == '+') {
        change->size_bytes += line.size;
        change->triples++;
        change->quads += quad;
    } else {
        change->size_bytes -= line.size;
        change->triples--;
        change->quads -= quad;
    }
}

static enum bc_status append_line(struct bc_buffer *lines, char sign, struct bc_slice line)
{
    struct bc_slice body = bc_slice(line.data, line.size - 1);
    enum bc_status st = bc_buffer_reserve(lines, 5 + body.size);
    if (st)
        return st;
    (void)bc_encode_u8(lines, (uint8_t)sign);
    return bc_encode_bytes(lines, body);
}

/* BC_TOO_LARGE: this would be too many lines to be kept as rows. */
static enum bc_status collect(struct making *making, char sign, struct bc_slice line)
{
    making->lines_bytes += line.size;
    if (making->lines_bytes > making->lines_limit)
        return BC_TOO_LARGE;
    count_line(making->change, sign, line);
    if (sign == '+')
        making->change->added++;
    else
        making->change->removed++;
    return append_line(&making->change->lines, sign, line);
}

/* The old text's lines and the stream's, side by side. */
struct merge {
    struct making *making;
    struct bc_text_cursor *cursor; /* NULL: at the old text's end */
    struct bc_slice old;
    struct bc_slice new;
    bool new_end;
};

static enum bc_status advance_old(struct merge *merge)
{
    enum bc_status st = bc_text_cursor_next(merge->cursor, &merge->old);
    if (st != BC_NO_DATA)
        return st;
    bc_text_cursor_free(merge->cursor);
    merge->cursor = NULL;
    return BC_OK;
}

static enum bc_status advance_new(struct merge *merge)
{
    const struct bc_line_stream *stream = merge->making->stream;
    enum bc_status st = stream->next(stream->context, &merge->new);
    merge->new_end = st == BC_NO_DATA;
    return merge->new_end ? BC_OK : st;
}

static enum bc_status merge_begin(struct making *making, struct merge *merge)
{
    *merge = (struct merge){.making = making};
    enum bc_status st = BC_OK;
    if (making->old)
        st = bc_text_cursor_new(making->old, &merge->cursor);
    if (!st && merge->cursor)
        st = advance_old(merge);
    if (!st)
        st = advance_new(merge);
    if (st)
        bc_text_cursor_free(merge->cursor);
    return st;
}

/* A visitor of a line that is in one of them or in both; it must not keep the line. */
typedef enum bc_status (*merge_visit)(struct making *making, enum bc_side side,
                                      struct bc_slice line);

static enum bc_status merge_step(struct merge *merge, merge_visit visit)
{
    int order;
    if (merge->new_end)
        order = -1;
    else if (!merge->cursor)
        order = 1;
    else
        order = bc_slice_compare(merge->old, merge->new);
    enum bc_side side = order < 0 ? BC_LEFT_ONLY : order > 0 ? BC_RIGHT_ONLY : BC_BOTH;
    step(merge->making);
    enum bc_status st = visit(merge->making, side, order > 0 ? merge->new : merge->old);
    if (!st && order <= 0)
        st = advance_old(merge);
    if (!st && order >= 0)
        st = advance_new(merge);
    return st;
}

static enum bc_status merge_all(struct making *making, merge_visit visit)
{
    struct merge merge;
    enum bc_status st = merge_begin(making, &merge);
    if (st)
        return st;
    while (!st && (merge.cursor || !merge.new_end))
        st = merge_step(&merge, visit);
    bc_text_cursor_free(merge.cursor);
    return st;
}

/* What a signed line is, where it stands before (order > 0) or at the old text's line. */
static enum bc_status check_sign(char sign, int order)
{
    return sign == (order > 0 ? '+' : '-') ? BC_OK : BC_CORRUPT;
}

static enum bc_status advance_signed(struct merge *merge, char *sign)
{
    const struct bc_signed_stream *changes = merge->making->changes;
    enum bc_status st = changes->next(changes->context, sign, &merge->new);
    merge->new_end = st == BC_NO_DATA;
    return merge->new_end ? BC_OK : st;
}

static enum bc_status signed_step(struct merge *merge, char *sign, merge_visit visit)
{
    int order = merge->new_end ? -1 : !merge->cursor ? 1 : bc_slice_compare(merge->old, merge->new);
    enum bc_side side = order < 0 ? BC_BOTH : order > 0 ? BC_RIGHT_ONLY : BC_LEFT_ONLY;
    step(merge->making);
    enum bc_status st = order < 0 ? BC_OK : check_sign(*sign, order);
    if (!st)
        st = visit(merge->making, side, order > 0 ? merge->new : merge->old);
    if (!st && order <= 0)
        st = advance_old(merge);
    if (!st && order >= 0)
        st = advance_signed(merge, sign);
    return st;
}

/* The same for the old text's lines and signed ones. */
static enum bc_status merge_signed(struct making *making, merge_visit visit)
{
    struct merge merge = {.making = making};
    char sign = 0;
    enum bc_status st = making->old ? bc_text_cursor_new(making->old, &merge.cursor) : BC_OK;
    if (!st && merge.cursor)
        st = advance_old(&merge);
    if (!st)
        st = advance_signed(&merge, &sign);
    while (!st && (merge.cursor || !merge.new_end))
        st = signed_step(&merge, &sign, visit);
    bc_text_cursor_free(merge.cursor);
    return st;
}

static enum bc_status collect_signed(struct making *making)
{
    const struct bc_signed_stream *changes = making->changes;
    struct bc_slice line;
    char sign;
    enum bc_status st = BC_OK;
    while (!st) {
        st = changes->next(changes->context, &sign, &line);
        if (!st)
            st = collect(making, sign, line);
        step(making);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status collect_difference(struct making *making, enum bc_side side,
                                         struct bc_slice line)
{
    if (side == BC_BOTH)
        return BC_OK;
    return collect(making, side == BC_RIGHT_ONLY ? '+' : '-', line);
}

static enum bc_status is_in_old(struct bc_text_cursor *cursor, struct bc_slice line, bool *is)
{
    struct bc_slice old;
    enum bc_status st = bc_text_cursor_seek(cursor, line);
    if (!st)
        st = bc_text_cursor_next(cursor, &old);
    *is = !st && bc_slice_equal(old, line);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* What of the stream the old text lacks; of the old text, only blocks that a line falls into are
 * read. */
static enum bc_status collect_missing(struct making *making)
{
    struct bc_text_cursor *cursor = NULL;
    enum bc_status st = making->old ? bc_text_cursor_new(making->old, &cursor) : BC_OK;
    while (!st) {
        struct bc_slice line;
        bool is = false;
        st = making->stream->next(making->stream->context, &line);
        if (!st && cursor)
            st = is_in_old(cursor, line, &is);
        if (!st && !is)
            st = collect(making, '+', line);
        step(making);
    }
    bc_text_cursor_free(cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Walks change->lines: false at the end. They are this process's own, so nothing is checked. */
static bool next_line(const struct bc_buffer *lines, size_t *at, char *sign, struct bc_slice *line)
{
    if (*at == lines->size)
        return false;
    *sign = lines->data[*at];
    *line = bc_slice(lines->data + *at + 5, bc_get_u32(lines->data + *at + 1));
    *at += 5 + line->size;
    return true;
}

/* A new run, pinned; *run is 0 if that fails. */
static enum bc_status new_run(struct making *making, uint64_t *run, bool changes,
                              struct bc_run_writer **writer)
{
    uint64_t id;
    enum bc_status st = bc_repo_next_id(making->repo, &id);
    if (!st)
        st = bc_pin(making->repo, id);
    if (st)
        return st;
    *run = id;
    return changes ? bc_run_writer_new_changes(making->repo->store, id, writer)
                   : bc_run_writer_new(making->repo->store, id, writer);
}

/* The kept lines were too many: begins the new run with them. */
static enum bc_status start_run(struct making *making)
{
    struct bc_text_change *change = making->change;
    change->run_is_new = true;
    enum bc_status st = new_run(making, &change->run, false, &making->writer);
    struct bc_buffer whole = {0};
    struct bc_slice line;
    char sign;
    size_t at = 0;
    while (!st && next_line(&change->lines, &at, &sign, &line)) {
        bc_buffer_clear(&whole);
        st = bc_buffer_append(&whole, line.data, line.size);
        if (!st)
            st = bc_buffer_append(&whole, "\n", 1);
        if (!st)
            st = bc_run_writer_add(making->writer, bc_buffer_slice(&whole), bc_line_is_quad(line));
    }
    bc_buffer_release(&whole);
    bc_buffer_release(&change->lines);
    return st;
}

static enum bc_status write_line(struct making *making, enum bc_side side, struct bc_slice line)
{
    (void)side;
    struct bc_text_change *change = making->change;
    if (making->writer)
        return bc_run_writer_add(making->writer, line, bc_line_is_quad(line));
    making->lines_bytes += line.size;
    if (making->lines_bytes <= BC_TEXT_SMALL) {
        count_line(change, '+', line);
        return append_line(&change->lines, '+', line);
    }
    enum bc_status st = start_run(making);
    return st ? st : bc_run_writer_add(making->writer, line, bc_line_is_quad(line));
}

static enum bc_status finish_writer(struct bc_run_writer **writer, struct bc_run_summary *summary)
{
    struct bc_run_writer *finished = *writer;
    *writer = NULL;
    return bc_run_writer_finish(finished, summary);
}

/* Nobody refers to it yet. */
static void drop_delta(struct making *making)
{
    struct bc_text_change *change = making->change;
    bc_run_writer_abort(making->delta_writer);
    making->delta_writer = NULL;
    making->delta_limit = 0;
    if (change->delta) {
        bc_run_unreferenced(making->repo, change->delta);
        bc_unpin(making->repo, change->delta);
    }
    change->delta = 0;
}

/* Makes sure of a writer for so many bytes more. BC_TOO_LARGE: it would be too many, or was. */
static enum bc_status want_delta(struct making *making, uint64_t bytes)
{
    making->delta_bytes += bytes;
    if (making->delta_bytes > making->delta_limit)
        return BC_TOO_LARGE;
    return making->delta_writer
               ? BC_OK
               : new_run(making, &making->change->delta, true, &making->delta_writer);
}

static enum bc_status add_delta(struct making *making, char sign, struct bc_slice line)
{
    enum bc_status st = want_delta(making, line.size);
    return st ? st
              : bc_delta_run_add(making->delta_writer, sign, line, bc_line_is_quad(line),
                                 &making->signed_line);
}

/* The new text, and beside it what it changes. */
static enum bc_status write_merged(struct making *making, enum bc_side side, struct bc_slice line)
{
    bool stays = side != BC_LEFT_ONLY || making->union_;
    enum bc_status st = stays ? write_line(making, side, line) : BC_OK;
    if (st || (stays && side != BC_RIGHT_ONLY))
        return st;
    st = add_delta(making, stays ? '+' : '-', line);
    if (st == BC_TOO_LARGE)
        drop_delta(making);
    return st == BC_TOO_LARGE ? BC_OK : st;
}

static enum bc_status write_stream(struct making *making)
{
    struct bc_slice line;
    enum bc_status st;
    while (!(st = making->stream->next(making->stream->context, &line))) {
        step(making);
        st = write_line(making, BC_RIGHT_ONLY, line);
        if (st)
            return st;
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status finish_run(struct making *making)
{
    struct bc_run_summary summary;
    enum bc_status st = finish_writer(&making->writer, &summary);
    if (st)
        return st;
    making->change->size_bytes = summary.bytes;
    making->change->triples = summary.lines;
    making->change->quads = summary.quads;
    return BC_OK;
}

/* A text that became small is kept as lines, and its change is not worth a run. */
static enum bc_status finish_delta(struct making *making)
{
    if (!making->delta_writer)
        return BC_OK;
    if (!making->change->run) {
        drop_delta(making);
        return BC_OK;
    }
    return finish_writer(&making->delta_writer, NULL);
}

/* The whole new text: as a run, or as lines over nothing if it is small. */
static enum bc_status make_whole(struct making *making)
{
    bool any_old = making->old && bc_text_bytes(making->old) > 0;
    start_counts(making, false);
    making->change->whole = true;
    making->delta_limit = any_old ? bc_text_bytes(making->old) / 2 : 0;
    begin_phase(making, "writing");
    enum bc_status st = making->changes ? merge_signed(making, write_merged)
                        : any_old       ? merge_all(making, write_merged)
                                        : write_stream(making);
    if (!st && making->writer)
        st = finish_run(making);
    if (!st)
        st = finish_delta(making);
    bc_run_writer_abort(making->writer);
    bc_run_writer_abort(making->delta_writer);
    making->writer = NULL;
    making->delta_writer = NULL;
    bc_buffer_release(&making->signed_line);
    return st;
}

static enum bc_status make_lines(struct making *making)
{
    start_counts(making, true);
    begin_phase(making, "comparing");
    if (making->changes)
        return collect_signed(making);
    return making->union_ ? collect_missing(making) : merge_all(making, collect_difference);
}

/* How many bytes of further lines the old text carries before it wants a new run. */
static enum bc_status lines_limit(struct bc_repo *repo, struct bc_file_text *old, uint64_t *limit)
{
    struct bc_run_summary base = {0};
    uint64_t run = old ? bc_text_run(bc_file_text_view(old)) : 0;
    enum bc_status st = run ? bc_run_summary(repo->store, run, &base) : BC_OK;
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    uint64_t used = old ? bc_file_text_delta_bytes(old) : 0;
    uint64_t all = bc_text_delta_limit(base.bytes);
    *limit = all > used ? all - used : 0;
    return BC_OK;
}

/* How many bytes of changes may lie on top of the old text: a reader has them all in memory. */
static uint64_t overlay_limit(const struct making *making)
{
    if (!making->old)
        return 0;
    uint64_t most = making->repo->memory_bytes / 4 * 3;
    uint64_t half = bc_text_bytes(making->old) / 2;
    uint64_t used = bc_text_memory(making->old);
    uint64_t left = used < most ? most - used : 0;
    return half < left ? half : left;
}

/* The old text with all that the run of changes adds up to. */
static void count_overlay(struct making *making, const struct bc_change_sums *sums)
{
    struct bc_text_change *change = making->change;
    change->added = sums->added;
    change->removed = sums->removed;
    change->size_bytes = bc_text_bytes(making->old) + sums->added_bytes - sums->removed_bytes;
    change->triples = bc_text_triples(making->old) + sums->added - sums->removed;
    change->quads = making->old_quads + sums->added_quads - sums->removed_quads;
}

static enum bc_status add_next(struct making *making)
{
    const struct bc_signed_stream *changes = making->changes;
    struct bc_slice line;
    char sign;
    enum bc_status st = changes->next(changes->context, &sign, &line);
    if (st)
        return st;
    step(making);
    return add_delta(making, sign, line);
}

static enum bc_status add_next_lines(struct making *making)
{
    const struct bc_signed_stream *changes = making->changes;
    struct bc_slice lines;
    bool quads;
    enum bc_status st = changes->next_lines(changes->context, &lines, &quads);
    if (!st)
        st = want_delta(making, lines.size);
    return st ? st : bc_run_writer_add_lines(making->delta_writer, lines, quads);
}

/* The changes as a run on top of the old text. BC_TOO_LARGE. */
static enum bc_status make_overlay(struct making *making)
{
    struct bc_change_sums sums;
    unsigned char digest[32];
    start_counts(making, true);
    making->delta_limit = overlay_limit(making);
    making->change->overlay = true;
    begin_phase(making, "writing");
    enum bc_status st = BC_OK;
    while (!st)
        st = making->changes->next_lines ? add_next_lines(making) : add_next(making);
    bc_buffer_release(&making->signed_line);
    if (st == BC_NO_DATA && !making->delta_writer) {
        making->change->overlay = false;
        making->change->unchanged = true;
        return BC_OK;
    }
    if (st == BC_NO_DATA)
        st = finish_writer(&making->delta_writer, NULL);
    if (!st)
        st = bc_delta_run_sums(making->repo->store, making->change->delta, &sums, digest);
    if (!st)
        count_overlay(making, &sums);
    if (st)
        drop_delta(making);
    making->change->overlay = !st;
    return st;
}

static enum bc_status rewind_input(struct making *making)
{
    return making->changes ? making->changes->rewind(making->changes->context)
                           : making->stream->rewind(making->stream->context);
}

/* So many lines need not be tried as rows first. */
static bool is_large(const struct making *making)
{
    enum { TIMES = 4 };
    return making->changes && making->changes->bytes / TIMES > making->lines_limit;
}

static enum bc_status make(struct making *making)
{
    enum bc_status st = BC_OK;
    if (!is_large(making)) {
        st = make_lines(making);
        if (!st)
            making->change->unchanged = !making->change->lines.size;
        if (st != BC_TOO_LARGE)
            return st;
        st = rewind_input(making);
    }
    if (!st && making->changes && overlay_limit(making)) {
        st = make_overlay(making);
        if (st != BC_TOO_LARGE)
            return st;
        making->delta_bytes = 0;
        st = rewind_input(making);
    }
    return st ? st : make_whole(making);
}

enum bc_status bc_text_change_share(struct bc_repo *repo, struct bc_file_text *old, uint64_t run,
                                    const struct bc_change_sums *sums,
                                    struct bc_text_change *change)
{
    struct bc_text *view = bc_file_text_view(old);
    struct making making = {
        .repo = repo, .old = view, .old_quads = bc_file_text_quads(old), .change = change};
    struct bc_run_summary summary;
    enum bc_status st = bc_run_summary(repo->store, run, &summary);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    if (summary.bytes > overlay_limit(&making) || summary.bytes <= BC_TEXT_SMALL)
        return BC_TOO_LARGE;
    st = bc_pin(repo, run);
    if (st)
        return st;
    *change = (struct bc_text_change){
        .version = bc_text_version(view),
        .overlay = true,
        .delta = run,
        .delta_is_shared = true,
    };
    count_overlay(&making, sums);
    return BC_OK;
}

enum bc_status bc_text_change_from(struct bc_repo *repo, const struct bc_line_stream *stream,
                                   struct bc_file_text *old, bool union_,
                                   struct bc_progress_item *progress, struct bc_text_change *change)
{
    *change = (struct bc_text_change){0};
    struct making making = {
        .repo = repo,
        .stream = stream,
        .old = old ? bc_file_text_view(old) : NULL,
        .old_quads = old ? bc_file_text_quads(old) : 0,
        .progress = progress,
        .union_ = union_,
        .change = change,
    };
    making.steps_total = stream->lines;
    if (making.old) {
        change->version = bc_text_version(making.old);
        making.steps_total += union_ ? bc_text_triples(making.old) : 0;
    }
    enum bc_status st = lines_limit(repo, old, &making.lines_limit);
    if (!st)
        st = make(&making);
    if (st)
        bc_text_change_release(repo, change);
    return st;
}

enum bc_status bc_text_change_signed(struct bc_repo *repo, const struct bc_signed_stream *stream,
                                     struct bc_file_text *old, struct bc_progress_item *progress,
                                     struct bc_text_change *change)
{
    *change = (struct bc_text_change){0};
    struct making making = {
        .repo = repo,
        .changes = stream,
        .old = old ? bc_file_text_view(old) : NULL,
        .old_quads = old ? bc_file_text_quads(old) : 0,
        .progress = progress,
        .change = change,
    };
    if (making.old)
        change->version = bc_text_version(making.old);
    enum bc_status st = lines_limit(repo, old, &making.lines_limit);
    if (!st)
        st = make(&making);
    if (st)
        bc_text_change_release(repo, change);
    return st;
}

static enum bc_status clone_line(void *context, char sign, struct bc_slice line)
{
    struct making *making = context;
    making->lines_bytes += line.size;
    if (making->lines_bytes > making->lines_limit)
        return BC_TOO_LARGE;
    return append_line(&making->change->lines, sign, line);
}

/* The whole text as a run of its own. */
static enum bc_status clone_as_run(struct making *making, struct bc_text *view)
{
    struct bc_text_cursor *cursor = NULL;
    struct bc_slice line;
    start_counts(making, false);
    making->change->version = bc_text_version(view);
    making->change->whole = true;
    enum bc_status st = bc_text_cursor_new(view, &cursor);
    while (!st && !(st = bc_text_cursor_next(cursor, &line)))
        st = write_line(making, BC_RIGHT_ONLY, line);
    st = st == BC_NO_DATA ? BC_OK : st;
    bc_text_cursor_free(cursor);
    if (!st && making->writer)
        st = finish_run(making);
    bc_run_writer_abort(making->writer);
    return st;
}

enum bc_status bc_text_change_clone(struct bc_repo *repo, struct bc_file_text *from,
                                    struct bc_text_change *change)
{
    struct bc_text *view = bc_file_text_view(from);
    struct making making = {.repo = repo, .change = change};
    struct bc_run_summary base = {0};
    *change = (struct bc_text_change){
        .version = bc_text_version(view),
        .whole = true,
        .size_bytes = bc_text_bytes(view),
        .triples = bc_text_triples(view),
        .quads = bc_file_text_quads(from),
    };
    enum bc_status st = bc_pin(repo, bc_text_run(view));
    if (st)
        return st;
    change->run = bc_text_run(view);
    if (change->run)
        st = bc_run_summary(repo->store, change->run, &base);
    making.lines_limit = bc_text_delta_limit(base.bytes);
    if (!st)
        st = bc_text_each_change(view, clone_line, &making);
    if (st == BC_TOO_LARGE) {
        bc_text_change_release(repo, change);
        st = clone_as_run(&making, view);
    }
    if (st)
        bc_text_change_release(repo, change);
    return st;
}

static enum bc_status put_rows(struct bc_update *update, struct bc_found *found,
                               const struct bc_buffer *lines, bool fresh)
{
    struct bc_slice line;
    char sign;
    size_t at = 0;
    enum bc_status st = BC_OK;
    while (!st && next_line(lines, &at, &sign, &line))
        st = bc_line_row_put(update, found, sign, line, fresh);
    if (lines->size)
        found->record.flags |= BC_NODE_DELTA;
    return st;
}

/* Nothing that was there before counts any more. */
static enum bc_status put_whole(struct bc_update *update, struct bc_found *found,
                                const struct bc_text_change *change, bool was_version)
{
    struct bc_node *record = &found->record;
    enum bc_status st = BC_OK;
    bool own = found->layer == update->branch->work;
    /* What a layer changes counts from the layer below, not from what the working set had. */
    bool first = !own || (!(record->flags & (BC_NODE_DELTA | BC_NODE_BASE)) && !record->delta);
    if (own && (record->flags & BC_NODE_DELTA))
        st = bc_rows_delete(update, record->form == BC_TEXT ? BC_ROW_LINE : BC_ROW_CHUNK, found->id,
                            0);
    if (st)
        return st;
    bc_node_own(update, found);
    record->flags = (uint8_t)((record->flags & BC_NODE_XATTR) | BC_NODE_BASE);
    record->form = BC_TEXT;
    record->run = change->run;
    record->delta = first && was_version ? change->delta : 0;
    record->cut_bytes = 0;
    record->delta_bytes = 0;
    return put_rows(update, found, &change->lines, true);
}

static enum bc_status put_lines(struct bc_update *update, struct bc_found *found,
                                const struct bc_text_change *change)
{
    bool own = found->layer == update->branch->work;
    /* A record that covers is of a frozen layer: in a working set its run would not follow. */
    if (own && (found->record.flags & BC_NODE_COVERS))
        return BC_CORRUPT;
    bool fresh = !own || !(found->record.flags & BC_NODE_DELTA);
    bc_node_own(update, found);
    return put_rows(update, found, &change->lines, fresh);
}

static enum bc_status put_overlay(struct bc_update *update, struct bc_found *found,
                                  const struct bc_text_change *change)
{
    const struct bc_node *record = &found->record;
    if (found->layer == update->branch->work &&
        ((record->flags & (BC_NODE_DELTA | BC_NODE_BASE)) || record->delta))
        return BC_INVALID;
    bc_node_own(update, found);
    found->record.delta = change->delta;
    return BC_OK;
}

enum bc_status bc_text_change_put(struct bc_update *update, struct bc_found *found,
                                  const struct bc_text_change *change)
{
    struct bc_node *record = &found->record;
    bool was_text = record->form == BC_TEXT;
    bool was_version = was_text && record->version == change->version;
    record->mtime_ns = update->now_ns;
    record->ctime_ns = update->now_ns;
    if (change->unchanged && was_text)
        return bc_node_put(update, found);
    enum bc_status st = bc_repo_next_id(update->branch->repo, &record->version);
    if (!st && change->overlay)
        st = put_overlay(update, found, change);
    else if (!st && (change->whole || !was_text))
        st = put_whole(update, found, change, was_version);
    else if (!st)
        st = put_lines(update, found, change);
    if (st)
        return st;
    record->size_bytes = change->size_bytes;
    record->triples = change->triples;
    record->quads = change->quads;
    return bc_node_put(update, found);
}

enum bc_status bc_text_change_apply(struct bc_branch *branch, uint64_t node,
                                    const struct bc_text_change *change)
{
    struct bc_update update;
    struct bc_found found;
    if (change->unchanged)
        return BC_OK;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = bc_node_find(branch, node, &found);
    if (!st) {
        st = bc_text_change_put(&update, &found, change);
        bc_found_release(&found);
    }
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

static void release_run(struct bc_repo *repo, uint64_t run, bool is_new)
{
    if (run && is_new)
        bc_run_unreferenced(repo, run);
    if (run)
        bc_unpin(repo, run);
}

void bc_text_change_release(struct bc_repo *repo, struct bc_text_change *change)
{
    release_run(repo, change->run, change->run_is_new);
    release_run(repo, change->delta, !change->delta_is_shared);
    bc_buffer_release(&change->lines);
    *change = (struct bc_text_change){0};
}
