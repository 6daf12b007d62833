#include "branchcore/ntriples.h"

#include "branchcore/compute.h"
#include "branchcore/line_parse.h"
#include "branchcore/syntax_error.h"
#include "branchcore/term_text.h"

#include <assert.h>

enum {
    KEPT_BUFFER = 1 << 16, /* buffers that a long line grew beyond this are given back behind it */
    BATCH = 256,           /* statements split at once */
    MOST_BYTES = 1 << 30,  /* at once; the engine's offsets have 32 bits */
    MOST_ALONE = 64,
};

struct bc_ntriples {
    enum bc_syntax syntax;
    const struct bc_compute *compute;
    bc_line_sink sink;
    void *context;
    struct bc_buffer carry;     /* the start of a line whose end has not come yet */
    struct bc_buffer canonical; /* the statement that the parser writes */
    uint64_t line;              /* the current line's number, from 0 */
    uint64_t offset;            /* of its first byte */
    uint64_t statements;
    bool behind_cr; /* a '\n' that comes next belongs to the line end before it */
    bool finished;
    enum bc_status failed;
    struct bc_syntax_error error; /* line 0: none */
    size_t alone;                 /* lines to be read one by one where the engine stops */
    struct bc_spans spans[BATCH];
};

enum bc_status bc_ntriples_new(const struct bc_compute *compute, enum bc_syntax syntax,
                               bc_line_sink sink, void *context, struct bc_ntriples **reader)
{
    struct bc_ntriples *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->syntax = syntax;
    made->compute = compute ? compute : bc_scalar_engine();
    made->alone = 1;
    made->sink = sink;
    made->context = context;
    *reader = made;
    return BC_OK;
}

void bc_ntriples_reset(struct bc_ntriples *reader)
{
    bc_buffer_clear(&reader->carry);
    reader->line = 0;
    reader->offset = 0;
    reader->statements = 0;
    reader->behind_cr = false;
    reader->finished = false;
    reader->failed = BC_OK;
    reader->alone = 1;
    reader->error.line = 0;
}

void bc_ntriples_free(struct bc_ntriples *reader)
{
    if (!reader)
        return;
    bc_buffer_release(&reader->carry);
    bc_buffer_release(&reader->canonical);
    bc_free(reader);
}

static enum bc_status fail(struct bc_ntriples *reader, enum bc_status status)
{
    bc_buffer_release(&reader->carry);
    bc_buffer_release(&reader->canonical);
    reader->failed = status;
    return status;
}

static enum bc_status refuse(struct bc_ntriples *reader, struct bc_slice line,
                             const struct bc_line_refusal *refusal, bool cut)
{
    struct bc_syntax_error *error = &reader->error;
    size_t spot = (size_t)(refusal->spot - line.data);
    memcpy(error->reason, refusal->reason, sizeof error->reason);
    error->line = reader->line + 1;
    error->offset = reader->offset + spot;
    bc_syntax_error_place(error, line, spot, cut);
    return BC_SYNTAX;
}

/* The line is BC_LINE_MAX bytes or more without an end; `line` is its first BC_LINE_MAX - 1. If
 * they are wrong already, that is said: the text may not be N-Triples at all. */
static enum bc_status refuse_long(struct bc_ntriples *reader, struct bc_slice line)
{
    struct bc_line_refusal refusal;
    bool quad;
    assert(line.size == BC_LINE_MAX - 1);
    enum bc_status st = bc_line_parse(line, reader->syntax, &reader->canonical, &quad, &refusal);
    if (st && st != BC_SYNTAX)
        return st;
    if (!st || refusal.at_end) {
        refusal =
            (struct bc_line_refusal){.spot = line.data, .reason = "a line is longer than 16 MiB"};
        line.size = sizeof reader->error.excerpt;
    }
    return refuse(reader, line, &refusal, true);
}

static enum bc_status give(struct bc_ntriples *reader, struct bc_slice canonical, bool quad)
{
    enum bc_status st = reader->sink(reader->context, canonical, quad);
    reader->statements += !st;
    return st;
}

