#include "formats/iri_resolve.h"

#include "branchcore/term_text.h"

#include <string.h>

static struct bc_slice until(const char *at, const char *end)
{
    return bc_slice(at, (size_t)(end - at));
}

/* The first byte that is one of `ends`, or end. */
static const char *find_any(const char *at, const char *end, const char *ends)
{
    while (at < end && !(*at && strchr(ends, *at)))
        at++;
    return at;
}

struct fmt_iri_parts fmt_iri_split(struct bc_slice reference)
{
    struct fmt_iri_parts parts = {0};
    const char *at = reference.data ? reference.data : "";
    const char *end = at + reference.size;
    if (bc_has_scheme(at, end)) {
        const char *colon = memchr(at, ':', (size_t)(end - at));
        parts.scheme = until(at, colon);
        at = colon + 1;
    }
    if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
        const char *behind = find_any(at + 2, end, "/?#");
        parts.authority = until(at + 2, behind);
        at = behind;
    }
    const char *behind = find_any(at, end, "?#");
    parts.path = until(at, behind);
    at = behind;
    if (at < end && *at == '?') {
        behind = find_any(at + 1, end, "#");
        parts.query = until(at + 1, behind);
        at = behind;
    }
    if (at < end)
        parts.fragment = until(at + 1, end);
    return parts;
}

static bool starts_with(struct bc_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && !memcmp(text.data, word, size);
}

static bool is_all(struct bc_slice text, const char *word)
{
    return text.size == strlen(word) && starts_with(text, word);
}

static struct bc_slice without(struct bc_slice text, size_t size)
{
    return bc_slice(text.data + size, text.size - size);
}

/* Takes the last segment and its '/' back, not beyond `from`. */
static void drop_segment(struct bc_buffer *to, size_t from)
{
    while (to->size > from && to->data[to->size - 1] != '/')
        to->size--;
    if (to->size > from)
        to->size--;
}

/* Section 5.2.4, its steps A to E in order, appended. */
static enum bc_status put_without_dots(struct bc_slice path, struct bc_buffer *to)
{
    size_t from = to->size;
    enum bc_status st = BC_OK;
    while (!st && path.size) {
        if (starts_with(path, "../")) {
            path = without(path, 3);
        } else if (starts_with(path, "./") || starts_with(path, "/./")) {
            path = without(path, 2);
        } else if (is_all(path, "/.")) {
            path = bc_slice("/", 1);
        } else if (starts_with(path, "/../")) {
            path = without(path, 3);
            drop_segment(to, from);
        } else if (is_all(path, "/..")) {
            path = bc_slice("/", 1);
            drop_segment(to, from);
        } else if (is_all(path, ".") || is_all(path, "..")) {
            path.size = 0;
        } else {
            const char *next = memchr(path.data + 1, '/', path.size - 1);
            size_t size = next ? (size_t)(next - path.data) : path.size;
            st = bc_buffer_append(to, path.data, size);
            path = without(path, size);
        }
    }
    return st;
}

/* Section 5.2.3. The two paths are joined in a buffer of their own: a dot segment of the base may
 * meet one of the reference. */
static enum bc_status put_merged(const struct fmt_iri_parts *base, struct bc_slice path,
                                 struct bc_buffer *to)
{
    struct bc_buffer joined = {0};
    struct bc_slice folder = base->path;
    if (base->authority.data && !folder.size)
        folder = bc_slice("/", 1);
    while (folder.size && folder.data[folder.size - 1] != '/')
        folder.size--;
    enum bc_status st = bc_buffer_append(&joined, folder.data, folder.size);
    if (!st)
        st = bc_buffer_append(&joined, path.data, path.size);
    if (!st)
        st = put_without_dots(bc_buffer_slice(&joined), to);
    bc_buffer_release(&joined);
    return st;
}

static enum bc_status put_part(const char *mark, struct bc_slice part, struct bc_buffer *to)
{
    if (!part.data)
        return BC_OK;
    enum bc_status st = bc_buffer_append(to, mark, strlen(mark));
    return st ? st : bc_buffer_append(to, part.data, part.size);
}

static enum bc_status put_path(const struct fmt_iri_parts *base, const struct fmt_iri_parts *parts,
                               struct bc_buffer *to)
{
    if (parts->authority.data || starts_with(parts->path, "/"))
        return put_without_dots(parts->path, to);
    if (!parts->path.size)
        return bc_buffer_append(to, base->path.data, base->path.size);
    return put_merged(base, parts->path, to);
}

/* Section 5.2.2 for a reference without a scheme, put together as in 5.3. */
static enum bc_status put_target(const struct fmt_iri_parts *base,
                                 const struct fmt_iri_parts *parts, struct bc_buffer *to)
{
    bool same_document = !parts->authority.data && !parts->path.size;
    enum bc_status st = bc_buffer_append(to, base->scheme.data, base->scheme.size);
    if (!st)
        st = bc_buffer_append(to, ":", 1);
    if (!st)
        st = put_part("//", parts->authority.data ? parts->authority : base->authority, to);
    if (!st)
        st = put_path(base, parts, to);
    if (!st)
        st = put_part("?", same_document && !parts->query.data ? base->query : parts->query, to);
    return st ? st : put_part("#", parts->fragment, to);
}

enum bc_status fmt_iri_resolve(const struct fmt_iri_parts *base, struct bc_slice reference,
                               struct bc_buffer *to)
{
    size_t before = to->size;
    struct fmt_iri_parts parts = fmt_iri_split(reference);
    enum bc_status st = parts.scheme.data ? bc_buffer_append(to, reference.data, reference.size)
                                          : put_target(base, &parts, to);
    if (st)
        to->size = before;
    return st;
}
