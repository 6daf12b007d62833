/* Making commits. */
#include "branchcore/commit_record.h"
#include "branchcore/state.h"
#include "branchcore/utf8.h"

static struct bc_slice without_end(struct bc_slice text)
{
    while (text.size && strchr(" \t\r\n", text.data[text.size - 1]))
        text.size--;
    return text;
}

enum bc_status bc_commit_message_check(struct bc_slice message, struct bc_error *err)
{
    message = without_end(message);
    if (!message.size)
        return bc_fail(err, BC_INVALID, "a commit needs a message: say what was changed, and why");
    if (message.size > BC_MESSAGE_MAX)
        return bc_fail(err, BC_TOO_LARGE, "a commit's message has at most %d bytes, this has %zu",
                       BC_MESSAGE_MAX, message.size);
    if (memchr(message.data, '\0', message.size))
        return bc_fail(err, BC_INVALID, "a commit's message cannot contain NUL bytes");
    if (bc_utf8_valid_prefix(message.data, message.size) != message.size)
        return bc_fail(err, BC_INVALID, "a commit's message must be UTF-8");
    return BC_OK;
}

static enum bc_status check_author(struct bc_slice author, struct bc_error *err)
{
    if (author.size > BC_AUTHOR_MAX)
        return bc_fail(err, BC_TOO_LARGE, "an author's name has at most %d bytes, this has %zu",
                       BC_AUTHOR_MAX, author.size);
    for (size_t i = 0; i < author.size; i++) {
        unsigned char c = (unsigned char)author.data[i];
        if (c < 0x20 || c == 0x7F)
            return bc_fail(err, BC_INVALID, "an author's name cannot contain control characters");
    }
    if (bc_utf8_valid_prefix(author.data, author.size) != author.size)
        return bc_fail(err, BC_INVALID, "an author's name must be UTF-8");
    return BC_OK;
}

/* What a commit takes from its parents; *past is the first one's tree, or the empty one. */
static enum bc_status look_at_parents(struct bc_repo *repo, const struct bc_commit_new *what,
                                      struct bc_commit *made, struct bc_branch **past)
{
    uint64_t layer = 0;
    made->parent_count = what->parent_count;
    made->generation = 1;
    for (unsigned i = 0; i < what->parent_count; i++) {
        struct bc_commit parent;
        enum bc_status st = bc_commit_get(repo, &what->parents[i], &parent);
        if (st)
            return st == BC_NOT_FOUND ? BC_CORRUPT : st;
        made->parents[i] = parent.id;
        if (parent.generation >= made->generation)
            made->generation = parent.generation + 1;
        if (i == 0)
            layer = parent.layer;
        bc_commit_release(&parent);
    }
    return bc_branch_past(repo, layer, past);
}

static enum bc_status compare(struct bc_repo *repo, const struct bc_commit_new *what,
                              struct bc_commit_record *record, struct bc_tree_sums *sums)
{
    struct bc_branch *past = NULL;
    struct bc_branch *now = NULL;
    enum bc_status st = look_at_parents(repo, what, &record->commit, &past);
    if (!st && !what->tree)
        st = bc_branch_past(repo, what->layer, &now);
    if (!st)
        st = bc_tree_digest(past, now ? now : what->tree, record->form, record->change, sums);
    bc_branch_release(past);
    bc_branch_release(now);
    return st;
}

/* Commits do not change: the very same one, should it be there already, stays with its layer. */
static enum bc_status put(struct bc_repo *repo, const struct bc_commit_record *record,
                          const struct bc_commit_id *id, struct bc_batch *batch)
{
    char key[BC_COMMIT_KEY_BYTES];
    struct bc_value value = {0};
    struct bc_buffer encoded = {0};
    bc_commit_key(id, key);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, bc_slice(key, sizeof key), &value);
    bc_value_release(&value);
    if (st != BC_NOT_FOUND)
        return st;
    st = bc_commit_record_encode(record, &encoded);
    if (!st)
        st = bc_batch_put(batch, BC_REFS, bc_slice(key, sizeof key), bc_buffer_slice(&encoded));
    bc_buffer_release(&encoded);
    return st;
}

enum bc_status bc_commit_make(struct bc_repo *repo, const struct bc_commit_new *what,
                              struct bc_batch *batch, struct bc_commit_id *id,
                              struct bc_tree_sums *sums, struct bc_error *err)
{
    static const struct bc_slice unknown = {"unknown", 7};
    const struct bc_commit_info *info = what->info;
    struct bc_tree_sums differences = {0};
    enum bc_status st = bc_commit_message_check(info->message, err);
    if (!st)
        st = check_author(info->author, err);
    if (st)
        return st;
    struct bc_commit_record record = {
        .commit = {.layer = what->layer, .time_ns = info->time_ns ? info->time_ns : bc_now_ns()},
        .form = BC_CHANGE_FORM,
        .author = info->author.size ? info->author : unknown,
        .message = without_end(info->message),
    };
    st = compare(repo, what, &record, &differences);
    record.commit.files = differences.paths;
    record.commit.added = differences.added;
    record.commit.removed = differences.removed;
    if (!st)
        st = bc_commit_record_id(&record, id);
    if (!st)
        st = put(repo, &record, id, batch);
    if (!st && sums)
        *sums = differences;
    return st;
}

