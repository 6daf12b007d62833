#include "branchcore/past_cache.h"

#include "branchcore/memory.h"
#include "branchcore/temporary_file.h"

#include <fcntl.h>
#include <time.h>

enum {
    BYTES_A_TRIAL = 32 << 20, /* after which the disk's speed counts */
    SLOW_NS_A_KIB = 5000,     /* 200 MB/s */
};

static bool set_mode(int file, bool direct)
{
    int flags = fcntl(file, F_GETFL);
    return flags >= 0 && fcntl(file, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

void bc_past_cache_begin(struct bc_past_cache *past, int file)
{
    *past = (struct bc_past_cache){.file = file, .on = set_mode(file, true)};
}

void bc_past_cache_end(struct bc_past_cache *past)
{
    if (!past->on)
        return; /* nothing is written then: readers of a sealed spool come here in parallel */
    (void)set_mode(past->file, false);
    past->on = false;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool bc_past_cache_write(struct bc_past_cache *past, uint64_t offset, const char *data, size_t size)
{
    if (!past->on)
        return false;
    uint64_t begun = now_ns();
    bool done = bc_temporary_file_write(past->file, offset, data, size) == BC_OK;
    past->ns += now_ns() - begun;
    past->bytes += size;
    bool slow = past->bytes >= BYTES_A_TRIAL && past->ns / (past->bytes >> 10) > SLOW_NS_A_KIB;
    if (!done || slow)
        bc_past_cache_end(past);
    return done;
}

void *bc_past_cache_alloc(size_t size, char **aligned)
{
    char *memory = size <= SIZE_MAX - BC_PAST_CACHE_ALIGNMENT
                       ? bc_alloc(size + BC_PAST_CACHE_ALIGNMENT)
                       : NULL;
    if (memory)
        *aligned = memory + (BC_PAST_CACHE_ALIGNMENT - (uintptr_t)memory % BC_PAST_CACHE_ALIGNMENT);
    return memory;
}
