#include "branchcore/text_diff.h"

#include "branchcore/delta_run.h"
#include "branchcore/text_history.h"
#include "branchcore/text_view.h"
#include "branchcore/text_walk.h"

#include <string.h>

enum { SIGNED_BYTES = 64 << 10 /* about so much is signed at a time */ };

/* What is left of the changes that one of the two texts is, on top of what both have. */
struct side {
    struct bc_file_text *file; /* NULL: none */
    const struct bc_delta_line *change;
    const struct bc_delta_line *last; /* behind the last one */
};

struct bc_text_diff {
    struct bc_text_walk *walk; /* over both texts; NULL: the sides are changes of one text */
    struct bc_slice walked;    /* what it found and was not given yet */
    struct bc_buffer line;     /* of that, the one that was given last */
    struct side past;
    struct side now;
    struct bc_buffer lines;        /* that were signed last */
    struct bc_delta history;       /* what now changes of past, where layers know it */
    struct bc_text_change_run run; /* or it is this, pinned */
    struct bc_repo *repo;
    struct bc_delta_run_cursor run_cursor;
};

static uint64_t run_of(const struct bc_file_text *file)
{
    return file ? bc_text_run(bc_file_text_view(file)) : 0;
}

static void side_of_changes(struct side *side, const struct bc_delta *delta)
{
    side->change = delta->lines;
    side->last = delta->count ? delta->lines + delta->count : delta->lines;
}

static void side_init(struct side *side, struct bc_file_text *file)
{
    if (!file)
        return;
    side->file = bc_file_text_retain(file);
    side_of_changes(side, &bc_file_text_view(file)->delta);
}

static void close_run(struct bc_text_diff *diff)
{
    bc_delta_run_close(&diff->run_cursor);
    if (diff->repo)
        bc_unpin(diff->repo, diff->run.run);
    diff->repo = NULL;
    diff->run.run = 0;
}

static enum bc_status take_history(struct bc_text_diff *diff, struct bc_repo *repo,
                                   const struct bc_text_version *past,
                                   const struct bc_text_version *now)
{
    enum bc_status st = bc_text_history(repo, past, now, &diff->history, &diff->run);
    if (!st && !diff->run.run)
        side_of_changes(&diff->now, &diff->history);
    if (st || !diff->run.run)
        return st;
    st = bc_pin(repo, diff->run.run);
    if (st) {
        diff->run.run = 0;
        return st;
    }
    diff->repo = repo;
    st = bc_delta_run_open(repo->store, diff->run.run, &diff->run_cursor);
    /* A working set may have dropped it just before it was pinned. */
    return st == BC_CORRUPT ? BC_NO_DATA : st;
}

/* BC_NO_DATA: the layers between the two do not tell. */
static enum bc_status ask_history(struct bc_text_diff *diff, struct bc_file_text *past,
                                  struct bc_file_text *now)
{
    if (!past || !now)
        return BC_NO_DATA;
    struct bc_text_version versions[] = {bc_file_text_version(past), bc_file_text_version(now)};
    return take_history(diff, bc_file_text_repo(now), &versions[0], &versions[1]);
}

static enum bc_status walk_both(struct bc_text_diff *diff, struct bc_file_text *past,
                                struct bc_file_text *now)
{
    const struct bc_repo *repo = bc_file_text_repo(past ? past : now);
    return bc_text_walk_new(past, now, repo->compute, repo->pool, 0, &diff->walk);
}

enum bc_status bc_text_diff_new(struct bc_file_text *past, struct bc_file_text *now,
                                struct bc_text_diff **diff)
{
    struct bc_text_diff *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    bool one_run = run_of(past) == run_of(now);
    enum bc_status st = one_run ? BC_NO_DATA : ask_history(made, past, now);
    if (st == BC_NO_DATA) {
        close_run(made);
        st = one_run ? BC_OK : walk_both(made, past, now);
        if (one_run) {
            side_init(&made->past, past);
            side_init(&made->now, now);
        }
    }
    if (st) {
        bc_text_diff_free(made);
        return st;
    }
    *diff = made;
    return BC_OK;
}

static enum bc_status version_of(struct bc_branch *branch, uint64_t node,
                                 struct bc_text_version *version)
{
    struct bc_found found;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    pthread_rwlock_unlock(&branch->lock);
    if (st)
        return st;
    *version = (struct bc_text_version){node, found.layer, found.record.version};
    bool text = found.record.kind == BC_FILE && found.record.form == BC_TEXT;
    bc_found_release(&found);
    return text ? BC_OK : BC_NO_DATA; /* opening it tells what is wrong */
}

/* By what the layers tell alone. BC_NO_DATA: they do not. */
static enum bc_status diff_by_history(struct bc_branch *past, uint64_t past_node,
                                      struct bc_branch *now, uint64_t now_node,
                                      struct bc_text_diff **diff)
{
    struct bc_text_version before;
    struct bc_text_version after;
    enum bc_status st = version_of(past, past_node, &before);
    if (!st)
        st = version_of(now, now_node, &after);
    if (st)
        return st;
    struct bc_text_diff *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    st = take_history(made, now->repo, &before, &after);
    if (st)
        bc_text_diff_free(made);
    else
        *diff = made;
    return st;
}

