#include "formats/anonymous.h"

#include "branchcore/ntriples.h"
#include "formats/blank_nodes.h"
#include "formats/former_nodes.h"

#include <stdlib.h>
#include <string.h>

#define RDF_REIFIES "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"

/* Indices are one more than what they are of, 0: none. */

/* A statement that waits. Its terms' texts lie one behind the other. */
struct statement {
    size_t at; /* in texts */
    uint32_t sizes[4];
    uint32_t subject; /* nodes */
    uint32_t object;
    uint32_t graph;
    uint32_t next; /* of the subject's */
};

/* That a statement mentions a node, as its object or within it. */
struct mention {
    uint32_t statement;
    uint32_t next; /* of the node's */
};

struct node {
    uint64_t content;
    uint64_t place;
    size_t label_at; /* in labels */
    uint32_t label_size;
    uint32_t statements;
    uint32_t mentions; /* the last one's index */
    uint32_t parent;   /* the first statement that mentions it */
    uint32_t pending;  /* mentions of others by its statements that have no content so far */
    bool reifier;
};

struct fmt_anonymous {
    struct bc_reading reading;
    struct fmt_former_nodes *former;
    struct fmt_label_table labels;
    struct bc_buffer line;
    struct bc_buffer mentioned;
    bool looked; /* at `before` */
    /* Of the nodes that are not settled. */
    struct bc_buffer texts;
    struct bc_buffer made; /* labels */
    struct node *nodes;
    size_t node_count;
    size_t node_room;
    struct statement *statements;
    size_t statement_count;
    size_t statement_room;
    struct mention *mentions;
    size_t mention_count;
    size_t mention_room;
    uint32_t *order; /* nodes, what is mentioned before what mentions it */
    uint32_t *group; /* nodes by their place */
    size_t order_room;
    struct fmt_said *said;
    size_t said_room;
};

enum bc_status fmt_anonymous_new(const struct bc_reading *reading, struct fmt_anonymous **anonymous)
{
    struct fmt_anonymous *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->reading = *reading;
    *anonymous = made;
    return BC_OK;
}

void fmt_anonymous_free(struct fmt_anonymous *a)
{
    if (!a)
        return;
    fmt_former_nodes_free(a->former);
    fmt_label_table_release(&a->labels);
    bc_buffer_release(&a->line);
    bc_buffer_release(&a->mentioned);
    bc_buffer_release(&a->texts);
    bc_buffer_release(&a->made);
    bc_free(a->nodes);
    bc_free(a->statements);
    bc_free(a->mentions);
    bc_free(a->order);
    bc_free(a->group);
    bc_free(a->said);
    bc_free(a);
}

/* Room for one more element. */
static enum bc_status reserve(void **list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return BC_OK;
    size_t more = *room ? 2 * *room : 16;
    void *grown = bc_realloc_array(*list, more, size);
    if (!grown)
        return BC_NO_MEMORY;
    *list = grown;
    *room = more;
    return BC_OK;
}

#define RESERVE(list, room, count) reserve((void **)&(list), &(room), (count), sizeof *(list))

static size_t waiting_bytes(const struct fmt_anonymous *a)
{
    return a->texts.size + a->node_count * sizeof *a->nodes +
           a->statement_count * sizeof *a->statements + a->mention_count * sizeof *a->mentions;
}

enum bc_status fmt_anonymous_begin(struct fmt_anonymous *a, uint64_t *node)
{
    if (waiting_bytes(a) > FMT_ANONYMOUS_MAX)
        return BC_TOO_LARGE;
    enum bc_status st = RESERVE(a->nodes, a->node_room, a->node_count);
    if (st)
        return st;
    a->nodes[a->node_count++] = (struct node){0};
    *node = a->node_count;
    return BC_OK;
}

enum bc_status fmt_anonymous_mention(struct fmt_anonymous *a, struct bc_slice label,
                                     struct bc_slice *term)
{
    bc_buffer_clear(&a->mentioned);
    enum bc_status st = bc_buffer_append(&a->mentioned, "_:", 2);
    if (!st)
        st = bc_buffer_append(&a->mentioned, label.data, label.size);
    return st ? st : fmt_label_table_mention(&a->labels, bc_buffer_slice(&a->mentioned), term);
}

