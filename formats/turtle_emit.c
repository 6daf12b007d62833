#include "formats/turtle_emit.h"

#include "branchcore/triple_term.h"

#include <stdio.h>

#define RDF     "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define REIFIES RDF "reifies>"

static enum bc_status too_long(struct fmt_turtle *turtle)
{
    fmt_lexer_refuse(turtle->lexer, turtle->token->at,
                     "a statement is longer than 16 MiB in its canonical form");
    return BC_SYNTAX;
}

/* Blank nodes. */

static enum bc_status need_anonymous(struct fmt_turtle *turtle)
{
    return turtle->anonymous ? BC_OK : fmt_anonymous_new(&turtle->reading, &turtle->anonymous);
}

enum bc_status fmt_begin_node(struct fmt_turtle *turtle, uint64_t *node)
{
    enum bc_status st = need_anonymous(turtle);
    if (!st)
        st = fmt_anonymous_begin(turtle->anonymous, node);
    turtle->nodes += !st;
    return st;
}

enum bc_status fmt_begin_reifier(struct fmt_turtle *turtle, uint64_t *node)
{
    enum bc_status st = fmt_begin_node(turtle, node);
    if (!st)
        fmt_anonymous_reifier(turtle->anonymous, *node);
    return st;
}

enum bc_status fmt_mention(struct fmt_turtle *turtle, struct bc_slice label, struct bc_slice *term)
{
    enum bc_status st = need_anonymous(turtle);
    return st ? st : fmt_anonymous_mention(turtle->anonymous, label, term);
}

enum bc_status fmt_settle(struct fmt_turtle *turtle)
{
    turtle->nodes = 0;
    return fmt_anonymous_settle(turtle->anonymous);
}

enum bc_status fmt_put_within(struct fmt_turtle *turtle, uint64_t node)
{
    char text[32];
    int size = snprintf(text, sizeof text, "_:<%llu>", (unsigned long long)node);
    return fmt_put(&turtle->text, text, (size_t)size);
}

/* Statements. */

static struct bc_slice graph_of(const struct fmt_turtle *turtle)
{
    enum { AROUND = sizeof "  .\n" - 1 };
    const struct bc_buffer *behind = &turtle->behind;
    if (turtle->graph_node || behind->size < AROUND)
        return bc_slice("", 0);
    return bc_slice(behind->data + 1, behind->size - AROUND);
}

/* The buffer from `at` on is a statement without its graph and end. */
static enum bc_status give_line(struct fmt_turtle *turtle, size_t at)
{
    struct bc_buffer *text = &turtle->text;
    size_t size = text->size;
    enum bc_status st = fmt_put(text, turtle->behind.data, turtle->behind.size);
    if (st)
        return st;
    struct bc_slice line = bc_slice(text->data + at, text->size - at);
    text->size = size;
    if (line.size > BC_LINE_MAX)
        return too_long(turtle);
    return turtle->reading.sink(turtle->reading.context, line, turtle->behind.size > 3);
}

/* A statement with a term that has no label. */
static enum bc_status give_terms(struct fmt_turtle *turtle, const struct fmt_term *subject,
                                 struct bc_slice predicate, const struct fmt_term *object)
{
    enum { BLANKS_AND_END = 6 };
    const struct fmt_term graph = {graph_of(turtle), turtle->graph_node};
    size_t size = subject->text.size + predicate.size + object->text.size + graph.text.size;
    if (size > BC_LINE_MAX - BLANKS_AND_END)
        return too_long(turtle);
    enum bc_status st =
        fmt_anonymous_statement(turtle->anonymous, subject, predicate, object, &graph);
    if (st != BC_TOO_LARGE)
        return st;
    fmt_lexer_refuse(turtle->lexer, turtle->token->at,
                     "what hangs together by blank nodes without labels is larger than %d MiB",
                     FMT_ANONYMOUS_MAX >> 20);
    return BC_SYNTAX;
}

