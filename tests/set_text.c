#include "tests/set_text.h"

#include "branchcore/lines.h"
#include "branchcore/memory_store.h"
#include "branchcore/ntriples.h"
#include "branchcore/run.h"
#include "tests/require.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN = 7 };

static int compare(const void *a, const void *b)
{
    return bc_line_compare(*(const struct bc_slice *)a, *(const struct bc_slice *)b);
}

void set_text_sort(struct bc_buffer *lines)
{
    size_t room = lines->size / 2 + 1;
    size_t count = 0;
    struct bc_slice *list = bc_alloc_array(room, sizeof *list);
    REQUIRE(list);
    for (size_t at = 0; at < lines->size; at += list[count++].size)
        list[count] = bc_lines_at(bc_buffer_slice(lines), at);
    qsort(list, count, sizeof *list, compare);
    struct bc_buffer sorted = {0};
    REQUIRE(!bc_buffer_reserve(&sorted, lines->size + 1));
    for (size_t i = 0; i < count; i++)
        if (!i || compare(&list[i - 1], &list[i]))
            REQUIRE(!bc_buffer_append(&sorted, list[i].data, list[i].size));
    sorted.data[sorted.size] = '\0';
    bc_free(list);
    bc_buffer_release(lines);
    *lines = sorted;
}

/* Writes the run; what content says of it. */
static void write_run(struct set_text *set, struct bc_content *content)
{
    struct bc_run_writer *writer;
    REQUIRE(!bc_run_writer_new(set->store, RUN, &writer));
    struct bc_slice lines = bc_buffer_slice(&set->lines);
    for (size_t at = 0, size; at < lines.size; at += size) {
        struct bc_slice line = bc_lines_at(lines, at);
        struct bc_statement statement;
        size = line.size;
        if (bc_statement_split(line, &statement)) {
            fprintf(stderr, "not canonical: %.*s\n", (int)line.size, line.data);
            abort();
        }
        REQUIRE(!bc_run_writer_add(writer, line, statement.graph.size > 0));
        content->quads += statement.graph.size > 0;
        content->triples++;
    }
    struct bc_run_summary summary;
    REQUIRE(!bc_run_writer_finish(writer, &summary));
    content->run = RUN;
    content->size_bytes = lines.size;
}

void set_text_init(struct set_text *set, struct bc_slice lines)
{
    struct bc_store *store;
    REQUIRE(!bc_memory_store_new(&store));
    set_text_init_over(set, store, lines);
}

void set_text_init_over(struct set_text *set, struct bc_store *store, struct bc_slice lines)
{
    *set = (struct set_text){.store = store};
    REQUIRE(!bc_buffer_append(&set->lines, lines.data, lines.size));
    set_text_sort(&set->lines);
    struct bc_content content = {.node = 1};
    if (set->lines.size)
        write_run(set, &content);
    REQUIRE(!bc_text_new(set->store, &content, NULL, NULL, &set->text));
}

void set_text_release(struct set_text *set)
{
    bc_text_release(set->text);
    set->store->ops->close(set->store);
    bc_buffer_release(&set->lines);
}

uint64_t set_text_below(uint64_t *random, uint64_t below)
{
    uint64_t x = *random += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (x ^ x >> 31) % below;
}

#define PICK(random, list) (list)[set_text_below(random, sizeof(list) / sizeof *(list))]
#define RDF                "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define XSD                "http://www.w3.org/2001/XMLSchema#"

static void put(struct bc_buffer *to, const char *text)
{
    REQUIRE(!bc_buffer_append(to, text, strlen(text)));
}

static void put_iri(struct bc_buffer *to, uint64_t *random)
{
    static const char *const spaces[] = {"http://example.org/",
                                         "http://example.org/deep/",
                                         "http://example.org/deep#",
                                         "urn:x:",
                                         "http://unknown/",
                                         RDF,
                                         XSD};
    static const char *const names[] = {
        "a",          "b",    "c",         "d1",           "",          "-x",     "1st",
        ".dot",       "dot.", "a.b",       "a..b",         "%41%e4",    "%zz",    "%",
        "a/b",        "a#b",  "a?q=1&r=2", "caf\u00e9",    "mid\u00b7", "x:y",    ":",
        "\u00b7mid",  "_u",   "~!$&'()*",  "\u4e2d\u6587", "+,;=@",     "it's",   "(x)",
        "\U0001F600", "nil",  "type",      "first",        "integer",   "\u2603", "\u00d7",
        "tag:x,y",    "a-",   "\u0300x",   "x\u0300"};
    put(to, "<");
    put(to, PICK(random, spaces));
    put(to, PICK(random, names));
    put(to, ">");
}

