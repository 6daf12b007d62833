/* Commits, and what names them. */
#include "branchcore/branch_past.h"
#include "branchcore/branch_record.h"
#include "branchcore/check_rows.h"
#include "branchcore/commit_record.h"
#include "branchcore/merging.h"

#include <inttypes.h>
#include <stdio.h>

static enum bc_status commit_get(struct bc_check *check, const struct bc_commit_id *id,
                                 struct bc_value *value, struct bc_commit_record *record)
{
    char key[BC_COMMIT_KEY_BYTES];
    bc_commit_key(id, key);
    enum bc_status st = bc_store_get(check->repo->store, check->snapshot, BC_REFS,
                                     bc_slice(key, sizeof key), value);
    if (!st)
        st = bc_commit_record_decode(value->slice, record);
    return st;
}

/* The numbers of a parent, which must be there. *there: it is. */
static enum bc_status parent_of(struct bc_check *check, const char *hex,
                                const struct bc_commit_id *id, uint64_t *generation,
                                uint64_t *layer, bool *there)
{
    struct bc_value value = {0};
    struct bc_commit_record record;
    enum bc_status st = commit_get(check, id, &value, &record);
    *there = !st;
    if (!st) {
        *generation = record.commit.generation;
        *layer = record.commit.layer;
    }
    bc_value_release(&value);
    if (st != BC_NOT_FOUND && !bc_check_unreadable(st))
        return st;
    char parent[BC_COMMIT_HEX + 1];
    bc_commit_id_format(id, parent);
    bc_check_problem(check, "commit %s: its parent %s is not there", hex, parent);
    return BC_OK;
}

/* What the commit says that it changed is what differs between the two trees. */
static enum bc_status check_change(struct bc_check *check, const char *hex,
                                   const struct bc_commit_record *record, uint64_t parent_layer)
{
    unsigned char digest[32];
    struct bc_tree_sums sums = {0};
    struct bc_branch *past = NULL;
    struct bc_branch *now = NULL;
    enum bc_status st = bc_branch_past(check->repo, parent_layer, &past);
    if (!st)
        st = bc_branch_past(check->repo, record->commit.layer, &now);
    if (!st)
        st = bc_tree_digest(past, now, record->form, digest, &sums);
    bc_branch_release(past);
    bc_branch_release(now);
    if (bc_check_unreadable(st)) {
        bc_check_problem(check, "commit %s: what it changed cannot be read", hex);
        return BC_OK;
    }
    if (st)
        return st;
    if (memcmp(digest, record->change, sizeof digest) != 0)
        bc_check_problem(check, "commit %s: its tree differs from its parent's in another way",
                         hex);
    else if (sums.paths != record->commit.files || sums.added != record->commit.added ||
             sums.removed != record->commit.removed)
        bc_check_problem(check,
                         "commit %s: it changed %" PRIu64 " paths, +%" PRIu64 " -%" PRIu64
                         " triples, and says otherwise",
                         hex, sums.paths, sums.added, sums.removed);
    return BC_OK;
}

/* Keeps the commit's layers from being collected from now on, by having them in memory. *there: it
 * has not been collected already, since the snapshot. */
static enum bc_status hold(struct bc_check *check, const struct bc_commit_id *id, const char *hex,
                           uint64_t layer, struct bc_layer **held, bool *there)
{
    uint64_t found;
    *held = NULL;
    enum bc_status st = layer ? bc_layer_get(check->repo, layer, held) : BC_OK;
    bool unreadable = bc_check_unreadable(st);
    if (st && !unreadable)
        return st;
    st = bc_commit_layer(check->repo, NULL, id, &found);
    *there = !st && !unreadable;
    if (!st && unreadable)
        bc_check_problem(check, "commit %s: its layer %" PRIu64 " cannot be read", hex, layer);
    return st == BC_NOT_FOUND || bc_check_unreadable(st) ? BC_OK : st;
}

static enum bc_status check_commit(struct bc_check *check, const struct bc_commit_id *id,
                                   const struct bc_commit_record *record)
{
    char hex[BC_COMMIT_HEX + 1];
    struct bc_commit_id recomputed;
    uint64_t greatest = 0;
    uint64_t layers[BC_COMMIT_PARENTS_MAX] = {0};
    bool whole = true;
    bc_commit_id_format(id, hex);
    enum bc_status st = bc_commit_record_id(record, &recomputed);
    if (!st && !bc_commit_id_equal(id, &recomputed))
        bc_check_problem(check, "commit %s: its content is that of another", hex);
    for (unsigned i = 0; !st && i < record->commit.parent_count; i++) {
        uint64_t generation = 0;
        bool there = false;
        st = parent_of(check, hex, &record->commit.parents[i], &generation, &layers[i], &there);
        whole &= there;
        if (generation > greatest)
            greatest = generation;
    }
    if (!st && whole && record->commit.generation != greatest + 1)
        bc_check_problem(check,
                         "commit %s: its generation is %" PRIu64 ", its parents' is %" PRIu64, hex,
                         record->commit.generation, greatest);
    struct bc_layer *held = NULL;
    bool there = false;
    uint64_t problems = check->counts->problems;
    if (!st)
        st = hold(check, id, hex, record->commit.layer, &held, &there);
    if (!st && there && held)
        st = bc_check_history(check, held->state);
    if (!st && there && whole && problems == check->counts->problems)
        st = check_change(check, hex, record, layers[0]);
    bc_layer_release(check->repo, held);
    return st;
}

