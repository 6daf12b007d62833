#include "formats/rdfxml_names.h"

#include "branchcore/term_text.h"
#include "formats/hash.h"

#include <stdio.h>
#include <stdlib.h>

/* NCName (Namespaces in XML 1.0): its characters are those of Turtle's names, and '.'. */
static bool starts_name(uint32_t code_point)
{
    return bc_label_start(code_point) && !(code_point < 0x80 && bc_is_digit((char)code_point));
}

static bool continues_name(uint32_t code_point)
{
    return code_point == '.' || bc_label_character(code_point);
}

static bool is_name(struct bc_slice text)
{
    uint32_t code_point;
    for (size_t at = 0, size; at < text.size; at += size) {
        size = bc_utf8_decode(text.data + at, text.size - at, &code_point);
        if (!size || !(at ? continues_name(code_point) : starts_name(code_point)))
            return false;
    }
    return text.size > 0;
}

/* Where the longest name that ends the IRI begins; iri.size if none does. */
static size_t split(struct bc_slice iri)
{
    size_t found = iri.size;
    uint32_t code_point;
    for (size_t at = iri.size; at;) {
        size_t end = at;
        do
            at--;
        while (at && bc_utf8_continues(iri.data[at]));
        if (!bc_utf8_decode(iri.data + at, end - at, &code_point) || !continues_name(code_point))
            break;
        if (starts_name(code_point))
            found = at;
    }
    return found;
}

static bool is_text(struct bc_slice text, const char *other)
{
    return text.size == strlen(other) && !memcmp(text.data, other, text.size);
}

/* What stands for itself, or for something else, as an element or where readers of RDF 1.2 look at
 * attributes. */
static bool is_reserved(struct bc_slice iri)
{
    static const char *const terms[] = {
        "RDF",       "ID",      "about",           "bagID",      "parseType",
        "resource",  "nodeID",  "datatype",        "li",         "Description",
        "aboutEach", "version", "aboutEachPrefix", "annotation", "annotationNodeID"};
    if (is_text(iri, "http://www.w3.org/2005/11/itsdir") ||
        is_text(iri, "http://www.w3.org/2005/11/itsversion"))
        return true;
    size_t size = sizeof FMT_RDF - 1;
    if (iri.size < size || memcmp(iri.data, FMT_RDF, size) != 0)
        return false;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        if (is_text(bc_slice(iri.data + size, iri.size - size), terms[i]))
            return true;
    return false;
}

/* Namespaces that no prefix may have, or that readers refuse. */
static bool may_declare(struct bc_slice space)
{
    size_t size = sizeof FMT_RDF - 1;
    return !is_text(space, "http://www.w3.org/XML/1998/namespace") &&
           !is_text(space, "http://www.w3.org/2000/xmlns/") &&
           (space.size <= size || memcmp(space.data, FMT_RDF, size) != 0);
}

static enum bc_status refuse(struct bc_error *err, struct bc_slice iri, const char *why)
{
    return bc_fail(err, BC_INVALID, "RDF/XML cannot say the predicate <%.*s>: %s",
                   (int)(iri.size < 300 ? iri.size : 300), iri.data, why);
}

/* The slot that holds the IRI, or is empty. */
static uint32_t *slot_of(const struct fmt_rdfxml_names *names, struct bc_slice iri)
{
    size_t at = (size_t)fmt_hash(iri) & names->mask;
    for (;; at = (at + 1) & names->mask) {
        if (!names->slots[at])
            return &names->slots[at];
        const struct fmt_rdfxml_name *name = &names->list[names->slots[at] - 1];
        if (name->size == iri.size && !memcmp(name->iri, iri.data, iri.size))
            return &names->slots[at];
    }
}

static enum bc_status grow(struct fmt_rdfxml_names *names)
{
    if (names->count < names->room)
        return BC_OK;
    size_t room = names->room ? 2 * names->room : 64;
    struct fmt_rdfxml_name *list = bc_realloc_array(names->list, room, sizeof *list);
    if (!list)
        return BC_NO_MEMORY;
    names->list = list;
    uint32_t *slots = bc_alloc_zero(2 * room * sizeof *slots);
    if (!slots)
        return BC_NO_MEMORY;
    bc_free(names->slots);
    names->slots = slots;
    names->mask = 2 * room - 1;
    names->room = room;
    for (size_t i = 0; i < names->count; i++)
        *slot_of(names, bc_slice(list[i].iri, list[i].size)) = (uint32_t)i + 1;
    return BC_OK;
}

static struct bc_slice inside(struct bc_slice predicate)
{
    return bc_slice(predicate.data + 1, predicate.size - 2);
}

