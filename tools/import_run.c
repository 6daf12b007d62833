#include "tools/import_run.h"

#include "branchcore/bytes.h"
#include "branchcore/edit.h"
#include "branchcore/rejected.h"
#include "branchcore/syntax.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20 };

/* The name of the operation that the progress bar shows. */
static const char shown_name[] = "import";

static const char *source_name(const struct tfs_import_item *item)
{
    return strcmp(item->source, "-") == 0 ? "standard input" : item->source;
}

static void tell(struct tfs_import *import, enum bc_status status, const struct bc_error *error)
{
    if (status == BC_CANCELLED)
        return;
    const char *why = error && error->text[0] ? error->text : bc_status_text(status);
    char branch[BC_BRANCH_NAME_MAX + 1];
    bc_branch_name(import->branch, branch);
    tfs_task_tell(import->task, "triplefs: cannot import %s as %s in branch %s: %s\n",
                  source_name(import->item), import->item->target, branch, why);
}

static void remove_made(struct tfs_import *import)
{
    if (import->made.size)
        bc_tree_remove(import->branch, import->folder, import->made, false, NULL);
    import->made = (struct bc_slice){0};
}

void tfs_import_interrupted(void *context)
{
    remove_made(context);
}

static struct bc_make make_of(const struct tfs_import_item *item, enum bc_kind kind)
{
    return (struct bc_make){.kind = kind, .mode = item->mode, .uid = geteuid(), .gid = getegid()};
}

/* The folder that a path's last name is in, made with the folders above it where it is missing. */
static enum bc_status find_folder(struct tfs_import *import, struct bc_error *err)
{
    const char *at = import->item->target;
    import->folder = BC_ROOT_NODE;
    for (const char *slash; (slash = strchr(at, '/')); at = slash + 1) {
        struct bc_slice name = bc_slice(at, (size_t)(slash - at));
        struct bc_attr attr;
        enum bc_status status = bc_tree_lookup(import->branch, import->folder, name, &attr);
        if (status == BC_NOT_FOUND) {
            struct bc_make make = make_of(import->item, BC_DIRECTORY);
            make.mode = 0755;
            status = bc_tree_make(import->branch, import->folder, name, &make, &attr);
        }
        if (status)
            return status;
        if (attr.kind != BC_DIRECTORY)
            return bc_fail(err, BC_NOT_DIRECTORY, "'%.*s' is a file there",
                           (int)(slash - import->item->target), import->item->target);
        import->folder = attr.node;
    }
    import->name = bc_slice(at, strlen(at));
    return BC_OK;
}

static enum bc_status open_source(const struct tfs_import_item *item, int *file,
                                  struct bc_error *err)
{
    if (strcmp(item->source, "-") == 0) {
        *file = STDIN_FILENO;
        return BC_OK;
    }
    *file = open(item->source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*file < 0)
        return bc_fail(err, BC_IO, "cannot open it: %s", strerror(errno));
    posix_fadvise(*file, 0, 0, POSIX_FADV_SEQUENTIAL);
    return BC_OK;
}

static void close_source(int file)
{
    if (file != STDIN_FILENO)
        close(file);
}

/* The next piece of the source; a piece of size 0 is the end. BC_CANCELLED, BC_IO. */
static enum bc_status read_piece(struct tfs_import *import, int file, size_t *size,
                                 struct bc_error *err)
{
    for (*size = 0; *size < PIECE_BYTES;) {
        if (!tfs_task_wait_input(import->task, file))
            return BC_CANCELLED;
        ssize_t got = read(file, import->buffer + *size, PIECE_BYTES - *size);
        if (got == 0)
            break;
        if (got > 0)
            *size += (size_t)got;
        else if (errno != EINTR && errno != EAGAIN)
            return bc_fail(err, BC_IO, "cannot read it: %s", strerror(errno));
    }
    import->bytes += *size;
    bc_progress_set(import->progress, import->item->target, import->bytes,
                    import->plan->size_bytes);
    return BC_OK;
}

static enum bc_status ignore_line(void *context, struct bc_slice line, bool quad)
{
    (void)context;
    (void)line;
    (void)quad;
    return BC_OK;
}

