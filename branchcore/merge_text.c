#include "branchcore/merge_text.h"

#include "branchcore/lines.h"
#include "branchcore/merge_runs.h"
#include "branchcore/merge_settle.h"
#include "branchcore/slot.h"
#include "branchcore/text_diff.h"
#include "branchcore/text_history.h"

/* The changes of one side, one line ahead. */
struct changes {
    struct bc_text_diff *diff;
    bool ended;
    char sign;
    struct bc_slice line;
};

struct bc_text_merge {
    struct bc_text_merge_input input;
    enum bc_text_merge_way way;
    struct changes far;
    struct changes near;              /* without probe */
    struct bc_text_cursor *near_text; /* with probe; NULL: an empty text */
    struct bc_text_cursor *base_text;
    struct bc_buffer prefix; /* of far's lines that pass through, since near changed none of it */
    struct bc_settling settling;
    struct bc_run_merge *runs; /* both sides' changes are runs: the result is this */
    struct bc_slice lines;     /* of it, that are left */
    struct bc_buffer line;     /* the one that was given last */
    struct bc_pool_job open_near;
    enum bc_status near_status;
    bool probe;
    bool started;
    bool taken;   /* far's line was given to the caller: the next call goes on behind it */
    bool differs; /* from far's changes */
};

static uint64_t run_of(const struct bc_file_text *text)
{
    return text ? bc_text_run(bc_file_text_view(text)) : 0;
}

uint64_t bc_text_diff_cost(const struct bc_file_text *a, const struct bc_file_text *b)
{
    uint64_t cost = 0;
    bool lines_alone = run_of(a) == run_of(b);
    const struct bc_file_text *both[2] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        if (both[i])
            cost += lines_alone ? bc_file_text_delta_bytes(both[i])
                                : bc_text_bytes(bc_file_text_view(both[i]));
    }
    return cost;
}

/* Changes. */

static enum bc_status advance(struct changes *changes)
{
    enum bc_status st = bc_text_diff_next(changes->diff, &changes->sign, &changes->line);
    changes->ended = st == BC_NO_DATA;
    return changes->ended ? BC_OK : st;
}

/* To the first line. */
static enum bc_status changes_start(struct changes *changes)
{
    enum bc_status st = bc_text_diff_rewind(changes->diff);
    return st ? st : advance(changes);
}

static void changes_release(struct changes *changes)
{
    bc_text_diff_free(changes->diff);
    *changes = (struct changes){0};
}

/* Takes the lines of the group out of the changes. */
static enum bc_status take_group(struct changes *changes, struct bc_slice prefix,
                                 struct bc_group *group)
{
    enum bc_status st = BC_OK;
    while (!st && !changes->ended && bc_slot_begins(changes->line, prefix)) {
        st = bc_group_add(group, changes->sign, changes->line);
        if (!st)
            st = advance(changes);
    }
    return st;
}

static enum bc_status near_by_walk(struct bc_text_merge *merge, struct bc_slice prefix)
{
    struct changes *near = &merge->near;
    enum bc_status st = BC_OK;
    while (!st && !near->ended && bc_slice_compare(near->line, prefix) < 0)
        st = advance(near);
    return st ? st : take_group(near, prefix, &merge->settling.near);
}

