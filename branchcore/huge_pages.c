#include "branchcore/huge_pages.h"

#include <stdint.h>
#include <sys/mman.h>

void bc_prefer_huge_pages(void *memory, size_t size)
{
    const uintptr_t page = 2 << 20;
    const uintptr_t margin = 1 << 20;
    if (size < 4 * page)
        return;
    uintptr_t from = ((uintptr_t)memory + margin + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)memory + size - margin) & ~(page - 1);
    (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
