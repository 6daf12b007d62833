#include "branchcore/patch_reading.h"

#include "branchcore/line_parse.h"
#include "branchcore/patch_string.h"
#include "branchcore/term_text.h"

#include <inttypes.h>
#include <stdio.h>

/* Strings and lines that are no slices of the text, in blocks. */
struct bc_patch_block {
    struct bc_patch_block *next;
    size_t used;
    size_t capacity;
    char data[];
};

enum { BLOCK_BYTES = 64 << 10 };

static enum bc_status refuse_args(struct bc_patch_reading *reading, uint64_t line,
                                  const char *format, va_list args)
{
    char reason[400];
    (void)vsnprintf(reason, sizeof reason, format, args);
    return bc_fail(reading->err, BC_SYNTAX, "line %" PRIu64 ": %s", line, reason);
}

enum bc_status bc_patch_refuse(struct bc_patch_reading *reading, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum bc_status st = refuse_args(reading, reading->line, format, args);
    va_end(args);
    return st;
}

enum bc_status bc_patch_refuse_at(struct bc_patch_reading *reading, uint64_t line,
                                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum bc_status st = refuse_args(reading, line, format, args);
    va_end(args);
    return st;
}

const char *bc_patch_keep(struct bc_patch *patch, struct bc_slice bytes)
{
    struct bc_patch_block *block = patch->blocks;
    if (!block || block->capacity - block->used < bytes.size) {
        size_t capacity = bytes.size > BLOCK_BYTES / 4 ? bytes.size : BLOCK_BYTES;
        block = bc_alloc(sizeof *block + capacity);
        if (!block)
            return NULL;
        *block = (struct bc_patch_block){.next = patch->blocks, .capacity = capacity};
        patch->blocks = block;
    }
    char *to = block->data + block->used;
    if (bytes.size)
        memcpy(to, bytes.data, bytes.size);
    block->used += bytes.size;
    return to;
}

void bc_patch_release(struct bc_patch *patch)
{
    for (size_t i = 0; i < patch->part_count; i++)
        bc_buffer_release(&patch->parts[i].bytes);
    bc_free(patch->parts);
    bc_free(patch->rows);
    bc_free(patch->xattrs);
    while (patch->blocks) {
        struct bc_patch_block *block = patch->blocks;
        patch->blocks = block->next;
        bc_free(block);
    }
    *patch = (struct bc_patch){0};
}

void bc_patch_skip_blanks(struct bc_patch_reading *reading)
{
    while (reading->at < reading->end && (*reading->at == ' ' || *reading->at == '\t'))
        reading->at++;
}

static size_t left(const struct bc_patch_reading *reading)
{
    return (size_t)(reading->end - reading->at);
}

static bool at_end(const struct bc_patch_reading *reading)
{
    return reading->at == reading->end || *reading->at == '#';
}

enum bc_status bc_patch_end_of_row(struct bc_patch_reading *reading)
{
    bc_patch_skip_blanks(reading);
    if (reading->at == reading->end || *reading->at != '.')
        return bc_patch_refuse(reading, "expected ' .' at the end of the row");
    reading->at++;
    bc_patch_skip_blanks(reading);
    if (!at_end(reading))
        return bc_patch_refuse(reading, "expected the end of the line behind '.', one row a line");
    return BC_OK;
}

static const char *closing_quote(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    return at < end ? at : NULL;
}

static enum bc_status unescape(struct bc_patch_reading *reading, struct bc_slice *string)
{
    const char *reason = NULL;
    struct bc_buffer plain = {0};
    enum bc_status st = bc_patch_unescape(*string, &plain, &reason);
    if (st == BC_SYNTAX)
        st = bc_patch_refuse(reading, "%s", reason);
    if (!st) {
        *string = bc_slice(bc_patch_keep(reading->patch, bc_buffer_slice(&plain)), plain.size);
        st = string->data ? BC_OK : BC_NO_MEMORY;
    }
    bc_buffer_release(&plain);
    return st;
}