/* A whole line without its end, in any spelling. */
static enum bc_status parse_line(struct bc_ntriples *reader, struct bc_slice line)
{
    struct bc_line_refusal refusal;
    bool quad;
    if (line.size >= BC_LINE_MAX)
        return refuse_long(reader, bc_slice(line.data, BC_LINE_MAX - 1));
    enum bc_status st = bc_line_parse(line, reader->syntax, &reader->canonical, &quad, &refusal);
    if (st == BC_SYNTAX)
        return refuse(reader, line, &refusal, false);
    if (!st && reader->canonical.size)
        st = give(reader, bc_buffer_slice(&reader->canonical), quad);
    if (reader->canonical.capacity > KEPT_BUFFER)
        bc_buffer_release(&reader->canonical);
    return st;
}

/* The first '\n' or '\r', or end. Some bytes at a time, lest the one that is there is found by
 * going through all text for the other one. */
static const char *find_line_end(const char *at, const char *end)
{
    enum { LOOK = 512 };
    for (; at < end; at += LOOK) {
        size_t size = (size_t)(end - at) < LOOK ? (size_t)(end - at) : LOOK;
        const char *feed = memchr(at, '\n', size);
        const char *carriage = memchr(at, '\r', feed ? (size_t)(feed - at) : size);
        if (carriage || feed)
            return carriage ? carriage : feed;
        if (size < LOOK)
            break;
    }
    return end;
}

/* Behind the last line end, or text if there is none. */
static const char *behind_last_line_end(const char *text, const char *end)
{
    const char *feed = memrchr(text, '\n', (size_t)(end - text));
    const char *from = feed ? feed + 1 : text;
    const char *carriage = memrchr(from, '\r', (size_t)(end - from));
    return carriage ? carriage + 1 : from;
}

/* Steps over the line end at `at`, for "\r\n" as far as it is there. */
static const char *next_line(struct bc_ntriples *reader, const char *start, const char *at,
                             const char *end)
{
    bool carriage = *at++ == '\r';
    if (carriage && at < end && *at == '\n')
        at++;
    else
        reader->behind_cr = carriage && at == end;
    reader->offset += (size_t)(at - start);
    reader->line++;
    return at;
}

/* One line, with its line end before end; *stop says where that is. */
static enum bc_status read_line(struct bc_ntriples *reader, const char *at, const char *end,
                                const char **stop)
{
    struct bc_statement statement;
    const char *behind = bc_canonical_walk(at, end, &statement);
    bool quad = behind && statement.graph.size;
    if (behind && *behind == '\n' && behind - at < BC_LINE_MAX &&
        (!quad || reader->syntax == BC_NQUADS)) {
        *stop = behind;
        return give(reader, bc_slice(at, (size_t)(behind + 1 - at)), quad);
    }
    *stop = find_line_end(at, end);
    return parse_line(reader, bc_slice(at, (size_t)(*stop - at)));
}

/* The first of them is not canonical. */
static enum bc_status read_lines_alone(struct bc_ntriples *reader, const char **at, const char *end)
{
    const char *stop = find_line_end(*at, end);
    enum bc_status st = parse_line(reader, bc_slice(*at, (size_t)(stop - *at)));
    if (!st)
        *at = next_line(reader, *at, stop, end);
    for (size_t i = 1; !st && i < reader->alone && *at < end; i++) {
        st = read_line(reader, *at, end, &stop);
        if (!st)
            *at = next_line(reader, *at, stop, end);
    }
    return st;
}

/* What is canonical from *at on, a batch at most; *all: it all was. */
static enum bc_status read_canonical(struct bc_ntriples *reader, const char **at, const char *end,
                                     bool *all)
{
    const struct bc_compute *compute = reader->compute;
    if (end - *at > MOST_BYTES)
        end = behind_last_line_end(*at, *at + MOST_BYTES);
    struct bc_slice text = bc_slice(*at, (size_t)(end - *at));
    size_t used;
    size_t count = compute->split(compute, text, reader->syntax, reader->spans, BATCH, &used);
    for (size_t i = 0; i < count; i++) {
        const struct bc_spans *spans = &reader->spans[i];
        enum bc_status st = give(reader, bc_spans_line(text.data, spans), spans->graph);
        if (st)
            return st;
    }
    *all = count == BATCH || (count && used == text.size);
    /* Text of another spelling is not worth asking the engine again for each line. */
    if (!*all)
        reader->alone = count ? 1 : reader->alone < MOST_ALONE ? reader->alone * 2 : MOST_ALONE;
    reader->line += count;
    reader->offset += used;
    *at += used;
    return BC_OK;
}

