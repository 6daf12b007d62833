/* Ending a merge that waits. */
#include "branchcore/merging.h"
#include "branchcore/slot.h"
#include "branchcore/syntax.h"
#include "branchcore/text_diff.h"

#include <inttypes.h>
#include <stdlib.h>

struct continuing {
    struct bc_repo *repo;
    struct bc_branch *branch;
    struct bc_waiting waiting;
    struct bc_branch *hidden;
    struct bc_branch *results;  /* what the tree of conflicts is now */
    struct bc_branch *original; /* as it was made */
    struct bc_branch *ours;     /* the trees that were merged */
    struct bc_branch *theirs;
    struct bc_branch *scratch; /* over what is merged already */
    uint64_t unresolved;
    struct bc_error first; /* the first that is not resolved */
    struct bc_error *err;
};

static enum bc_status open_all(struct continuing *of)
{
    const struct bc_waiting *waiting = &of->waiting;
    enum bc_status st = bc_hidden_open(of->repo, waiting->hidden, &of->hidden);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    st = bc_branch_snapshot(of->hidden, &of->results);
    if (!st)
        st = bc_branch_past(of->repo, waiting->original, &of->original);
    if (!st)
        st = bc_branch_past(of->repo, waiting->ours_layer, &of->ours);
    if (!st)
        st = bc_branch_past(of->repo, waiting->theirs_layer, &of->theirs);
    return st ? st : bc_scratch_new(of->repo, waiting->merged, &of->scratch);
}

static void release_all(struct continuing *of)
{
    bc_branch_release(of->scratch);
    bc_branch_release(of->theirs);
    bc_branch_release(of->ours);
    bc_branch_release(of->original);
    bc_branch_release(of->results);
    bc_branch_release(of->hidden);
    bc_waiting_release(&of->waiting);
}

static struct bc_slice path_of(const struct continuing *of, const struct bc_conflict *conflict)
{
    return bc_conflict_path(&of->waiting.conflicts, conflict);
}

static int shown(struct bc_slice text)
{
    return (int)(text.size < 150 ? text.size : 150);
}

static void note_unresolved(struct continuing *of, const struct bc_conflict *conflict,
                            struct bc_slice slot, const char *what)
{
    struct bc_slice path = path_of(of, conflict);
    if (of->unresolved++)
        return;
    (void)bc_fail(&of->first, BC_BUSY, "%.*s: %.*s%s%s", shown(path), path.data, shown(slot),
                  slot.data, slot.size ? " " : "", what);
}

/* Slots: base, ours, theirs as they were, and the result, side by side. */

enum { BASE, OURS, THEIRS, RESULT, SIDES };

static const char *const part_names[SIDES] = {"base", "ours", "theirs", "result"};

struct column {
    struct bc_file_text *text;
    struct bc_text_cursor *cursor;
    struct bc_slice line; /* the next; size 0: no more */
};

/* A line of one subject and predicate: where its graph is, and whose it is. */
struct statement {
    size_t at;
    size_t size;
    int side;
};

struct table {
    struct column columns[SIDES];
    struct bc_buffer prefix;
    struct bc_buffer graphs;
    struct statement *statements;
    size_t count;
    size_t capacity;
};

static enum bc_status column_next(struct column *column)
{
    enum bc_status st = bc_text_cursor_next(column->cursor, &column->line);
    if (st)
        column->line = bc_slice("", 0);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* The file of a part; NULL text: there is none. */
static enum bc_status column_open(struct continuing *of, const struct bc_conflict *conflict,
                                  int side, struct column *column)
{
    struct bc_branch *tree = side == RESULT ? of->results : of->original;
    uint64_t folder;
    uint64_t node = 0;
    *column = (struct column){.line = bc_slice("", 0)};
    enum bc_status st = bc_conflict_folder(tree, path_of(of, conflict), &folder);
    if (!st && folder)
        st = bc_conflict_part(tree, folder, part_names[side], &node);
    if (st || !node)
        return st;
    st = bc_file_text_open(tree, node, &column->text, NULL);
    if (st == BC_INVALID) {
        struct bc_slice path = path_of(of, conflict);
        return bc_fail(of->err, BC_SYNTAX,
                       "%.*s: the result is no triple file: give it the extension that the other "
                       "files there have",
                       shown(path), path.data);
    }
    if (!st)
        st = bc_text_cursor_new(bc_file_text_view(column->text), &column->cursor);
    return st ? st : column_next(column);
}

static void table_release(struct table *table)
{
    for (int i = 0; i < SIDES; i++) {
        bc_text_cursor_free(table->columns[i].cursor);
        bc_file_text_release(table->columns[i].text);
    }
    bc_buffer_release(&table->prefix);
    bc_buffer_release(&table->graphs);
    bc_free(table->statements);
}

static enum bc_status table_add(struct table *table, int side, struct bc_slice graph)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 32;
        struct statement *statements =
            bc_realloc_array(table->statements, capacity, sizeof *statements);
        if (!statements)
            return BC_NO_MEMORY;
        table->statements = statements;
        table->capacity = capacity;
    }
    table->statements[table->count++] = (struct statement){table->graphs.size, graph.size, side};
    return bc_buffer_append(&table->graphs, graph.data, graph.size);
}

