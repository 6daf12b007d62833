/* Splitting text into statements: every engine against bc_statement_split on each line alone, and
 * that against terms put together here. */
#include "tests/compute_fixture.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define INTEGER      "<http://www.w3.org/2001/XMLSchema#integer>"
#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define OF_STRING    "_:a <x:p> \"\"^^<http://www.w3.org/2001/XMLSchema#string> ."

/* Texts are laid here so that they end where a page begins that cannot be read. */
enum { ARENA_BYTES = 1 << 20, MOST = 1 << 14 };
static char *arena;
static struct bc_spans found[MOST];
static struct bc_spans expected[MOST];

static int map_arena(void **state)
{
    (void)state;
    static char zeros[ARENA_BYTES];
    arena = guarded_copy(zeros, sizeof zeros);
    return 0;
}

static int unmap_arena(void **state)
{
    (void)state;
    free_guarded(arena, ARENA_BYTES);
    return 0;
}

static uint32_t offset_of(struct bc_slice text, struct bc_slice term)
{
    return (uint32_t)(term.data - text.data);
}

/* The line's spans; false if split is to stop before it. */
static bool reference_line(struct bc_slice text, size_t at, enum bc_syntax syntax,
                           struct bc_spans *spans)
{
    const char *start = text.data + at;
    const char *newline = memchr(start, '\n', text.size - at);
    struct bc_statement parts;
    if (!newline || newline - start >= BC_LINE_MAX ||
        bc_statement_split(bc_slice(start, (size_t)(newline - start)), &parts) ||
        (parts.graph.size && syntax == BC_NTRIPLES))
        return false;
    spans->start = (uint32_t)at;
    spans->predicate = offset_of(text, parts.predicate);
    spans->object = offset_of(text, parts.object);
    spans->graph = parts.graph.size ? offset_of(text, parts.graph) : 0;
    spans->end = (uint32_t)(newline + 1 - text.data);
    return true;
}

static size_t reference_split(struct bc_slice text, enum bc_syntax syntax, size_t room,
                              size_t *used)
{
    size_t count = 0;
    *used = 0;
    while (count < room && *used < text.size &&
           reference_line(text, *used, syntax, &expected[count]))
        *used = expected[count++].end;
    return count;
}

static void check_in_place(struct bc_slice text, enum bc_syntax syntax, size_t room)
{
    size_t expected_used;
    size_t used = SIZE_MAX;
    size_t expected_count = reference_split(text, syntax, room, &expected_used);
    size_t count = engine->split(engine, text, syntax, found, room, &used);
    if (count != expected_count || used != expected_used ||
        (count && memcmp(found, expected, count * sizeof *found) != 0))
        fail_msg("%zu of %zu statements, %zu of %zu bytes, of: %.*s", count, expected_count, used,
                 expected_used, (int)(text.size < 2000 ? text.size : 2000), text.data);
}

/* Both syntaxes, the text before the guard page. */
static void check(const char *data, size_t size)
{
    assert_true(size <= ARENA_BYTES);
    char *copy = arena + ARENA_BYTES - size;
    memmove(copy, data, size);
    check_in_place(bc_slice(copy, size), BC_NQUADS, MOST);
    check_in_place(bc_slice(copy, size), BC_NTRIPLES, MOST);
}

