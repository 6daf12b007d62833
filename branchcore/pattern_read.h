/* Inside branchcore: reading the text of patterns. Only pattern*.c and rewrite_parse.c use it. */
#ifndef BRANCHCORE_PATTERN_READ_H
#define BRANCHCORE_PATTERN_READ_H

#include "branchcore/pattern.h"

/* A declared prefix. */
struct bc_pattern_prefix {
    struct bc_slice name; /* without ':'; in the text */
    struct bc_buffer iri; /* without <> */
};

struct bc_pattern_reader {
    const char *start;
    const char *end;
    const char *at;
    struct bc_pattern_prefix *prefixes;
    size_t prefix_count;
    size_t prefix_capacity;
    const struct bc_prefixes *given; /* in force without a declaration; NULL: none */
    unsigned depth;                  /* of triple terms that are open */
    struct bc_error *err;
};

/* Fails with a message about the spot: "line L, column C: " and the rest. */
enum bc_status bc_pattern_refuse(const struct bc_pattern_reader *reader, const char *spot,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));
void bc_pattern_reader_release(struct bc_pattern_reader *reader);

/* The byte at the cursor; '\n' at the end. */
static inline char bc_pattern_peek(const struct bc_pattern_reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\n';
}
/* Skips blanks and a comment; with `lines`, line ends too. */
void bc_pattern_skip(struct bc_pattern_reader *reader, bool lines);
/* Takes a word of letters in any case, and whatever '@' is before it, if a blank follows it. */
bool bc_pattern_take_word(struct bc_pattern_reader *reader, const char *word);
/* Reads declarations of prefixes, as many as stand here, line ends between them included. */
enum bc_status bc_pattern_read_prefixes(struct bc_pattern_reader *reader);

enum bc_pattern_kind {
    BC_PATTERN_ANYTHING,
    BC_PATTERN_VARIABLE,
    BC_PATTERN_IRI,
    BC_PATTERN_BLANK,
    BC_PATTERN_LITERAL,
    BC_PATTERN_TEXT,  /* ~"part" */
    BC_PATTERN_A,     /* 'a' */
    BC_PATTERN_TRIPLE /* <<( s p o )>> */
};

/* A term as it was read. */
struct bc_pattern_term {
    const char *spot;
    bool negated;
    enum bc_pattern_kind kind;
    struct bc_slice name;          /* of a variable */
    enum bc_test_kind test;        /* of the others but a triple term */
    struct bc_buffer value;        /* likewise */
    struct bc_pattern_term *inner; /* of a triple term: room for three */
    size_t inner_count;            /* those that were written */
};
/* Reads the term at the cursor, '!' before it included. The holder releases it after success. */
enum bc_status bc_pattern_read_term(struct bc_pattern_reader *reader, struct bc_pattern_term *term);
void bc_pattern_term_release(struct bc_pattern_term *term);
/* Whether "<<" is at the cursor, and what then reads the rest of a term that has its spot. */
bool bc_pattern_at_triple(const struct bc_pattern_reader *reader);
enum bc_status bc_pattern_read_triple(struct bc_pattern_reader *reader,
                                      struct bc_pattern_term *term);
/* Appends the IRI, or the beginning of one, that stands at the cursor (bc_pattern_iri). */
enum bc_status bc_pattern_read_iri(struct bc_pattern_reader *reader, struct bc_buffer *iri);

#endif