/* Takes the next subject and predicate's statements of all columns. BC_NO_DATA at the end. */
static enum bc_status table_next(struct table *table)
{
    struct bc_slice least = bc_slice("", 0);
    for (int i = 0; i < SIDES; i++) {
        struct bc_slice line = table->columns[i].line;
        if (line.size && (!least.size || bc_slice_compare(line, least) < 0))
            least = line;
    }
    if (!least.size)
        return BC_NO_DATA;
    bc_buffer_clear(&table->prefix);
    bc_buffer_clear(&table->graphs);
    table->count = 0;
    struct bc_slice prefix = bc_slot_prefix(least);
    enum bc_status st = bc_buffer_append(&table->prefix, prefix.data, prefix.size);
    prefix = bc_buffer_slice(&table->prefix);
    for (int i = 0; i < SIDES; i++) {
        struct column *column = &table->columns[i];
        while (!st && column->line.size && bc_slot_begins(column->line, prefix)) {
            st = table_add(table, i, bc_slot_graph(column->line));
            if (!st)
                st = column_next(column);
        }
    }
    return st;
}

static int by_graph(const void *a, const void *b, void *context)
{
    const struct bc_buffer *graphs = context;
    const struct statement *one = a;
    const struct statement *other = b;
    return bc_slice_compare(bc_slice(graphs->data + one->at, one->size),
                            bc_slice(graphs->data + other->at, other->size));
}

static enum bc_status check_slot(struct continuing *of, const struct bc_conflict *conflict,
                                 const struct table *table, const bool has[SIDES])
{
    struct bc_slice path = path_of(of, conflict);
    struct bc_slice slot = bc_slice(table->prefix.data, table->prefix.size - 1);
    if (has[RESULT] && !has[BASE] && !has[OURS] && !has[THEIRS])
        return bc_fail(of->err, BC_INVALID,
                       "%.*s: the result has statements of %.*s, which is not in conflict: take "
                       "them out; the file itself can be changed when the merge is done",
                       shown(path), path.data, shown(slot), slot.data);
    bool may_be_empty = !has[OURS] || !has[THEIRS];
    if (!has[RESULT] && !(table->columns[RESULT].text && may_be_empty))
        note_unresolved(of, conflict, slot, "is not resolved");
    return BC_OK;
}

/* The statements of one subject and predicate: a slot for each graph. */
static enum bc_status check_slots(struct continuing *of, const struct bc_conflict *conflict,
                                  struct table *table)
{
    enum bc_status st = BC_OK;
    qsort_r(table->statements, table->count, sizeof *table->statements, by_graph, &table->graphs);
    for (size_t i = 0; !st && i < table->count;) {
        bool has[SIDES] = {false};
        size_t first = i;
        while (i < table->count &&
               !by_graph(&table->statements[first], &table->statements[i], &table->graphs))
            has[table->statements[i++].side] = true;
        st = check_slot(of, conflict, table, has);
    }
    return st;
}

