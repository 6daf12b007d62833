/* Inside formats/: where a text that comes in pieces was refused. Lines are counted a piece at a
 * time, when it is done with, and again up to the spot where there is one, so that reading itself
 * need not count. */
#ifndef FORMATS_TURTLE_PLACE_H
#define FORMATS_TURTLE_PLACE_H

#include "branchcore/syntax.h"

enum { FMT_PLACE_AROUND = sizeof(struct bc_syntax_error){0}.excerpt };

/* A place in the text, and the end of its line up to there. Zero-initialised is the start. A line
 * break is "\n", "\r" or "\r\n". */
struct fmt_place {
    uint64_t line;   /* from 0 */
    uint64_t column; /* from 0, in characters */
    uint64_t offset;
    bool behind_cr;
    size_t before_size;
    char before[FMT_PLACE_AROUND];
};

/* Moves over bytes that are valid UTF-8, whole characters or not. */
void fmt_place_advance(struct fmt_place *place, const char *data, size_t size);

/* A refusal of which the rest of the line has not come yet. */
struct fmt_refusal {
    struct fmt_place place;
    size_t rest_size;
    bool whole; /* the line's end, or enough of it, was seen */
    char rest[FMT_PLACE_AROUND];
};

/* Takes what follows the spot; at the text's end, call it no more. */
void fmt_refusal_feed(struct fmt_refusal *refusal, const char *data, size_t size);
/* Sets all but the reason. */
void fmt_refusal_finish(const struct fmt_refusal *refusal, struct bc_syntax_error *error);

#endif