void fmt_anonymous_reifier(struct fmt_anonymous *a, uint64_t node)
{
    if (node && node <= a->node_count)
        a->nodes[node - 1].reifier = true;
}

/* Nodes within triple terms. */

/* Behind the literal's closing quote. */
static size_t skip_literal(struct bc_slice term, size_t at)
{
    for (at++; at < term.size && term.data[at] != '"'; at++)
        if (term.data[at] == '\\')
            at++;
    return at + 1;
}

struct within {
    size_t start; /* "_:<N>" is [start, end) */
    size_t end;
    uint32_t node;
};

/* The next node without a label in a triple term, from `at` on. */
static bool find_within(struct bc_slice term, size_t at, struct within *found)
{
    while (at + 4 < term.size) {
        if (term.data[at] == '"') {
            at = skip_literal(term, at);
            continue;
        }
        if (memcmp(term.data + at, "_:<", 3) != 0) {
            at++;
            continue;
        }
        uint64_t node = 0;
        size_t end = at + 3;
        for (; end < term.size && term.data[end] != '>'; end++)
            node = node < UINT32_MAX ? 10 * node + (uint64_t)(term.data[end] - '0') : node;
        *found = (struct within){at, end + 1, node < UINT32_MAX ? (uint32_t)node : UINT32_MAX};
        return end < term.size;
    }
    return false;
}

static bool is_triple_term(struct bc_slice term)
{
    return term.size > 2 && term.data[0] == '<' && term.data[1] == '<';
}

/* Statements. */

enum { SUBJECT, PREDICATE, OBJECT, GRAPH, TERMS };

static struct bc_slice text_of(const struct fmt_anonymous *a, const struct statement *statement,
                               int term)
{
    size_t at = statement->at;
    for (int i = 0; i < term; i++)
        at += statement->sizes[i];
    return bc_slice(a->texts.data + at, statement->sizes[term]);
}

static struct bc_slice label_of(const struct fmt_anonymous *a, uint32_t node)
{
    const struct node *of = &a->nodes[node - 1];
    return bc_slice(a->made.data + of->label_at, of->label_size);
}

static enum bc_status append(struct fmt_anonymous *a, struct bc_slice text)
{
    return bc_buffer_append(&a->line, text.data, text.size);
}

static enum bc_status send(struct fmt_anonymous *a, bool quad)
{
    enum bc_status st = bc_buffer_append(&a->line, ".\n", 2);
    if (!st && a->line.size > BC_LINE_MAX)
        return BC_TOO_LARGE;
    return st ? st : a->reading.sink(a->reading.context, bc_buffer_slice(&a->line), quad);
}

/* No term is without a label. */
static enum bc_status pass_on(struct fmt_anonymous *a, const struct bc_slice *terms)
{
    struct bc_buffer *line = &a->line;
    size_t size = 2;
    for (int i = 0; i < TERMS; i++)
        size += terms[i].size + 1;
    if (size > BC_LINE_MAX)
        return BC_TOO_LARGE;
    bc_buffer_clear(line);
    enum bc_status st = bc_buffer_reserve(line, size);
    if (st)
        return st;
    char *to = line->data;
    for (int i = 0; i < TERMS; i++) {
        if (!terms[i].size)
            continue;
        memcpy(to, terms[i].data, terms[i].size);
        to += terms[i].size;
        *to++ = ' ';
    }
    line->size = (size_t)(to - line->data);
    return send(a, terms[GRAPH].size > 0);
}

static enum bc_status add_mention(struct fmt_anonymous *a, uint32_t node, uint32_t statement)
{
    if (node > a->node_count)
        return BC_INVALID;
    enum bc_status st = RESERVE(a->mentions, a->mention_room, a->mention_count);
    if (st)
        return st;
    struct node *mentioned = &a->nodes[node - 1];
    a->mentions[a->mention_count++] = (struct mention){statement, mentioned->mentions};
    mentioned->mentions = (uint32_t)a->mention_count;
    if (!mentioned->parent)
        mentioned->parent = statement;
    uint32_t subject = a->statements[statement - 1].subject;
    if (subject)
        a->nodes[subject - 1].pending++;
    return BC_OK;
}