static enum bc_status check_text(struct continuing *of, const struct bc_conflict *conflict)
{
    struct table table = {0};
    enum bc_status st = BC_OK;
    for (int i = 0; !st && i < SIDES; i++)
        st = column_open(of, conflict, i, &table.columns[i]);
    while (!st) {
        st = table_next(&table);
        if (!st)
            st = check_slots(of, conflict, &table);
    }
    table_release(&table);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Whole files: what is in the folder. */

struct whole {
    bool removed;    /* the folder is not there any more */
    uint64_t result; /* 0: none */
};

static enum bc_status look_at_whole(struct continuing *of, const struct bc_conflict *conflict,
                                    struct whole *whole)
{
    uint64_t folder;
    *whole = (struct whole){0};
    enum bc_status st = bc_conflict_folder(of->results, path_of(of, conflict), &folder);
    whole->removed = !folder;
    if (!st && folder)
        st = bc_conflict_part(of->results, folder, part_names[RESULT], &whole->result);
    return st;
}

static enum bc_status check_whole(struct continuing *of, const struct bc_conflict *conflict)
{
    struct bc_slice path = path_of(of, conflict);
    const char *slash = memrchr(path.data, '/', path.size);
    size_t start = slash ? (size_t)(slash - path.data) + 1 : 0;
    struct bc_node_look look;
    struct whole whole;
    enum bc_syntax syntax;
    enum bc_status st = look_at_whole(of, conflict, &whole);
    if (st)
        return st;
    if (!whole.removed && !whole.result)
        note_unresolved(of, conflict, bc_slice("", 0),
                        "is not resolved: make a result, or remove the folder for no such file");
    if (!whole.result)
        return BC_OK;
    st = bc_node_look(of->results, whole.result, &look);
    if (st || look.attr.kind != BC_FILE ||
        !bc_syntax_of_name(bc_slice(path.data + start, path.size - start), &syntax))
        return st;
    if (look.attr.form != BC_TEXT)
        return bc_fail(of->err, BC_SYNTAX,
                       "%.*s: the result must be a triple file: give it that extension",
                       shown(path), path.data);
    if (!bc_syntax_has_graphs(syntax) && look.quads)
        return bc_fail(of->err, BC_SYNTAX,
                       "%.*s: the result has %" PRIu64
                       " statements with a graph, which %s cannot say",
                       shown(path), path.data, look.quads, bc_syntax_name(syntax));
    return BC_OK;
}

static enum bc_status check_all(struct continuing *of)
{
    const struct bc_conflicts *conflicts = &of->waiting.conflicts;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < conflicts->count; i++) {
        const struct bc_conflict *conflict = &conflicts->list[i];
        st = conflict->kind == BC_CONFLICT_SLOTS ? check_text(of, conflict)
                                                 : check_whole(of, conflict);
    }
    if (st || !of->unresolved)
        return st;
    return of->unresolved == 1 ? bc_fail(of->err, BC_BUSY, "%s", of->first.text)
                               : bc_fail(of->err, BC_BUSY, "%s; nor are %" PRIu64 " others",
                                         of->first.text, of->unresolved - 1);
}

/* Applying. */

static enum bc_status diff_next(void *context, char *sign, struct bc_slice *line)
{
    struct bc_text_diff *const *diff = context;
    return bc_text_diff_next(*diff, sign, line);
}

struct slot_diff {
    struct bc_text_diff *diff; /* first, for diff_next */
    struct bc_file_text *ours;
    struct bc_file_text *result;
};

static enum bc_status diff_rewind(void *context)
{
    struct slot_diff *of = context;
    bc_text_diff_free(of->diff);
    of->diff = NULL;
    return bc_text_diff_new(of->ours, of->result, &of->diff);
}

static enum bc_status put_text(struct continuing *of, uint64_t node,
                               const struct bc_signed_stream *stream)
{
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    enum bc_status st = bc_file_text_open(of->scratch, node, &old, NULL);
    if (st)
        return st;
    st = bc_text_change_signed(of->repo, stream, old, NULL, &change);
    bc_file_text_release(old);
    if (st)
        return st;
    st = bc_text_change_apply(of->scratch, node, &change);
    bc_text_change_release(of->repo, &change);
    return st;
}

/* The merged text has ours' statements of the slots: what the result has instead is the difference
 * of the two small files. */
static enum bc_status apply_slots(struct continuing *of, const struct bc_conflict *conflict)
{
    struct column ours = {0};
    struct column result = {0};
    struct slot_diff diff = {0};
    enum bc_status st = column_open(of, conflict, OURS, &ours);
    if (!st)
        st = column_open(of, conflict, RESULT, &result);
    if (!st) {
        diff.ours = ours.text;
        diff.result = result.text;
        st = diff_rewind(&diff);
    }
    if (!st)
        st = put_text(
            of, conflict->node,
            &(struct bc_signed_stream){.next = diff_next, .rewind = diff_rewind, .context = &diff});
    bc_text_diff_free(diff.diff);
    bc_text_cursor_free(ours.cursor);
    bc_text_cursor_free(result.cursor);
    bc_file_text_release(ours.text);
    bc_file_text_release(result.text);
    return st;
}

