#include "formats/xml_units.h"

#include "branchcore/syntax_error.h"
#include "branchcore/utf8.h"

#include <stdio.h>

#define ESCAPE "\xEF\xB7\x94"
enum {
    ESCAPE_SIZE = sizeof ESCAPE - 1,
    ESCAPE_CHARACTER = 0xFDD4,
    FEED_MAX = 64 << 10, /* taken in one go */
    LINE_KEPT = 512,     /* bytes of the line before a unit, for the excerpt */
    EXPANDED_FREE = 1 << 20,
    EXPANDED_TIMES = 16,
};

/* Places. */

static void count_lines(struct fmt_xml_units *units, size_t to)
{
    const char *end = units->held.data + to;
    const char *at = units->held.data + units->counted;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        units->line++;
        at++;
    }
    units->counted = to;
}

/* Where the line of `at` starts in held; *whole: it does start there. */
static size_t line_start(const struct fmt_xml_units *units, size_t at, bool *whole)
{
    const char *feed = at ? memrchr(units->held.data, '\n', at) : NULL;
    *whole = feed || !units->left;
    return feed ? (size_t)(feed + 1 - units->held.data) : 0;
}

static uint64_t characters(const char *text, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !bc_utf8_continues(text[i]);
    return count;
}

/* The excerpt goes no further than the unit: what lies behind it depends on the pieces. */
static enum bc_status refuse_at(struct fmt_xml_units *units, size_t spot, size_t unit_end,
                                const char *reason)
{
    struct bc_syntax_error *error = &units->error;
    bool whole;
    if (error->line)
        return BC_SYNTAX;
    size_t start = line_start(units, spot, &whole);
    size_t end = spot;
    while (end < unit_end && units->held.data[end] != '\n' && units->held.data[end] != '\r')
        end++;
    count_lines(units, spot);
    bc_syntax_error_place(error,
                          bc_slice(units->held.data ? units->held.data + start : "", end - start),
                          spot - start, end == unit_end && spot < unit_end);
    error->line = units->line + 1;
    error->column += whole ? 0 : units->left;
    error->offset = units->offset + spot;
    snprintf(error->reason, sizeof error->reason, "%s", reason);
    size_t size = strlen(error->reason);
    error->reason[bc_utf8_valid_prefix(error->reason, size)] = '\0';
    return BC_SYNTAX;
}

enum bc_status fmt_xml_units_refuse(struct fmt_xml_units *units, const char *reason)
{
    return refuse_at(units, units->markup, units->scanned, reason);
}

/* Drops what was parsed, but for the end of the line that the next unit goes on with. */
static void drop_parsed(struct fmt_xml_units *units)
{
    bool whole;
    size_t start = line_start(units, units->unit, &whole);
    size_t keep = start;
    if (units->unit - start > LINE_KEPT) {
        keep = units->unit - LINE_KEPT;
        while (keep < units->unit && bc_utf8_continues(units->held.data[keep]))
            keep++;
    }
    if (!keep)
        return;
    count_lines(units, units->unit);
    units->left = characters(units->held.data + start, keep - start) + (whole ? 0 : units->left);
    memmove(units->held.data, units->held.data + keep, units->held.size - keep);
    units->held.size -= keep;
    units->unit -= keep;
    units->markup -= keep;
    units->scanned -= keep;
    units->counted -= keep;
    units->offset += keep;
}

/* Replacing. */

size_t fmt_xml_restore(char *text, size_t size)
{
    static const char letters[] = "stnr";
    static const char blanks[] = " \t\n\r";
    size_t to = 0;
    for (size_t at = 0; at < size; at++) {
        if (size - at <= ESCAPE_SIZE || memcmp(text + at, ESCAPE, ESCAPE_SIZE) != 0) {
            text[to++] = text[at];
            continue;
        }
        at += ESCAPE_SIZE;
        const char *letter = strchr(letters, text[at]);
        if (letter && *letter) {
            text[to++] = blanks[letter - letters];
        } else {
            memcpy(text + to, ESCAPE, ESCAPE_SIZE);
            to += ESCAPE_SIZE;
        }
    }
    return to;
}

static enum bc_status put(struct fmt_xml_units *units, struct bc_slice text)
{
    return bc_buffer_append(&units->clean, text.data, text.size);
}

static enum bc_status put_escaped(struct fmt_xml_units *units, char letter)
{
    char text[ESCAPE_SIZE + 1];
    memcpy(text, ESCAPE, ESCAPE_SIZE);
    text[ESCAPE_SIZE] = letter;
    return put(units, bc_slice(text, sizeof text));
}