/* subject, predicate, object, graph */
static const char *const statements[][4] = {
    {"<http://www.Department0.University0.edu/GraduateStudent44>",
     "<http://swat.cse.lehigh.edu/onto/univ-bench.owl#takesCourse>",
     "<http://www.Department0.University0.edu/GraduateCourse30>", ""},
    {"<x:s>", "<x:p>", "<x:o>", ""},
    {"<x:s>", "<x:p>", "<x:o>", "<x:g>"},
    {"<x:s>", "<x:p>", "\"\"", ""},
    {"<x:s>", "<x:p>", "\"\"", "_:g"},
    {"_:a", "<x:p>", "_:b", ""},
    {"_:a", "<x:p>", "_:b.c", "_:g-1.x"},
    {"_:\xC3\xA4.\xC2\xB7", "<x:p>", "_:0", "<http://example.org/g>"},
    {"<http://a/>", "<https://b/>", "\"plain text, with . and > and <x:y> in it\"", ""},
    {"<urn:isbn:0451450523>", "<mailto:a@b.c>", "\"1\"^^" INTEGER, ""},
    {"<a+b-c.1:>", "<http:>", "\"1\"^^" INTEGER, "<tag:g>"},
    {"<http://a/s>", "<http://a/p>", "\"color\"@en", ""},
    {"<http://a/s>", "<http://a/p>", "\"colour\"@en-gb-oed-1997", "_:g"},
    {"<http://a/s>", "<http://a/p>", "\"\\t\\b\\n\\r\\f\\\"\\\\\"", ""},
    {"<http://a/s>", "<http://a/p>", "\"\\u0000\\u001F\\u007F\\uFFFE\\uFFFF\"", "<x:g>"},
    {"<http://a/\xC3\xA9\xE2\x82\xAC>", "<http://a/\xF0\x9F\x98\x80>",
     "\"\xD0\x9F\xD1\x80\xD0\xB8\xE2\x82\xAC\xF0\x9F\x98\x80\"@ru", ""},
    {"<http://a/\xEF\xBF\xBF>", "<http://a/\xEF\xBF\xBE~\x7F>", "<x:\x7F>", "<x:\xEF\xBF\xBE>"},
    {"<http://a/s>", "<http://a/p>", "\"\xEF\xBF\xBD\xEE\x80\x80\xED\x9F\xBF\xF4\x8F\xBF\xBF\"",
     ""},
    {"<http://a/s>", "<http://a/p>", "\"colour\"@en-gb--ltr", "_:g"},
    {"<x:s>", "<x:p>", "<<( <http://a/s> <x:p> <http://a/o> )>>", ""},
    {"<x:s>", "<x:p>", "<<( _:a <x:p> \"1 )>> .\"^^" INTEGER " )>>", "_:g"},
    {"_:r", "<x:p>", "<<( <x:s> <x:p> <<( _:b <x:q> <<( <x:(> <x:)> \"\\\"\"@ar--rtl )>> )>> )>>",
     "<x:g>"},
};

/* The i-th statement with its '\n'. */
static size_t put_statement(char *to, size_t i)
{
    const char *const *terms = statements[i];
    return (size_t)sprintf(to, "%s %s %s %s%s.\n", terms[0], terms[1], terms[2], terms[3],
                           *terms[3] ? " " : "");
}

static void assert_term(const char *text, const struct bc_spans *spans, enum bc_term term,
                        const char *value)
{
    struct bc_slice slice = bc_spans_term(text, spans, term);
    assert_true(bc_slice_equal(slice, bc_slice(value, strlen(value))));
}

static void statements_split_into_their_terms(void **state)
{
    (void)state;
    char text[8192];
    size_t size = 0;
    for (size_t i = 0; i < COUNT(statements); i++)
        size += put_statement(text + size, i);
    size_t used;
    size_t count = engine->split(engine, bc_slice(text, size), BC_NQUADS, found, MOST, &used);
    assert_int_equal(count, COUNT(statements));
    assert_int_equal(used, size);
    for (size_t i = 0; i < count; i++) {
        assert_term(text, &found[i], BC_SUBJECT, statements[i][0]);
        assert_term(text, &found[i], BC_PREDICATE, statements[i][1]);
        assert_term(text, &found[i], BC_OBJECT, statements[i][2]);
        assert_term(text, &found[i], BC_GRAPH, statements[i][3]);
        assert_int_equal(found[i].end, i + 1 < count ? found[i + 1].start : size);
    }
    check(text, size);
}

static void nothing_splits_into_nothing(void **state)
{
    (void)state;
    size_t used = 1;
    assert_int_equal(engine->split(engine, bc_slice(NULL, 0), BC_NQUADS, found, MOST, &used), 0);
    assert_int_equal(used, 0);
    check("", 0);
    check("\n", 1);
    check("<", 1);
    used = 1;
    assert_int_equal(
        engine->split(engine, bc_slice("_:a <x:p> _:b .\n", 16), BC_NQUADS, found, 0, &used), 0);
    assert_int_equal(used, 0);
}

