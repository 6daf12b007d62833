#include "branchcore/canon.h"

#include "branchcore/canon_label.h"
#include "branchcore/text.h"

#include <string.h>

enum { LIMIT_DEFAULT = 2000000, LIMIT_A_LINE = 16, LINES_A_LOOK = 4096 };

struct bc_canon {
    struct bc_canon_options options;
    struct bc_canon_graph graph;
    struct bc_canon_issuer issuer;
    uint64_t steps;
    uint64_t line_count;
    struct bc_sorter
        *sorter;          /* of all lines; of those with blank nodes alone, if there is a text */
    struct bc_text *text; /* has the lines without blank nodes; or NULL */
    struct bc_text_cursor *cursor;
    struct bc_slice block;            /* the rest of what the cursor gave */
    struct bc_slice ground, labelled; /* the next line of the text, and of the sorter; size 0: the
                                         end */
    bool reading;
};

enum bc_status bc_canon_new(const struct bc_canon_options *options, struct bc_canon **canon)
{
    struct bc_canon *self = bc_alloc_zero(sizeof *self);
    if (!self)
        return BC_NO_MEMORY;
    self->options = *options;
    if (!self->options.sorting.compute)
        self->options.sorting.compute = bc_scalar_engine();
    enum bc_status st = bc_sorter_new(&self->options.sorting, &self->sorter);
    if (st)
        bc_canon_free(self);
    else
        *canon = self;
    return st;
}

void bc_canon_free(struct bc_canon *canon)
{
    if (!canon)
        return;
    bc_canon_graph_release(&canon->graph);
    bc_canon_issuer_release(&canon->issuer);
    bc_sorter_free(canon->sorter);
    bc_text_cursor_free(canon->cursor);
    bc_text_release(canon->text);
    bc_free(canon);
}

static bool is_stopped(struct bc_canon *canon)
{
    return canon->line_count++ % LINES_A_LOOK == 0 && canon->options.stop &&
           atomic_load_explicit(canon->options.stop, memory_order_relaxed);
}

enum bc_status bc_canon_add(struct bc_canon *canon, struct bc_slice line)
{
    if (canon->text)
        return BC_INVALID;
    if (is_stopped(canon))
        return BC_CANCELLED;
    return bc_canon_may_mention(line) ? bc_canon_graph_add(&canon->graph, line)
                                      : bc_sorter_add(canon->sorter, line);
}

/* The next line of the text that may have a blank node, or may not; BC_NO_DATA: the end. */
static enum bc_status next_of_text(struct bc_canon *canon, bool may_mention, struct bc_slice *line)
{
    for (;;) {
        enum bc_status st =
            canon->block.size == 0 ? bc_text_cursor_lines(canon->cursor, &canon->block) : BC_OK;
        if (!st && is_stopped(canon))
            st = BC_CANCELLED;
        if (st)
            return st;
        const char *end = memchr(canon->block.data, '\n', canon->block.size);
        size_t size = end ? (size_t)(end + 1 - canon->block.data) : canon->block.size;
        *line = bc_slice(canon->block.data, size);
        canon->block = bc_slice(canon->block.data + size, canon->block.size - size);
        if (bc_canon_may_mention(*line) == may_mention)
            return BC_OK;
    }
}

