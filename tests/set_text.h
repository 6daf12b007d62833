/* Sets as texts over a store in memory, for the tests of formats. Every function requires
 * success. */
#ifndef TESTS_SET_TEXT_H
#define TESTS_SET_TEXT_H

#include "branchcore/store.h"
#include "branchcore/text.h"

struct set_text {
    struct bc_store *store;
    struct bc_text *text;
    struct bc_buffer lines; /* sorted, each once, with a NUL behind */
};

/* Of canonical lines in any order, also several times. */
void set_text_init(struct set_text *set, struct bc_slice lines);
/* Over this store, which becomes the set's. */
void set_text_init_over(struct set_text *set, struct bc_store *store, struct bc_slice lines);
void set_text_release(struct set_text *set);
/* Sorts lines and drops what is there twice; a NUL stands behind. */
void set_text_sort(struct bc_buffer *lines);

/* Appends canonical lines of about so many random statements, with all that is awkward: literals
 * full of quotes, line ends and controls, IRIs that are hard to abbreviate, blank nodes nested,
 * shared and in circles, lists well and ill formed, triple terms; graphs: also in graphs. */
void set_text_random(struct bc_buffer *lines, uint64_t *random, size_t statements, bool graphs);
/* A random number below `below`. */
uint64_t set_text_below(uint64_t *random, uint64_t below);

#endif
