/* RDF Dataset Canonicalization, RDFC-1.0 (https://www.w3.org/TR/rdf-canon/, W3C Recommendation of
 * 21 May 2024): the same lines for all sets of statements that differ by the labels of their blank
 * nodes alone. Blank nodes are _:c14n0, _:c14n1, ...; lines are sorted bytewise, each once.
 *
 * The lines that come are canonical ones (ntriples.h), so that a language tag is in lower case, and
 * those that go are, too: they are RDFC-1.0's canonical N-Quads. Lines without blank nodes pass
 * through a sorter (sorter.h), or stay in the text that they are in; only lines with blank nodes,
 * and about 130 bytes for each of their blank nodes, are held in memory.
 *
 * Blank nodes that look alike from near are told apart by trying their permutations ("Hash N-Degree
 * Quads"), whose number may grow with the factorial of the blank nodes that are alike. So the work
 * is counted in steps, a blank node looked at each, and ends at a limit ("Dataset Poisoning",
 * section 7.1 of the text). Blank nodes of which exactly the same is said are no such case here:
 * they can be swapped without changing the set, so one order stands for all of theirs, with the
 * same result.
 *
 * Where blank nodes are names of graphs, RDFC-1.0 itself does not always tell two nodes apart that
 * are different: of random small datasets of that kind one in some 2,000 has two forms by the
 * text's own steps, and gets either (tests/test_canon.c has one). Of 229,000 without such graphs
 * none had.
 *
 * RDFC-1.0 knows nothing of triple terms (RDF 1.2): one with a blank node in it is refused, any
 * other is a term like an IRI.
 *
 * Threads: one at a time, whichever it is. */
#ifndef BRANCHCORE_CANON_H
#define BRANCHCORE_CANON_H

#include "branchcore/sorter.h"

#include <stdatomic.h>

struct bc_text;
struct bc_canon;

enum bc_canon_hash { BC_CANON_SHA256, BC_CANON_SHA384 };

struct bc_canon_options {
    enum bc_canon_hash hash;
    /* Steps; 0: two million, or 16 for each line with blank nodes if these are more: what takes a
     * second, or as long as reading the lines. */
    uint64_t limit;
    /* Of what is sorted, lines in order from a text excepted; the same rules (sorter.h). */
    struct bc_sorter_options sorting;
    const atomic_bool *stop; /* may be NULL: soon after it is true the work is BC_CANCELLED */
};

/* What the options point to outlives *canon. BC_INVALID: no directory for temporary files. */
enum bc_status bc_canon_new(const struct bc_canon_options *options, struct bc_canon **canon);
/* Adds a line ('\n' included), in any order, also several times. Copied. Returns what bc_sorter_add
 * does. After a failure of any function only free is allowed. */
enum bc_status bc_canon_add(struct bc_canon *canon, struct bc_slice line);
/* Adds all lines of a text, and holds a reference to it. Nothing else may be added before or after:
 * BC_INVALID. BC_CANCELLED; BC_CORRUPT, BC_IO. */
enum bc_status bc_canon_add_text(struct bc_canon *canon, struct bc_text *text);
/* No more lines: labels the blank nodes. BC_TOO_LARGE, with err: the limit of the work was reached,
 * or a line is too long with its new labels; BC_UNSUPPORTED, with err: a triple term has a blank
 * node; BC_SYNTAX: a line is not canonical; BC_CANCELLED; what the sorter returns. */
enum bc_status bc_canon_finish(struct bc_canon *canon, struct bc_error *err);
/* After finish: appends the next lines to `lines`, until it has at least `enough` bytes or there
 * are no more. BC_NO_DATA: there was none. BC_CANCELLED, and what reading the sorter or the text
 * returns. */
enum bc_status bc_canon_next_block(struct bc_canon *canon, size_t enough, struct bc_buffer *lines);

/* After finish, the map of issued identifiers: how many blank nodes there are, and the label ("_:"
 * included) that the one called _:c14nNUMBER now had. Valid until free. */
size_t bc_canon_label_count(const struct bc_canon *canon);
struct bc_slice bc_canon_label(const struct bc_canon *canon, size_t number);
/* Steps that were needed. */
uint64_t bc_canon_steps(const struct bc_canon *canon);
void bc_canon_free(struct bc_canon *canon); /* NULL is allowed */

#endif
