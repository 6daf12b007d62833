#include "tests/upside.h"

#include "branchcore/ntriples.h"
#include "branchcore/text.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static atomic_uint written;
static atomic_uint slow_ms;

unsigned upside_written(void)
{
    return atomic_exchange(&written, 0);
}

void upside_take_ms(unsigned milliseconds)
{
    atomic_store(&slow_ms, milliseconds);
}

struct reader {
    struct bc_syntax_reader base;
    struct bc_slice base_iri;
    struct bc_text *before;
    bool added;
    struct bc_ntriples *lines;
    struct bc_prefixes prefixes;
    struct bc_buffer partial;
    struct bc_buffer expanded;
    struct bc_syntax_error error;
    uint64_t line;
    uint64_t offset;
    bool own_error;
    enum bc_status failed;
};

static struct reader *reader_of(const struct bc_syntax_reader *reader)
{
    return (struct reader *)(uintptr_t)reader;
}

static enum bc_status refuse(struct reader *reader, const char *reason, struct bc_slice line,
                             size_t at)
{
    struct bc_syntax_error *error = &reader->error;
    *error = (struct bc_syntax_error){.line = reader->line,
                                      .column = at + 1,
                                      .offset = reader->offset + at,
                                      .caret = (unsigned)at};
    (void)snprintf(error->reason, sizeof error->reason, "%s", reason);
    (void)snprintf(error->excerpt, sizeof error->excerpt, "%.*s", (int)line.size, line.data);
    reader->own_error = true;
    return BC_SYNTAX;
}

/* {name:rest} from at on; *used: its bytes. */
static enum bc_status expand_name(struct reader *reader, struct bc_slice line, size_t at,
                                  size_t *used)
{
    const char *from = line.data + at + 1;
    const char *end = memchr(from, '}', line.size - at - 1);
    const char *colon = end ? memchr(from, ':', (size_t)(end - from)) : NULL;
    if (!colon)
        return refuse(reader, "a name is written {prefix:rest}", line, at);
    const struct bc_prefix *prefix =
        bc_prefixes_find(&reader->prefixes, bc_slice(from, (size_t)(colon - from)));
    if (!prefix)
        return refuse(reader, "nothing declares this prefix", line, at);
    *used = (size_t)(end + 1 - line.data) - at;
    return bc_buffer_printf(&reader->expanded, "<%s%.*s>", prefix->iri, (int)(end - colon - 1),
                            colon + 1);
}

static enum bc_status expand_at(struct reader *reader, struct bc_slice line, size_t at,
                                size_t *used)
{
    struct bc_slice rest = bc_slice(line.data + at, line.size - at);
    *used = 2;
    if (*rest.data == '{')
        return expand_name(reader, line, at, used);
    if (rest.size > 1 && !memcmp(rest.data, "<>", 2))
        return bc_buffer_printf(&reader->expanded, "<%.*s>", (int)reader->base_iri.size,
                                reader->base_iri.data);
    if (rest.size > 1 && !memcmp(rest.data, "[]", 2))
        return bc_buffer_printf(&reader->expanded, "_:%s%" PRIu64, reader->added ? "added" : "b",
                                reader->before ? bc_text_triples(reader->before) : 0);
    *used = 1;
    return bc_buffer_append(&reader->expanded, rest.data, 1);
}

static enum bc_status read_line(struct reader *reader, struct bc_slice line)
{
    enum bc_status st = BC_OK;
    bool literal = false;
    reader->line++;
    bc_buffer_clear(&reader->expanded);
    if (line.size > 7 && !memcmp(line.data, "@prefix", 7)) {
        st = bc_prefixes_read(&reader->prefixes, line, NULL);
        if (st == BC_INVALID)
            st = refuse(reader, "this declares no prefix", line, 0);
    } else {
        for (size_t at = 0, used; !st && at < line.size; at += used) {
            used = 1;
            if (line.data[at] == '"' && (!literal || line.data[at - 1] != '\\'))
                literal = !literal;
            st = literal ? bc_buffer_append(&reader->expanded, line.data + at, 1)
                         : expand_at(reader, line, at, &used);
        }
    }
    if (!st)
        st = bc_buffer_append(&reader->expanded, "\n", 1);
    if (!st)
        st = bc_ntriples_feed(reader->lines, reader->expanded.data, reader->expanded.size);
    reader->offset += line.size + 1;
    return st;
}

