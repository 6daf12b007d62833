/* Renames: entries and names move, identities stay. A plain file that gets a triple file's name is
 * parsed before any lock is taken; its set then becomes the content of the file that has the name,
 * or its own. A text that gets a name of another syntax keeps its set; one that is not shown as
 * lines becomes bytes under a plain name, as nothing would say any more what it showed. */
#include "branchcore/bytes.h"
#include "branchcore/chunks.h"
#include "branchcore/entry.h"
#include "branchcore/model.h"
#include "branchcore/own_prefixes.h"
#include "branchcore/raw_parse.h"
#include "branchcore/rejected.h"
#include "branchcore/shown.h"
#include "branchcore/syntax.h"
#include "branchcore/text_change.h"

#include <inttypes.h>

struct side {
    uint64_t folder;
    struct bc_slice name;
    uint64_t node; /* 0: nothing there */
    enum bc_kind kind;
    enum bc_form form;
    uint64_t version;
    uint64_t quads;
};

struct rename {
    struct bc_branch *branch;
    struct side from;
    struct side to;
    unsigned flags;
    /* A conversion of `from`, prepared without a lock. */
    bool convert;
    bool into_text; /* the set becomes the content of the text at `to`, which keeps its identity */
    struct bc_text_change change;
    struct bc_prefixes_change prefixes;
    bool to_bytes; /* what it shows, in rows of the working set `work` already */
    uint64_t work;
    uint64_t size_bytes;
    /* A text is to be shown in another syntax. */
    bool from_changes;
    bool to_changes; /* of an exchange */
    struct bc_error *err;
};

static enum bc_status look(struct bc_branch *branch, uint64_t folder, struct bc_slice name,
                           struct side *side)
{
    struct bc_entry entry;
    struct bc_found found;
    *side = (struct side){.folder = folder, .name = name};
    enum bc_status st = bc_entry_find(branch, folder, name, &entry);
    if (!st)
        st = bc_node_find(branch, entry.node, &found);
    if (st)
        return st;
    side->node = entry.node;
    side->kind = found.record.kind;
    side->form = found.record.form;
    side->version = found.record.version;
    side->quads = found.record.quads;
    bc_found_release(&found);
    return BC_OK;
}

static enum bc_status look_both(struct rename *rename)
{
    struct bc_branch *branch = rename->branch;
    struct side from = rename->from;
    struct side to = rename->to;
    struct bc_found folder;
    enum bc_status st = bc_folder_find(branch, from.folder, &folder);
    if (!st) {
        bc_found_release(&folder);
        st = bc_folder_open(branch, to.folder, &folder);
    }
    if (st)
        return st;
    bc_found_release(&folder);
    st = look(branch, from.folder, from.name, &rename->from);
    if (st)
        return st;
    st = look(branch, to.folder, to.name, &rename->to);
    return st == BC_NOT_FOUND && !(rename->flags & BC_RENAME_EXCHANGE) ? BC_OK : st;
}

/* A folder must not go into itself. */
static enum bc_status not_below(struct bc_branch *branch, uint64_t node, uint64_t folder)
{
    while (folder && folder != BC_ROOT_NODE) {
        if (folder == node)
            return BC_INVALID;
        struct bc_found found;
        enum bc_status st = bc_node_find(branch, folder, &found);
        if (st)
            return st;
        folder = found.record.parent;
        bc_found_release(&found);
    }
    return BC_OK;
}

static enum bc_status allowed(struct rename *rename)
{
    const struct side *from = &rename->from;
    const struct side *to = &rename->to;
    bool exchange = rename->flags & BC_RENAME_EXCHANGE;
    enum bc_status st = BC_OK;
    if (to->node && (rename->flags & BC_RENAME_NOREPLACE))
        return BC_EXISTS;
    if (from->kind == BC_DIRECTORY)
        st = not_below(rename->branch, from->node, to->folder);
    if (!st && exchange && to->kind == BC_DIRECTORY)
        st = not_below(rename->branch, to->node, from->folder);
    if (st || !to->node || exchange || to->node == from->node)
        return st;
    if (from->kind == BC_DIRECTORY && to->kind != BC_DIRECTORY)
        return BC_NOT_DIRECTORY;
    if (from->kind != BC_DIRECTORY && to->kind == BC_DIRECTORY)
        return BC_IS_DIRECTORY;
    return to->kind == BC_DIRECTORY ? bc_folder_empty(rename->branch, to->node) : BC_OK;
}

