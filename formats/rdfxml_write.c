/* RDF/XML as text: one rdf:Description a subject, one element a statement, both in the set's order.
 * Nested blank nodes stand within the statement that mentions them, lists of nodes as collections.
 */
#include "formats/internal.h"

#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"
#include "formats/blank_nodes.h"
#include "formats/out.h"
#include "formats/rdfxml_names.h"
#include "formats/xml_units.h"

enum {
    INDENT = 2,
    /* A node nested this deep is written for itself: a level may be two elements. */
    NESTED_DEPTH_MAX = FMT_XML_DEPTH_MAX / 2 - 8,
};

struct writer {
    const struct bc_writing *writing;
    struct bc_error *err;
    struct fmt_blank_nodes *nodes;
    struct fmt_rdfxml_names names;
    struct fmt_out out;
    struct bc_buffer subject; /* whose rdf:Description is open; empty: none */
    struct bc_buffer label;
    struct bc_buffer late; /* labels of nodes too deep to nest, each with '\n' behind it */
};

static enum bc_status refuse(struct writer *writer, struct bc_slice term, const char *why)
{
    size_t size = term.size < 300 ? term.size : 300;
    return bc_fail(writer->err, BC_INVALID, "RDF/XML cannot say %.*s: %s",
                   (int)bc_utf8_valid_prefix(term.data, size), term.data, why);
}

static void put(struct writer *writer, const char *text)
{
    fmt_out_put(&writer->out, bc_slice(text, strlen(text)));
}

/* An IRI holds no quote and no '<'. */
static void put_iri(struct writer *writer, struct bc_slice iri)
{
    const char *end = iri.data + iri.size;
    for (const char *at = iri.data; at < end;) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        const char *to = ampersand ? ampersand : end;
        fmt_out_put(&writer->out, bc_slice(at, (size_t)(to - at)));
        if (ampersand)
            put(writer, "&amp;");
        at = ampersand ? ampersand + 1 : end;
    }
}

static struct bc_slice inside(struct bc_slice term)
{
    return bc_slice(term.data + 1, term.size - 2);
}

/* ' rdf:about="..."', or whatever attribute names a node that is an IRI; for others rdf:nodeID. */
static enum bc_status put_node(struct writer *writer, const char *attribute, struct bc_slice term)
{
    bool blank = *term.data == '_';
    put(writer, " ");
    put(writer, writer->names.rdf);
    put(writer, blank ? ":nodeID=\"" : attribute);
    if (blank) {
        bc_buffer_clear(&writer->label);
        enum bc_status st =
            fmt_rdfxml_put_node_id(bc_slice(term.data + 2, term.size - 2), &writer->label);
        if (st)
            return st;
        fmt_out_put(&writer->out, bc_buffer_slice(&writer->label));
    } else {
        put_iri(writer, inside(term));
    }
    put(writer, "\"");
    return BC_OK;
}

/* Literals. */

static const char *reference_of(char byte)
{
    return byte == '&'    ? "&amp;"
           : byte == '<'  ? "&lt;"
           : byte == '>'  ? "&gt;"
           : byte == '\r' ? "&#xD;"
                          : NULL;
}

/* The character of an escape at text[1]: what stands for itself, or a control. 0: XML has it not.
 */
static char unescaped(char letter)
{
    return letter == 't'    ? '\t'
           : letter == 'n'  ? '\n'
           : letter == 'r'  ? '\r'
           : letter == '"'  ? '"'
           : letter == '\\' ? '\\'
                            : '\0';
}

/* \u007F is the one character with such an escape that XML has. */
static size_t put_escape(struct writer *writer, const char *at)
{
    char byte = unescaped(at[1]);
    if (at[1] == 'u' && !memcmp(at + 2, "007F", 4)) {
        put(writer, "&#x7F;");
        return 6;
    }
    if (!byte)
        return 0;
    if (reference_of(byte))
        put(writer, reference_of(byte));
    else
        fmt_out_byte(&writer->out, byte);
    return 2;
}

static enum bc_status put_string(struct writer *writer, struct bc_slice text)
{
    const char *end = text.data + text.size;
    for (const char *at = text.data; at < end;) {
        const char *from = at;
        while (at < end && *at != '\\' && *at != '&' && *at != '<' && *at != '>')
            at++;
        fmt_out_put(&writer->out, bc_slice(from, (size_t)(at - from)));
        if (at == end)
            break;
        size_t used = 1;
        if (*at == '\\')
            used = put_escape(writer, at);
        else
            put(writer, reference_of(*at));
        if (!used)
            return refuse(writer, text, "it has a character that XML has not");
        at += used;
    }
    return BC_OK;
}

