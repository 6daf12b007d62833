/* Fuzz target of the RDF/XML reader. The first byte of an input picks the chunking; the rest is the
 * text. Built with clang and -Dfuzzers=true it is a libFuzzer target; else its own main replays the
 * files it is given, or without any mutates a small corpus for TRIPLEFS_FUZZ_SECONDS (2). */
#include "tests/format_run.h"
#include "tests/fuzz_mutator.h"
#include "tests/fuzz_reader.h"

#define BASE "http://base.example/folder/file"

/* What comes out is canonical. */
static void check_output(const struct run *run)
{
    struct run again = run_text(BC_NTRIPLES, bc_buffer_slice(&run->out), (struct chunking){0});
    REQUIRE(again.status == BC_OK && again.statements == run->statements && !again.quads);
    REQUIRE(bc_slice_equal(bc_buffer_slice(&again.out), bc_buffer_slice(&run->out)));
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
    struct run whole = fuzz_read(read_syntax, BC_RDFXML, text, data[0]);
    check_output(&whole);
    bc_buffer_release(&whole.out);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

#define ROOT                                                                                       \
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:e=\"http://e/\">"
#define END "</rdf:RDF>"

static const char *const corpus[] = {
    "\1" ROOT "<rdf:Description rdf:about=\"http://e/s\" e:p=\" a  b&#10;\"><e:q>x</e:q>"
    "</rdf:Description>" END,
    "\2<?xml version=\"1.0\"?>\n<!DOCTYPE rdf:RDF [<!ENTITY e \"http://e/\">]>\n" ROOT
    "<e:T rdf:about=\"&e;s\"><e:q rdf:resource='&e;o'/><e:r>&e;&amp;&#65;</e:r></e:T>" END,
    "\3" ROOT "<e:T rdf:nodeID=\"a\"><e:p rdf:parseType=\"Resource\"><e:q xml:lang=\"en\">x</e:q>"
    "</e:p><e:c rdf:parseType=\"Collection\"><e:T/><rdf:Description rdf:about=\"#x\"/></e:c>"
    "</e:T>" END,
    "\4" ROOT
    "<rdf:Seq rdf:ID=\"s\"><rdf:li>1</rdf:li><rdf:li rdf:ID=\"r\">2</rdf:li></rdf:Seq>" END,
    "\5" ROOT "<rdf:Description><e:x rdf:parseType=\"Literal\"><b e:a='1'>t&lt;</b><!--c-->"
    "</e:x><e:d rdf:datatype=\"http://e/d\"><![CDATA[<&]]></e:d></rdf:Description>" END,
};

static const char *const words[] = {
    "<",
    ">",
    "/>",
    "\"",
    "'",
    " ",
    "\n",
    "&",
    "&amp;",
    "&#10;",
    "&e;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x?>",
    "<e:p>",
    "</e:p>",
    "<e:p/>",
    "<rdf:Description>",
    "</rdf:Description>",
    " rdf:about=\"x\"",
    " rdf:ID=\"i\"",
    " rdf:nodeID=\"n\"",
    " rdf:nodeID=\"x--41\"",
    " rdf:resource=\"\"",
    " rdf:datatype=\"d\"",
    " rdf:parseType=\"Literal\"",
    " rdf:parseType=\"Resource\"",
    " rdf:parseType=\"Collection\"",
    " rdf:parseType=\"Triple\"",
    " rdf:bagID=\"b\"",
    " rdf:aboutEach=\"b\"",
    " rdf:annotation=\"b\"",
    " e:a=\" v \"",
    " xml:lang=\"de\"",
    " xml:base=\"http://b/c\"",
    " xmlns=\"http://d/\"",
    " xmlns:e=\"\"",
    "<rdf:li>x</rdf:li>",
    "<!DOCTYPE rdf:RDF [<!ENTITY e \"x\">]>",
    "\xEF\xB7\x94",
    "\xEF\xBB\xBF",
    "\xC3\xA9",
    "\xFF",
    "",
};

const struct fuzz_seeds fuzz_seeds = {corpus, sizeof corpus / sizeof *corpus, words,
                                      sizeof words / sizeof *words};

#endif
