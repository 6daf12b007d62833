#include "branchcore/prefixes.h"

#include "branchcore/term_text.h"

#include <string.h>

static struct bc_prefix *find(const struct bc_prefixes *prefixes, struct bc_slice name)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        const char *at = prefixes->list[i].name;
        if (strlen(at) == name.size && !memcmp(at, name.data, name.size))
            return &prefixes->list[i];
    }
    return NULL;
}

const struct bc_prefix *bc_prefixes_find(const struct bc_prefixes *prefixes, struct bc_slice name)
{
    return find(prefixes, name);
}

static enum bc_status grow(struct bc_prefixes *prefixes)
{
    if (prefixes->count < prefixes->room)
        return BC_OK;
    size_t room = prefixes->room ? 2 * prefixes->room : 16;
    struct bc_prefix *list = bc_alloc_array(room, sizeof *list);
    if (!list)
        return BC_NO_MEMORY;
    if (prefixes->count)
        memcpy(list, prefixes->list, prefixes->count * sizeof *list);
    bc_free(prefixes->list);
    prefixes->list = list;
    prefixes->room = room;
    return BC_OK;
}

static enum bc_status add(struct bc_prefixes *prefixes, struct bc_slice name, char *iri)
{
    enum bc_status st = grow(prefixes);
    char *copy = st ? NULL : bc_copy_string(name.data, name.size);
    if (!copy)
        return BC_NO_MEMORY;
    prefixes->list[prefixes->count++] = (struct bc_prefix){copy, iri};
    return BC_OK;
}

enum bc_status bc_prefixes_set(struct bc_prefixes *prefixes, struct bc_slice name,
                               struct bc_slice iri)
{
    char *copy = bc_copy_string(iri.data, iri.size);
    if (!copy)
        return BC_NO_MEMORY;
    struct bc_prefix *known = find(prefixes, name);
    if (known) {
        bc_free(known->iri);
        known->iri = copy;
        return BC_OK;
    }
    enum bc_status st = add(prefixes, name, copy);
    if (st)
        bc_free(copy);
    return st;
}

bool bc_prefixes_remove(struct bc_prefixes *prefixes, struct bc_slice name)
{
    struct bc_prefix *known = find(prefixes, name);
    if (!known)
        return false;
    bc_free(known->name);
    bc_free(known->iri);
    size_t behind = prefixes->count - (size_t)(known - prefixes->list) - 1;
    memmove(known, known + 1, behind * sizeof *known);
    prefixes->count--;
    return true;
}

enum bc_status bc_prefixes_unite(struct bc_prefixes *to, const struct bc_prefixes *from)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < from->count; i++) {
        struct bc_slice name = bc_slice(from->list[i].name, strlen(from->list[i].name));
        if (!find(to, name))
            st = bc_prefixes_set(to, name, bc_slice(from->list[i].iri, strlen(from->list[i].iri)));
    }
    return st;
}

void bc_prefixes_release(struct bc_prefixes *prefixes)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        bc_free(prefixes->list[i].name);
        bc_free(prefixes->list[i].iri);
    }
    bc_free(prefixes->list);
    *prefixes = (struct bc_prefixes){0};
}

/* PN_PREFIX of Turtle: begins with PN_CHARS_BASE, does not end with '.'. */
bool bc_prefix_name_valid(struct bc_slice name)
{
    uint32_t character = 0;
    for (size_t at = 0, size; at < name.size; at += size) {
        size = bc_utf8_decode(name.data + at, name.size - at, &character);
        bool base = size && bc_label_start(character) && character != '_' &&
                    !(character < 0x80 && bc_is_digit((char)character));
        bool inner = size && (character == '.' || bc_label_character(character));
        if (!(at ? inner : base))
            return false;
    }
    return character != '.';
}

bool bc_prefix_iri_valid(struct bc_slice iri)
{
    const char *end = iri.data + iri.size;
    if (!iri.size || !bc_has_scheme(iri.data, end))
        return false;
    uint32_t character;
    for (size_t at = 0, size; at < iri.size; at += size) {
        size = bc_utf8_decode(iri.data + at, iri.size - at, &character);
        if (!size || bc_forbidden_in_iri(character))
            return false;
    }
    return true;
}

/* Reading what was written down. */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct bc_slice trimmed(struct bc_slice text)
{
    while (text.size && is_blank(*text.data))
        text = bc_slice(text.data + 1, text.size - 1);
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Takes a word, in any case, and the blanks behind it off the front; false if there is another. */
static bool take_word(struct bc_slice *line, const char *word)
{
    size_t size = strlen(word);
    if (line->size <= size || strncasecmp(line->data, word, size) != 0 ||
        !is_blank(line->data[size]))
        return false;
    *line = trimmed(bc_slice(line->data + size, line->size - size));
    return true;
}

static const char *read_line(struct bc_prefixes *to, struct bc_slice line, enum bc_status *st)
{
    line = trimmed(line);
    if (!line.size || *line.data == '#')
        return NULL;
    if (take_word(&line, "@prefix") && line.size && line.data[line.size - 1] == '.')
        line = trimmed(bc_slice(line.data, line.size - 1));
    else
        (void)take_word(&line, "PREFIX");
    const char *colon = memchr(line.data, ':', line.size);
    if (!colon)
        return "a prefix is written NAME: <IRI>";
    struct bc_slice name = bc_slice(line.data, (size_t)(colon - line.data));
    struct bc_slice iri = trimmed(bc_slice(colon + 1, line.size - name.size - 1));
    if (!bc_prefix_name_valid(name))
        return "what stands before ':' cannot be a prefix's name";
    if (iri.size < 2 || *iri.data != '<' || iri.data[iri.size - 1] != '>')
        return "an IRI in <> must follow the prefix's name";
    iri = bc_slice(iri.data + 1, iri.size - 2);
    if (!bc_prefix_iri_valid(iri))
        return "what stands in <> is no absolute IRI";
    *st = bc_prefixes_set(to, name, iri);
    return NULL;
}

/* Into an empty one. */
static enum bc_status read_all(struct bc_prefixes *read, struct bc_slice text, struct bc_error *err)
{
    enum bc_status st = BC_OK;
    for (size_t number = 1; !st && text.size; number++) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        const char *reason = read_line(read, bc_slice(text.data, size), &st);
        if (reason)
            return bc_fail(err, BC_INVALID, "line %zu: %s", number, reason);
        size_t used = end ? size + 1 : size;
        text = bc_slice(text.data + used, text.size - used);
    }
    return st;
}

enum bc_status bc_prefixes_read(struct bc_prefixes *prefixes, struct bc_slice text,
                                struct bc_error *err)
{
    struct bc_prefixes read = {0};
    enum bc_status st = read_all(&read, text, err);
    for (size_t i = 0; !st && i < read.count; i++)
        st = bc_prefixes_set(prefixes, bc_slice(read.list[i].name, strlen(read.list[i].name)),
                             bc_slice(read.list[i].iri, strlen(read.list[i].iri)));
    bc_prefixes_release(&read);
    return st;
}

enum bc_status bc_prefixes_write(const struct bc_prefixes *prefixes, struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < prefixes->count; i++)
        st = bc_buffer_printf(to, "%s: <%s>\n", prefixes->list[i].name, prefixes->list[i].iri);
    return st;
}
