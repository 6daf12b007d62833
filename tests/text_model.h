/* A text in a store beside a naive model of it: a universe of random lines, each there or not. For
 * the tests of runs and texts. Failures of the store abort: the model is used where none are
 * injected. */
#ifndef TESTS_TEXT_MODEL_H
#define TESTS_TEXT_MODEL_H

#include "branchcore/store.h"
#include "branchcore/text.h"

enum { TEXT_MODEL_NODE = 7, TEXT_MODEL_RUN = 90, TEXT_MODEL_LAYER = 100 };

struct text_model {
    uint64_t random; /* state of model_random */
    struct bc_buffer bytes;
    struct bc_slice *lines; /* the universe, sorted, '\n' included */
    bool *quads;
    bool *present;
    size_t count;
    struct bc_content content; /* what is in the store now */
};

/* What lines a universe has, each in 1,000. */
struct text_model_shape {
    size_t lines;
    unsigned wide;   /* about as long as a line's key may be, with a prefix in common */
    unsigned huge;   /* several hundred thousand bytes */
    unsigned padded; /* largest number of bytes that any line may be longer by */
};

uint64_t model_random(uint64_t *state);
/* True `permille` times in 1,000. */
bool model_chance(uint64_t *state, unsigned permille);
/* From the environment's TRIPLEFS_SEED or the clock; prints it. */
uint64_t model_seed(void);

void text_model_init(struct text_model *model, uint64_t seed, struct text_model_shape shape);
void text_model_release(struct text_model *model);
/* Takes so many of the universe's lines, all absent so far, as the base, and writes it. */
void text_model_write_base(struct text_model *model, struct bc_store *store, unsigned permille);
/* Changes so many of the lines from `first` to `end` in a new layer. */
void text_model_add_layer(struct text_model *model, struct bc_store *store, size_t first,
                          size_t end, unsigned permille);
/* The text as it should be. */
void text_model_text(const struct text_model *model, struct bc_buffer *to);
/* Asserts that all ways of reading the text agree with the model. */
void text_model_check(struct text_model *model, struct bc_store *store);

#endif
