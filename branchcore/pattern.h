/* Patterns: what people write to say which statements they mean.
 *
 *   SUBJECT PREDICATE OBJECT [GRAPH] [.]
 *
 * Terms that are left out at the end are anything: `ex:ann` is all statements about ex:ann. A
 * fourth term asks for statements with a graph; without one a statement may have a graph or none.
 *
 *   ? ?x $x _ * []            anything; a name that is used twice in one pattern (`?x ? ?x`) means
 *                             equal terms there
 *   <http://example.org/a>    an IRI; \uXXXX and \UXXXXXXXX as in N-Triples
 *   <http://example.org/v*>   IRIs that begin so; an asterisk of an IRI's own is written \u002A
 *   ex:a  ex:*  ex:b*  :a     prefixed names, as in Turtle, and those that begin so
 *   a                         as the predicate: rdf:type
 *   _:b1  _:*  _:b*           blank nodes by their labels
 *   "text" 'text'             a literal without language and type; escapes as in Turtle
 *   "text"@en "1"^^xsd:byte   with them; "text"@* with any language, "text"^^* with any type but
 *                             those two (xsd:string, a language)
 *   "text"*  ""*              literals whose text begins so; all literals
 *   42  -4.2  1e9  true       numbers and truth values as in Turtle (xsd:integer, xsd:decimal,
 *                             xsd:double, xsd:boolean), equal as they are spelled
 *   @en  @*                   any literal of that language (en-GB, too), with a direction or
 *                             without; of any language
 *   @ar--rtl                  those with that direction alone
 *   ^^xsd:date                any literal of that datatype; ^^xsd:string those without a datatype
 *   <<( s p o )>>             triple terms whose terms are these, each as in a pattern; terms that
 *                             are left out at its end are anything
 *   ~"part"                   any term whose text has this in it: an IRI without its <>, a
 *                             literal's text alone, a blank node's label, one of these in a triple
 *                             term; `part` is plain text, in which escapes stand for their
 *                             characters
 *   !TERM                     any term but those; `!*` as the graph: statements without a graph
 *   ! PATTERN                 ('!' and a space, or NOT) leaves out what the pattern matches
 *
 * A name that stands twice in a pattern, be it within <<( )>>, means equal terms.
 *
 * A pattern of one term that can only be an object ("text", 42, @en, ^^xsd:date, <<( )>>) is about
 * the object; ~"part" alone looks into every term of a statement.
 *
 * Several patterns are written one a line, or with '|' between them: a statement matches if one of
 * them matches it and no pattern with '!' before it does; if all have '!', those of all statements
 * that none of them matches. Variables of two patterns have nothing to do with each other.
 * `PREFIX p: <iri>` and `@prefix p: <iri> .` stand before the patterns that use them; '#' begins a
 * comment where a term could begin. Need no declaration: those of the store (repo_prefixes.h), and
 * below them those of bc_pattern_known_prefixes. */
#ifndef BRANCHCORE_PATTERN_H
#define BRANCHCORE_PATTERN_H

#include "branchcore/compute.h"
#include "branchcore/prefixes.h"

enum {
    BC_PATTERN_BYTES_MAX = 1 << 20, /* of a whole text of patterns */
    BC_PATTERN_CLAUSES_MAX = 1024,
    BC_PATTERN_DEPTH_MAX = 16 /* triple terms in triple terms */
};

struct bc_pattern_triple;

/* A question to one term of a statement. */
struct bc_pattern_test {
    struct bc_term_test test; /* its value is the pattern's */
    bool negated;
    bool in_text; /* of BC_TEST_CONTAINS: only what is in the term's text counts (`~"part"`) */
    /* Of BC_TEST_PREFIX with "<<( " and what is known to follow: the triple terms that pass this;
     * NULL: nothing more is asked. */
    const struct bc_pattern_triple *triple;
};

/* What is asked of a triple term's terms: test.term says of which, BC_GRAPH of none. */
struct bc_pattern_triple {
    struct bc_pattern_test tests[3];
    size_t test_count;
};

/* A place that a term has in a statement: enum bc_term, or 4 + 3 * depth + enum bc_term for a term
 * of the triple term that is the object (depth 0), of the one that is the object of that, ... */
enum { BC_PATTERN_PLACES = 4 + 3 * BC_PATTERN_DEPTH_MAX };
struct bc_pattern_pair {
    unsigned char first;
    unsigned char again;
};

enum bc_pattern_graph { BC_GRAPH_EITHER, BC_GRAPH_NAMED, BC_GRAPH_NONE };

/* One pattern: the statements that pass all of it. */
struct bc_pattern_clause {
    struct bc_pattern_test tests[4];
    size_t test_count;
    enum bc_pattern_graph graph;
    unsigned char same[4]; /* by enum bc_term: the first term that this one must equal, or itself */
    /* Places that must have equal terms, one of each two within a triple term. */
    struct bc_pattern_pair pairs[BC_PATTERN_PLACES];
    size_t pair_count;
    bool excludes;
};

/* Immutable; any number of threads may use it. */
struct bc_pattern {
    struct bc_pattern_clause *clauses; /* those that include first */
    size_t count;                      /* 0: everything matches */
    size_t including;                  /* how many include; 0: everything that none excludes */
    struct bc_buffer *values;          /* what the tests' values are in */
    size_t value_count;
    struct bc_pattern_triple **triples; /* what the tests' triples are */
    size_t triple_count;
};

/* Reads patterns; text may have any bytes. prefixes (NULL: none) need no declaration, and hide
 * known ones. An empty text, and one that has only declarations, means everything. BC_SYNTAX,
 * BC_TOO_LARGE: err says "line L, column C: " (the line only if there are several), what is wrong
 * there, and what to write; columns count characters from 1. The caller frees *pattern. */
enum bc_status bc_pattern_parse(struct bc_slice text, const struct bc_prefixes *prefixes,
                                struct bc_pattern **pattern, struct bc_error *err);
void bc_pattern_free(struct bc_pattern *pattern); /* NULL is allowed */

/* Whether a canonical statement matches: the definition of what all of match.h gives, one by one,
 * and slow. text and spans as in compute.h. */
bool bc_pattern_matches(const struct bc_pattern *pattern, const char *text,
                        const struct bc_spans *spans);
/* The same of one clause, whether it excludes or not. */
bool bc_pattern_clause_matches(const struct bc_pattern_clause *clause, const char *text,
                               const struct bc_spans *spans);

/* Reads one IRI or the beginning of one, as a command's argument: <iri>, prefix:name, or an IRI
 * without brackets (that begins with a scheme and "://", or "urn:", "mailto:", "tag:"). Appends it
 * without brackets. It need not be a whole valid IRI, but has nothing in it that no IRI may have.
 * BC_SYNTAX with err; the buffer is then as it was. */
enum bc_status bc_pattern_iri(struct bc_slice word, struct bc_buffer *iri, struct bc_error *err);

/* The prefixes that need no declaration: those that are used most by the statistics of prefix.cc
 * and LOV, with the meaning that nearly everybody gives them. */
struct bc_known_prefix {
    const char *name; /* without ':' */
    const char *iri;
};
/* Sorted by name; static storage. */
const struct bc_known_prefix *bc_pattern_known_prefixes(size_t *count);

#endif
