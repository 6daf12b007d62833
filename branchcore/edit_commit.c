/* What becomes of an edit: its text goes into the file, or to rejected/. */
#include "branchcore/edit_state.h"
#include "branchcore/rejected.h"
#include "branchcore/text_append.h"
#include "branchcore/text_change.h"

enum { TRIES = 5 };

/* How a try ended that did not fail. */
enum outcome {
    DONE,
    CHANGED_MEANWHILE, /* the file is of another version than was compared with: try again */
    NOT_A_TAIL         /* the file is not what this edit left: the whole text must be parsed */
};

struct commit {
    struct bc_edit *edit;
    bool sync;
    struct bc_attr attr; /* afterwards */
    bool changed;        /* the content, not its times and prefixes alone */
    struct bc_prefixes_change prefixes;
    struct bc_error *err;
};

/* Refusing. */

static enum bc_status read_spool(void *context, uint64_t offset, void *to, size_t size,
                                 size_t *done)
{
    return bc_spool_read(context, offset, to, size, done);
}

static uint64_t data_from(void *context, uint64_t offset)
{
    return bc_spool_data_from(context, offset);
}

static enum bc_status keep_rejected(struct bc_edit *edit)
{
    const char *path = bc_edit_path(edit);
    struct bc_buffer copy = {0};
    enum bc_status st = bc_buffer_append(&copy, path, strlen(path) + 1);
    if (!st)
        st = bc_rejected_put_sparse(edit->branch, bc_slice(path, strlen(path)),
                                    edit->spool.size_bytes, read_spool, data_from, &edit->spool,
                                    &edit->rejected_id);
    if (!st) {
        bc_buffer_release(&edit->rejected_path);
        edit->rejected_path = copy;
    } else {
        bc_buffer_release(&copy);
    }
    return st;
}

/* The text goes to rejected/, whole; it is not to be committed again unless it changes. */
static enum bc_status refuse(struct commit *commit, enum bc_status status)
{
    struct bc_edit *edit = commit->edit;
    bc_edit_note_path(edit);
    bc_edit_restart(edit, edit->start);
    edit->sequential = false;
    enum bc_status st = edit->spool.size_bytes ? keep_rejected(edit) : BC_OK;
    edit->dirty = st && st != BC_INVALID && st != BC_STALE;
    if (!st && edit->spool.size_bytes)
        bc_event_path(edit->branch, BC_EVENT_REFUSE, bc_edit_path(edit));
    else if (st && commit->err) {
        struct bc_error first = *commit->err;
        (void)bc_fail(commit->err, status, "%s (and it could not be kept: %s)", first.text,
                      bc_status_text(st));
    }
    return status;
}

static void remove_rejected(struct bc_edit *edit)
{
    if (!edit->rejected_id)
        return;
    struct bc_slice path = bc_slice(edit->rejected_path.data, edit->rejected_path.size - 1);
    if (!bc_rejected_remove_id(edit->branch, path, edit->rejected_id))
        edit->rejected_id = 0;
}

/* Parsing what was not parsed while it arrived. */

static enum bc_status finish_parsing(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    if (!edit->sequential)
        bc_edit_restart(edit, edit->start);
    enum bc_status st = bc_edit_parse_spool(edit);
    if (!st) {
        bc_progress_set(edit->progress, "sorting", 0, 0);
        st = bc_intake_finish(edit->intake);
    }
    if (st == BC_SYNTAX)
        st = bc_edit_place_error(edit);
    return st == BC_SYNTAX ? bc_edit_fail_syntax(edit, commit->err) : st;
}

/* Putting. */

/* True if the file is to have what it has and the intake's lines, else these alone. */
static bool is_union(const struct bc_edit *edit)
{
    return edit->mode == BC_EDIT_APPEND || edit->start;
}

/* The version that the file must be of for [0, start) to be its text; 0: any. */
static uint64_t needed_version(const struct bc_edit *edit)
{
    return edit->mode == BC_EDIT_APPEND ? 0 : edit->start ? edit->base_version : 0;
}

