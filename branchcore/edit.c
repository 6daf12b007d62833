#include "branchcore/edit.h"

#include "branchcore/edit_state.h"

#include <inttypes.h>
#include <stdio.h>

enum { PIECE_BYTES = 512 << 10 };

void bc_edit_free(struct bc_edit *edit)
{
    if (!edit)
        return;
    bc_progress_end(edit->progress);
    bc_intake_free(edit->intake);
    bc_file_text_release(edit->before);
    bc_buffer_release(&edit->base);
    bc_prefixes_release(&edit->prefixes);
    bc_shown_release(edit->origin);
    bc_shown_release(edit->clone);
    bc_spool_release(&edit->spool);
    bc_buffer_release(&edit->path);
    bc_buffer_release(&edit->rejected_path);
    if (edit->opened)
        bc_node_close(edit->branch, edit->node);
    bc_branch_release(edit->branch);
    bc_free(edit);
}

static bool is_lines(const struct bc_edit *edit)
{
    return bc_syntax_is_lines(edit->syntax);
}

/* What an empty set shows: the file's own prefixes. */
static enum bc_status look_at_prefixes(struct bc_edit *edit, const struct bc_found *found)
{
    struct bc_own_prefixes own;
    if (is_lines(edit))
        return BC_OK;
    enum bc_status st = bc_own_prefixes_find(edit->branch, found, &own);
    if (st)
        return st;
    edit->origin_bytes += own.text.size;
    bc_own_prefixes_release(&own);
    return BC_OK;
}

static enum bc_status look_at_file(struct bc_edit *edit)
{
    struct bc_found found;
    pthread_rwlock_rdlock(&edit->branch->lock);
    enum bc_status st = bc_node_find(edit->branch, edit->node, &found);
    if (!st) {
        if (found.record.kind != BC_FILE)
            st = found.record.kind == BC_DIRECTORY ? BC_IS_DIRECTORY : BC_INVALID;
        edit->origin_bytes = found.record.size_bytes;
        if (!st && !edit->origin_bytes)
            st = look_at_prefixes(edit, &found);
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&edit->branch->lock);
    return st;
}

static enum bc_status open_origin(struct bc_edit *edit)
{
    if (is_lines(edit) || edit->mode != BC_EDIT_IN_PLACE)
        return BC_OK;
    enum bc_status st =
        bc_shown_open(edit->branch, edit->node, edit->syntax, &edit->origin, NULL, NULL);
    if (!st)
        edit->origin_bytes = bc_shown_bytes(edit->origin);
    return st;
}

void bc_edit_note_path(struct bc_edit *edit)
{
    struct bc_buffer path = {0};
    pthread_rwlock_rdlock(&edit->branch->lock);
    enum bc_status st = bc_path_of(edit->branch, edit->node, &path);
    pthread_rwlock_unlock(&edit->branch->lock);
    if (!st)
        st = bc_buffer_append(&path, "", 1);
    if (!st) {
        struct bc_buffer old = edit->path;
        edit->path = path;
        path = old;
    }
    bc_buffer_release(&path);
}

const char *bc_edit_path(const struct bc_edit *edit)
{
    return edit->path.size ? edit->path.data : "";
}

enum bc_status bc_edit_new(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                           enum bc_edit_mode mode, struct bc_edit **edit)
{
    struct bc_edit *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->branch = bc_branch_retain(branch);
    made->repo = branch->repo;
    made->node = node;
    made->syntax = syntax;
    made->mode = mode;
    made->ignores_offsets = mode == BC_EDIT_APPEND;
    made->spool = bc_spool(branch->repo->spool_directory);
    made->sequential = true;
    enum bc_status st = bc_node_open(branch, node);
    made->opened = !st;
    if (!st)
        st = look_at_file(made);
    if (!st)
        st = open_origin(made);
    if (st) {
        bc_edit_free(made);
        return st;
    }
    bc_edit_note_path(made);
    made->unloaded = mode == BC_EDIT_IN_PLACE;
    made->dirty = mode == BC_EDIT_REPLACE && made->origin_bytes;
    *edit = made;
    return BC_OK;
}

/* From here on only the commit parses. */
static void stop_parsing(struct bc_edit *edit)
{
    bc_intake_free(edit->intake);
    edit->intake = NULL;
    edit->sequential = false;
}

void bc_edit_restart(struct bc_edit *edit, uint64_t start)
{
    stop_parsing(edit);
    edit->start = start;
    edit->front = start;
    edit->sequential = start == edit->spool.size_bytes;
}