static enum bc_status add_mentions(struct fmt_anonymous *a, uint32_t number)
{
    const struct statement *statement = &a->statements[number - 1];
    if (statement->object)
        return add_mention(a, statement->object, number);
    struct bc_slice object = text_of(a, statement, OBJECT);
    struct within found = {0};
    enum bc_status st = BC_OK;
    if (is_triple_term(object))
        while (!st && find_within(object, found.end, &found))
            st = found.node ? add_mention(a, found.node, number) : BC_INVALID;
    return st;
}

/* Keeps a statement until its nodes are settled. */
static enum bc_status wait_for_labels(struct fmt_anonymous *a, const struct bc_slice *terms,
                                      const uint64_t *nodes)
{
    size_t size = 0;
    for (int i = 0; i < TERMS; i++) {
        if (nodes[i] > a->node_count)
            return BC_INVALID;
        size += terms[i].size;
    }
    if (size > BC_LINE_MAX || waiting_bytes(a) + size > FMT_ANONYMOUS_MAX)
        return BC_TOO_LARGE;
    enum bc_status st = bc_buffer_reserve(&a->texts, size);
    if (!st)
        st = RESERVE(a->statements, a->statement_room, a->statement_count);
    if (st)
        return st;
    struct statement *statement = &a->statements[a->statement_count++];
    *statement = (struct statement){.at = a->texts.size,
                                    .subject = (uint32_t)nodes[SUBJECT],
                                    .object = (uint32_t)nodes[OBJECT],
                                    .graph = (uint32_t)nodes[GRAPH]};
    for (int i = 0; i < TERMS; i++) {
        statement->sizes[i] = (uint32_t)terms[i].size;
        if (terms[i].size)
            memcpy(a->texts.data + a->texts.size, terms[i].data, terms[i].size);
        a->texts.size += terms[i].size;
    }
    if (statement->subject) {
        struct node *subject = &a->nodes[statement->subject - 1];
        statement->next = subject->statements;
        subject->statements = (uint32_t)a->statement_count;
    }
    return add_mentions(a, (uint32_t)a->statement_count);
}

enum bc_status fmt_anonymous_statement(struct fmt_anonymous *a, const struct fmt_term *subject,
                                       struct bc_slice predicate, const struct fmt_term *object,
                                       const struct fmt_term *graph)
{
    struct bc_slice terms[] = {subject->text, predicate, object->text, graph->text};
    struct within ignored;
    if (!a->node_count ||
        (!(subject->node | object->node | graph->node) &&
         !(is_triple_term(object->text) && find_within(object->text, 0, &ignored))))
        return pass_on(a, terms);
    uint64_t nodes[] = {subject->node, 0, object->node, graph->node};
    return wait_for_labels(a, terms, nodes);
}

/* Contents, from what is mentioned up to what mentions it. */

/* Of a term that may have nodes within. */
static uint64_t hash_of_object(const struct fmt_anonymous *a, struct bc_slice object)
{
    if (!is_triple_term(object))
        return fmt_hash(object);
    struct within found = {0};
    uint64_t hash = 0;
    size_t at = 0;
    for (; find_within(object, at, &found); at = found.end) {
        hash = fmt_mix(hash, fmt_hash(bc_slice(object.data + at, found.start - at)));
        hash = fmt_mix(hash, fmt_nested_object(a->nodes[found.node - 1].content));
    }
    return at ? fmt_mix(hash, fmt_hash(bc_slice(object.data + at, object.size - at)))
              : fmt_hash(object);
}

static uint64_t object_hash(const struct fmt_anonymous *a, const struct statement *statement)
{
    return statement->object ? fmt_nested_object(a->nodes[statement->object - 1].content)
                             : hash_of_object(a, text_of(a, statement, OBJECT));
}

