#include "tests/compute_fixture.h"

#include <sys/mman.h>
#include <unistd.h>

const struct bc_compute *engine;
static uint64_t random_state;

void seed_random(uint64_t seed)
{
    random_state = seed;
}

uint64_t next_random(void)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

static size_t mapped_bytes(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page + page;
}

char *guarded_copy(const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = mapped_bytes(size);
    char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + bytes - page, page, PROT_NONE), 0);
    char *copy = pages + bytes - page - size;
    if (size)
        memcpy(copy, data, size);
    return copy;
}

void free_guarded(const char *copy, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = mapped_bytes(size);
    munmap((char *)copy + size + page - bytes, bytes);
}

void add(struct lines *lines, const void *data, size_t size)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->at = realloc(lines->at, lines->capacity * sizeof lines->at[0]);
        assert_non_null(lines->at);
    }
    char *copy;
    if (lines->guarded) {
        copy = guarded_copy(data, size);
    } else {
        copy = malloc(size + 1);
        assert_non_null(copy);
        if (size)
            memcpy(copy, data, size);
    }
    lines->at[lines->count++] = (struct bc_line){copy, (uint32_t)size};
}

void release(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->guarded)
            free_guarded(lines->at[i].data, lines->at[i].size);
        else
            free((char *)lines->at[i].data);
    }
    free(lines->at);
    *lines = (struct lines){0};
}

int compare_lines(const void *a, const void *b)
{
    return bc_slice_compare(slice_of(a), slice_of(b));
}

size_t reference_sort_unique(struct bc_line *lines, size_t count)
{
    if (count)
        qsort(lines, count, sizeof lines[0], compare_lines);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kept || compare_lines(&lines[kept - 1], &lines[i]))
            lines[kept++] = lines[i];
    }
    return kept;
}

struct bc_line *copy_array(const struct lines *lines)
{
    struct bc_line *copy = malloc((lines->count + 1) * sizeof *copy);
    assert_non_null(copy);
    if (lines->count)
        memcpy(copy, lines->at, lines->count * sizeof *copy);
    return copy;
}