static void what_is_not_canonical_stops(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "#",
        " _:a <x:p> _:b .",
        "_:a  <x:p> _:b .",
        "_:a\t<x:p> _:b .",
        "_:a <x:p> _:b  .",
        "_:a <x:p> _:b.",
        "_:a <x:p> _:b. .",
        "_:a <x:p> _:b . ",
        "_:a <x:p> _:b .\r",
        "_:a <x:p> _:b . #",
        "_:a <x:p> _:b",
        "_:a <x:p> .",
        "_:a <x:p> _:b _:c _:d .",
        "_:a <x:p> _:b \"g\" .",
        "_:a _:p _:b .",
        "\"a\" <x:p> _:b .",
        "_: <x:p> _:b .",
        "_:-a <x:p> _:b .",
        "_:.a <x:p> _:b .",
        "_:a:b <x:p> _:b .",
        "_:\xC2\xB7 <x:p> _:b .",
        "<s> <x:p> _:b .",
        "<> <x:p> _:b .",
        "<:s> <x:p> _:b .",
        "<1x:s> <x:p> _:b .",
        "<x/y:s> <x:p> _:b .",
        "<http> <x:p> _:b .",
        "<http//a> <x:p> _:b .",
        "<\xC3\xA9:s> <x:p> _:b .",
        "_:a <x:p> <x:\\u0041> .",
        "_:a <x:p> <x:a b> .",
        "_:a <x:p> <x:a<b> .",
        "_:a <x:p> <x:a>b> .",
        "_:a <x:p> <x:{}> .",
        "_:a <x:p> \"\"@ .",
        "_:a <x:p> \"\"@EN .",
        "_:a <x:p> \"\"@en- .",
        "_:a <x:p> \"\"@e1 .",
        "_:a <x:p> \"\"@en-GB .",
        "_:a <x:p> \"\"@en_gb .",
        "_:a <x:p> \"\"@en--LTR .",
        "_:a <x:p> \"\"@en--ltrs .",
        "_:a <x:p> \"\"@en--lt .",
        "_:a <x:p> \"\"@en--ltr- .",
        "_:a <x:p> \"\"@--ltr .",
        "_:a <x:p> \"\"@abcdefghi .",
        "_:a <x:p> \"\"@en-abcdefghi .",
        ("_:a <x:p> \"\"^^<" RDF "langString> ."),
        ("_:a <x:p> \"\"^^<" RDF "dirLangString> ."),
        "_:a <x:p> <<(_:a <x:p> _:b )>> .",
        "_:a <x:p> <<( _:a <x:p> _:b)>> .",
        "_:a <x:p> <<( _:a  <x:p> _:b )>> .",
        "_:a <x:p> <<( _:a <x:p> _:b _:c )>> .",
        "_:a <x:p> <<( _:a <x:p> _:b ) >> .",
        "_:a <x:p> <<( _:a <x:p> _:b )>>. ",
        "_:a <x:p> <<( _:a <x:p> )>> .",
        "_:a <x:p> <<( )>> .",
        "_:a <x:p> <<( \"a\" <x:p> _:b )>> .",
        "_:a <x:p> <<( _:a _:p _:b )>> .",
        "_:a <x:p> << _:a <x:p> _:b >> .",
        "_:a <x:p> <<( _:a <x:p> <<( _:a <x:p> _:b )>> .",
        "_:a <x:p> <<( _:a <x:p> _:b )>> )>> .",
        "_:a <x:p> <<( <<( _:a <x:p> _:b )>> <x:p> _:b )>> .",
        "_:a <x:p> <<( _:a <x:p> \"\"@EN )>> .",
        "_:a <x:p> <<( _:a <x:p> _:b )>> \"g\" .",
        "_:a <x:p> _:b <<( _:a <x:p> _:b )>> .",
        "_:a <<( _:a <x:p> _:b )>> _:b .",
        "<<( _:a <x:p> _:b )>> <x:p> _:b .",
        "VERSION \"1.2\"",
        "_:a <x:p> \"\"^<x:d> .",
        "_:a <x:p> \"\"^^ <x:d> .",
        "_:a <x:p> \"\"^^_:d .",
        "_:a <x:p> \"\"^^<d> .",
        OF_STRING,
        "_:a <x:p> \"a\"b\" .",
        "_:a <x:p> \"a\\\" .",
        "_:a <x:p> \"\\'\" .",
        "_:a <x:p> \"\\x\" .",
        "_:a <x:p> \"\\u0041\" .",
        "_:a <x:p> \"\\u000A\" .",
        "_:a <x:p> \"\\u000b\" .",
        "_:a <x:p> \"\\u00\" .",
        "_:a <x:p> \"\\U0000000B\" .",
        "_:a <x:p> \"\t\" .",
        "_:a <x:p> \"\x7F\" .",
        "_:a <x:p> \"\xEF\xBF\xBE\" .",
        "_:a <x:p> \"\xEF\xBF\xBF\" .",
        "_:a <x:p> \"\xC0\x80\" .",
        "_:a <x:p> \"\xED\xA0\x80\" .",
        "_:a <x:p> \"\xF4\x90\x80\x80\" .",
        "_:a <x:p> \"\xE2\x82\" .",
        "_:a <x:p> \"\x80\" .",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        static const char good[] = "_:a <x:p> _:b .\n";
        char text[1024];
        size_t size = (size_t)sprintf(text, "%s%s%s\n%s", good, good, lines[i], good);
        size_t used;
        assert_int_equal(engine->split(engine, bc_slice(text, size), BC_NQUADS, found, MOST, &used),
                         2);
        assert_int_equal(used, 2 * (sizeof good - 1));
        check(text, size);
        check(lines[i], strlen(lines[i]));
    }
}