/* A file that is not to be there; a folder of that name is another thing. */
static enum bc_status apply_removal(struct continuing *of, const struct bc_conflict *conflict)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_find(of->scratch, path_of(of, conflict), &attr);
    if (st == BC_NOT_FOUND || st == BC_NOT_DIRECTORY)
        return BC_OK;
    return st || attr.kind == BC_DIRECTORY ? st : bc_node_remove_all(of->scratch, attr.node);
}

/* The folder that a path's last name is in; what is not there comes from theirs, or is made. */
static enum bc_status need_folder(struct continuing *of, struct bc_slice path, uint64_t *folder)
{
    struct bc_attr attr;
    struct bc_attr root;
    size_t at = 0;
    enum bc_status st = bc_tree_stat(of->scratch, BC_ROOT_NODE, &root);
    *folder = BC_ROOT_NODE;
    while (!st && at < path.size) {
        const char *slash = memchr(path.data + at, '/', path.size - at);
        if (!slash)
            break;
        size_t end = (size_t)(slash - path.data);
        struct bc_slice name = bc_slice(path.data + at, end - at);
        struct bc_make make = {BC_DIRECTORY, 0755, root.uid, root.gid, {0}};
        st = bc_tree_lookup(of->scratch, *folder, name, &attr);
        if (!st && attr.kind != BC_DIRECTORY) {
            st = bc_node_remove_all(of->scratch, attr.node);
            st = st ? st : BC_NOT_FOUND;
        }
        if (st == BC_NOT_FOUND)
            st = bc_tree_make(of->scratch, *folder, name, &make, &attr);
        *folder = attr.node;
        at = end + 1;
    }
    return st;
}

/* Mode and owner are those that the file had, not those of the result, which people made. */
static enum bc_status keep_mode(struct continuing *of, const struct bc_conflict *conflict,
                                uint64_t node)
{
    struct bc_node_look look;
    struct bc_attr after;
    enum bc_status st = bc_node_look(of->ours, conflict->ours, &look);
    if (!st && !look.there)
        st = bc_node_look(of->theirs, conflict->theirs, &look);
    if (st || !look.there)
        return st;
    return bc_tree_change(of->scratch, node,
                          &(struct bc_change){
                              .mask = BC_CHANGE_MODE | BC_CHANGE_UID | BC_CHANGE_GID,
                              .mode = look.attr.mode,
                              .uid = look.attr.uid,
                              .gid = look.attr.gid,
                          },
                          &after);
}

static enum bc_status make_file(struct continuing *of, const struct bc_conflict *conflict,
                                uint64_t result)
{
    struct bc_slice path = path_of(of, conflict);
    const char *slash = memrchr(path.data, '/', path.size);
    size_t start = slash ? (size_t)(slash - path.data) + 1 : 0;
    struct bc_node_look look;
    uint64_t folder;
    uint64_t as = conflict->node;
    enum bc_status st = need_folder(of, path, &folder);
    if (!st)
        st = bc_node_look(of->scratch, as, &look);
    if (!st && look.there) /* the thing itself has another name already */
        st = bc_repo_next_id(of->repo, &as);
    if (!st)
        st = bc_adopt_node(of->scratch, of->results, result, as, folder,
                           bc_slice(path.data + start, path.size - start));
    return st ? st : keep_mode(of, conflict, as);
}

static bool is_rendered(struct bc_slice path)
{
    const char *slash = memrchr(path.data, '/', path.size);
    size_t start = slash ? (size_t)(slash - path.data) + 1 : 0;
    enum bc_syntax syntax;
    return bc_syntax_of_name(bc_slice(path.data + start, path.size - start), &syntax) &&
           !bc_syntax_is_lines(syntax);
}