static struct bc_slice part(const struct fmt_turtle *turtle, size_t from, size_t to)
{
    return bc_slice(turtle->text.data + from, to - from);
}

/* Whether the term at `at` may be a triple term that holds nodes without labels. */
static bool may_hold_nodes(const struct fmt_turtle *turtle, size_t at)
{
    return turtle->nodes && turtle->text.data[at] == '<' && turtle->text.data[at + 1] == '<';
}

enum bc_status fmt_emit_statement(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame)
{
    bool anonymous = frame->node || frame->object_node || turtle->graph_node;
    if (!anonymous && !may_hold_nodes(turtle, frame->object_at))
        return give_line(turtle, frame->base);
    struct fmt_term subject = {part(turtle, frame->base, frame->predicate_at - 1), frame->node};
    struct fmt_term object = {part(turtle, frame->object_at, turtle->text.size),
                              frame->object_node};
    return give_terms(turtle, &subject, part(turtle, frame->predicate_at, frame->object_at - 1),
                      &object);
}

enum bc_status fmt_emit_first(struct fmt_turtle *turtle, uint64_t cell, size_t at, uint64_t node)
{
    struct fmt_term subject = {{"", 0}, cell};
    struct fmt_term object = {node ? bc_slice("", 0) : part(turtle, at, turtle->text.size), node};
    return give_terms(turtle, &subject, bc_slice(RDF "first>", strlen(RDF "first>")), &object);
}

enum bc_status fmt_emit_rest(struct fmt_turtle *turtle, uint64_t cell, uint64_t rest)
{
    struct fmt_term subject = {{"", 0}, cell};
    struct fmt_term object = {bc_slice(RDF "nil>", rest ? 0 : strlen(RDF "nil>")), rest};
    return give_terms(turtle, &subject, bc_slice(RDF "rest>", strlen(RDF "rest>")), &object);
}

/* Appends a part of the buffer, or a node in its place. There is room. */
static enum bc_status put_part(struct fmt_turtle *turtle, size_t from, size_t to, uint64_t node)
{
    return node ? fmt_put_within(turtle, node)
                : fmt_put(&turtle->text, turtle->text.data + from, to - from);
}

/* Appends <<( s p o )>> of the frame's statement. */
static enum bc_status put_triple(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame)
{
    struct bc_buffer *text = &turtle->text;
    enum bc_status st = fmt_put(text, BC_TRIPLE_TERM_OPEN, strlen(BC_TRIPLE_TERM_OPEN));
    if (!st)
        st = put_part(turtle, frame->base, frame->predicate_at - 1, frame->node);
    if (!st)
        st = put_part(turtle, frame->predicate_at - 1, frame->object_at, 0);
    if (!st)
        st = put_part(turtle, frame->object_at, frame->object_end, frame->object_node);
    return st ? st : fmt_put(text, BC_TRIPLE_TERM_CLOSE, strlen(BC_TRIPLE_TERM_CLOSE));
}

enum bc_status fmt_emit_reifies(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame)
{
    enum { MORE = 256 }; /* the predicate, brackets, and two nodes in place of terms */
    struct bc_buffer *text = &turtle->text;
    size_t end = text->size;
    enum bc_status st = bc_buffer_reserve(text, frame->object_end - frame->base + MORE);
    if (!st)
        st = fmt_put(text, " " REIFIES " ", strlen(" " REIFIES " "));
    size_t at = text->size;
    if (!st)
        st = put_triple(turtle, frame);
    if (!st && !frame->reifier_node && !turtle->graph_node && !may_hold_nodes(turtle, at)) {
        st = give_line(turtle, frame->object_end);
    } else if (!st) {
        struct fmt_term subject = {part(turtle, frame->object_end, end), frame->reifier_node};
        struct fmt_term object = {part(turtle, at, text->size), 0};
        st = give_terms(turtle, &subject, bc_slice(REIFIES, strlen(REIFIES)), &object);
    }
    text->size = end;
    return st;
}