/* Whole lines: the byte before end is a line end. */
static enum bc_status read_lines(struct bc_ntriples *reader, const char *at, const char *end)
{
    while (at < end) {
        bool all;
        enum bc_status st = read_canonical(reader, &at, end, &all);
        if (!st && !all)
            st = read_lines_alone(reader, &at, end);
        if (st)
            return st;
    }
    return BC_OK;
}

/* Keeps text that has no line end. */
static enum bc_status carry(struct bc_ntriples *reader, const char *text, size_t size)
{
    struct bc_buffer *carry = &reader->carry;
    size_t room = BC_LINE_MAX - 1 - carry->size;
    enum bc_status st = bc_buffer_append(carry, text, size < room ? size : room);
    if (st || size <= room)
        return st;
    return refuse_long(reader, bc_buffer_slice(carry));
}

/* The carried line is complete. */
static enum bc_status read_carried(struct bc_ntriples *reader)
{
    struct bc_buffer *carry = &reader->carry;
    const char *stop;
    enum bc_status st = bc_buffer_append(carry, "\n", 1);
    if (!st)
        st = read_line(reader, carry->data, carry->data + carry->size, &stop);
    reader->offset += carry->size - 1;
    bc_buffer_clear(carry);
    if (carry->capacity > KEPT_BUFFER)
        bc_buffer_release(carry);
    return st;
}

/* Takes the rest of the carried line from text; *used says how many bytes that was. */
static enum bc_status complete_carried(struct bc_ntriples *reader, const char *text,
                                       const char *end, size_t *used)
{
    const char *stop = find_line_end(text, end);
    enum bc_status st = carry(reader, text, (size_t)(stop - text));
    if (st || stop == end) {
        *used = (size_t)(end - text);
        return st;
    }
    st = read_carried(reader);
    if (st)
        return st;
    *used = (size_t)(next_line(reader, stop, stop, end) - text);
    return BC_OK;
}

static enum bc_status feed(struct bc_ntriples *reader, const char *text, const char *end)
{
    if (reader->behind_cr) {
        reader->behind_cr = false;
        if (*text == '\n') {
            text++;
            reader->offset++;
        }
    }
    if (reader->carry.size) {
        size_t used;
        enum bc_status st = complete_carried(reader, text, end, &used);
        if (st)
            return st;
        text += used;
    }
    const char *rest = behind_last_line_end(text, end);
    enum bc_status st = read_lines(reader, text, rest);
    if (st || rest == end)
        return st;
    reader->behind_cr = false;
    return carry(reader, rest, (size_t)(end - rest));
}

enum bc_status bc_ntriples_feed(struct bc_ntriples *reader, const void *data, size_t size)
{
    if (reader->failed)
        return reader->failed;
    if (reader->finished)
        return BC_INVALID;
    if (!size)
        return BC_OK;
    const char *text = data;
    enum bc_status st = feed(reader, text, text + size);
    return st ? fail(reader, st) : BC_OK;
}

enum bc_status bc_ntriples_finish(struct bc_ntriples *reader)
{
    if (reader->failed || reader->finished)
        return reader->failed;
    reader->finished = true;
    enum bc_status st = reader->carry.size ? read_carried(reader) : BC_OK;
    return st ? fail(reader, st) : BC_OK;
}

const struct bc_syntax_error *bc_ntriples_error(const struct bc_ntriples *reader)
{
    return reader->error.line ? &reader->error : NULL;
}

uint64_t bc_ntriples_statements(const struct bc_ntriples *reader)
{
    return reader->statements;
}
