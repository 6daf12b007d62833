#include "formats/blank_nodes.h"

#include "branchcore/compute.h"

#include <string.h>

#define RDF       "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDF_FIRST "<" RDF "first>"
#define RDF_REST  "<" RDF "rest>"
#define RDF_NIL   "<" RDF "nil>"

enum { SPLIT_ROOM = 512 };

/* Numbers are one more than what they are of, 0: none. Places are in lines. */
struct node {
    uint64_t place; /* of the first statement that mentions it */
    uint32_t at;    /* what is said of it, its label in front */
    uint32_t size;
    uint32_t label_size;
    uint32_t graph; /* of its first statement */
    uint32_t graph_size;
    uint32_t parent;  /* of the first that mentions it; 0: an IRI */
    uint32_t pending; /* nested nodes that its statements mention and that have no turn so far */
    uint8_t mentions; /* 2: more than one */
    bool labelled;    /* needs its label for another reason */
    bool list;
    uint8_t walk; /* while cycles are looked for: enum walk */
};

enum walk { UNSEEN, ON_THE_WAY, SEEN };

struct fmt_blank_nodes {
    const struct bc_compute *compute;
    struct bc_buffer lines; /* those with a blank subject */
    struct node *nodes;
    uint32_t count;
    size_t room;
    uint32_t *slots; /* numbers by their labels' hashes, open */
    size_t slot_count;
    uint32_t *order; /* numbers, what is mentioned before what mentions it */
    bool held;
};

static struct bc_slice label_of(const struct fmt_blank_nodes *nodes, const struct node *node)
{
    return bc_slice(nodes->lines.data + node->at, node->label_size);
}

static struct bc_slice graph_of(const struct fmt_blank_nodes *nodes, const struct node *node)
{
    return bc_slice(nodes->lines.data + node->graph, node->graph_size);
}

static bool is_blank(struct bc_slice term)
{
    return term.size > 2 && term.data[0] == '_';
}

static bool is_nested(const struct node *node)
{
    return node->mentions == 1 && !node->labelled;
}

/* Where the number of the label is, or belongs. */
static uint32_t *slot_of(const struct fmt_blank_nodes *nodes, struct bc_slice label)
{
    size_t at = (size_t)fmt_hash(label) & (nodes->slot_count - 1);
    while (nodes->slots[at] &&
           !bc_slice_equal(label_of(nodes, &nodes->nodes[nodes->slots[at] - 1]), label))
        at = (at + 1) & (nodes->slot_count - 1);
    return &nodes->slots[at];
}

static struct node *find(const struct fmt_blank_nodes *nodes, struct bc_slice label)
{
    uint32_t number = fmt_blank_nodes_number(nodes, label);
    return number ? &nodes->nodes[number - 1] : NULL;
}

/* Reading the lines with a blank subject. */

/* One statement, as terms in memory of the caller's. */
struct terms {
    struct bc_slice subject;
    struct bc_slice predicate;
    struct bc_slice object;
    struct bc_slice graph;
};

typedef enum bc_status (*terms_sink)(struct fmt_blank_nodes *nodes, const struct terms *terms);

static enum bc_status split_lines(struct fmt_blank_nodes *nodes, struct bc_slice lines,
                                  terms_sink sink)
{
    struct bc_spans spans[SPLIT_ROOM];
    while (lines.size) {
        size_t used;
        size_t count =
            nodes->compute->split(nodes->compute, lines, BC_NQUADS, spans, SPLIT_ROOM, &used);
        if (!count)
            return BC_CORRUPT;
        for (size_t i = 0; i < count; i++) {
            struct terms terms = {bc_spans_term(lines.data, &spans[i], BC_SUBJECT),
                                  bc_spans_term(lines.data, &spans[i], BC_PREDICATE),
                                  bc_spans_term(lines.data, &spans[i], BC_OBJECT),
                                  bc_spans_term(lines.data, &spans[i], BC_GRAPH)};
            enum bc_status st = sink(nodes, &terms);
            if (st)
                return st;
        }
        lines = bc_slice(lines.data + used, lines.size - used);
    }
    return BC_OK;
}

static enum bc_status grow(struct fmt_blank_nodes *nodes)
{
    if (nodes->count < nodes->room)
        return BC_OK;
    size_t room = nodes->room ? 2 * nodes->room : 64;
    struct node *grown = bc_realloc_array(nodes->nodes, room, sizeof *grown);
    if (!grown)
        return BC_NO_MEMORY;
    nodes->nodes = grown;
    nodes->room = room;
    return BC_OK;
}

