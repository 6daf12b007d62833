/* Settling: what becomes of one subject and predicate of which both sides changed something, by the
 * rules of docs/merging.md. Inside of the model. */
#ifndef BRANCHCORE_MERGE_SETTLE_H
#define BRANCHCORE_MERGE_SETTLE_H

#include "branchcore/merge_text.h"

/* A changed line of a group. */
struct bc_group_item {
    size_t at; /* in the group's bytes */
    size_t size;
    char sign;
    bool shared; /* the other side changed it likewise */
    bool emit;   /* it is part of the output: near's with the sign turned round */
    struct bc_slice graph;
};

/* What one side changed of one subject and predicate. */
struct bc_group {
    struct bc_buffer bytes;
    struct bc_group_item *items;
    struct bc_group_item **sorted; /* while it is settled */
    size_t count;
    size_t capacity;
};

/* Appends a line, with its '\n'; they come in order. */
enum bc_status bc_group_add(struct bc_group *group, char sign, struct bc_slice line);
/* The same for whole lines with their signs behind them, as a run of changes has them
 * (delta_run.h). BC_CORRUPT: a line has no sign. */
enum bc_status bc_group_add_signed(struct bc_group *group, struct bc_slice lines);

/* The holder sets input, zero-initialises the rest and releases it. */
struct bc_settling {
    struct bc_text_merge_input input; /* of which the texts are not looked at */
    bool no_graphs;                   /* no line has one */
    struct bc_group near;
    struct bc_group far;
    size_t near_at; /* what is left of the groups to be put out */
    size_t far_at;
    uint64_t conflicts; /* of all groups so far */
    bool differs;       /* this group's result is not just what far changed */
};

/* For the next group: both are empty. */
void bc_settling_clear(struct bc_settling *settling);
/* Settles what was added to both groups. BC_CORRUPT: the sides changed a line in ways that no base
 * allows; what the input's callbacks return. */
enum bc_status bc_settle_group(struct bc_settling *settling);
/* The next line of the result; false: none is left. Valid until the groups are changed. */
bool bc_settled_next(struct bc_settling *settling, char *sign, struct bc_slice *line);
void bc_settling_release(struct bc_settling *settling);

#endif