static void report_parsing(struct bc_edit *edit)
{
    if (!bc_intake_is_large(edit->intake))
        return;
    if (!edit->progress) {
        struct bc_buffer name = {0};
        if (!bc_buffer_printf(&name, "import %s", bc_edit_path(edit)))
            edit->progress = bc_progress_begin(edit->repo->progress, name.data);
        bc_buffer_release(&name);
    }
    bc_progress_set(edit->progress, "parsing", bc_intake_parsed(edit->intake),
                    edit->spool.size_bytes);
}

/* The text that the file has, and, for the first part of an append, the prefixes in force. */
static enum bc_status look_before(struct bc_edit *edit)
{
    bool adds = edit->mode == BC_EDIT_APPEND;
    struct bc_own_prefixes own = {0};
    struct bc_found found;
    bc_file_text_release(edit->before);
    edit->before = NULL;
    pthread_rwlock_rdlock(&edit->branch->lock);
    enum bc_status st = bc_node_find(edit->branch, edit->node, &found);
    if (!st) {
        if (found.record.form == BC_TEXT)
            st = bc_file_text_of(edit->branch, &found, &edit->before);
        if (!st && adds && !edit->has_prefixes)
            st = bc_own_prefixes_find(edit->branch, &found, &own);
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&edit->branch->lock);
    if (!st && adds && !edit->has_prefixes) {
        bc_prefixes_release(&edit->prefixes);
        st = bc_prefixes_in_force(edit->repo, &own, &edit->prefixes);
        edit->has_prefixes = !st;
        edit->has_table = !own.has;
    }
    bc_own_prefixes_release(&own);
    return st;
}

static enum bc_status new_intake(struct bc_edit *edit, bool insist)
{
    struct bc_reading reading = {.added = edit->mode == BC_EDIT_APPEND};
    if (is_lines(edit))
        return bc_intake_new(edit->repo, edit->syntax, NULL, insist, &edit->intake);
    const char *path = bc_edit_path(edit);
    bc_buffer_clear(&edit->base);
    enum bc_status st = *path ? bc_base_of_path(bc_slice(path, strlen(path)), &edit->base) : BC_OK;
    if (!st)
        st = look_before(edit);
    if (st)
        return st;
    reading.base = bc_buffer_slice(&edit->base);
    reading.prefixes = reading.added ? &edit->prefixes : NULL;
    reading.before = edit->before ? bc_file_text_view(edit->before) : NULL;
    return bc_intake_new(edit->repo, edit->syntax, &reading, insist, &edit->intake);
}

static enum bc_status parse(struct bc_edit *edit, const void *data, size_t size)
{
    enum bc_status st = BC_OK;
    if (!edit->intake)
        st = new_intake(edit, false);
    if (!st)
        st = bc_intake_feed(edit->intake, data, size);
    if (!st || st == BC_SYNTAX) {
        edit->front += size;
        report_parsing(edit);
    }
    return st;
}

enum bc_status bc_edit_parse_spool(struct bc_edit *edit)
{
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    if (!st && !edit->intake)
        st = new_intake(edit, true);
    while (!st && edit->front < edit->spool.size_bytes) {
        size_t done;
        st = bc_spool_read(&edit->spool, edit->front, piece, PIECE_BYTES, &done);
        if (!st)
            st = done ? parse(edit, piece, done) : BC_IO;
    }
    bc_free(piece);
    return st;
}

enum bc_status bc_edit_place_error(struct bc_edit *edit)
{
    if (!edit->start || edit->mode == BC_EDIT_APPEND)
        return BC_SYNTAX;
    /* Only the tail was read: lines are counted from the start of the text. */
    bc_edit_restart(edit, 0);
    enum bc_status st = bc_edit_parse_spool(edit);
    if (!st)
        st = bc_intake_finish(edit->intake);
    return st;
}

enum bc_status bc_edit_fail_syntax(struct bc_edit *edit, struct bc_error *err)
{
    enum { LONGEST_PATH = 160 };
    const struct bc_syntax_error *error = bc_intake_error(edit->intake);
    if (!err || !error)
        return BC_SYNTAX;
    bc_edit_note_path(edit);
    /* A long path would push the spot out of the message: its end says more. */
    const char *path = bc_edit_path(edit);
    size_t size = strlen(path);
    char name[LONGEST_PATH + 4];
    (void)snprintf(name, sizeof name, "%s%s", size > LONGEST_PATH ? "..." : "",
                   size > LONGEST_PATH ? path + size - LONGEST_PATH : path);
    struct bc_buffer text = {0};
    if (!bc_syntax_error_format(error, name, &text) && text.size)
        (void)bc_fail(err, BC_SYNTAX, "%.*s", (int)(text.size - 1), text.data);
    else
        (void)bc_fail(err, BC_SYNTAX, "%s: line %" PRIu64 ", column %" PRIu64 ": %s", name,
                      error->line, error->column, error->reason);
    bc_buffer_release(&text);
    return BC_SYNTAX;
}