static uint32_t place_in_lines(const struct fmt_blank_nodes *nodes, const char *at)
{
    return (uint32_t)(at - nodes->lines.data);
}

static enum bc_status add_subject(struct fmt_blank_nodes *nodes, const struct terms *terms)
{
    struct node *last = nodes->count ? &nodes->nodes[nodes->count - 1] : NULL;
    uint32_t at = place_in_lines(nodes, terms->subject.data);
    if (last)
        last->size = at - last->at;
    if (last && bc_slice_equal(label_of(nodes, last), terms->subject)) {
        last->labelled |= !bc_slice_equal(graph_of(nodes, last), terms->graph);
        return BC_OK;
    }
    enum bc_status st = grow(nodes);
    if (st)
        return st;
    nodes->nodes[nodes->count++] =
        (struct node){.at = at,
                      .label_size = (uint32_t)terms->subject.size,
                      .graph = terms->graph.size ? place_in_lines(nodes, terms->graph.data) : at,
                      .graph_size = (uint32_t)terms->graph.size};
    return BC_OK;
}

static enum bc_status add_subjects(struct fmt_blank_nodes *nodes)
{
    enum bc_status st = split_lines(nodes, bc_buffer_slice(&nodes->lines), add_subject);
    if (st || !nodes->count)
        return st;
    struct node *last = &nodes->nodes[nodes->count - 1];
    last->size = (uint32_t)nodes->lines.size - last->at;
    for (nodes->slot_count = 64; nodes->slot_count / 2 < nodes->count;)
        nodes->slot_count *= 2;
    nodes->slots = bc_alloc_zero(nodes->slot_count * sizeof *nodes->slots);
    if (!nodes->slots)
        return BC_NO_MEMORY;
    for (uint32_t i = 0; i < nodes->count; i++)
        *slot_of(nodes, label_of(nodes, &nodes->nodes[i])) = i + 1;
    return BC_OK;
}

/* Reading what mentions them. */

static void keep_label(struct fmt_blank_nodes *nodes, struct bc_slice term)
{
    struct node *node = is_blank(term) ? find(nodes, term) : NULL;
    if (node)
        node->labelled = true;
}

/* Labels within a triple term; each is followed by a space. */
static void keep_labels_within(struct fmt_blank_nodes *nodes, struct bc_slice term)
{
    for (size_t at = 0; at + 2 < term.size; at++) {
        if (term.data[at] == '"') {
            for (at++; at < term.size && term.data[at] != '"'; at++)
                at += term.data[at] == '\\';
        } else if (term.data[at] == ' ' && term.data[at + 1] == '_') {
            const char *label = term.data + at + 1;
            const char *end = memchr(label, ' ', term.size - at - 1);
            if (!end)
                return;
            keep_label(nodes, bc_slice(label, (size_t)(end - label)));
            at += (size_t)(end - label);
        }
    }
}

static enum bc_status add_mention(struct fmt_blank_nodes *nodes, const struct terms *terms)
{
    keep_label(nodes, terms->graph);
    if (*terms->object.data == '<' && terms->object.data[1] == '<')
        keep_labels_within(nodes, terms->object);
    struct node *node = is_blank(terms->object) ? find(nodes, terms->object) : NULL;
    if (!node)
        return BC_OK;
    if (node->mentions++) {
        node->mentions = 2;
        return BC_OK;
    }
    node->place = fmt_blank_nodes_place(terms->subject, terms->predicate, terms->graph);
    node->parent = is_blank(terms->subject) ? fmt_blank_nodes_number(nodes, terms->subject) : 0;
    node->labelled |= !bc_slice_equal(graph_of(nodes, node), terms->graph);
    return BC_OK;
}

/* Lines whose subject is an IRI: of interest only where a term begins with "_:". */
static enum bc_status find_mentions(struct fmt_blank_nodes *nodes, struct bc_slice lines)
{
    struct bc_slice needle = bc_slice(" _:", 3);
    for (size_t from = 0;;) {
        size_t at = nodes->compute->find(nodes->compute, lines, needle, from);
        if (at >= lines.size)
            return BC_OK;
        const char *before = memrchr(lines.data + from, '\n', at - from);
        const char *start = before ? before + 1 : lines.data + from;
        const char *end = memchr(lines.data + at, '\n', lines.size - at);
        struct bc_statement statement;
        if (!end || bc_statement_split(bc_slice(start, (size_t)(end - start)), &statement))
            return BC_CORRUPT;
        struct terms terms = {statement.subject, statement.predicate, statement.object,
                              statement.graph};
        (void)add_mention(nodes, &terms);
        from = (size_t)(end + 1 - lines.data);
    }
}

