/* Settled texts (settle.h): what covers the layers below must be what they make together. */
#include "branchcore/check_rows.h"
#include "branchcore/delta.h"

#include <inttypes.h>

/* Two views of one text, line by line. */
static enum bc_status compare_texts(struct bc_text *one, struct bc_text *other, bool *same)
{
    struct bc_text_cursor *cursors[2] = {NULL, NULL};
    struct bc_slice lines[2];
    enum bc_status st = bc_text_cursor_new(one, &cursors[0]);
    if (!st)
        st = bc_text_cursor_new(other, &cursors[1]);
    *same = true;
    while (!st && *same) {
        enum bc_status ends[2];
        for (size_t i = 0; i < 2; i++) {
            ends[i] = bc_text_cursor_next(cursors[i], &lines[i]);
            if (ends[i] && ends[i] != BC_NO_DATA)
                st = ends[i];
        }
        if (st || (ends[0] && ends[1]))
            break;
        *same = !ends[0] && !ends[1] && bc_slice_equal(lines[0], lines[1]);
    }
    bc_text_cursor_free(cursors[0]);
    bc_text_cursor_free(cursors[1]);
    return st;
}

static enum bc_status compare_wholes(struct bc_store *store, const struct bc_content *covering,
                                     const struct bc_content *covered, bool *same)
{
    struct bc_text *texts[2] = {NULL, NULL};
    enum bc_status st = bc_text_new(store, covering, NULL, NULL, &texts[0]);
    if (!st)
        st = bc_text_new(store, covered, NULL, NULL, &texts[1]);
    if (!st)
        st = compare_texts(texts[0], texts[1], same);
    bc_text_release(texts[0]);
    bc_text_release(texts[1]);
    return st;
}

static bool same_deltas(const struct bc_delta *one, const struct bc_delta *other)
{
    bool same = one->count == other->count;
    for (size_t i = 0; same && i < one->count; i++)
        same = one->lines[i].sign == other->lines[i].sign &&
               bc_slice_equal(bc_delta_slice(&one->lines[i]), bc_delta_slice(&other->lines[i]));
    return same;
}

/* On one base run what changes it is the same too. */
static enum bc_status compare_changes(struct bc_store *store, const struct bc_content *covering,
                                      const struct bc_content *covered, bool *same)
{
    struct bc_delta deltas[2] = {{0}, {0}};
    enum bc_status st = bc_delta_read(store, NULL, covering->sources, covering->source_count,
                                      covering->node, &deltas[0]);
    if (!st)
        st = bc_delta_read(store, NULL, covered->sources, covered->source_count, covered->node,
                           &deltas[1]);
    *same = !st && same_deltas(&deltas[0], &deltas[1]);
    bc_delta_release(&deltas[0]);
    bc_delta_release(&deltas[1]);
    return st;
}

enum bc_status bc_check_covers(struct bc_check *check, struct bc_branch *branch,
                               const struct bc_found *found, const char *where)
{
    struct bc_content covering = {0};
    struct bc_content covered = {0};
    struct bc_found plain = *found;
    bool same = false;
    plain.record.flags &= (uint8_t) ~(BC_NODE_BASE | BC_NODE_COVERS | BC_NODE_JOINED);
    enum bc_status st = bc_content_resolve(branch, found, &covering);
    if (!st)
        st = bc_content_resolve(branch, &plain, &covered);
    struct bc_store *store = check->repo->store;
    if (!st)
        st = covering.run == covered.run ? compare_changes(store, &covering, &covered, &same)
                                         : compare_wholes(store, &covering, &covered, &same);
    if (!st && !same)
        bc_check_problem(check,
                         "%s: layer %" PRIu64 " covers those below and is not what they make",
                         where, found->layer);
    bc_content_release(&covering);
    bc_content_release(&covered);
    return st;
}
