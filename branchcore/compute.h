/* The compute port: the operations worth accelerating, on arrays and text blocks. branchcore
 * carries the scalar engine (scalar.h), the reference; vec/ and gpu/ implement the same struct, and
 * one conformance suite (tests/compute_conformance.h) runs over all of them. All give
 * byte-identical results.
 *
 * Threads: an engine is immutable after its creation and may be used from any thread at once; each
 * operation works on the thread that calls it. Arguments are owned by the caller and, unless said
 * otherwise, only read. No operation reads a byte outside of what it was given, nor allocates
 * unless it can return BC_NO_MEMORY.
 *
 * Texts are at most UINT32_MAX bytes. A mask is an array of words, bit i % 64 of word i / 64 for
 * element i; an operation that fills a mask writes all its BC_MASK_WORDS words, and the bits behind
 * the last element are 0. */
#ifndef BRANCHCORE_COMPUTE_H
#define BRANCHCORE_COMPUTE_H

#include "branchcore/memory.h"
#include "branchcore/ntriples.h"
#include "branchcore/status.h"

enum {
    /* sort_unique takes at most this much memory beside its arguments for each line, and 64 KiB. */
    BC_SORT_BYTES_A_LINE = 56,
};

#define BC_MASK_WORDS(count) (((size_t)(count) + 63) / 64)

/* One line of a text that somebody else holds, '\n' included. */
struct bc_line {
    const char *data;
    uint32_t size;
};

/* What bytes of a text are, a mask each. An array may be NULL: it is not wanted. */
struct bc_scan {
    uint64_t *line_ends; /* '\n' and '\r' */
    uint64_t *iri_stops; /* what no IRI holds as it is: U+0000-U+0020 < > " { } | ^ ` \ */
    uint64_t
        *literal_stops; /* what no canonical literal holds as it is: U+0000-U+001F " \ U+007F */
};

/* Where the terms of a canonical line stand in its text: the subject is [start, predicate - 1), the
 * predicate [predicate, object - 1), the object [object, (graph ? graph : end - 2) - 1), the graph
 * [graph, end - 3). */
struct bc_spans {
    uint32_t start;
    uint32_t predicate;
    uint32_t object;
    uint32_t graph; /* 0: a triple */
    uint32_t end;   /* behind the '\n' */
};

enum bc_term { BC_SUBJECT, BC_PREDICATE, BC_OBJECT, BC_GRAPH };

static inline struct bc_slice bc_spans_term(const char *text, const struct bc_spans *spans,
                                            enum bc_term term)
{
    uint32_t behind_object = spans->graph ? spans->graph - 1 : spans->end - 3;
    switch (term) {
    case BC_SUBJECT:
        return bc_slice(text + spans->start, spans->predicate - 1 - spans->start);
    case BC_PREDICATE:
        return bc_slice(text + spans->predicate, spans->object - 1 - spans->predicate);
    case BC_OBJECT:
        return bc_slice(text + spans->object, behind_object - spans->object);
    case BC_GRAPH:
        break;
    }
    return spans->graph ? bc_slice(text + spans->graph, spans->end - 3 - spans->graph)
                        : bc_slice(text + spans->end, 0);
}

static inline struct bc_slice bc_spans_line(const char *text, const struct bc_spans *spans)
{
    return bc_slice(text + spans->start, spans->end - spans->start);
}

/* What hash takes of a statement: a term, or subject, predicate and graph together. */
enum bc_hash_of { BC_HASH_SUBJECT, BC_HASH_PREDICATE, BC_HASH_OBJECT, BC_HASH_GRAPH, BC_HASH_SLOT };

struct bc_hash128 {
    uint64_t low;
    uint64_t high;
};

/* What a walk over two texts found, as bits of its filter. */
enum bc_side { BC_LEFT_ONLY = 1, BC_RIGHT_ONLY = 2, BC_BOTH = 4 };

/* Whole lines, one or more, that lie side by side in one of the two texts: the left one's for
 * BC_LEFT_ONLY and BC_BOTH. */
struct bc_range {
    enum bc_side side;
    struct bc_slice lines;
};

/* What both sides have of one slot prefix; or, with one of the two empty, lines of one side whose
 * prefixes the other side has not. */
struct bc_meeting {
    struct bc_slice left;
    struct bc_slice right;
};

/* A question to one term. value is spelled as in canonical text. */
enum bc_test_kind {
    BC_TEST_EQUAL,    /* the term is value, with its <>, "" and what belongs to it */
    BC_TEST_PREFIX,   /* the term's bytes begin with value: "<http://example.org/", "_:", "\"",
                         "<<( "; "<" alone: an IRI, and no triple term */
    BC_TEST_LANGUAGE, /* a literal with this language tag, or one of it (value "en": en, en-gb,
                         en--ltr), and, if value has a direction, with that (value "en--ltr":
                         en--ltr, en-gb--ltr); value is in lower case; empty: with any */
    BC_TEST_DATATYPE, /* a literal with this datatype, given with its <>; xsd:string for a literal
                         with none, rdf:langString for one with a language tag,
                         rdf:dirLangString for one with a direction, too */
    BC_TEST_CONTAINS  /* the term's bytes, with <> and quotes, have value in them; empty: true */
};
struct bc_term_test {
    enum bc_term term;
    enum bc_test_kind kind;
    struct bc_slice value;
};