enum bc_status bc_patch_string(struct bc_patch_reading *reading, const char *what,
                               struct bc_slice *string)
{
    bc_patch_skip_blanks(reading);
    if (reading->at == reading->end || *reading->at != '"')
        return bc_patch_refuse(reading, "expected a string in \"\" behind %s", what);
    const char *open = reading->at + 1;
    const char *close = closing_quote(open, reading->end);
    if (!close)
        return bc_patch_refuse(reading, "the string behind %s has no closing '\"'", what);
    reading->at = close + 1;
    if (reading->at < reading->end && (*reading->at == '@' || *reading->at == '^'))
        return bc_patch_refuse(reading,
                               "the string behind %s has a language or a type; write it "
                               "without",
                               what);
    *string = bc_slice(open, (size_t)(close - open));
    return memchr(open, '\\', string->size) ? unescape(reading, string) : BC_OK;
}

/* The present line's column of a spot, in characters. */
static uint64_t column(const struct bc_patch_reading *reading, const char *spot)
{
    uint64_t count = 1;
    for (const char *at = reading->start; at < spot; at++)
        count += !bc_utf8_continues(*at);
    return count;
}

static enum bc_status refuse_spot(struct bc_patch_reading *reading, const char *spot,
                                  const char *reason)
{
    return bc_fail(reading->err, BC_SYNTAX, "line %" PRIu64 ", column %" PRIu64 ": %s",
                   reading->line, column(reading, spot), reason);
}

static enum bc_status add_row(struct bc_patch_reading *reading, char sign, struct bc_slice line)
{
    struct bc_patch *patch = reading->patch;
    if (patch->row_count == patch->row_capacity) {
        size_t capacity = patch->row_capacity ? patch->row_capacity * 2 : 64;
        struct bc_patch_row *rows = bc_realloc_array(patch->rows, capacity, sizeof *rows);
        if (!rows)
            return BC_NO_MEMORY;
        patch->rows = rows;
        patch->row_capacity = capacity;
    }
    patch->rows[patch->row_count] =
        (struct bc_patch_row){line.data, (uint32_t)line.size, sign, patch->row_count};
    patch->row_count++;
    return BC_OK;
}

/* What stands there if it is canonical already, with the '\n' behind it: a slice of the text. */
static bool canonical_already(const struct bc_patch_reading *reading, enum bc_syntax syntax,
                              struct bc_slice *line)
{
    struct bc_statement parts;
    if (reading->end == reading->text_end || *reading->end != '\n' ||
        left(reading) >= BC_LINE_MAX ||
        bc_canonical_walk(reading->at, reading->end, &parts) != reading->end)
        return false;
    *line = bc_slice(reading->at, left(reading) + 1);
    return !parts.graph.size || syntax == BC_NQUADS;
}

static enum bc_status expand(struct bc_patch_reading *reading, struct bc_slice *statement)
{
    enum bc_status st = bc_patch_expand(&reading->prefixes, *statement, &reading->expansion);
    if (st == BC_SYNTAX)
        return refuse_spot(reading, reading->expansion.spot, reading->expansion.reason);
    if (!st && reading->expansion.changed)
        *statement = bc_buffer_slice(&reading->expansion.text);
    return st;
}

static enum bc_status canonicalise(struct bc_patch_reading *reading, enum bc_syntax syntax,
                                   struct bc_slice *line)
{
    struct bc_slice statement = bc_slice(reading->at, left(reading));
    struct bc_line_refusal refusal;
    bool quad;
    if (statement.size >= BC_LINE_MAX)
        return bc_patch_refuse(reading, "a statement is longer than 16 MiB");
    enum bc_status st = expand(reading, &statement);
    if (st)
        return st;
    st = bc_line_parse(statement, syntax, &reading->canonical, &quad, &refusal);
    if (st == BC_SYNTAX && reading->expansion.changed)
        return bc_patch_refuse(reading, "%s", refusal.reason);
    if (st == BC_SYNTAX)
        return refuse_spot(reading, refusal.spot, refusal.reason);
    if (st)
        return st;
    if (!reading->canonical.size)
        return bc_patch_refuse(reading, "a row A or D without a statement");
    const char *kept = bc_patch_keep(reading->patch, bc_buffer_slice(&reading->canonical));
    *line = bc_slice(kept, reading->canonical.size);
    return kept ? BC_OK : BC_NO_MEMORY;
}

/* Rows that no header names a path for. */
static enum bc_status begin_bare(struct bc_patch_reading *reading)
{
    if (!reading->bare_path.size)
        return bc_patch_refuse(reading, "no path says which file the rows are for; put "
                                        "H path \"FILE.nt\" . before them");
    return bc_patch_part_begin(reading, reading->bare_path);
}

