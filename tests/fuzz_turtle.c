/* Fuzz target of the Turtle and TriG reader. The first byte of an input picks the syntax and the
 * chunking; the rest is the text. Built with clang and -Dfuzzers=true it is a libFuzzer target;
 * else its own main replays the files it is given, or without any mutates a small corpus for
 * TRIPLEFS_FUZZ_SECONDS (2). */
#include "tests/format_run.h"
#include "tests/fuzz_mutator.h"
#include "tests/fuzz_reader.h"

#define BASE "http://b/c"

/* What was read is canonical lines, which the reader of lines leaves as they are, and this one,
 * too, where they have no graph. */
static void check_output(const struct run *run)
{
    struct bc_slice lines = bc_buffer_slice(&run->out);
    struct run again = run_text(BC_NQUADS, lines, (struct chunking){0});
    REQUIRE(again.status == BC_OK && again.statements == run->statements);
    REQUIRE(again.quads == run->quads);
    REQUIRE(bc_slice_equal(bc_buffer_slice(&again.out), lines));
    bc_buffer_release(&again.out);
    if (run->quads)
        return;
    again = run_turtle(false, "", lines, (struct chunking){0});
    REQUIRE(again.status == BC_OK);
    REQUIRE(bc_slice_equal(bc_buffer_slice(&again.out), lines));
    bc_buffer_release(&again.out);
}

static struct run read_syntax(enum bc_syntax syntax, struct bc_slice text, struct chunking chunking)
{
    struct bc_reading reading = {.base = bc_slice(BASE, strlen(BASE))};
    return run_format(syntax, reading, text, chunking, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct bc_slice text = bc_slice(data + 1, size - 1);
    struct run whole = fuzz_read(read_syntax, data[0] & 1 ? BC_TRIG : BC_TURTLE, text, data[0]);
    check_output(&whole);
    bc_buffer_release(&whole.out);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

static const char *const corpus[] = {
    "\2@prefix : <http://a/> .\n@base <http://b/> .\n:s a :c, <e>; :p 1, -1.5, .5e3, true .",
    "\3PREFIX :<x:> { :s :p :o } :g { :s :p [ :q ( 1 [] ) ] . } GRAPH _:g { _:g :p 'x'@en--ltr }",
    "\4PREFIX :<x:>:s:p:o~:r{|:a:b|}~{|:c 1;|};:q<<:s:p<<:a:b:c>>~_:r>>.<<[]a[]>>.",
    "\5PREFIX p.q:<#>p.q:a\\,b<p>p.q:%41.b,<<(<s>a<<(_:x<p>[])>>)>>.[]{<s><p>''}",
    "\6<x:s><x:p>\"\"\"a\n\"\"\\u00e9\xE2\x82\xAC\"\"\",'''b'c''','x'^^<d>,\"\\t\"@EN.#\xC3\xA9",
    "\7@version '1.2'.VERSION \"1.2\"\r<s><p>(),((1)()'a'),[<p>[<q>_:b.c]].",
};

static const char *const words[] = {
    "<x:s>",
    ":s",
    " ",
    "\t",
    "\n",
    "\r\n",
    ".",
    ",",
    ";",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\u0041",
    "_:b1",
    "@en",
    "--ltr",
    "^^",
    "<",
    ">",
    "<<",
    ">>",
    "<<(",
    ")>>",
    "{|",
    "|}",
    "~",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "[]",
    "()",
    "#",
    "a",
    "true",
    "1",
    "1.5",
    "1e3",
    "\\U0010FFFF",
    "\\",
    ":",
    "",
    "%41",
    "\\,",
    "+",
    "-",
    "@prefix ",
    "PREFIX :<y:>",
    "BASE",
    "GRAPH ",
    "<#x>",
    "\xC3\xA9",
    "\xEF\xBB\xBF",
    "\xED\xA0\x80",
    "\xF4\x90",
};

const struct fuzz_seeds fuzz_seeds = {corpus, sizeof corpus / sizeof *corpus, words,
                                      sizeof words / sizeof *words};

#endif