/* What was just spooled at the front is parsed. A failure but BC_SYNTAX takes it back. */
static enum bc_status parse_written(struct bc_edit *edit, const void *from, size_t size,
                                    struct bc_error *err)
{
    enum bc_status st = parse(edit, from, size);
    if (!st)
        return BC_OK;
    if (st == BC_BUSY) { /* too many large texts arrive at once: the commit parses this one */
        stop_parsing(edit);
        return BC_OK;
    }
    if (st == BC_SYNTAX)
        st = bc_edit_place_error(edit);
    if (st == BC_SYNTAX)
        return bc_edit_fail_syntax(edit, err);
    stop_parsing(edit);
    if (st)
        (void)bc_spool_truncate(&edit->spool, edit->spool.size_bytes - size);
    return st;
}

static enum bc_status write_raw(struct bc_edit *edit, uint64_t offset, const void *from,
                                size_t size, struct bc_error *err)
{
    bool follows = edit->sequential && offset == edit->front;
    enum bc_status st = bc_spool_write(&edit->spool, offset, from, size);
    if (st)
        return st;
    edit->dirty = true;
    if (follows)
        return parse_written(edit, from, size, err);
    bc_edit_restart(edit, offset < edit->start ? 0 : edit->start);
    edit->sequential = false;
    return BC_OK;
}

/* Copies [from_offset, from_offset + size) of what a file shows into the spool, as a writer would.
 * keep_going: not even bad text ends it. */
static enum bc_status copy_raw(struct bc_edit *edit, uint64_t offset, const struct bc_shown *from,
                               uint64_t from_offset, uint64_t size, bool keep_going,
                               uint64_t *copied, struct bc_error *err)
{
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    *copied = 0;
    while (!st && *copied < size) {
        size_t want = size - *copied < PIECE_BYTES ? (size_t)(size - *copied) : PIECE_BYTES;
        size_t done;
        st = bc_shown_read(from, from_offset + *copied, piece, want, &done);
        if (!st && !done)
            break;
        if (!st)
            st = write_raw(edit, offset + *copied, piece, done, err);
        if (st == BC_SYNTAX && keep_going)
            st = BC_OK;
        if (!st || st == BC_SYNTAX)
            *copied += done;
    }
    bc_free(piece);
    return st;
}

static void empty_spool(struct bc_edit *edit)
{
    bc_spool_release(&edit->spool);
    bc_edit_restart(edit, 0);
}

static enum bc_status spool_all(struct bc_edit *edit, const struct bc_shown *shown)
{
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    size_t done = PIECE_BYTES;
    for (uint64_t at = 0; !st && done == PIECE_BYTES; at += done) {
        st = bc_shown_read(shown, at, piece, PIECE_BYTES, &done);
        if (!st)
            st = bc_spool_write(&edit->spool, at, piece, done);
    }
    bc_free(piece);
    return st;
}

/* What the file shows, to be changed in place. Of lines what is there is known to be good: only
 * what is written behind it has to be parsed. */
static enum bc_status load(struct bc_edit *edit)
{
    struct bc_shown *shown = edit->origin;
    struct bc_attr attr;
    enum bc_status st = BC_OK;
    if (shown)
        (void)bc_shown_retain(shown);
    else
        st = bc_shown_open(edit->branch, edit->node, edit->syntax, &shown, &attr, NULL);
    if (st)
        return st;
    st = spool_all(edit, shown);
    if (st) {
        empty_spool(edit);
    } else {
        edit->unloaded = false;
        bc_edit_restart(edit, is_lines(edit) ? edit->spool.size_bytes : 0);
        edit->base_version = bc_text_version(bc_file_text_view(bc_shown_text(shown)));
        bc_shown_release(edit->origin);
        edit->origin = NULL;
    }
    bc_shown_release(shown);
    return st;
}

static void drop_clone(struct bc_edit *edit)
{
    bc_shown_release(edit->clone);
    edit->clone = NULL;
    edit->clone_bytes = 0;
}

enum bc_status bc_edit_materialise(struct bc_edit *edit)
{
    if (edit->unloaded)
        return load(edit);
    if (!edit->clone)
        return BC_OK;
    uint64_t copied;
    bool dirty = edit->dirty;
    enum bc_status st = copy_raw(edit, 0, edit->clone, 0, edit->clone_bytes, true, &copied, NULL);
    edit->dirty = dirty;
    if (st)
        empty_spool(edit);
    else
        drop_clone(edit);
    return st;
}