static void only_as_many_as_there_is_room_for(void **state)
{
    (void)state;
    char text[8192];
    size_t size = 0;
    for (size_t i = 0; i < COUNT(statements); i++)
        size += put_statement(text + size, i);
    for (size_t room = 0; room < COUNT(statements) + 2; room++) {
        memset(found, 0xAA, sizeof found);
        check_in_place(bc_slice(text, size), BC_NQUADS, room);
        assert_int_equal(found[room].start, 0xAAAAAAAA);
    }
}

static void a_line_without_its_end_is_left(void **state)
{
    (void)state;
    char text[2048];
    for (size_t i = 0; i < COUNT(statements); i++) {
        size_t first = put_statement(text, i);
        size_t size = first + put_statement(text + first, i);
        for (size_t cut = 0; cut <= size; cut++)
            check(text, cut);
    }
}

/* Behind the line's end is nothing in which a term could end. */
static void a_line_may_end_where_a_term_should_begin(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n",
                                       "<x:s> \n",
                                       "<x:s> <x:p> \n",
                                       "<x:s> <x:p> <x:o> \n",
                                       "<x:s> \r\n",
                                       "<x:s> <x:p> _\n",
                                       "<x:s> <x:p> \"\"^^\n",
                                       "<x:s> <x:p> \"a\"@\n",
                                       "<x:s> <x:p> <\n",
                                       "<x:s> <x:p> <<\n",
                                       "<x:s> <x:p> <<(\n",
                                       "<x:s> <x:p> <<( \n",
                                       "<x:s> <x:p> <<( _:a \n",
                                       "<x:s> <x:p> <<( _:a <x:p> \n",
                                       "<x:s> <x:p> <<( _:a <x:p> <<( \n",
                                       "<x:s> <x:p> <<( _:a <x:p> _:b\n",
                                       "<x:s> <x:p> <<( _:a <x:p> _:b \n",
                                       "<x:s> <x:p> <<( _:a <x:p> _:b )\n",
                                       "<x:s> <x:p> <<( _:a <x:p> _:b )>>\n",
                                       "<x:s> <x:p> <<( _:a <x:p> _:b )>> \n"};
    char text[2048];
    for (size_t i = 0; i < COUNT(ends); i++) {
        for (size_t pad = 0; pad < 130; pad++) {
            size_t size =
                (size_t)sprintf(text, "<x:%0*d> <x:p> <x:o> .\n%s", (int)pad + 1, 7, ends[i]);
            for (size_t behind = 0; behind < 20; behind++) {
                check(text, size);
                text[size++] = 'a';
            }
        }
    }
}

static void every_byte_is_looked_at(void **state)
{
    (void)state;
    char text[2048];
    for (size_t i = 0; i < COUNT(statements); i++) {
        size_t first = put_statement(text, 1);
        size_t second = first + put_statement(text + first, i);
        size_t size = second + put_statement(text + second, 3);
        for (size_t at = first; at < second; at++) {
            char kept = text[at];
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                check(text, size);
            }
            text[at] = kept;
        }
    }
}

/* Every statement at every place of a block of 64 bytes, and with the end of the text at any
 * distance behind. */
