#include "tools/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool tfs_line_next(struct bc_slice *rest, struct bc_slice *line)
{
    if (rest->size == 0)
        return false;
    *line = tfs_field_next(rest, '\n');
    return true;
}

struct bc_slice tfs_field_next(struct bc_slice *rest, char separator)
{
    const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    struct bc_slice field = *rest;
    if (!end) {
        *rest = bc_slice(rest->data + rest->size, 0);
        return field;
    }
    field.size = (size_t)(end - field.data);
    *rest = bc_slice(end + 1, rest->size - field.size - 1);
    return field;
}

struct bc_slice tfs_value_of(struct bc_slice text, const char *key)
{
    struct bc_slice line;
    while (tfs_line_next(&text, &line)) {
        struct bc_slice rest = line;
        if (tfs_slice_is(tfs_field_next(&rest, ' '), key))
            return rest;
    }
    return bc_slice("", 0);
}

bool tfs_slice_is(struct bc_slice slice, const char *text)
{
    return slice.size == strlen(text) && memcmp(slice.data, text, slice.size) == 0;
}

bool tfs_slice_begins(struct bc_slice slice, const char *text)
{
    return slice.size >= strlen(text) && memcmp(slice.data, text, strlen(text)) == 0;
}

const char *tfs_slice_find(struct bc_slice slice, const char *text)
{
    return slice.data ? memmem(slice.data, slice.size, text, strlen(text)) : NULL;
}

uint64_t tfs_slice_number(struct bc_slice slice)
{
    uint64_t number = 0;
    size_t at = slice.size && (slice.data[0] == '+' || slice.data[0] == '-');
    for (; at < slice.size && slice.data[at] >= '0' && slice.data[at] <= '9'; at++)
        number = number * 10 + (uint64_t)(slice.data[at] - '0');
    return number;
}

bool tfs_number_parse(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *end == '\0' && text[0] >= '0' && text[0] <= '9' && errno == 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

struct bc_slice tfs_slice_trim(struct bc_slice slice)
{
    while (slice.size > 0 && is_blank(slice.data[slice.size - 1]))
        slice.size--;
    while (slice.size > 0 && is_blank(slice.data[0]))
        slice = bc_slice(slice.data + 1, slice.size - 1);
    return slice;
}
