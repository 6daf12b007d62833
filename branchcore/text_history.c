#include "branchcore/text_history.h"

#include "branchcore/delta_run.h"
#include "branchcore/lines.h"

/* Changes of more bytes are not brought into memory: comparing the texts needs none. */
enum { STEPS_MAX = 1 << 16, BYTES_MAX = 256 << 20 };

/* A record on the way down: its version, and what its layer changed of the one below. */
struct step {
    uint64_t version;
    struct bc_change_source source;
    bool known;
};

struct chain {
    struct bc_repo *repo;
    uint64_t node;
    struct step *steps; /* from the top down */
    size_t count;
    uint64_t below;               /* the layer of the next record; 0: nothing below is of use */
    struct bc_id_counts versions; /* the one that is looked for, and those of the steps */
};

static void chain_release(struct chain *chain)
{
    bc_free(chain->steps);
    bc_free(chain->versions.slots);
}

static enum bc_status add_step(struct chain *chain, struct step step)
{
    size_t count = chain->count;
    if ((count & (count - 1)) == 0) {
        struct step *steps =
            bc_realloc_array(chain->steps, count ? count * 2 : 1, sizeof *chain->steps);
        if (!steps)
            return BC_NO_MEMORY;
        chain->steps = steps;
    }
    chain->steps[chain->count++] = step;
    return BC_OK;
}

/* Takes the next record down. BC_NO_DATA: there is none, or it is no text's. */
static enum bc_status descend(struct chain *chain)
{
    struct bc_node record;
    uint64_t layer = chain->below;
    if (!layer || chain->count == STEPS_MAX)
        return BC_NO_DATA;
    enum bc_status st = bc_record_numbers(chain->repo, layer, chain->node, &record);
    if (st)
        return st == BC_NOT_FOUND ? BC_NO_DATA : st;
    if (record.kind != BC_FILE || record.form != BC_TEXT || record.below >= layer)
        return BC_NO_DATA;
    chain->below = record.below;
    unsigned flags = record.flags;
    bool known = !(flags & BC_NODE_BASE) || (flags & BC_NODE_COVERS) || record.delta;
    struct bc_change_source source = {.layer = flags & BC_NODE_DELTA ? layer : 0,
                                      .delta = record.delta};
    return add_step(chain, (struct step){record.version, source, known});
}

/* The first step of that version; count if there is none so far. */
static size_t find_version(const struct chain *chain, uint64_t version)
{
    size_t i = 0;
    while (i < chain->count && chain->steps[i].version != version)
        i++;
    return i;
}

/* Takes the next record down, if there is one of use; *version: its. What lies below a change that
 * is not known cannot be compared with. */
static enum bc_status go_down(struct chain *chain, uint64_t *version)
{
    enum bc_status st = descend(chain);
    *version = 0;
    if (st) {
        chain->below = 0;
        return st == BC_NO_DATA ? BC_OK : st;
    }
    const struct step *step = &chain->steps[chain->count - 1];
    if (!step->known)
        chain->below = 0;
    *version = step->version;
    return bc_counts_add(&chain->versions, step->version);
}

/* Finds a version that both have. The later record comes first, so that neither goes down much
 * further than it has to. */
static enum bc_status meet(struct chain *past, struct chain *now, uint64_t *common)
{
    while (past->below || now->below) {
        bool of_past = past->below > now->below;
        uint64_t version;
        enum bc_status st = go_down(of_past ? past : now, &version);
        if (st)
            return st;
        if (version && bc_counts_find(&(of_past ? now : past)->versions, version)) {
            *common = version;
            return BC_OK;
        }
    }
    return BC_NO_DATA;
}

static enum bc_status add_bytes(struct bc_store *store, uint64_t run, uint64_t *bytes)
{
    struct bc_run_summary summary = {0};
    enum bc_status st = run ? bc_run_summary(store, run, &summary) : BC_OK;
    *bytes += summary.bytes;
    if (!st && *bytes > BYTES_MAX)
        st = BC_NO_DATA;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

/* The one run that the steps above a version have changed the text by; 0: it is not so. */
static uint64_t only_run_since(const struct chain *chain, uint64_t version)
{
    uint64_t run = 0;
    size_t count = find_version(chain, version);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &chain->steps[i];
        if (!step->known || step->source.layer || (run && step->source.delta))
            return 0;
        if (step->source.delta)
            run = step->source.delta;
    }
    return run;
}

