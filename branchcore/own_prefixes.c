#include "branchcore/own_prefixes.h"

#include "branchcore/repo_prefixes.h"

#include <string.h>

static struct bc_slice attribute(void)
{
    return bc_slice(BC_PREFIXES_ATTRIBUTE, strlen(BC_PREFIXES_ATTRIBUTE));
}

bool bc_prefixes_is_attribute(struct bc_slice name)
{
    return bc_slice_equal(name, attribute());
}

bool bc_prefixes_valid(struct bc_slice text)
{
    struct bc_prefixes read = {0};
    enum bc_status st = bc_prefixes_read(&read, text, NULL);
    bc_prefixes_release(&read);
    return !st;
}

/* As bc_prefixes_read; what is no text of prefixes says none. */
static enum bc_status read_any(struct bc_prefixes *to, struct bc_slice text)
{
    enum bc_status st = bc_prefixes_read(to, text, NULL);
    return st == BC_INVALID ? BC_OK : st;
}

enum bc_status bc_own_prefixes_find(struct bc_branch *branch, const struct bc_found *found,
                                    struct bc_own_prefixes *own)
{
    *own = (struct bc_own_prefixes){0};
    enum bc_status st = bc_xattr_find(branch, found, attribute(), &own->text);
    own->has = !st;
    if (!st || st == BC_NO_DATA)
        return BC_OK;
    bc_own_prefixes_release(own);
    return st;
}

void bc_own_prefixes_release(struct bc_own_prefixes *own)
{
    bc_buffer_release(&own->text);
    own->has = false;
}

enum bc_status bc_prefixes_in_force(struct bc_repo *repo, const struct bc_own_prefixes *own,
                                    struct bc_prefixes *to)
{
    return own->has ? read_any(to, bc_buffer_slice(&own->text))
                    : bc_repo_prefixes(repo, true, to, NULL);
}

/* As much as an attribute can hold. */
static void cut(struct bc_buffer *text)
{
    if (text->size <= BC_XATTR_MAX)
        return;
    const char *end = memrchr(text->data, '\n', BC_XATTR_MAX);
    text->size = end ? (size_t)(end - text->data) + 1 : 0;
}

static enum bc_status set_text(struct bc_prefixes_change *change, enum bc_prefixes_verb verb,
                               const struct bc_prefixes *prefixes)
{
    bc_buffer_clear(&change->text);
    enum bc_status st = bc_prefixes_write(prefixes, &change->text);
    cut(&change->text);
    change->verb = st ? BC_PREFIXES_KEEP : verb;
    return st;
}

enum bc_status bc_prefixes_change_set(struct bc_prefixes_change *change,
                                      const struct bc_prefixes *declared)
{
    change->verb = BC_PREFIXES_KEEP;
    return declared ? set_text(change, BC_PREFIXES_SET, declared) : BC_OK;
}

static bool is_new(const struct bc_prefixes *known, const struct bc_prefix *prefix)
{
    const struct bc_prefix *same =
        bc_prefixes_find(known, bc_slice(prefix->name, strlen(prefix->name)));
    return !same || strcmp(same->iri, prefix->iri) != 0;
}

bool bc_prefixes_any_new(const struct bc_prefixes *declared, const struct bc_prefixes *in_force)
{
    for (size_t i = 0; declared && i < declared->count; i++)
        if (is_new(in_force, &declared->list[i]))
            return true;
    return false;
}

enum bc_status bc_prefixes_change_add(struct bc_prefixes_change *change,
                                      const struct bc_prefixes *declared,
                                      const struct bc_prefixes *in_force,
                                      const struct bc_prefixes *shown_with)
{
    struct bc_prefixes added = {0};
    struct bc_prefixes all = {0};
    change->verb = BC_PREFIXES_KEEP;
    if (!bc_prefixes_any_new(declared, in_force))
        return BC_OK;
    enum bc_status st = bc_prefixes_unite(&all, shown_with);
    for (size_t i = 0; !st && i < declared->count; i++) {
        const struct bc_prefix *prefix = &declared->list[i];
        if (is_new(in_force, prefix))
            st = bc_prefixes_set(&added, bc_slice(prefix->name, strlen(prefix->name)),
                                 bc_slice(prefix->iri, strlen(prefix->iri)));
    }
    if (!st)
        st = bc_prefixes_unite(&all, &added);
    if (!st)
        st = set_text(change, BC_PREFIXES_ADD, &all);
    bc_prefixes_release(&added);
    bc_prefixes_release(&all);
    return st;
}

enum bc_status bc_prefixes_join(struct bc_slice first, struct bc_slice second, struct bc_buffer *to)
{
    struct bc_prefixes joined = {0};
    struct bc_prefixes behind = {0};
    enum bc_status st = read_any(&joined, first);
    if (!st)
        st = read_any(&behind, second);
    if (!st)
        st = bc_prefixes_unite(&joined, &behind);
    if (!st)
        st = bc_prefixes_write(&joined, to);
    cut(to);
    bc_prefixes_release(&joined);
    bc_prefixes_release(&behind);
    return st;
}

/* The attribute's value afterwards. *any: it has one. */
static enum bc_status value_after(const struct bc_prefixes_change *change,
                                  const struct bc_own_prefixes *own, struct bc_buffer *value,
                                  bool *any)
{
    struct bc_slice text = bc_buffer_slice(&change->text);
    *any = change->verb != BC_PREFIXES_REMOVE;
    if (change->verb == BC_PREFIXES_ADD)
        return bc_prefixes_join(bc_buffer_slice(&own->text), text, value);
    return *any ? bc_buffer_append(value, text.data, text.size) : BC_OK;
}

enum bc_status bc_prefixes_change_put(struct bc_update *update, struct bc_found *found,
                                      const struct bc_prefixes_change *change)
{
    struct bc_own_prefixes own;
    struct bc_buffer value = {0};
    bool any;
    if (change->verb == BC_PREFIXES_KEEP)
        return BC_OK;
    enum bc_status st = bc_own_prefixes_find(update->branch, found, &own);
    if (st)
        return st;
    st = value_after(change, &own, &value, &any);
    struct bc_slice slice = bc_buffer_slice(&value);
    bool same = any == own.has && (!any || bc_slice_equal(slice, bc_buffer_slice(&own.text)));
    if (!st && !same)
        st = bc_repo_next_id(update->branch->repo, &found->record.version);
    if (!st && !same)
        st = bc_xattr_put(update, found, attribute(), any ? &slice : NULL);
    bc_own_prefixes_release(&own);
    bc_buffer_release(&value);
    return st;
}

void bc_prefixes_change_release(struct bc_prefixes_change *change)
{
    bc_buffer_release(&change->text);
    change->verb = BC_PREFIXES_KEEP;
}
