/* Inside formats/: the statements of a Turtle text on their way to the sink, straight or, where a
 * term has no label, by way of anonymous.h. For turtle_parse.c alone. Statuses as
 * fmt_turtle_take's.
 */
#ifndef FORMATS_TURTLE_EMIT_H
#define FORMATS_TURTLE_EMIT_H

#include "formats/turtle_parse.h"

enum bc_status fmt_begin_node(struct fmt_turtle *turtle, uint64_t *node);
/* One that has no name of its own and gets a triple by fmt_emit_reifies. */
enum bc_status fmt_begin_reifier(struct fmt_turtle *turtle, uint64_t *node);
/* *term is borrowed until the next call. */
enum bc_status fmt_mention(struct fmt_turtle *turtle, struct bc_slice label, struct bc_slice *term);
/* All that is said of the nodes begun so far was said. */
enum bc_status fmt_settle(struct fmt_turtle *turtle);
/* Appends a node as a triple term has it. */
enum bc_status fmt_put_within(struct fmt_turtle *turtle, uint64_t node);

/* The frame's statement, the object at the buffer's end. The buffer stays as it was. */
enum bc_status fmt_emit_statement(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame);
/* rdf:first of a list's cell: the buffer from `at` on, or a node. */
enum bc_status fmt_emit_first(struct fmt_turtle *turtle, uint64_t cell, size_t at, uint64_t node);
/* rdf:rest: another cell, or 0 for rdf:nil. */
enum bc_status fmt_emit_rest(struct fmt_turtle *turtle, uint64_t cell, uint64_t rest);
/* rdf:reifies of the frame's triple: by its reifier, which is the buffer from object_end on or has
 * a node. */
enum bc_status fmt_emit_reifies(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame);

#endif
