/* Verification, from the bytes up: the store's checksums, every row of every layer, every run,
 * every branch's tree and texts. A text that several branches share is read once: its version says
 * that it is the same. */
#include "branchcore/check.h"

#include "branchcore/branch_record.h"
#include "branchcore/check_rows.h"
#include "branchcore/model.h"
#include "branchcore/ntriples.h"

#include <inttypes.h>
#include <stdio.h>

void bc_check_problem(struct bc_check *check, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    check->counts->problems++;
    check->problem(check->context, text);
}

/* A line of a text: in order, canonical, and what it adds to the counts. */
struct lines {
    struct bc_check *check;
    const char *where;
    struct bc_buffer last;
    uint64_t bytes;
    uint64_t count;
    uint64_t quads;
    bool bad;
};

static enum bc_status check_line(struct lines *lines, struct bc_slice line)
{
    struct bc_statement statement;
    lines->bytes += line.size;
    lines->count++;
    if (lines->bad) /* one report a text is enough */
        return BC_OK;
    if (lines->last.size && bc_slice_compare(bc_buffer_slice(&lines->last), line) >= 0) {
        lines->bad = true;
        bc_check_problem(lines->check, "%s: line %" PRIu64 " is not in order", lines->where,
                         lines->count);
    } else if (bc_statement_split(line, &statement)) {
        lines->bad = true;
        bc_check_problem(lines->check, "%s: line %" PRIu64 " is not canonical", lines->where,
                         lines->count);
    } else if (statement.graph.size) {
        lines->quads++;
    }
    bc_buffer_clear(&lines->last);
    return bc_buffer_append(&lines->last, line.data, line.size);
}

struct exactness {
    struct bc_check *check;
    const char *where;
    uint64_t run;
    uint64_t wrong;
};

/* A line that is added must not be in the base, one that is removed must. */
static enum bc_status check_exact(void *context, char sign, struct bc_slice line)
{
    struct exactness *exactness = context;
    bool there = false;
    enum bc_status st = BC_OK;
    if (exactness->run)
        st = bc_run_contains(exactness->check->repo->store, exactness->run, line, &there);
    if (!st && there != (sign == '-') && !exactness->wrong++)
        bc_check_problem(exactness->check, "%s: a layer %s a line that is %s below it",
                         exactness->where, sign == '+' ? "adds" : "removes",
                         there ? "already" : "not");
    return st;
}

static enum bc_status read_lines(struct bc_text *text, struct lines *lines)
{
    struct bc_text_cursor *cursor = NULL;
    struct bc_slice line;
    enum bc_status st = bc_text_cursor_new(text, &cursor);
    while (!st && !(st = bc_text_cursor_next(cursor, &line)))
        st = check_line(lines, line);
    bc_text_cursor_free(cursor);
    bc_buffer_release(&lines->last);
    return st == BC_NO_DATA ? BC_OK : st;
}

static void compare_counts(struct bc_check *check, const char *where, const struct lines *lines,
                           const struct bc_attr *attr, uint64_t quads)
{
    if (lines->bytes == attr->size_bytes && lines->count == attr->triples &&
        (lines->bad || lines->quads == quads))
        return;
    bc_check_problem(check,
                     "%s: has %" PRIu64 " bytes, %" PRIu64 " statements, %" PRIu64
                     " with a graph; its record says %" PRIu64 ", %" PRIu64 ", %" PRIu64,
                     where, lines->bytes, lines->count, lines->quads, attr->size_bytes,
                     attr->triples, quads);
}

static enum bc_status read_text(struct bc_check *check, struct bc_branch *branch, uint64_t node,
                                const char *where)
{
    struct bc_file_text *text = NULL;
    struct bc_attr attr;
    struct lines lines = {.check = check, .where = where};
    enum bc_status st = bc_file_text_open(branch, node, &text, &attr);
    if (!st) {
        struct bc_text *view = bc_file_text_view(text);
        struct exactness exactness = {check, where, bc_text_run(view), 0};
        st = bc_text_each_change(view, check_exact, &exactness);
        if (!st)
            st = read_lines(view, &lines);
    }
    if (!st)
        compare_counts(check, where, &lines, &attr, bc_file_text_quads(text));
    bc_file_text_release(text);
    check->counts->lines += lines.count;
    return st;
}

