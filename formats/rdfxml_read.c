/* RDF/XML (RDF 1.1 XML Syntax, W3C Recommendation of 25 February 2014) by raptor, to canonical
 * lines. Nothing but the text itself is read: no file, no address. */
#include "formats/internal.h"

#include "branchcore/term_text.h"
#include "formats/anonymous.h"
#include "formats/rdfxml_names.h"
#include "formats/rdfxml_world.h"
#include "formats/xml_units.h"

#include <stdio.h>
#include <stdlib.h>

#define ITS     "http://www.w3.org/2005/11/its"
#define NEWER   "annotations and text directions of RDF 1.2 are not read"
#define NO_BASE "x-no-base:///"

struct language {
    unsigned depth; /* of its element */
    char *tag;
};

/* What an element holds. */
enum content {
    CONTENT_NODES,
    CONTENT_PROPERTIES,
    CONTENT_OBJECT, /* text, or one node, of which nothing was seen so far */
    CONTENT_TEXT,
    CONTENT_ANY
};

struct rdfxml_reader {
    struct bc_syntax_reader base;
    struct bc_reading reading;
    struct fmt_xml_units units;
    struct fmt_anonymous *anonymous;
    struct bc_prefixes prefixes;
    raptor_world *world;
    raptor_parser *parser;
    struct bc_buffer terms[3];
    struct bc_buffer restored;                     /* what came through xml_units.h's letters */
    unsigned char contents[FMT_XML_DEPTH_MAX + 1]; /* of the open elements, by their depth */
    struct language *languages;                    /* in force, the innermost last */
    size_t language_count;
    bool begun;        /* the parser has some of the text */
    bool marked;       /* it has an element, or something else that is no blank */
    bool waiting;      /* nodes without labels were begun */
    bool root_waits;   /* the outermost element is such a node */
    char problem[256]; /* the first that raptor had with this unit */
    enum bc_status status;
};

static struct rdfxml_reader *reader_of(const struct bc_syntax_reader *reader)
{
    return (struct rdfxml_reader *)(uintptr_t)reader;
}

static void fail(struct rdfxml_reader *reader, enum bc_status st)
{
    if (!reader->status)
        reader->status = st;
}

/* The first problem counts: it has the cause. */
static enum bc_status problem(struct rdfxml_reader *reader, const char *text)
{
    if (!*reader->problem)
        snprintf(reader->problem, sizeof reader->problem, "%s", text);
    fail(reader, BC_SYNTAX);
    return BC_SYNTAX;
}

/* Terms. */

static enum bc_status put(struct bc_buffer *to, const char *data, size_t size)
{
    return bc_buffer_append(to, data, size);
}

/* text as it was in the file: itself, or in reader->restored. */
static enum bc_status restore(struct rdfxml_reader *reader, struct bc_slice *text)
{
    if (!fmt_xml_restorable(*text))
        return BC_OK;
    bc_buffer_clear(&reader->restored);
    enum bc_status st = put(&reader->restored, text->data, text->size);
    if (!st) {
        reader->restored.size = fmt_xml_restore(reader->restored.data, reader->restored.size);
        *text = bc_buffer_slice(&reader->restored);
    }
    return st;
}

static bool is_iri(struct bc_slice iri, const char **wrong)
{
    const char *end = iri.data + iri.size;
    if (iri.size >= sizeof NO_BASE - 1 && !memcmp(iri.data, NO_BASE, sizeof NO_BASE - 1))
        *wrong = "a relative IRI, and there is no base";
    else if (bc_iri_run(iri.data, end) != end)
        *wrong = "an IRI has a character that it cannot hold";
    else if (!bc_has_scheme(iri.data, end))
        *wrong = "an IRI without a scheme, such as \"http:\"";
    else
        return true;
    return false;
}

static enum bc_status put_iri(struct rdfxml_reader *reader, raptor_uri *uri, struct bc_buffer *to)
{
    size_t size;
    const char *text = (const char *)raptor_uri_as_counted_string(uri, &size);
    struct bc_slice iri = bc_slice(text, size);
    const char *wrong;
    enum bc_status st = restore(reader, &iri);
    if (!st && !is_iri(iri, &wrong))
        return problem(reader, wrong);
    if (!st)
        st = put(to, "<", 1);
    if (!st)
        st = put(to, iri.data, iri.size);
    return st ? st : put(to, ">", 1);
}

