#include "branchcore/text_append.h"

#include "branchcore/line_row.h"
#include "branchcore/text_change.h"

enum {
    LOOKED_UP_LOCKED = 16, /* so few lines are looked up within the update */
    LOOKED_UP_AT_ONCE = 64,
    TRIES = 4
};

struct appending {
    struct bc_branch *branch;
    uint64_t node;
    const struct bc_text_append *append;
    bool *present; /* for each line: the text has it already */
    size_t looked_up;
    uint64_t version; /* when they were looked up; 0: none was */
};

static enum bc_status find(struct appending *appending, struct bc_found *found)
{
    enum bc_status st = bc_node_find(appending->branch, appending->node, found);
    if (st)
        return st;
    const struct bc_node *record = &found->record;
    if (record->kind != BC_FILE || record->form != BC_TEXT)
        st = BC_UNSUPPORTED;
    else if (appending->append->version && record->version != appending->append->version)
        st = BC_BUSY;
    if (st)
        bc_found_release(found);
    return st;
}

/* The next lines, up to so many in all, as of a version that the caller has checked. The branch's
 * lock is held. */
static enum bc_status look_up(struct appending *appending, const struct bc_content *content,
                              size_t until)
{
    enum bc_status st = BC_OK;
    while (!st && appending->looked_up < until) {
        const struct bc_line *line = &appending->append->lines[appending->looked_up];
        st = bc_content_contains(appending->branch->repo->store, content,
                                 bc_slice(line->data, line->size),
                                 &appending->present[appending->looked_up]);
        appending->looked_up += !st;
    }
    return st;
}

static enum bc_status look_up_found(struct appending *appending, const struct bc_found *found,
                                    size_t until)
{
    /* What was looked up before says nothing of another version. */
    if (appending->version != found->record.version)
        appending->looked_up = 0;
    appending->version = found->record.version;
    struct bc_content content;
    enum bc_status st = bc_content_resolve(appending->branch, found, &content);
    if (st)
        return st;
    st = look_up(appending, &content, until);
    bc_content_release(&content);
    return st;
}

/* Looks all lines up in steps between which other writers of the branch go ahead. */
static enum bc_status look_up_in_steps(struct appending *appending)
{
    enum bc_status st = BC_OK;
    size_t count = appending->append->count;
    while (!st && appending->looked_up < count) {
        size_t until = appending->looked_up + LOOKED_UP_AT_ONCE;
        struct bc_found found;
        pthread_rwlock_rdlock(&appending->branch->lock);
        st = find(appending, &found);
        if (!st) {
            st = look_up_found(appending, &found, until < count ? until : count);
            bc_found_release(&found);
        }
        pthread_rwlock_unlock(&appending->branch->lock);
    }
    return st;
}

static uint64_t new_bytes(const struct appending *appending)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < appending->append->count; i++)
        bytes += appending->present[i] ? 0 : appending->append->lines[i].size;
    return bytes;
}

static enum bc_status check_limit(struct appending *appending, const struct bc_found *found,
                                  uint64_t bytes)
{
    uint64_t after = found->record.delta_bytes + bytes;
    if (after <= BC_TEXT_SMALL)
        return BC_OK;
    struct bc_content content;
    struct bc_run_summary base = {0};
    enum bc_status st = bc_content_resolve(appending->branch, found, &content);
    if (!st && content.run)
        st = bc_run_summary(appending->branch->repo->store, content.run, &base);
    bc_content_release(&content);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    return after <= bc_text_delta_limit(base.bytes) ? BC_OK : BC_UNSUPPORTED;
}

static enum bc_status put_lines(struct appending *appending, struct bc_update *update,
                                struct bc_found *found)
{
    struct bc_node *record = &found->record;
    bool own = found->layer == update->branch->work;
    if (own && (record->flags & BC_NODE_COVERS))
        return BC_CORRUPT;
    bool fresh = !own || !(record->flags & BC_NODE_DELTA);
    bc_node_own(update, found);
    enum bc_status st = bc_repo_next_id(update->branch->repo, &record->version);
    for (size_t i = 0; !st && i < appending->append->count; i++) {
        if (appending->present[i])
            continue;
        struct bc_slice line =
            bc_slice(appending->append->lines[i].data, appending->append->lines[i].size);
        st = bc_line_row_put(update, found, '+', line, fresh);
        record->size_bytes += line.size;
        record->triples++;
        record->quads += bc_line_is_quad(line);
    }
    record->flags |= BC_NODE_DELTA;
    return st;
}

static enum bc_status put(struct appending *appending, struct bc_update *update,
                          struct bc_found *found, bool *changed)
{
    uint64_t bytes = new_bytes(appending);
    enum bc_status st = check_limit(appending, found, bytes);
    if (!st && bytes)
        st = put_lines(appending, update, found);
    if (st)
        return st;
    found->record.mtime_ns = update->now_ns;
    found->record.ctime_ns = update->now_ns;
    *changed = bytes > 0;
    return bc_node_put(update, found);
}

/* BC_CANCELLED: the file is of another version than its lines were looked up in. */
static enum bc_status update_found(struct appending *appending, struct bc_update *update,
                                   struct bc_found *found, bool last_try, bool *changed)
{
    bool other = appending->version && appending->version != found->record.version;
    if (other && !last_try) {
        appending->looked_up = 0;
        return BC_CANCELLED;
    }
    enum bc_status st = BC_OK;
    if (other || !appending->version)
        st = look_up_found(appending, found, appending->append->count);
    return st ? st : put(appending, update, found, changed);
}

static enum bc_status try_append(struct appending *appending, bool last_try, struct bc_attr *attr,
                                 bool *changed)
{
    enum bc_status st = BC_OK;
    if (appending->append->count > LOOKED_UP_LOCKED)
        st = look_up_in_steps(appending);
    struct bc_update update;
    if (!st)
        st = bc_update_begin(appending->branch, &update);
    if (st)
        return st;
    struct bc_found found;
    st = find(appending, &found);
    if (!st) {
        st = update_found(appending, &update, &found, last_try, changed);
        if (!st && appending->append->prefixes)
            st = bc_prefixes_change_put(&update, &found, appending->append->prefixes);
        if (!st && attr)
            bc_attr_of(&found, attr);
        bc_found_release(&found);
    }
    if (!st)
        return bc_update_commit(&update, appending->append->sync);
    bc_update_abort(&update);
    return st;
}

enum bc_status bc_text_append(struct bc_branch *branch, uint64_t node,
                              const struct bc_text_append *append, struct bc_attr *attr,
                              bool *changed)
{
    struct appending appending = {branch, node, append, .present = NULL};
    appending.present = bc_alloc_array(append->count, sizeof *appending.present);
    enum bc_status st = appending.present ? BC_CANCELLED : BC_NO_MEMORY;
    for (int i = 1; st == BC_CANCELLED && i <= TRIES; i++)
        st = try_append(&appending, i == TRIES, attr, changed);
    bc_free(appending.present);
    return st;
}
