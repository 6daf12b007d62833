#include "branchcore/scalar.h"

static const struct bc_compute scalar = {
    .name = "scalar",
    .set = "scalar",
    .sort_unique = bc_scalar_sort_unique,
};

const struct bc_compute *bc_scalar_engine(void)
{
    return &scalar;
}