static void put_literal(struct bc_buffer *to, uint64_t *random)
{
    static const char *const pieces[] = {
        "a",   " ",   "\\\"",  "\\\"",  "\\\\",    "\\n",     "\\n",     "\\r",        "\\t",
        "\\b", "\\f", "'",     "''",    "\\u0000", "\\u001F", "\\u007F", "\\uFFFE",    "\u00e9",
        " .",  "{",   "_:b0 ", " <<( ", "--ltr ",  "@en",     "^^<x>",   "\U0001F600", "\\\\n"};
    static const char *const numbers[] = {
        "1",    "-0",    "+5",  "007", "1.0", ".5",    "-.5",  "1.",    "1e0",  "e5",  "",  "+",
        "1.e5", ".5E-3", "1E+", "INF", "12e", "1.5.2", "true", "false", "TRUE", "0x1", "1 "};
    static const char *const types[] = {"integer", "decimal", "double", "boolean", "int", "date"};
    static const char *const tags[] = {"@en", "@de-ch-1901", "@ar--rtl", "@en--ltr"};
    put(to, "\"");
    if (set_text_below(random, 3) == 0) {
        put(to, PICK(random, numbers));
        put(to, "\"^^<" XSD);
        put(to, PICK(random, types));
        put(to, ">");
        return;
    }
    for (uint64_t i = set_text_below(random, 8); i > 0; i--)
        put(to, PICK(random, pieces));
    put(to, "\"");
    uint64_t kind = set_text_below(random, 6);
    if (kind == 0)
        put(to, PICK(random, tags));
    if (kind == 1)
        put(to, "^^<http://example.org/deep/type>");
}

static void put_label(struct bc_buffer *to, uint64_t *random, uint64_t labels)
{
    static const char *const tails[] = {"", "", "", "-x", ".y", "\u00e9"};
    uint64_t number = set_text_below(random, labels);
    REQUIRE(!bc_buffer_printf(to, "_:n%llu%s", (unsigned long long)number,
                              tails[number % (sizeof tails / sizeof *tails)]));
}

static void put_subject(struct bc_buffer *to, uint64_t *random, uint64_t labels)
{
    if (set_text_below(random, 2))
        put_label(to, random, labels);
    else
        put_iri(to, random);
}

static void put_predicate(struct bc_buffer *to, uint64_t *random)
{
    static const char *const known[] = {"<" RDF "type>", "<" RDF "first>", "<" RDF "rest>",
                                        "<" RDF "reifies>"};
    if (set_text_below(random, 3))
        put_iri(to, random);
    else
        put(to, PICK(random, known));
}

/* Opens triple terms, each the object of the one before, and closes them. */
static void put_object(struct bc_buffer *to, uint64_t *random, uint64_t labels)
{
    int depth = 0;
    for (; depth < 3 && set_text_below(random, 11) == 0; depth++) {
        put(to, "<<( ");
        put_subject(to, random, labels);
        put(to, " ");
        put_iri(to, random);
        put(to, " ");
    }
    uint64_t kind = set_text_below(random, 10);
    if (kind < 3)
        put_iri(to, random);
    else if (kind < 6)
        put_label(to, random, labels);
    else
        put_literal(to, random);
    while (depth--)
        put(to, " )>>");
}

static const char *graph_for(uint64_t *random, bool graphs)
{
    static const char *const names[] = {"", "", "<http://example.org/g1>", "<urn:g2>", "_:n3-x"};
    return graphs ? PICK(random, names) : "";
}

static void end_line(struct bc_buffer *to, const char *graph)
{
    put(to, *graph ? " " : "");
    put(to, graph);
    put(to, " .\n");
}

/* A list, or a chain of nodes, that nothing else mentions unless by chance. */
static void put_chain(struct bc_buffer *to, uint64_t *random, bool graphs)
{
    const char *graph = graph_for(random, graphs);
    unsigned start = (unsigned)set_text_below(random, 1 << 30);
    unsigned length = 1 + (unsigned)set_text_below(random, 12);
    unsigned kind = (unsigned)set_text_below(random, 4);
    put_subject(to, random, 6);
    REQUIRE(!bc_buffer_printf(to, " <http://example.org/chain> _:c%u", start));
    end_line(to, graph);
    for (unsigned i = 0; i < length; i++) {
        REQUIRE(!bc_buffer_printf(to, "_:c%u <%s> ", start + i,
                                  kind ? RDF "first" : "http://example.org/p"));
        put_object(to, random, 40);
        end_line(to, graph);
        REQUIRE(!bc_buffer_printf(to, "_:c%u <%s> ", start + i,
                                  kind ? RDF "rest" : "http://example.org/next"));
        if (i + 1 < length)
            REQUIRE(!bc_buffer_printf(to, "_:c%u", start + i + 1));
        else
            put(to, kind == 3 ? "<http://example.org/nil>" : "<" RDF "nil>");
        end_line(to, graph);
    }
}

void set_text_random(struct bc_buffer *lines, uint64_t *random, size_t statements, bool graphs)
{
    for (size_t i = 0; i < statements; i++) {
        uint64_t labels = 1 + statements / (1 + set_text_below(random, 4));
        if (set_text_below(random, 10) == 0) {
            put_chain(lines, random, graphs);
            continue;
        }
        put_subject(lines, random, labels);
        put(lines, " ");
        put_predicate(lines, random);
        put(lines, " ");
        put_object(lines, random, labels);
        end_line(lines, graph_for(random, graphs));
    }
}
