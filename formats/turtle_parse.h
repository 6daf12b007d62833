/* Inside formats/: the grammar of Turtle and TriG (RDF 1.1, Recommendations of 25 February 2014;
 * RDF 1.2 as the W3C's test suites have it) as an automaton that takes one token after the other
 * and gives statements. What is open is on a stack of its own, not on C's. */
#ifndef FORMATS_TURTLE_PARSE_H
#define FORMATS_TURTLE_PARSE_H

#include "formats/anonymous.h"
#include "formats/turtle_term.h"

enum { FMT_TURTLE_DEPTH = 100000 /* brackets of all kinds that may be open at once */ };

/* Something that is open, and the statement that is being read in it. The texts of all of them lie
 * one behind the other in the automaton's buffer, as in a line: "SUBJECT PREDICATE OBJECT". A term
 * without a label has no text. */
struct fmt_turtle_frame {
    unsigned char kind;
    unsigned char state;
    bool plain;            /* a bracket: only "[]" may stand here */
    bool named;            /* a reifier was given, and no annotation block since */
    size_t base;           /* of the subject */
    size_t predicate_at;   /* behind the subject's blank */
    size_t object_at;      /* behind the predicate's blank */
    size_t object_end;     /* behind it: the reifier */
    uint64_t node;         /* the subject's, a bracket's or a list's last cell's number; 0: none */
    uint64_t object_node;  /* the object's, or a list's first cell's */
    uint64_t reifier_node; /* of the reifier that was given */
};

struct fmt_turtle {
    bool graphs; /* TriG */
    bool in_block;
    bool dotted;         /* the directive that is being read ends with a dot */
    unsigned char state; /* where nothing is open */
    struct bc_reading reading;
    struct fmt_anonymous *anonymous; /* NULL: no blank node was met so far */
    uint64_t nodes;                  /* begun and not settled */
    struct fmt_names names;
    struct fmt_term_writer writer;
    struct fmt_lexer *lexer;
    const struct fmt_token *token;
    struct bc_buffer text;
    struct bc_buffer behind; /* of each line: " .\n", or " GRAPH .\n" */
    uint64_t graph_node;
    struct bc_buffer declared; /* the prefix's name, then its IRI */
    struct fmt_turtle_frame *frames;
    size_t depth;
    size_t room;
    const char *began; /* the statement or block that is open, if it did in this piece of text */
};

/* Zero-initialised before. reading is copied. BC_NO_MEMORY; release is then still to be called. */
enum bc_status fmt_turtle_init(struct fmt_turtle *turtle, bool graphs,
                               const struct bc_reading *reading, struct fmt_lexer *lexer);
/* BC_SYNTAX: the lexer has the spot and the reason. Also what the sink and fmt_anonymous return. */
enum bc_status fmt_turtle_take(struct fmt_turtle *turtle, const struct fmt_token *token);
/* What is open where the text ends: "statement", "graph block" or "directive"; NULL: nothing. */
const char *fmt_turtle_open(const struct fmt_turtle *turtle);
void fmt_turtle_release(struct fmt_turtle *turtle);

#endif