/* A text that gets a name of another syntax must be sayable in it. */
static enum bc_status text_fits(const struct side *side, struct bc_slice name, struct bc_error *err)
{
    enum bc_syntax syntax;
    if (side->kind != BC_FILE || side->form != BC_TEXT || !side->quads ||
        !bc_syntax_of_name(name, &syntax) || bc_syntax_has_graphs(syntax))
        return BC_OK;
    return bc_fail(err, BC_SYNTAX,
                   "%.*s: %" PRIu64 " statements have a graph, which %s cannot say; keep the "
                   "extension .nq",
                   (int)side->name.size, side->name.data, side->quads, bc_syntax_name(syntax));
}

static bool is_text(const struct side *side)
{
    return side->node && side->kind == BC_FILE && side->form == BC_TEXT;
}

static bool is_rendered(struct bc_slice name, enum bc_syntax *syntax)
{
    return bc_syntax_of_name(name, syntax) && !bc_syntax_is_lines(*syntax);
}

/* Whether a text shows something else under another name. All kinds of lines are the same. */
static bool changes(const struct side *side, struct bc_slice name)
{
    enum bc_syntax was;
    enum bc_syntax is;
    bool was_rendered = is_rendered(side->name, &was);
    bool rendered = is_rendered(name, &is);
    return is_text(side) && (was_rendered != rendered || (rendered && was != is));
}

static bool is_triple_name(struct bc_slice name)
{
    enum bc_syntax syntax;
    return bc_syntax_of_name(name, &syntax);
}

static bool is_plain(const struct side *side)
{
    return side->node && side->kind == BC_FILE && side->form == BC_BYTES;
}

static enum bc_status fail_exchange(struct rename *rename, const struct side *side)
{
    return bc_fail(rename->err, BC_INVALID,
                   "%.*s: a plain file cannot be exchanged with a triple file; rename it over the "
                   "file instead",
                   (int)side->name.size, side->name.data);
}

/* What would have to be parsed, or become bytes, is not exchanged. */
static enum bc_status plan_exchange(struct rename *rename)
{
    const struct side *from = &rename->from;
    const struct side *to = &rename->to;
    if (is_plain(to) && is_triple_name(from->name))
        return fail_exchange(rename, to);
    if (is_plain(from) && is_triple_name(to->name))
        return fail_exchange(rename, from);
    rename->from_changes = changes(from, to->name);
    rename->to_changes = changes(to, from->name);
    if (rename->from_changes && !is_triple_name(to->name))
        return fail_exchange(rename, to);
    return rename->to_changes && !is_triple_name(from->name) ? fail_exchange(rename, from) : BC_OK;
}

static enum bc_status plan(struct rename *rename)
{
    bool exchange = rename->flags & BC_RENAME_EXCHANGE;
    enum bc_status st = look_both(rename);
    if (!st)
        st = allowed(rename);
    if (!st)
        st = text_fits(&rename->from, rename->to.name, rename->err);
    if (!st && exchange)
        st = text_fits(&rename->to, rename->from.name, rename->err);
    if (st || exchange)
        return st ? st : plan_exchange(rename);
    bool triple = is_triple_name(rename->to.name);
    rename->convert = is_plain(&rename->from) && triple;
    rename->into_text = rename->convert && is_text(&rename->to);
    rename->from_changes = changes(&rename->from, rename->to.name);
    rename->to_bytes = rename->from_changes && !triple;
    return BC_OK;
}

struct plain_source {
    struct bc_branch *branch;
    uint64_t node;
};

static enum bc_status read_plain(void *context, uint64_t offset, void *to, size_t size,
                                 size_t *done)
{
    const struct plain_source *source = context;
    return bc_bytes_read(source->branch, source->node, offset, to, size, done);
}

static enum bc_status destination_path(struct rename *rename, struct bc_buffer *path)
{
    enum bc_status st = bc_tree_path(rename->branch, rename->to.folder, path);
    if (!st && path->size)
        st = bc_buffer_append(path, "/", 1);
    return st ? st : bc_buffer_append(path, rename->to.name.data, rename->to.name.size);
}

