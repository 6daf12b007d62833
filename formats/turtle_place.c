#include "formats/turtle_place.h"

#include "branchcore/syntax_error.h"
#include "branchcore/term_text.h"

#include <string.h>

/* How often a byte is there. */
static uint64_t count_byte(const char *data, size_t size, char byte)
{
    const uint64_t low = BC_EACH(0x7F);
    uint64_t count = 0;
    size_t at = 0;
    for (; size - at >= sizeof low; at += sizeof low) {
        uint64_t differ = bc_load_eight(data + at) ^ BC_EACH((unsigned char)byte);
        uint64_t equal = ~(((differ & low) + low) | differ | low);
        count += (uint64_t)__builtin_popcountll(equal);
    }
    for (; at < size; at++)
        count += data[at] == byte;
    return count;
}

static uint64_t count_characters(const char *data, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !bc_utf8_continues(data[i]);
    return count;
}

static uint64_t count_breaks(const char *data, size_t size)
{
    uint64_t breaks = count_byte(data, size, '\n');
    if (!memchr(data, '\r', size))
        return breaks;
    for (size_t i = 0; i < size; i++)
        breaks += data[i] == '\r' && (i + 1 == size || data[i + 1] != '\n');
    return breaks;
}

/* Behind the last line break, or data if there is none. */
static const char *line_start(const char *data, size_t size)
{
    const char *at = data + size;
    while (at > data && at[-1] != '\n' && at[-1] != '\r')
        at--;
    return at;
}

/* Keeps the end of the line. */
static void keep(struct fmt_place *place, const char *data, size_t size)
{
    if (size >= sizeof place->before) {
        memcpy(place->before, data + size - sizeof place->before, sizeof place->before);
        place->before_size = sizeof place->before;
        return;
    }
    size_t kept = sizeof place->before - size;
    if (kept > place->before_size)
        kept = place->before_size;
    memmove(place->before, place->before + place->before_size - kept, kept);
    memcpy(place->before + kept, data, size);
    place->before_size = kept + size;
}

void fmt_place_advance(struct fmt_place *place, const char *data, size_t size)
{
    place->offset += size;
    if (size && place->behind_cr && *data == '\n') {
        place->behind_cr = false;
        data++;
        size--;
    }
    if (!size)
        return;
    place->behind_cr = data[size - 1] == '\r';
    const char *start = line_start(data, size);
    if (start != data) {
        place->line += count_breaks(data, (size_t)(start - data));
        place->column = 0;
        place->before_size = 0;
    }
    size_t rest = (size_t)(data + size - start);
    place->column += count_characters(start, rest);
    keep(place, start, rest);
}

void fmt_refusal_feed(struct fmt_refusal *refusal, const char *data, size_t size)
{
    for (size_t i = 0; i < size && !refusal->whole; i++) {
        refusal->whole = data[i] == '\n' || data[i] == '\r';
        if (!refusal->whole)
            refusal->rest[refusal->rest_size++] = data[i];
        refusal->whole |= refusal->rest_size == sizeof refusal->rest;
    }
}

void fmt_refusal_finish(const struct fmt_refusal *refusal, struct bc_syntax_error *error)
{
    char line[sizeof refusal->place.before + sizeof refusal->rest];
    size_t spot = refusal->place.before_size;
    memcpy(line, refusal->place.before, spot);
    memcpy(line + spot, refusal->rest, refusal->rest_size);
    bc_syntax_error_place(error, bc_slice(line, spot + refusal->rest_size), spot, false);
    error->line = refusal->place.line + 1;
    error->column = refusal->place.column + 1;
    error->offset = refusal->place.offset;
}