enum bc_status fmt_rdfxml_names_add(struct fmt_rdfxml_names *names, struct bc_slice predicate,
                                    struct bc_error *err)
{
    struct bc_slice iri = inside(predicate);
    if (names->count && *slot_of(names, iri))
        return BC_OK;
    size_t at = split(iri);
    if (at == iri.size)
        return refuse(err, iri, "its end is no name of XML");
    if (is_reserved(iri))
        return refuse(err, iri, "the name has another meaning there");
    if (!may_declare(bc_slice(iri.data, at)))
        return refuse(err, iri, "no prefix may stand for what comes before its name");
    enum bc_status st = grow(names);
    char *copy = st ? NULL : bc_copy_string(iri.data, iri.size);
    if (!copy)
        return BC_NO_MEMORY;
    *slot_of(names, iri) = (uint32_t)names->count + 1;
    names->list[names->count++] =
        (struct fmt_rdfxml_name){.iri = copy, .size = iri.size, .split = at};
    return BC_OK;
}

const char *fmt_rdfxml_names_find(const struct fmt_rdfxml_names *names, struct bc_slice predicate)
{
    uint32_t found = names->count ? *slot_of(names, inside(predicate)) : 0;
    return found ? names->list[found - 1].qname : NULL;
}

static struct bc_slice slice_of(const char *text)
{
    return bc_slice(text, strlen(text));
}

/* Prefixes that XML keeps for itself, and namespaces that cannot be declared, are left out. */
static bool usable(const struct bc_prefix *prefix)
{
    return strncasecmp(prefix->name, "xml", 3) != 0 && may_declare(slice_of(prefix->iri));
}

/* The index + 1 of the longest of the prefixes that leaves a name. */
static size_t longest(const struct bc_prefixes *prefixes, const struct fmt_rdfxml_name *name)
{
    size_t best = 0;
    size_t best_size = 0;
    for (size_t i = 0; i < prefixes->count; i++) {
        size_t size = strlen(prefixes->list[i].iri);
        if (size > best_size && size < name->size &&
            !memcmp(prefixes->list[i].iri, name->iri, size) &&
            is_name(bc_slice(name->iri + size, name->size - size))) {
            best = i + 1;
            best_size = size;
        }
    }
    return best;
}

/* A name that nobody gave: the stem and the first free number from *number, none for 0. */
static enum bc_status declare_new(struct fmt_rdfxml_names *names, const struct bc_prefixes *given,
                                  const char *stem, unsigned *number, struct bc_slice iri)
{
    char made[32];
    do {
        if (*number)
            snprintf(made, sizeof made, "%s%u", stem, *number);
        else
            snprintf(made, sizeof made, "%s", stem);
        ++*number;
    } while (bc_prefixes_find(&names->prefixes, slice_of(made)) ||
             (given && bc_prefixes_find(given, slice_of(made))));
    return bc_prefixes_set(&names->prefixes, slice_of(made), iri);
}

/* The elements of RDF/XML itself need a prefix that is not the empty one: attributes have none by
 * default. */
static bool names_rdf(const struct bc_prefix *prefix)
{
    return !strcmp(prefix->iri, FMT_RDF) && *prefix->name && usable(prefix);
}

/* Those given, in their order, behind one for RDF/XML itself if none of them is. */
static enum bc_status declare_given(struct fmt_rdfxml_names *names, const struct bc_prefixes *given)
{
    enum bc_status st = BC_OK;
    unsigned number = 0;
    bool any = false;
    for (size_t i = 0; given && i < given->count; i++)
        any = any || names_rdf(&given->list[i]);
    if (!any)
        st = declare_new(names, given, "rdf", &number, slice_of(FMT_RDF));
    for (size_t i = 0; !st && given && i < given->count; i++)
        if (usable(&given->list[i]))
            st = bc_prefixes_set(&names->prefixes, slice_of(given->list[i].name),
                                 slice_of(given->list[i].iri));
    return st;
}

static const char *find_rdf(const struct fmt_rdfxml_names *names)
{
    size_t at = 0;
    while (!names_rdf(&names->prefixes.list[at]))
        at++;
    return names->prefixes.list[at].name;
}

static int compare_spaces(const void *a, const void *b)
{
    const struct fmt_rdfxml_name *const *left = a;
    const struct fmt_rdfxml_name *const *right = b;
    return bc_slice_compare(bc_slice((*left)->iri, (*left)->split),
                            bc_slice((*right)->iri, (*right)->split));
}

/* Prefixes for the predicates that the given ones do not name. */
static enum bc_status declare_missing(struct fmt_rdfxml_names *names,
                                      const struct bc_prefixes *given)
{
    struct fmt_rdfxml_name **missing =
        bc_alloc_array(names->count, sizeof(struct fmt_rdfxml_name *));
    size_t count = 0;
    unsigned number = 1;
    enum bc_status st = BC_OK;
    if (!missing)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < names->count; i++)
        if (!longest(&names->prefixes, &names->list[i]))
            missing[count++] = &names->list[i];
    if (count)
        qsort(missing, count, sizeof(struct fmt_rdfxml_name *), compare_spaces);
    for (size_t i = 0; !st && i < count; i++)
        if (!i || compare_spaces(&missing[i - 1], &missing[i]) != 0)
            st = declare_new(names, given, "ns", &number,
                             bc_slice(missing[i]->iri, missing[i]->split));
    bc_free(missing);
    return st;
}

