/* Syntaxes: in which text a triple file is written and shown, as the extension of its name says.
 *
 * Whatever the syntax, what is stored is the same: the set of canonical lines (ntriples.h). A
 * syntax that is not lines itself has a reader, which makes such lines of its text, and a writer,
 * which makes its text of a set. Those of N-Triples and N-Quads are branchcore's own; all others
 * come through a port, struct bc_formats, that a room implements and the repository is opened with
 * (repo.h).
 *
 * Base: relative IRIs are resolved (RFC 3986, section 5.2) against the file's own path in its
 * branch, "file:///geo/cities.ttl" for geo/cities.ttl (bc_base_of_path), unless the text names a
 * base of its own. */
#ifndef BRANCHCORE_SYNTAX_H
#define BRANCHCORE_SYNTAX_H

#include "branchcore/memory.h"
#include "branchcore/prefixes.h"
#include "branchcore/status.h"

#include <stdbool.h>

struct bc_compute;
struct bc_text;

enum bc_syntax {
    BC_NTRIPLES, /* .nt */
    BC_NQUADS,   /* .nq */
    BC_TURTLE,   /* .ttl */
    BC_TRIG,     /* .trig */
    BC_RDFXML,   /* .rdf, .owl */
    BC_SYNTAX_COUNT
};

/* False for a plain file's name, syntax untouched; a name that is nothing but the extension (".nt")
 * is plain. */
bool bc_syntax_of_name(struct bc_slice name, enum bc_syntax *syntax);
/* "N-Triples", "Turtle", ... */
const char *bc_syntax_name(enum bc_syntax syntax);
/* Its media type (IANA): "application/n-triples", "text/turtle", ... */
const char *bc_syntax_media_type(enum bc_syntax syntax);
/* Whether statements may have a graph. */
bool bc_syntax_has_graphs(enum bc_syntax syntax);
/* BC_NQUADS if they may, else BC_NTRIPLES: the syntax of the set's lines. */
enum bc_syntax bc_syntax_of_lines(enum bc_syntax syntax);
/* True for N-Triples and N-Quads: what is shown is the set's lines themselves. */
bool bc_syntax_is_lines(enum bc_syntax syntax);
/* Whether every set can be said in it, statements with a graph aside: not in RDF/XML, where a
 * predicate has to end in a name. */
bool bc_syntax_says_all(enum bc_syntax syntax);
/* Appends "file:///PATH", what a path of IRIs cannot hold as %XX of its bytes. path is one in a
 * branch, without a leading '/'. */
enum bc_status bc_base_of_path(struct bc_slice path, struct bc_buffer *base);

/* Where and why text was refused. */
struct bc_syntax_error {
    uint64_t line;     /* from 1 */
    uint64_t column;   /* from 1, in characters (code points) as editors count them */
    uint64_t offset;   /* from 0, in bytes from the start of the text */
    char reason[160];  /* such as "an IRI cannot contain a space" */
    char excerpt[128]; /* the refused line around the spot, "..." where it is cut; printable:
                          controls and broken bytes as '?', a tab as a space */
    unsigned caret;    /* characters (code points) of excerpt before the spot */
};

/* Appends "NAME: line L, column C: REASON\nEXCERPT\n    ^\n", the caret under the spot. A failure
 * leaves the buffer as it was. */
enum bc_status bc_syntax_error_format(const struct bc_syntax_error *error, const char *name,
                                      struct bc_buffer *to);

/* Takes one canonical line, '\n' included. `quad` says that it has a graph. The line's bytes are
 * valid during the call only. A failure ends the reading and comes back from feed/finish. It must
 * not call the reader. */
typedef enum bc_status (*bc_line_sink)(void *context, struct bc_slice line, bool quad);

/* What a text is read with. What it refers to is borrowed and outlives the reader; the struct
 * itself need not. */
