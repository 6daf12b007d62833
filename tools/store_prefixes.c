#include "tools/store_prefixes.h"

#include "tools/face_control.h"

#include "branchcore/pattern.h"

#include <string.h>

static enum bc_status add_known(struct bc_prefixes *prefixes)
{
    struct bc_prefixes known = {0};
    size_t count;
    const struct bc_known_prefix *all = bc_pattern_known_prefixes(&count);
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++)
        st = bc_prefixes_set(&known, bc_slice(all[i].name, strlen(all[i].name)),
                             bc_slice(all[i].iri, strlen(all[i].iri)));
    if (!st)
        st = bc_prefixes_unite(prefixes, &known);
    bc_prefixes_release(&known);
    return st;
}

int tfs_store_prefixes(const struct tfs_face *face, bool known, struct bc_prefixes *prefixes)
{
    struct bc_buffer text = {0};
    struct bc_error err = {{0}};
    int result = tfs_face_get(face, TFS_STORE_PREFIXES, &text);
    enum bc_status st = BC_OK;
    if (result == TFS_DONE)
        st = bc_prefixes_read(prefixes, bc_buffer_slice(&text), &err);
    if (result == TFS_DONE && !st && known)
        st = add_known(prefixes);
    bc_buffer_release(&text);
    if (!st)
        return result;
    return tfs_face_fail(face, "%s: %s", TFS_STORE_PREFIXES,
                         err.text[0] ? err.text : bc_status_text(st));
}

/* What every reader of prefixed names takes behind the ':' without escapes. */
static bool is_local(const char *from, const char *to)
{
    for (const char *at = from; at < to; at++) {
        bool letter = (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z';
        bool digit = *at >= '0' && *at <= '9';
        bool inner = at > from && (*at == '-' || (*at == '.' && at + 1 < to));
        if (!letter && !digit && !inner && *at != '_')
            return false;
    }
    return true;
}

/* The longest that the IRI begins with; NULL: none, or the rest is not for a name. */
static const struct bc_prefix *find(const struct bc_prefixes *prefixes, struct bc_slice iri,
                                    size_t *size)
{
    const struct bc_prefix *best = NULL;
    *size = 0;
    for (size_t i = 0; i < prefixes->count; i++) {
        size_t length = strlen(prefixes->list[i].iri);
        if (length <= *size || length > iri.size ||
            memcmp(prefixes->list[i].iri, iri.data, length) != 0 ||
            !is_local(iri.data + length, iri.data + iri.size))
            continue;
        best = &prefixes->list[i];
        *size = length;
    }
    return best;
}

static enum bc_status declare(struct tfs_shortening *self, const struct bc_prefix *prefix)
{
    bool *declared = &self->declared[prefix - self->prefixes->list];
    if (*declared)
        return BC_OK;
    *declared = true;
    return bc_buffer_printf(&self->declarations, "PA \"%s\" <%s> .\n", prefix->name, prefix->iri);
}

/* at: behind a '<'. Goes behind the '>'. */
static enum bc_status put_iri(struct tfs_shortening *self, const char **at, const char *end)
{
    const char *start = *at;
    const char *close = memchr(start, '>', (size_t)(end - start));
    size_t size;
    *at = close ? close + 1 : end;
    struct bc_slice iri = bc_slice(start, close ? (size_t)(close - start) : 0);
    const struct bc_prefix *prefix = close ? find(self->prefixes, iri, &size) : NULL;
    if (!prefix)
        return bc_buffer_append(&self->row, start - 1, (size_t)(*at - start) + 1);
    enum bc_status st = declare(self, prefix);
    return st ? st
              : bc_buffer_printf(&self->row, "%s:%.*s", prefix->name, (int)(iri.size - size),
                                 iri.data + size);
}

/* at: behind a '"'. Goes behind the one that ends the text. */
static enum bc_status put_text(struct tfs_shortening *self, const char **at, const char *end)
{
    const char *start = *at - 1;
    while (*at < end && **at != '"')
        *at += **at == '\\' && end - *at > 1 ? 2 : 1;
    *at += *at < end;
    return bc_buffer_append(&self->row, start, (size_t)(*at - start));
}

bool tfs_shorten(struct tfs_shortening *self, struct bc_slice row)
{
    const char *at = row.data;
    const char *end = row.data + row.size;
    enum bc_status st = BC_OK;
    if (!self->declared && self->prefixes->count)
        self->declared = bc_alloc_zero(self->prefixes->count * sizeof *self->declared);
    if (!self->declared && self->prefixes->count)
        return false;
    bc_buffer_clear(&self->row);
    bc_buffer_clear(&self->declarations);
    while (!st && at < end) {
        char byte = *at++;
        bool triple_term = byte == '<' && at < end && *at == '<';
        if (triple_term)
            st = bc_buffer_append(&self->row, at++ - 1, 2);
        else if (byte == '<')
            st = put_iri(self, &at, end);
        else if (byte == '"')
            st = put_text(self, &at, end);
        else
            st = bc_buffer_append(&self->row, &byte, 1);
    }
    return st == BC_OK;
}

void tfs_shortening_release(struct tfs_shortening *self)
{
    bc_free(self->declared);
    bc_buffer_release(&self->row);
    bc_buffer_release(&self->declarations);
}