/* The intake's lines if they are few enough for look-ups one by one. */
static bool few_lines(const struct bc_edit *edit, struct bc_text_append *append)
{
    uint64_t bytes = 0;
    if (!bc_intake_lines(edit->intake, &append->lines, &append->count))
        return false;
    for (size_t i = 0; i < append->count && bytes <= BC_TEXT_SMALL; i++)
        bytes += append->lines[i].size;
    return bytes <= BC_TEXT_SMALL;
}

/* Without a view, where that is possible: few lines added to a text, or for an empty one. *done: it
 * is, or *outcome says what else. */
static enum bc_status try_append(struct commit *commit, bool *done, enum outcome *outcome)
{
    struct bc_edit *edit = commit->edit;
    struct bc_text_append append = {
        .version = needed_version(edit), .sync = commit->sync, .prefixes = &commit->prefixes};
    *done = false;
    if (!few_lines(edit, &append))
        return BC_OK;
    if (!is_union(edit)) {
        struct bc_attr now;
        enum bc_status st = bc_tree_stat(edit->branch, edit->node, &now);
        if (st || now.size_bytes || now.form != BC_TEXT)
            return st;
        append.version = now.version;
    }
    enum bc_status st =
        bc_text_append(edit->branch, edit->node, &append, &commit->attr, &commit->changed);
    if (st == BC_UNSUPPORTED)
        return BC_OK;
    *done = true;
    if (st == BC_BUSY)
        *outcome = is_union(edit) ? NOT_A_TAIL : CHANGED_MEANWHILE;
    return st == BC_BUSY ? BC_OK : st;
}

/* One update that puts the change. version: what the file must be of still; 0: any. */
static enum bc_status put_change(struct commit *commit, const struct bc_text_change *change,
                                 uint64_t version, enum outcome *outcome)
{
    struct bc_edit *edit = commit->edit;
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(edit->branch, &update);
    if (st)
        return st;
    st = bc_node_find(edit->branch, edit->node, &found);
    if (st) {
        bc_update_abort(&update);
        return st;
    }
    if (version && found.record.version != version)
        *outcome = CHANGED_MEANWHILE;
    else
        st = bc_text_change_put(&update, &found, change);
    commit->changed = found.record.version != change->version;
    if (!st && *outcome == DONE)
        st = bc_prefixes_change_put(&update, &found, &commit->prefixes);
    if (!st && *outcome == DONE) {
        bc_attr_of(&found, &commit->attr);
        st = bc_update_commit(&update, commit->sync);
    } else {
        bc_update_abort(&update);
    }
    bc_found_release(&found);
    return st;
}

/* The file's text, or NULL if it has plain bytes, and its version. */
static enum bc_status open_old(struct commit *commit, struct bc_file_text **old, uint64_t *version)
{
    struct bc_edit *edit = commit->edit;
    struct bc_attr attr;
    *old = NULL;
    enum bc_status st = bc_file_text_open(edit->branch, edit->node, old, &attr);
    if (st == BC_INVALID)
        st = is_union(edit) ? BC_STALE : bc_tree_stat(edit->branch, edit->node, &attr);
    if (!st)
        *version = attr.version;
    return st;
}

static enum bc_status try_change(struct commit *commit, enum outcome *outcome)
{
    struct bc_edit *edit = commit->edit;
    struct bc_file_text *old;
    uint64_t version;
    enum bc_status st = open_old(commit, &old, &version);
    if (st)
        return st;
    uint64_t needed = needed_version(edit);
    if (needed && needed != version) {
        *outcome = NOT_A_TAIL;
        bc_file_text_release(old);
        return BC_OK;
    }
    struct bc_line_stream stream;
    struct bc_text_change change;
    st = bc_intake_stream(edit->intake, &stream);
    if (!st)
        st = bc_text_change_from(edit->repo, &stream, old, is_union(edit), edit->progress, &change);
    bc_file_text_release(old);
    if (st)
        return st;
    /* A whole new text does not care what it replaces. */
    bool any = change.whole && !is_union(edit);
    change.version = version;
    st = put_change(commit, &change, any ? 0 : version, outcome);
    bc_text_change_release(edit->repo, &change);
    return st;
}

