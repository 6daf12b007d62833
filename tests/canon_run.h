/* What tests of canonicalisation share: a text in, its canonical form or the refusal out. */
#ifndef TESTS_CANON_RUN_H
#define TESTS_CANON_RUN_H

#include "branchcore/canon.h"

struct canon_run {
    enum bc_status status;
    struct bc_error error;
    struct bc_buffer lines;
    struct bc_canon *canon; /* for its labels */
};

static enum bc_status canon_take_line(void *context, struct bc_slice line, bool quad)
{
    (void)quad;
    return bc_canon_add(context, line);
}

static enum bc_status canon_read(struct bc_canon *canon, struct bc_slice text)
{
    struct bc_ntriples *reader;
    enum bc_status st = bc_ntriples_new(NULL, BC_NQUADS, canon_take_line, canon, &reader);
    if (st)
        return st;
    st = bc_ntriples_feed(reader, text.data, text.size);
    if (!st)
        st = bc_ntriples_finish(reader);
    bc_ntriples_free(reader);
    return st;
}

/* limit 0: the default. */
static struct canon_run canon_text(struct bc_slice text, enum bc_canon_hash hash, uint64_t limit)
{
    struct canon_run run = {0};
    struct bc_canon_options options = {
        .hash = hash, .limit = limit, .sorting = {.directory = "/tmp", .memory_bytes = 1 << 20}};
    run.status = bc_canon_new(&options, &run.canon);
    if (!run.status)
        run.status = canon_read(run.canon, text);
    if (!run.status)
        run.status = bc_canon_finish(run.canon, &run.error);
    while (!run.status)
        run.status = bc_canon_next_block(run.canon, 4096, &run.lines);
    if (run.status == BC_NO_DATA)
        run.status = BC_OK;
    return run;
}

static void canon_run_release(struct canon_run *run)
{
    bc_canon_free(run->canon);
    bc_buffer_release(&run->lines);
}

#endif