static enum bc_status statement_row(struct bc_patch_reading *reading, char sign)
{
    struct bc_slice line = {0};
    enum bc_status st = reading->part ? BC_OK : begin_bare(reading);
    if (!st && !reading->headers.rows)
        st = bc_patch_rows_allowed(reading);
    if (st)
        return st;
    reading->headers.closed = true;
    reading->headers.rows = true;
    bc_patch_skip_blanks(reading);
    enum bc_syntax syntax = bc_syntax_of_lines(sign == '+' ? reading->syntax : reading->old_syntax);
    if (!canonical_already(reading, syntax, &line))
        st = canonicalise(reading, syntax, &line);
    return st ? st : add_row(reading, sign, line);
}

static enum bc_status row_add(struct bc_patch_reading *reading)
{
    return statement_row(reading, '+');
}

static enum bc_status row_delete(struct bc_patch_reading *reading)
{
    return statement_row(reading, '-');
}

static enum bc_status row_begin(struct bc_patch_reading *reading)
{
    if (reading->transaction)
        return bc_patch_refuse(reading,
                               "TX within the transaction that line %" PRIu64
                               " begins; end that with TC or TA first",
                               reading->transaction);
    reading->transaction = reading->line;
    reading->transaction_rows = reading->patch->row_count;
    reading->transaction_prefixes = reading->prefixes.count;
    reading->headers.closed = true;
    return bc_patch_end_of_row(reading);
}

static enum bc_status row_commit(struct bc_patch_reading *reading)
{
    if (!reading->transaction)
        return bc_patch_refuse(reading, "TC without a TX before it");
    reading->transaction = 0;
    return bc_patch_end_of_row(reading);
}

static enum bc_status row_abort(struct bc_patch_reading *reading)
{
    if (!reading->transaction)
        return bc_patch_refuse(reading, "TA without a TX before it");
    reading->transaction = 0;
    reading->patch->row_count = reading->transaction_rows;
    reading->prefixes.count = reading->transaction_prefixes;
    return bc_patch_end_of_row(reading);
}

/* "ex", "ex:" or the bare ex: of a prefix. */
static enum bc_status prefix_name(struct bc_patch_reading *reading, struct bc_slice *name)
{
    bc_patch_skip_blanks(reading);
    if (reading->at < reading->end && *reading->at != '"') {
        const char *start = reading->at;
        while (reading->at < reading->end && *reading->at != ':' && *reading->at != ' ')
            reading->at++;
        *name = bc_slice(start, (size_t)(reading->at - start));
        if (reading->at == reading->end || *reading->at++ != ':')
            return bc_patch_refuse(reading, "expected a prefix such as \"ex\"");
        return BC_OK;
    }
    enum bc_status st = bc_patch_string(reading, "PA or PD", name);
    if (!st && name->size && name->data[name->size - 1] == ':')
        name->size--;
    return st;
}

static enum bc_status prefix_iri(struct bc_patch_reading *reading, struct bc_slice *iri)
{
    enum bc_status st = BC_OK;
    bc_patch_skip_blanks(reading);
    if (reading->at < reading->end && *reading->at == '<') {
        const char *open = reading->at + 1;
        const char *close = memchr(open, '>', left(reading) - 1);
        if (!close)
            return bc_patch_refuse(reading, "the IRI behind the prefix has no closing '>'");
        *iri = bc_slice(open, (size_t)(close - open));
        reading->at = close + 1;
    } else {
        st = bc_patch_string(reading, "the prefix", iri);
    }
    if (st)
        return st;
    const char *end = iri->data + iri->size;
    if (!bc_has_scheme(iri->data, end) || bc_iri_run(iri->data, end) != end)
        st = bc_patch_refuse(reading, "a prefix stands for an absolute IRI, which \"%s\" is not",
                             bc_patch_show(*iri).text);
    return st;
}

static enum bc_status row_prefix_add(struct bc_patch_reading *reading)
{
    struct bc_slice name = {0};
    struct bc_slice iri = {0};
    enum bc_status st = prefix_name(reading, &name);
    if (!st)
        st = prefix_iri(reading, &iri);
    if (!st)
        st = bc_patch_end_of_row(reading);
    return st ? st : bc_patch_prefix_put(&reading->prefixes, name, iri);
}

