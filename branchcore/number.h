/* Numbers of typed literals, added up: xsd:integer and all types derived from it, xsd:decimal,
 * xsd:double and xsd:float (XML Schema 1.1 part 2).
 *
 * Integers and decimals are exact as long as a value and the sum have at most 38 digits (128 bits)
 * with at most BC_NUMBER_SCALE_MAX of them behind the point; what is beyond that counts as a double
 * and makes the result inexact. A spelling of more than BC_NUMBER_SPELLING bytes is no number. A
 * float is the single-precision number that it spells. Doubles are added with compensation
 * (Neumaier), so that the sum's error does not grow with their number. */
#ifndef BRANCHCORE_NUMBER_H
#define BRANCHCORE_NUMBER_H

#include "branchcore/memory.h"

enum { BC_NUMBER_SCALE_MAX = 30, BC_NUMBER_SPELLING = 1000, BC_NUMBER_TEXT = 64 };

struct bc_number {
    __int128 units; /* exact: the value is units / 10^scale */
    double real;    /* otherwise */
    int scale;
    bool exact;
    bool rounded; /* an integer or decimal that does not fit */
};

/* The number that a literal (as in canonical text, with its quotes and datatype) says. False: not a
 * number: another kind of term or another datatype, a spelling or a value that its datatype does
 * not have ("1.5"^^xsd:integer, "300"^^xsd:byte), NaN or an infinity, also by being too large. */
bool bc_number_read(struct bc_slice literal, struct bc_number *number);
/* <0, 0, >0; exact where both are. */
int bc_number_compare(const struct bc_number *a, const struct bc_number *b);

struct bc_sums {
    uint64_t numbers; /* that were added */
    struct bc_number least;
    struct bc_number most;
    struct bc_number exact_sum; /* of the exact ones */
    double real_sum;            /* of the others, */
    double real_rest;           /* and what its roundings lost */
    bool inexact;               /* an integer or decimal did not fit; doubles do not set it */
    bool any_real;
};
/* Zero-initialised sums are of nothing. */
void bc_sums_add(struct bc_sums *sums, const struct bc_number *number);
/* What was added to `from` is added to `to`. */
void bc_sums_merge(struct bc_sums *to, const struct bc_sums *from);
/* Exact unless a double or what does not fit was added. 0 of nothing. */
struct bc_number bc_sums_total(const struct bc_sums *sums);
/* total / numbers; where total is exact rounded half away from zero, to 18 digits behind the point
 * or as many as total has. numbers is not 0. */
struct bc_number bc_sums_average(const struct bc_sums *sums);

/* As xsd:integer, xsd:decimal or (if it is not exact) xsd:double spells it: "12", "-0.5",
 * "1.5E9"; enough digits to read the same number back. A sum of doubles may be "INF" or "-INF". */
void bc_number_format(const struct bc_number *number, char text[BC_NUMBER_TEXT]);

#endif