static enum bc_status give_names(struct fmt_rdfxml_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct fmt_rdfxml_name *name = &names->list[i];
        name->prefix = longest(&names->prefixes, name) - 1;
        const struct bc_prefix *prefix = &names->prefixes.list[name->prefix];
        struct bc_buffer qname = {0};
        enum bc_status st =
            bc_buffer_printf(&qname, "%s%s%s", prefix->name, *prefix->name ? ":" : "",
                             name->iri + strlen(prefix->iri));
        if (!st)
            name->qname = bc_copy_string(qname.data, qname.size);
        bc_buffer_release(&qname);
        if (!name->qname)
            return BC_NO_MEMORY;
    }
    return BC_OK;
}

static void drop_unused(struct fmt_rdfxml_names *names)
{
    for (size_t i = names->prefixes.count; i--;) {
        struct bc_prefix *prefix = &names->prefixes.list[i];
        bool used = prefix->name == names->rdf;
        for (size_t j = 0; !used && j < names->count; j++)
            used = names->list[j].prefix == i;
        if (used)
            continue;
        (void)bc_prefixes_remove(&names->prefixes, slice_of(prefix->name));
        for (size_t j = 0; j < names->count; j++)
            names->list[j].prefix -= names->list[j].prefix > i;
    }
}

enum bc_status fmt_rdfxml_names_close(struct fmt_rdfxml_names *names,
                                      const struct bc_prefixes *given, bool used)
{
    enum bc_status st = declare_given(names, given);
    if (!st)
        st = declare_missing(names, given);
    if (!st) {
        names->rdf = find_rdf(names);
        st = give_names(names);
    }
    if (!st && used)
        drop_unused(names);
    return st;
}

void fmt_rdfxml_names_release(struct fmt_rdfxml_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        bc_free(names->list[i].iri);
        bc_free(names->list[i].qname);
    }
    bc_free(names->list);
    bc_free(names->slots);
    bc_prefixes_release(&names->prefixes);
    *names = (struct fmt_rdfxml_names){0};
}

/* Labels. */

static bool is_alphanumeric(char byte)
{
    return bc_is_letter(byte) || bc_is_digit(byte);
}

static bool is_plain(struct bc_slice label)
{
    if (!label.size || !(bc_is_letter(*label.data) || *label.data == '_') ||
        (label.size >= 2 && !memcmp(label.data, "x-", 2)))
        return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_alphanumeric(label.data[i]) && !strchr("_-.", label.data[i]))
            return false;
    return true;
}

enum bc_status fmt_rdfxml_put_node_id(struct bc_slice label, struct bc_buffer *to)
{
    if (is_plain(label))
        return bc_buffer_append(to, label.data, label.size);
    enum bc_status st = bc_buffer_append(to, "x-", 2);
    for (size_t i = 0; !st && i < label.size; i++)
        st = is_alphanumeric(label.data[i])
                 ? bc_buffer_append(to, &label.data[i], 1)
                 : bc_buffer_printf(to, "-%02X", (unsigned char)label.data[i]);
    return st;
}

static enum bc_status decode(struct bc_slice node_id, struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t i = 2; !st && i < node_id.size; i++) {
        char byte = node_id.data[i];
        if (byte == '-' && i + 2 < node_id.size && bc_hex_value(node_id.data[i + 1]) >= 0 &&
            bc_hex_value(node_id.data[i + 2]) >= 0) {
            byte =
                (char)(bc_hex_value(node_id.data[i + 1]) * 16 + bc_hex_value(node_id.data[i + 2]));
            i += 2;
        }
        st = bc_buffer_append(to, &byte, 1);
    }
    return st;
}

static bool is_label(struct bc_slice label)
{
    uint32_t code_point = 0;
    for (size_t at = 0, size; at < label.size; at += size) {
        size = bc_utf8_decode(label.data + at, label.size - at, &code_point);
        if (!size || !(at ? continues_name(code_point) : bc_label_start(code_point)))
            return false;
    }
    return label.size && code_point != '.';
}

/* Only what put_node_id writes is read back so: no two nodes of a text become one. */
enum bc_status fmt_rdfxml_label(struct bc_slice node_id, struct bc_buffer *to)
{
    struct bc_buffer label = {0};
    struct bc_buffer again = {0};
    bool written = node_id.size > 2 && !memcmp(node_id.data, "x-", 2);
    enum bc_status st = written ? decode(node_id, &label) : BC_OK;
    if (!st && written && is_label(bc_buffer_slice(&label)))
        st = fmt_rdfxml_put_node_id(bc_buffer_slice(&label), &again);
    struct bc_slice put = again.size && bc_slice_equal(bc_buffer_slice(&again), node_id)
                              ? bc_buffer_slice(&label)
                              : node_id;
    if (!st)
        st = bc_buffer_append(to, put.data, put.size);
    bc_buffer_release(&label);
    bc_buffer_release(&again);
    return st;
}
