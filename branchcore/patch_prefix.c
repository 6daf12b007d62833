#include "branchcore/patch_prefix.h"

#include "branchcore/patch_string.h"

#include <stdio.h>
#include <string.h>

enum bc_status bc_patch_prefix_put(struct bc_patch_prefixes *prefixes, struct bc_slice name,
                                   struct bc_slice iri)
{
    if (prefixes->count == prefixes->capacity) {
        size_t capacity = prefixes->capacity ? prefixes->capacity * 2 : 16;
        struct bc_patch_prefix *items = bc_realloc_array(prefixes->items, capacity, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        prefixes->items = items;
        prefixes->capacity = capacity;
    }
    prefixes->items[prefixes->count++] = (struct bc_patch_prefix){name, iri};
    return BC_OK;
}

void bc_patch_prefixes_release(struct bc_patch_prefixes *prefixes)
{
    bc_free(prefixes->items);
    *prefixes = (struct bc_patch_prefixes){0};
}

/* NULL: there is none, or it was removed. */
static const struct bc_patch_prefix *find(const struct bc_patch_prefixes *prefixes,
                                          struct bc_slice name)
{
    for (size_t i = prefixes->count; i > 0; i--) {
        const struct bc_patch_prefix *item = &prefixes->items[i - 1];
        if (bc_slice_equal(item->name, name))
            return item->iri.data ? item : NULL;
    }
    return NULL;
}

struct walk {
    const struct bc_patch_prefixes *prefixes;
    struct bc_patch_expansion *expansion;
    const char *at;
    const char *end;
};

static enum bc_status copy_to(struct walk *walk, const char *stop)
{
    const char *at = walk->at;
    walk->at = stop;
    return bc_buffer_append(&walk->expansion->text, at, (size_t)(stop - at));
}

/* An IRI with its brackets, if it has them all. */
static enum bc_status iri(struct walk *walk)
{
    const char *close = memchr(walk->at, '>', (size_t)(walk->end - walk->at));
    if (!close)
        return copy_to(walk, walk->end);
    if (close - walk->at < 4 || walk->at[1] != '_' || walk->at[2] != ':')
        return copy_to(walk, close + 1);
    walk->expansion->changed = true;
    walk->at++;
    enum bc_status st = copy_to(walk, close);
    walk->at++;
    return st;
}

static enum bc_status literal(struct walk *walk)
{
    const char *at = walk->at + 1;
    while (at < walk->end && *at != '"')
        at += *at == '\\' && walk->end - at > 1 ? 2 : 1;
    return copy_to(walk, at < walk->end ? at + 1 : at);
}

static bool ends_word(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '<' || byte == '"' || byte == ')';
}

static enum bc_status refuse(struct walk *walk, const char *reason, const char *what)
{
    walk->expansion->spot = walk->at;
    (void)snprintf(walk->expansion->reason, sizeof walk->expansion->reason, "%s%s", reason, what);
    return BC_SYNTAX;
}

static enum bc_status prefixed(struct walk *walk, const char *colon, const char *stop)
{
    struct bc_slice name = bc_slice(walk->at, (size_t)(colon - walk->at));
    const struct bc_patch_prefix *prefix = find(walk->prefixes, name);
    if (!prefix)
        return refuse(walk, "no row PA before this one declares the prefix ",
                      bc_patch_show(bc_slice(walk->at, name.size + 1)).text);
    if (memchr(colon, '\\', (size_t)(stop - colon)))
        return refuse(walk, "a prefixed name with '\\' is not supported; write the IRI in <>", "");
    struct bc_buffer *to = &walk->expansion->text;
    walk->expansion->changed = true;
    enum bc_status st = bc_buffer_append(to, "<", 1);
    if (!st)
        st = bc_buffer_append(to, prefix->iri.data, prefix->iri.size);
    walk->at = colon + 1;
    if (!st)
        st = copy_to(walk, stop);
    return st ? st : bc_buffer_append(to, ">", 1);
}

/* A run of anything else: '.', a blank node, a prefixed name, or what the parser will refuse. */
static enum bc_status word(struct walk *walk)
{
    const char *stop = walk->at;
    while (stop < walk->end && !ends_word(*stop))
        stop++;
    bool blank_node = *walk->at == '_' && stop - walk->at > 1 && walk->at[1] == ':';
    const char *name_end = stop;
    while (name_end > walk->at && name_end[-1] == '.')
        name_end--;
    const char *colon = memchr(walk->at, ':', (size_t)(name_end - walk->at));
    if (blank_node || !colon || *walk->at == '@')
        return copy_to(walk, stop);
    enum bc_status st = prefixed(walk, colon, name_end);
    return st ? st : copy_to(walk, stop);
}

static enum bc_status token(struct walk *walk)
{
    size_t left = (size_t)(walk->end - walk->at);
    /* What opens and closes a triple term. */
    if (left >= 3 && (!memcmp(walk->at, "<<(", 3) || !memcmp(walk->at, ")>>", 3)))
        return copy_to(walk, walk->at + 3);
    switch (*walk->at) {
    case '<':
        return iri(walk);
    case '"':
        return literal(walk);
    case '#':
        return copy_to(walk, walk->end);
    case ' ':
    case '\t':
    case '^':
    case ')':
        return copy_to(walk, walk->at + 1);
    default:
        return word(walk);
    }
}

enum bc_status bc_patch_expand(const struct bc_patch_prefixes *prefixes, struct bc_slice statement,
                               struct bc_patch_expansion *expansion)
{
    struct walk walk = {prefixes, expansion, statement.data, statement.data + statement.size};
    enum bc_status st = BC_OK;
    expansion->changed = false;
    bc_buffer_clear(&expansion->text);
    while (!st && walk.at < walk.end)
        st = token(&walk);
    return st;
}
