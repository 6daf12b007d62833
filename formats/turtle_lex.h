/* Inside formats/: the tokens of Turtle and TriG, RDF 1.1 and 1.2 (their grammars' terminals), out
 * of a piece of text. What a token holds is checked here, character by character and escape by
 * escape, so that whoever makes terms of it (turtle_term.h) can trust it. */
#ifndef FORMATS_TURTLE_LEX_H
#define FORMATS_TURTLE_LEX_H

#include "branchcore/ntriples.h"

enum fmt_token_kind {
    FMT_TOKEN_IRI,     /* <...> */
    FMT_TOKEN_NAME,    /* prefix:local, either part possibly empty */
    FMT_TOKEN_LABEL,   /* _:label */
    FMT_TOKEN_WORD,    /* a, true, PREFIX, ... or what is no word of the language */
    FMT_TOKEN_AT,      /* @word: a language or a directive */
    FMT_TOKEN_STRING,  /* in its quotes */
    FMT_TOKEN_INTEGER, /* 1 */
    FMT_TOKEN_DECIMAL, /* 1.5 */
    FMT_TOKEN_DOUBLE,  /* 1e5 */
    FMT_TOKEN_DOT,
    FMT_TOKEN_COMMA,
    FMT_TOKEN_SEMICOLON,
    FMT_TOKEN_CARETS, /* ^^ */
    FMT_TOKEN_OPEN_BRACKET,
    FMT_TOKEN_CLOSE_BRACKET,
    FMT_TOKEN_OPEN_LIST, /* ( */
    FMT_TOKEN_CLOSE_LIST,
    FMT_TOKEN_OPEN_BLOCK, /* { */
    FMT_TOKEN_CLOSE_BLOCK,
    FMT_TOKEN_OPEN_REIFIED, /* << */
    FMT_TOKEN_CLOSE_REIFIED,
    FMT_TOKEN_OPEN_TERM, /* <<( */
    FMT_TOKEN_CLOSE_TERM,
    FMT_TOKEN_OPEN_ANNOTATION, /* {| */
    FMT_TOKEN_CLOSE_ANNOTATION,
    FMT_TOKEN_TILDE,
};

struct fmt_token {
    enum fmt_token_kind kind;
    bool escaped;         /* an IRI, a string or a local name: not canonical as it stands */
    unsigned char quotes; /* a string: 1 or 3 on each side */
    const char *at;
    const char *end;
    const char *colon; /* a name: its first ':' */
};

enum fmt_lexed {
    FMT_LEX_TOKEN,
    FMT_LEX_MORE, /* at is where what is not whole begins; with `last`: the text is at its end */
    FMT_LEX_BAD,  /* spot and reason say why */
};

/* Zero-initialised but for at, end and last. */
struct fmt_lexer {
    const char *at; /* moves on */
    const char *end;
    bool last;       /* end is the end of the text */
    bool in_comment; /* kept from piece to piece, as is the next */
    bool started;    /* a token was read */
    const char *spot;
    char reason[160];
};

/* The next token. One of more than BC_LINE_MAX bytes is refused. The same
 * tokens and refusals come of any cut of a text into pieces, if each begins where the one before
 * gave FMT_LEX_MORE. */
enum fmt_lexed fmt_turtle_lex(struct fmt_lexer *lexer, struct fmt_token *token);

/* Sets spot and reason. */
void fmt_lexer_refuse(struct fmt_lexer *lexer, const char *spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of \uXXXX or \UXXXXXXXX at `at`, checked before; *behind is moved behind it. */
uint32_t fmt_numeric_escape(const char *at, const char **behind);

#endif