/* What the steps above a version change, all in all. */
static enum bc_status change_since(const struct chain *chain, uint64_t version,
                                   struct bc_delta *delta)
{
    size_t count = find_version(chain, version);
    struct bc_change_source *sources = bc_alloc_array(count, sizeof *sources);
    enum bc_status st = sources ? BC_OK : BC_NO_MEMORY;
    size_t used = 0;
    uint64_t bytes = 0;
    for (size_t i = count; !st && i-- > 0;) {
        const struct step *step = &chain->steps[i];
        st = step->known ? add_bytes(chain->repo->store, step->source.delta, &bytes) : BC_NO_DATA;
        if (!st && (step->source.layer || step->source.delta))
            sources[used++] = step->source;
    }
    if (!st)
        st = bc_delta_read(chain->repo->store, NULL, sources, used, chain->node, delta);
    bc_free(sources);
    return st;
}

/* From what past and now change of one version: what now changes of past. Lines of both are the
 * same in both. The result has now's memory, and takes past's over. */
static enum bc_status subtract(struct bc_delta *past, struct bc_delta *now)
{
    size_t total;
    if (!past->count)
        return BC_OK;
    if (__builtin_add_overflow(past->count, now->count, &total))
        return BC_NO_MEMORY;
    struct bc_delta_line *lines = bc_alloc_array(total, sizeof *lines);
    if (!lines)
        return BC_NO_MEMORY;
    size_t count = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < past->count || j < now->count) {
        int order = i == past->count  ? 1
                    : j == now->count ? -1
                                      : bc_line_compare(bc_delta_slice(&past->lines[i]),
                                                        bc_delta_slice(&now->lines[j]));
        if (order < 0) {
            lines[count] = past->lines[i];
            lines[count].sign = lines[count].top_sign = past->lines[i].sign == '+' ? '-' : '+';
            count++;
        } else if (order > 0) {
            lines[count++] = now->lines[j];
        }
        i += order <= 0;
        j += order >= 0;
    }
    bc_free(now->lines);
    now->lines = lines;
    now->count = count;
    bc_delta_take_memory(now, past);
    return BC_OK;
}

static enum bc_status between(struct chain *past, struct chain *now, uint64_t past_version,
                              uint64_t now_version, struct bc_delta *delta,
                              struct bc_text_change_run *run)
{
    uint64_t common;
    struct bc_delta before = {0};
    enum bc_status st = bc_counts_add(&past->versions, past_version);
    if (!st)
        st = bc_counts_add(&now->versions, now_version);
    if (!st)
        st = meet(past, now, &common);
    /* A working set may have changed since: then its record is of another version. */
    if (!st && past->count && past->steps[0].version != past_version)
        st = BC_NO_DATA;
    if (!st && now->count && now->steps[0].version != now_version)
        st = BC_NO_DATA;
    if (!st && run && (common == past_version || common == now_version)) {
        run->inverted = common == now_version;
        run->run = only_run_since(run->inverted ? past : now, common);
        if (run->run)
            return BC_OK;
    }
    if (!st && common != now_version)
        st = change_since(now, common, delta);
    if (!st && common != past_version)
        st = change_since(past, common, &before);
    if (!st)
        st = subtract(&before, delta);
    bc_delta_release(&before);
    return st;
}

/* A working set may have changed while its rows were read: its record says so. */
static bool is_still(struct bc_repo *repo, const struct bc_text_version *version)
{
    struct bc_node record;
    return !bc_record_numbers(repo, version->layer, version->node, &record) &&
           record.version == version->version;
}

enum bc_status bc_text_history(struct bc_repo *repo, const struct bc_text_version *past,
                               const struct bc_text_version *now, struct bc_delta *delta,
                               struct bc_text_change_run *run)
{
    struct chain below = {.repo = repo, .node = past->node, .below = past->layer};
    struct chain above = {.repo = repo, .node = now->node, .below = now->layer};
    struct bc_delta change = {0};
    if (run)
        *run = (struct bc_text_change_run){0};
    if (past->node != now->node)
        return BC_NO_DATA;
    enum bc_status st = past->version == now->version
                            ? BC_OK
                            : between(&below, &above, past->version, now->version, &change, run);
    chain_release(&below);
    chain_release(&above);
    if ((!st || st == BC_CORRUPT) && (!is_still(repo, past) || !is_still(repo, now)))
        st = BC_NO_DATA;
    if (st)
        bc_delta_release(&change);
    else
        *delta = change;
    return st;
}
