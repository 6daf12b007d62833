#include "branchcore/transplant.h"

#include "branchcore/changed_nodes.h"
#include "branchcore/entry.h"
#include "branchcore/merge_adopt.h"
#include "branchcore/syntax.h"
#include "branchcore/text_change.h"
#include "branchcore/text_diff.h"

struct transplant {
    struct bc_branch *from;
    struct bc_branch *past; /* what it is put on, as it was */
    struct bc_branch *to;   /* the same, as it becomes */
    uint64_t since;
    struct bc_id_counts nodes; /* that may differ */
    struct bc_id_counts xattrs;
};

/* A node of the two trees. */
struct pair {
    uint64_t node;
    struct bc_found from;
    struct bc_found past;
    bool in_from;
    bool in_past;
};

static enum bc_status look(struct bc_branch *branch, uint64_t node, struct bc_found *found,
                           bool *there)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, found);
    pthread_rwlock_unlock(&branch->lock);
    *there = !st && (found->record.parent || node == BC_ROOT_NODE);
    if (st)
        *found = (struct bc_found){0};
    return st == BC_STALE ? BC_OK : st;
}

static void pair_release(struct pair *pair)
{
    bc_found_release(&pair->from);
    bc_found_release(&pair->past);
}

static enum bc_status pair_of(struct transplant *of, uint64_t node, struct pair *pair)
{
    *pair = (struct pair){.node = node};
    enum bc_status st = look(of->from, node, &pair->from, &pair->in_from);
    if (!st)
        st = look(of->past, node, &pair->past, &pair->in_past);
    if (st)
        pair_release(pair);
    return st;
}

/* It has a life in `past` that goes on. */
static bool lives_on(const struct pair *pair)
{
    return pair->in_from && pair->in_past && pair->from.record.kind == pair->past.record.kind;
}

static bool same_place(const struct bc_node *a, const struct bc_node *b)
{
    return a->parent == b->parent && bc_slice_equal(a->name, b->name);
}

static bool same_times(const struct bc_node *a, const struct bc_node *b)
{
    return a->atime_ns == b->atime_ns && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns &&
           a->btime_ns == b->btime_ns;
}

static bool same_but_times(const struct bc_node *a, const struct bc_node *b)
{
    return same_place(a, b) && a->kind == b->kind && a->form == b->form && a->mode == b->mode &&
           a->uid == b->uid && a->gid == b->gid && a->version == b->version &&
           bc_slice_equal(a->target, b->target);
}

/* Whether the record has to be told, extended attributes aside. */
static bool has_changed(const struct transplant *of, const struct pair *pair)
{
    const struct bc_node *from = &pair->from.record;
    const struct bc_node *past = &pair->past.record;
    if (!lives_on(pair) || !same_but_times(from, past))
        return true;
    return pair->from.layer > of->since && !same_times(from, past);
}

static enum bc_status end_update(struct bc_update *update, enum bc_status st)
{
    if (!st)
        return bc_update_commit(update, false);
    bc_update_abort(update);
    return st;
}

/* Before any name is given, what has another one, or is gone, leaves its place. */

static enum bc_status leave_place(struct bc_update *update, const struct pair *pair)
{
    const struct bc_node *past = &pair->past.record;
    struct bc_found found;
    enum bc_status st =
        pair->node == BC_ROOT_NODE ? BC_OK : bc_entry_remove(update, past->parent, past->name);
    if (st || lives_on(pair))
        return st;
    st = bc_node_find(update->branch, pair->node, &found);
    if (!st)
        st = bc_node_delete(update, &found);
    if (!st)
        bc_found_release(&found);
    return st;
}

static enum bc_status leave(struct transplant *of, uint64_t node)
{
    struct pair pair;
    struct bc_update update;
    enum bc_status st = pair_of(of, node, &pair);
    if (st)
        return st;
    bool stays =
        !pair.in_past || (lives_on(&pair) && same_place(&pair.from.record, &pair.past.record));
    if (!stays) {
        st = bc_update_begin(of->to, &update);
        if (!st)
            st = end_update(&update, leave_place(&update, &pair));
    }
    pair_release(&pair);
    return st;
}

/* Then everything enters the place that it is to have. */

static enum bc_status put_name(struct bc_update *update, const struct pair *pair)
{
    const struct bc_node *from = &pair->from.record;
    return pair->node == BC_ROOT_NODE
               ? BC_OK
               : bc_entry_put(update, from->parent, from->name, pair->node, from->kind);
}

/* Its content is to come. Another life of the same node may lie in the layers below: `below` does
 * not lead there. */
static enum bc_status put_new(struct bc_update *update, const struct pair *pair)
{
    struct bc_found made = {.id = pair->node, .layer = update->branch->work};
    made.record = (struct bc_node){
        .kind = pair->from.record.kind,
        .form = pair->from.record.form,
        .mode = pair->from.record.mode,
        .parent = pair->from.record.parent,
        .name = pair->from.record.name,
        .target = pair->from.record.target,
    };
    enum bc_status st = put_name(update, pair);
    return st ? st : bc_node_put(update, &made);
}

static enum bc_status enter(struct transplant *of, const struct pair *pair)
{
    struct bc_update update;
    bool fresh = !lives_on(pair);
    if (!fresh && same_place(&pair->from.record, &pair->past.record))
        return BC_OK;
    enum bc_status st = bc_update_begin(of->to, &update);
    return st ? st : end_update(&update, fresh ? put_new(&update, pair) : put_name(&update, pair));
}

/* Contents. */

