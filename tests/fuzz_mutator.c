#include "tests/fuzz_mutator.h"

#include "branchcore/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUT_MAX = 4096 };

static uint64_t fuzz_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545F4914F6CDD1DULL >> 16;
}

static size_t insert(uint8_t *input, size_t size, size_t at, const char *what, size_t count)
{
    if (size + count > INPUT_MAX)
        return size;
    memmove(input + at + count, input + at, size - at);
    memcpy(input + at, what, count);
    return size + count;
}

static size_t mutate(const struct fuzz_seeds *seeds, uint8_t *input, size_t size, uint64_t *random)
{
    size_t at = fuzz_random(random) % size;
    size_t span = 1 + fuzz_random(random) % 16;
    switch (fuzz_random(random) % 5) {
    case 0:
        input[at] = (uint8_t)fuzz_random(random);
        return size;
    case 1:
        input[at] ^= (uint8_t)(1u << fuzz_random(random) % 8);
        return size;
    case 2:
        span = span < size - at ? span : size - at - 1;
        memmove(input + at, input + at + span, size - at - span);
        return size - span;
    case 3: {
        const char *other = seeds->corpus[fuzz_random(random) % seeds->corpus_count];
        return insert(input, size, at, other + 1, strlen(other + 1));
    }
    default: {
        const char *word = seeds->words[fuzz_random(random) % seeds->words_count];
        return insert(input, size, at, word, *word ? strlen(word) : 1);
    }
    }
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 0) : otherwise;
}

static int mutate_for(const struct fuzz_seeds *seeds, double seconds)
{
    uint64_t random = environment("TRIPLEFS_SEED", (uint64_t)time(NULL));
    uint64_t runs = 0;
    printf("TRIPLEFS_SEED=%llu\n", (unsigned long long)random);
    fflush(stdout);
    struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        uint8_t input[INPUT_MAX];
        const char *text = seeds->corpus[fuzz_random(&random) % seeds->corpus_count];
        struct bc_slice seed = bc_slice(text, strlen(text));
        size_t size = seed.size;
        memcpy(input, seed.data, size);
        for (uint64_t rounds = fuzz_random(&random) % 8; rounds && size > 1; rounds--)
            size = mutate(seeds, input, size, &random);
        LLVMFuzzerTestOneInput(input, size);
        runs++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 <
             seconds);
    printf("%llu inputs\n", (unsigned long long)runs);
    return 0;
}

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    struct bc_buffer input = {0};
    char piece[4096];
    size_t size;
    enum bc_status st = BC_OK;
    while (!st && (size = fread(piece, 1, sizeof piece, file)))
        st = bc_buffer_append(&input, piece, size);
    bool broken = st || ferror(file);
    fclose(file);
    if (!broken)
        LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.size);
    bc_buffer_release(&input);
    return broken;
}

int main(int count, char **arguments)
{
    int failed = 0;
    for (int i = 1; i < count; i++)
        failed |= replay(arguments[i]);
    return count > 1 ? failed
                     : mutate_for(&fuzz_seeds, (double)environment("TRIPLEFS_FUZZ_SECONDS", 2));
}
