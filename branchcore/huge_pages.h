/* Large pages for large work areas, where a sort's accesses at random would otherwise miss the
 * TLB at each step and fault each page by itself. A hint: nothing depends on it. */
#ifndef BRANCHCORE_HUGE_PAGES_H
#define BRANCHCORE_HUGE_PAGES_H

#include <stddef.h>

/* Asks for large pages inside memory, but not in its first and last MiB, so that a work area that
 * is hardly used stays small. Areas below 8 MiB are left alone. memory is a live allocation. */
void bc_prefer_huge_pages(void *memory, size_t size);

#endif
