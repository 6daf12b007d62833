#include "branchcore/scalar.h"
#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

#include <string.h>

#define XSD_STRING      "<" BC_XSD_STRING ">"
#define LANG_STRING     "<" BC_LANG_STRING ">"
#define DIR_LANG_STRING "<" BC_DIR_LANG_STRING ">"

enum { DIRECTION = 5 }; /* "--ltr" */

static bool is(struct bc_slice value, const char *text, size_t size)
{
    return value.size == size && !memcmp(value.data, text, size);
}

/* value is not empty where it is compared: some systems' memcmp wants no NULL. */
static bool ends_with(struct bc_slice term, struct bc_slice value)
{
    return term.size >= value.size &&
           (!value.size || !memcmp(term.data + term.size - value.size, value.data, value.size));
}

static bool begins_with(struct bc_slice term, struct bc_slice value)
{
    return term.size >= value.size && (!value.size || !memcmp(term.data, value.data, value.size));
}

/* Of a language tag, or what ends with one. */
static bool has_direction(struct bc_slice tag)
{
    const char *end = tag.data + tag.size;
    return tag.size > DIRECTION && bc_behind_direction(end - DIRECTION, end);
}

/* A canonical literal's last byte tells what is behind its text: '"' nothing, '>' a datatype, any
 * other a language. */
bool bc_scalar_has_language(struct bc_slice term, struct bc_slice language)
{
    if (term.size < 3 || term.data[0] != '"')
        return false;
    char last = term.data[term.size - 1];
    if (last == '"' || last == '>')
        return false;
    if (!language.size)
        return true;
    /* No tag has a '@' in it. */
    const char *at = memrchr(term.data, '@', term.size);
    struct bc_slice tag = bc_slice(at + 1, (size_t)(term.data + term.size - (at + 1)));
    if (has_direction(language)) {
        struct bc_slice direction = bc_slice(language.data + language.size - DIRECTION, DIRECTION);
        if (!ends_with(tag, direction))
            return false;
        language.size -= DIRECTION;
        tag.size -= DIRECTION;
    }
    return begins_with(tag, language) &&
           (tag.size == language.size || tag.data[language.size] == '-');
}

bool bc_scalar_has_datatype(struct bc_slice term, struct bc_slice datatype)
{
    if (term.size < 2 || term.data[0] != '"')
        return false;
    switch (term.data[term.size - 1]) {
    case '"':
        return is(datatype, XSD_STRING, sizeof XSD_STRING - 1);
    case '>':
        /* No IRI has a '"' in it. */
        return datatype.size && ends_with(term, datatype) && term.size > datatype.size + 3 &&
               term.data[term.size - datatype.size - 1] == '^';
    default:
        return has_direction(term) ? is(datatype, DIR_LANG_STRING, sizeof DIR_LANG_STRING - 1)
                                   : is(datatype, LANG_STRING, sizeof LANG_STRING - 1);
    }
}

bool bc_scalar_passes(struct bc_slice term, const struct bc_term_test *test)
{
    struct bc_slice value = test->value;
    switch (test->kind) {
    case BC_TEST_EQUAL:
        return term.size == value.size && begins_with(term, value);
    case BC_TEST_PREFIX:
        return begins_with(term, value) && !(is(value, "<", 1) && bc_is_triple_term(term));
    case BC_TEST_LANGUAGE:
        return bc_scalar_has_language(term, value);
    case BC_TEST_DATATYPE:
        return bc_scalar_has_datatype(term, value);
    case BC_TEST_CONTAINS:
        return !value.size ||
               (term.size && memmem(term.data, term.size, value.data, value.size) != NULL);
    }
    return false;
}

void bc_scalar_match(const struct bc_compute *compute, const char *text,
                     const struct bc_spans *spans, size_t count, const struct bc_term_test *test,
                     uint64_t *mask)
{
    (void)compute;
    memset(mask, 0, BC_MASK_WORDS(count) * sizeof *mask);
    for (size_t i = 0; i < count; i++) {
        struct bc_slice term = bc_spans_term(text, &spans[i], test->term);
        mask[i / 64] |= (uint64_t)bc_scalar_passes(term, test) << (i % 64);
    }
}