/* A graph without a name got its label before all else. */
static struct bc_slice graph_of(const struct fmt_anonymous *a, const struct statement *statement)
{
    return statement->graph ? label_of(a, statement->graph) : text_of(a, statement, GRAPH);
}

static enum bc_status make_content(struct fmt_anonymous *a, struct node *node)
{
    size_t count = 0;
    for (uint32_t i = node->statements; i; i = a->statements[i - 1].next) {
        const struct statement *statement = &a->statements[i - 1];
        enum bc_status st = RESERVE(a->said, a->said_room, count);
        if (st)
            return st;
        a->said[count++] =
            (struct fmt_said){fmt_said_hash(text_of(a, statement, PREDICATE),
                                            object_hash(a, statement), graph_of(a, statement)),
                              statement->object != 0};
    }
    node->content = fmt_content(a->said, count);
    return BC_OK;
}

static enum bc_status reserve_order(struct fmt_anonymous *a)
{
    if (a->order_room >= a->node_count)
        return BC_OK;
    size_t room = a->node_room;
    uint32_t *order = bc_realloc_array(a->order, room, sizeof *order);
    a->order = order ? order : a->order;
    uint32_t *group = order ? bc_realloc_array(a->group, room, sizeof *group) : NULL;
    a->group = group ? group : a->group;
    if (!group)
        return BC_NO_MEMORY;
    a->order_room = room;
    return BC_OK;
}

/* Fills order, and the contents. Each node is mentioned by one above it, so that all are reached;
 * where a caller made a circle nevertheless, its nodes come last, as they are. */
static enum bc_status make_contents(struct fmt_anonymous *a)
{
    enum bc_status st = reserve_order(a);
    size_t count = 0;
    for (size_t i = 0; !st && i < a->node_count; i++)
        if (!a->nodes[i].pending)
            a->order[count++] = (uint32_t)i + 1;
    for (size_t done = 0; !st && done < count; done++) {
        struct node *node = &a->nodes[a->order[done] - 1];
        st = make_content(a, node);
        for (uint32_t i = node->mentions; i; i = a->mentions[i - 1].next) {
            uint32_t above = a->statements[a->mentions[i - 1].statement - 1].subject;
            if (above && !--a->nodes[above - 1].pending)
                a->order[count++] = above;
        }
    }
    for (size_t i = 0; !st && i < a->node_count; i++)
        if (a->nodes[i].pending) {
            a->order[count++] = (uint32_t)i + 1;
            st = make_content(a, &a->nodes[i]);
        }
    return st;
}

/* Labels. */

static enum bc_status give(struct fmt_anonymous *a, struct node *node, struct bc_slice label)
{
    node->label_at = a->made.size;
    enum bc_status st = bc_buffer_append(&a->made, label.data, label.size);
    if (!st)
        st = fmt_label_table_take(&a->labels, label);
    if (!st)
        node->label_size = (uint32_t)label.size;
    return st;
}

/* Finds where the node is; false if what mentions it has no label so far. */
static bool find_place(struct fmt_anonymous *a, struct node *node)
{
    if (!node->parent || node->place)
        return true;
    const struct statement *above = &a->statements[node->parent - 1];
    if (above->subject && !a->nodes[above->subject - 1].label_size)
        return false;
    struct bc_slice parent =
        above->subject ? label_of(a, above->subject) : text_of(a, above, SUBJECT);
    node->place = fmt_blank_nodes_place(parent, text_of(a, above, PREDICATE), graph_of(a, above));
    return true;
}

/* Rule 1. */
static enum bc_status give_same(struct fmt_anonymous *a, struct node *node, bool elsewhere)
{
    struct bc_slice label = {0};
    if (find_place(a, node))
        label = fmt_former_nodes_same(a->former, &a->labels, node->content, node->place);
    if (!label.size && elsewhere && node->parent)
        label = fmt_former_nodes_only(a->former, &a->labels, node->content);
    return label.size ? give(a, node, label) : BC_OK;
}