static enum bc_status row_prefix_delete(struct bc_patch_reading *reading)
{
    struct bc_slice name = {0};
    enum bc_status st = prefix_name(reading, &name);
    if (!st)
        st = bc_patch_end_of_row(reading);
    return st ? st : bc_patch_prefix_put(&reading->prefixes, name, bc_slice(NULL, 0));
}

static const struct row {
    const char *code;
    enum bc_status (*take)(struct bc_patch_reading *reading);
} rows[] = {
    {"A", row_add},     {"D", row_delete}, {"H", bc_patch_header}, {"TX", row_begin},
    {"TC", row_commit}, {"TA", row_abort}, {"PA", row_prefix_add}, {"PD", row_prefix_delete},
};

static struct bc_slice row_code(struct bc_patch_reading *reading)
{
    const char *start = reading->at;
    while (reading->at < reading->end && bc_is_letter(*reading->at))
        reading->at++;
    return bc_slice(start, (size_t)(reading->at - start));
}

static enum bc_status refuse_row(struct bc_patch_reading *reading)
{
    const char *start = reading->start;
    while (*start == ' ' || *start == '\t')
        start++;
    if (*start == '<' || *start == '_')
        return bc_patch_refuse(reading, "a statement without a row code; write A before what is "
                                        "added and D before what is removed");
    const char *stop = start;
    while (stop < reading->end && *stop != ' ' && *stop != '\t')
        stop++;
    struct bc_slice word = bc_slice(start, (size_t)(stop - start));
    return bc_patch_refuse(reading,
                           "no row begins with \"%s\"; rows are H, TX, TC, TA, PA, PD, A "
                           "and D",
                           bc_patch_show(word).text);
}

static enum bc_status read_line(struct bc_patch_reading *reading)
{
    if (memchr(reading->at, '\0', left(reading)))
        return bc_patch_refuse(reading, "a NUL byte; a patch is text");
    bc_patch_skip_blanks(reading);
    if (at_end(reading))
        return BC_OK;
    struct bc_slice code = row_code(reading);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (bc_slice_equal(code, bc_slice(rows[i].code, strlen(rows[i].code))))
            return rows[i].take(reading);
    }
    return refuse_row(reading);
}

/* The next byte of its kind at or behind `at`, or the end: asked anew only when `known` is behind
 * us, so that a text is looked through once whichever ends its lines have. */
static const char *next_of(char byte, const char *known, const char *at, const char *end)
{
    if (known && known >= at)
        return known;
    const char *found = memchr(at, byte, (size_t)(end - at));
    return found ? found : end;
}

static enum bc_status read_lines(struct bc_patch_reading *reading, struct bc_slice text)
{
    enum bc_status st = BC_OK;
    const char *next = text.data;
    const char *const text_end = reading->text_end;
    const char *feed = NULL;
    const char *carriage = NULL;
    while (!st && next < text_end) {
        reading->line++;
        reading->start = next;
        reading->at = next;
        feed = next_of('\n', feed, next, text_end);
        carriage = next_of('\r', carriage, next, text_end);
        reading->end = feed < carriage ? feed : carriage;
        next = reading->end;
        if (next < text_end)
            next += *next == '\r' && text_end - next > 1 && next[1] == '\n' ? 2 : 1;
        st = read_line(reading);
    }
    if (!st && reading->transaction)
        st = bc_patch_refuse_at(reading, reading->transaction,
                                "the transaction that TX begins here has no end; the patch is cut "
                                "off or lacks \"TC .\"");
    if (!st && reading->part)
        st = bc_patch_part_end(reading);
    return st;
}

enum bc_status bc_patch_parse(struct bc_slice text, struct bc_slice path, struct bc_patch *patch,
                              struct bc_error *err)
{
    struct bc_patch read = {0};
    struct bc_patch_reading reading = {
        .patch = &read, .bare_path = path, .err = err, .text_end = text.data + text.size};
    enum bc_status st = text.size ? read_lines(&reading, text) : BC_OK;
    bc_patch_prefixes_release(&reading.prefixes);
    bc_buffer_release(&reading.expansion.text);
    bc_buffer_release(&reading.canonical);
    if (st)
        bc_patch_release(&read);
    else
        *patch = read;
    return st;
}
