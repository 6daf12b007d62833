#include "branchcore/canon_graph.h"

#include "branchcore/ntriples.h"
#include "branchcore/triple_term.h"

#include <string.h>
#include <xxhash.h>

bool bc_canon_may_mention(struct bc_slice line)
{
    return (line.size > 0 && line.data[0] == '_') || memmem(line.data, line.size, " _:", 3);
}

enum bc_status bc_canon_graph_add(struct bc_canon_graph *graph, struct bc_slice line)
{
    enum bc_status st = bc_buffer_append(&graph->text, line.data, line.size);
    graph->line_count += !st;
    return st;
}

void bc_canon_graph_release(struct bc_canon_graph *graph)
{
    bc_free(graph->quads);
    bc_free(graph->first);
    bc_free(graph->mentions);
    bc_group_table_release(&graph->labels);
    bc_buffer_release(&graph->text);
    *graph = (struct bc_canon_graph){0};
}

/* The lines, each once, in order. Lines that do not come in order anyway are sorted. */
static enum bc_status sort_lines(const struct bc_canon_graph *graph,
                                 const struct bc_compute *compute, struct bc_line **sorted,
                                 size_t *count)
{
    struct bc_line *lines = bc_alloc_array(graph->line_count, sizeof *lines);
    const char *at = graph->text.data;
    bool in_order = true;
    if (!lines)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < graph->line_count; i++) {
        const char *end = memchr(at, '\n', (size_t)(graph->text.data + graph->text.size - at));
        lines[i] = (struct bc_line){at, (uint32_t)(end + 1 - at)};
        in_order =
            in_order && (i == 0 || bc_slice_compare(bc_slice(lines[i - 1].data, lines[i - 1].size),
                                                    bc_slice(at, lines[i].size)) < 0);
        at = end + 1;
    }
    *count = graph->line_count;
    enum bc_status st = in_order ? BC_OK : compute->sort_unique(compute, lines, count);
    if (st)
        bc_free(lines);
    else
        *sorted = lines;
    return st;
}

static enum bc_status node_of(struct bc_canon_graph *graph, struct bc_slice term, uint32_t *node,
                              struct bc_error *err)
{
    size_t entry;
    *node = BC_CANON_NONE;
    if (term.size < 2 || term.data[0] != '_')
        return BC_OK;
    enum bc_status st =
        bc_group_table_get(&graph->labels, term, XXH3_64bits(term.data, term.size), &entry);
    if (st == BC_TOO_LARGE)
        return bc_fail(err, st, "there are more than 2^32 blank nodes");
    if (!st)
        *node = (uint32_t)entry;
    return st;
}

static enum bc_status check_triple_term(struct bc_slice line, struct bc_slice object,
                                        struct bc_error *err)
{
    if (!bc_is_triple_term(object))
        return BC_OK;
    struct bc_slice part;
    for (struct bc_slice rest = object; bc_term_part(&rest, &part);)
        if (part.data[0] == '_')
            return bc_fail(err, BC_UNSUPPORTED,
                           "RDFC-1.0 does not say what becomes of a blank node in a triple term, "
                           "such as %.*s in %.*s",
                           part.size < 80 ? (int)part.size : 80, part.data,
                           line.size < 201 ? (int)line.size - 1 : 200, line.data);
    return BC_OK;
}

/* *ground: it has no blank node. */
static enum bc_status read_quad(struct bc_canon_graph *graph, struct bc_slice line,
                                struct bc_canon_quad *quad, bool *ground, struct bc_error *err)
{
    struct bc_statement terms;
    enum bc_status st = bc_statement_split(line, &terms);
    if (!st)
        st = check_triple_term(line, terms.object, err);
    *quad = (struct bc_canon_quad){
        .line = line.data,
        .sizes = {(uint32_t)terms.subject.size, (uint32_t)terms.predicate.size,
                  (uint32_t)terms.object.size, (uint32_t)terms.graph.size},
    };
    if (!st)
        st = node_of(graph, terms.subject, &quad->nodes[0], err);
    if (!st)
        st = node_of(graph, terms.object, &quad->nodes[1], err);
    if (!st)
        st = node_of(graph, terms.graph, &quad->nodes[2], err);
    *ground = quad->nodes[0] == BC_CANON_NONE && quad->nodes[1] == BC_CANON_NONE &&
              quad->nodes[2] == BC_CANON_NONE;
    return st;
}