/* Parses the plain file; what is refused is kept, whole. */
static enum bc_status parse(struct rename *rename, struct bc_slice path, struct bc_intake *intake)
{
    struct plain_source source = {rename->branch, rename->from.node};
    struct bc_buffer name = {0};
    uint64_t size = 0;
    enum bc_status st = bc_raw_parse(intake, path, read_plain, &source, &size, rename->err);
    if (st == BC_SYNTAX && !bc_rejected_put(rename->branch, path, size, read_plain, &source) &&
        !bc_buffer_append(&name, path.data, path.size) && !bc_buffer_append(&name, "", 1))
        bc_event_path(rename->branch, BC_EVENT_REFUSE, name.data);
    bc_buffer_release(&name);
    return st;
}

static enum bc_status put_parsed(struct rename *rename, struct bc_intake *intake,
                                 struct bc_file_text *old)
{
    struct bc_line_stream stream;
    enum bc_status st = bc_prefixes_change_set(&rename->prefixes, bc_intake_prefixes(intake));
    if (!st)
        st = bc_intake_stream(intake, &stream);
    return st ? st
              : bc_text_change_from(rename->branch->repo, &stream, old, false, NULL,
                                    &rename->change);
}

/* old: what the set is to replace; NULL: nothing. */
static enum bc_status prepare_text(struct rename *rename, struct bc_file_text *old)
{
    struct bc_repo *repo = rename->branch->repo;
    struct bc_intake *intake = NULL;
    struct bc_buffer path = {0};
    struct bc_buffer base = {0};
    struct bc_reading reading = {.before = old ? bc_file_text_view(old) : NULL};
    enum bc_syntax syntax = BC_NTRIPLES;
    (void)bc_syntax_of_name(rename->to.name, &syntax);
    enum bc_status st = destination_path(rename, &path);
    if (!st)
        st = bc_base_of_path(bc_buffer_slice(&path), &base);
    reading.base = bc_buffer_slice(&base);
    if (!st)
        st = bc_intake_new(repo, syntax, &reading, true, &intake);
    if (!st)
        st = parse(rename, bc_buffer_slice(&path), intake);
    if (!st)
        st = put_parsed(rename, intake, old);
    bc_intake_free(intake);
    bc_buffer_release(&path);
    bc_buffer_release(&base);
    return st;
}

static enum bc_status prepare_conversion(struct rename *rename)
{
    struct bc_file_text *old = NULL;
    struct bc_attr attr = {0};
    enum bc_status st = BC_OK;
    if (rename->into_text)
        st = bc_file_text_open(rename->branch, rename->to.node, &old, &attr);
    if (!st)
        st = prepare_text(rename, old);
    if (!st && rename->into_text)
        rename->to.version = attr.version;
    bc_file_text_release(old);
    return st;
}

static enum bc_status read_shown(void *context, uint64_t offset, void *to, size_t size,
                                 size_t *done)
{
    return bc_shown_read(context, offset, to, size, done);
}

static enum bc_status prepare_bytes(struct rename *rename)
{
    struct bc_shown *shown = NULL;
    struct bc_attr attr;
    enum bc_syntax syntax = BC_NTRIPLES;
    (void)bc_syntax_of_name(rename->from.name, &syntax);
    enum bc_status st =
        bc_shown_open(rename->branch, rename->from.node, syntax, &shown, &attr, rename->err);
    if (st)
        return st == BC_INVALID ? BC_BUSY : st;
    rename->from.version = attr.version;
    st = bc_bytes_prepare(rename->branch, rename->from.node, read_shown, shown, &rename->work,
                          &rename->size_bytes);
    bc_shown_release(shown);
    return st;
}

/* Whether a text can be said in the syntax of the name that it is to have. */
static enum bc_status try_syntax(struct rename *rename, struct side *side, struct bc_slice name)
{
    struct bc_error reason = {{0}};
    struct bc_file_text *text;
    struct bc_attr attr;
    enum bc_syntax syntax;
    if (!bc_syntax_of_name(name, &syntax) || bc_syntax_is_lines(syntax))
        return BC_OK;
    enum bc_status st = bc_file_text_open(rename->branch, side->node, &text, &attr);
    if (st)
        return st == BC_INVALID ? BC_BUSY : st;
    side->version = attr.version;
    st = bc_shown_try(text, syntax, &reason);
    bc_file_text_release(text);
    return st && reason.text[0] ? bc_fail(rename->err, st, "%.*s: %s", (int)side->name.size,
                                          side->name.data, reason.text)
                                : st;
}

static enum bc_status prepare(struct rename *rename)
{
    if (rename->convert)
        return prepare_conversion(rename);
    if (rename->to_bytes)
        return prepare_bytes(rename);
    enum bc_status st = BC_OK;
    if (rename->from_changes)
        st = try_syntax(rename, &rename->from, rename->to.name);
    if (!st && rename->to_changes)
        st = try_syntax(rename, &rename->to, rename->from.name);
    return st;
}

