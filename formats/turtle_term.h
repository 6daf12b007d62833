/* Inside formats/: the canonical text (ntriples.h) of the terms that tokens of Turtle mean. Each
 * function appends to a buffer. BC_SYNTAX: the lexer has the spot and the reason; the buffer then
 * holds rubbish. */
#ifndef FORMATS_TURTLE_TERM_H
#define FORMATS_TURTLE_TERM_H

#include "formats/turtle_lex.h"
#include "formats/turtle_names.h"

#include <string.h>

struct fmt_term_writer {
    const struct fmt_names *names;
    struct fmt_lexer *lexer;  /* for refusals */
    struct bc_buffer decoded; /* a reference without its escapes */
};

/* Most pieces are short, and there is room. */
static inline enum bc_status fmt_put(struct bc_buffer *to, const char *data, size_t size)
{
    if (size > to->capacity - to->size)
        return bc_buffer_append(to, data, size);
    if (size)
        memcpy(to->data + to->size, data, size);
    to->size += size;
    return BC_OK;
}

/* "<iri>" of an IRI, resolved against the base, or of a name. */
enum bc_status fmt_put_iri(struct fmt_term_writer *writer, const struct fmt_token *token,
                           struct bc_buffer *to);
/* A literal's text in its quotes. */
enum bc_status fmt_put_string(const struct fmt_token *token, struct bc_buffer *to);
/* Behind it: "@en", in lower case, or "@en--ltr". */
enum bc_status fmt_put_language(struct fmt_term_writer *writer, const struct fmt_token *token,
                                struct bc_buffer *to);
/* Behind it: "^^<iri>"; nothing for xsd:string. */
enum bc_status fmt_put_datatype(struct fmt_term_writer *writer, const struct fmt_token *token,
                                struct bc_buffer *to);
/* A number, or a word that is a boolean, with its datatype. */
enum bc_status fmt_put_shorthand(const struct fmt_token *token, struct bc_buffer *to);

#endif
