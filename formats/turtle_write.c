#include "formats/turtle_write.h"

#include "branchcore/compute.h"
#include "branchcore/sorter.h"
#include "formats/internal.h"
#include "formats/line_window.h"

enum { SORTER_BYTES = 64 << 20, GRAPH_TEXT_BYTES = 64 << 10 };

/* The statements with a graph go through a sorter, as "GRAPH SUBJECT PREDICATE OBJECT .\n", an
 * rdf:type with one more space before it: so they come graph by graph, and rdf:type comes first. */
struct writer {
    struct fmt_turtle_writer turtle;
    const struct bc_compute *compute;
    struct fmt_line_window window;
    bool graphs; /* TriG */
    size_t indent;
    bool any;                  /* something stands before what is written next */
    bool open;                 /* a subject is */
    bool types_written;        /* those of a subject that goes on */
    struct bc_slice predicate; /* of the last statement written */
    struct bc_buffer kept;     /* the predicate of a subject that goes on */
    struct bc_text_cursor *cursor;
    struct bc_sorter *sorter;
    struct bc_buffer line;
    struct bc_slice sorted; /* the sorter's next line; empty: not read so far, or none */
    struct bc_buffer graph; /* that is written */
    struct bc_error *err;
};

/* Statements. */

static void separate(struct writer *writer)
{
    if (writer->any)
        fmt_out_byte(&writer->turtle.out, '\n');
    writer->any = true;
}

static void put_indent(struct writer *writer)
{
    if (writer->indent)
        fmt_out_put(&writer->turtle.out, bc_slice("    ", FMT_INDENT));
}

static void put_term(struct writer *writer, struct bc_slice term)
{
    fmt_spell(&writer->turtle.spelling, &writer->turtle.out, term, false);
}

static void open_subject(struct writer *writer, struct bc_slice subject)
{
    separate(writer);
    put_indent(writer);
    put_term(writer, subject);
    writer->open = true;
    writer->predicate = bc_slice("", 0);
}

static void close_subject(struct writer *writer)
{
    if (!writer->open)
        return;
    FMT_OUT_TEXT(&writer->turtle.out, " ;");
    fmt_out_line(&writer->turtle.out, writer->indent);
    FMT_OUT_TEXT(&writer->turtle.out, ".\n");
    writer->open = false;
}

static enum bc_status put_statement(struct writer *writer, struct bc_slice subject,
                                    struct bc_slice predicate, struct bc_slice object)
{
    struct fmt_out *out = &writer->turtle.out;
    if (!writer->open)
        open_subject(writer, subject);
    size_t indent = writer->indent + FMT_INDENT;
    if (writer->predicate.size && bc_slice_equal(writer->predicate, predicate)) {
        indent += FMT_INDENT;
        FMT_OUT_TEXT(out, " ,");
        fmt_out_line(out, indent);
    } else {
        if (writer->predicate.size)
            FMT_OUT_TEXT(out, " ;");
        fmt_out_line(out, indent);
        fmt_turtle_predicate(&writer->turtle, predicate);
        writer->predicate = predicate;
    }
    return fmt_turtle_object(&writer->turtle, object, indent);
}

/* A statement with a graph waits until those without one are written. */
static enum bc_status put_aside(struct writer *writer, const char *text,
                                const struct bc_spans *spans)
{
    struct bc_slice graph = bc_spans_term(text, spans, BC_GRAPH);
    if (!writer->graphs)
        return bc_fail(writer->err, BC_INVALID,
                       "the set has statements in a graph (%.*s), which Turtle cannot say; "
                       "TriG (.trig) and N-Quads (.nq) can",
                       (int)(graph.size < 200 ? graph.size : 200), graph.data);
    struct bc_sorter_options options = {.directory = writer->turtle.writing->directory,
                                        .memory_bytes = SORTER_BYTES,
                                        .compute = writer->compute};
    enum bc_status st = writer->sorter ? BC_OK : bc_sorter_new(&options, &writer->sorter);
    bool type = fmt_is_type(bc_spans_term(text, spans, BC_PREDICATE));
    struct bc_slice pieces[] = {graph,
                                bc_slice(" ", 1),
                                bc_slice(text + spans->start, spans->predicate - spans->start),
                                bc_slice(" ", type),
                                bc_slice(text + spans->predicate, spans->graph - spans->predicate),
                                bc_slice(".\n", 2)};
    bc_buffer_clear(&writer->line);
    for (size_t i = 0; !st && i < sizeof pieces / sizeof *pieces; i++)
        st = bc_buffer_append(&writer->line, pieces[i].data, pieces[i].size);
    return st ? st : bc_sorter_add(writer->sorter, bc_buffer_slice(&writer->line));
}