/* What was planned without the lock still holds. */
static enum bc_status still_so(struct rename *rename)
{
    struct rename now = *rename;
    enum bc_status st = plan(&now);
    if (st)
        return st;
    bool same = now.from.node == rename->from.node && now.to.node == rename->to.node &&
                now.convert == rename->convert && now.into_text == rename->into_text &&
                now.from_changes == rename->from_changes && now.to_changes == rename->to_changes;
    if (same && (rename->convert || rename->from_changes))
        same = now.from.version == rename->from.version;
    if (same && (rename->into_text || rename->to_changes))
        same = now.to.version == rename->to.version;
    return same ? BC_OK : BC_BUSY;
}

/* Both folders' times; one and the same folder once. */
static enum bc_status touch_folders(struct bc_update *update, uint64_t a, uint64_t b)
{
    uint64_t folders[2] = {a, b};
    for (size_t i = 0; i < (a == b ? 1U : 2U); i++) {
        struct bc_found folder;
        enum bc_status st = bc_folder_find(update->branch, folders[i], &folder);
        if (st)
            return st;
        st = bc_folder_touch(update, &folder);
        bc_found_release(&folder);
        if (st)
            return st;
    }
    return BC_OK;
}

static enum bc_status name_node(struct bc_update *update, struct bc_found *found,
                                const struct side *place)
{
    enum bc_status st =
        bc_entry_put(update, place->folder, place->name, found->id, found->record.kind);
    found->record.parent = place->folder;
    found->record.name = place->name;
    found->record.ctime_ns = update->now_ns;
    return st;
}

static enum bc_status unname(struct bc_update *update, uint64_t node)
{
    struct bc_found found;
    enum bc_status st = bc_node_find(update->branch, node, &found);
    if (st)
        return st;
    st = bc_node_unname(update, &found);
    bc_found_release(&found);
    return st;
}

/* The plain file's set and attributes go to the text that has the name; the plain file is gone. */
static enum bc_status replace_content(struct bc_update *update, struct rename *rename)
{
    struct bc_found plain;
    struct bc_found text;
    enum bc_status st = bc_node_find(update->branch, rename->from.node, &plain);
    if (st)
        return st;
    st = bc_node_find(update->branch, rename->to.node, &text);
    if (!st) {
        text.record.mode = plain.record.mode;
        text.record.uid = plain.record.uid;
        text.record.gid = plain.record.gid;
        st = bc_text_change_put(update, &text, &rename->change);
        if (!st)
            st = bc_prefixes_change_put(update, &text, &rename->prefixes);
        text.record.atime_ns = plain.record.atime_ns;
        text.record.mtime_ns = plain.record.mtime_ns;
        if (!st)
            st = bc_node_put(update, &text);
        bc_found_release(&text);
    }
    if (!st)
        st = bc_entry_remove(update, rename->from.folder, rename->from.name);
    if (!st)
        st = bc_node_unname(update, &plain);
    bc_found_release(&plain);
    return st;
}

/* The moved file's content, where its new name makes it another. */
static enum bc_status change_content(struct bc_update *update, struct rename *rename,
                                     struct bc_found *found)
{
    int64_t mtime_ns = found->record.mtime_ns;
    enum bc_status st = BC_OK;
    if (rename->convert) {
        st = bc_text_change_put(update, found, &rename->change);
        if (!st)
            st = bc_prefixes_change_put(update, found, &rename->prefixes);
        found->record.mtime_ns = mtime_ns;
    } else if (rename->to_bytes) {
        st = bc_bytes_become(update, found, rename->work, rename->size_bytes);
    } else if (rename->from_changes) {
        st = bc_repo_next_id(update->branch->repo, &found->record.version);
    }
    return st;
}

/* Another node's name goes; the moved one gets it. */
static enum bc_status move_node(struct bc_update *update, struct rename *rename)
{
    struct bc_found found;
    enum bc_status st = BC_OK;
    if (rename->to.node)
        st = unname(update, rename->to.node);
    if (!st)
        st = bc_node_find(update->branch, rename->from.node, &found);
    if (st)
        return st;
    st = change_content(update, rename, &found);
    if (!st)
        st = bc_entry_remove(update, rename->from.folder, rename->from.name);
    if (!st)
        st = name_node(update, &found, &rename->to);
    if (!st)
        st = bc_node_put(update, &found);
    bc_found_release(&found);
    return st;
}