static enum bc_status put_escape(struct bc_buffer *to, unsigned char byte)
{
    static const char plain[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *at = byte ? strchr(plain, byte) : NULL;
    if (at)
        return bc_buffer_printf(to, "\\%c", letters[at - plain]);
    return bc_buffer_printf(to, "\\u%04X", byte);
}

/* XML holds no U+FFFE and U+FFFF, so only ASCII needs escapes. */
static enum bc_status put_string(struct bc_slice text, struct bc_buffer *to)
{
    const char *end = text.data + text.size;
    enum bc_status st = put(to, "\"", 1);
    for (const char *at = text.data; !st && at < end;) {
        const char *run = bc_literal_run(at, end);
        st = put(to, at, (size_t)(run - at));
        if (!st && run < end)
            st = put_escape(to, (unsigned char)*run++);
        at = run;
    }
    return st ? st : put(to, "\"", 1);
}

/* BCP 47 as N-Triples has it: letters, then '-' and letters or digits; RDF 1.2: up to 8 each. */
static bool is_language(const char *tag)
{
    bool first = true;
    size_t size = 0;
    for (;; tag++) {
        if (*tag == '-' || !*tag) {
            if (!size || size > 8)
                return false;
            if (!*tag)
                return true;
            size = 0;
            first = false;
        } else if (bc_is_letter(*tag) || (!first && bc_is_digit(*tag))) {
            size++;
        } else {
            return false;
        }
    }
}

static enum bc_status put_language(struct rdfxml_reader *reader, const char *language,
                                   struct bc_buffer *to)
{
    if (!is_language(language))
        return problem(reader, "xml:lang holds no language tag, such as \"en\" or \"pt-br\"");
    enum bc_status st = put(to, "@", 1);
    for (; !st && *language; language++) {
        char lower = *language >= 'A' && *language <= 'Z' ? (char)(*language | 0x20) : *language;
        st = put(to, &lower, 1);
    }
    return st;
}

static enum bc_status put_datatype(struct rdfxml_reader *reader, raptor_uri *uri,
                                   struct bc_buffer *to)
{
    const char *text = (const char *)raptor_uri_as_string(uri);
    if (!strcmp(text, BC_XSD_STRING))
        return BC_OK;
    if (!strcmp(text, FMT_RDF "langString") || !strcmp(text, FMT_RDF "dirLangString"))
        return problem(reader, "a string with a language has xml:lang and no rdf:datatype");
    enum bc_status st = put(to, "^^", 2);
    return st ? st : put_iri(reader, uri, to);
}

static enum bc_status put_literal(struct rdfxml_reader *reader,
                                  const raptor_term_literal_value *value, struct bc_buffer *to)
{
    struct bc_slice text = bc_slice(value->string, value->string_len);
    enum bc_status st = restore(reader, &text);
    if (!st)
        st = put_string(text, to);
    if (st)
        return st;
    if (value->datatype)
        return put_datatype(reader, value->datatype, to);
    /* raptor gives none to literals that are attributes. */
    const char *language =
        reader->language_count ? reader->languages[reader->language_count - 1].tag : "";
    return *language ? put_language(reader, language, to) : BC_OK;
}

/* Nodes without a label are "-" and their number, which no rdf:nodeID can be. */
static enum bc_status put_blank(struct rdfxml_reader *reader, const raptor_term_blank_value *value,
                                struct fmt_term *term, struct bc_buffer *to)
{
    const char *label = (const char *)value->string;
    if (*label == '-') {
        term->node = strtoull(label + 1, NULL, 10);
        return BC_OK;
    }
    if (!value->string_len || label[value->string_len - 1] == '.')
        return problem(reader, "rdf:nodeID ends with a dot, which no blank node's label can");
    struct bc_slice text;
    bc_buffer_clear(&reader->restored);
    enum bc_status st = fmt_rdfxml_label(bc_slice(label, value->string_len), &reader->restored);
    if (!st)
        st = fmt_anonymous_mention(reader->anonymous, bc_buffer_slice(&reader->restored), &text);
    return st ? st : put(to, text.data, text.size);
}

static enum bc_status put_term(struct rdfxml_reader *reader, const raptor_term *from,
                               struct bc_buffer *buffer, struct fmt_term *term)
{
    enum bc_status st;
    *term = (struct fmt_term){0};
    bc_buffer_clear(buffer);
    if (from->type == RAPTOR_TERM_TYPE_URI)
        st = put_iri(reader, from->value.uri, buffer);
    else if (from->type == RAPTOR_TERM_TYPE_BLANK)
        st = put_blank(reader, &from->value.blank, term, buffer);
    else
        st = put_literal(reader, &from->value.literal, buffer);
    term->text = bc_buffer_slice(buffer);
    return st;
}

/* What RDF 1.2 gave a meaning of its own, and raptor takes for properties. */
static enum bc_status check_predicate(struct rdfxml_reader *reader,
                                      const raptor_statement *statement, bool *skip)
{
    static const char *const newer[] = {FMT_RDF "annotation", FMT_RDF "annotationNodeID", ITS "dir",
                                        ITS "version"};
    const char *iri = (const char *)raptor_uri_as_string(statement->predicate->value.uri);
    /* The attribute announces which RDF a text needs, and says nothing of the element. */
    *skip = !strcmp(iri, FMT_RDF "version") && statement->object->type == RAPTOR_TERM_TYPE_LITERAL;
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (!strcmp(iri, newer[i]))
            return problem(reader, NEWER);
    return BC_OK;
}

static enum bc_status put_statement(struct rdfxml_reader *reader, raptor_statement *statement)
{
    static const struct fmt_term no_graph;
    struct fmt_term terms[3];
    bool skip;
    enum bc_status st = check_predicate(reader, statement, &skip);
    if (st || skip)
        return st;
    const raptor_term *from[3] = {statement->subject, statement->predicate, statement->object};
    for (int i = 0; !st && i < 3; i++)
        st = put_term(reader, from[i], &reader->terms[i], &terms[i]);
    if (!st)
        st = fmt_anonymous_statement(reader->anonymous, &terms[0], terms[1].text, &terms[2],
                                     &no_graph);
    return st == BC_TOO_LARGE ? problem(reader, "a statement, or what one description says of "
                                                "nodes without labels, is too long")
                              : st;
}

/* What raptor calls. */

static void on_statement(void *context, raptor_statement *statement)
{
    struct rdfxml_reader *reader = context;
    if (!reader->status)
        fail(reader, put_statement(reader, statement));
}

static unsigned char *on_blank(void *context, unsigned char *label)
{
    struct rdfxml_reader *reader = context;
    if (label)
        return label;
    uint64_t node = 0;
    fail(reader, fmt_anonymous_begin(reader->anonymous, &node));
    reader->waiting = true;
    reader->root_waits |= reader->units.depth <= 1 && !reader->units.ended;
    enum { LABEL = 24 };
    char *made = raptor_alloc_memory(LABEL);
    if (made)
        snprintf(made, LABEL, "-%llu", (unsigned long long)node);
    return (unsigned char *)made;
}

static void on_namespace(void *context, raptor_namespace *space)
{
    struct rdfxml_reader *reader = context;
    const char *prefix = (const char *)raptor_namespace_get_prefix(space);
    raptor_uri *uri = raptor_namespace_get_uri(space);
    if (!uri || reader->status)
        return;
    size_t size;
    const char *text = (const char *)raptor_uri_as_counted_string(uri, &size);
    struct bc_slice name = bc_slice(prefix ? prefix : "", prefix ? strlen(prefix) : 0);
    struct bc_slice iri = bc_slice(text, size);
    if (bc_slice_equal(name, bc_slice("xml", 3)) || !bc_prefix_name_valid(name) ||
        !bc_prefix_iri_valid(iri) || fmt_xml_restorable(iri))
        return;
    fail(reader, bc_prefixes_set(&reader->prefixes, name, iri));
}

/* Whether a warning tells of something that raptor then leaves out or changes. */
static bool loses(const char *text)
{
    static const char *const losses[] = {
        "is forbidden",       "mixed content",  "bagID",
        "aboutEach",          "'Triple'",       "not in Unicode Normal Form C",
        "before RDF element", "ended, expected"};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        if (strstr(text, losses[i]))
            return true;
    return false;
}

/* The message without the names of those who pass it on. */
static void on_log(void *context, raptor_log_message *message)
{
    struct rdfxml_reader *reader = context;
    if (message->level < RAPTOR_LOG_LEVEL_WARN || !message->text ||
        (message->level == RAPTOR_LOG_LEVEL_WARN && !loses(message->text)))
        return;
    static const char *const prefixes[] = {"XML parser fatal error - ", "XML parser error - ",
                                           "XML parser error: ", "XML error: "};
    const char *text = message->text;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (!strncmp(text, prefixes[i], strlen(prefixes[i])))
            text += strlen(prefixes[i]);
    if (strstr(text, "Out of memory")) {
        fail(reader, BC_NO_MEMORY);
        return;
    }
    char plain[sizeof reader->problem];
    size_t size = strnlen(text, sizeof plain - 1);
    memcpy(plain, text, size);
    while (size && fmt_xml_blank(plain[size - 1]))
        size--;
    plain[fmt_xml_restore(plain, size)] = '\0';
    for (char *at = plain; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    problem(reader, strstr(plain, "'Triple'") ? "triple terms of RDF 1.2 are not read" : plain);
}

static int refuse_uri(void *context, raptor_uri *uri)
{
    (void)context;
    (void)uri;
    return 1;
}

/* Reading. */

static enum bc_status give(struct rdfxml_reader *reader, struct bc_slice text, bool last)
{
    int failed = raptor_parser_parse_chunk(reader->parser, (const unsigned char *)text.data,
                                           text.size, last);
    if (failed && !reader->status)
        problem(reader, "this is no RDF/XML");
    if (reader->status == BC_SYNTAX)
        fmt_xml_units_refuse(&reader->units, reader->problem);
    return reader->status;
}

static bool is_blank(struct bc_slice text)
{
    while (text.size && fmt_xml_blank(*text.data))
        text = bc_slice(text.data + 1, text.size - 1);
    return !text.size;
}

static bool is_bound(const struct rdfxml_reader *reader, struct bc_slice prefix, const char *iri)
{
    const struct bc_prefix *found = bc_prefixes_find(&reader->prefixes, prefix);
    return found && !strcmp(found->iri, iri);
}

static bool is_newer(const struct rdfxml_reader *reader, struct bc_slice attribute)
{
    const char *colon = memchr(attribute.data, ':', attribute.size);
    if (!colon)
        return false;
    struct bc_slice prefix = bc_slice(attribute.data, (size_t)(colon - attribute.data));
    struct bc_slice name = bc_slice(colon + 1, attribute.size - prefix.size - 1);
    if (bc_slice_equal(name, bc_slice("annotation", 10)) ||
        bc_slice_equal(name, bc_slice("annotationNodeID", 16)))
        return is_bound(reader, prefix, FMT_RDF);
    return bc_slice_equal(name, bc_slice("dir", 3)) && is_bound(reader, prefix, ITS);
}

/* The next attribute of a tag; *at begins at the tag's '<'. False: there is none. */
static bool next_attribute(const char **at, const char *end, struct bc_slice *name,
                           struct bc_slice *value)
{
    const char *from = *at;
    while (from < end && !fmt_xml_blank(*from))
        from++;
    while (from < end && fmt_xml_blank(*from))
        from++;
    const char *to = from;
    while (to < end && !fmt_xml_blank(*to) && *to != '=')
        to++;
    *name = bc_slice(from, (size_t)(to - from));
    while (to < end && *to != '"' && *to != '\'')
        to++;
    const char *quote = to < end ? memchr(to + 1, *to, (size_t)(end - to - 1)) : NULL;
    if (!quote)
        return false;
    *value = bc_slice(to + 1, (size_t)(quote - to - 1));
    *at = quote + 1;
    return true;
}

static const char *tag_of(struct bc_slice unit)
{
    const char *tag = unit.size > 1 ? memrchr(unit.data, '<', unit.size - 1) : NULL;
    return tag && tag[1] != '!' && tag[1] != '?' ? tag : NULL;
}

static bool mentions(const char *at, const char *end, const char *word)
{
    return at && memmem(at, (size_t)(end - at), word, strlen(word));
}

/* Attributes of RDF 1.2 that raptor leaves out, or takes for others. */
static enum bc_status check_attributes(struct rdfxml_reader *reader, struct bc_slice unit)
{
    const char *at = tag_of(unit);
    const char *end = unit.data + unit.size;
    struct bc_slice name;
    struct bc_slice value;
    if (!mentions(at, end, ":annotation") && !mentions(at, end, ":dir"))
        return BC_OK;
    while (next_attribute(&at, end, &name, &value))
        if (is_newer(reader, name))
            return fmt_xml_units_refuse(&reader->units, NEWER);
    return BC_OK;
}

/* By rdf:parseType; with rdf:resource or rdf:nodeID it is empty. */
static enum content content_of_property(const struct rdfxml_reader *reader, const char *tag,
                                        const char *end)
{
    struct bc_slice name;
    struct bc_slice value;
    while (next_attribute(&tag, end, &name, &value)) {
        const char *colon = memchr(name.data, ':', name.size);
        size_t prefix = colon ? (size_t)(colon - name.data) : 0;
        struct bc_slice local = colon ? bc_slice(colon + 1, name.size - prefix - 1) : name;
        if (colon && !is_bound(reader, bc_slice(name.data, prefix), FMT_RDF))
            continue;
        if (bc_slice_equal(local, bc_slice("resource", 8)) ||
            bc_slice_equal(local, bc_slice("nodeID", 6)))
            return CONTENT_NODES;
        if (bc_slice_equal(local, bc_slice("parseType", 9)))
            return bc_slice_equal(value, bc_slice("Resource", 8))      ? CONTENT_PROPERTIES
                   : bc_slice_equal(value, bc_slice("Collection", 10)) ? CONTENT_NODES
                                                                       : CONTENT_ANY;
    }
    return CONTENT_OBJECT;
}

static bool is_root_rdf(const struct rdfxml_reader *reader, const char *tag, const char *end)
{
    const char *to = ++tag;
    while (to < end && !fmt_xml_blank(*to) && *to != '/' && *to != '>')
        to++;
    const char *colon = memchr(tag, ':', (size_t)(to - tag));
    struct bc_slice prefix = bc_slice(tag, colon ? (size_t)(colon - tag) : 0);
    const char *local = colon ? colon + 1 : tag;
    return bc_slice_equal(bc_slice(local, (size_t)(to - local)), bc_slice("RDF", 3)) &&
           is_bound(reader, prefix, FMT_RDF);
}

/* Notes what the element that the unit opened may hold: nodes and properties take turns. */
static void open_content(struct rdfxml_reader *reader, struct bc_slice unit)
{
    const char *tag = tag_of(unit);
    const char *end = unit.data + unit.size;
    unsigned depth = reader->units.depth;
    if (!tag || reader->units.ended || !depth)
        return;
    enum content outer = depth > 1 ? reader->contents[depth - 1] : CONTENT_NODES;
    enum content content = CONTENT_ANY;
    if (depth == 1 && is_root_rdf(reader, tag, end))
        content = CONTENT_NODES;
    else if (outer == CONTENT_NODES || outer == CONTENT_OBJECT)
        content = CONTENT_PROPERTIES;
    else if (outer == CONTENT_PROPERTIES)
        content = content_of_property(reader, tag, end);
    reader->contents[depth] = (unsigned char)content;
}

static bool has_text(struct bc_slice unit)
{
    const char *end = unit.data + unit.size;
    const char *markup = memchr(unit.data, '<', unit.size);
    return !is_blank(bc_slice(unit.data, (size_t)((markup ? markup : end) - unit.data))) ||
           mentions(markup, end, "<![CDATA[");
}

/* Refuses text where no text may be, and elements beside it: raptor leaves one of them out. */
static enum bc_status check_text(struct rdfxml_reader *reader, struct bc_slice unit)
{
    const char *tag = tag_of(unit);
    unsigned depth = reader->units.depth;
    bool closes = tag && tag[1] == '/';
    if (closes)
        depth++;
    else if (tag && !reader->units.ended)
        depth--;
    if (!depth || depth > FMT_XML_DEPTH_MAX || reader->contents[depth] == CONTENT_ANY)
        return BC_OK;
    unsigned char *content = &reader->contents[depth];
    if (has_text(unit)) {
        if (*content < CONTENT_OBJECT)
            return fmt_xml_units_refuse(&reader->units, "text where elements are expected");
        *content = CONTENT_TEXT;
    }
    if (tag && !closes && *content == CONTENT_TEXT)
        return fmt_xml_units_refuse(&reader->units, "an element in the text of a property");
    if (tag && !closes && *content == CONTENT_OBJECT)
        *content = CONTENT_NODES;
    return BC_OK;
}

/* xml:lang of a tag, in force until its element ends. */
static enum bc_status open_language(struct rdfxml_reader *reader, struct bc_slice unit)
{
    const char *at = tag_of(unit);
    const char *end = unit.data + unit.size;
    struct bc_slice name;
    struct bc_slice value;
    if (!mentions(at, end, "xml:lang"))
        return BC_OK;
    while (next_attribute(&at, end, &name, &value)) {
        if (!bc_slice_equal(name, bc_slice("xml:lang", 8)))
            continue;
        struct language *list =
            bc_realloc_array(reader->languages, reader->language_count + 1, sizeof *list);
        if (!list)
            return BC_NO_MEMORY;
        reader->languages = list;
        char *copy = bc_copy_string(value.data, value.size);
        if (!copy)
            return BC_NO_MEMORY;
        list[reader->language_count++] =
            (struct language){reader->units.depth + reader->units.ended, copy};
        return BC_OK;
    }
    return BC_OK;
}

static void close_languages(struct rdfxml_reader *reader, unsigned depth)
{
    while (reader->language_count && reader->languages[reader->language_count - 1].depth > depth)
        bc_free(reader->languages[--reader->language_count].tag);
}

/* With the end of an outermost description all is said of the nodes within that have no label. */
static enum bc_status settle(struct rdfxml_reader *reader)
{
    if (!reader->waiting || reader->root_waits || reader->units.depth > 1 || !reader->units.ended)
        return BC_OK;
    reader->waiting = false;
    return fmt_anonymous_settle(reader->anonymous);
}

static enum bc_status take_unit(void *context, struct bc_slice unit)
{
    struct rdfxml_reader *reader = context;
    if (!reader->marked && is_blank(unit))
        return BC_OK;
    reader->marked = true;
    /* libxml2 only looks for the encoding in the first bytes, and parses with the next. */
    size_t head = reader->begun ? 0 : unit.size < 4 ? unit.size : 4;
    reader->begun = true;
    enum bc_status st = check_text(reader, unit);
    if (!st)
        st = open_language(reader, unit);
    if (!st && head)
        st = give(reader, bc_slice(unit.data, head), false);
    if (!st && unit.size > head)
        st = give(reader, bc_slice(unit.data + head, unit.size - head), false);
    if (!st)
        st = check_attributes(reader, unit);
    if (!st)
        open_content(reader, unit);
    close_languages(reader, reader->units.depth);
    return st ? st : settle(reader);
}

static enum bc_status rdfxml_feed(struct bc_syntax_reader *base, const void *data, size_t size)
{
    struct rdfxml_reader *reader = reader_of(base);
    if (!reader->status)
        fail(reader, fmt_xml_units_feed(&reader->units, data, size));
    return reader->status;
}

/* A text without anything is an empty set: so a file begins, and may be emptied. */
static enum bc_status finish(struct rdfxml_reader *reader)
{
    enum bc_status st = fmt_xml_units_finish(&reader->units);
    if (!st && reader->marked)
        st = give(reader, bc_slice(NULL, 0), true);
    return st ? st : fmt_anonymous_settle(reader->anonymous);
}

static enum bc_status rdfxml_finish(struct bc_syntax_reader *base)
{
    struct rdfxml_reader *reader = reader_of(base);
    if (!reader->status)
        fail(reader, finish(reader));
    return reader->status;
}

static const struct bc_syntax_error *rdfxml_error(const struct bc_syntax_reader *base)
{
    const struct rdfxml_reader *reader = reader_of(base);
    return reader->units.error.line ? &reader->units.error : NULL;
}

static const struct bc_prefixes *rdfxml_prefixes(const struct bc_syntax_reader *base)
{
    return &reader_of(base)->prefixes;
}

static void rdfxml_free(struct bc_syntax_reader *base)
{
    struct rdfxml_reader *reader = reader_of(base);
    if (reader->parser)
        raptor_free_parser(reader->parser);
    if (reader->world) {
        raptor_world_set_log_handler(reader->world, NULL, NULL);
        fmt_rdfxml_world_give(reader->world);
    }
    fmt_anonymous_free(reader->anonymous);
    fmt_xml_units_release(&reader->units);
    bc_prefixes_release(&reader->prefixes);
    for (int i = 0; i < 3; i++)
        bc_buffer_release(&reader->terms[i]);
    bc_buffer_release(&reader->restored);
    while (reader->language_count)
        bc_free(reader->languages[--reader->language_count].tag);
    bc_free(reader->languages);
    bc_free(reader);
}

static const struct bc_syntax_reader_ops rdfxml_ops = {rdfxml_feed, rdfxml_finish, rdfxml_error,
                                                       rdfxml_prefixes, rdfxml_free};

static enum bc_status start_parser(struct rdfxml_reader *reader)
{
    static const struct {
        raptor_option option;
        int value;
    } options[] = {
        {RAPTOR_OPTION_NO_NET, 1},
        {RAPTOR_OPTION_NO_FILE, 1},
        {RAPTOR_OPTION_LOAD_EXTERNAL_ENTITIES, 0},
        {RAPTOR_OPTION_ALLOW_BAGID, 0},
        {RAPTOR_OPTION_NON_NFC_FATAL, 0},
    };
    raptor_world_set_log_handler(reader->world, reader, on_log);
    raptor_world_set_generate_bnodeid_handler(reader->world, reader, on_blank);
    reader->parser = raptor_new_parser(reader->world, "rdfxml");
    if (!reader->parser)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (raptor_parser_set_option(reader->parser, options[i].option, NULL, options[i].value))
            return BC_UNSUPPORTED;
    raptor_parser_set_uri_filter(reader->parser, refuse_uri, NULL);
    raptor_parser_set_statement_handler(reader->parser, reader, on_statement);
    raptor_parser_set_namespace_handler(reader->parser, reader, on_namespace);
    struct bc_slice base =
        reader->reading.base.size ? reader->reading.base : bc_slice(NO_BASE, sizeof NO_BASE - 1);
    raptor_uri *uri = raptor_new_uri_from_counted_string(
        reader->world, (const unsigned char *)base.data, base.size);
    int failed = !uri || raptor_parser_parse_start(reader->parser, uri);
    if (uri)
        raptor_free_uri(uri);
    return failed ? BC_NO_MEMORY : BC_OK;
}

enum bc_status fmt_rdfxml_reader_new(const struct bc_reading *reading,
                                     struct bc_syntax_reader **reader)
{
    struct rdfxml_reader *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->base.ops = &rdfxml_ops;
    made->reading = *reading;
    made->units.sink = take_unit;
    made->units.context = made;
    enum bc_status st = fmt_anonymous_new(reading, &made->anonymous);
    if (!st && reading->prefixes)
        st = bc_prefixes_unite(&made->prefixes, reading->prefixes);
    if (!st)
        st = fmt_rdfxml_world_take(&made->world);
    if (!st)
        st = start_parser(made);
    if (st)
        rdfxml_free(&made->base);
    else
        *reader = &made->base;
    return st;
}