static enum bc_status try_put(struct commit *commit, enum outcome *outcome)
{
    bool done;
    *outcome = DONE;
    enum bc_status st = try_append(commit, &done, outcome);
    return st || done ? st : try_change(commit, outcome);
}

static pthread_mutex_t *commit_lock(struct bc_edit *edit)
{
    return &edit->branch->commit_locks[edit->node % BC_COMMIT_LOCKS];
}

/* The first try of a large text holds no lock, so that small commits that share the lock do not
 * wait for it; a further one does, so that other commits cannot make it fail again. */
static enum bc_status try_locked(struct commit *commit, bool first, enum outcome *outcome)
{
    bool lock = !first || !bc_intake_is_large(commit->edit->intake);
    if (lock)
        pthread_mutex_lock(commit_lock(commit->edit));
    enum bc_status st = try_put(commit, outcome);
    if (lock)
        pthread_mutex_unlock(commit_lock(commit->edit));
    return st;
}

static enum bc_status put_text(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    for (int i = 0; i < TRIES; i++) {
        enum outcome outcome;
        enum bc_status st = try_locked(commit, i == 0, &outcome);
        if (st || outcome == DONE)
            return st;
        if (outcome == NOT_A_TAIL) {
            bc_edit_restart(edit, 0);
            st = finish_parsing(commit);
        }
        if (st)
            return st;
    }
    return bc_fail(commit->err, BC_BUSY, "%s: the file is changed by others all the time",
                   bc_edit_path(edit));
}

static bool ends_line(struct bc_edit *edit)
{
    char last = '\n';
    size_t done;
    if (edit->spool.size_bytes &&
        bc_spool_read(&edit->spool, edit->spool.size_bytes - 1, &last, 1, &done))
        return false;
    return last == '\n';
}

/* What follows is a tail of what the file has now. */
static void go_on_from_here(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    bool tail = bc_syntax_is_lines(edit->syntax) && ends_line(edit);
    if (edit->mode == BC_EDIT_APPEND)
        bc_spool_release(&edit->spool);
    bc_edit_restart(edit, tail ? edit->spool.size_bytes : 0);
    edit->base_version = commit->attr.version;
}

/* Those of the store's table that the text uses which the file has: what it is shown with as long
 * as it has none of its own. */
static enum bc_status find_shown_prefixes(const struct bc_edit *edit, struct bc_prefixes *shown)
{
    const struct bc_repo *repo = edit->repo;
    struct bc_writing writing = {
        .text = bc_file_text_view(edit->before),
        .prefixes = &edit->prefixes,
        .used_prefixes = true,
        .declared = shown,
        .compute = repo->compute,
    };
    enum bc_status st = repo->formats->write(edit->syntax, &writing, NULL);
    return st == BC_INVALID ? BC_OK : st;
}

/* What an added text declared goes behind what the file is shown with. */
static enum bc_status note_added(struct commit *commit, const struct bc_prefixes *declared)
{
    const struct bc_edit *edit = commit->edit;
    struct bc_prefixes shown = {0};
    enum bc_status st = BC_OK;
    if (edit->has_table && edit->before && bc_prefixes_any_new(declared, &edit->prefixes))
        st = find_shown_prefixes(edit, &shown);
    if (!st)
        st = bc_prefixes_change_add(&commit->prefixes, declared, &edit->prefixes, &shown);
    bc_prefixes_release(&shown);
    return st;
}

/* What the text declared: of the file from now on, or added to the file's. */
static enum bc_status note_prefixes(struct commit *commit)
{
    const struct bc_prefixes *declared = bc_intake_prefixes(commit->edit->intake);
    return commit->edit->mode == BC_EDIT_APPEND
               ? note_added(commit, declared)
               : bc_prefixes_change_set(&commit->prefixes, declared);
}

/* What an append declared stays in force for what it goes on with. */
static enum bc_status keep_prefixes(struct bc_edit *edit, struct bc_prefixes *kept)
{
    const struct bc_prefixes *declared = bc_intake_prefixes(edit->intake);
    return edit->mode == BC_EDIT_APPEND && declared ? bc_prefixes_unite(kept, declared) : BC_OK;
}

