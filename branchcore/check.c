/* Verification, from the bytes up: the store's checksums, every row of every layer, every run, the
 * trees and texts of every layer and working set that a branch or a commit has. What several share
 * is looked at once: layers by their ids, texts by their versions. */
#include "branchcore/check.h"

#include "branchcore/branch_record.h"
#include "branchcore/check_rows.h"
#include "branchcore/model.h"
#include "branchcore/ntriples.h"
#include "branchcore/repo_prefixes.h"

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

struct exactness {
    struct bc_check *check;
    const char *where;
    uint64_t run;
    uint64_t wrong;
    uint64_t broken; /* lines */
};

/* A line that is added must not be in the base, one that is removed must. */
static enum bc_status check_exact(void *context, char sign, struct bc_slice line)
{
    struct exactness *exactness = context;
    struct bc_statement statement;
    bool there = false;
    if (bc_statement_split(line, &statement) && !exactness->broken++)
        bc_check_problem(exactness->check, "%s: a layer changes a line that is not canonical",
                         exactness->where);
    enum bc_status st = BC_OK;
    if (exactness->run)
        st = bc_run_contains(exactness->check->repo->store, exactness->run, line, &there);
    if (!st && there != (sign == '-') && !exactness->wrong++)
        bc_check_problem(exactness->check, "%s: a layer %s a line that is %s below it",
                         exactness->where, sign == '+' ? "adds" : "removes",
                         there ? "already" : "not");
    return st;
}

/* That a view can be made says that its counts are right and its changed lines canonical; the lines
 * of runs are looked at once, run by run (check_run.c). */
static enum bc_status read_text(struct bc_check *check, struct bc_branch *branch, uint64_t node,
                                const char *where)
{
    struct bc_file_text *text = NULL;
    enum bc_status st = bc_file_text_open(branch, node, &text, NULL);
    if (st)
        return st;
    struct bc_text *view = bc_file_text_view(text);
    struct exactness exactness = {check, where, bc_text_run(view), 0, 0};
    check->counts->lines += bc_text_triples(view);
    st = bc_text_each_change(view, check_exact, &exactness);
    bc_file_text_release(text);
    return st;
}

/* "LABEL: PATH" */
static enum bc_status where_is(struct bc_branch *branch, const char *label, uint64_t node,
                               struct bc_buffer *where)
{
    enum bc_status st = bc_buffer_printf(where, "%s: ", label);
    if (!st)
        st = bc_tree_path(branch, node, where);
    if (st == BC_STALE || bc_check_unreadable(st))
        st = bc_buffer_printf(where, "node %" PRIu64, node);
    return st ? st : bc_buffer_append(where, "", 1);
}

/* Of a frozen layer's own record; what is found further down is looked at there. */
static enum bc_status check_covers(struct bc_check *check, struct bc_branch *branch, uint64_t node,
                                   const char *where)
{
    struct bc_found found;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st && branch->top && found.layer == branch->top->id &&
        (found.record.flags & BC_NODE_COVERS))
        st = bc_check_covers(check, branch, &found, where);
    bc_found_release(&found);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status check_text(struct bc_check *check, struct bc_branch *branch,
                                 const char *label, uint64_t node)
{
    struct bc_buffer where = {0};
    enum bc_status st = where_is(branch, label, node, &where);
    if (!st)
        st = read_text(check, branch, node, where.data);
    if (!st)
        st = check_covers(check, branch, node, where.data);
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

static enum bc_status check_texts(struct bc_check *check, struct bc_branch *branch,
                                  const char *label, const struct bc_buffer *nodes)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < nodes->size; at += 8)
        st = check_text(check, branch, label, bc_get_u64(nodes->data + at));
    return st;
}

/* The indexes of a stack, down to the first that was met already. */
static enum bc_status check_indexes(struct bc_check *check, struct bc_layer *top)
{
    enum bc_status st = BC_OK;
    for (struct bc_layer *layer = top; !st && layer && !bc_counts_find(&check->indexes, layer->id);
         layer = layer->parent) {
        if (layer->state == layer->id)
            continue;
        st = bc_counts_add(&check->indexes, layer->id);
        if (!st)
            st = bc_check_index(check, layer);
    }
    return st;
}

