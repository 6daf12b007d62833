#include "tools/import_run.h"

#include "tools/import_file.h"
#include "tools/import_tar.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

const char *tfs_import_source_name(const struct tfs_import_item *item)
{
    return strcmp(item->source, "-") == 0 ? "standard input" : item->source;
}

static bool is_of_the_store(enum bc_status status)
{
    return status == BC_NO_SPACE || status == BC_CORRUPT || status == BC_NO_MEMORY ||
           status == BC_STALE;
}

void tfs_import_tell(struct tfs_import *import, enum bc_status status, const struct bc_error *error)
{
    import->store_failed = import->store_failed || is_of_the_store(status);
    if (status == BC_CANCELLED)
        return;
    const char *why = error && error->text[0] ? error->text : bc_status_text(status);
    const char *target = import->item->target;
    char branch[BC_BRANCH_NAME_MAX + 1];
    bc_branch_name(import->branch, branch);
    tfs_task_tell(import->task, "triplefs: cannot import %s%s%s in%s branch %s: %s\n",
                  tfs_import_source_name(import->item), *target ? " as " : "", target,
                  *target ? "" : "to", branch, why);
}

void tfs_import_interrupted(void *context)
{
    struct tfs_import *import = context;
    if (import->made.size)
        bc_tree_remove(import->branch, import->folder, import->made, false, NULL);
}

void tfs_import_count(struct tfs_import *import, bool verifying)
{
    uint64_t *count = verifying ? &import->verified : &import->bytes;
    *count = import->done + tfs_stream_in_raw_bytes(import->stream);
    bc_progress_set(import->progress, import->phase, import->bytes + import->verified,
                    import->plan->size_bytes);
}

enum bc_status tfs_import_open(const struct tfs_import_item *item, int *file, struct bc_error *err)
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

void tfs_import_close(int file)
{
    if (file != STDIN_FILENO)
        close(file);
}

static enum bc_status read_stream(void *context, void *to, size_t size, size_t *done,
                                  struct bc_error *err)
{
    struct tfs_import *import = context;
    enum bc_status status = tfs_stream_in_read(import->stream, to, size, done, err);
    tfs_import_count(import, false);
    return status;
}

/* A triple file may be compressed; any other file is what it is. */
static enum bc_status import_file(struct tfs_import *import, struct bc_error *err)
{
    int file;
    enum bc_syntax syntax;
    bool triples = bc_syntax_of_name(import->name, &syntax);
    enum bc_status status = tfs_import_open(import->item, &file, err);
    if (status)
        return status;
    import->done = import->bytes;
    status = tfs_stream_in_new(file, triples, import->task, &import->stream, err);
    if (!status)
        status = tfs_import_file(
            import, &(struct tfs_import_input){.read = read_stream, .context = import}, err);
    tfs_stream_in_free(import->stream);
    import->stream = NULL;
    tfs_import_close(file);
    return status;
}

static enum bc_status import_link(struct tfs_import *import, struct bc_error *err)
{
    char target[PATH_MAX];
    ssize_t size = readlink(import->item->source, target, sizeof target);
    if (size < 0 || size == sizeof target)
        return bc_fail(err, BC_IO, "cannot read the link: %s",
                       strerror(size < 0 ? errno : ENAMETOOLONG));
    return tfs_import_link(import, bc_slice(target, (size_t)size), err);
}

static enum bc_status import_at_target(struct tfs_import *import, struct bc_error *err)
{
    enum bc_status status = tfs_import_find_folder(import, err);
    if (status)
        return status;
    switch (import->item->kind) {
    case TFS_IMPORT_FOLDER:
        return tfs_import_folder(import, err);
    case TFS_IMPORT_LINK:
        return import_link(import, err);
    default:
        return import_file(import, err);
    }
}

static bool import_item(struct tfs_import *import, const struct tfs_import_item *item)
{
    struct bc_error error = {0};
    import->item = item;
    import->phase = *item->target ? item->target : item->source;
    enum bc_status status = item->kind == TFS_IMPORT_TAR ? tfs_import_tar(import, &error)
                                                         : import_at_target(import, &error);
    if (status)
        tfs_import_tell(import, status, &error);
    return !status;
}

static bool import_items(struct tfs_import *import)
{
    bool good = true;
    for (size_t i = 0;
         i < import->plan->count && !tfs_task_cancelled(import->task) && !import->store_failed; i++)
        good = import_item(import, &import->plan->items[i]) && good;
    return good && !tfs_task_cancelled(import->task);
}

int tfs_import_work(struct tfs_task *task, void *context)
{
    struct tfs_import *import = context;
    struct bc_repo *repo = bc_branch_repo(import->branch);
    import->task = task;
    import->buffer = bc_alloc(TFS_IMPORT_PIECE);
    if (!import->buffer) {
        tfs_say("cannot import: out of memory");
        return TFS_FAILED;
    }
    tfs_task_show(task, TFS_IMPORT_NAME);
    import->progress = bc_progress_begin(bc_repo_progress(repo), TFS_IMPORT_NAME);
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