static enum bc_status feed_lines(struct reader *reader, const char *data, size_t size)
{
    enum bc_status st = BC_OK;
    while (!st && size) {
        const char *end = memchr(data, '\n', size);
        size_t part = end ? (size_t)(end - data) : size;
        st = bc_buffer_append(&reader->partial, data, part);
        if (!st && end) {
            st = read_line(reader, bc_buffer_slice(&reader->partial));
            bc_buffer_clear(&reader->partial);
            part++;
        }
        data += part;
        size -= part;
    }
    return st;
}

static enum bc_status feed(struct bc_syntax_reader *reader, const void *data, size_t size)
{
    struct reader *self = reader_of(reader);
    if (!self->failed)
        self->failed = feed_lines(self, data, size);
    return self->failed;
}

static enum bc_status finish(struct bc_syntax_reader *reader)
{
    struct reader *self = reader_of(reader);
    if (!self->failed && self->partial.size)
        self->failed = read_line(self, bc_buffer_slice(&self->partial));
    if (!self->failed)
        self->failed = bc_ntriples_finish(self->lines);
    return self->failed;
}

static const struct bc_syntax_error *error_of(const struct bc_syntax_reader *reader)
{
    const struct reader *self = reader_of(reader);
    return self->own_error ? &self->error : bc_ntriples_error(self->lines);
}

static const struct bc_prefixes *prefixes_of(const struct bc_syntax_reader *reader)
{
    return &reader_of(reader)->prefixes;
}

static void free_reader(struct bc_syntax_reader *reader)
{
    struct reader *self = reader_of(reader);
    bc_ntriples_free(self->lines);
    bc_prefixes_release(&self->prefixes);
    bc_buffer_release(&self->partial);
    bc_buffer_release(&self->expanded);
    bc_free(self);
}

static const struct bc_syntax_reader_ops ops = {feed, finish, error_of, prefixes_of, free_reader};

static enum bc_status reader_new(enum bc_syntax syntax, const struct bc_reading *reading,
                                 struct bc_syntax_reader **reader)
{
    struct reader *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->base.ops = &ops;
    made->base_iri = reading->base;
    made->before = reading->before;
    made->added = reading->added;
    enum bc_status st = bc_ntriples_new(reading->compute, bc_syntax_of_lines(syntax), reading->sink,
                                        reading->context, &made->lines);
    if (!st && reading->prefixes)
        st = bc_prefixes_unite(&made->prefixes, reading->prefixes);
    if (st)
        free_reader(&made->base);
    else
        *reader = &made->base;
    return st;
}

/* Writing. */

static const struct bc_prefix *prefix_of(const struct bc_prefixes *prefixes, const char *iri,
                                         size_t size)
{
    for (size_t i = 0; prefixes && i < prefixes->count; i++) {
        size_t length = strlen(prefixes->list[i].iri);
        if (length < size && !memcmp(prefixes->list[i].iri, iri, length))
            return &prefixes->list[i];
    }
    return NULL;
}

/* Appends the line as it is shown; notes which prefixes it used. */
static enum bc_status shorten(const struct bc_writing *writing, struct bc_slice line, bool *used,
                              struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    bool literal = false;
    for (size_t at = 0, part; !st && at < line.size; at += part) {
        const char *from = line.data + at;
        const char *end = *from == '<' ? memchr(from, '>', line.size - at) : NULL;
        part = 1;
        if (*from == '"' && from[-1] != '\\')
            literal = !literal;
        const struct bc_prefix *prefix =
            !literal && end ? prefix_of(writing->prefixes, from + 1, (size_t)(end - from - 1))
                            : NULL;
        if (!prefix || !writing->prefixes) {
            st = bc_buffer_append(to, from, 1);
            continue;
        }
        size_t length = strlen(prefix->iri);
        used[prefix - writing->prefixes->list] = true;
        st = bc_buffer_printf(to, "{%s:%.*s}", prefix->name,
                              (int)((size_t)(end - from) - 1 - length), from + 1 + length);
        part = (size_t)(end - from) + 1;
    }
    return st;
}

