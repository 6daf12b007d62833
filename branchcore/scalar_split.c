#include "branchcore/scalar.h"
#include "branchcore/term_text.h"

/* One line that starts at `at`; false if split ends before it. */
static bool split_line(struct bc_slice text, size_t at, enum bc_syntax syntax,
                       struct bc_spans *spans)
{
    struct bc_statement statement;
    const char *start = text.data + at;
    const char *end = text.data + text.size;
    const char *behind = bc_canonical_walk(start, end, &statement);
    if (!behind || behind == end || *behind != '\n' || behind - start >= BC_LINE_MAX)
        return false;
    bool quad = statement.graph.size;
    if (quad && syntax == BC_NTRIPLES)
        return false;
    *spans = (struct bc_spans){
        .start = (uint32_t)at,
        .predicate = (uint32_t)(statement.predicate.data - text.data),
        .object = (uint32_t)(statement.object.data - text.data),
        .graph = quad ? (uint32_t)(statement.graph.data - text.data) : 0,
        .end = (uint32_t)(behind + 1 - text.data),
    };
    return true;
}

size_t bc_scalar_split(const struct bc_compute *compute, struct bc_slice text,
                       enum bc_syntax syntax, struct bc_spans *spans, size_t room, size_t *used)
{
    (void)compute;
    size_t count = 0;
    size_t at = 0;
    while (count < room && at < text.size && split_line(text, at, syntax, &spans[count]))
        at = spans[count++].end;
    *used = at;
    return count;
}