/* A triple file's prefixes come along where the result is written in a syntax that has them. */
static enum bc_status apply_content(struct continuing *of, const struct bc_conflict *conflict,
                                    uint64_t node, const struct bc_node_look *result)
{
    enum bc_status st = bc_adopt_content(of->scratch, node, of->results, result->attr.node);
    if (st || result->attr.form != BC_TEXT || !is_rendered(path_of(of, conflict)))
        return st;
    if (is_rendered(bc_look_name(result)))
        st = bc_adopt_prefixes(of->scratch, node, of->results, result->attr.node);
    return st ? st : bc_node_renew(of->scratch, node);
}

static enum bc_status apply_result(struct continuing *of, const struct bc_conflict *conflict,
                                   uint64_t result)
{
    struct bc_attr there;
    struct bc_node_look look;
    enum bc_status st = bc_node_look(of->results, result, &look);
    if (st)
        return st;
    st = bc_tree_find(of->scratch, path_of(of, conflict), &there);
    if (st == BC_NOT_FOUND || st == BC_NOT_DIRECTORY)
        return make_file(of, conflict, result);
    if (!st && there.kind == look.attr.kind)
        return apply_content(of, conflict, there.node, &look);
    if (!st)
        st = bc_node_remove_all(of->scratch, there.node);
    return st ? st : make_file(of, conflict, result);
}

/* Removals come first: a name may be given anew. */
static enum bc_status apply_all(struct continuing *of)
{
    const struct bc_conflicts *conflicts = &of->waiting.conflicts;
    enum bc_status st = BC_OK;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; !st && i < conflicts->count; i++) {
            const struct bc_conflict *conflict = &conflicts->list[i];
            struct whole whole = {0};
            if (conflict->kind == BC_CONFLICT_FILE)
                st = look_at_whole(of, conflict, &whole);
            if (!st && round == 0 && whole.removed)
                st = apply_removal(of, conflict);
            else if (!st && round == 1 && whole.result)
                st = apply_result(of, conflict, whole.result);
            else if (!st && round == 1 && conflict->kind == BC_CONFLICT_SLOTS)
                st = apply_slots(of, conflict);
        }
    }
    return st;
}

/* The branch must still be what was merged; its layers may be others, with the same tree. */
static enum bc_status check_branch(struct continuing *of, const struct bc_frozen *frozen)
{
    const struct bc_waiting *waiting = &of->waiting;
    struct bc_branch *now = NULL;
    struct bc_tree_sums sums = {0};
    bool same = frozen->has_head == waiting->has_head &&
                (!frozen->has_head || bc_commit_id_equal(&frozen->head, &waiting->head));
    enum bc_status st = BC_OK;
    if (same) {
        st = bc_branch_past(of->repo, frozen->top ? frozen->top->id : 0, &now);
        if (!st)
            st = bc_tree_diff_sums(of->ours, now, &sums);
        bc_branch_release(now);
    }
    if (st || (same && !sums.paths))
        return st;
    return bc_fail(of->err, BC_BUSY,
                   "the branch was changed since the merge began: abort it, and merge again");
}

static enum bc_status finish(struct continuing *of, struct bc_merging *merging,
                             struct bc_merge_report *report)
{
    struct bc_layer *top = NULL;
    struct bc_batch rows = {0};
    enum bc_status st = bc_merging_freeze(merging, of->scratch, &top);
    if (!st)
        st = bc_waiting_remove(of->branch, &rows);
    if (!st)
        st = bc_hidden_remove(of->hidden, &rows);
    if (!st)
        st = bc_merging_finish(merging, top ? top->id : 0, of->scratch, &rows, report, of->err);
    if (!st)
        bc_hidden_removed(of->hidden);
    bc_layer_release(of->repo, top);
    bc_batch_release(&rows);
    return st == BC_BUSY
               ? bc_fail(of->err, st,
                         "the branch was changed since the merge began: abort it, and merge again")
               : st;
}

