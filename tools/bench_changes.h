/* Changed copies of a text, for what is merged and compared: lines of a sorted text are picked at
 * random, but the same ones in every run of one seed, and changed on one side or on both. */
#ifndef TOOLS_BENCH_CHANGES_H
#define TOOLS_BENCH_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

struct tfs_changes {
    uint64_t lines;     /* of the text */
    uint64_t a_side;    /* lines that each side changes: half of them removed, half gets a further
                         * statement of the same subject beside it; no line on both sides */
    uint64_t conflicts; /* of these, lines that both sides replace, each by an object of its own:
                         * one conflicting slot each, if the subject has the predicate once */
    uint64_t seed;
};

/* Writes the two sides of `from` (its lines sorted), as files. False: told why. */
bool tfs_changes_make(const struct tfs_changes *changes, const char *from, const char *ours,
                      const char *theirs);

#endif