static char letter_of(uint32_t code_point)
{
    return code_point == ' '    ? 's'
           : code_point == '\t' ? 't'
           : code_point == '\n' ? 'n'
           : code_point == '\r' ? 'r'
                                : '\0';
}

/* A reference that needs no look behind it: to a character, or to what XML itself has. */
static enum bc_status put_reference(struct fmt_xml_units *units, struct bc_slice reference,
                                    uint32_t code_point, bool attribute)
{
    if (code_point == ESCAPE_CHARACTER)
        return put_escaped(units, 'e');
    if (attribute && letter_of(code_point))
        return put_escaped(units, letter_of(code_point));
    return put(units, reference);
}

/* One character, or one reference, at the start of text, that is no entity of the text's own;
 * *used: its bytes, 0 if it is such a reference. */
static enum bc_status put_plain(struct fmt_xml_units *units, struct bc_slice text, bool attribute,
                                size_t *used)
{
    *used = 1;
    if (*text.data == '&') {
        uint32_t code_point = 0;
        *used = fmt_xml_character(text, &code_point);
        if (!*used) {
            struct bc_slice name = fmt_xml_reference(text);
            *used = fmt_xml_predefined(name) ? name.size + 2 : 0;
        }
        return put_reference(units, bc_slice(text.data, *used), code_point, attribute);
    }
    /* "\r\n" and '\r' are '\n' in XML, and that a space in an attribute. */
    if (attribute && fmt_xml_blank(*text.data)) {
        *used = text.size > 1 && !memcmp(text.data, "\r\n", 2) ? 2 : 1;
        return put_escaped(units, 's');
    }
    if (text.size >= ESCAPE_SIZE && !memcmp(text.data, ESCAPE, ESCAPE_SIZE)) {
        *used = ESCAPE_SIZE;
        return put_escaped(units, 'e');
    }
    return put(units, bc_slice(text.data, 1));
}

/* An entity's value holds no other entity. */
static enum bc_status put_entity(struct fmt_xml_units *units, struct bc_slice value, bool attribute)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0, used; !st && at < value.size; at += used)
        st = put_plain(units, bc_slice(value.data + at, value.size - at), attribute, &used);
    return st;
}

static enum bc_status replace_entity(struct fmt_xml_units *units, size_t spot, size_t end,
                                     bool attribute, size_t *used)
{
    struct bc_slice name = fmt_xml_reference(bc_slice(units->held.data + spot, end - spot));
    if (!name.size)
        return refuse_at(units, spot, end, "\"&\" is written &amp; where it begins no reference");
    struct bc_slice value = fmt_xml_entities_find(&units->entities, name);
    if (!value.data)
        return refuse_at(units, spot, end, "an entity that the text does not declare");
    *used = name.size + 2;
    units->expanded += value.size;
    if (units->expanded > EXPANDED_FREE + EXPANDED_TIMES * (units->offset + spot) ||
        units->clean.size > BC_LINE_MAX)
        return refuse_at(units, spot, end, "entities make the text much longer than it is");
    return put_entity(units, value, attribute);
}

/* Text, or a tag, with its references replaced; escaped alone: CDATA and comments. */
static enum bc_status clean_part(struct fmt_xml_units *units, size_t from, size_t end, bool tag,
                                 bool references)
{
    enum bc_status st = BC_OK;
    char quote = '\0';
    for (size_t at = from, used; !st && at < end; at += used) {
        struct bc_slice rest = bc_slice(units->held.data + at, end - at);
        used = 1;
        if (!references && *rest.data == '&') {
            st = put(units, bc_slice(rest.data, 1));
            continue;
        }
        if (tag && (quote ? *rest.data == quote : *rest.data == '"' || *rest.data == '\'')) {
            quote = quote ? '\0' : *rest.data;
            st = put(units, bc_slice(rest.data, 1));
            continue;
        }
        st = put_plain(units, rest, quote != '\0', &used);
        if (!st && !used)
            st = replace_entity(units, at, end, quote != '\0', &used);
    }
    return st;
}

/* Units. */

static bool has(const struct fmt_xml_units *units, const char *word)
{
    size_t size = strlen(word);
    return units->held.size - units->markup >= size &&
           !memcmp(units->held.data + units->markup, word, size);
}

static bool is_tag(const struct fmt_xml_units *units)
{
    char byte = units->held.data[units->markup + 1];
    return byte != '!' && byte != '?';
}

