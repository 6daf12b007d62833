#include "fs/query.h"

#include <string.h>

static bool takes(struct bc_slice line, const char *word, struct bc_slice *value)
{
    size_t size = strlen(word);
    if (line.size < size || memcmp(line.data, word, size) != 0 ||
        (line.size > size && line.data[size] != ' '))
        return false;
    *value = bc_slice(line.data + size, line.size - size);
    while (value->size > 0 && value->data[0] == ' ')
        *value = bc_slice(value->data + 1, value->size - 1);
    return true;
}

static enum bc_status take_number(const char *word, struct bc_slice value, uint64_t *number,
                                  struct bc_error *err)
{
    *number = 0;
    bool good = value.size > 0 && value.size <= 18;
    for (size_t i = 0; good && i < value.size; i++) {
        good = value.data[i] >= '0' && value.data[i] <= '9';
        *number = *number * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (good && *number > 0)
        return BC_OK;
    return bc_fail(err, BC_INVALID, "'%s' takes a number from 1 on, not '%.*s'", word,
                   value.size < 40 ? (int)value.size : 40, value.data);
}

static enum bc_status take_group(struct bc_slice value, enum bc_group_by *by, struct bc_error *err)
{
    if (bc_group_by_of(value, by))
        return BC_OK;
    return bc_fail(err, BC_INVALID,
                   "there are no groups by '%.*s': they are subject, predicate, object, class, "
                   "graph, file, language, datatype",
                   value.size < 40 ? (int)value.size : 40, value.data);
}

/* As tools write lines: with blanks and a carriage return behind them. */
static struct bc_slice trim_end(struct bc_slice value)
{
    while (value.size > 0 && strchr(" \t\r", value.data[value.size - 1]))
        value.size--;
    return value;
}

static struct bc_slice trim_slashes(struct bc_slice path)
{
    while (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    while (path.size > 0 && path.data[0] == '/')
        path = bc_slice(path.data + 1, path.size - 1);
    return path;
}

/* *taken: the line was one of ours. */
static enum bc_status take_line(struct bc_slice line, bool counting, struct tfs_query *query,
                                bool *taken, struct bc_error *err)
{
    struct bc_slice value;
    *taken = true;
    if (takes(line, "path", &value)) {
        query->path = trim_slashes(value);
        return BC_OK;
    }
    line = trim_end(line);
    if (takes(line, "limit", &value))
        return take_number("limit", value, &query->limit, err);
    if (counting && takes(line, "by", &value))
        return take_group(value, &query->by, err);
    if (counting && takes(line, "top", &value))
        return take_number("top", value, &query->top, err);
    if (counting && takes(line, "numbers", &value) && value.size == 0) {
        query->numbers = true;
        return BC_OK;
    }
    *taken = false;
    return BC_OK;
}

enum bc_status tfs_query_parse(struct bc_slice text, bool counting,
                               const struct bc_prefixes *prefixes, struct tfs_query *query,
                               struct bc_error *err)
{
    bool taken = true;
    enum bc_status st = BC_OK;
    *query = (struct tfs_query){.path = bc_slice("", 0), .by = BC_GROUP_NONE};
    while (!st && text.size) {
        const char *newline = memchr(text.data, '\n', text.size);
        size_t size = newline ? (size_t)(newline - text.data) : text.size;
        st = take_line(bc_slice(text.data, size), counting, query, &taken, err);
        if (!taken)
            break;
        size += newline != NULL;
        text = bc_slice(text.data + size, text.size - size);
    }
    return st ? st : bc_pattern_parse(text, prefixes, &query->pattern, err);
}

void tfs_query_release(struct tfs_query *query)
{
    bc_pattern_free(query->pattern);
    query->pattern = NULL;
}