/* The node at a place, unless the statement has it at an earlier one. */
static uint32_t node_once(const struct bc_canon_quad *quad, size_t place)
{
    uint32_t node = quad->nodes[place];
    for (size_t i = 0; i < place; i++)
        if (quad->nodes[i] == node)
            return BC_CANON_NONE;
    return node;
}

static enum bc_status link_nodes(struct bc_canon_graph *graph)
{
    size_t count = bc_canon_node_count(graph);
    graph->first = bc_alloc_array(count + 2, sizeof *graph->first);
    if (!graph->first)
        return BC_NO_MEMORY;
    memset(graph->first, 0, (count + 2) * sizeof *graph->first);
    /* first[n + 2] counts n; summed up, first[n + 1] is where n begins, and once that many are
     * put, where it ends. */
    for (size_t i = 0; i < graph->quad_count; i++)
        for (size_t place = 0; place < BC_CANON_PLACES; place++) {
            uint32_t node = node_once(&graph->quads[i], place);
            if (node != BC_CANON_NONE)
                graph->first[(size_t)node + 2]++;
        }
    for (size_t n = 2; n < count + 2; n++)
        graph->first[n] += graph->first[n - 1];
    graph->mentions = bc_alloc_array(graph->first[count + 1], sizeof *graph->mentions);
    if (!graph->mentions)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < graph->quad_count; i++)
        for (size_t place = 0; place < BC_CANON_PLACES; place++) {
            uint32_t node = node_once(&graph->quads[i], place);
            if (node != BC_CANON_NONE)
                graph->mentions[graph->first[(size_t)node + 1]++] = (uint32_t)i;
        }
    return BC_OK;
}

enum bc_status bc_canon_graph_finish(struct bc_canon_graph *graph, const struct bc_compute *compute,
                                     enum bc_status (*ground)(void *context, struct bc_slice line),
                                     void *context, struct bc_error *err)
{
    struct bc_line *lines;
    size_t count;
    if (graph->line_count >= BC_CANON_NONE)
        return bc_fail(err, BC_TOO_LARGE, "there are more than 2^32 statements with blank nodes");
    enum bc_status st = sort_lines(graph, compute, &lines, &count);
    if (st)
        return st;
    graph->quads = bc_alloc_array(count, sizeof *graph->quads);
    if (!graph->quads)
        st = BC_NO_MEMORY;
    for (size_t i = 0; i < count && !st; i++) {
        struct bc_slice line = bc_slice(lines[i].data, lines[i].size);
        bool is_ground;
        st = read_quad(graph, line, &graph->quads[graph->quad_count], &is_ground, err);
        if (!st && is_ground)
            st = ground(context, line);
        graph->quad_count += !st && !is_ground;
    }
    bc_free(lines);
    return st ? st : link_nodes(graph);
}

enum bc_status bc_canon_put_quad(const struct bc_canon_quad *quad,
                                 enum bc_status (*name)(const void *context, uint32_t node,
                                                        struct bc_buffer *to),
                                 const void *context, struct bc_buffer *to)
{
    static const int place_of[4] = {0, -1, 1, 2};
    const char *at = quad->line;
    enum bc_status st = BC_OK;
    for (size_t term = 0; term < 4 && !st; term++) {
        if (quad->sizes[term] == 0)
            continue;
        uint32_t node = place_of[term] < 0 ? BC_CANON_NONE : quad->nodes[place_of[term]];
        st = node == BC_CANON_NONE ? bc_buffer_append(to, at, quad->sizes[term])
                                   : name(context, node, to);
        if (!st)
            st = bc_buffer_append(to, " ", 1);
        at += quad->sizes[term] + 1;
    }
    return st ? st : bc_buffer_append(to, ".\n", 2);
}
