#include "tests/isomorphism.h"

#include "branchcore/ntriples.h"
#include "branchcore/triple_term.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES_MAX = 512, LINES_MAX = 4096, PARTS_MAX = 64 };

/* A statement as its terms, each the number of a blank node or the hash of its text. */
struct line {
    size_t count;
    uint64_t parts[PARTS_MAX];
    size_t nodes[PARTS_MAX]; /* from 1; 0: no node */
};

struct graph {
    size_t lines_count;
    struct line lines[LINES_MAX];
    size_t nodes_count;
    struct bc_slice labels[NODES_MAX];
    uint64_t colours[NODES_MAX];
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(struct bc_slice text)
{
    uint64_t hash = text.size;
    for (size_t i = 0; i < text.size; i++)
        hash = mix(hash, (unsigned char)text.data[i]);
    return hash;
}

static size_t node_of(struct graph *graph, struct bc_slice label)
{
    size_t at = 0;
    while (at < graph->nodes_count && !bc_slice_equal(graph->labels[at], label))
        at++;
    if (at == graph->nodes_count) {
        assert(at < NODES_MAX);
        graph->labels[graph->nodes_count++] = label;
    }
    return at + 1;
}

static void add_part(struct graph *graph, struct line *line, struct bc_slice text, uint64_t place)
{
    assert(line->count < PARTS_MAX);
    bool blank = text.size > 2 && text.data[0] == '_' && text.data[1] == ':';
    line->nodes[line->count] = blank ? node_of(graph, text) : 0;
    line->parts[line->count++] = mix(place, blank ? 0 : hash_of(text));
}

static void add_term(struct graph *graph, struct line *line, struct bc_slice term, uint64_t place)
{
    struct bc_slice part;
    add_part(graph, line, bc_slice("", 0), mix(place, bc_is_triple_term(term)));
    while (bc_term_part(&term, &part))
        add_part(graph, line, part, place);
}

static struct graph *graph_of(struct bc_slice text)
{
    struct graph *graph = calloc(1, sizeof *graph);
    assert(graph);
    const char *at = text.size ? text.data : "";
    const char *end = at + text.size;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        struct bc_statement statement;
        assert(feed && graph->lines_count < LINES_MAX);
        enum bc_status st = bc_statement_split(bc_slice(at, (size_t)(feed + 1 - at)), &statement);
        if (st) {
            fprintf(stderr, "not canonical: %.*s\n", (int)(feed - at), at);
            abort();
        }
        struct line *line = &graph->lines[graph->lines_count++];
        add_term(graph, line, statement.subject, 1);
        add_term(graph, line, statement.predicate, 2);
        add_term(graph, line, statement.object, 3);
        add_term(graph, line, statement.graph, 4);
        at = feed + 1;
    }
    return graph;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A line's hash with its nodes' colours; `node` is told apart from the others. */
static uint64_t line_hash(const struct graph *graph, const struct line *line, size_t node)
{
    uint64_t hash = line->count;
    for (size_t i = 0; i < line->count; i++) {
        hash = mix(hash, line->parts[i]);
        if (line->nodes[i])
            hash = mix(hash, graph->colours[line->nodes[i] - 1] + (line->nodes[i] == node));
    }
    return hash;
}

/* Duplicates of a line count once. Returns how many are left. */
static size_t unique(uint64_t *hashes, size_t count)
{
    size_t kept = 0;
    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 0; i < count; i++)
        if (!i || hashes[i] != hashes[i - 1])
            hashes[kept++] = hashes[i];
    return kept;
}

static void refine(struct graph *graph)
{
    static uint64_t hashes[LINES_MAX];
    uint64_t next[NODES_MAX];
    for (size_t round = 0; round <= graph->nodes_count; round++) {
        for (size_t node = 1; node <= graph->nodes_count; node++) {
            size_t count = 0;
            for (size_t i = 0; i < graph->lines_count; i++) {
                const struct line *line = &graph->lines[i];
                bool mentions = false;
                for (size_t at = 0; at < line->count; at++)
                    mentions |= line->nodes[at] == node;
                if (mentions)
                    hashes[count++] = line_hash(graph, line, node);
            }
            count = unique(hashes, count);
            next[node - 1] = mix(graph->colours[node - 1], count);
            for (size_t i = 0; i < count; i++)
                next[node - 1] = mix(next[node - 1], hashes[i]);
        }
        memcpy(graph->colours, next, graph->nodes_count * sizeof *next);
    }
}

/* Two nodes of one colour, or false. */
static bool find_twins(const struct graph *graph, size_t *node)
{
    for (size_t i = 0; i < graph->nodes_count; i++)
        for (size_t j = i + 1; j < graph->nodes_count; j++)
            if (graph->colours[i] == graph->colours[j]) {
                *node = i;
                return true;
            }
    return false;
}

static bool same_lines(const struct graph *a, const struct graph *b)
{
    static uint64_t left[LINES_MAX];
    static uint64_t right[LINES_MAX];
    for (size_t i = 0; i < a->lines_count; i++)
        left[i] = line_hash(a, &a->lines[i], 0);
    for (size_t i = 0; i < b->lines_count; i++)
        right[i] = line_hash(b, &b->lines[i], 0);
    size_t count = unique(left, a->lines_count);
    return count == unique(right, b->lines_count) && !memcmp(left, right, count * sizeof *left);
}

static bool match(struct graph *a, struct graph *b)
{
    size_t node;
    refine(a);
    refine(b);
    if (!same_lines(a, b))
        return false;
    if (!find_twins(a, &node))
        return true;
    uint64_t left[NODES_MAX];
    uint64_t right[NODES_MAX];
    memcpy(left, a->colours, sizeof left);
    memcpy(right, b->colours, sizeof right);
    for (size_t i = 0; i < b->nodes_count; i++) {
        if (right[i] != left[node])
            continue;
        memcpy(a->colours, left, sizeof left);
        memcpy(b->colours, right, sizeof right);
        a->colours[node] = b->colours[i] = mix(left[node], 1);
        if (match(a, b))
            return true;
    }
    return false;
}

bool same_but_for_labels(struct bc_slice a, struct bc_slice b)
{
    struct graph *left = graph_of(a);
    struct graph *right = graph_of(b);
    bool same = left->nodes_count == right->nodes_count && match(left, right);
    free(left);
    free(right);
    return same;
}