static enum bc_status give_all_same(struct fmt_anonymous *a, bool elsewhere)
{
    enum bc_status st = BC_OK;
    for (size_t i = a->node_count; !st && i-- > 0;) {
        struct node *node = &a->nodes[a->order[i] - 1];
        if (!node->label_size)
            st = give_same(a, node, elsewhere);
    }
    return st;
}

static enum bc_status refuse(void *context, struct bc_slice label, bool *refused)
{
    const struct fmt_anonymous *a = context;
    *refused = fmt_former_nodes_left(a->former, label);
    if (*refused || !a->reading.added)
        return BC_OK;
    return fmt_former_nodes_known(a->former, label, refused);
}

/* The hash of what a reifier reifies. */
static bool find_reified(const struct fmt_anonymous *a, const struct node *node, uint64_t *hash)
{
    struct bc_slice reifies = bc_slice(RDF_REIFIES, sizeof RDF_REIFIES - 1);
    uint32_t i = node->reifier ? node->statements : 0;
    while (i && !bc_slice_equal(text_of(a, &a->statements[i - 1], PREDICATE), reifies))
        i = a->statements[i - 1].next;
    if (i)
        *hash = object_hash(a, &a->statements[i - 1]);
    return i != 0;
}

/* Rule 3. */
static enum bc_status make_label(struct fmt_anonymous *a, struct node *node)
{
    uint64_t number;
    bool reifier = find_reified(a, node, &number);
    if (!reifier)
        number = fmt_mix(node->place, node->content);
    node->label_at = a->made.size;
    enum bc_status st = fmt_label_table_make(&a->labels, number,
                                             a->former && !reifier ? refuse : NULL, a, &a->made);
    if (!st)
        node->label_size = (uint32_t)(a->made.size - node->label_at);
    return st;
}

/* Graphs without a name get labels by what is said in them, of terms that have labels. */
static enum bc_status name_graphs(struct fmt_anonymous *a)
{
    bool any = false;
    for (size_t i = 0; i < a->statement_count; i++) {
        const struct statement *statement = &a->statements[i];
        if (!statement->graph)
            continue;
        uint64_t said = fmt_hash(text_of(a, statement, SUBJECT));
        said = fmt_mix(said, fmt_hash(text_of(a, statement, PREDICATE)));
        said = fmt_mix(said, fmt_hash(text_of(a, statement, OBJECT)));
        /* In any order; 0 is left to those that are no graphs. */
        uint64_t *content = &a->nodes[statement->graph - 1].content;
        *content += said;
        *content += !*content;
        any = true;
    }
    enum bc_status st = BC_OK;
    for (size_t i = 0; any && !st && i < a->node_count; i++)
        if (a->nodes[i].content)
            st = make_label(a, &a->nodes[i]);
    return st;
}

/* Rules 1 and 2, for all nodes at one place, then rule 3. What mentions them has its label. */
static enum bc_status give_group(struct fmt_anonymous *a, const uint32_t *group, size_t count)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && a->former && i < count; i++) {
        struct node *node = &a->nodes[group[i] - 1];
        if (!node->label_size)
            st = give_same(a, node, false);
    }
    for (size_t i = 0; !st && a->former && !a->reading.added && i < count; i++) {
        struct node *node = &a->nodes[group[i] - 1];
        struct bc_slice label = {0};
        if (!node->label_size && node->parent)
            label = fmt_former_nodes_placed(a->former, &a->labels, node->place);
        if (label.size)
            st = give(a, node, label);
    }
    for (size_t i = 0; !st && i < count; i++) {
        struct node *node = &a->nodes[group[i] - 1];
        (void)find_place(a, node);
        if (!node->label_size)
            st = make_label(a, node);
    }
    return st;
}

static int compare_place(const struct fmt_anonymous *a, uint32_t x, uint32_t y)
{
    uint32_t p = a->nodes[x - 1].parent;
    uint32_t q = a->nodes[y - 1].parent;
    if (!p || !q)
        return (p != 0) - (q != 0);
    const struct statement *s = &a->statements[p - 1];
    const struct statement *t = &a->statements[q - 1];
    if (s->subject != t->subject)
        return s->subject < t->subject ? -1 : 1;
    int order = s->subject ? 0 : bc_slice_compare(text_of(a, s, SUBJECT), text_of(a, t, SUBJECT));
    return order ? order : bc_slice_compare(text_of(a, s, PREDICATE), text_of(a, t, PREDICATE));
}