enum bc_status bc_branch_head(struct bc_branch *branch, struct bc_commit_id *id)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : branch->has_head ? BC_OK : BC_NO_DATA;
    if (!st)
        *id = branch->head;
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status nothing_to_commit(struct bc_branch *branch, const struct bc_frozen *frozen,
                                        struct bc_error *err)
{
    char name[BC_BRANCH_NAME_MAX + 1];
    bc_branch_name(branch, name);
    if (!frozen->has_head)
        return bc_fail(err, BC_NO_DATA, "nothing to commit: %s is empty", name);
    return bc_fail(err, BC_NO_DATA, "nothing to commit: %s is what its last commit is", name);
}

static uint64_t state_of(const struct bc_layer *top)
{
    return top ? top->state : 0;
}

/* BC_OK if the branch still stands on what was committed, after the same last commit; BC_BUSY. */
static enum bc_status still_there(struct bc_branch *branch, const struct bc_frozen *frozen)
{
    bool contains;
    if (branch->has_head != frozen->has_head ||
        (branch->has_head && !bc_commit_id_equal(&branch->head, &frozen->head)))
        return BC_BUSY;
    enum bc_status st =
        bc_layer_contains(branch->repo, branch->top, state_of(frozen->top), &contains);
    return st || contains ? st : BC_BUSY;
}

static enum bc_status set_head(struct bc_branch *branch, const struct bc_frozen *frozen,
                               const struct bc_commit_id *id, struct bc_batch *batch)
{
    enum bc_status st = bc_branch_lock(branch);
    if (st)
        return st;
    struct bc_branch_record record = bc_branch_record_of(branch);
    record.has_head = true;
    record.head = *id;
    record.base = frozen->top ? frozen->top->id : 0;
    record.changed_ns = bc_now_ns();
    st = still_there(branch, frozen);
    if (!st && !branch->scratch)
        st = bc_branch_record_put(batch, branch->id, &record);
    if (!st)
        st = bc_store_apply(branch->repo->store, batch, true);
    if (!st) {
        branch->has_head = true;
        branch->head = *id;
        branch->base = record.base;
        branch->changed_ns = record.changed_ns;
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status commit_frozen(struct bc_branch *branch, const struct bc_frozen *frozen,
                                    const struct bc_commit_info *info, struct bc_commit_id *id,
                                    struct bc_error *err)
{
    struct bc_tree_sums sums;
    struct bc_batch batch = {0};
    struct bc_commit_new what = {
        .parents = &frozen->head,
        .parent_count = frozen->has_head,
        .layer = frozen->top ? frozen->top->id : 0,
        .info = info,
    };
    uint64_t base;
    enum bc_status st = bc_layer_state(branch->repo, frozen->base, &base);
    if (!st && frozen->has_head && state_of(frozen->top) == base)
        return nothing_to_commit(branch, frozen, err);
    if (!st)
        st = bc_commit_make(branch->repo, &what, &batch, id, &sums, err);
    if (!st && !sums.paths)
        st = nothing_to_commit(branch, frozen, err);
    if (!st)
        st = set_head(branch, frozen, id, &batch);
    bc_batch_release(&batch);
    return st;
}

static enum bc_status try_commit(struct bc_branch *branch, const struct bc_commit_info *info,
                                 struct bc_commit_id *id, struct bc_error *err)
{
    struct bc_frozen frozen;
    enum bc_status st = bc_branch_freeze_head(branch, &frozen);
    if (st)
        return st;
    st = commit_frozen(branch, &frozen, info, id, err);
    bc_layer_release(branch->repo, frozen.top);
    return st;
}

enum bc_status bc_branch_commit(struct bc_branch *branch, const struct bc_commit_info *info,
                                struct bc_commit_id *id, struct bc_error *err)
{
    enum { TRIES = 4 };
    struct bc_commit_id made;
    enum bc_status st = bc_commit_message_check(info->message, err);
    if (!st)
        st = check_author(info->author, err);
    if (st)
        return st;
    /* Another commit or a move came between: what there is to be committed is another thing now. */
    st = BC_BUSY;
    for (int try = 0; st == BC_BUSY && try < TRIES; try++)
        st = try_commit(branch, info, &made, err);
    if (st == BC_BUSY) {
        bc_branch_gate_close(branch);
        st = try_commit(branch, info, &made, err);
        bc_branch_gate_open(branch);
    }
    if (!st && id)
        *id = made;
    return st;
}
