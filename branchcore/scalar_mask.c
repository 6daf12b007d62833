#include "branchcore/scalar.h"

void bc_scalar_combine(const struct bc_compute *compute, enum bc_mask_operation operation,
                       uint64_t *to, const uint64_t *with, size_t words)
{
    (void)compute;
    switch (operation) {
    case BC_MASK_AND:
        for (size_t i = 0; i < words; i++)
            to[i] &= with[i];
        break;
    case BC_MASK_OR:
        for (size_t i = 0; i < words; i++)
            to[i] |= with[i];
        break;
    case BC_MASK_AND_NOT:
        for (size_t i = 0; i < words; i++)
            to[i] &= ~with[i];
        break;
    }
}

size_t bc_scalar_count(const struct bc_compute *compute, const uint64_t *mask, size_t words)
{
    (void)compute;
    size_t count = 0;
    for (size_t i = 0; i < words; i++)
        count += (size_t)__builtin_popcountll(mask[i]);
    return count;
}
