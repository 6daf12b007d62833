/* Fuzz target of the N-Triples and N-Quads reader. The first byte of an input picks the syntax and
 * the chunking; the rest is the text. Built with clang and -Dfuzzers=true it is a libFuzzer target;
 * else its own main replays the files it is given, or without any mutates a small corpus for
 * TRIPLEFS_FUZZ_SECONDS (2). */
#include "branchcore/line_parse.h"
#include "branchcore/line_row.h"
#include "branchcore/triple_term.h"
#include "tests/fuzz_mutator.h"
#include "tests/fuzz_reader.h"
#include "tests/ntriples_run.h"
#include "vec/engine.h"

static bool is_term_at(struct bc_slice term, const char *at)
{
    return term.data == at && term.size > 1;
}

/* Every instruction set of this machine reads as the scalar engine does. */
static void check_sets(const struct run *scalar, enum bc_syntax syntax, struct bc_slice text)
{
    static const enum vec_set sets[] = {VEC_NEON, VEC_SSE42, VEC_AVX2, VEC_AVX512};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const struct bc_compute *engine = vec_engine_of(sets[i]);
        if (!engine)
            continue;
        struct run run = run_text_with(engine, syntax, text, (struct chunking){0});
        REQUIRE(run_same(scalar, &run));
        bc_buffer_release(&run.out);
    }
}

/* The terms of a triple term are those of a statement, and it has two parts more for each that is
 * in it. */
static void check_triple(struct bc_slice object)
{
    struct bc_statement terms;
    struct bc_slice part, rest = object;
    size_t parts = 0;
    while (bc_term_part(&rest, &part))
        parts++;
    for (; bc_is_triple_term(object); parts -= 2) {
        bc_triple_term_split(object, &terms);
        REQUIRE(is_term_at(terms.subject, object.data + 4));
        REQUIRE(is_term_at(terms.predicate, terms.subject.data + terms.subject.size + 1));
        REQUIRE(is_term_at(terms.object, terms.predicate.data + terms.predicate.size + 1));
        REQUIRE(terms.object.data + terms.object.size + 4 == object.data + object.size);
        object = terms.object;
    }
    REQUIRE(parts == 1);
    REQUIRE(bc_slice_equal(part, object));
}

/* The terms and what stands between them are the whole line. */
static void check_spans(struct bc_slice line)
{
    struct bc_statement parts;
    REQUIRE(bc_statement_split(line, &parts) == BC_OK);
    REQUIRE(is_term_at(parts.subject, line.data));
    REQUIRE(is_term_at(parts.predicate, parts.subject.data + parts.subject.size + 1));
    REQUIRE(is_term_at(parts.object, parts.predicate.data + parts.predicate.size + 1));
    check_triple(parts.object);
    REQUIRE(bc_line_is_quad(line) == (parts.graph.size > 0));
    const char *behind = parts.object.data + parts.object.size + 1;
    if (parts.graph.size) {
        REQUIRE(is_term_at(parts.graph, behind));
        behind += parts.graph.size + 1;
    }
    REQUIRE(line.data + line.size - behind == 2 && !memcmp(behind, ".\n", 2));
}

/* The slow path agrees with the fast one on what is canonical. */
static void check_line(struct bc_slice line, enum bc_syntax syntax)
{
    struct bc_buffer canonical = {0};
    struct bc_line_refusal refusal;
    bool quad;
    REQUIRE(bc_line_parse(bc_slice(line.data, line.size - 1), syntax, &canonical, &quad,
                          &refusal) == BC_OK);
    REQUIRE(bc_slice_equal(bc_buffer_slice(&canonical), line));
    bc_buffer_release(&canonical);
    check_spans(line);
}

static void check_output(const struct run *run, enum bc_syntax syntax)
{
    struct run again = run_text(syntax, bc_buffer_slice(&run->out), (struct chunking){0});
    REQUIRE(again.status == BC_OK && again.statements == run->statements);
    REQUIRE(again.quads == run->quads);
    REQUIRE(bc_slice_equal(bc_buffer_slice(&again.out), bc_buffer_slice(&run->out)));
    bc_buffer_release(&again.out);
    const char *end = run->out.data + run->out.size;
    for (const char *at = run->out.data; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        REQUIRE(feed);
        check_line(bc_slice(at, (size_t)(feed + 1 - at)), syntax);
        at = feed + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    enum bc_syntax syntax = data[0] & 1 ? BC_NQUADS : BC_NTRIPLES;
    struct bc_slice text = bc_slice(data + 1, size - 1);
    struct run whole = fuzz_read(run_text, syntax, text, data[0]);
    check_sets(&whole, syntax, text);
    check_output(&whole, syntax);
    bc_buffer_release(&whole.out);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

static const char *const corpus[] = {
    "\1<http://a/s> <http://a/p> <http://a/o> <http://a/g> .\n",
    "\1_:s.1 <x:p> \"v\"@EN-gb _:g.\r\n# a comment \xC3\xA9\n\n",
    "\2<x:s><x:p>\"\\t\\b\\n\\r\\f\\\"\\'\\\\\\u00e9\\U0001F600\".",
    "\3<x:\\u00E9> <x:p> \"5\"^^<http://www.w3.org/2001/XMLSchema#string> .\r_:b<x:p>_:c.\n",
    "\4<x:s> <x:p> \"\xEF\xBF\xBF\xEF\xBF\xBE\x7F\x01\xF0\x9F\x98\x80\" .\n",
    "\5<x:s> <x:p> \"2\" ^^ <http://www.w3.org/2001/XMLSchema#integer> <x:g> . # end",
    "\6<http://example.org/~user/\xC3\xBC> <x:p> \"long enough for eight bytes at a time\" .\n",
    "\1_:r<x:p><<(_:s<x:p><<( <x:s> <x:p> \"v )>>\"@EN-gb--rtl )>>)>> <x:g> .\n",
    "\2VERSION \"1.2\" # 1.2\n<x:s> <x:p> <<( _:a <x:p> _:b )>> .\n",
    "\7_:\xC2\xB7 <x:p> _:a\xC2\xB7.b .\n<x:s> <x:p> \"\\uD800\" .\n",
};

static const char *const words[] = {
    "<x:s>",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    ".",
    "\"",
    "\\u0041",
    "_:b1",
    "@",
    "-",
    "en",
    "^^",
    "<",
    ">",
    "#",
    "\\U0010FFFF",
    "\\",
    ":",
    "\0",
    "\\u000B",
    "\\uFFFE",
    "\xC3\xA9",
    "\xEF\xBF\xBD",
    "\xED\xA0\x80",
    "\xF4\x90",
    "^^<http://www.w3.org/2001/XMLSchema#string>",
    "<<(",
    ")>>",
    "<<( ",
    " )>>",
    "<<( _:a <x:p> ",
    "--ltr",
    "--rtl",
    "VERSION \"1.2\"\n",
};

const struct fuzz_seeds fuzz_seeds = {corpus, sizeof corpus / sizeof *corpus, words,
                                      sizeof words / sizeof *words};

#endif