static enum bc_status put_read(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    struct bc_prefixes kept = {0};
    enum bc_status st = note_prefixes(commit);
    if (!st)
        st = keep_prefixes(edit, &kept);
    if (!st)
        st = put_text(commit);
    if (st || !edit->has_prefixes) {
        bc_prefixes_release(&kept);
        return st;
    }
    bc_prefixes_release(&edit->prefixes);
    edit->prefixes = kept;
    return BC_OK;
}

static enum bc_status commit_text(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    enum bc_status st = bc_edit_materialise(edit);
    if (!st)
        st = finish_parsing(commit);
    if (!st)
        st = put_read(commit);
    if (!st)
        go_on_from_here(commit);
    else if (st != BC_SYNTAX && st != BC_STALE)
        bc_edit_restart(edit, edit->start);
    return st;
}

/* Clones. */

static bool is_whole_clone(const struct bc_edit *edit)
{
    return edit->clone && edit->clone_bytes == bc_shown_bytes(edit->clone) &&
           (bc_syntax_has_graphs(edit->syntax) || !bc_file_text_quads(bc_shown_text(edit->clone)));
}

/* What is shown in a syntax already can be said in it. */
static enum bc_status check_sayable(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    struct bc_error reason = {{0}};
    if (bc_shown_syntax(edit->clone) == edit->syntax)
        return BC_OK;
    enum bc_status st = bc_shown_try(bc_shown_text(edit->clone), edit->syntax, &reason);
    return st && reason.text[0]
               ? bc_fail(commit->err, st, "%s: %s", bc_edit_path(edit), reason.text)
               : st;
}

static enum bc_status clone_prefixes(struct commit *commit)
{
    const struct bc_edit *edit = commit->edit;
    struct bc_slice text;
    if (bc_syntax_is_lines(edit->syntax))
        return BC_OK;
    bool any = bc_shown_prefixes(edit->clone, &text);
    commit->prefixes.verb = any ? BC_PREFIXES_SET : BC_PREFIXES_REMOVE;
    return any ? bc_buffer_append(&commit->prefixes.text, text.data, text.size) : BC_OK;
}

static enum bc_status commit_clone(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    struct bc_text_change change;
    enum bc_status st = check_sayable(commit);
    if (!st)
        st = clone_prefixes(commit);
    if (!st)
        st = bc_text_change_clone(edit->repo, bc_shown_text(edit->clone), &change);
    if (st)
        return st;
    enum outcome outcome = DONE;
    pthread_mutex_lock(commit_lock(edit));
    st = put_change(commit, &change, 0, &outcome);
    pthread_mutex_unlock(commit_lock(edit));
    bc_text_change_release(edit->repo, &change);
    return st;
}

static enum bc_status fail_stale(struct commit *commit)
{
    struct bc_edit *edit = commit->edit;
    bool kept = edit->spool.size_bytes && bc_edit_path(edit)[0];
    (void)bc_fail(commit->err, BC_STALE, "%s: there is no such triple file any more%s",
                  bc_edit_path(edit), kept ? "; what was written is in .branch/rejected" : "");
    return refuse(commit, BC_STALE);
}

enum bc_status bc_edit_commit(struct bc_edit *edit, bool sync, struct bc_attr *attr,
                              struct bc_error *err)
{
    if (!edit->dirty)
        return attr ? bc_tree_stat(edit->branch, edit->node, attr) : BC_OK;
    struct commit commit = {.edit = edit, .sync = sync, .err = err};
    enum bc_status st = is_whole_clone(edit) ? commit_clone(&commit) : commit_text(&commit);
    bc_progress_end(edit->progress);
    edit->progress = NULL;
    bc_prefixes_change_release(&commit.prefixes);
    if (st == BC_SYNTAX)
        return refuse(&commit, st);
    if (st == BC_STALE)
        return fail_stale(&commit);
    if (st)
        return st;
    edit->dirty = false;
    remove_rejected(edit);
    bc_event_node(edit->branch, commit.changed ? BC_EVENT_CHANGE : BC_EVENT_ATTRIBUTE, edit->node);
    if (attr)
        *attr = commit.attr;
    return BC_OK;
}