/* ">text</qname>" with the attributes before it. */
static enum bc_status put_literal(struct writer *writer, const char *qname, struct bc_slice term)
{
    const char *end = term.data + term.size;
    const char *behind = bc_behind_string(term.data, end);
    struct bc_slice rest = bc_slice(behind, (size_t)(end - behind));
    if (rest.size && *rest.data == '@') {
        if (memmem(rest.data, rest.size, "--", 2))
            return refuse(writer, term, "directions of text are not written");
        put(writer, " xml:lang=\"");
        fmt_out_put(&writer->out, bc_slice(rest.data + 1, rest.size - 1));
        put(writer, "\"");
    } else if (rest.size) {
        put(writer, " ");
        put(writer, writer->names.rdf);
        put(writer, ":datatype=\"");
        put_iri(writer, bc_slice(rest.data + 3, rest.size - 4));
        put(writer, "\"");
    }
    put(writer, ">");
    enum bc_status st =
        put_string(writer, bc_slice(term.data + 1, (size_t)(behind - term.data) - 2));
    put(writer, "</");
    put(writer, qname);
    put(writer, ">");
    return st;
}

/* Statements. */

static enum bc_status put_lines(struct writer *writer, struct bc_slice lines, size_t depth);

static bool is_nil(struct bc_slice term)
{
    static const char nil[] = "<" FMT_RDF "nil>";
    return term.size == sizeof nil - 1 && !memcmp(term.data, nil, term.size);
}

/* Whether the node is a list whose members are all nodes, as those of a collection are. */
static bool is_collection(const struct writer *writer, struct bc_slice node)
{
    struct bc_slice first;
    struct bc_slice rest = node;
    while (!is_nil(rest)) {
        if (!fmt_blank_nodes_cell(writer->nodes, rest, &first, &rest) || *first.data == '"' ||
            bc_is_triple_term(first))
            return false;
    }
    return true;
}

static enum bc_status put_member(struct writer *writer, struct bc_slice node, size_t depth)
{
    enum bc_status st = BC_OK;
    bool nested = *node.data == '_' && fmt_blank_nodes_nested(writer->nodes, node);
    bool late = nested && depth >= NESTED_DEPTH_MAX;
    fmt_out_line(&writer->out, depth * INDENT);
    put(writer, "<");
    put(writer, writer->names.rdf);
    put(writer, ":Description");
    if (late) {
        st = bc_buffer_append(&writer->late, node.data, node.size);
        if (!st)
            st = bc_buffer_append(&writer->late, "\n", 1);
    }
    if (!st && (!nested || late))
        st = put_node(writer, ":about=\"", node);
    if (st || !nested || late) {
        put(writer, "/>");
        return st;
    }
    put(writer, ">");
    st = put_lines(writer, fmt_blank_nodes_lines(writer->nodes, node), depth + 1);
    fmt_out_line(&writer->out, depth * INDENT);
    put(writer, "</");
    put(writer, writer->names.rdf);
    put(writer, ":Description>");
    return st;
}

static enum bc_status put_members(struct writer *writer, struct bc_slice list, size_t depth)
{
    enum bc_status st = BC_OK;
    struct bc_slice first;
    while (!st && !is_nil(list) && fmt_blank_nodes_cell(writer->nodes, list, &first, &list))
        st = put_member(writer, first, depth);
    return st;
}

/* What is said of the node stands within the element. */
static enum bc_status put_nested(struct writer *writer, const char *qname, struct bc_slice node,
                                 size_t depth)
{
    bool collection = is_collection(writer, node);
    put(writer, " ");
    put(writer, writer->names.rdf);
    put(writer, collection ? ":parseType=\"Collection\">" : ":parseType=\"Resource\">");
    enum bc_status st =
        collection ? put_members(writer, node, depth + 1)
                   : put_lines(writer, fmt_blank_nodes_lines(writer->nodes, node), depth + 1);
    fmt_out_line(&writer->out, depth * INDENT);
    put(writer, "</");
    put(writer, qname);
    put(writer, ">");
    return st;
}

static enum bc_status put_object(struct writer *writer, const char *qname, struct bc_slice object,
                                 size_t depth)
{
    enum bc_status st = BC_OK;
    if (*object.data == '"')
        return put_literal(writer, qname, object);
    if (bc_is_triple_term(object))
        return refuse(writer, object, "triple terms are not written");
    if (*object.data == '_' && fmt_blank_nodes_nested(writer->nodes, object)) {
        if (depth < NESTED_DEPTH_MAX)
            return put_nested(writer, qname, object, depth);
        st = bc_buffer_append(&writer->late, object.data, object.size);
        if (!st)
            st = bc_buffer_append(&writer->late, "\n", 1);
    }
    if (!st)
        st = put_node(writer, ":resource=\"", object);
    put(writer, "/>");
    return st;
}

static enum bc_status put_statement(struct writer *writer, const struct bc_statement *statement,
                                    size_t depth)
{
    const char *qname = fmt_rdfxml_names_find(&writer->names, statement->predicate);
    if (!qname)
        return BC_CORRUPT;
    fmt_out_line(&writer->out, depth * INDENT);
    put(writer, "<");
    put(writer, qname);
    return put_object(writer, qname, statement->object, depth);
}

static enum bc_status put_lines(struct writer *writer, struct bc_slice lines, size_t depth)
{
    enum bc_status st = BC_OK;
    while (!st && lines.size) {
        const char *feed = memchr(lines.data, '\n', lines.size);
        size_t size = feed ? (size_t)(feed - lines.data) + 1 : lines.size;
        struct bc_statement statement;
        if (bc_statement_split(bc_slice(lines.data, size), &statement))
            return BC_CORRUPT;
        st = put_statement(writer, &statement, depth);
        lines = bc_slice(lines.data + size, lines.size - size);
    }
    return st;
}