static void lines_lie_anywhere(void **state)
{
    (void)state;
    char text[4096];
    for (size_t i = 0; i < COUNT(statements); i++) {
        for (int pad = 0; pad < 130; pad++) {
            size_t size = (size_t)sprintf(text, "<x:s> <x:p> \"%0*d\" .\n", pad, 0);
            size += put_statement(text + size, i);
            check(text, size);
            size += put_statement(text + size, 1);
            check(text, size);
            memmove(arena, text, size);
            check_in_place(bc_slice(arena, size), BC_NQUADS, MOST);
        }
    }
}

/* One statement with a run of `count` bytes within, then a piece, then 70 bytes more. */
static size_t put_long(char *to, const char *before, size_t count, const char *piece,
                       const char *behind)
{
    char *at = to;
    at += sprintf(at, "%s", before);
    memset(at, 'a', count);
    at += count;
    at += sprintf(at, "%s%070d%s\n", piece, 7, behind);
    return (size_t)(at - to);
}

static const char *const pieces[] = {
    "",
    "\\\"",
    "\\\\",
    "\\n\\n\\\\\\\"",
    "\\",
    "\\u0000",
    "\\u0041",
    "\\'",
    "\"",
    ">",
    "<",
    " ",
    "\n",
    "\xC3\xA9",
    "\xE2\x82\xAC",
    "\xF0\x9F\x98\x80",
    "\xEF\xBF\xBE",
    "\xEF\xBF\xBF",
    "\xEF\xBF\xBD",
    "\x80",
    "\xC3",
    "\xE2\x82",
    "\xF0\x9F\x98",
    "\xC0\xAF",
    "\xE0\x9F\xBF",
    "\xED\xA0\x80",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xFF",
    "\x7F",
};

static void whatever_stands_at_the_border_of_a_block(void **state)
{
    (void)state;
    static const char *const frames[][2] = {
        {"<x:s> <x:p> \"", "\" ."},
        {"<x:s> <x:p> \"", "\"@en <x:g> ."},
        {"<x:s> <x:p> \"", "\"^^" INTEGER " ."},
        {"<x:s> <x:p> <x:", "> ."},
        {"<http://a/", "> <x:p> <x:o> ."},
        {"_:", " <x:p> <x:o> _:g ."},
        {"<x:s> <", ":> _:o ."},
        {"<x:s> <x:p> <<( <x:", "> <x:p> \"\" )>> ."},
        {"<x:s> <x:p> <<( _:a <x:p> \"", "\"@en )>> <x:g> ."},
    };
    char text[2048];
    for (size_t frame = 0; frame < COUNT(frames); frame++) {
        for (size_t piece = 0; piece < COUNT(pieces); piece++) {
            for (size_t count = 0; count < 132; count++) {
                size_t size =
                    put_long(text, frames[frame][0], count, pieces[piece], frames[frame][1]);
                check(text, size);
                size += put_statement(text + size, 0);
                check(text, size);
            }
        }
    }
}

static void long_terms_split(void **state)
{
    (void)state;
    static char text[300000];
    for (size_t count = 500; count < 280000; count = count * 3 / 2 + 1) {
        for (size_t piece = 0; piece < COUNT(pieces); piece++) {
            check(text, put_long(text, "<x:s> <x:p> \"", count, pieces[piece], "\" ."));
            check(text, put_long(text, "<x:", count, pieces[piece], "> <x:p> _:b <x:g> ."));
        }
        for (size_t behind = count; behind; behind /= 7) {
            size_t size = put_long(text, "<x:s> <x:p> \"", count, "", "\" .");
            text[size - behind % 70 - 1] = '\xC3';
            check(text, size);
        }
    }
}

static void check_longest(size_t size, size_t lines)
{
    static const char start[] = "<x:s> <x:p> \"";
    struct bc_buffer text = {0};
    assert_int_equal(bc_buffer_reserve(&text, size + 64), BC_OK);
    memset(text.data, 'a', size);
    memcpy(text.data, start, sizeof start - 1);
    memcpy(text.data + size - 4, "\" .\n", 4);
    memcpy(text.data + size, "_:a <x:p> _:b .\n", 16);
    size_t used;
    assert_int_equal(
        engine->split(engine, bc_slice(text.data, size + 16), BC_NTRIPLES, found, MOST, &used),
        lines);
    assert_int_equal(used, lines ? size + 16 : 0);
    bc_buffer_release(&text);
}