/* The rdf:types of a subject that is too long to be looked through before its first statement. */
static enum bc_status put_types(struct writer *writer, struct bc_slice subject)
{
    struct bc_buffer *key = &writer->line;
    struct bc_text_cursor *cursor = NULL;
    bc_buffer_clear(key);
    enum bc_status st = bc_buffer_append(key, subject.data, subject.size);
    if (!st)
        st = bc_buffer_append(key, " " FMT_RDF_TYPE " ", sizeof " " FMT_RDF_TYPE " " - 1);
    if (!st)
        st = bc_text_cursor_new(writer->turtle.writing->text, &cursor);
    if (!st)
        st = bc_text_cursor_seek(cursor, bc_buffer_slice(key));
    while (!st) {
        struct bc_slice line;
        struct bc_statement statement;
        st = bc_text_cursor_next(cursor, &line);
        if (st || line.size < key->size || memcmp(line.data, key->data, key->size) != 0)
            break;
        st = bc_statement_split(line, &statement) ? BC_CORRUPT : BC_OK;
        if (!st && !statement.graph.size)
            st = put_statement(writer, subject, bc_slice(FMT_RDF_TYPE, sizeof FMT_RDF_TYPE - 1),
                               statement.object);
    }
    bc_text_cursor_free(cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Of the two turns over a subject's statements the one for rdf:type, or that for the others. */
static enum bc_status put_turn(struct writer *writer, const struct fmt_lines *lines, bool types)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < lines->count; i++) {
        const struct bc_spans *spans = &lines->spans[i];
        struct bc_slice predicate = bc_spans_term(lines->text, spans, BC_PREDICATE);
        if (spans->graph)
            st = types ? BC_OK : put_aside(writer, lines->text, spans);
        else if (fmt_is_type(predicate) == types)
            st = put_statement(writer, bc_spans_term(lines->text, spans, BC_SUBJECT), predicate,
                               bc_spans_term(lines->text, spans, BC_OBJECT));
    }
    return st;
}

/* The predicate outlives the lines. */
static enum bc_status keep_predicate(struct writer *writer)
{
    if (writer->predicate.data == writer->kept.data || !writer->predicate.size)
        return BC_OK;
    bc_buffer_clear(&writer->kept);
    enum bc_status st =
        bc_buffer_append(&writer->kept, writer->predicate.data, writer->predicate.size);
    writer->predicate = bc_buffer_slice(&writer->kept);
    return st;
}

static enum bc_status put_lines(struct writer *writer, const struct fmt_lines *lines,
                                bool types_first)
{
    struct bc_slice subject = bc_spans_term(lines->text, lines->spans, BC_SUBJECT);
    if (*subject.data == '_' && fmt_blank_nodes_nested(writer->turtle.blank, subject))
        return BC_OK;
    enum bc_status st = BC_OK;
    if (lines->goes_on && !writer->types_written && !types_first) {
        st = put_types(writer, subject);
        writer->types_written = true;
    }
    if (!st && !writer->types_written)
        st = put_turn(writer, lines, true);
    if (!st)
        st = put_turn(writer, lines, false);
    if (st)
        return st;
    if (lines->goes_on)
        return keep_predicate(writer);
    close_subject(writer);
    writer->types_written = false;
    return writer->turtle.out.status;
}

