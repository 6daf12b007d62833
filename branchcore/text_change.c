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
    struct bc_text *old; /* NULL: empty */
    uint64_t old_quads;
    struct bc_progress_item *progress;
    uint64_t steps; /* lines looked at, for progress */
    uint64_t steps_total;
    const char *phase;
    uint64_t lines_bytes; /* of change->lines, as rows count */
    uint64_t lines_limit;
    struct bc_run_writer *writer; /* of the new run, once there is one */
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

/* The kept lines were too many: begins the new run with them. */
static enum bc_status start_run(struct making *making)
{
    struct bc_text_change *change = making->change;
    uint64_t run;
    enum bc_status st = bc_repo_next_id(making->repo, &run);
    if (!st)
        st = bc_pin(making->repo, run);
    if (st)
        return st;
    change->run = run;
    change->run_is_new = true;
    st = bc_run_writer_new(making->repo->store, run, &making->writer);
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
    struct bc_run_writer *writer = making->writer;
    making->writer = NULL;
    enum bc_status st = bc_run_writer_finish(writer, &summary);
    if (st)
        return st;
    making->change->size_bytes = summary.bytes;
    making->change->triples = summary.lines;
    making->change->quads = summary.quads;
    return BC_OK;
}

/* The whole new text: as a run, or as lines over nothing if it is small. */
static enum bc_status make_whole(struct making *making, bool union_)
{
    start_counts(making, false);
    making->change->whole = true;
    begin_phase(making, "writing");
    enum bc_status st = union_ ? merge_all(making, write_line) : write_stream(making);
    if (!st && making->writer)
        st = finish_run(making);
    bc_run_writer_abort(making->writer);
    making->writer = NULL;
    return st;
}

static enum bc_status make_lines(struct making *making, bool union_)
{
    start_counts(making, true);
    begin_phase(making, "comparing");
    return union_ ? collect_missing(making) : merge_all(making, collect_difference);
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

static enum bc_status make(struct making *making, bool union_)
{
    enum bc_status st = make_lines(making, union_);
    if (!st)
        making->change->unchanged = !making->change->lines.size;
    if (st != BC_TOO_LARGE)
        return st;
    st = making->stream->rewind(making->stream->context);
    return st ? st : make_whole(making, union_);
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
        .change = change,
    };
    making.steps_total = stream->lines;
    if (making.old) {
        change->version = bc_text_version(making.old);
        making.steps_total += union_ ? bc_text_triples(making.old) : 0;
    }
    enum bc_status st = lines_limit(repo, old, &making.lines_limit);
    if (!st)
        st = make(&making, union_);
    if (st)
        bc_text_change_release(repo, change);
    return st;
}

static enum bc_status clone_line(void *context, char sign, struct bc_slice line)
{
    struct bc_text_change *change = context;
    return append_line(&change->lines, sign, line);
}

enum bc_status bc_text_change_clone(struct bc_repo *repo, struct bc_file_text *from,
                                    struct bc_text_change *change)
{
    struct bc_text *view = bc_file_text_view(from);
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
    st = bc_text_each_change(view, clone_line, change);
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
                                const struct bc_text_change *change)
{
    struct bc_node *record = &found->record;
    enum bc_status st = BC_OK;
    if (found->layer == update->branch->work && (record->flags & BC_NODE_DELTA))
        st = bc_rows_delete(update, record->form == BC_TEXT ? BC_ROW_LINE : BC_ROW_CHUNK, found->id,
                            0);
    if (st)
        return st;
    bc_node_own(update, found);
    record->flags = (uint8_t)((record->flags & BC_NODE_XATTR) | BC_NODE_BASE);
    record->form = BC_TEXT;
    record->run = change->run;
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

enum bc_status bc_text_change_put(struct bc_update *update, struct bc_found *found,
                                  const struct bc_text_change *change)
{
    struct bc_node *record = &found->record;
    bool was_text = record->form == BC_TEXT;
    record->mtime_ns = update->now_ns;
    record->ctime_ns = update->now_ns;
    if (change->unchanged && was_text)
        return bc_node_put(update, found);
    enum bc_status st = bc_repo_next_id(update->branch->repo, &record->version);
    if (!st && (change->whole || !was_text))
        st = put_whole(update, found, change);
    else if (!st)
        st = put_lines(update, found, change);
    if (st)
        return st;
    record->size_bytes = change->size_bytes;
    record->triples = change->triples;
    record->quads = change->quads;
    return bc_node_put(update, found);
}

void bc_text_change_release(struct bc_repo *repo, struct bc_text_change *change)
{
    if (change->run) {
        if (change->run_is_new)
            bc_run_unreferenced(repo, change->run);
        bc_unpin(repo, change->run);
    }
    bc_buffer_release(&change->lines);
    *change = (struct bc_text_change){0};
}