/* size: bytes of the lines with an IRI as subject. */
static enum bc_status add_mentions(struct fmt_blank_nodes *nodes, struct bc_text *text,
                                   uint64_t size)
{
    struct bc_text_cursor *cursor;
    enum bc_status st = bc_text_cursor_new(text, &cursor);
    if (st)
        return st;
    while (!st && size) {
        struct bc_slice lines;
        st = bc_text_cursor_lines(cursor, &lines);
        if (st)
            break;
        if (lines.size > size)
            lines.size = (size_t)size;
        size -= lines.size;
        st = find_mentions(nodes, lines);
    }
    bc_text_cursor_free(cursor);
    if (!st)
        st = split_lines(nodes, bc_buffer_slice(&nodes->lines), add_mention);
    return st == BC_NO_DATA ? BC_CORRUPT : st;
}

/* What follows from the mentions. */

static struct node *parent_of(const struct fmt_blank_nodes *nodes, const struct node *node)
{
    return is_nested(node) && node->parent ? &nodes->nodes[node->parent - 1] : NULL;
}

static void label_cycle(struct fmt_blank_nodes *nodes, struct node *node)
{
    while (node && !node->labelled) {
        struct node *parent = parent_of(nodes, node);
        node->labelled = true;
        node = parent;
    }
}

/* Follows the mentions up from each node, until what was seen, or the end, or the way itself. */
static void label_cycles(struct fmt_blank_nodes *nodes)
{
    for (uint32_t i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->nodes[i];
        while (node && node->walk == UNSEEN) {
            node->walk = ON_THE_WAY;
            node = parent_of(nodes, node);
        }
        struct node *met = node && node->walk == ON_THE_WAY ? node : NULL;
        for (node = &nodes->nodes[i]; node && node->walk == ON_THE_WAY;
             node = parent_of(nodes, node))
            node->walk = SEEN;
        if (met)
            label_cycle(nodes, met);
    }
}

static bool has_predicate(struct bc_slice lines, size_t label_size, const char *predicate,
                          size_t size)
{
    return lines.size > label_size + size + 2 &&
           !memcmp(lines.data + label_size + 1, predicate, size) &&
           lines.data[label_size + 1 + size] == ' ';
}

static struct bc_slice lines_of(const struct fmt_blank_nodes *nodes, const struct node *node)
{
    return bc_slice(nodes->lines.data + node->at, node->size);
}

/* The object of one line of the node's. */
static struct bc_slice object_of(const struct node *node, const char *line, const char *end,
                                 size_t predicate_size)
{
    const char *object = line + node->label_size + predicate_size + 2;
    size_t behind = 2 + (node->graph_size ? node->graph_size + 1 : 0);
    return bc_slice(object, (size_t)(end - object) - behind);
}

/* Whether the node has the two statements of a cell, sorted as they are. */
static bool cell_of(const struct fmt_blank_nodes *nodes, const struct node *node,
                    struct bc_slice *first, struct bc_slice *rest)
{
    struct bc_slice lines = lines_of(nodes, node);
    if (!is_nested(node) ||
        !has_predicate(lines, node->label_size, RDF_FIRST, sizeof RDF_FIRST - 1))
        return false;
    const char *end = memchr(lines.data, '\n', lines.size);
    struct bc_slice second = bc_slice(end + 1, lines.size - (size_t)(end + 1 - lines.data));
    if (!has_predicate(second, node->label_size, RDF_REST, sizeof RDF_REST - 1) ||
        memchr(second.data, '\n', second.size) != second.data + second.size - 1)
        return false;
    *first = object_of(node, lines.data, end, sizeof RDF_FIRST - 1);
    *rest = object_of(node, second.data, second.data + second.size - 1, sizeof RDF_REST - 1);
    return true;
}

static bool ends_a_list(const struct fmt_blank_nodes *nodes, struct bc_slice rest)
{
    if (bc_slice_equal(rest, bc_slice(RDF_NIL, sizeof RDF_NIL - 1)))
        return true;
    const struct node *node = is_blank(rest) ? find(nodes, rest) : NULL;
    return node && is_nested(node) && node->list;
}

