/* N-Triples and N-Quads, of RDF 1.1 (W3C Recommendations of 25 February 2014) and of RDF 1.2
 * (https://www.w3.org/TR/rdf12-n-triples/), read whole and written canonically.
 *
 * The canonical form is that of RDF 1.2 N-Triples/N-Quads, section "A Canonical form": one space
 * (U+0020) between terms and before the final dot, no comments, no blank lines, '\n' behind each
 * statement. A triple term, which may be the object, is <<( s p o )>> (triple_term.h). In literals
 * \b \t \n \f \r \" \\ are ECHARs; the other controls U+0000-U+001F, U+007F, U+FFFE and U+FFFF
 * (which XML 1.1's Char leaves out) are \uXXXX with upper-case hex; all else is UTF-8. In IRIs \u
 * escapes are decoded wherever the grammar allows the character itself. ^^xsd:string is left out;
 * language tags are in lower case, as is the direction that may follow them ("x"@ar--rtl). Blank
 * node labels stay as they are.
 *
 * Where the texts of 2014 leave a choice: an IRI must be absolute, which here is to start with a
 * scheme and ':'; a blank node label holds no ':' (an erratum of the grammar; the W3C tests refuse
 * it); comments, too, must be UTF-8; a byte order mark is refused; "\r\n", '\n' and '\r' each end a
 * line. What RDF 1.2 refuses is refused in all text: a part of a language tag with more than 8
 * characters, rdf:langString and rdf:dirLangString as datatypes that are spelled, and a direction
 * that is not ltr or rtl, in lower case. An announcement, VERSION "1.2", may stand on a line
 * anywhere; like a comment it is not kept, and whatever version it says, all of RDF 1.2 is read.
 *
 * The reader takes bytes in any chunking, with the same results and errors for each, and gives
 * canonical lines one by one. It never keeps more than one statement in memory: a line of the text
 * without its end must be shorter than BC_LINE_MAX bytes, and a canonical line with its '\n' at
 * most that long. A line that is canonical already and whole within what is fed is handed to the
 * sink as it lies there, without a copy. */
#ifndef BRANCHCORE_NTRIPLES_H
#define BRANCHCORE_NTRIPLES_H

#include "branchcore/syntax.h"

enum {
    BC_LINE_MAX = 16 << 20,
    BC_TRIPLE_TERM_DEPTH = 1000 /* triple terms in triple terms; deeper ones are refused */
};

/* The spans of a canonical line's terms: bytes of that line, each with its <>, "", <<( )>> and what
 * belongs to it; graph is empty for a triple. */
struct bc_statement {
    struct bc_slice subject;
    struct bc_slice predicate;
    struct bc_slice object;
    struct bc_slice graph;
};

/* Splits a canonical line, with or without its '\n'. BC_SYNTAX if it is not one: the whole line is
 * checked, *statement is then left alone. */
enum bc_status bc_statement_split(struct bc_slice line, struct bc_statement *statement);

/* One text being read. A reader is used by one thread at a time; two readers share nothing. */
struct bc_ntriples;

/* The caller frees *reader. sink is called from within feed and finish, on their thread. compute
 * (compute.h) splits what is canonical already, and stays the caller's; NULL: the scalar engine. */
enum bc_status bc_ntriples_new(const struct bc_compute *compute, enum bc_syntax syntax,
                               bc_line_sink sink, void *context, struct bc_ntriples **reader);
/* BC_SYNTAX: bc_ntriples_error says where. Also what sink returns. Whatever fails, the reader stays
 * failed and repeats the status until reset. All complete lines of the bytes fed so far have been
 * checked when it returns BC_OK, and the statements before the spot have gone to the sink when it
 * fails. BC_INVALID behind finish. size 0 is allowed. */
enum bc_status bc_ntriples_feed(struct bc_ntriples *reader, const void *data, size_t size);
/* The end of the text: a last line without '\n' is a line. Statuses as feed's; a second call
 * repeats the first's. Afterwards the reader may be fed again only after reset. */
enum bc_status bc_ntriples_finish(struct bc_ntriples *reader);
/* NULL if no text was refused. The reader's own, until reset or free. */
const struct bc_syntax_error *bc_ntriples_error(const struct bc_ntriples *reader);
/* Statements that the sink took so far, duplicates included. */
uint64_t bc_ntriples_statements(const struct bc_ntriples *reader);
/* As new, for another text. */
void bc_ntriples_reset(struct bc_ntriples *reader);
/* NULL is allowed. */
void bc_ntriples_free(struct bc_ntriples *reader);

#endif