static int compare_in_group(const void *x, const void *y, void *context)
{
    uint32_t i = *(const uint32_t *)x;
    uint32_t j = *(const uint32_t *)y;
    int order = compare_place(context, i, j);
    return order ? order : (i > j) - (i < j);
}

/* Parents come before what they mention; those of one place are treated as soon as the first of
 * them is reached. */
static enum bc_status give_all(struct fmt_anonymous *a)
{
    for (size_t i = 0; i < a->node_count; i++)
        a->group[i] = (uint32_t)i + 1;
    if (a->node_count > 1)
        qsort_r(a->group, a->node_count, sizeof *a->group, compare_in_group, a);
    /* pending, which is used up, says where in group a node is. */
    for (size_t i = 0; i < a->node_count; i++)
        a->nodes[a->group[i] - 1].pending = (uint32_t)i;
    enum bc_status st = BC_OK;
    for (size_t i = a->node_count; !st && i-- > 0;) {
        const struct node *node = &a->nodes[a->order[i] - 1];
        if (node->label_size)
            continue;
        size_t first = node->pending;
        size_t end = first + 1;
        while (first && !compare_place(a, a->group[first - 1], a->order[i]))
            first--;
        while (end < a->node_count && !compare_place(a, a->group[end], a->order[i]))
            end++;
        st = give_group(a, a->group + first, end - first);
    }
    return st;
}

/* What waited. */

static enum bc_status append_object(struct fmt_anonymous *a, struct bc_slice object)
{
    struct within found;
    size_t at = 0;
    enum bc_status st = BC_OK;
    if (is_triple_term(object))
        for (; !st && find_within(object, at, &found); at = found.end) {
            st = append(a, bc_slice(object.data + at, found.start - at));
            if (!st)
                st = append(a, label_of(a, found.node));
        }
    return st ? st : append(a, bc_slice(object.data + at, object.size - at));
}

static enum bc_status append_term(struct fmt_anonymous *a, struct bc_slice text, uint32_t node)
{
    if (!node && !text.size)
        return BC_OK;
    enum bc_status st = node ? append(a, label_of(a, node)) : append_object(a, text);
    return st ? st : bc_buffer_append(&a->line, " ", 1);
}

static enum bc_status send_statement(struct fmt_anonymous *a, const struct statement *statement)
{
    const uint32_t nodes[] = {statement->subject, 0, statement->object, statement->graph};
    enum bc_status st = BC_OK;
    bc_buffer_clear(&a->line);
    for (int i = 0; !st && i < TERMS; i++)
        st = append_term(a, text_of(a, statement, i), nodes[i]);
    return st ? st : send(a, statement->graph || statement->sizes[GRAPH]);
}

static enum bc_status look_at_before(struct fmt_anonymous *a)
{
    if (a->looked || !a->reading.before)
        return BC_OK;
    a->looked = true;
    return fmt_former_nodes_new(a->reading.before, a->reading.compute, &a->former);
}

enum bc_status fmt_anonymous_settle(struct fmt_anonymous *a)
{
    if (!a->node_count)
        return BC_OK;
    enum bc_status st = look_at_before(a);
    if (!st)
        st = name_graphs(a);
    if (!st)
        st = make_contents(a);
    if (!st && a->former)
        st = give_all_same(a, false);
    if (!st && a->former)
        st = give_all_same(a, true);
    if (!st)
        st = give_all(a);
    for (size_t i = 0; !st && i < a->statement_count; i++)
        st = send_statement(a, &a->statements[i]);
    a->node_count = 0;
    a->statement_count = 0;
    a->mention_count = 0;
    bc_buffer_clear(&a->texts);
    bc_buffer_clear(&a->made);
    return st;
}