/* The next line of a text if it is of the group; size 0: it is not. */
static enum bc_status next_of_group(struct bc_text_cursor *cursor, struct bc_slice prefix,
                                    struct bc_slice *line)
{
    *line = bc_slice("", 0);
    if (!cursor)
        return BC_OK;
    enum bc_status st = bc_text_cursor_next(cursor, line);
    if (st || !bc_slot_begins(*line, prefix))
        *line = bc_slice("", 0);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status near_by_probe(struct bc_text_merge *merge, struct bc_slice prefix)
{
    struct bc_text_cursor *now_text = merge->near_text;
    struct bc_text_cursor *base_text = merge->base_text;
    struct bc_slice now;
    struct bc_slice base;
    enum bc_status st = now_text ? bc_text_cursor_seek(now_text, prefix) : BC_OK;
    if (!st && base_text)
        st = bc_text_cursor_seek(base_text, prefix);
    if (!st)
        st = next_of_group(now_text, prefix, &now);
    if (!st)
        st = next_of_group(base_text, prefix, &base);
    while (!st && (now.size || base.size)) {
        int order = !base.size ? -1 : !now.size ? 1 : bc_slice_compare(now, base);
        if (order)
            st = bc_group_add(&merge->settling.near, order < 0 ? '+' : '-', order < 0 ? now : base);
        if (!st && order <= 0)
            st = next_of_group(now_text, prefix, &now);
        if (!st && order >= 0)
            st = next_of_group(base_text, prefix, &base);
    }
    return st;
}

/* Begins with far's next subject and predicate: either its lines pass through, or both sides' are
 * settled. */
static enum bc_status next_group(struct bc_text_merge *merge)
{
    struct bc_slice prefix = bc_slot_prefix(merge->far.line);
    bc_buffer_clear(&merge->prefix);
    bc_settling_clear(&merge->settling);
    enum bc_status st = bc_buffer_append(&merge->prefix, prefix.data, prefix.size);
    prefix = bc_buffer_slice(&merge->prefix);
    if (!st)
        st = merge->probe ? near_by_probe(merge, prefix) : near_by_walk(merge, prefix);
    if (st || !merge->settling.near.count)
        return st;
    st = take_group(&merge->far, prefix, &merge->settling.far);
    bc_buffer_clear(&merge->prefix);
    if (!st)
        st = bc_settle_group(&merge->settling);
    merge->differs = merge->differs || merge->settling.differs;
    return st;
}

/* The differences are kept, and what a walk over runs found: what was found out once need not be
 * again. */
static void stop(struct bc_text_merge *merge)
{
    bc_text_cursor_free(merge->near_text);
    bc_text_cursor_free(merge->base_text);
    merge->near_text = merge->base_text = NULL;
    bc_buffer_clear(&merge->prefix);
    bc_settling_clear(&merge->settling);
    merge->settling.conflicts = 0;
    merge->started = merge->taken = merge->differs = false;
    merge->lines = bc_slice("", 0);
}

static enum bc_status cursor_of(struct bc_file_text *text, struct bc_text_cursor **cursor)
{
    return text ? bc_text_cursor_new(bc_file_text_view(text), cursor) : BC_OK;
}

static struct bc_repo *repo_of(const struct bc_text_merge *merge)
{
    return bc_file_text_repo(merge->input.far ? merge->input.far : merge->input.near);
}

static void open_near(struct bc_pool_job *job)
{
    struct bc_text_merge *merge =
        (struct bc_text_merge *)((char *)job - offsetof(struct bc_text_merge, open_near));
    merge->near_status = bc_text_diff_new(merge->input.base, merge->input.near, &merge->near.diff);
}

/* Finding out what changed may be comparing two texts: the two sides' at once. */
static enum bc_status open_diffs(struct bc_text_merge *merge)
{
    const struct bc_text_merge_input *input = &merge->input;
    struct bc_pool *pool = repo_of(merge)->pool;
    enum bc_status st = BC_OK;
    if (!merge->near.diff && !merge->probe) {
        merge->open_near = (struct bc_pool_job){.run = open_near};
        bc_pool_start(pool, &merge->open_near);
    }
    if (!merge->far.diff)
        st = bc_text_diff_new(input->base, input->far, &merge->far.diff);
    if (merge->open_near.run)
        bc_pool_wait(pool, &merge->open_near);
    merge->open_near.run = NULL;
    return st ? st : merge->near_status;
}

static enum bc_status start_lines(struct bc_text_merge *merge)
{
    enum bc_status st = changes_start(&merge->far);
    if (!merge->probe)
        return st ? st : changes_start(&merge->near);
    if (!st)
        st = cursor_of(merge->input.near, &merge->near_text);
    return st ? st : cursor_of(merge->input.base, &merge->base_text);
}

static bool are_runs(const struct bc_text_merge *merge)
{
    return merge->way == BC_MERGE_CHEAPEST && !merge->probe && bc_text_diff_run(merge->near.diff) &&
           bc_text_diff_run(merge->far.diff);
}

static enum bc_status walk_runs(struct bc_text_merge *merge)
{
    struct bc_repo *repo = repo_of(merge);
    struct bc_run_merge_input input = {
        .store = repo->store,
        .near = bc_text_diff_run(merge->near.diff),
        .far = bc_text_diff_run(merge->far.diff),
        .rules = &merge->input,
        .compute = merge->input.compute ? merge->input.compute : repo->compute,
        .pool = repo->pool,
    };
    return bc_run_merge_new(&input, &merge->runs);
}

static enum bc_status start(struct bc_text_merge *merge)
{
    enum bc_status st = merge->runs ? BC_OK : open_diffs(merge);
    if (!st && merge->runs)
        bc_run_merge_rewind(merge->runs);
    else if (!st)
        st = are_runs(merge) ? walk_runs(merge) : start_lines(merge);
    merge->started = !st;
    return st;
}

/* The next line of what a walk over runs found. */
static enum bc_status next_of_runs(struct bc_text_merge *merge, char *sign, struct bc_slice *line)
{
    bool quads;
    enum bc_status st =
        merge->lines.size ? BC_OK : bc_run_merge_next(merge->runs, &merge->lines, &quads);
    if (st)
        return st;
    struct bc_slice next = bc_lines_at(merge->lines, 0);
    bc_buffer_clear(&merge->line);
    if (next.size < 3)
        return BC_CORRUPT;
    st = bc_buffer_append(&merge->line, next.data, next.size - 1);
    if (st)
        return st;
    merge->lines = bc_slice(next.data + next.size, merge->lines.size - next.size);
    *sign = merge->line.data[next.size - 2];
    merge->line.data[next.size - 2] = '\n';
    *line = bc_buffer_slice(&merge->line);
    return BC_OK;
}

static enum bc_status next_of_lines(struct bc_text_merge *merge, char *sign, struct bc_slice *line)
{
    enum bc_status st = merge->taken ? advance(&merge->far) : BC_OK;
    merge->taken = false;
    while (!st) {
        if (bc_settled_next(&merge->settling, sign, line))
            return BC_OK;
        if (merge->far.ended)
            return BC_NO_DATA;
        struct bc_slice prefix = bc_buffer_slice(&merge->prefix);
        if (prefix.size && bc_slot_begins(merge->far.line, prefix)) {
            *sign = merge->far.sign;
            *line = merge->far.line;
            merge->taken = true;
            return BC_OK;
        }
        st = next_group(merge);
    }
    return st;
}

enum bc_status bc_text_merge_next(struct bc_text_merge *merge, char *sign, struct bc_slice *line)
{
    enum bc_status st = merge->started ? BC_OK : start(merge);
    if (st)
        return st;
    return merge->runs ? next_of_runs(merge, sign, line) : next_of_lines(merge, sign, line);
}

enum bc_status bc_text_merge_rewind(struct bc_text_merge *merge)
{
    stop(merge);
    return BC_OK;
}

/* Of far's run of changes; 0: there is none. */
static uint64_t far_run(const struct bc_text_merge *merge)
{
    return merge->far.diff ? bc_text_diff_run(merge->far.diff) : 0;
}

/* Looks at all lines, unless one shows that the result is something else. */
static enum bc_status far_alone_by_lines(struct bc_text_merge *merge, bool *alone)
{
    struct bc_run_summary summary;
    struct bc_slice line;
    char sign;
    uint64_t count = 0;
    enum bc_status st = bc_run_summary(repo_of(merge)->store, far_run(merge), &summary);
    while (!st && !merge->differs) {
        st = next_of_lines(merge, &sign, &line);
        count += !st;
    }
    *alone = st == BC_NO_DATA && !merge->differs && count == summary.lines;
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_text_merge_far_alone(struct bc_text_merge *merge, uint64_t *run,
                                       struct bc_change_sums *sums)
{
    unsigned char digest[32];
    bool alone = false;
    *run = 0;
    enum bc_status st = merge->started ? BC_OK : start(merge);
    if (!st && merge->runs)
        alone = !bc_run_merge_differs(merge->runs);
    else if (!st && far_run(merge))
        st = far_alone_by_lines(merge, &alone);
    if (!st && alone)
        st = bc_delta_run_sums(repo_of(merge)->store, far_run(merge), sums, digest);
    if (!st && alone)
        *run = far_run(merge);
    return st;
}

static enum bc_status stream_next(void *context, char *sign, struct bc_slice *line)
{
    return bc_text_merge_next(context, sign, line);
}

static enum bc_status stream_next_lines(void *context, struct bc_slice *lines, bool *quads)
{
    struct bc_text_merge *merge = context;
    enum bc_status st = merge->started ? BC_OK : start(merge);
    return st ? st : bc_run_merge_next(merge->runs, lines, quads);
}

static enum bc_status stream_rewind(void *context)
{
    return bc_text_merge_rewind(context);
}

static uint64_t far_bytes(const struct bc_text_merge *merge)
{
    struct bc_run_summary summary = {0};
    uint64_t run = far_run(merge);
    if (run && bc_run_summary(repo_of(merge)->store, run, &summary))
        return 0;
    return summary.bytes;
}

struct bc_signed_stream bc_text_merge_stream(struct bc_text_merge *merge)
{
    return (struct bc_signed_stream){
        .next = stream_next,
        .next_lines = merge->runs ? stream_next_lines : NULL,
        .rewind = stream_rewind,
        .context = merge,
        .bytes = far_bytes(merge),
    };
}

uint64_t bc_text_merge_conflicts(const struct bc_text_merge *merge)
{
    return merge->runs ? bc_run_merge_conflicts(merge->runs) : merge->settling.conflicts;
}

static bool probe_is_cheaper(const struct bc_text_merge_input *input)
{
    /* A probe reads a block of each text, a walk reads on: about so many bytes to one. */
    enum { LEAST = 1 << 20, BYTES_TO_ONE = 256 };
    uint64_t far = bc_text_diff_cost(input->base, input->far);
    uint64_t near = bc_text_diff_cost(input->base, input->near);
    return near >= LEAST && far < near / BYTES_TO_ONE;
}

enum bc_status bc_text_merge_new(const struct bc_text_merge_input *input,
                                 enum bc_text_merge_way way, struct bc_text_merge **merge)
{
    struct bc_text_merge *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->input = *input;
    made->settling.input = *input;
    made->way = way;
    made->probe = way == BC_MERGE_PROBE || (way == BC_MERGE_CHEAPEST && probe_is_cheaper(input));
    if (input->base)
        (void)bc_file_text_retain(input->base);
    if (input->near)
        (void)bc_file_text_retain(input->near);
    if (input->far)
        (void)bc_file_text_retain(input->far);
    *merge = made;
    return BC_OK;
}

void bc_text_merge_free(struct bc_text_merge *merge)
{
    if (!merge)
        return;
    stop(merge);
    changes_release(&merge->far);
    changes_release(&merge->near);
    bc_buffer_release(&merge->prefix);
    bc_buffer_release(&merge->line);
    bc_settling_release(&merge->settling);
    bc_run_merge_free(merge->runs);
    bc_file_text_release(merge->input.base);
    bc_file_text_release(merge->input.near);
    bc_file_text_release(merge->input.far);
    bc_free(merge);
}