enum bc_status bc_canon_add_text(struct bc_canon *canon, struct bc_text *text)
{
    struct bc_slice line;
    if (canon->line_count > 0 || canon->text)
        return BC_INVALID;
    canon->text = bc_text_retain(text);
    enum bc_status st = bc_text_cursor_new(text, &canon->cursor);
    while (!st) {
        st = next_of_text(canon, true, &line);
        if (!st)
            st = bc_canon_graph_add(&canon->graph, line);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status put_label(const void *context, uint32_t node, struct bc_buffer *to)
{
    const struct bc_canon_issuer *issuer = context;
    return bc_buffer_printf(to, "_:c14n%u", (unsigned)issuer->places[node] - 1);
}

static enum bc_status sort_labelled(struct bc_canon *canon, struct bc_error *err)
{
    struct bc_buffer line = {0};
    enum bc_status st = BC_OK;
    for (size_t i = 0; i < canon->graph.quad_count && !st; i++) {
        bc_buffer_clear(&line);
        st = is_stopped(canon)
                 ? BC_CANCELLED
                 : bc_canon_put_quad(&canon->graph.quads[i], put_label, &canon->issuer, &line);
        if (!st)
            st = bc_sorter_add(canon->sorter, bc_buffer_slice(&line));
        if (st == BC_TOO_LARGE)
            st = bc_fail(err, st, "with its new labels a line is longer than 16 MiB: %.100s...",
                         line.data);
    }
    bc_buffer_release(&line);
    return st ? st : bc_sorter_finish(canon->sorter);
}

static enum bc_status add_ground(void *context, struct bc_slice line)
{
    struct bc_canon *canon = context;
    return bc_sorter_add(canon->sorter, line);
}

static uint64_t limit_of(const struct bc_canon *canon)
{
    uint64_t by_lines = (uint64_t)LIMIT_A_LINE * canon->graph.quad_count;
    if (canon->options.limit > 0)
        return canon->options.limit;
    return by_lines > LIMIT_DEFAULT ? by_lines : LIMIT_DEFAULT;
}

static enum bc_status label(struct bc_canon *canon, struct bc_error *err)
{
    uint64_t limit = limit_of(canon);
    enum bc_status st = bc_canon_issuer_init(&canon->issuer, bc_canon_node_count(&canon->graph));
    if (!st)
        st = bc_canon_label_nodes(&canon->graph, canon->options.hash, limit, canon->options.stop,
                                  &canon->issuer, &canon->steps);
    if (st == BC_TOO_LARGE)
        return bc_fail(err, st,
                       "its blank nodes are too much alike to be told apart within %llu steps "
                       "(RDFC-1.0 poison graph)",
                       (unsigned long long)limit);
    return st;
}

enum bc_status bc_canon_finish(struct bc_canon *canon, struct bc_error *err)
{
    enum bc_status st = bc_canon_graph_finish(&canon->graph, canon->options.sorting.compute,
                                              add_ground, canon, err);
    if (!st)
        st = label(canon, err);
    return st ? st : sort_labelled(canon, err);
}

static enum bc_status or_end(enum bc_status status, struct bc_slice *line)
{
    if (status != BC_NO_DATA)
        return status;
    *line = bc_slice("", 0);
    return BC_OK;
}

static enum bc_status next_ground(struct bc_canon *canon)
{
    return or_end(next_of_text(canon, false, &canon->ground), &canon->ground);
}

static enum bc_status next_labelled(struct bc_canon *canon)
{
    return or_end(bc_sorter_next(canon->sorter, &canon->labelled), &canon->labelled);
}

static enum bc_status begin_reading(struct bc_canon *canon)
{
    canon->reading = true;
    canon->block = bc_slice("", 0);
    enum bc_status st = bc_text_cursor_place(canon->cursor, 0);
    if (!st)
        st = next_ground(canon);
    return st ? st : next_labelled(canon);
}

/* No line is of both, which would not even matter. */
static enum bc_status merge(struct bc_canon *canon, size_t enough, struct bc_buffer *lines)
{
    enum bc_status st = canon->reading ? BC_OK : begin_reading(canon);
    if (!st && canon->ground.size == 0 && canon->labelled.size == 0)
        return BC_NO_DATA;
    while (!st && lines->size < enough && (canon->ground.size > 0 || canon->labelled.size > 0)) {
        bool take_ground =
            canon->labelled.size == 0 ||
            (canon->ground.size > 0 && bc_slice_compare(canon->ground, canon->labelled) < 0);
        struct bc_slice line = take_ground ? canon->ground : canon->labelled;
        st = bc_buffer_append(lines, line.data, line.size);
        if (!st)
            st = take_ground ? next_ground(canon) : next_labelled(canon);
    }
    return st;
}

enum bc_status bc_canon_next_block(struct bc_canon *canon, size_t enough, struct bc_buffer *lines)
{
    return canon->text ? merge(canon, enough, lines)
                       : bc_sorter_next_block(canon->sorter, enough, lines);
}

size_t bc_canon_label_count(const struct bc_canon *canon)
{
    return canon->issuer.count;
}

struct bc_slice bc_canon_label(const struct bc_canon *canon, size_t number)
{
    return bc_group_table_key(&canon->graph.labels, canon->issuer.order[number]);
}

uint64_t bc_canon_steps(const struct bc_canon *canon)
{
    return canon->steps;
}