/* Reads the refused text once more, up to the spot, and tells it with the line and a caret. */
static enum bc_status tell_syntax_error(struct tfs_import *import, struct bc_edit *edit,
                                        enum bc_syntax syntax)
{
    struct bc_ntriples *reader;
    enum bc_status status = bc_ntriples_new(NULL, syntax, ignore_line, NULL, &reader);
    if (status)
        return status;
    uint64_t offset = 0;
    for (size_t size = 1; !status && size > 0; offset += size) {
        status = bc_edit_read(edit, offset, import->buffer, PIECE_BYTES, &size);
        if (!status && size > 0)
            status = bc_ntriples_feed(reader, import->buffer, size);
    }
    if (!status)
        status = bc_ntriples_finish(reader);
    struct bc_buffer text = {0};
    if (status == BC_SYNTAX)
        status =
            bc_syntax_error_format(bc_ntriples_error(reader), source_name(import->item), &text);
    if (!status && text.size)
        tfs_task_tell(import->task, "%.*striplefs: %s was refused, nothing of it was imported\n",
                      (int)text.size, text.data, source_name(import->item));
    bc_buffer_release(&text);
    bc_ntriples_free(reader);
    return status;
}

static enum bc_status feed_text(struct tfs_import *import, struct bc_edit *edit, int file,
                                struct bc_error *err)
{
    for (uint64_t offset = 0;;) {
        size_t size;
        enum bc_status status = read_piece(import, file, &size, err);
        if (status || size == 0)
            return status;
        status = bc_edit_write(edit, offset, import->buffer, size, err);
        if (status)
            return status;
        offset += size;
    }
}

static enum bc_status commit_text(struct tfs_import *import, struct bc_edit *edit,
                                  struct bc_attr *attr, struct bc_error *err)
{
    if (!tfs_task_commits(import->task, true))
        return BC_CANCELLED;
    tfs_task_show(import->task, "");
    enum bc_status status = bc_edit_commit(edit, true, attr, err);
    tfs_task_show(import->task, shown_name);
    if (status) /* the caller looks at it before it is removed */
        return status;
    import->made = (struct bc_slice){0};
    tfs_task_commits(import->task, false);
    return BC_OK;
}

/* What was refused is with whoever imports it: the branch need not keep it too. */
static void forget_rejected(struct tfs_import *import)
{
    bc_rejected_remove(import->branch,
                       bc_slice(import->item->target, strlen(import->item->target)));
}

static enum bc_status write_text(struct tfs_import *import, const struct bc_attr *before,
                                 enum bc_syntax syntax, int file, struct bc_error *err)
{
    struct bc_edit *edit;
    enum bc_status status = bc_edit_new(import->branch, before->node, syntax,
                                        import->append ? BC_EDIT_APPEND : BC_EDIT_REPLACE, &edit);
    if (status)
        return status;
    struct bc_attr after = *before;
    bool committing = false;
    status = feed_text(import, edit, file, err);
    if (!status) {
        committing = true;
        status = commit_text(import, edit, &after, err);
    }
    if (status == BC_SYNTAX) {
        if (committing)
            forget_rejected(import);
        if (tell_syntax_error(import, edit, syntax) == BC_OK)
            status = BC_CANCELLED; /* told already */
    }
    bc_edit_free(edit);
    if (!status)
        import->triples += import->append ? after.triples - before->triples : after.triples;
    return status;
}

static enum bc_status import_text(struct tfs_import *import, enum bc_syntax syntax, int file,
                                  struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (status == BC_NOT_FOUND) {
        struct bc_make make = make_of(import->item, BC_FILE);
        status = bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
        if (!status)
            import->made = import->name;
    }
    if (status)
        return status;
    if (attr.kind == BC_SYMLINK)
        return bc_fail(err, BC_INVALID, "a symbolic link of that name is there; remove it first");
    if (attr.kind != BC_FILE)
        return bc_fail(err, BC_IS_DIRECTORY, "a folder of that name is there");
    status = write_text(import, &attr, syntax, file, err);
    remove_made(import);
    tfs_task_commits(import->task, false);
    return status;
}

static enum bc_status copy_bytes(struct tfs_import *import, uint64_t node, int file,
                                 struct bc_error *err)
{
    for (uint64_t offset = 0;;) {
        size_t size;
        enum bc_status status = read_piece(import, file, &size, err);
        if (status || size == 0)
            return status;
        status = bc_bytes_write(import->branch, node, offset, import->buffer, size, false, NULL);
        if (status)
            return status;
        offset += size;
    }
}

/* A plain file is written under a name of its own and then renamed, since its writes show at once.
 * What is replaced lends its mode. */