struct bc_reading {
    const struct bc_compute *compute; /* NULL: the scalar engine */
    bc_line_sink sink;                /* gets the lines in any order, also several times */
    void *context;
    struct bc_slice base; /* an absolute IRI; empty: a relative IRI is an error */
    /* In force where the text begins, as for one that is added to a file; NULL: none. */
    const struct bc_prefixes *prefixes;
    /* What the text is to replace, or to be added to; NULL: nothing. Blank nodes that the text
     * gives no label ("[ ... ]") get, where they are the same as ones in here by what is said of
     * them, the labels of these. */
    struct bc_text *before;
    /* The text is added to `before` and does not replace it: what it says within "[ ... ]" is then
     * never said of a node that is there and of which other things are said. */
    bool added;
};

/* One text being read, in any chunking, with the same lines and errors for each. Used by one thread
 * at a time; two readers share nothing. What implements a reader has this as its first member. */
struct bc_syntax_reader {
    const struct bc_syntax_reader_ops *ops;
};

struct bc_syntax_reader_ops {
    /* BC_SYNTAX: error() says where. Also what sink returns; BC_NO_MEMORY, and what reading
     * `before` returns. Whatever fails, the reader stays failed and repeats the status. size 0 is
     * allowed.
     */
    enum bc_status (*feed)(struct bc_syntax_reader *reader, const void *data, size_t size);
    /* The end of the text. Statuses as feed's. Nothing but error, prefixes and free may follow. */
    enum bc_status (*finish)(struct bc_syntax_reader *reader);
    /* NULL if no text was refused. The reader's own, until free. */
    const struct bc_syntax_error *(*error)(const struct bc_syntax_reader *reader);
    /* Those of the reading, and those that the text declared so far, in the order of their first
     * declaration, with the meaning of their last. NULL: the syntax has none. */
    const struct bc_prefixes *(*prefixes)(const struct bc_syntax_reader *reader);
    void (*free)(struct bc_syntax_reader *reader);
};

/* What a set is written with. All of it is borrowed. */
struct bc_writing {
    struct bc_text *text;
    /* Declared at the start, in their order. NULL: none. */
    const struct bc_prefixes *prefixes;
    /* Declare those alone that are used. */
    bool used_prefixes;
    /* Not NULL: gets the prefixes that the text would declare, and no text is written. Of the
     * members below `compute` alone is used then. */
    struct bc_prefixes *declared;
    const struct bc_compute *compute; /* NULL: the scalar engine */
    const char *directory;            /* for temporary files; must exist */
    /* Gets the bytes of the written text in order. A failure ends the writing and is returned. */
    enum bc_status (*sink)(void *context, const void *data, size_t size);
    void *context;
};

/* The port. Any thread, in parallel. */
struct bc_formats {
    /* BC_UNSUPPORTED: it does not know the syntax. The caller frees *reader by its ops. */
    enum bc_status (*reader_new)(enum bc_syntax syntax, const struct bc_reading *reading,
                                 struct bc_syntax_reader **reader);
    /* The same set and prefixes always give the same bytes, and reading these the same set, but for
     * labels of blank nodes. BC_UNSUPPORTED: it does not know the syntax; BC_INVALID, with err: the
     * set has a statement that the syntax cannot say; BC_CORRUPT, BC_IO, BC_NO_SPACE. */
    enum bc_status (*write)(enum bc_syntax syntax, const struct bc_writing *writing,
                            struct bc_error *err);
    /* Another one whenever `write` gives other bytes than it gave for the same set before: what is
     * known of texts written by an earlier version of the program is then forgotten. */
    uint32_t revision;
};

/* A reader of any syntax: branchcore's own for lines, else the port's; formats may be NULL.
 * BC_UNSUPPORTED: there is none. */
enum bc_status bc_syntax_reader_new(const struct bc_formats *formats, enum bc_syntax syntax,
                                    const struct bc_reading *reading,
                                    struct bc_syntax_reader **reader);
void bc_syntax_reader_free(struct bc_syntax_reader *reader); /* NULL is allowed */

#endif
