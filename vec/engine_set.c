/* The engine of one instruction set. What vec/ has no faster way for is branchcore's. */
#include "branchcore/scalar.h"
#include "vec/operations.h"
#include "vec/sort_keys.h"

#ifdef VEC_PACKS_KEYS
#define SORT_UNIQUE VEC(sort_unique)
#else
#define SORT_UNIQUE bc_scalar_sort_unique
#endif

const struct bc_compute VEC(engine) = {
    .name = "simd",
    .set = VEC_SET_NAME,
    .scan = VEC(scan),
    .split = VEC(split),
    .find = VEC(find),
    .hash = bc_scalar_hash,
    .hash_statements = bc_scalar_hash_statements,
    .sort_unique = SORT_UNIQUE,
    .walk = VEC(walk),
    .meet = VEC(meet),
    .match = VEC(match),
    .combine = VEC(combine),
    .count = VEC(count),
};
