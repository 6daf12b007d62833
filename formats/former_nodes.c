#include "formats/former_nodes.h"

#include "branchcore/ntriples.h"
#include "formats/blank_nodes.h"

#include <stdlib.h>
#include <string.h>

/* Numbers are one more than what they are of, 0: none. */

enum chain { BY_CONTENT, BY_CONTENT_AND_PLACE, BY_PLACE, CHAINS };

struct candidate {
    uint64_t content;
    uint64_t place;
    struct bc_slice label;
    uint32_t next[CHAINS];
    bool taken;
};

struct fmt_former_nodes {
    struct fmt_blank_nodes *set;
    struct bc_text_cursor *cursor; /* of the set, if it is not held in memory */
    struct candidate *candidates;  /* by their numbers in the set, less 1 */
    uint32_t *heads[CHAINS];
    size_t head_count; /* a power of two, of each */
    struct fmt_said *said;
    size_t said_room;
};

static int compare_said(const void *a, const void *b)
{
    const struct fmt_said *x = a;
    const struct fmt_said *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

uint64_t fmt_content(struct fmt_said *said, size_t count)
{
    if (count > 1)
        qsort(said, count, sizeof *said, compare_said);
    uint64_t content = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || said[i].hash != said[i - 1].hash || said[i].nested)
            content = fmt_mix(content, said[i].hash);
    return content;
}

/* Building. */

static enum bc_status add_said(struct fmt_former_nodes *nodes, size_t at, struct bc_slice line)
{
    struct bc_statement statement;
    if (bc_statement_split(line, &statement))
        return BC_CORRUPT;
    if (at == nodes->said_room) {
        size_t room = at ? 2 * at : 16;
        struct fmt_said *said = bc_realloc_array(nodes->said, room, sizeof *said);
        if (!said)
            return BC_NO_MEMORY;
        nodes->said = said;
        nodes->said_room = room;
    }
    bool nested =
        *statement.object.data == '_' && fmt_blank_nodes_nested(nodes->set, statement.object);
    uint64_t object =
        nested ? fmt_nested_object(
                     nodes->candidates[fmt_blank_nodes_number(nodes->set, statement.object) - 1]
                         .content)
               : fmt_hash(statement.object);
    nodes->said[at] =
        (struct fmt_said){fmt_said_hash(statement.predicate, object, statement.graph), nested};
    return BC_OK;
}

static uint64_t key_of(const struct candidate *candidate, enum chain chain)
{
    switch (chain) {
    case BY_CONTENT:
        return candidate->content;
    case BY_PLACE:
        return candidate->place;
    default:
        return fmt_mix(candidate->content, candidate->place);
    }
}

static uint32_t *head_of(const struct fmt_former_nodes *nodes, enum chain chain, uint64_t key)
{
    return &nodes->heads[chain][(size_t)key & (nodes->head_count - 1)];
}

static enum bc_status add_candidate(void *context, const struct fmt_unlabelled *node)
{
    struct fmt_former_nodes *nodes = context;
    size_t count = 0;
    for (struct bc_slice lines = node->lines; lines.size; count++) {
        const char *end = memchr(lines.data, '\n', lines.size);
        size_t size = (size_t)(end + 1 - lines.data);
        enum bc_status st = add_said(nodes, count, bc_slice(lines.data, size));
        if (st)
            return st;
        lines = bc_slice(lines.data + size, lines.size - size);
    }
    struct candidate *candidate = &nodes->candidates[node->number - 1];
    candidate->content = fmt_content(nodes->said, count);
    candidate->place = node->place;
    candidate->label = node->label;
    return BC_OK;
}

/* So that what is first in the set is first in its chain. */
static void link_candidates(struct fmt_former_nodes *nodes)
{
    for (uint32_t i = fmt_blank_nodes_count(nodes->set); i-- > 0;) {
        struct candidate *candidate = &nodes->candidates[i];
        for (int chain = 0; candidate->label.size && chain < CHAINS; chain++) {
            if (!candidate->place && chain != BY_CONTENT_AND_PLACE)
                continue;
            uint32_t *head = head_of(nodes, chain, key_of(candidate, chain));
            candidate->next[chain] = *head;
            *head = i + 1;
        }
    }
}

static enum bc_status find_candidates(struct fmt_former_nodes *nodes)
{
    uint32_t count = fmt_blank_nodes_count(nodes->set);
    if (!count)
        return BC_OK;
    nodes->candidates = bc_alloc_zero(count * sizeof *nodes->candidates);
    enum bc_status st =
        nodes->candidates ? fmt_blank_nodes_each(nodes->set, add_candidate, nodes) : BC_NO_MEMORY;
    size_t heads = 64;
    while (heads < count)
        heads *= 2;
    for (int chain = 0; !st && chain < CHAINS; chain++) {
        nodes->heads[chain] = bc_alloc_zero(heads * sizeof *nodes->heads[chain]);
        st = nodes->heads[chain] ? BC_OK : BC_NO_MEMORY;
    }
    if (st)
        return st;
    nodes->head_count = heads;
    link_candidates(nodes);
    return BC_OK;
}

