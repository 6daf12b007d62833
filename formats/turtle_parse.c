#include "formats/turtle_parse.h"

#include "branchcore/syntax_error.h"
#include "branchcore/triple_term.h"
#include "formats/turtle_emit.h"

#include <stdio.h>

#define RDF "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"

/* What a frame is. */
enum kind {
    STATEMENT,
    BRACKET,    /* [ ... ] */
    LIST,       /* ( ... ) */
    REIFIED,    /* << ... >> */
    TERM,       /* <<( ... )>> */
    ANNOTATION, /* {| ... |} */
};

/* What comes next in it. */
enum state {
    WANT_SUBJECT,
    WANT_PREDICATE,
    BRACKET_OPEN,       /* a predicate, or ']' */
    MAY_PREDICATE,      /* a predicate, or the end: the subject was a bracket or a reified triple */
    LABEL_OR_PREDICATE, /* the subject may turn out to be the name of a graph */
    BEHIND_SEMICOLON,
    WANT_OBJECT,
    BEHIND_STRING, /* a language, a datatype or what follows an object */
    WANT_DATATYPE,
    BEHIND_OBJECT,
    BEHIND_TILDE,
};

/* What comes next where nothing is open. */
enum top {
    WANT_STATEMENT,
    WANT_PREFIX_NAME,
    WANT_PREFIX_IRI,
    WANT_BASE,
    WANT_VERSION,
    WANT_DOT,
    WANT_GRAPH,
    WANT_GRAPH_BRACKET, /* behind GRAPH [ */
    WANT_BLOCK,
};

/* How a term that was read whole was written. */
enum shape {
    SIMPLE,
    GROUP, /* it may stand as a subject without a predicate */
    CELLS, /* a list */
};

