/* The merge of one text: what the two sides changed since the base, slot by slot (slot.h), as
 * signed lines that turn one side into the result. Inside of the model; docs/merging.md has the
 * rules.
 *
 * Costs what the far side changed, and what the near side changed or, where that is much more, a
 * look into near and base at each slot that far changed. In memory is what both changed of one
 * subject and predicate; where both sides' changes are runs (merge_runs.h), up to 64 MiB more. */
#ifndef BRANCHCORE_MERGE_TEXT_H
#define BRANCHCORE_MERGE_TEXT_H

#include "branchcore/merge.h"
#include "branchcore/text_change.h"

enum bc_slot_reason {
    BC_SLOT_CHANGED,    /* one side removed what the other changed */
    BC_SLOT_FUNCTIONAL, /* both added to a predicate that has one object at most */
    BC_SLOT_STRICT      /* both changed it, which `strict` does not allow */
};

/* A slot in conflict: prefix and graph as of slot.h, and what each side changed of it. Valid during
 * the call that gives it. */
struct bc_slot_line {
    bool theirs; /* else ours */
    char sign;
    struct bc_slice line; /* with its '\n' */
};
struct bc_slot_conflict {
    struct bc_slice prefix;
    struct bc_slice graph;
    enum bc_slot_reason reason;
    const struct bc_slot_line *lines; /* of each side in order */
    size_t count;
};
typedef enum bc_status (*bc_slot_sink)(void *context, const struct bc_slot_conflict *slot);

struct bc_text_merge_input {
    struct bc_file_text *base; /* NULL: empty; so are the others. Retained. */
    struct bc_file_text *near; /* the result is told as changes of this one */
    struct bc_file_text *far;
    bool far_is_ours; /* near is theirs: for policies that take a side */
    enum bc_merge_policy policy;
    /* Whether a predicate (with <>) has at most one object a subject; NULL: none has. */
    enum bc_status (*functional)(void *context, struct bc_slice predicate, bool *is);
    void *functional_context;
    /* A slot in conflict that has to wait: it is left as ours has it. May be NULL. Not called for
     * slots that a policy decides. In the order of prefixes, then of graphs, and perhaps all over
     * again where the merge is begun anew. */
    bc_slot_sink conflict;
    void *context;
    const struct bc_compute *compute; /* NULL: the repository's */
};

/* How near's changes are found: for tests; 0 chooses by what they would cost. BC_MERGE_WALK: line
 * by line, also where both sides' changes are runs. */
enum bc_text_merge_way { BC_MERGE_CHEAPEST, BC_MERGE_WALK, BC_MERGE_PROBE };

struct bc_text_merge;
enum bc_status bc_text_merge_new(const struct bc_text_merge_input *input,
                                 enum bc_text_merge_way way, struct bc_text_merge **merge);
/* BC_NO_DATA at the end. line has its '\n' and is valid until the next call. Else BC_CORRUPT,
 * BC_IO, what the callbacks return: only free may follow. */
enum bc_status bc_text_merge_next(struct bc_text_merge *merge, char *sign, struct bc_slice *line);
/* To the first line; conflicts are counted anew. */
enum bc_status bc_text_merge_rewind(struct bc_text_merge *merge);
/* The same as a stream, borrowed. */
struct bc_signed_stream bc_text_merge_stream(struct bc_text_merge *merge);
/* Whether the result is near with all of far's changes, and these are one run (delta_run.h): then
 * *run is that and *sums what it adds up to, else *run is 0. Rewind must follow. BC_CORRUPT, BC_IO,
 * what the callbacks return. */
enum bc_status bc_text_merge_far_alone(struct bc_text_merge *merge, uint64_t *run,
                                       struct bc_change_sums *sums);
/* Slots met so far that have to wait. */
uint64_t bc_text_merge_conflicts(const struct bc_text_merge *merge);
void bc_text_merge_free(struct bc_text_merge *merge); /* NULL is allowed */

/* What comparing two texts costs: bytes to be looked at. */
uint64_t bc_text_diff_cost(const struct bc_file_text *a, const struct bc_file_text *b);

#endif