enum bc_mask_operation { BC_MASK_AND, BC_MASK_OR, BC_MASK_AND_NOT };

struct bc_compute {
    const char *name; /* "scalar", "simd", "gpu": what `engine=` says */
    const char *set;  /* the instruction set: "scalar", "sse4.2", "avx2", "avx512", "neon" */

    /* Text. */

    /* Says what each byte is, and returns how many bytes from the start are whole UTF-8 characters
     * (Unicode, table 3-7): text.size if all is valid. The masks tell of all bytes, valid or not.
     */
    size_t (*scan)(const struct bc_compute *compute, struct bc_slice text,
                   const struct bc_scan *masks);

    /* Splits canonical statements from the start of text on, up to `room`, and returns how many;
     * spans[i] are theirs, *used is behind the last one's '\n'. Stops before the first line that is
     * not canonical, has a graph in BC_NTRIPLES, is longer than BC_LINE_MAX, or lacks its '\n'. A
     * line counts as canonical if bc_canonical_walk takes it. */
    size_t (*split)(const struct bc_compute *compute, struct bc_slice text, enum bc_syntax syntax,
                    struct bc_spans *spans, size_t room, size_t *used);

    /* Where needle first is in text at `from` or behind; text.size: nowhere. An empty needle is at
     * `from`. */
    size_t (*find)(const struct bc_compute *compute, struct bc_slice text, struct bc_slice needle,
                   size_t from);

    /* Columns. */

    /* XXH3 of 64 bits, seed 0, of the bytes of what `of` says; of BC_HASH_SLOT: of subject, space,
     * predicate, space, graph (of a triple: nothing behind the second space). */
    void (*hash)(const struct bc_compute *compute, const char *text, const struct bc_spans *spans,
                 size_t count, enum bc_hash_of of, uint64_t *hashes);
    /* XXH3 of 128 bits, seed 0, of whole lines, '\n' included. */
    void (*hash_statements)(const struct bc_compute *compute, const char *text,
                            const struct bc_spans *spans, size_t count, struct bc_hash128 *hashes);

    /* Sets. */

    /* Sorts lines bytewise in place (unsigned bytes; a proper prefix first) and drops duplicates;
     * *count is updated, and the lines that are left are lines[0] on. Lines may be empty and may
     * hold any bytes; none is read beyond its end. BC_NO_MEMORY: the lines are some permutation of
     * what they were. */
    enum bc_status (*sort_unique)(const struct bc_compute *compute, struct bc_line *lines,
                                  size_t *count);

    /* Walks two sorted, duplicate-free texts of whole lines, both with their '\n', and notes the
     * lines whose side is in filter, in order, as ranges that are as long as can be; ranges that
     * touch in one text and have one side may still come apart. Goes on until one of the two texts
     * is used up or `room` (at least 1) ranges are noted, and returns how many are; *left and
     * *right are then what is left of them. What is left when one text is used up for good is the
     * other side's alone: that is the caller's to know. */
    size_t (*walk)(const struct bc_compute *compute, struct bc_slice *left, struct bc_slice *right,
                   unsigned filter, struct bc_range *ranges, size_t room);

    /* Walks what two sides changed, as texts of whole lines (signed or not: nothing behind the
     * second space of a line decides), sorted by their slot prefixes (slot.h: subject and
     * predicate, each with its space), and notes in order what lies on one side alone, in ranges as
     * long as can be, and the prefixes that are on both. A prefix at the end of a text whose `more`
     * is set is held back, as its lines may go on. Goes on until nothing more can be said or `room`
     * (at least 1) is noted; *left and *right are then what is left of them. With neither `more`
     * nothing is left unless room ran out. */
    size_t (*meet)(const struct bc_compute *compute, struct bc_slice *left, bool more_left,
                   struct bc_slice *right, bool more_right, struct bc_meeting *meetings,
                   size_t room);

    /* Filters. */

    /* The mask of the statements that pass the test. */
    void (*match)(const struct bc_compute *compute, const char *text, const struct bc_spans *spans,
                  size_t count, const struct bc_term_test *test, uint64_t *mask);
    /* to = to operation with; `words` words each. */
    void (*combine)(const struct bc_compute *compute, enum bc_mask_operation operation,
                    uint64_t *to, const uint64_t *with, size_t words);
    /* How many bits are set. */
    size_t (*count)(const struct bc_compute *compute, const uint64_t *mask, size_t words);
};

/* The scalar engine; static storage. scalar.h has its operations one by one. */
const struct bc_compute *bc_scalar_engine(void);

#endif
