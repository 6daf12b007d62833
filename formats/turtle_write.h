/* Inside formats/: the parts of the writer of Turtle and TriG.
 *
 * One statement a line: the subject, its predicates indented by four, further objects by eight, and
 * the terminators where adding a statement leaves other lines alone. rdf:type comes first, as "a";
 * else the order is that of the set. */
#ifndef FORMATS_TURTLE_WRITE_H
#define FORMATS_TURTLE_WRITE_H

#include "formats/blank_nodes.h"
#include "formats/out.h"
#include "formats/turtle_spell.h"

enum {
    FMT_INDENT = 4,
    FMT_INDENT_MAX = 64, /* deeper text is indented no more */
    FMT_COLUMNS = 80     /* what fits into these is put on one line */
};

struct fmt_nest_frame;

/* What is open within an object. */
struct fmt_nest {
    struct fmt_nest_frame *frames;
    size_t count;
    size_t room;
};

struct fmt_turtle_writer {
    const struct bc_writing *writing;
    struct fmt_spelling spelling;
    struct fmt_out out;
    struct fmt_blank_nodes *blank;
    struct fmt_nest nest;
    size_t graph_size; /* of the graph that is written, as its lines have it; 0: none */
};

/* Notes what prefixes are used, all if `writing` says so, and finds whether the text needs RDF 1.2.
 * BC_CORRUPT, BC_IO. */
enum bc_status fmt_turtle_survey(struct fmt_turtle_writer *turtle, bool *version_2);

/* Writes an object with all that is nested in it. indent: of the line on which it stands. */
enum bc_status fmt_turtle_object(struct fmt_turtle_writer *turtle, struct bc_slice object,
                                 size_t indent);
/* A predicate, and a space. */
void fmt_turtle_predicate(struct fmt_turtle_writer *turtle, struct bc_slice predicate);
void fmt_nest_release(struct fmt_nest *nest);

#endif
