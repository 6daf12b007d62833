/* Counting what matches: how many, in groups, and the numbers among the objects added up.
 *
 * Results do not depend on threads, pieces or engines, sums of doubles included. */
#ifndef BRANCHCORE_AGGREGATE_H
#define BRANCHCORE_AGGREGATE_H

#include "branchcore/match.h"
#include "branchcore/number.h"

enum bc_group_by {
    BC_GROUP_NONE,
    BC_GROUP_SUBJECT,
    BC_GROUP_PREDICATE,
    BC_GROUP_OBJECT,
    BC_GROUP_CLASS,    /* the object of statements whose predicate is rdf:type; others: no group */
    BC_GROUP_GRAPH,    /* statements without one are a group, too, whose key is empty */
    BC_GROUP_FILE,     /* its path; of a text alone empty */
    BC_GROUP_LANGUAGE, /* of literals that have one, without '@'; others: no group */
    BC_GROUP_DATATYPE  /* of literals, with <>; xsd:string and rdf:langString where none is spelled;
                          other objects: no group */
};
/* "subject", "predicate", "object", "class", "graph", "file", "language", "datatype"; "none". */
const char *bc_group_by_name(enum bc_group_by by);
/* The other way, also for a plural ("subjects", "classes", "properties") and "type", "lang",
 * "property". False: unknown. */
bool bc_group_by_of(struct bc_slice name, enum bc_group_by *by);

struct bc_aggregate_options {
    struct bc_match_options match; /* its limit counts matching statements; count_only is ignored */
    enum bc_group_by by;
    uint64_t top;        /* how many groups are wanted; 0: all */
    bool numbers;        /* add up the objects that are numbers (number.h) */
    size_t memory_bytes; /* for groups; 0: the repository's budget */
};

struct bc_group {
    struct bc_slice key; /* a term as in canonical text, unless bc_group_by says otherwise */
    uint64_t count;
    const struct bc_sums *sums; /* with `numbers`; else NULL */
};

struct bc_aggregate {
    uint64_t count;       /* matching statements */
    uint64_t grouped;     /* of these, those that are in a group */
    uint64_t group_count; /* groups in all, shown or not */
    size_t shown;
    struct bc_group *groups; /* `shown` of them: more statements first, then in the order of keys */
    struct bc_sums sums;     /* with `numbers`: of all matching statements */
    uint64_t not_numbers;    /* with `numbers`: matching statements whose object is no number */
    struct bc_match_figures figures;
    struct bc_buffer keys; /* its own, as what follows */
    struct bc_sums *all_sums;
};

/* pattern NULL: everything. The caller releases *aggregate on success. BC_TOO_LARGE: the groups
 * need more than memory_bytes; err says what to do. Else as bc_match_new and bc_match_next. */
enum bc_status bc_aggregate(const struct bc_match_source *source, const struct bc_pattern *pattern,
                            const struct bc_aggregate_options *options,
                            struct bc_aggregate *aggregate, struct bc_error *err);
void bc_aggregate_release(struct bc_aggregate *aggregate);

#endif
