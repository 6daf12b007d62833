#include "branchcore/text_diff.h"

#include "branchcore/delta_run.h"
#include "branchcore/text_history.h"
#include "branchcore/text_view.h"

#include <string.h>

/* One of the two texts: the lines of its delta that are left, or the lines of the text itself. */
struct side {
    struct bc_file_text *file; /* NULL: the empty text */
    const struct bc_delta_line *change;
    const struct bc_delta_line *last; /* behind the last one */
    struct bc_text_cursor *cursor;
    struct bc_slice lines; /* whole lines of the cursor that are left */
    bool ended;
};

struct bc_text_diff {
    bool by_changes; /* the sides are changes of one text, not texts */
    struct side past;
    struct side now;
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

static enum bc_status side_init(struct side *side, struct bc_file_text *file, bool by_changes)
{
    side->ended = !file;
    if (!file)
        return BC_OK;
    side->file = bc_file_text_retain(file);
    if (!by_changes)
        return bc_text_cursor_new(bc_file_text_view(file), &side->cursor);
    side_of_changes(side, &bc_file_text_view(file)->delta);
    return BC_OK;
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

static void side_release(struct side *side)
{
    bc_text_cursor_free(side->cursor);
    bc_file_text_release(side->file);
}

enum bc_status bc_text_diff_new(struct bc_file_text *past, struct bc_file_text *now,
                                struct bc_text_diff **diff)
{
    struct bc_text_diff *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->by_changes = run_of(past) == run_of(now);
    enum bc_status st = made->by_changes ? BC_NO_DATA : ask_history(made, past, now);
    if (!st) {
        made->by_changes = true;
    } else if (st == BC_NO_DATA) {
        close_run(made);
        st = side_init(&made->past, past, made->by_changes);
        if (!st)
            st = side_init(&made->now, now, made->by_changes);
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
    made->by_changes = true;
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

static enum bc_status side_rewind(struct side *side, bool by_changes)
{
    if (!side->file)
        return BC_OK;
    if (by_changes) {
        side_of_changes(side, &bc_file_text_view(side->file)->delta);
        return BC_OK;
    }
    bc_text_cursor_free(side->cursor);
    side->cursor = NULL;
    side->lines = bc_slice("", 0);
    side->ended = false;
    return bc_text_cursor_new(bc_file_text_view(side->file), &side->cursor);
}

enum bc_status bc_text_diff_rewind(struct bc_text_diff *diff)
{
    if (diff->run.run) {
        struct bc_store *store = diff->run_cursor.reader.store;
        bc_delta_run_close(&diff->run_cursor);
        return bc_delta_run_open(store, diff->run.run, &diff->run_cursor);
    }
    enum bc_status st = side_rewind(&diff->past, diff->by_changes);
    if (!st)
        st = side_rewind(&diff->now, diff->by_changes);
    if (!st && diff->history.lines)
        side_of_changes(&diff->now, &diff->history);
    return st;
}

void bc_text_diff_free(struct bc_text_diff *diff)
{
    if (!diff)
        return;
    side_release(&diff->past);
    side_release(&diff->now);
    bc_delta_release(&diff->history);
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

static enum bc_status fill(struct side *side)
{
    if (side->lines.size || side->ended)
        return BC_OK;
    enum bc_status st = bc_text_cursor_lines(side->cursor, &side->lines);
    side->ended = st == BC_NO_DATA;
    return st == BC_NO_DATA ? BC_OK : st;
}

static void skip(struct bc_slice *lines, size_t size)
{
    lines->data += size;
    lines->size -= size;
}

/* The first line, of which so many bytes are known to hold no '\n'. */
static struct bc_slice take_line(struct side *side, size_t known)
{
    struct bc_slice lines = side->lines;
    const char *newline = memchr(lines.data + known, '\n', lines.size - known);
    struct bc_slice line =
        bc_slice(lines.data, newline ? (size_t)(newline - lines.data) + 1 : lines.size);
    skip(&side->lines, line.size);
    return line;
}

/* Passes over the lines with which both begin; how many bytes of the next ones are the same. */
static size_t skip_equal(struct side *past, struct side *now)
{
    size_t shared = bc_common_prefix(past->lines, now->lines);
    const char *newline = shared ? memrchr(past->lines.data, '\n', shared) : NULL;
    size_t equal = newline ? (size_t)(newline - past->lines.data) + 1 : 0;
    skip(&past->lines, equal);
    skip(&now->lines, equal);
    return shared - equal;
}

static enum bc_status next_of_walk(struct bc_text_diff *diff, char *sign, struct bc_slice *line)
{
    struct side *past = &diff->past;
    struct side *now = &diff->now;
    for (;;) {
        enum bc_status st = fill(past);
        if (!st)
            st = fill(now);
        if (st)
            return st;
        if (!past->lines.size && !now->lines.size)
            return BC_NO_DATA;
        bool from_past = !now->lines.size;
        size_t shared = 0;
        if (past->lines.size && now->lines.size) {
            shared = skip_equal(past, now);
            if (!past->lines.size || !now->lines.size)
                continue;
            /* Where they part decides their order: both are whole lines, and '\n' is less than any
             * byte of a canonical line. */
            from_past =
                (unsigned char)past->lines.data[shared] < (unsigned char)now->lines.data[shared];
        }
        *sign = from_past ? '-' : '+';
        *line = take_line(from_past ? past : now, shared);
        return BC_OK;
    }
}

enum bc_status bc_text_diff_next(struct bc_text_diff *diff, char *sign, struct bc_slice *line)
{
    if (diff->run.run) {
        enum bc_status st = bc_delta_run_next(&diff->run_cursor, sign, line);
        if (!st && diff->run.inverted)
            *sign = *sign == '+' ? '-' : '+';
        return st;
    }
    return diff->by_changes ? next_by_changes(diff, sign, line) : next_of_walk(diff, sign, line);
}

uint64_t bc_text_diff_run(const struct bc_text_diff *diff)
{
    return diff->run.inverted ? 0 : diff->run.run;
}
