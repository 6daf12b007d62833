/* Runs: their references, headers, indexes, and the lines that they hold. */
#include "branchcore/check_rows.h"
#include "branchcore/lines.h"
#include "branchcore/ntriples.h"
#include "branchcore/run.h"

#include <inttypes.h>

#include <openssl/evp.h>

/* A walk over a run's text. */
struct walk {
    struct bc_check *check;
    uint64_t run;
    bool changes;              /* each line has its sign behind it (delta_run.h) */
    struct bc_run_summary sum; /* of the blocks so far */
    struct bc_run_sums sums;   /* likewise, of a run of changes */
    EVP_MD_CTX *sha;
    struct bc_buffer last; /* the last line of the block before */
    bool bad;              /* one report of its lines is enough */
};

static void bad_line(struct walk *walk, const char *what)
{
    walk->bad = true;
    bc_check_problem(walk->check, "run %" PRIu64 ": line %" PRIu64 " is not %s", walk->run,
                     walk->sum.lines, what);
}

static bool has_sign(struct bc_slice line)
{
    return line.size > 2 && (line.data[line.size - 2] == '+' || line.data[line.size - 2] == '-');
}

static void check_line(struct walk *walk, struct bc_slice before, struct bc_slice line)
{
    struct bc_statement statement;
    size_t sign = walk->changes ? 1 : 0;
    walk->sum.lines++;
    if (walk->bad)
        return;
    if (line.data[line.size - 1] != '\n')
        bad_line(walk, "whole");
    else if (before.size && bc_line_compare(before, line) >= 0)
        bad_line(walk, "in order");
    else if (sign && !has_sign(line))
        bad_line(walk, "a change: it has no sign");
    else if (bc_statement_split(bc_slice(line.data, line.size - 1 - sign), &statement))
        bad_line(walk, "canonical");
    else
        walk->sum.quads += statement.graph.size > 0;
    if (sign && !walk->bad && line.data[line.size - 2] == '+') {
        walk->sums.added++;
        walk->sums.added_bytes += line.size - 1;
        walk->sums.added_quads += statement.graph.size > 0;
    }
}

/* What is canonical and in order from the start of text on, split at once; returns its size. */
static size_t check_canonical(struct walk *walk, struct bc_slice text, struct bc_slice *before)
{
    enum { BATCH = 128 };
    const struct bc_compute *compute = walk->check->repo->compute;
    struct bc_spans spans[BATCH];
    size_t at = 0;
    size_t count = BATCH;
    while (count == BATCH) {
        struct bc_slice rest = bc_slice(text.data + at, text.size - at);
        size_t used;
        count = compute->split(compute, rest, BC_NQUADS, spans, BATCH, &used);
        for (size_t i = 0; i < count; i++) {
            struct bc_slice line = bc_spans_line(rest.data, &spans[i]);
            if (before->size && bc_line_compare(*before, line) >= 0)
                return at + spans[i].start;
            *before = line;
            walk->sum.lines++;
            walk->sum.quads += spans[i].graph > 0;
        }
        at += used;
    }
    return at;
}

/* Of a block, which is not empty. */
static enum bc_status check_lines(struct walk *walk, struct bc_slice text)
{
    struct bc_slice before = bc_buffer_slice(&walk->last);
    size_t at = walk->changes || walk->bad ? 0 : check_canonical(walk, text, &before);
    while (at < text.size) {
        struct bc_slice line = bc_lines_at(text, at);
        check_line(walk, before, line);
        before = line;
        at += line.size;
    }
    bc_buffer_clear(&walk->last);
    return bc_buffer_append(&walk->last, before.data, before.size);
}

/* The index leads from a block's first line to the block. */
static enum bc_status check_index(struct walk *walk, struct bc_slice text)
{
    struct bc_block found;
    const char *newline = memchr(text.data, '\n', text.size);
    struct bc_slice line = bc_slice(text.data, newline ? (size_t)(newline - text.data) : 0);
    enum bc_status st =
        bc_run_block_of(walk->check->repo->store, walk->run, line, &found, NULL, NULL);
    if (!st && (found.offset != walk->sum.bytes || found.bytes != text.size ||
                found.line != walk->sum.lines))
        bc_check_problem(walk->check,
                         "run %" PRIu64 ": the index misses the block at byte %" PRIu64, walk->run,
                         walk->sum.bytes);
    return st;
}

static enum bc_status check_block(struct walk *walk, bool *more)
{
    uint64_t start;
    struct bc_value text = {0};
    enum bc_status st =
        bc_run_block_at(walk->check->repo->store, walk->run, walk->sum.bytes, &start, &text);
    if (st)
        return st;
    *more = start == walk->sum.bytes && text.slice.size;
    if (!*more)
        bc_check_problem(walk->check, "run %" PRIu64 ": no block at byte %" PRIu64, walk->run,
                         walk->sum.bytes);
    if (*more)
        st = check_index(walk, text.slice);
    if (*more && !st)
        st = check_lines(walk, text.slice);
    if (*more && !st && walk->sha && !EVP_DigestUpdate(walk->sha, text.slice.data, text.slice.size))
        st = BC_NO_MEMORY;
    walk->sum.bytes += text.slice.size;
    walk->sum.blocks++;
    bc_value_release(&text);
    return st;
}

