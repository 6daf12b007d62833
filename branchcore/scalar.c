#include "branchcore/scalar.h"

static const struct bc_compute scalar = {
    .name = "scalar",
    .set = "scalar",
    .scan = bc_scalar_scan,
    .split = bc_scalar_split,
    .find = bc_scalar_find,
    .hash = bc_scalar_hash,
    .hash_statements = bc_scalar_hash_statements,
    .sort_unique = bc_scalar_sort_unique,
    .walk = bc_scalar_walk,
    .meet = bc_scalar_meet,
    .combine = bc_scalar_combine,
    .count = bc_scalar_count,
    .match = bc_scalar_match,
};

const struct bc_compute *bc_scalar_engine(void)
{
    return &scalar;
}