/* The byte behind `word`, searched behind the markup's first `skip` bytes; 0: not there. */
static size_t find_end(struct fmt_xml_units *units, size_t skip, const char *word)
{
    size_t size = strlen(word);
    size_t from = units->markup + skip;
    if (units->scanned > from + size)
        from = units->scanned - size;
    if (from >= units->held.size)
        return 0;
    const char *found = memmem(units->held.data + from, units->held.size - from, word, size);
    if (!found)
        units->scanned = units->held.size;
    return found ? (size_t)(found - units->held.data) + size : 0;
}

/* Goes on through a tag; notes blanks in attributes that raptor would drop. */
static size_t find_tag_end(struct fmt_xml_units *units)
{
    const char *data = units->held.data;
    size_t at = units->scanned > units->markup ? units->scanned : units->markup + 1;
    for (; at < units->held.size; at++) {
        char byte = data[at];
        if (!units->quote) {
            if (byte == '>')
                return at + 1;
            if (byte == '"' || byte == '\'') {
                units->quote = byte;
                units->fresh = true;
            }
            continue;
        }
        bool blank = fmt_xml_blank(data[at - 1]);
        if (byte == units->quote) {
            units->spaced |= blank && !units->fresh;
            units->quote = '\0';
        } else if (fmt_xml_blank(byte)) {
            units->spaced |= units->fresh || blank;
        }
        units->fresh = false;
    }
    units->scanned = at;
    return 0;
}

/* The end of the unit; 0: not there so far. */
static size_t find_unit(struct fmt_xml_units *units)
{
    static const size_t longest = sizeof "<![CDATA[" - 1;
    if (units->markup == units->unit && units->scanned <= units->unit)
        units->scanned = units->unit;
    if (units->held.size == units->scanned)
        return 0;
    if (units->held.data[units->markup] != '<' || units->markup < units->unit) {
        const char *found =
            memchr(units->held.data + units->scanned, '<', units->held.size - units->scanned);
        units->scanned = found ? (size_t)(found - units->held.data) : units->held.size;
        units->markup = found ? units->scanned : units->unit;
        if (!found)
            return 0;
    }
    size_t size = units->held.size - units->markup;
    if (size < 2)
        return 0;
    if (is_tag(units))
        return find_tag_end(units);
    if (has(units, "<?"))
        return find_end(units, 2, "?>");
    if (has(units, "<!--"))
        return find_end(units, 4, "-->");
    if (has(units, "<![CDATA["))
        return find_end(units, longest, "]]>");
    if (size < longest)
        return 0;
    size_t found = fmt_xml_doctype_end(bc_slice(units->held.data + units->markup, size));
    return found ? units->markup + found : 0;
}

static enum bc_status check_encoding(struct fmt_xml_units *units, size_t end)
{
    struct bc_slice declaration = bc_slice(units->held.data + units->markup, end - units->markup);
    const char *at = memmem(declaration.data, declaration.size, "encoding", 8);
    if (!at)
        return BC_OK;
    const char *stop = declaration.data + declaration.size;
    for (at += 8; at < stop && (fmt_xml_blank(*at) || *at == '='); at++)
        ;
    size_t left = (size_t)(stop - at);
    if ((left > 6 && !strncasecmp(at + 1, "utf-8", 5) && at[6] == *at) ||
        (left > 9 && !strncasecmp(at + 1, "us-ascii", 8) && at[9] == *at))
        return BC_OK;
    return refuse_at(units, (size_t)(at - units->held.data), end,
                     "only UTF-8 is read: convert the text with iconv, its declaration too");
}

static enum bc_status read_doctype(struct fmt_xml_units *units, size_t end)
{
    const char *spot;
    const char *reason;
    if (!has(units, "<!DOCTYPE"))
        return refuse_at(units, units->markup, end, "\"<!\" begins a comment, CDATA or DOCTYPE");
    if (units->depth || units->entities.count)
        return refuse_at(units, units->markup, end, "a DOCTYPE stands before all elements");
    enum bc_status st = fmt_xml_entities_read(
        &units->entities, bc_slice(units->held.data + units->markup, end - units->markup), &spot,
        &reason);
    return st == BC_SYNTAX ? refuse_at(units, (size_t)(spot - units->held.data), end, reason) : st;
}

static enum bc_status count_depth(struct fmt_xml_units *units, size_t end)
{
    units->ended = units->held.data[units->markup + 1] == '/';
    if (units->ended) {
        units->depth -= units->depth > 0;
        return BC_OK;
    }
    units->ended = units->held.data[end - 2] == '/';
    units->depth += !units->ended;
    return units->depth > FMT_XML_DEPTH_MAX
               ? refuse_at(units, units->markup, end, "elements are nested deeper than 1,000")
               : BC_OK;
}

