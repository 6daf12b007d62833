/* Memory: every allocation of every room goes through here, so that tests can make any one of them
 * fail.
 *
 * Sizes are bytes. A size of 0 gives a valid pointer. Overflow in count * size is a failed
 * allocation, never a short one. All functions are thread-safe. */
#ifndef BRANCHCORE_MEMORY_H
#define BRANCHCORE_MEMORY_H

#include "branchcore/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *bc_alloc(size_t size);
void *bc_alloc_zero(size_t size);
void *bc_alloc_array(size_t count, size_t size);
/* On failure returns NULL and leaves old as it was. */
void *bc_realloc_array(void *old, size_t count, size_t size);
/* NULL is allowed. */
void bc_free(void *memory);
/* A copy with a NUL behind it. */
char *bc_copy_string(const char *text, size_t size);

/* Test hook: the countdown-th allocation from now fails (1: the next one), and `times` that follow
 * it likewise (0: just that one). countdown 0 switches the injection off. Process-wide. */
void bc_memory_fail_after(uint64_t countdown, uint64_t times);
/* Allocations made since the process started; lets a test loop over each of them. */
uint64_t bc_memory_allocations(void);

/* A span of bytes that somebody else owns. */
struct bc_slice {
    const char *data;
    size_t size;
};

static inline struct bc_slice bc_slice(const void *data, size_t size)
{
    return (struct bc_slice){(const char *)data, size};
}

/* Order of unsigned bytes; a proper prefix comes first. <0, 0, >0. */
int bc_slice_compare(struct bc_slice a, struct bc_slice b);
bool bc_slice_equal(struct bc_slice a, struct bc_slice b);
/* Length of the longest common prefix, in bytes. */
size_t bc_common_prefix(struct bc_slice a, struct bc_slice b);

/* A growable byte buffer that the holder owns. Zero-initialised is empty. */
struct bc_buffer {
    char *data;
    size_t size;
    size_t capacity;
};

/* Room for `extra` more bytes behind size. BC_NO_MEMORY leaves the buffer as it was. */
enum bc_status bc_buffer_reserve(struct bc_buffer *buffer, size_t extra);
enum bc_status bc_buffer_append(struct bc_buffer *buffer, const void *data, size_t size);
enum bc_status bc_buffer_printf(struct bc_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bc_buffer_clear(struct bc_buffer *buffer);
void bc_buffer_release(struct bc_buffer *buffer);

static inline struct bc_slice bc_buffer_slice(const struct bc_buffer *buffer)
{
    return bc_slice(buffer->data, buffer->size);
}

#endif
