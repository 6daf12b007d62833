#include "branchcore/triple_term.h"

const char *bc_behind_string(const char *at, const char *end)
{
    const char *start = at++;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at)))) {
        const char *slash = at;
        while (slash[-1] == '\\')
            slash--;
        at++;
        if ((at - 1 - slash) % 2 == 0)
            return at;
    }
    return at && at > start ? at : end;
}

/* The next space, or end. */
static const char *space_from(const char *at, const char *end)
{
    const char *space = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
    return space ? space : end;
}

static struct bc_slice between(const char *at, const char *end)
{
    return bc_slice(at, at < end ? (size_t)(end - at) : 0);
}

void bc_triple_term_split(struct bc_slice term, struct bc_statement *terms)
{
    const char *at = term.data + 4;
    const char *end = term.data + term.size - 4;
    const char *space = space_from(at, end);
    terms->subject = between(at, space);
    at = space < end ? space + 1 : end;
    space = space_from(at, end);
    terms->predicate = between(at, space);
    terms->object = between(space < end ? space + 1 : end, end);
    terms->graph = bc_slice(end, 0);
}

/* Past what opens and closes triple terms, and the spaces. */
static const char *skip_marks(const char *at, const char *end)
{
    while (at < end) {
        bool mark = end - at >= 3 && (!memcmp(at, "<<(", 3) || !memcmp(at, ")>>", 3));
        if (!mark && *at != ' ')
            return at;
        at += mark ? 3 : 1;
    }
    return at;
}

bool bc_term_part(struct bc_slice *rest, struct bc_slice *part)
{
    const char *end = rest->data + rest->size;
    const char *at = skip_marks(rest->data, end);
    if (at == end)
        return false;
    const char *stop = space_from(*at == '"' ? bc_behind_string(at, end) : at, end);
    *part = between(at, stop);
    *rest = between(stop, end);
    return true;
}
