#include "branchcore/scalar.h"

#include <string.h>

/* memmem is linear in the worst case too (Crochemore & Perrin's two-way algorithm). */
size_t bc_scalar_find(const struct bc_compute *compute, struct bc_slice text,
                      struct bc_slice needle, size_t from)
{
    (void)compute;
    if (!needle.size)
        return from;
    if (needle.size > text.size - from)
        return text.size;
    const char *found = memmem(text.data + from, text.size - from, needle.data, needle.size);
    return found ? (size_t)(found - text.data) : text.size;
}
