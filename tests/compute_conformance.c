#include "tests/compute_conformance.h"

#include "tests/compute_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

int run_compute_conformance(const struct bc_compute *tested)
{
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    engine = tested;
    printf("%s engine, %s, TRIPLEFS_SEED=%" PRIu64 "\n", engine->name, engine->set, seed);
    int failed = 0;
    seed_random(seed);
    failed += run_compute_text();
    failed += run_compute_split();
    failed += run_compute_hash();
    failed += run_compute_sort();
    failed += run_compute_sets();
    failed += run_compute_match();
    failed += run_compute_masks();
    return failed;
}
