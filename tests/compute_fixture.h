/* What the parts of the compute suite share: the engine under test, random numbers, and lines whose
 * every copy may end where a page ends that cannot be read past. */
#ifndef TESTS_COMPUTE_FIXTURE_H
#define TESTS_COMPUTE_FIXTURE_H

#include "branchcore/compute.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Set by run_compute_conformance. */
extern const struct bc_compute *engine;

/* The suite's parts; each returns how many tests failed. */
int run_compute_text(void);
int run_compute_split(void);
int run_compute_hash(void);
int run_compute_sort(void);
int run_compute_sets(void);
int run_compute_match(void);
int run_compute_masks(void);

void seed_random(uint64_t seed);
uint64_t next_random(void);
/* limit is not 0. */
size_t below(size_t limit);

/* A copy that ends where an unreadable page begins. */
char *guarded_copy(const void *data, size_t size);
void free_guarded(const char *copy, size_t size);

/* A growing array of lines, each a copy of its own; with `guarded` each is a guarded copy. */
struct lines {
    struct bc_line *at;
    size_t count;
    size_t capacity;
    bool guarded;
};
void add(struct lines *lines, const void *data, size_t size);
void release(struct lines *lines);

static inline struct bc_slice slice_of(const struct bc_line *line)
{
    return bc_slice(line->data, line->size);
}

/* Of two struct bc_line, for qsort. */
int compare_lines(const void *a, const void *b);
size_t reference_sort_unique(struct bc_line *lines, size_t count);
/* The array alone; the caller frees it. */
struct bc_line *copy_array(const struct lines *lines);

#endif