/* "branch NAME: PATH" */
static enum bc_status where_is(struct bc_branch *branch, uint64_t node, struct bc_buffer *where)
{
    char name[BC_BRANCH_NAME_MAX + 1];
    bc_branch_name(branch, name);
    enum bc_status st = bc_buffer_printf(where, "branch %s: ", name);
    if (!st)
        st = bc_tree_path(branch, node, where);
    if (st == BC_STALE || bc_check_unreadable(st))
        st = bc_buffer_printf(where, "node %" PRIu64, node);
    return st ? st : bc_buffer_append(where, "", 1);
}

static enum bc_status check_text(struct bc_check *check, struct bc_branch *branch, uint64_t node)
{
    struct bc_buffer where = {0};
    enum bc_status st = where_is(branch, node, &where);
    if (!st)
        st = read_text(check, branch, node, where.data);
    check->counts->texts++;
    /* It was removed, or is no text any more, since the walk over the tree. */
    if (st == BC_STALE || st == BC_INVALID)
        st = BC_OK;
    if (bc_check_unreadable(st) || st == BC_NOT_FOUND) {
        bc_check_problem(check, "%s: the text cannot be read: %s", where.data, bc_status_text(st));
        st = BC_OK;
    }
    bc_buffer_release(&where);
    return st;
}

static enum bc_status check_branch(void *context, const struct bc_branch_info *info)
{
    struct bc_check *check = context;
    struct bc_branch *branch = NULL;
    struct bc_buffer texts = {0};
    enum bc_status st =
        bc_branch_open(check->repo, bc_slice(info->name, strlen(info->name)), &branch);
    if (st == BC_NOT_FOUND) /* deleted or renamed meanwhile */
        return BC_OK;
    check->counts->branches++;
    if (bc_check_unreadable(st)) {
        bc_check_problem(check, "branch %s: its layers cannot be read", info->name);
        return BC_OK;
    }
    if (!st)
        st = bc_check_tree(check, branch, &texts);
    for (size_t at = 0; !st && at < texts.size; at += 8)
        st = check_text(check, branch, bc_get_u64(texts.data + at));
    bc_buffer_release(&texts);
    bc_branch_release(branch);
    return st;
}

static enum bc_status check_rows(struct bc_check *check)
{
    enum bc_status st =
        check->repo->store->ops->snapshot_new(check->repo->store, &check->snapshot);
    if (st)
        return st;
    st = bc_check_layers(check);
    if (!st)
        st = bc_check_runs(check);
    check->repo->store->ops->snapshot_free(check->repo->store, check->snapshot);
    check->snapshot = NULL;
    return st;
}

enum bc_status bc_check(struct bc_repo *repo, struct bc_check_counts *counts,
                        void (*problem)(void *context, const char *text), void *context)
{
    struct bc_check check = {
        .repo = repo, .counts = counts, .problem = problem, .context = context};
    struct bc_error err = {""};
    *counts = (struct bc_check_counts){0};
    enum bc_status st = repo->store->ops->verify(repo->store, &err);
    if (bc_check_unreadable(st)) {
        bc_check_problem(&check, "stored blocks: %s", err.text);
        st = BC_OK;
    }
    if (!st)
        st = check_rows(&check);
    if (!st)
        st = bc_branch_each(repo, check_branch, &check);
    if (bc_check_unreadable(st)) {
        bc_check_problem(&check, "the list of branches cannot be read to its end");
        st = BC_OK;
    }
    bc_free(check.versions.slots);
    bc_free(check.layers.slots);
    return st;
}