/* types_first: the rdf:types of a subject come before its other statements. */
static enum bc_status put_all_lines(struct writer *writer, bool types_first)
{
    struct fmt_lines lines;
    struct bc_buffer subject = {0};
    enum bc_status st;
    while (!(st = fmt_line_window_next(&writer->window, &lines))) {
        /* What goes on may have been at its end. */
        struct bc_slice is = bc_spans_term(lines.text, lines.spans, BC_SUBJECT);
        if (subject.size && !bc_slice_equal(bc_buffer_slice(&subject), is)) {
            close_subject(writer);
            writer->types_written = false;
        }
        bc_buffer_clear(&subject);
        if (lines.goes_on)
            st = bc_buffer_append(&subject, is.data, is.size);
        if (!st)
            st = put_lines(writer, &lines, types_first);
        if (st)
            break;
    }
    bc_buffer_release(&subject);
    if (st != BC_NO_DATA)
        return st;
    close_subject(writer);
    writer->types_written = false;
    return BC_OK;
}

static enum bc_status more_of_text(void *context, struct bc_buffer *text)
{
    struct writer *writer = context;
    struct bc_slice lines;
    enum bc_status st = bc_text_cursor_lines(writer->cursor, &lines);
    return st ? st : bc_buffer_append(text, lines.data, lines.size);
}

static enum bc_status put_text(struct writer *writer)
{
    enum bc_status st = bc_text_cursor_new(writer->turtle.writing->text, &writer->cursor);
    writer->window.more = more_of_text;
    if (!st)
        st = put_all_lines(writer, false);
    bc_text_cursor_free(writer->cursor);
    return st;
}

/* Graphs. */

static struct bc_slice graph_of(struct bc_slice line)
{
    const char *space = memchr(line.data, ' ', line.size);
    return bc_slice(line.data, (size_t)(space - line.data));
}

/* Appends a sorted line as one of the set, without its graph. */
static enum bc_status append_sorted(struct bc_buffer *text, struct bc_slice line, size_t graph_size)
{
    const char *subject = line.data + graph_size + 1;
    const char *end = line.data + line.size;
    const char *space = memchr(subject, ' ', (size_t)(end - subject));
    const char *predicate = space + 1 + (space[1] == ' ');
    enum bc_status st = bc_buffer_append(text, subject, (size_t)(space + 1 - subject));
    return st ? st : bc_buffer_append(text, predicate, (size_t)(end - predicate));
}

/* The sorter's next line, without taking it. */
static enum bc_status peek(struct writer *writer)
{
    return writer->sorted.size ? BC_OK : bc_sorter_next(writer->sorter, &writer->sorted);
}

static enum bc_status more_of_graph(void *context, struct bc_buffer *text)
{
    struct writer *writer = context;
    size_t start = text->size;
    enum bc_status st = BC_OK;
    while (!st && text->size - start < GRAPH_TEXT_BYTES) {
        st = peek(writer);
        if (st || !bc_slice_equal(graph_of(writer->sorted), bc_buffer_slice(&writer->graph)))
            break;
        st = append_sorted(text, writer->sorted, writer->graph.size);
        writer->sorted = bc_slice("", 0);
    }
    if (st && st != BC_NO_DATA)
        return st;
    return text->size > start ? BC_OK : BC_NO_DATA;
}

static enum bc_status put_graph(struct writer *writer)
{
    struct fmt_out *out = &writer->turtle.out;
    struct bc_slice graph = graph_of(writer->sorted);
    bc_buffer_clear(&writer->graph);
    enum bc_status st = bc_buffer_append(&writer->graph, graph.data, graph.size);
    if (st)
        return st;
    separate(writer);
    put_term(writer, bc_buffer_slice(&writer->graph));
    FMT_OUT_TEXT(out, " {\n");
    writer->turtle.graph_size = writer->graph.size;
    writer->any = false;
    writer->indent = FMT_INDENT;
    fmt_line_window_reset(&writer->window);
    st = put_all_lines(writer, true);
    writer->indent = 0;
    writer->any = true;
    FMT_OUT_TEXT(out, "}\n");
    return st;
}