static enum bc_status check_state(struct bc_check *check, uint64_t state)
{
    struct bc_layer *layer = NULL;
    enum bc_status st = bc_layer_get(check->repo, state, &layer);
    if (!st)
        st = bc_check_frozen(check, layer, check_texts);
    if (!st)
        st = check_indexes(check, layer);
    bc_layer_release(check->repo, layer);
    return st;
}

enum bc_status bc_check_history(struct bc_check *check, uint64_t state)
{
    uint64_t from = state;
    enum bc_status st = BC_OK;
    while (!st && state && !bc_counts_find(&check->states, state)) {
        st = bc_counts_add(&check->states, state);
        if (!st)
            st = check_state(check, state);
        if (!st)
            st = bc_layer_previous(check->repo, state, &state);
    }
    if (!bc_check_unreadable(st))
        return st;
    bc_check_problem(check, "layer %" PRIu64 ": its history cannot be read below layer %" PRIu64,
                     from, state);
    return BC_OK;
}

void bc_check_label(struct bc_branch *branch, char label[BC_CHECK_LABEL])
{
    if (branch->name[0])
        (void)snprintf(label, BC_CHECK_LABEL, "branch %s", branch->name);
    else
        (void)snprintf(label, BC_CHECK_LABEL, "branch %" PRIu64, branch->id);
}

enum bc_status bc_check_tree(struct bc_check *check, struct bc_branch *branch)
{
    char label[BC_CHECK_LABEL];
    struct bc_buffer texts = {0};
    pthread_rwlock_rdlock(&branch->lock);
    struct bc_layer *top = bc_layer_retain(check->repo, branch->top);
    bc_check_label(branch, label);
    pthread_rwlock_unlock(&branch->lock);
    enum bc_status st = top ? check_indexes(check, top) : BC_OK;
    if (!st && top)
        st = bc_check_history(check, top->state);
    bc_layer_release(check->repo, top);
    if (!st)
        st = bc_check_work(check, branch, &texts);
    if (!st)
        st = check_texts(check, branch, label, &texts);
    bc_buffer_release(&texts);
    return st;
}

static enum bc_status check_branch(void *context, const struct bc_branch_info *info)
{
    struct bc_check *check = context;
    struct bc_branch *branch = NULL;
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
        st = bc_check_tree(check, branch);
    bc_branch_release(branch);
    return st;
}

static enum bc_status check_rows(struct bc_check *check)
{
    enum bc_status st = check->repo->store->ops->snapshot_new(check->repo->store, &check->snapshot);
    if (st)
        return st;
    st = bc_check_layers(check);
    if (!st)
        st = bc_check_runs(check);
    check->repo->store->ops->snapshot_free(check->repo->store, check->snapshot);
    check->snapshot = NULL;
    return st;
}

static enum bc_status check_commits(struct bc_check *check)
{
    enum bc_status st = check->repo->store->ops->snapshot_new(check->repo->store, &check->snapshot);
    if (st)
        return st;
    st = bc_check_commits(check);
    check->repo->store->ops->snapshot_free(check->repo->store, check->snapshot);
    check->snapshot = NULL;
    return st;
}

static enum bc_status check_prefixes(struct bc_check *check)
{
    struct bc_prefixes prefixes = {0};
    enum bc_status st = bc_repo_prefixes(check->repo, false, &prefixes, NULL);
    bc_prefixes_release(&prefixes);
    if (!bc_check_unreadable(st))
        return st;
    bc_check_problem(check, "the store's prefixes cannot be read");
    return BC_OK;
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
    if (!st)
        st = check_commits(&check);
    if (!st)
        st = bc_check_waiting(&check);
    if (!st)
        st = check_prefixes(&check);
    if (bc_check_unreadable(st)) {
        bc_check_problem(&check, "the list of branches cannot be read to its end");
        st = BC_OK;
    }
    bc_free(check.versions.slots);
    bc_free(check.states.slots);
    bc_free(check.indexes.slots);
    return st;
}
