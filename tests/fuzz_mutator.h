/* What fuzz targets do where there is no libFuzzer: they replay the files that they are given, or
 * without any mutate a small corpus for TRIPLEFS_FUZZ_SECONDS (2). The seed is printed, and taken
 * from TRIPLEFS_SEED. */
#ifndef TESTS_FUZZ_MUTATOR_H
#define TESTS_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* The target's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_seeds {
    const char *const *corpus; /* inputs to start from */
    size_t corpus_count;
    const char *const *words; /* what is put in here and there; "" is a NUL */
    size_t words_count;
};

/* The target's; where there is libFuzzer, nobody asks for it. */
extern const struct fuzz_seeds fuzz_seeds;

#endif