static enum bc_status check_commit_row(struct bc_check *check, struct bc_slice key,
                                       struct bc_slice value)
{
    struct bc_commit_id id;
    struct bc_commit_record record;
    if (key.size != BC_COMMIT_KEY_BYTES) {
        bc_check_problem(check, "a commit's key cannot be read");
        return BC_OK;
    }
    memcpy(id.bytes, key.data + 1, sizeof id.bytes);
    check->counts->commits++;
    enum bc_status st = bc_commit_record_decode(value, &record);
    if (!st)
        return check_commit(check, &id, &record);
    if (!bc_check_unreadable(st))
        return st;
    char hex[BC_COMMIT_HEX + 1];
    bc_commit_id_format(&id, hex);
    bc_check_problem(check, "commit %s: it cannot be read: %s", hex, bc_status_text(st));
    return BC_OK;
}

/* "KIND NAME" names a commit, which must be there. */
static enum bc_status check_named(struct bc_check *check, const char *kind, struct bc_slice name,
                                  const struct bc_commit_id *id)
{
    struct bc_value value = {0};
    struct bc_commit_record record;
    enum bc_status st = commit_get(check, id, &value, &record);
    bc_value_release(&value);
    if (st != BC_NOT_FOUND)
        return bc_check_unreadable(st) ? BC_OK : st; /* told of the commit */
    char hex[BC_COMMIT_HEX + 1];
    bc_commit_id_format(id, hex);
    bc_check_problem(check, "%s %.*s: commit %s is not there", kind, (int)name.size, name.data,
                     hex);
    return BC_OK;
}

static enum bc_status check_tag_row(struct bc_check *check, struct bc_slice key,
                                    struct bc_slice value)
{
    struct bc_commit_id id;
    struct bc_slice name = bc_slice(key.data + 1, key.size - 1);
    if (value.size != sizeof id.bytes) {
        bc_check_problem(check, "tag %.*s: it cannot be read", (int)name.size, name.data);
        return BC_OK;
    }
    memcpy(id.bytes, value.data, sizeof id.bytes);
    return check_named(check, "tag", name, &id);
}

static enum bc_status check_branch_row(struct bc_check *check, struct bc_slice key,
                                       struct bc_slice value)
{
    struct bc_branch_record record;
    (void)key;
    /* What cannot be read is told where branches are opened. */
    if (bc_branch_record_decode(value, &record) || !record.has_head)
        return BC_OK;
    return check_named(check, "branch", record.name, &record.head);
}

static enum bc_status check_reflog_row(struct bc_check *check, struct bc_slice key,
                                       struct bc_slice value)
{
    struct bc_reflog_record entry;
    struct bc_branch_record record;
    (void)key;
    if (bc_reflog_record_decode(value, &entry)) {
        bc_check_problem(check, "reflog: an entry cannot be read");
        return BC_OK;
    }
    if (!entry.branch_record.size)
        return BC_OK;
    if (bc_branch_record_decode(entry.branch_record, &record)) {
        bc_check_problem(check, "reflog: what an entry of branch %.*s keeps cannot be read",
                         (int)entry.name.size, entry.name.data);
        return BC_OK;
    }
    return record.has_head ? check_named(check, "reflog: branch", entry.name, &record.head) : BC_OK;
}

static enum bc_status check_waiting_row(struct bc_check *check, struct bc_slice key,
                                        struct bc_slice value)
{
    char branch[32];
    struct bc_waiting_reach reach;
    if (key.size != 9 || bc_waiting_reach(value, &reach))
        return BC_OK; /* bc_check_waiting tells */
    (void)snprintf(branch, sizeof branch, "%" PRIu64, bc_get_u64(key.data + 1));
    enum bc_status st = BC_OK;
    for (unsigned i = 0; !st && i < reach.commit_count; i++)
        st = check_named(check, "waiting merge of branch", bc_slice(branch, strlen(branch)),
                         &reach.commits[i]);
    return st;
}

static enum bc_status each_row(struct bc_check *check, char kind,
                               enum bc_status (*visit)(struct bc_check *check, struct bc_slice key,
                                                       struct bc_slice value))
{
    char behind = (char)(kind + 1);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(check->repo->store, check->snapshot, BC_REFS,
                                        bc_slice(&kind, 1), bc_slice(&behind, 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = visit(check, cursor->key, cursor->value);
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status bc_check_commits(struct bc_check *check)
{
    enum bc_status st = each_row(check, 'c', check_commit_row);
    if (!st)
        st = each_row(check, 'B', check_branch_row);
    if (!st)
        st = each_row(check, 't', check_tag_row);
    if (!st)
        st = each_row(check, 'w', check_waiting_row);
    return st ? st : each_row(check, 'g', check_reflog_row);
}