enum bc_status fmt_former_nodes_new(struct bc_text *before, const struct bc_compute *compute,
                                    struct fmt_former_nodes **nodes)
{
    struct fmt_former_nodes *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    enum bc_status st = fmt_blank_nodes_new(before, compute, &made->set);
    if (!st && !fmt_blank_nodes_held(made->set))
        st = bc_text_cursor_new(before, &made->cursor);
    if (!st)
        st = find_candidates(made);
    bc_free(made->said);
    made->said = NULL;
    if (st)
        fmt_former_nodes_free(made);
    else
        *nodes = made;
    return st;
}

void fmt_former_nodes_free(struct fmt_former_nodes *nodes)
{
    if (!nodes)
        return;
    for (int chain = 0; chain < CHAINS; chain++)
        bc_free(nodes->heads[chain]);
    bc_free(nodes->candidates);
    bc_text_cursor_free(nodes->cursor);
    fmt_blank_nodes_free(nodes->set);
    bc_free(nodes);
}

/* Finding. */

/* The link to the next one of the chain, from this link on, that has the key and can be taken.
 * Those that cannot, now or ever, leave the chain. */
static uint32_t *find_link(struct fmt_former_nodes *nodes, const struct fmt_label_table *labels,
                           enum chain chain, uint64_t key, uint32_t *link)
{
    while (*link) {
        struct candidate *candidate = &nodes->candidates[*link - 1];
        if (!candidate->taken && key_of(candidate, chain) == key)
            candidate->taken = !fmt_label_table_free(labels, candidate->label);
        if (candidate->taken)
            *link = candidate->next[chain];
        else if (key_of(candidate, chain) == key)
            return link;
        else
            link = &candidate->next[chain];
    }
    return NULL;
}

static struct bc_slice take(struct fmt_former_nodes *nodes, enum chain chain, uint32_t *link)
{
    struct candidate *candidate = &nodes->candidates[*link - 1];
    *link = candidate->next[chain];
    candidate->taken = true;
    return candidate->label;
}

static struct bc_slice take_first(struct fmt_former_nodes *nodes,
                                  const struct fmt_label_table *labels, enum chain chain,
                                  uint64_t key)
{
    if (!nodes->head_count)
        return bc_slice("", 0);
    uint32_t *link = find_link(nodes, labels, chain, key, head_of(nodes, chain, key));
    return link ? take(nodes, chain, link) : bc_slice("", 0);
}

struct bc_slice fmt_former_nodes_same(struct fmt_former_nodes *nodes,
                                      const struct fmt_label_table *labels, uint64_t content,
                                      uint64_t place)
{
    return take_first(nodes, labels, BY_CONTENT_AND_PLACE, fmt_mix(content, place));
}

struct bc_slice fmt_former_nodes_placed(struct fmt_former_nodes *nodes,
                                        const struct fmt_label_table *labels, uint64_t place)
{
    return take_first(nodes, labels, BY_PLACE, place);
}

struct bc_slice fmt_former_nodes_only(struct fmt_former_nodes *nodes,
                                      const struct fmt_label_table *labels, uint64_t content)
{
    if (!nodes->head_count)
        return bc_slice("", 0);
    uint32_t *link =
        find_link(nodes, labels, BY_CONTENT, content, head_of(nodes, BY_CONTENT, content));
    if (!link || find_link(nodes, labels, BY_CONTENT, content,
                           &nodes->candidates[*link - 1].next[BY_CONTENT]))
        return bc_slice("", 0);
    return take(nodes, BY_CONTENT, link);
}

bool fmt_former_nodes_left(const struct fmt_former_nodes *nodes, struct bc_slice label)
{
    uint32_t number = fmt_blank_nodes_number(nodes->set, label);
    return number && nodes->candidates[number - 1].label.size &&
           !nodes->candidates[number - 1].taken;
}

enum bc_status fmt_former_nodes_known(struct fmt_former_nodes *nodes, struct bc_slice label,
                                      bool *known)
{
    *known = fmt_blank_nodes_number(nodes->set, label) != 0;
    if (!nodes->cursor)
        return BC_OK;
    struct bc_slice line = {0};
    enum bc_status st = bc_text_cursor_seek(nodes->cursor, label);
    if (!st)
        st = bc_text_cursor_next(nodes->cursor, &line);
    if (st == BC_NO_DATA)
        return BC_OK;
    *known = line.size > label.size && !memcmp(line.data, label.data, label.size) &&
             line.data[label.size] == ' ';
    return st;
}