enum bc_status bc_edit_write(struct bc_edit *edit, uint64_t offset, const void *from, size_t size,
                             struct bc_error *err)
{
    if (!size)
        return BC_OK;
    enum bc_status st = bc_edit_materialise(edit);
    if (st)
        return st;
    if (edit->ignores_offsets)
        offset = edit->spool.size_bytes;
    return write_raw(edit, offset, from, size, err);
}

static enum bc_status truncate_to_nothing(struct bc_edit *edit)
{
    drop_clone(edit);
    empty_spool(edit);
    edit->unloaded = false;
    bc_shown_release(edit->origin);
    edit->origin = NULL;
    if (edit->mode == BC_EDIT_APPEND)
        edit->mode = BC_EDIT_REPLACE;
    edit->dirty = true;
    return BC_OK;
}

static enum bc_status truncate_spool(struct bc_edit *edit, uint64_t size)
{
    uint64_t before = edit->spool.size_bytes;
    enum bc_status st = bc_spool_truncate(&edit->spool, size);
    if (st)
        return st;
    if (size > before)
        stop_parsing(edit);
    else
        bc_edit_restart(edit, size < edit->start ? 0 : edit->start);
    edit->dirty = true;
    return BC_OK;
}

enum bc_status bc_edit_truncate(struct bc_edit *edit, uint64_t size)
{
    if (!size)
        return truncate_to_nothing(edit);
    if (edit->mode == BC_EDIT_APPEND)
        return BC_INVALID;
    if (size == bc_edit_size(edit))
        return BC_OK;
    enum bc_status st = bc_edit_materialise(edit);
    return st ? st : truncate_spool(edit, size);
}

static enum bc_status read_shown(const struct bc_shown *shown, uint64_t bytes, uint64_t offset,
                                 void *to, size_t size, size_t *done)
{
    if (offset >= bytes)
        return BC_OK;
    return bc_shown_read(shown, offset, to, size < bytes - offset ? size : (size_t)(bytes - offset),
                         done);
}

enum bc_status bc_edit_read(struct bc_edit *edit, uint64_t offset, void *to, size_t size,
                            size_t *done)
{
    *done = 0;
    if (edit->clone)
        return read_shown(edit->clone, edit->clone_bytes, offset, to, size, done);
    if (!edit->unloaded)
        return bc_spool_read(&edit->spool, offset, to, size, done);
    if (edit->origin)
        return bc_shown_read(edit->origin, offset, to, size, done);
    struct bc_file_text *text;
    enum bc_status st = bc_file_text_open(edit->branch, edit->node, &text, NULL);
    if (st)
        return st;
    st = bc_text_read(bc_file_text_view(text), offset, to, size, done);
    bc_file_text_release(text);
    return st;
}

uint64_t bc_edit_size(const struct bc_edit *edit)
{
    if (edit->clone)
        return edit->clone_bytes;
    return edit->unloaded ? edit->origin_bytes : edit->spool.size_bytes;
}

/* Goes on with a clone, or starts one, if this copy is the next part of a whole text. */
static bool copy_as_clone(struct bc_edit *edit, uint64_t offset, struct bc_shown *from,
                          uint64_t from_offset, uint64_t size)
{
    if (offset != from_offset || edit->unloaded || edit->mode == BC_EDIT_APPEND)
        return false;
    if (edit->clone) {
        if (!bc_shown_same(edit->clone, from) || offset != edit->clone_bytes)
            return false;
    } else {
        if (offset || edit->spool.size_bytes)
            return false;
        edit->clone = bc_shown_retain(from);
    }
    edit->clone_bytes += size;
    edit->dirty = true;
    return true;
}

enum bc_status bc_edit_copy(struct bc_edit *edit, uint64_t offset, struct bc_shown *from,
                            uint64_t from_offset, uint64_t size, uint64_t *done,
                            struct bc_error *err)
{
    uint64_t bytes = bc_shown_bytes(from);
    *done = 0;
    if (from_offset >= bytes || !size)
        return BC_OK;
    if (size > bytes - from_offset)
        size = bytes - from_offset;
    if (copy_as_clone(edit, offset, from, from_offset, size)) {
        *done = size;
        return BC_OK;
    }
    enum bc_status st = bc_edit_materialise(edit);
    if (st)
        return st;
    if (edit->ignores_offsets)
        offset = edit->spool.size_bytes;
    return copy_raw(edit, offset, from, from_offset, size, false, done, err);
}

bool bc_edit_dirty(const struct bc_edit *edit)
{
    return edit->dirty;
}