static enum bc_status import_bytes(struct tfs_import *import, int file, struct bc_error *err)
{
    struct bc_attr there;
    struct bc_make make = make_of(import->item, BC_FILE);
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &there);
    if (!status && there.kind == BC_DIRECTORY)
        return bc_fail(err, BC_IS_DIRECTORY, "a folder of that name is there");
    if (!status && there.kind == BC_FILE) {
        make.mode = there.mode;
        make.uid = there.uid;
        make.gid = there.gid;
    }
    if (status && status != BC_NOT_FOUND)
        return status;
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".triplefs-import-%ld", (long)getpid());
    import->made = bc_slice(temporary, strlen(temporary));
    struct bc_attr attr;
    status = bc_tree_make(import->branch, import->folder, import->made, &make, &attr);
    if (!status)
        status = copy_bytes(import, attr.node, file, err);
    struct bc_renamed renamed;
    if (!status)
        status = bc_tree_rename(import->branch, import->folder, import->made, import->folder,
                                import->name, 0, &renamed, err);
    if (!status)
        import->made = (struct bc_slice){0};
    remove_made(import);
    return status;
}

static enum bc_status import_file(struct tfs_import *import, struct bc_error *err)
{
    int file;
    enum bc_status status = open_source(import->item, &file, err);
    if (status)
        return status;
    enum bc_syntax syntax;
    if (bc_syntax_of_name(import->name, &syntax))
        status = import_text(import, syntax, file, err);
    else if (import->append)
        status = bc_fail(err, BC_UNSUPPORTED, "--append is for triple files alone");
    else
        status = import_bytes(import, file, err);
    close_source(file);
    if (!status)
        import->files++;
    return status;
}

static enum bc_status import_folder(struct tfs_import *import, struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (!status && attr.kind != BC_DIRECTORY)
        return bc_fail(err, BC_NOT_DIRECTORY, "a file of that name is there");
    if (status != BC_NOT_FOUND)
        return status;
    struct bc_make make = make_of(import->item, BC_DIRECTORY);
    return bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
}

static enum bc_status import_link(struct tfs_import *import, struct bc_error *err)
{
    char target[PATH_MAX];
    ssize_t size = readlink(import->item->source, target, sizeof target);
    if (size < 0 || size == sizeof target)
        return bc_fail(err, BC_IO, "cannot read the link: %s",
                       strerror(size < 0 ? errno : ENAMETOOLONG));
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (!status)
        status = bc_tree_remove(import->branch, import->folder, import->name, false, NULL);
    if (status && status != BC_NOT_FOUND)
        return status;
    struct bc_make make = make_of(import->item, BC_SYMLINK);
    make.mode = 0777;
    make.target = bc_slice(target, (size_t)size);
    return bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
}

static enum bc_status import_item(struct tfs_import *import)
{
    struct bc_error error = {0};
    enum bc_status status = find_folder(import, &error);
    if (!status && import->item->kind == TFS_IMPORT_FOLDER)
        status = import_folder(import, &error);
    else if (!status && import->item->kind == TFS_IMPORT_LINK)
        status = import_link(import, &error);
    else if (!status)
        status = import_file(import, &error);
    if (status)
        tell(import, status, &error);
    return status;
}

/* Whether the next item would fare as badly. */
static bool is_of_the_store(enum bc_status status)
{
    return status == BC_NO_SPACE || status == BC_CORRUPT || status == BC_NO_MEMORY ||
           status == BC_STALE;
}

static bool import_items(struct tfs_import *import)
{
    bool good = true;
    for (size_t i = 0; i < import->plan->count && !tfs_task_cancelled(import->task); i++) {
        import->item = &import->plan->items[i];
        enum bc_status status = import_item(import);
        good = good && !status;
        if (is_of_the_store(status))
            break;
    }
    return good && !tfs_task_cancelled(import->task);
}

int tfs_import_work(struct tfs_task *task, void *context)
{
    struct tfs_import *import = context;
    struct bc_repo *repo = bc_branch_repo(import->branch);
    import->task = task;
    import->buffer = bc_alloc(PIECE_BYTES);
    if (!import->buffer) {
        tfs_say("cannot import: out of memory");
        return TFS_FAILED;
    }
    tfs_task_show(task, shown_name);
    import->progress = bc_progress_begin(bc_repo_progress(repo), shown_name);
    bool good = import_items(import);
    bc_progress_end(import->progress);
    bc_free(import->buffer);
    enum bc_status status = bc_repo_sync(repo);
    if (!status && !tfs_task_cancelled(task))
        status = bc_repo_collect(repo, NULL); /* what was replaced need not wait for a mount */
    if (status)
        tfs_say_error(status, NULL, "cannot write what was imported to the disk");
    return good && !status ? TFS_DONE : TFS_FAILED;
}
