/* N-Triples made up after LUBM, the Lehigh University Benchmark: universities, departments, people,
 * courses and publications in the numbers of its published profile and with its vocabulary, about
 * 100,000 triples a university. As LUBM's own generator does, it says the type of a university once
 * more wherever one is mentioned, so about 3 lines in 100 repeat another. */
#ifndef TOOLS_GENERATE_H
#define TOOLS_GENERATE_H

#include "branchcore/status.h"

#include <stdint.h>
#include <stdio.h>

struct tfs_generate_options {
    uint64_t lines; /* exactly so many are written */
    uint64_t seed;  /* the same seed and number give the same bytes on every machine */
};

/* Writes the lines, shuffled: departments come in random order, and a line stands among those of
 * some 40 departments around its own. Takes 64 MiB of memory however many lines there are; fewer
 * for few lines. BC_IO with errno set: `to` cannot be written; BC_NO_MEMORY. */
enum bc_status tfs_generate(const struct tfs_generate_options *options, FILE *to);

#endif