static void close_subject(struct writer *writer)
{
    if (!writer->subject.size)
        return;
    fmt_out_line(&writer->out, INDENT);
    put(writer, "</");
    put(writer, writer->names.rdf);
    put(writer, ":Description>");
    bc_buffer_clear(&writer->subject);
}

static enum bc_status open_subject(struct writer *writer, struct bc_slice subject)
{
    close_subject(writer);
    enum bc_status st = bc_buffer_append(&writer->subject, subject.data, subject.size);
    if (st)
        return st;
    fmt_out_line(&writer->out, INDENT);
    put(writer, "<");
    put(writer, writer->names.rdf);
    put(writer, ":Description");
    st = put_node(writer, ":about=\"", subject);
    put(writer, ">");
    return st;
}

/* What is nested too deep, each again with what is nested in it. */
static enum bc_status put_late(struct writer *writer)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < writer->late.size;) {
        const char *from = writer->late.data + at;
        const char *feed = memchr(from, '\n', writer->late.size - at);
        struct bc_slice node = bc_slice(from, (size_t)(feed - from));
        struct bc_slice lines = fmt_blank_nodes_lines(writer->nodes, node);
        at += node.size + 1;
        st = open_subject(writer, node);
        if (!st)
            st = put_lines(writer, lines, 2);
    }
    return st;
}

/* The set, twice: what it needs, and the text. */

static enum bc_status each_line(struct writer *writer,
                                enum bc_status (*take)(struct writer *writer,
                                                       const struct bc_statement *statement))
{
    struct bc_text_cursor *cursor;
    struct bc_slice line;
    enum bc_status st = bc_text_cursor_new(writer->writing->text, &cursor);
    if (st)
        return st;
    while (!st && !(st = bc_text_cursor_next(cursor, &line))) {
        struct bc_statement statement;
        st = bc_statement_split(line, &statement) ? BC_CORRUPT : take(writer, &statement);
    }
    bc_text_cursor_free(cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status take_name(struct writer *writer, const struct bc_statement *statement)
{
    if (statement->graph.size)
        return refuse(writer, statement->graph, "it has no graphs");
    return fmt_rdfxml_names_add(&writer->names, statement->predicate, writer->err);
}

static enum bc_status take_statement(struct writer *writer, const struct bc_statement *statement)
{
    struct bc_slice subject = statement->subject;
    if (*subject.data == '_' && fmt_blank_nodes_nested(writer->nodes, subject))
        return BC_OK;
    enum bc_status st = BC_OK;
    if (!bc_slice_equal(bc_buffer_slice(&writer->subject), subject))
        st = open_subject(writer, subject);
    return st ? st : put_statement(writer, statement, 2);
}

static void put_start(struct writer *writer)
{
    const struct bc_prefixes *prefixes = &writer->names.prefixes;
    put(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    put(writer, writer->names.rdf);
    put(writer, ":RDF");
    for (size_t i = 0; i < prefixes->count; i++) {
        if (i)
            fmt_out_line(&writer->out, (size_t)2 * INDENT);
        else
            put(writer, " ");
        put(writer, *prefixes->list[i].name ? "xmlns:" : "xmlns");
        put(writer, prefixes->list[i].name);
        put(writer, "=\"");
        put_iri(writer, bc_slice(prefixes->list[i].iri, strlen(prefixes->list[i].iri)));
        put(writer, "\"");
    }
    put(writer, ">");
}

static enum bc_status write_all(struct writer *writer)
{
    enum bc_status st = each_line(writer, take_name);
    if (!st)
        st = fmt_rdfxml_names_close(&writer->names, writer->writing->prefixes,
                                    writer->writing->used_prefixes);
    if (!st && writer->writing->declared)
        return bc_prefixes_unite(writer->writing->declared, &writer->names.prefixes);
    if (!st)
        st = fmt_blank_nodes_new(writer->writing->text, writer->writing->compute, &writer->nodes);
    if (!st)
        st = fmt_out_init(&writer->out, writer->writing->sink, writer->writing->context);
    if (st)
        return st;
    put_start(writer);
    st = each_line(writer, take_statement);
    if (!st)
        st = put_late(writer);
    close_subject(writer);
    put(writer, "\n</");
    put(writer, writer->names.rdf);
    put(writer, ":RDF>\n");
    return st ? st : fmt_out_finish(&writer->out);
}

enum bc_status fmt_rdfxml_write(const struct bc_writing *writing, struct bc_error *err)
{
    struct writer writer = {.writing = writing, .err = err};
    enum bc_status st = write_all(&writer);
    fmt_out_release(&writer.out);
    fmt_blank_nodes_free(writer.nodes);
    fmt_rdfxml_names_release(&writer.names);
    bc_buffer_release(&writer.subject);
    bc_buffer_release(&writer.label);
    bc_buffer_release(&writer.late);
    return st;
}
