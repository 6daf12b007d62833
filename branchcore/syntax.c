#include "branchcore/syntax.h"

#include "branchcore/ntriples.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name;
    const char *media_type;
    bool has_graphs;
} facts[BC_SYNTAX_COUNT] = {
    [BC_NTRIPLES] = {"N-Triples", "application/n-triples", false},
    [BC_NQUADS] = {"N-Quads", "application/n-quads", true},
    [BC_TURTLE] = {"Turtle", "text/turtle", false},
    [BC_TRIG] = {"TriG", "application/trig", true},
    [BC_RDFXML] = {"RDF/XML", "application/rdf+xml", false},
};

static const struct {
    const char *extension;
    enum bc_syntax syntax;
} extensions[] = {
    {".nt", BC_NTRIPLES}, {".nq", BC_NQUADS},  {".ttl", BC_TURTLE},
    {".trig", BC_TRIG},   {".rdf", BC_RDFXML}, {".owl", BC_RDFXML},
};

static bool ends_with(struct bc_slice name, const char *extension)
{
    size_t size = strlen(extension);
    return name.size > size && !memcmp(name.data + name.size - size, extension, size);
}

bool bc_syntax_of_name(struct bc_slice name, enum bc_syntax *syntax)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (ends_with(name, extensions[i].extension)) {
            *syntax = extensions[i].syntax;
            return true;
        }
    return false;
}

const char *bc_syntax_name(enum bc_syntax syntax)
{
    return facts[syntax].name;
}

const char *bc_syntax_media_type(enum bc_syntax syntax)
{
    return facts[syntax].media_type;
}

bool bc_syntax_has_graphs(enum bc_syntax syntax)
{
    return facts[syntax].has_graphs;
}

enum bc_syntax bc_syntax_of_lines(enum bc_syntax syntax)
{
    return facts[syntax].has_graphs ? BC_NQUADS : BC_NTRIPLES;
}

bool bc_syntax_is_lines(enum bc_syntax syntax)
{
    return syntax == BC_NTRIPLES || syntax == BC_NQUADS;
}

bool bc_syntax_says_all(enum bc_syntax syntax)
{
    return syntax != BC_RDFXML;
}

/* RFC 3987's ipchar without '%', and '/'. Bytes behind ASCII are characters of IRIs, or %XX where a
 * name is no UTF-8. */
static bool fits_path(unsigned char byte)
{
    return byte < 0x80 && (isalnum(byte) || (byte && strchr("-._~!$&'()*+,;=:@/", byte)));
}

enum bc_status bc_base_of_path(struct bc_slice path, struct bc_buffer *base)
{
    enum bc_status st = bc_buffer_printf(base, "file:///");
    for (size_t i = 0; !st && i < path.size; i++) {
        unsigned char byte = (unsigned char)path.data[i];
        st = fits_path(byte) ? bc_buffer_append(base, &path.data[i], 1)
                             : bc_buffer_printf(base, "%%%02X", byte);
    }
    return st;
}

/* A reader of lines. */
struct line_reader {
    struct bc_syntax_reader base;
    struct bc_ntriples *lines;
};

static struct line_reader *lines_of(const struct bc_syntax_reader *reader)
{
    return (struct line_reader *)(uintptr_t)reader;
}

static enum bc_status feed_lines(struct bc_syntax_reader *reader, const void *data, size_t size)
{
    return bc_ntriples_feed(lines_of(reader)->lines, data, size);
}

static enum bc_status finish_lines(struct bc_syntax_reader *reader)
{
    return bc_ntriples_finish(lines_of(reader)->lines);
}

static const struct bc_syntax_error *error_of_lines(const struct bc_syntax_reader *reader)
{
    return bc_ntriples_error(lines_of(reader)->lines);
}

static const struct bc_prefixes *no_prefixes(const struct bc_syntax_reader *reader)
{
    (void)reader;
    return NULL;
}

static void free_lines(struct bc_syntax_reader *reader)
{
    bc_ntriples_free(lines_of(reader)->lines);
    bc_free(reader);
}

static const struct bc_syntax_reader_ops line_ops = {feed_lines, finish_lines, error_of_lines,
                                                     no_prefixes, free_lines};

static enum bc_status line_reader_new(enum bc_syntax syntax, const struct bc_reading *reading,
                                      struct bc_syntax_reader **reader)
{
    struct line_reader *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->base.ops = &line_ops;
    enum bc_status st =
        bc_ntriples_new(reading->compute, syntax, reading->sink, reading->context, &made->lines);
    if (st)
        bc_free(made);
    else
        *reader = &made->base;
    return st;
}

enum bc_status bc_syntax_reader_new(const struct bc_formats *formats, enum bc_syntax syntax,
                                    const struct bc_reading *reading,
                                    struct bc_syntax_reader **reader)
{
    if (bc_syntax_is_lines(syntax))
        return line_reader_new(syntax, reading, reader);
    return formats ? formats->reader_new(syntax, reading, reader) : BC_UNSUPPORTED;
}

void bc_syntax_reader_free(struct bc_syntax_reader *reader)
{
    if (reader)
        reader->ops->free(reader);
}
