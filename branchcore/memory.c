#include "branchcore/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint_fast64_t allocations;
static atomic_uint_fast64_t fail_from; /* number of the first allocation that fails; 0: none */
static atomic_uint_fast64_t fail_to;

void bc_memory_fail_after(uint64_t countdown, uint64_t times)
{
    uint64_t from = countdown ? atomic_load(&allocations) + countdown : 0;
    atomic_store(&fail_to, from + times);
    atomic_store(&fail_from, from);
}

uint64_t bc_memory_allocations(void)
{
    return atomic_load(&allocations);
}

static bool injected(void)
{
    uint64_t number = atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed) + 1;
    uint64_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    return from && number >= from && number <= atomic_load(&fail_to);
}

void *bc_alloc(size_t size)
{
    if (injected())
        return NULL;
    return malloc(size ? size : 1);
}

void *bc_alloc_zero(size_t size)
{
    if (injected())
        return NULL;
    return calloc(1, size ? size : 1);
}

void *bc_alloc_array(size_t count, size_t size)
{
    return bc_realloc_array(NULL, count, size);
}

void *bc_realloc_array(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (injected() || __builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return realloc(old, bytes ? bytes : 1);
}

void bc_free(void *memory)
{
    free(memory);
}

char *bc_copy_string(const char *text, size_t size)
{
    if (size == SIZE_MAX)
        return NULL;
    char *copy = bc_alloc(size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

int bc_slice_compare(struct bc_slice a, struct bc_slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool bc_slice_equal(struct bc_slice a, struct bc_slice b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

size_t bc_common_prefix(struct bc_slice a, struct bc_slice b)
{
    size_t limit = a.size < b.size ? a.size : b.size;
    size_t at = 0;
    while (limit - at >= 8) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, a.data + at, 8);
        memcpy(&y, b.data + at, 8);
        if (x != y) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (size_t)__builtin_ctzll(x ^ y) / 8;
#else
            return at + (size_t)__builtin_clzll(x ^ y) / 8;
#endif
        }
        at += 8;
    }
    while (at < limit && a.data[at] == b.data[at])
        at++;
    return at;
}

enum bc_status bc_buffer_reserve(struct bc_buffer *buffer, size_t extra)
{
    size_t need;
    if (__builtin_add_overflow(buffer->size, extra, &need))
        return BC_NO_MEMORY;
    if (need <= buffer->capacity)
        return BC_OK;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity < need) {
        if (__builtin_mul_overflow(capacity, 2, &capacity))
            capacity = need;
    }
    char *data = bc_realloc_array(buffer->data, capacity, 1);
    if (!data)
        return BC_NO_MEMORY;
    buffer->data = data;
    buffer->capacity = capacity;
    return BC_OK;
}

enum bc_status bc_buffer_append(struct bc_buffer *buffer, const void *data, size_t size)
{
    enum bc_status st = bc_buffer_reserve(buffer, size);
    if (st)
        return st;
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return BC_OK;
}

enum bc_status bc_buffer_printf(struct bc_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0)
        return BC_INVALID;
    enum bc_status st = bc_buffer_reserve(buffer, (size_t)size + 1);
    if (st)
        return st;
    va_start(args, format);
    (void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, args);
    va_end(args);
    buffer->size += (size_t)size;
    return BC_OK;
}

void bc_buffer_clear(struct bc_buffer *buffer)
{
    buffer->size = 0;
}

void bc_buffer_release(struct bc_buffer *buffer)
{
    bc_free(buffer->data);
    *buffer = (struct bc_buffer){0};
}