static bool unsayable(struct bc_slice line)
{
    const char *subject = memchr(line.data, ' ', line.size);
    const char *predicate = subject ? strchr(subject + 1, ' ') : NULL;
    return predicate && predicate[-2] == '!';
}

static enum bc_status collect(enum bc_syntax syntax, const struct bc_writing *writing,
                              struct bc_buffer *lines, size_t **starts, size_t *count,
                              struct bc_error *err)
{
    struct bc_text_cursor *cursor = NULL;
    struct bc_slice line;
    size_t most = (size_t)bc_text_triples(writing->text);
    *count = 0;
    *starts = bc_alloc_array(most + 1, sizeof **starts);
    enum bc_status st = *starts ? bc_text_cursor_new(writing->text, &cursor) : BC_NO_MEMORY;
    while (!st) {
        st = bc_text_cursor_next(cursor, &line);
        if (st)
            break;
        if (syntax == BC_RDFXML && unsayable(line))
            st = bc_fail(err, BC_INVALID, "a predicate that ends in '!' cannot be said in RDF/XML");
        (*starts)[(*count)++] = lines->size;
        if (!st)
            st = bc_buffer_append(lines, line.data, line.size);
    }
    bc_text_cursor_free(cursor);
    if (*starts)
        (*starts)[*count] = lines->size;
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status write_body(const struct bc_writing *writing, const struct bc_buffer *lines,
                                 const size_t *starts, size_t count, bool *used,
                                 struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t i = count; !st && i > 0; i--)
        st = shorten(writing, bc_slice(lines->data + starts[i - 1], starts[i] - starts[i - 1]),
                     used, to);
    return st;
}

static enum bc_status tell_declared(const struct bc_writing *writing, const bool *used)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && writing->prefixes && i < writing->prefixes->count; i++) {
        const struct bc_prefix *prefix = &writing->prefixes->list[i];
        if (used[i] || !writing->used_prefixes)
            st = bc_prefixes_set(writing->declared, bc_slice(prefix->name, strlen(prefix->name)),
                                 bc_slice(prefix->iri, strlen(prefix->iri)));
    }
    return st;
}

static enum bc_status write_all(const struct bc_writing *writing, const struct bc_buffer *body,
                                const bool *used)
{
    struct bc_buffer head = {0};
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && writing->prefixes && i < writing->prefixes->count; i++)
        if (used[i] || !writing->used_prefixes)
            st = bc_buffer_printf(&head, "@prefix %s: <%s> .\n", writing->prefixes->list[i].name,
                                  writing->prefixes->list[i].iri);
    if (!st && head.size)
        st = writing->sink(writing->context, head.data, head.size);
    for (size_t at = 0; !st && at < body->size; at += 100000)
        st = writing->sink(writing->context, body->data + at,
                           body->size - at < 100000 ? body->size - at : 100000);
    bc_buffer_release(&head);
    return st;
}

static enum bc_status write_set(enum bc_syntax syntax, const struct bc_writing *writing,
                                struct bc_error *err)
{
    struct bc_buffer lines = {0};
    struct bc_buffer body = {0};
    size_t *starts = NULL;
    size_t count = 0;
    bool *used = bc_alloc_zero(writing->prefixes ? writing->prefixes->count + 1 : 1);
    enum bc_status st = used ? BC_OK : BC_NO_MEMORY;
    atomic_fetch_add(&written, 1);
    (void)usleep(atomic_load(&slow_ms) * 1000);
    if (!st)
        st = collect(syntax, writing, &lines, &starts, &count, err);
    if (!st)
        st = write_body(writing, &lines, starts, count, used, &body);
    if (!st)
        st = writing->declared ? tell_declared(writing, used) : write_all(writing, &body, used);
    bc_free(starts);
    bc_free(used);
    bc_buffer_release(&lines);
    bc_buffer_release(&body);
    return st;
}

const struct bc_formats *upside_formats(void)
{
    static const struct bc_formats formats = {reader_new, write_set, 1};
    return &formats;
}
