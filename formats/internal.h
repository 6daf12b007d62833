/* Inside formats/: the readers and writers behind fmt_formats. Contracts as in branchcore/syntax.h.
 */
#ifndef FORMATS_INTERNAL_H
#define FORMATS_INTERNAL_H

#include "branchcore/syntax.h"

/* graphs: TriG, else Turtle. */
enum bc_status fmt_turtle_reader_new(bool graphs, const struct bc_reading *reading,
                                     struct bc_syntax_reader **reader);
enum bc_status fmt_turtle_write(bool graphs, const struct bc_writing *writing,
                                struct bc_error *err);
enum bc_status fmt_rdfxml_reader_new(const struct bc_reading *reading,
                                     struct bc_syntax_reader **reader);
enum bc_status fmt_rdfxml_write(const struct bc_writing *writing, struct bc_error *err);

#endif