static enum bc_status put_graphs(struct writer *writer)
{
    if (!writer->sorter)
        return BC_OK;
    enum bc_status st = bc_sorter_finish(writer->sorter);
    writer->window.more = more_of_graph;
    while (!st) {
        st = peek(writer);
        if (!st)
            st = put_graph(writer);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

/* All. */

static bool is_declared(const struct fmt_turtle_writer *turtle, size_t prefix)
{
    return !turtle->writing->used_prefixes || turtle->spelling.used[prefix];
}

static enum bc_status tell_declared(const struct fmt_turtle_writer *turtle)
{
    const struct bc_prefixes *prefixes = turtle->writing->prefixes;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && prefixes && i < prefixes->count; i++) {
        const struct bc_prefix *prefix = &prefixes->list[i];
        if (is_declared(turtle, i))
            st = bc_prefixes_set(turtle->writing->declared,
                                 bc_slice(prefix->name, strlen(prefix->name)),
                                 bc_slice(prefix->iri, strlen(prefix->iri)));
    }
    return st;
}

static void put_head(struct writer *writer, bool version_2)
{
    struct fmt_turtle_writer *turtle = &writer->turtle;
    const struct bc_prefixes *prefixes = turtle->writing->prefixes;
    if (version_2)
        FMT_OUT_TEXT(&turtle->out, "VERSION \"1.2\"\n");
    writer->any = version_2;
    for (size_t i = 0; prefixes && i < prefixes->count; i++) {
        const struct bc_prefix *prefix = &prefixes->list[i];
        if (!is_declared(turtle, i))
            continue;
        FMT_OUT_TEXT(&turtle->out, "@prefix ");
        fmt_out_put(&turtle->out, bc_slice(prefix->name, strlen(prefix->name)));
        FMT_OUT_TEXT(&turtle->out, ": <");
        fmt_out_put(&turtle->out, bc_slice(prefix->iri, strlen(prefix->iri)));
        FMT_OUT_TEXT(&turtle->out, "> .\n");
        writer->any = true;
    }
}

static enum bc_status put_set(struct writer *writer)
{
    const struct bc_writing *writing = writer->turtle.writing;
    bool version_2 = false;
    enum bc_status st = fmt_blank_nodes_new(writing->text, writing->compute, &writer->turtle.blank);
    if (!st)
        st = fmt_spelling_init(&writer->turtle.spelling, writing->prefixes);
    if (!st)
        st = fmt_turtle_survey(&writer->turtle, &version_2);
    if (!st && writing->declared)
        return tell_declared(&writer->turtle);
    if (!st)
        st = fmt_out_init(&writer->turtle.out, writing->sink, writing->context);
    if (st)
        return st;
    put_head(writer, version_2);
    st = put_text(writer);
    if (!st)
        st = put_graphs(writer);
    return st ? st : fmt_out_finish(&writer->turtle.out);
}

enum bc_status fmt_turtle_write(bool graphs, const struct bc_writing *writing, struct bc_error *err)
{
    const struct bc_compute *compute = writing->compute ? writing->compute : bc_scalar_engine();
    struct writer writer = {
        .turtle.writing = writing, .compute = compute, .graphs = graphs, .err = err};
    writer.window = (struct fmt_line_window){.compute = compute, .context = &writer};
    enum bc_status st = put_set(&writer);
    fmt_blank_nodes_free(writer.turtle.blank);
    fmt_spelling_release(&writer.turtle.spelling);
    fmt_out_release(&writer.turtle.out);
    fmt_nest_release(&writer.turtle.nest);
    fmt_line_window_release(&writer.window);
    bc_sorter_free(writer.sorter);
    bc_buffer_release(&writer.kept);
    bc_buffer_release(&writer.line);
    bc_buffer_release(&writer.graph);
    return st;
}
