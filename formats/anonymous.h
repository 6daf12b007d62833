/* Inside formats/: labels for blank nodes that a text gives none ("[ ... ]", "( ... )", a
 * description in RDF/XML without rdf:nodeID).
 *
 * Nobody but the text around it can speak of such a node, so all that is said of it stands between
 * its begin and its settling, and makes a tree. Its label is chosen so that the same text gives the
 * same labels in every branch, and a small edit changes few of them:
 *
 * 1. A node of which `before` (bc_reading) says exactly the same has that one's label. "The same"
 *    is by a hash of what is said of it, labels of anonymous nodes within replaced by theirs. Those
 *    under the same parent by the same predicate go first; one elsewhere counts only if it is the
 *    last of its kind that is left.
 * 2. Of those left, one that is under the same parent by the same predicate as one of `before` that
 *    is left has that one's label: what was edited within brackets stays the same node. Not where
 *    the text is added to `before`.
 * 3. Else "b" and 16 hexadecimal digits of a hash of its parent, the predicate and what is said of
 *    it, counted on until no other node of the text has it, none of `before` that is left for 1
 *    and 2, and, where the text is added, none of `before` at all. A reifier that was given no name
 *    ("<< s p o >>", "{| ... |}") is hashed by what it reifies alone, and is not held against
 *    `before`, so that two who say different things of a statement speak of one node.
 *
 * Nodes of `before` are candidates for 1 where the writer would show them without a label
 * (blank_nodes.h) or nothing mentions them, for 2 the former alone: others have labels that the
 * text mentions.
 *
 * A label that the text gives ("_:x") stays, unless this has already given it to a node of the same
 * text: then it becomes another one, the same each time that it is mentioned.
 *
 * Terms are given in their canonical form, as in lines: "<iri>", "\"text\"@en", "_:label",
 * "<<( s p o )>>", without blanks around. Within a triple term a node without a label is written
 * "_:<N>", N its decimal number: "<<( _:<12> <p> <o> )>>". */
#ifndef FORMATS_ANONYMOUS_H
#define FORMATS_ANONYMOUS_H

#include "branchcore/syntax.h"

struct fmt_anonymous;

/* A term of a statement: text, or a node without a label. */
struct fmt_term {
    struct bc_slice text; /* canonical; empty if it is anonymous */
    uint64_t node;        /* of fmt_anonymous_begin, from 1; 0: none */
};

enum { FMT_ANONYMOUS_MAX = 256 << 20 /* bytes of statements that wait for their labels */ };

/* reading's compute, sink, context, before and added are used. `before` is looked at when the first
 * node is settled. */
enum bc_status fmt_anonymous_new(const struct bc_reading *reading,
                                 struct fmt_anonymous **anonymous);
/* A new node, without a label so far. */
enum bc_status fmt_anonymous_begin(struct fmt_anonymous *anonymous, uint64_t *node);
/* The canonical label ("_:x", borrowed until the next call) for one that the text mentions. label
 * is without "_:". */
enum bc_status fmt_anonymous_mention(struct fmt_anonymous *anonymous, struct bc_slice label,
                                     struct bc_slice *term);
/* One statement; graph is empty for a triple. Goes to the sink at once if no term of it is
 * anonymous, else when it is settled. Also what sink returns; BC_TOO_LARGE: FMT_ANONYMOUS_MAX, or a
 * line beyond BC_LINE_MAX; BC_INVALID: a node that was not begun. */
enum bc_status fmt_anonymous_statement(struct fmt_anonymous *anonymous,
                                       const struct fmt_term *subject, struct bc_slice predicate,
                                       const struct fmt_term *object, const struct fmt_term *graph);
/* `node` reifies the triple term that it gets as the object of rdf:reifies: see 3 above. */
void fmt_anonymous_reifier(struct fmt_anonymous *anonymous, uint64_t node);
/* All that is said of all nodes begun so far was said: they get their labels, and what waited goes
 * to the sink. Node numbers start anew. Also what sink and reading `before` return: BC_CORRUPT,
 * BC_IO. After a failure only free may follow. */
enum bc_status fmt_anonymous_settle(struct fmt_anonymous *anonymous);
void fmt_anonymous_free(struct fmt_anonymous *anonymous); /* NULL is allowed */

#endif