static void a_line_has_16_mib_at_most(void **state)
{
    (void)state;
    check_longest(BC_LINE_MAX, 2);
    check_longest(BC_LINE_MAX + 1, 0);
}

/* A statement whose object is a triple term that is random but good. */
static size_t put_random_triple(char *to)
{
    static const char *const resources[] = {"_:a", "_:b.c-d", "<x:s>", "<http://example.org/a)>>"};
    static const char *const last[] = {"_:o", "<x:o>", "\"\"", "\" )>> .\\n\"@en--rtl",
                                       ("\"1\"^^" INTEGER)};
    char *at = to + sprintf(to, "%s <x:p> ", resources[below(COUNT(resources))]);
    size_t depth = 1 + below(below(4) ? 2 : 40);
    for (size_t i = 0; i < depth; i++)
        at += sprintf(at, "<<( %s <http://example.org/%zu> ", resources[below(COUNT(resources))],
                      below(1000));
    at += sprintf(at, "%s", last[below(COUNT(last))]);
    for (size_t i = 0; i < depth; i++)
        at += sprintf(at, " )>>");
    at += sprintf(at, "%s .\n", below(2) ? " <x:g>" : "");
    return (size_t)(at - to);
}

/* A text of good statements, and sometimes a piece or a random byte over it. */
static size_t random_text(char *to)
{
    size_t size = 0;
    for (size_t lines = below(60); lines; lines--) {
        size_t i = below(COUNT(statements) + 4);
        if (i < COUNT(statements))
            size += put_statement(to + size, i);
        else if (i > COUNT(statements))
            size += put_random_triple(to + size);
        else
            size += put_long(to + size, "<x:s> <x:p> \"", below(300), pieces[below(7)], "\" .");
    }
    for (size_t changes = size ? below(3) : 0; changes; changes--) {
        const char *piece = pieces[below(COUNT(pieces))];
        size_t at = below(size);
        if (below(2))
            to[at] = (char)below(256);
        else
            while (*piece && at < size)
                to[at++] = *piece++;
    }
    return size;
}

static void random_texts_split_as_the_reference_does(void **state)
{
    (void)state;
    static char text[256 * 1024];
    for (size_t round = 0; round < 10000; round++) {
        size_t size = random_text(text);
        check(text, size);
        check(text, size ? below(size) : 0);
    }
}

static void triple_terms_nest_as_deep_as_they_may(void **state)
{
    (void)state;
    static char text[64 * BC_TRIPLE_TERM_DEPTH];
    for (size_t depth = BC_TRIPLE_TERM_DEPTH - 1; depth <= BC_TRIPLE_TERM_DEPTH + 1; depth++) {
        char *at = stpcpy(text, "_:a <x:p> _:b .\n_:r <x:p> ");
        for (size_t i = 0; i < depth; i++)
            at = stpcpy(at, "<<( _:a <x:p> ");
        at = stpcpy(at, "_:b");
        for (size_t i = 0; i < depth; i++)
            at = stpcpy(at, " )>>");
        at = stpcpy(at, " .\n_:a <x:p> _:b .\n");
        struct bc_slice whole = bc_slice(text, (size_t)(at - text));
        size_t used;
        assert_int_equal(engine->split(engine, whole, BC_NTRIPLES, found, MOST, &used),
                         depth <= BC_TRIPLE_TERM_DEPTH ? 3 : 1);
        check(whole.data, whole.size);
    }
}

int run_compute_split(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_split_into_their_terms),
        cmocka_unit_test(nothing_splits_into_nothing),
        cmocka_unit_test(what_is_not_canonical_stops),
        cmocka_unit_test(only_as_many_as_there_is_room_for),
        cmocka_unit_test(a_line_without_its_end_is_left),
        cmocka_unit_test(a_line_may_end_where_a_term_should_begin),
        cmocka_unit_test(every_byte_is_looked_at),
        cmocka_unit_test(lines_lie_anywhere),
        cmocka_unit_test(whatever_stands_at_the_border_of_a_block),
        cmocka_unit_test(long_terms_split),
        cmocka_unit_test(a_line_has_16_mib_at_most),
        cmocka_unit_test(triple_terms_nest_as_deep_as_they_may),
        cmocka_unit_test(random_texts_split_as_the_reference_does),
    };
    return cmocka_run_group_tests_name("splitting", tests, map_arena, unmap_arena);
}