/* Fills order, and finds the lists. There is no cycle of nested nodes any more. */
static enum bc_status put_in_order(struct fmt_blank_nodes *nodes)
{
    nodes->order = bc_alloc_array(nodes->count, sizeof *nodes->order);
    if (!nodes->order)
        return BC_NO_MEMORY;
    for (uint32_t i = 0; i < nodes->count; i++) {
        struct node *parent = parent_of(nodes, &nodes->nodes[i]);
        if (parent)
            parent->pending++;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < nodes->count; i++)
        if (!nodes->nodes[i].pending)
            nodes->order[count++] = i + 1;
    for (uint32_t done = 0; done < count; done++) {
        struct node *node = &nodes->nodes[nodes->order[done] - 1];
        struct node *parent = parent_of(nodes, node);
        struct bc_slice first;
        struct bc_slice rest;
        node->list = cell_of(nodes, node, &first, &rest) && ends_a_list(nodes, rest);
        if (parent && !--parent->pending)
            nodes->order[count++] = node->parent;
    }
    return BC_OK;
}

/* *size: bytes of the lines before. */
static enum bc_status read_blank_subjects(struct fmt_blank_nodes *nodes, struct bc_text *text,
                                          uint64_t *size)
{
    struct bc_text_cursor *cursor;
    enum bc_status st = bc_text_cursor_new(text, &cursor);
    if (st)
        return st;
    st = bc_text_cursor_seek(cursor, bc_slice("_:", 2));
    *size = st ? 0 : bc_text_cursor_offset(cursor);
    nodes->held = !st && bc_text_bytes(text) - *size <= FMT_NESTED_MAX;
    if (nodes->held)
        st = bc_buffer_reserve(&nodes->lines, (size_t)(bc_text_bytes(text) - *size));
    while (!st && nodes->held) {
        struct bc_slice lines;
        st = bc_text_cursor_lines(cursor, &lines);
        if (!st)
            st = bc_buffer_append(&nodes->lines, lines.data, lines.size);
    }
    bc_text_cursor_free(cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status read_set(struct fmt_blank_nodes *nodes, struct bc_text *text)
{
    uint64_t size;
    enum bc_status st = read_blank_subjects(nodes, text, &size);
    if (!st)
        st = add_subjects(nodes);
    if (st || !nodes->count)
        return st;
    st = add_mentions(nodes, text, size);
    if (st)
        return st;
    label_cycles(nodes);
    return put_in_order(nodes);
}

enum bc_status fmt_blank_nodes_new(struct bc_text *text, const struct bc_compute *compute,
                                   struct fmt_blank_nodes **nodes)
{
    struct fmt_blank_nodes *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->compute = compute ? compute : bc_scalar_engine();
    enum bc_status st = read_set(made, text);
    if (st)
        fmt_blank_nodes_free(made);
    else
        *nodes = made;
    return st;
}

void fmt_blank_nodes_free(struct fmt_blank_nodes *nodes)
{
    if (!nodes)
        return;
    bc_buffer_release(&nodes->lines);
    bc_free(nodes->nodes);
    bc_free(nodes->slots);
    bc_free(nodes->order);
    bc_free(nodes);
}

/* Questions. */

uint32_t fmt_blank_nodes_count(const struct fmt_blank_nodes *nodes)
{
    return nodes->count;
}

bool fmt_blank_nodes_held(const struct fmt_blank_nodes *nodes)
{
    return nodes->held;
}

uint32_t fmt_blank_nodes_number(const struct fmt_blank_nodes *nodes, struct bc_slice node)
{
    return nodes->slot_count ? *slot_of(nodes, node) : 0;
}

bool fmt_blank_nodes_nested(const struct fmt_blank_nodes *nodes, struct bc_slice node)
{
    const struct node *found = find(nodes, node);
    return found && is_nested(found);
}

struct bc_slice fmt_blank_nodes_lines(const struct fmt_blank_nodes *nodes, struct bc_slice node)
{
    const struct node *found = find(nodes, node);
    return found && is_nested(found) ? lines_of(nodes, found) : bc_slice("", 0);
}

bool fmt_blank_nodes_cell(const struct fmt_blank_nodes *nodes, struct bc_slice node,
                          struct bc_slice *first, struct bc_slice *rest)
{
    const struct node *found = find(nodes, node);
    return found && found->list && cell_of(nodes, found, first, rest);
}

enum bc_status fmt_blank_nodes_each(const struct fmt_blank_nodes *nodes,
                                    enum bc_status (*sink)(void *context,
                                                           const struct fmt_unlabelled *node),
                                    void *context)
{
    enum bc_status st = BC_OK;
    for (uint32_t i = 0; !st && i < nodes->count; i++) {
        const struct node *node = &nodes->nodes[nodes->order[i] - 1];
        if (node->labelled || node->mentions > 1)
            continue;
        struct fmt_unlabelled unlabelled = {nodes->order[i], label_of(nodes, node),
                                            lines_of(nodes, node), node->place};
        st = sink(context, &unlabelled);
    }
    return st;
}