static enum bc_status next_line(void *context, char *sign, struct bc_slice *line)
{
    return bc_text_diff_next(context, sign, line);
}

static enum bc_status rewind_lines(void *context)
{
    return bc_text_diff_rewind(context);
}

/* A difference that is one large run of changes is shared. BC_TOO_LARGE: it is none. */
static enum bc_status share(struct bc_repo *repo, struct bc_text_diff *diff,
                            struct bc_file_text *old, struct bc_text_change *change)
{
    struct bc_change_sums sums;
    unsigned char digest[32];
    uint64_t run = bc_text_diff_run(diff);
    if (!run)
        return BC_TOO_LARGE;
    enum bc_status st = bc_delta_run_sums(repo->store, run, &sums, digest);
    return st ? st : bc_text_change_share(repo, old, run, &sums, change);
}

static enum bc_status change_text(struct transplant *of, uint64_t node)
{
    struct bc_repo *repo = of->to->repo;
    struct bc_text_diff *diff = NULL;
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    enum bc_status st = bc_text_diff_of(of->past, node, of->from, node, &diff);
    if (!st)
        st = bc_file_text_open(of->to, node, &old, NULL);
    if (!st)
        st = share(repo, diff, old, &change);
    if (st == BC_TOO_LARGE) {
        struct bc_signed_stream lines = {
            .next = next_line, .rewind = rewind_lines, .context = diff};
        st = bc_text_change_signed(repo, &lines, old, NULL, &change);
    }
    bc_file_text_release(old);
    bc_text_diff_free(diff);
    if (st)
        return st;
    st = bc_text_change_apply(of->to, node, &change);
    bc_text_change_release(repo, &change);
    return st;
}

static enum bc_status put_content(struct transplant *of, const struct pair *pair)
{
    const struct bc_node *from = &pair->from.record;
    const struct bc_node *past = &pair->past.record;
    bool fresh = !lives_on(pair);
    if (from->kind != BC_FILE ||
        (!fresh && from->form == past->form && from->version == past->version))
        return BC_OK;
    if (!fresh && from->form == BC_TEXT && past->form == BC_TEXT)
        return change_text(of, pair->node);
    return bc_adopt_content(of->to, pair->node, of->from, pair->node);
}

static enum bc_status put_xattrs(struct transplant *of, const struct pair *pair)
{
    uint64_t both;
    uint64_t before = lives_on(pair) ? pair->node : 0;
    if (before && !bc_counts_find(&of->xattrs, pair->node))
        return BC_OK;
    return bc_adopt_xattrs(of->to, pair->node, of->past, before, of->from, pair->node, true, &both);
}

/* The last word on a node that was changed: all of its record that its content has not said. */
static enum bc_status put_record(struct bc_update *update, const struct pair *pair, bool changed)
{
    struct bc_found found;
    const struct bc_node *from = &pair->from.record;
    enum bc_status st = bc_node_find(update->branch, pair->node, &found);
    if (st)
        return st;
    if (changed || found.layer == update->branch->work) {
        struct bc_node *record = &found.record;
        record->mode = from->mode;
        record->uid = from->uid;
        record->gid = from->gid;
        record->atime_ns = from->atime_ns;
        record->mtime_ns = from->mtime_ns;
        record->ctime_ns = from->ctime_ns;
        record->btime_ns = from->btime_ns;
        record->parent = from->parent;
        record->name = from->name;
        record->target = from->target;
        record->version = from->version;
        st = bc_node_put(update, &found);
    }
    bc_found_release(&found);
    return st;
}

static enum bc_status settle_record(struct transplant *of, const struct pair *pair, bool changed)
{
    struct bc_update update;
    enum bc_status st = bc_update_begin(of->to, &update);
    return st ? st : end_update(&update, put_record(&update, pair, changed));
}

static enum bc_status put_node(struct transplant *of, uint64_t node)
{
    struct pair pair;
    enum bc_status st = pair_of(of, node, &pair);
    if (st)
        return st;
    bool changed = pair.in_from && has_changed(of, &pair);
    if (changed)
        st = enter(of, &pair);
    if (!st && changed)
        st = put_content(of, &pair);
    if (!st && pair.in_from)
        st = put_xattrs(of, &pair);
    if (!st && (changed || (pair.in_from && bc_counts_find(&of->xattrs, node))))
        st = settle_record(of, &pair, changed);
    pair_release(&pair);
    return st;
}

static enum bc_status each_node(struct transplant *of,
                                enum bc_status (*visit)(struct transplant *of, uint64_t node))
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < of->nodes.capacity; i++) {
        if (of->nodes.slots[i].id)
            st = visit(of, of->nodes.slots[i].id);
    }
    return st;
}

enum bc_status bc_transplant(struct bc_branch *from, uint64_t onto, uint64_t since,
                             struct bc_branch **to)
{
    struct transplant of = {.from = from, .since = since};
    enum bc_status st = bc_branch_past(from->repo, onto, &of.past);
    if (!st)
        st = bc_scratch_new(from->repo, onto, &of.to);
    if (!st)
        st = bc_changed_rows(of.past, from, &of.nodes, &of.xattrs);
    /* Modes and owners of root folders may differ from the time that a branch was forked. */
    if (!st)
        st = bc_counts_add(&of.nodes, BC_ROOT_NODE);
    if (!st)
        st = each_node(&of, leave);
    if (!st)
        st = each_node(&of, put_node);
    bc_free(of.nodes.slots);
    bc_free(of.xattrs.slots);
    bc_branch_release(of.past);
    if (st)
        bc_branch_release(of.to);
    else
        *to = of.to;
    return st;
}