static enum bc_status refuse(struct fmt_turtle *turtle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum bc_status refuse(struct fmt_turtle *turtle, const char *format, ...)
{
    char reason[sizeof turtle->lexer->reason];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    fmt_lexer_refuse(turtle->lexer, turtle->token->at, "%s", reason);
    return BC_SYNTAX;
}

static enum bc_status expected(struct fmt_turtle *turtle, const char *what)
{
    enum { SHOWN = 40 };
    const struct fmt_token *token = turtle->token;
    char shown[SHOWN + 1];
    size_t size = (size_t)(token->end - token->at);
    bool cut = size > SHOWN;
    if (cut) {
        size = SHOWN;
        while ((token->at[size] & 0xC0) == 0x80)
            size--;
    }
    size = bc_printable(bc_slice(token->at, size), shown);
    return refuse(turtle, "expected %s, found %.*s%s", what, (int)size, shown, cut ? "..." : "");
}

static struct fmt_turtle_frame *top_of(struct fmt_turtle *turtle)
{
    return &turtle->frames[turtle->depth - 1];
}

static enum bc_status grow(struct fmt_turtle *turtle)
{
    size_t room = turtle->room ? 2 * turtle->room : 16;
    struct fmt_turtle_frame *frames = bc_realloc_array(turtle->frames, room, sizeof *frames);
    if (!frames)
        return BC_NO_MEMORY;
    turtle->frames = frames;
    turtle->room = room;
    return BC_OK;
}

static enum bc_status push(struct fmt_turtle *turtle, enum kind kind, enum state state)
{
    if (turtle->depth > FMT_TURTLE_DEPTH)
        return refuse(turtle, "brackets are nested more than %d deep", FMT_TURTLE_DEPTH);
    if (turtle->depth == turtle->room) {
        enum bc_status st = grow(turtle);
        if (st)
            return st;
    }
    turtle->frames[turtle->depth++] = (struct fmt_turtle_frame){
        .kind = (unsigned char)kind, .state = (unsigned char)state, .base = turtle->text.size};
    return BC_OK;
}

/* Closes the innermost frame and drops its text. */
static void pop(struct fmt_turtle *turtle)
{
    turtle->text.size = top_of(turtle)->base;
    turtle->depth--;
}

static bool within_triple(const struct fmt_turtle_frame *frame)
{
    return frame->kind == REIFIED || frame->kind == TERM;
}

/* Terms. */

static enum bc_status placed(struct fmt_turtle *turtle, uint64_t node, enum shape shape);

/* The innermost frame's subject is whole. */
static enum bc_status place_subject(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                                    uint64_t node, enum shape shape)
{
    enum bc_status st = BC_OK;
    frame->node = node;
    frame->state = WANT_PREDICATE;
    if (frame->kind == TERM && node)
        st = fmt_put_within(turtle, node);
    if (frame->kind == STATEMENT && shape == GROUP)
        frame->state = MAY_PREDICATE;
    if (frame->kind == STATEMENT && shape == SIMPLE && turtle->graphs && !turtle->in_block)
        frame->state = LABEL_OR_PREDICATE;
    if (!st)
        st = fmt_put(&turtle->text, " ", 1);
    frame->predicate_at = turtle->text.size;
    return st;
}

/* A list's item is whole: it is what a new cell has. */
static enum bc_status place_item(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                                 uint64_t node)
{
    uint64_t cell;
    enum bc_status st = fmt_begin_node(turtle, &cell);
    if (!st && frame->node)
        st = fmt_emit_rest(turtle, frame->node, cell);
    if (!st)
        st = fmt_emit_first(turtle, cell, frame->base, node);
    if (!frame->node)
        frame->object_node = cell;
    frame->node = cell;
    turtle->text.size = frame->base;
    frame->state = WANT_OBJECT;
    return st;
}

static enum bc_status place_object(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                                   uint64_t node)
{
    enum bc_status st = BC_OK;
    frame->state = BEHIND_OBJECT;
    frame->object_node = node;
    if (frame->kind == TERM && node)
        st = fmt_put_within(turtle, node);
    frame->object_end = turtle->text.size;
    if (st || within_triple(frame))
        return st;
    return fmt_emit_statement(turtle, frame);
}

/* Takes the reifier behind '~', whose text lies behind the object. */
static enum bc_status place_reifier(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                                    uint64_t node)
{
    frame->state = BEHIND_OBJECT;
    frame->named = true;
    frame->reifier_node = node;
    if (node)
        fmt_anonymous_reifier(turtle->anonymous, node);
    return frame->kind == REIFIED ? BC_OK : fmt_emit_reifies(turtle, frame);
}

/* A term was read: its text is the buffer's end, unless it has a node. */
static enum bc_status placed(struct fmt_turtle *turtle, uint64_t node, enum shape shape)
{
    struct fmt_turtle_frame *frame = top_of(turtle);
    switch (frame->state) {
    case WANT_SUBJECT:
        return place_subject(turtle, frame, node, shape);
    case BEHIND_TILDE:
        return place_reifier(turtle, frame, node);
    default:
        return frame->kind == LIST ? place_item(turtle, frame, node)
                                   : place_object(turtle, frame, node);
    }
}

static enum bc_status put_label(struct fmt_turtle *turtle)
{
    struct bc_slice term;
    const struct fmt_token *token = turtle->token;
    struct bc_slice label = bc_slice(token->at + 2, (size_t)(token->end - token->at) - 2);
    enum bc_status st = fmt_mention(turtle, label, &term);
    return st ? st : fmt_put(&turtle->text, term.data, term.size);
}

static enum bc_status open_bracket(struct fmt_turtle *turtle)
{
    bool plain = within_triple(top_of(turtle)) || top_of(turtle)->state == BEHIND_TILDE;
    uint64_t node;
    enum bc_status st = fmt_begin_node(turtle, &node);
    if (!st)
        st = push(turtle, BRACKET, BRACKET_OPEN);
    if (st)
        return st;
    struct fmt_turtle_frame *frame = top_of(turtle);
    frame->plain = plain;
    frame->node = node;
    st = fmt_put(&turtle->text, " ", 1);
    frame->predicate_at = turtle->text.size;
    return st;
}

static enum bc_status open_term(struct fmt_turtle *turtle)
{
    size_t terms = 0;
    while (terms < turtle->depth && turtle->frames[turtle->depth - 1 - terms].kind == TERM)
        terms++;
    if (terms == BC_TRIPLE_TERM_DEPTH)
        return refuse(turtle, "triple terms nest at most %d deep", BC_TRIPLE_TERM_DEPTH);
    enum bc_status st = push(turtle, TERM, WANT_SUBJECT);
    return st ? st : fmt_put(&turtle->text, BC_TRIPLE_TERM_OPEN, strlen(BC_TRIPLE_TERM_OPEN));
}

static bool is_word(const struct fmt_token *token, const char *word)
{
    return token->kind == FMT_TOKEN_WORD &&
           bc_slice_equal(bc_slice(token->at, (size_t)(token->end - token->at)),
                          bc_slice(word, strlen(word)));
}

/* A keyword of SPARQL's, in any case. */
static bool is_keyword(const struct fmt_token *token, const char *word)
{
    size_t size = (size_t)(token->end - token->at);
    return token->kind == FMT_TOKEN_WORD && size == strlen(word) &&
           !strncasecmp(token->at, word, size);
}

/* A token that begins a subject, an object or an item: a term that is whole with it, or what opens
 * one. */
static enum bc_status shared_term(struct fmt_turtle *turtle, const char *what)
{
    const struct fmt_turtle_frame *frame = top_of(turtle);
    enum bc_status st;
    switch (turtle->token->kind) {
    case FMT_TOKEN_IRI:
    case FMT_TOKEN_NAME:
        st = fmt_put_iri(&turtle->writer, turtle->token, &turtle->text);
        return st ? st : placed(turtle, 0, SIMPLE);
    case FMT_TOKEN_LABEL:
        st = put_label(turtle);
        return st ? st : placed(turtle, 0, SIMPLE);
    case FMT_TOKEN_OPEN_BRACKET:
        return open_bracket(turtle);
    case FMT_TOKEN_OPEN_LIST:
        if (within_triple(frame))
            return refuse(turtle, "a list cannot be part of a triple within << >>");
        return push(turtle, LIST, WANT_OBJECT);
    case FMT_TOKEN_OPEN_REIFIED:
        if (frame->kind == TERM)
            return refuse(turtle, "a reified triple cannot be part of a triple term");
        return push(turtle, REIFIED, WANT_SUBJECT);
    default:
        return expected(turtle, what);
    }
}

static enum bc_status subject(struct fmt_turtle *turtle)
{
    switch (turtle->token->kind) {
    case FMT_TOKEN_STRING:
    case FMT_TOKEN_INTEGER:
    case FMT_TOKEN_DECIMAL:
    case FMT_TOKEN_DOUBLE:
        return refuse(turtle, "a literal cannot be a subject");
    case FMT_TOKEN_OPEN_TERM:
        return refuse(turtle, "a triple term cannot be a subject");
    default:
        return shared_term(turtle, "a subject: an IRI, a name or a blank node");
    }
}

static enum bc_status object(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    const struct fmt_token *token = turtle->token;
    enum bc_status st;
    switch (token->kind) {
    case FMT_TOKEN_STRING:
        frame->state = BEHIND_STRING;
        return fmt_put_string(token, &turtle->text);
    case FMT_TOKEN_WORD:
        if (!is_word(token, "true") && !is_word(token, "false"))
            return expected(turtle, "an object: an IRI, a name, a blank node or a literal");
        /* fall through */
    case FMT_TOKEN_INTEGER:
    case FMT_TOKEN_DECIMAL:
    case FMT_TOKEN_DOUBLE:
        st = fmt_put_shorthand(token, &turtle->text);
        return st ? st : placed(turtle, 0, SIMPLE);
    case FMT_TOKEN_OPEN_TERM:
        return open_term(turtle);
    case FMT_TOKEN_CLOSE_LIST:
        break;
    default:
        return shared_term(turtle, "an object: an IRI, a name, a blank node or a literal");
    }
    if (frame->kind != LIST)
        return expected(turtle, "an object: an IRI, a name, a blank node or a literal");
    uint64_t first = frame->object_node;
    st = frame->node ? fmt_emit_rest(turtle, frame->node, 0) : BC_OK;
    pop(turtle);
    if (!st && !first)
        st = fmt_put(&turtle->text, RDF "nil>", strlen(RDF "nil>"));
    return st ? st : placed(turtle, first, CELLS);
}

static enum bc_status predicate(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                                const char *what)
{
    const struct fmt_token *token = turtle->token;
    enum bc_status st;
    if (token->kind == FMT_TOKEN_IRI || token->kind == FMT_TOKEN_NAME)
        st = fmt_put_iri(&turtle->writer, token, &turtle->text);
    else if (is_word(token, "a"))
        st = fmt_put(&turtle->text, RDF "type>", strlen(RDF "type>"));
    else if (token->kind == FMT_TOKEN_LABEL || token->kind == FMT_TOKEN_OPEN_BRACKET)
        return refuse(turtle, "a blank node cannot be a predicate");
    else if (token->kind == FMT_TOKEN_STRING)
        return refuse(turtle, "a literal cannot be a predicate");
    else
        return expected(turtle, what);
    if (!st)
        st = fmt_put(&turtle->text, " ", 1);
    frame->object_at = turtle->text.size;
    frame->state = WANT_OBJECT;
    return st;
}

/* What ends statements and what they are in. */

static void forget_statement(struct fmt_turtle *turtle)
{
    enum { KEPT_BUFFER = 1 << 16 };
    turtle->depth = 0;
    turtle->text.size = 0;
    if (turtle->text.capacity > KEPT_BUFFER)
        bc_buffer_release(&turtle->text);
    if (!turtle->in_block)
        turtle->began = NULL;
}

static enum bc_status end_statement(struct fmt_turtle *turtle)
{
    forget_statement(turtle);
    turtle->state = WANT_STATEMENT;
    return turtle->nodes && !turtle->graph_node ? fmt_settle(turtle) : BC_OK;
}

static enum bc_status end_block(struct fmt_turtle *turtle)
{
    turtle->in_block = false;
    turtle->graph_node = 0;
    turtle->began = NULL;
    bc_buffer_clear(&turtle->behind);
    enum bc_status st = fmt_put(&turtle->behind, " .\n", 3);
    return st || !turtle->nodes ? st : fmt_settle(turtle);
}

static enum bc_status close_bracket(struct fmt_turtle *turtle, enum shape shape)
{
    uint64_t node = top_of(turtle)->node;
    pop(turtle);
    return placed(turtle, node, shape);
}

static enum bc_status close_reified(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    enum bc_status st = BC_OK;
    if (!frame->named)
        st = fmt_begin_reifier(turtle, &frame->reifier_node);
    if (!st)
        st = fmt_emit_reifies(turtle, frame);
    if (st)
        return st;
    uint64_t node = frame->reifier_node;
    size_t size = turtle->text.size - frame->object_end;
    char *text = turtle->text.data;
    memmove(text + frame->base, text + frame->object_end, size);
    pop(turtle);
    turtle->text.size += size;
    return placed(turtle, node, GROUP);
}

static enum bc_status close_term(struct fmt_turtle *turtle, const struct fmt_turtle_frame *frame)
{
    size_t base = frame->base;
    enum bc_status st = fmt_put(&turtle->text, BC_TRIPLE_TERM_CLOSE, strlen(BC_TRIPLE_TERM_CLOSE));
    if (!st && turtle->text.size - base > BC_LINE_MAX)
        return refuse(turtle, "a triple term is longer than 16 MiB");
    turtle->depth--;
    return st ? st : placed(turtle, 0, SIMPLE);
}

/* A token that ends the frame where a predicate or what follows an object might stand. */
static enum bc_status closing(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame,
                              const char *what)
{
    enum bc_status st;
    switch (turtle->token->kind) {
    case FMT_TOKEN_DOT:
        if (frame->kind == STATEMENT)
            return end_statement(turtle);
        break;
    case FMT_TOKEN_CLOSE_BLOCK:
        if (frame->kind != STATEMENT || !turtle->in_block)
            break;
        st = end_statement(turtle);
        return st ? st : end_block(turtle);
    case FMT_TOKEN_CLOSE_BRACKET:
        if (frame->kind == BRACKET)
            return close_bracket(turtle, GROUP);
        break;
    case FMT_TOKEN_CLOSE_ANNOTATION:
        if (frame->kind != ANNOTATION)
            break;
        pop(turtle);
        top_of(turtle)->named = false;
        return BC_OK;
    default:
        break;
    }
    return expected(turtle, what);
}

/* What may follow, as a message says it. */
static const char *what_follows(const struct fmt_turtle *turtle,
                                const struct fmt_turtle_frame *frame)
{
    switch (frame->kind) {
    case BRACKET:
        return "',', ';' or ']' behind an object";
    case ANNOTATION:
        return "',', ';' or '|}' behind an object";
    case REIFIED:
        return frame->named ? "'>>'" : "'~' or '>>' behind an object";
    case TERM:
        return "')>>' behind an object";
    default:
        return turtle->in_block ? "',', ';', '.' or '}' behind an object"
                                : "',', ';' or '.' behind an object";
    }
}

static enum bc_status open_annotation(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    enum bc_status st = BC_OK;
    if (!frame->named) {
        turtle->text.size = frame->object_end;
        st = fmt_begin_reifier(turtle, &frame->reifier_node);
        if (!st)
            st = fmt_emit_reifies(turtle, frame);
    }
    uint64_t node = frame->reifier_node;
    size_t from = frame->object_end;
    size_t size = turtle->text.size - from;
    if (!st)
        st = push(turtle, ANNOTATION, WANT_PREDICATE);
    if (!st)
        st = bc_buffer_reserve(&turtle->text, size + 1);
    if (st)
        return st;
    frame = top_of(turtle);
    frame->node = node;
    st = fmt_put(&turtle->text, turtle->text.data + from, size);
    if (!st)
        st = fmt_put(&turtle->text, " ", 1);
    frame->predicate_at = turtle->text.size;
    return st;
}

static enum bc_status behind_triple(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    enum fmt_token_kind kind = turtle->token->kind;
    if (frame->kind == REIFIED && kind == FMT_TOKEN_CLOSE_REIFIED)
        return close_reified(turtle, frame);
    if (frame->kind == TERM && kind == FMT_TOKEN_CLOSE_TERM)
        return close_term(turtle, frame);
    if (frame->kind == REIFIED && kind == FMT_TOKEN_TILDE && !frame->named) {
        frame->state = BEHIND_TILDE;
        return BC_OK;
    }
    return expected(turtle, what_follows(turtle, frame));
}

static enum bc_status behind_object(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    if (within_triple(frame))
        return behind_triple(turtle, frame);
    switch (turtle->token->kind) {
    case FMT_TOKEN_COMMA:
        turtle->text.size = frame->object_at;
        frame->state = WANT_OBJECT;
        break;
    case FMT_TOKEN_SEMICOLON:
        turtle->text.size = frame->predicate_at;
        frame->state = BEHIND_SEMICOLON;
        break;
    case FMT_TOKEN_TILDE:
        turtle->text.size = frame->object_end;
        frame->state = BEHIND_TILDE;
        return BC_OK;
    case FMT_TOKEN_OPEN_ANNOTATION:
        return open_annotation(turtle, frame);
    default:
        return closing(turtle, frame, what_follows(turtle, frame));
    }
    frame->named = false;
    return BC_OK;
}

static enum bc_status behind_tilde(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    switch (turtle->token->kind) {
    case FMT_TOKEN_IRI:
    case FMT_TOKEN_NAME:
    case FMT_TOKEN_LABEL:
    case FMT_TOKEN_OPEN_BRACKET:
        return shared_term(turtle, "a reifier");
    default:
        break;
    }
    uint64_t node;
    enum bc_status st = fmt_begin_node(turtle, &node);
    if (!st)
        st = place_reifier(turtle, frame, node);
    return st ? st : behind_object(turtle, frame);
}

static enum bc_status behind_string(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    enum bc_status st;
    switch (turtle->token->kind) {
    case FMT_TOKEN_AT:
        st = fmt_put_language(&turtle->writer, turtle->token, &turtle->text);
        return st ? st : placed(turtle, 0, SIMPLE);
    case FMT_TOKEN_CARETS:
        frame->state = WANT_DATATYPE;
        return BC_OK;
    default:
        st = placed(turtle, 0, SIMPLE);
        return st ? st : fmt_turtle_take(turtle, turtle->token);
    }
}

static enum bc_status datatype(struct fmt_turtle *turtle)
{
    if (turtle->token->kind != FMT_TOKEN_IRI && turtle->token->kind != FMT_TOKEN_NAME)
        return expected(turtle, "a datatype, an IRI or a name, behind '^^'");
    enum bc_status st = fmt_put_datatype(&turtle->writer, turtle->token, &turtle->text);
    return st ? st : placed(turtle, 0, SIMPLE);
}

/* Graph blocks and directives. */

static enum bc_status open_block(struct fmt_turtle *turtle)
{
    turtle->in_block = true;
    turtle->state = WANT_STATEMENT;
    return BC_OK;
}

/* The graph's name is the buffer, or has a node. */
static enum bc_status set_graph(struct fmt_turtle *turtle, uint64_t node)
{
    struct bc_buffer *behind = &turtle->behind;
    turtle->graph_node = node;
    bc_buffer_clear(behind);
    enum bc_status st = fmt_put(behind, " ", 1);
    if (!st && !node)
        st = fmt_put(behind, turtle->text.data, turtle->text.size);
    if (!st)
        st = fmt_put(behind, " .\n", 3);
    turtle->text.size = 0;
    return st;
}

/* What was read as a subject is a graph's name. */
static enum bc_status subject_is_graph(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    turtle->text.size = frame->predicate_at - 1;
    turtle->depth = 0;
    enum bc_status st = set_graph(turtle, frame->node);
    return st ? st : open_block(turtle);
}

static enum bc_status want_predicate(struct fmt_turtle *turtle, struct fmt_turtle_frame *frame)
{
    const char *what = "a predicate: an IRI, a name or 'a'";
    enum fmt_token_kind kind = turtle->token->kind;
    switch (frame->state) {
    case LABEL_OR_PREDICATE:
        if (kind == FMT_TOKEN_OPEN_BLOCK)
            return subject_is_graph(turtle, frame);
        break;
    case BRACKET_OPEN:
        if (kind == FMT_TOKEN_CLOSE_BRACKET)
            return close_bracket(turtle, SIMPLE);
        if (frame->plain)
            return expected(turtle, "']': a blank node here is _:label or []");
        break;
    case BEHIND_SEMICOLON:
        if (kind == FMT_TOKEN_SEMICOLON)
            return BC_OK;
        /* fall through */
    case MAY_PREDICATE:
        if (kind == FMT_TOKEN_DOT || kind == FMT_TOKEN_CLOSE_BLOCK ||
            (frame->state == BEHIND_SEMICOLON &&
             (kind == FMT_TOKEN_CLOSE_BRACKET || kind == FMT_TOKEN_CLOSE_ANNOTATION)))
            return closing(turtle, frame, what);
        break;
    default:
        break;
    }
    if (kind == FMT_TOKEN_OPEN_BLOCK && !turtle->graphs)
        return refuse(turtle, "graphs, { ... }, are TriG, not Turtle");
    return predicate(turtle, frame, what);
}

static enum bc_status directive(struct fmt_turtle *turtle, enum top state, bool dotted)
{
    if (turtle->in_block)
        return refuse(turtle, "a directive cannot stand within a graph's block");
    turtle->began = turtle->token->at;
    turtle->state = (unsigned char)state;
    turtle->dotted = dotted;
    return BC_OK;
}

static enum bc_status at_directive(struct fmt_turtle *turtle)
{
    static const char *const words[] = {"@prefix", "@base", "@version"};
    static const enum top states[] = {WANT_PREFIX_NAME, WANT_BASE, WANT_VERSION};
    const struct fmt_token *token = turtle->token;
    struct bc_slice word = bc_slice(token->at, (size_t)(token->end - token->at));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (bc_slice_equal(word, bc_slice(words[i], strlen(words[i]))))
            return directive(turtle, states[i], true);
    return expected(turtle, "@prefix, @base or @version");
}

/* Where a statement may begin. */
static enum bc_status want_statement(struct fmt_turtle *turtle)
{
    const struct fmt_token *token = turtle->token;
    switch (token->kind) {
    case FMT_TOKEN_AT:
        return at_directive(turtle);
    case FMT_TOKEN_WORD:
        if (is_keyword(token, "PREFIX"))
            return directive(turtle, WANT_PREFIX_NAME, false);
        if (is_keyword(token, "BASE"))
            return directive(turtle, WANT_BASE, false);
        if (is_keyword(token, "VERSION"))
            return directive(turtle, WANT_VERSION, false);
        if (is_keyword(token, "GRAPH") && turtle->graphs && !turtle->in_block) {
            turtle->began = token->at;
            turtle->state = WANT_GRAPH;
            return BC_OK;
        }
        break;
    case FMT_TOKEN_OPEN_BLOCK:
        if (!turtle->graphs)
            return refuse(turtle, "graphs, { ... }, are TriG, not Turtle");
        if (turtle->in_block)
            return refuse(turtle, "a graph's block cannot stand within another one");
        turtle->began = token->at;
        return open_block(turtle);
    case FMT_TOKEN_CLOSE_BLOCK:
        if (turtle->in_block)
            return end_block(turtle);
        break;
    default:
        break;
    }
    enum bc_status st = push(turtle, STATEMENT, WANT_SUBJECT);
    if (st)
        return st;
    if (!turtle->in_block)
        turtle->began = token->at;
    return subject(turtle);
}

static enum bc_status prefix_name(struct fmt_turtle *turtle)
{
    const struct fmt_token *token = turtle->token;
    if (token->kind != FMT_TOKEN_NAME || token->colon + 1 != token->end)
        return expected(turtle, "the prefix with its ':', as in \"@prefix ex: <http://ex.org/>\"");
    bc_buffer_clear(&turtle->declared);
    turtle->state = WANT_PREFIX_IRI;
    return fmt_put(&turtle->declared, token->at, (size_t)(token->colon - token->at));
}

static void directive_read(struct fmt_turtle *turtle)
{
    turtle->state = turtle->dotted ? WANT_DOT : WANT_STATEMENT;
    if (!turtle->dotted)
        turtle->began = NULL;
}

/* The IRI of @prefix or @base, appended to what is declared. */
static enum bc_status directive_iri(struct fmt_turtle *turtle)
{
    struct bc_buffer *declared = &turtle->declared;
    bool prefix = turtle->state == WANT_PREFIX_IRI;
    if (turtle->token->kind != FMT_TOKEN_IRI)
        return expected(turtle, prefix ? "the prefix's IRI in <>" : "the base's IRI in <>");
    if (!prefix)
        bc_buffer_clear(declared);
    size_t at = declared->size + 1;
    enum bc_status st = fmt_put_iri(&turtle->writer, turtle->token, declared);
    if (st)
        return st;
    struct bc_slice iri = bc_slice(declared->data + at, declared->size - at - 1);
    directive_read(turtle);
    if (!prefix)
        return fmt_names_set_base(&turtle->names, iri);
    return fmt_names_declare(&turtle->names, bc_slice(declared->data, at - 1), iri);
}

static enum bc_status version(struct fmt_turtle *turtle)
{
    if (turtle->token->kind != FMT_TOKEN_STRING || turtle->token->quotes != 1)
        return expected(turtle, "a version such as \"1.2\"");
    directive_read(turtle);
    return BC_OK;
}

static enum bc_status graph_name(struct fmt_turtle *turtle)
{
    enum bc_status st;
    uint64_t node = 0;
    turtle->state = WANT_BLOCK;
    switch (turtle->token->kind) {
    case FMT_TOKEN_IRI:
    case FMT_TOKEN_NAME:
        st = fmt_put_iri(&turtle->writer, turtle->token, &turtle->text);
        break;
    case FMT_TOKEN_LABEL:
        st = put_label(turtle);
        break;
    case FMT_TOKEN_OPEN_BRACKET:
        turtle->state = WANT_GRAPH_BRACKET;
        st = fmt_begin_node(turtle, &node);
        break;
    default:
        return expected(turtle, "the graph's name, an IRI or a blank node, behind GRAPH");
    }
    return st ? st : set_graph(turtle, node);
}

static enum bc_status top_token(struct fmt_turtle *turtle)
{
    enum fmt_token_kind kind = turtle->token->kind;
    switch (turtle->state) {
    case WANT_STATEMENT:
        return want_statement(turtle);
    case WANT_PREFIX_NAME:
        return prefix_name(turtle);
    case WANT_PREFIX_IRI:
    case WANT_BASE:
        return directive_iri(turtle);
    case WANT_VERSION:
        return version(turtle);
    case WANT_GRAPH:
        return graph_name(turtle);
    case WANT_GRAPH_BRACKET:
        if (kind != FMT_TOKEN_CLOSE_BRACKET)
            return expected(turtle, "']': a graph's name has no properties");
        turtle->state = WANT_BLOCK;
        return BC_OK;
    case WANT_BLOCK:
        return kind == FMT_TOKEN_OPEN_BLOCK ? open_block(turtle) : expected(turtle, "'{'");
    default:
        if (kind != FMT_TOKEN_DOT)
            return expected(turtle, "'.' at the end of the directive");
        turtle->dotted = false;
        directive_read(turtle);
        return BC_OK;
    }
}

enum bc_status fmt_turtle_take(struct fmt_turtle *turtle, const struct fmt_token *token)
{
    turtle->token = token;
    if (!turtle->depth)
        return top_token(turtle);
    struct fmt_turtle_frame *frame = top_of(turtle);
    switch (frame->state) {
    case WANT_SUBJECT:
        return subject(turtle);
    case WANT_OBJECT:
        return object(turtle, frame);
    case BEHIND_STRING:
        return behind_string(turtle, frame);
    case WANT_DATATYPE:
        return datatype(turtle);
    case BEHIND_OBJECT:
        return behind_object(turtle, frame);
    case BEHIND_TILDE:
        return behind_tilde(turtle, frame);
    default:
        return want_predicate(turtle, frame);
    }
}

const char *fmt_turtle_open(const struct fmt_turtle *turtle)
{
    if (turtle->in_block || turtle->state >= WANT_GRAPH)
        return "graph block";
    if (turtle->depth)
        return "statement";
    return turtle->state == WANT_STATEMENT ? NULL : "directive";
}

enum bc_status fmt_turtle_init(struct fmt_turtle *turtle, bool graphs,
                               const struct bc_reading *reading, struct fmt_lexer *lexer)
{
    turtle->graphs = graphs;
    turtle->reading = *reading;
    turtle->lexer = lexer;
    turtle->writer.names = &turtle->names;
    turtle->writer.lexer = lexer;
    enum bc_status st = fmt_put(&turtle->behind, " .\n", 3);
    if (!st && reading->base.size)
        st = fmt_names_set_base(&turtle->names, reading->base);
    for (size_t i = 0; !st && reading->prefixes && i < reading->prefixes->count; i++) {
        const struct bc_prefix *prefix = &reading->prefixes->list[i];
        st = fmt_names_declare(&turtle->names, bc_slice(prefix->name, strlen(prefix->name)),
                               bc_slice(prefix->iri, strlen(prefix->iri)));
    }
    return st;
}

void fmt_turtle_release(struct fmt_turtle *turtle)
{
    fmt_anonymous_free(turtle->anonymous);
    fmt_names_release(&turtle->names);
    bc_buffer_release(&turtle->writer.decoded);
    bc_buffer_release(&turtle->text);
    bc_buffer_release(&turtle->behind);
    bc_buffer_release(&turtle->declared);
    bc_free(turtle->frames);
}