static bool needs_cleaning(const struct fmt_xml_units *units, struct bc_slice unit)
{
    return units->spaced || memchr(unit.data, '&', unit.size) || fmt_xml_restorable(unit);
}

static enum bc_status give_unit(struct fmt_xml_units *units, size_t end, bool markup)
{
    bool tag = markup && is_tag(units);
    bool doctype =
        markup && !tag && !has(units, "<?") && !has(units, "<!--") && !has(units, "<![CDATA[");
    struct bc_slice unit = bc_slice(units->held.data + units->unit, end - units->unit);
    enum bc_status st = BC_OK;
    if (tag)
        st = count_depth(units, end);
    else if (doctype)
        st = read_doctype(units, end);
    else if (markup && has(units, "<?xml") && fmt_xml_blank(units->held.data[units->markup + 5]))
        st = check_encoding(units, end);
    if (doctype)
        unit.size = units->markup - units->unit;
    if (!st && needs_cleaning(units, unit)) {
        bc_buffer_clear(&units->clean);
        st = clean_part(units, units->unit, markup ? units->markup : end, false, true);
        if (!st && markup && !doctype)
            st = clean_part(units, units->markup, end, tag, tag);
        unit = bc_buffer_slice(&units->clean);
    }
    units->scanned = end;
    if (!st && unit.size)
        st = units->sink(units->context, unit);
    return st;
}

static enum bc_status too_long(struct fmt_xml_units *units)
{
    return refuse_at(units, units->unit, units->unit,
                     "a tag, or a text without tags, is longer than 16 MiB");
}

static enum bc_status check_utf8(struct fmt_xml_units *units, size_t end)
{
    size_t size = end - units->unit;
    if (size > BC_LINE_MAX)
        return too_long(units);
    size_t valid = bc_utf8_valid_prefix(units->held.data + units->unit, size);
    return valid == size ? BC_OK
                         : refuse_at(units, units->unit + valid, units->unit + valid,
                                     "a byte that is not UTF-8");
}

/* A byte order mark is no part of the text. */
static enum bc_status check_start(struct fmt_xml_units *units)
{
    const char *data = units->held.data;
    if (units->started || !units->held.size ||
        (units->held.size < 3 && !memcmp(data, "\xEF\xBB\xBF", units->held.size)))
        return BC_OK;
    units->started = true;
    if (units->held.size >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3)) {
        units->held.size -= 3;
        memmove(units->held.data, data + 3, units->held.size);
        units->offset = 3;
    } else if ((unsigned char)data[0] >= 0xFE || !data[0]) {
        return refuse_at(units, 0, 0, "only UTF-8 is read: convert the text with iconv");
    }
    return BC_OK;
}

static void next_unit(struct fmt_xml_units *units, size_t end)
{
    units->unit = units->markup = units->scanned = end;
    units->spaced = units->fresh = false;
    units->quote = '\0';
    units->ended = false;
}

static enum bc_status take(struct fmt_xml_units *units, const void *data, size_t size)
{
    enum bc_status st = bc_buffer_append(&units->held, data, size);
    if (!st)
        st = check_start(units);
    size_t end = 0;
    while (!st && units->started && (end = find_unit(units))) {
        st = check_utf8(units, end);
        if (!st)
            st = give_unit(units, end, true);
        if (!st)
            next_unit(units, end);
    }
    if (!st && units->held.size - units->unit > BC_LINE_MAX)
        st = too_long(units);
    if (!st)
        drop_parsed(units);
    return st;
}

enum bc_status fmt_xml_units_feed(struct fmt_xml_units *units, const void *data, size_t size)
{
    enum bc_status st = BC_OK;
    for (const char *at = data; !st && size;) {
        size_t piece = size < FEED_MAX ? size : FEED_MAX;
        st = take(units, at, piece);
        at += piece;
        size -= piece;
    }
    return st;
}

enum bc_status fmt_xml_units_finish(struct fmt_xml_units *units)
{
    size_t end = units->held.size;
    if (units->unit == end)
        return BC_OK;
    enum bc_status st = check_utf8(units, end);
    if (!st && units->held.data[units->markup] == '<')
        return refuse_at(units, units->markup, end, "the text ends within a tag");
    units->markup = end;
    return st ? st : give_unit(units, end, false);
}

void fmt_xml_units_release(struct fmt_xml_units *units)
{
    bc_buffer_release(&units->held);
    bc_buffer_release(&units->clean);
    fmt_xml_entities_release(&units->entities);
}
