/* The scalar engine's operations, one by one, for engines that have a faster way for some cases
 * only. The engine itself is bc_scalar_engine (compute.h). Contracts as in struct bc_compute; the
 * compute argument is not looked at and may be NULL. */
#ifndef BRANCHCORE_SCALAR_H
#define BRANCHCORE_SCALAR_H

#include "branchcore/compute.h"

size_t bc_scalar_scan(const struct bc_compute *compute, struct bc_slice text,
                      const struct bc_scan *masks);
size_t bc_scalar_split(const struct bc_compute *compute, struct bc_slice text,
                       enum bc_syntax syntax, struct bc_spans *spans, size_t room, size_t *used);
size_t bc_scalar_find(const struct bc_compute *compute, struct bc_slice text,
                      struct bc_slice needle, size_t from);
void bc_scalar_hash(const struct bc_compute *compute, const char *text,
                    const struct bc_spans *spans, size_t count, enum bc_hash_of of,
                    uint64_t *hashes);
void bc_scalar_hash_statements(const struct bc_compute *compute, const char *text,
                               const struct bc_spans *spans, size_t count,
                               struct bc_hash128 *hashes);
enum bc_status bc_scalar_sort_unique(const struct bc_compute *compute, struct bc_line *lines,
                                     size_t *count);
size_t bc_scalar_walk(const struct bc_compute *compute, struct bc_slice *left,
                      struct bc_slice *right, unsigned filter, struct bc_range *ranges,
                      size_t room);
size_t bc_scalar_meet(const struct bc_compute *compute, struct bc_slice *left, bool more_left,
                      struct bc_slice *right, bool more_right, struct bc_meeting *meetings,
                      size_t room);
void bc_scalar_match(const struct bc_compute *compute, const char *text,
                     const struct bc_spans *spans, size_t count, const struct bc_term_test *test,
                     uint64_t *mask);
void bc_scalar_combine(const struct bc_compute *compute, enum bc_mask_operation operation,
                       uint64_t *to, const uint64_t *with, size_t words);
size_t bc_scalar_count(const struct bc_compute *compute, const uint64_t *mask, size_t words);

/* A test put to one term; and the two kinds that are not about bytes alone. */
bool bc_scalar_passes(struct bc_slice term, const struct bc_term_test *test);
bool bc_scalar_has_language(struct bc_slice term, struct bc_slice language);
bool bc_scalar_has_datatype(struct bc_slice term, struct bc_slice datatype);

/* What walk and meet share. */

/* With its '\n'; what is left over at the end counts as a line. */
struct bc_slice bc_scalar_first_line(struct bc_slice text);
/* The size of the sorted text's lines, from its start on, that are less than bound, bytewise and
 * with their '\n'. The cost grows with the logarithm of that size. */
size_t bc_scalar_lines_before(struct bc_slice text, struct bc_slice bound);
/* Takes so many bytes off the start. */
struct bc_slice bc_scalar_take(struct bc_slice *text, size_t size);

#endif