static enum bc_status exchange(struct bc_update *update, struct rename *rename)
{
    const uint64_t nodes[2] = {rename->from.node, rename->to.node};
    const struct side *places[2] = {&rename->to, &rename->from};
    const bool other[2] = {rename->from_changes, rename->to_changes};
    for (int i = 0; i < 2; i++) {
        struct bc_found found;
        enum bc_status st = bc_node_find(update->branch, nodes[i], &found);
        if (st)
            return st;
        st = name_node(update, &found, places[i]);
        if (!st && other[i])
            st = bc_repo_next_id(update->branch->repo, &found.record.version);
        if (!st)
            st = bc_node_put(update, &found);
        bc_found_release(&found);
        if (st)
            return st;
    }
    return BC_OK;
}

static enum bc_status put_rename(struct bc_update *update, struct rename *rename)
{
    enum bc_status st;
    if (rename->flags & BC_RENAME_EXCHANGE)
        st = exchange(update, rename);
    else
        st = rename->into_text ? replace_content(update, rename) : move_node(update, rename);
    return st ? st : touch_folders(update, rename->from.folder, rename->to.folder);
}

static enum bc_status commit(struct rename *rename)
{
    struct bc_update update;
    enum bc_status st = bc_update_begin(rename->branch, &update);
    if (st)
        return st;
    st = still_so(rename);
    if (!st)
        st = put_rename(&update, rename);
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

/* The file whose content the rename changes by what was prepared: no commit is to come between. */
static uint64_t changed_node(const struct rename *rename)
{
    if (rename->into_text)
        return rename->to.node;
    return rename->to_bytes ? rename->from.node : 0;
}

static enum bc_status attempt(struct rename *rename)
{
    pthread_mutex_t *lock = NULL;
    pthread_rwlock_rdlock(&rename->branch->lock);
    enum bc_status st = plan(rename);
    pthread_rwlock_unlock(&rename->branch->lock);
    if (st || rename->from.node == rename->to.node)
        return st;
    uint64_t changed = changed_node(rename);
    if (changed) {
        lock = &rename->branch->commit_locks[changed % BC_COMMIT_LOCKS];
        pthread_mutex_lock(lock);
    }
    st = prepare(rename);
    if (!st)
        st = commit(rename);
    bc_text_change_release(rename->branch->repo, &rename->change);
    bc_prefixes_change_release(&rename->prefixes);
    if (lock)
        pthread_mutex_unlock(lock);
    return st;
}

static void tell(const struct rename *rename)
{
    struct bc_branch *branch = rename->branch;
    if (rename->into_text) {
        bc_event_node(branch, BC_EVENT_CHANGE, rename->to.node);
        return;
    }
    bc_event_node(branch, BC_EVENT_MOVE, rename->from.node);
    if (rename->flags & BC_RENAME_EXCHANGE)
        bc_event_node(branch, BC_EVENT_MOVE, rename->to.node);
}

enum bc_status bc_tree_rename(struct bc_branch *branch, uint64_t from, struct bc_slice from_name,
                              uint64_t to, struct bc_slice to_name, unsigned flags,
                              struct bc_renamed *renamed, struct bc_error *err)
{
    enum { TRIES = 5 };
    struct rename rename = {0};
    if (flags & BC_RENAME_NOREPLACE && flags & BC_RENAME_EXCHANGE)
        return BC_INVALID;
    enum bc_status st = bc_name_check(to_name);
    if (st)
        return st;
    st = BC_BUSY;
    for (int try = 0; st == BC_BUSY && try < TRIES; try++) {
        rename = (struct rename){.branch = branch,
                                 .from = {.folder = from, .name = from_name},
                                 .to = {.folder = to, .name = to_name},
                                 .flags = flags,
                                 .err = err};
        st = attempt(&rename);
    }
    if (st)
        return st;
    bool same = rename.from.node == rename.to.node;
    if (!same)
        tell(&rename);
    if (renamed) {
        bool replaces = !same && !(flags & BC_RENAME_EXCHANGE) && !rename.into_text;
        *renamed = (struct bc_renamed){
            .node = rename.into_text ? rename.to.node : rename.from.node,
            .replaced = replaces ? rename.to.node : 0,
            .converted = !same && (rename.convert || rename.from_changes),
        };
    }
    return BC_OK;
}