static enum bc_status continue_seated(struct continuing *of, struct bc_merging *merging,
                                      struct bc_merge_report *report)
{
    struct bc_waiting *waiting = &of->waiting;
    merging->base_layer = waiting->base_layer;
    merging->ours_layer = waiting->ours_layer;
    merging->theirs_layer = waiting->theirs_layer;
    merging->has_base = waiting->has_base;
    merging->base = waiting->base;
    merging->has_theirs = waiting->has_theirs;
    merging->theirs = waiting->theirs;
    merging->policy = waiting->policy;
    merging->action = waiting->action;
    merging->ref = waiting->ref;
    merging->message = waiting->message;
    enum bc_status st = open_all(of);
    if (!st)
        st = bc_branch_freeze_head(of->branch, &merging->frozen);
    if (st)
        return st;
    st = bc_merging_begin_report(merging, report);
    if (!st)
        st = check_branch(of, &merging->frozen);
    if (!st)
        st = check_all(of);
    if (!st)
        st = apply_all(of);
    if (!st)
        st = finish(of, merging, report);
    if (!st)
        st = bc_merging_end_report(merging, report);
    bc_layer_release(of->repo, merging->frozen.top);
    return st;
}

enum bc_status bc_merge_continue(struct bc_branch *ours, struct bc_slice author,
                                 struct bc_merge_report *report, struct bc_error *err)
{
    struct continuing of = {.repo = ours->repo, .branch = ours, .err = err};
    struct bc_merging merging = {
        .repo = ours->repo, .branch = ours, .author = author, .started_ns = bc_monotonic_ns()};
    *report = (struct bc_merge_report){0};
    if (err)
        err->text[0] = '\0';
    enum bc_status st = bc_merge_sit(ours, &merging.seat);
    if (st)
        return st;
    st = bc_waiting_get(ours, &of.waiting);
    if (!st)
        st = continue_seated(&of, &merging, report);
    else if (st == BC_NO_DATA)
        st = bc_fail(err, st, "no merge waits here");
    release_all(&of);
    bc_merge_rise(merging.seat);
    bc_merge_last_close(merging.last);
    if (st) {
        bc_merge_report_release(report);
        if (err && !err->text[0])
            (void)bc_fail(err, st, "the merge cannot be continued: %s", bc_status_text(st));
    }
    return st;
}

/* Only the report is lost where there is no memory for it. */
static void note_aborted(struct bc_merge_seat *seat, struct bc_repo *repo, struct bc_slice ref)
{
    struct bc_buffer head = {0};
    struct bc_merge_last *last = bc_merge_last_new(repo);
    if (last &&
        !bc_buffer_printf(&head, "outcome aborted\nmerged %.*s\n", (int)ref.size, ref.data) &&
        !bc_merge_last_set_head(last, bc_buffer_slice(&head)))
        bc_merge_note(seat, last);
    bc_merge_last_close(last);
    bc_buffer_release(&head);
}

static enum bc_status abort_seated(struct bc_branch *ours, struct bc_merge_seat *seat,
                                   const struct bc_waiting *waiting)
{
    struct bc_branch *hidden = NULL;
    struct bc_batch rows = {0};
    enum bc_status st = bc_hidden_open(ours->repo, waiting->hidden, &hidden);
    if (st == BC_NOT_FOUND) /* of a damaged store */
        st = BC_OK;
    if (!st)
        st = bc_waiting_remove(ours, &rows);
    if (!st && hidden)
        st = bc_hidden_remove(hidden, &rows);
    if (!st)
        st = bc_store_apply(ours->repo->store, &rows, true);
    if (!st && hidden)
        bc_hidden_removed(hidden);
    if (!st)
        note_aborted(seat, ours->repo, waiting->ref);
    bc_branch_release(hidden);
    bc_batch_release(&rows);
    return st;
}

enum bc_status bc_merge_abort(struct bc_branch *ours, struct bc_error *err)
{
    struct bc_merge_seat *seat = NULL;
    struct bc_waiting waiting;
    enum bc_status st = bc_merge_sit(ours, &seat);
    if (st)
        return st;
    st = bc_waiting_get(ours, &waiting);
    if (!st) {
        st = abort_seated(ours, seat, &waiting);
        bc_waiting_release(&waiting);
        if (st)
            (void)bc_fail(err, st, "the merge cannot be aborted: %s", bc_status_text(st));
    } else if (st == BC_NO_DATA) {
        st = bc_fail(err, st, "no merge waits here");
    }
    bc_merge_rise(seat);
    return st;
}

enum bc_status bc_merge_conflicts(struct bc_branch *ours, struct bc_branch **conflicts)
{
    struct bc_waiting waiting;
    enum bc_status st = bc_waiting_get(ours, &waiting);
    if (st)
        return st;
    st = bc_hidden_open(ours->repo, waiting.hidden, conflicts);
    bc_waiting_release(&waiting);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}