static void compare(struct walk *walk, const struct bc_run_summary *header)
{
    const struct bc_run_summary *sum = &walk->sum;
    if (sum->bytes != header->bytes || sum->lines != header->lines || sum->blocks != header->blocks)
        bc_check_problem(walk->check,
                         "run %" PRIu64 ": has %" PRIu64 " bytes, %" PRIu64 " lines, %" PRIu64
                         " blocks; its header says %" PRIu64 ", %" PRIu64 ", %" PRIu64,
                         walk->run, sum->bytes, sum->lines, sum->blocks, header->bytes,
                         header->lines, header->blocks);
    else if (!walk->bad && sum->quads != header->quads)
        bc_check_problem(walk->check,
                         "run %" PRIu64 ": has %" PRIu64 " lines with a graph; its header says "
                         "%" PRIu64,
                         walk->run, sum->quads, header->quads);
}

/* What a run of changes says that it adds up to. OpenSSL's failures are those of its allocations.
 */
static enum bc_status compare_sums(struct walk *walk)
{
    struct bc_run_sums said;
    struct bc_run_sums *sums = &walk->sums;
    enum bc_status st = bc_run_sums(walk->check->repo->store, walk->run, &said);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st; /* it was written before there were sums */
    if (!EVP_DigestFinal_ex(walk->sha, sums->digest, NULL))
        return BC_NO_MEMORY;
    if (!walk->bad && (sums->added != said.added || sums->added_bytes != said.added_bytes ||
                       sums->added_quads != said.added_quads ||
                       memcmp(sums->digest, said.digest, sizeof said.digest) != 0))
        bc_check_problem(walk->check, "run %" PRIu64 ": its changes add up to something else",
                         walk->run);
    return BC_OK;
}

static enum bc_status start_sums(struct walk *walk)
{
    walk->sha = EVP_MD_CTX_new();
    return walk->sha && EVP_DigestInit_ex(walk->sha, EVP_sha256(), NULL) ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status check_blocks(struct bc_check *check, uint64_t run, bool changes,
                                   const struct bc_run_summary *header)
{
    struct walk walk = {.check = check, .run = run, .changes = changes};
    bool more = true;
    enum bc_status st = changes ? start_sums(&walk) : BC_OK;
    while (!st && more && walk.sum.bytes < header->bytes)
        st = check_block(&walk, &more);
    if (!st && more)
        compare(&walk, header);
    if (!st && more && changes)
        st = compare_sums(&walk);
    EVP_MD_CTX_free(walk.sha);
    check->counts->blocks += walk.sum.blocks;
    bc_buffer_release(&walk.last);
    return st;
}

static enum bc_status check_run(struct bc_check *check, uint64_t run, bool changes)
{
    struct bc_run_summary summary;
    enum bc_status st = bc_run_summary(check->repo->store, run, &summary);
    check->counts->runs++;
    if (!st)
        st = check_blocks(check, run, changes, &summary);
    if (bc_check_unreadable(st) || st == BC_NOT_FOUND || st == BC_NO_DATA) {
        bc_check_problem(check, "run %" PRIu64 ": cannot be read: %s", run, bc_status_text(st));
        st = BC_OK;
    }
    return st;
}

/* The reference says what the record says. changes: the run is one of changes. */
static enum bc_status check_reference(struct bc_check *check, struct bc_slice key, bool *changes)
{
    struct bc_node record = {0};
    uint64_t run = bc_get_u64(key.data + 1);
    uint64_t layer = bc_get_u64(key.data + 9);
    uint64_t node = bc_get_u64(key.data + 17);
    enum bc_status st = bc_check_record_of(check, layer, node, &record);
    if (st && st != BC_NOT_FOUND)
        return st;
    struct bc_check_runs_of runs = bc_check_runs_of(&record);
    *changes = !st && runs.delta == run;
    if (st || (runs.base != run && runs.delta != run))
        bc_check_problem(check,
                         "run %" PRIu64 ": node %" PRIu64 " of layer %" PRIu64
                         " is said to use it and does not",
                         run, node, layer);
    return BC_OK;
}

/* With the run pinned, and only if it is still referred to: others may drop it since the snapshot.
 */
static enum bc_status check_pinned(struct bc_check *check, uint64_t run, bool changes,
                                   struct bc_slice reference)
{
    struct bc_value value = {0};
    enum bc_status st = bc_pin(check->repo, run);
    if (st)
        return st;
    st = bc_store_get(check->repo->store, NULL, BC_REFS, reference, &value);
    bc_value_release(&value);
    if (!st)
        st = check_run(check, run, changes);
    else if (st == BC_NOT_FOUND)
        st = BC_OK;
    bc_unpin(check->repo, run);
    return st;
}

/* A run that nothing refers to is left to the collector. */
enum bc_status bc_check_runs(struct bc_check *check)
{
    struct bc_cursor *cursor = NULL;
    uint64_t run = 0;
    enum bc_status st = bc_store_cursor(check->repo->store, check->snapshot, BC_REFS,
                                        bc_slice("u", 1), bc_slice("v", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size != 25) {
            bc_check_problem(check, "a reference to a run cannot be read");
            continue;
        }
        uint64_t id = bc_get_u64(cursor->key.data + 1);
        bool changes = false;
        st = check_reference(check, cursor->key, &changes);
        if (!st && id != run)
            st = check_pinned(check, id, changes, cursor->key);
        run = id;
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}
