/* Inside vec/: the operations that are written in lanes.h, named after the set that they are
 * compiled for. Contracts as in struct bc_compute; the compute argument is not looked at and may be
 * NULL. */
#ifndef VEC_OPERATIONS_H
#define VEC_OPERATIONS_H

#include "branchcore/compute.h"
#include "vec/lanes.h"

extern const struct bc_compute VEC(engine);

void VEC(match)(const struct bc_compute *compute, const char *text, const struct bc_spans *spans,
                size_t count, const struct bc_term_test *test, uint64_t *mask);

size_t VEC(scan)(const struct bc_compute *compute, struct bc_slice text,
                 const struct bc_scan *masks);
/* scan, and whether all bytes are ASCII. */
size_t VEC(scan_ascii)(struct bc_slice text, const struct bc_scan *masks, bool *ascii);
size_t VEC(split)(const struct bc_compute *compute, struct bc_slice text, enum bc_syntax syntax,
                  struct bc_spans *spans, size_t room, size_t *used);
size_t VEC(find)(const struct bc_compute *compute, struct bc_slice text, struct bc_slice needle,
                 size_t from);
void VEC(combine)(const struct bc_compute *compute, enum bc_mask_operation operation, uint64_t *to,
                  const uint64_t *with, size_t words);
size_t VEC(count)(const struct bc_compute *compute, const uint64_t *mask, size_t words);
enum bc_status VEC(sort_unique)(const struct bc_compute *compute, struct bc_line *lines,
                                size_t *count);
size_t VEC(walk)(const struct bc_compute *compute, struct bc_slice *left, struct bc_slice *right,
                 unsigned filter, struct bc_range *ranges, size_t room);
size_t VEC(meet)(const struct bc_compute *compute, struct bc_slice *left, bool more_left,
                 struct bc_slice *right, bool more_right, struct bc_meeting *meetings, size_t room);

#endif