enum bc_status bc_text_diff_of(struct bc_branch *past, uint64_t past_node, struct bc_branch *now,
                               uint64_t now_node, struct bc_text_diff **diff)
{
    struct bc_file_text *old = NULL;
    struct bc_file_text *new = NULL;
    enum bc_status st = diff_by_history(past, past_node, now, now_node, diff);
    if (st != BC_NO_DATA)
        return st;
    st = bc_file_text_open(past, past_node, &old, NULL);
    if (!st)
        st = bc_file_text_open(now, now_node, &new, NULL);
    if (!st)
        st = bc_text_diff_new(old, new, diff);
    bc_file_text_release(old);
    bc_file_text_release(new);
    return st;
}

static void side_rewind(struct side *side)
{
    if (side->file)
        side_of_changes(side, &bc_file_text_view(side->file)->delta);
}

enum bc_status bc_text_diff_rewind(struct bc_text_diff *diff)
{
    if (diff->run.run) {
        struct bc_store *store = diff->run_cursor.reader.store;
        bc_delta_run_close(&diff->run_cursor);
        return bc_delta_run_open(store, diff->run.run, &diff->run_cursor);
    }
    if (diff->walk)
        bc_text_walk_rewind(diff->walk);
    diff->walked = bc_slice("", 0);
    side_rewind(&diff->past);
    side_rewind(&diff->now);
    if (diff->history.lines)
        side_of_changes(&diff->now, &diff->history);
    return BC_OK;
}

void bc_text_diff_free(struct bc_text_diff *diff)
{
    if (!diff)
        return;
    bc_text_walk_free(diff->walk);
    bc_file_text_release(diff->past.file);
    bc_file_text_release(diff->now.file);
    bc_delta_release(&diff->history);
    bc_buffer_release(&diff->line);
    bc_buffer_release(&diff->lines);
    close_run(diff);
    bc_free(diff);
}

/* Where only one of them changes a line, that is a difference. */
static enum bc_status next_by_changes(struct bc_text_diff *diff, char *sign, struct bc_slice *line)
{
    struct side *past = &diff->past;
    struct side *now = &diff->now;
    while (past->change < past->last || now->change < now->last) {
        int order = past->change == past->last ? 1
                    : now->change == now->last ? -1
                                               : bc_slice_compare(bc_delta_slice(past->change),
                                                                  bc_delta_slice(now->change));
        if (order < 0) {
            *sign = past->change->sign == '+' ? '-' : '+';
            *line = bc_delta_slice(past->change++);
            return BC_OK;
        }
        if (order > 0) {
            *sign = now->change->sign;
            *line = bc_delta_slice(now->change++);
            return BC_OK;
        }
        past->change++;
        now->change++;
    }
    return BC_NO_DATA;
}

static enum bc_status next_of_walk(struct bc_text_diff *diff, char *sign, struct bc_slice *line)
{
    struct bc_slice body;
    enum bc_status st = diff->walked.size ? BC_OK : bc_text_walk_lines(diff->walk, &diff->walked);
    if (!st)
        st = bc_delta_run_take(&diff->walked, sign, &body);
    if (st)
        return st;
    bc_buffer_clear(&diff->line);
    st = bc_buffer_append(&diff->line, body.data, body.size);
    if (!st)
        st = bc_buffer_append(&diff->line, "\n", 1);
    *line = bc_buffer_slice(&diff->line);
    return st;
}

enum bc_status bc_text_diff_next(struct bc_text_diff *diff, char *sign, struct bc_slice *line)
{
    if (diff->run.run) {
        enum bc_status st = bc_delta_run_next(&diff->run_cursor, sign, line);
        if (!st && diff->run.inverted)
            *sign = *sign == '+' ? '-' : '+';
        return st;
    }
    return diff->walk ? next_of_walk(diff, sign, line) : next_by_changes(diff, sign, line);
}

/* The lines as they would be if the run told it the other way round. */
static enum bc_status invert(struct bc_slice *lines, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_reserve(to, lines->size);
    while (!st && lines->size) {
        struct bc_slice body;
        char sign;
        st = bc_delta_run_take(lines, &sign, &body);
        if (!st)
            st = bc_delta_run_put(to, sign == '+' ? '-' : '+', body);
    }
    *lines = bc_buffer_slice(to);
    return st;
}

enum bc_status bc_text_diff_lines(struct bc_text_diff *diff, struct bc_slice *lines)
{
    if (diff->run.run) {
        enum bc_status st = bc_delta_run_lines(&diff->run_cursor, lines);
        return st || !diff->run.inverted ? st : invert(lines, &diff->lines);
    }
    if (diff->walk) {
        *lines = diff->walked;
        diff->walked.size = 0;
        return lines->size ? BC_OK : bc_text_walk_lines(diff->walk, lines);
    }
    enum bc_status st = BC_OK;
    bc_buffer_clear(&diff->lines);
    while (!st && diff->lines.size < SIGNED_BYTES) {
        struct bc_slice line;
        char sign;
        st = bc_text_diff_next(diff, &sign, &line);
        if (!st)
            st = bc_delta_run_put(&diff->lines, sign, line);
    }
    *lines = bc_buffer_slice(&diff->lines);
    return st == BC_NO_DATA && lines->size ? BC_OK : st;
}

uint64_t bc_text_diff_run(const struct bc_text_diff *diff)
{
    return diff->run.inverted ? 0 : diff->run.run;
}
