#include "tools/store_dir.h"

#include "formats/formats.h"
#include "rocks/store.h"
#include "tools/cores.h"
#include "tools/engine.h"
#include "tools/store_lock.h"
#include "tools/store_marker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char db_name[] = "db";
static const char spool_name[] = "spool";

/* The longest name that is put behind a store's path, in this file or by RocksDB. */
enum { ROOM_FOR_NAMES = 64 };

static enum bc_status system_failure(struct bc_error *err, const char *doing, const char *path)
{
    int number = errno;
    return bc_fail(err, tfs_status_of_errno(number), "cannot %s %s: %s", doing, path,
                   strerror(number));
}

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum bc_status resolve(const char *path, char real[PATH_MAX], struct bc_error *err)
{
    if (!realpath(path, real)) {
        if (errno == ENOENT)
            return bc_fail(err, BC_NOT_FOUND,
                           "there is no store %s: no such directory; create one with: triplefs "
                           "init %s",
                           path, path);
        return system_failure(err, "open store", path);
    }
    if (strlen(real) + ROOM_FOR_NAMES >= PATH_MAX)
        return bc_fail(err, BC_NAME_TOO_LONG, "the path of store %s is too long", path);
    return BC_OK;
}

enum bc_status tfs_store_find(const char *path, char real[PATH_MAX], struct bc_error *err)
{
    enum bc_status status = resolve(path, real, err);
    if (status)
        return status;
    int directory = open_directory(real);
    if (directory < 0 && errno == ENOTDIR)
        return bc_fail(err, BC_NOT_A_STORE,
                       "%s is a file, and a triplefs store is a directory; create one with: "
                       "triplefs init DIR",
                       path);
    if (directory < 0)
        return system_failure(err, "open store", path);
    status = tfs_marker_read(directory, path, err);
    close(directory);
    return status;
}

static bool join(char to[PATH_MAX], const char *path, const char *name)
{
    return snprintf(to, PATH_MAX, "%s/%s", path, name) < PATH_MAX;
}

/* Temporary files of a process that died. */
static void empty_spool(const char *spool)
{
    DIR *directory = opendir(spool);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' || (entry->d_name[1] && entry->d_name[1] != '.'))
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

/* Both folders are their owner's alone: what is in them is not subject to the mode bits that the
 * files of a branch have. */
static enum bc_status prepare(const char *db, bool create, const char *spool, struct bc_error *err)
{
    if (create && mkdir(db, 0700) != 0 && errno != EEXIST)
        return system_failure(err, "create", db);
    if (mkdir(spool, 0700) != 0 && errno != EEXIST)
        return system_failure(err, "create", spool);
    empty_spool(spool);
    return BC_OK;
}

/* RocksDB would begin to make a database where it finds none. */
static bool has_database(const char *db)
{
    char current[PATH_MAX];
    return join(current, db, "CURRENT") && (access(current, F_OK) == 0 || errno != ENOENT);
}

static enum bc_status refuse_damaged(const struct tfs_store_options *options, const char *path,
                                     const char *why, struct bc_error *err)
{
    if (strcmp(options->command, "triplefs check") == 0)
        return bc_fail(err, BC_CORRUPT,
                       "store %s is too damaged to be opened, and was left as it is: %s; restore "
                       "it from a backup",
                       path, why);
    return bc_fail(err, BC_CORRUPT,
                   "store %s is damaged and was left as it is: %s; 'triplefs check %s' tells what "
                   "is readable",
                   path, why, path);
}

/* Half of the memory is for imports and views, a sixth for RocksDB's cache and write buffers, a
 * sixth for the writing of large layers; the rest is what libfuse, the threads and the allocator
 * take. */
static enum bc_status open_rows(const struct tfs_store_options *options, bool create,
                                struct tfs_store *store, struct bc_error *err)
{
    char db[PATH_MAX], spool[PATH_MAX];
    if (!join(db, store->path, db_name) || !join(spool, store->path, spool_name))
        return bc_fail(err, BC_NAME_TOO_LONG, "the path of store %s is too long", store->path);
    const struct bc_compute *compute = options->compute;
    enum bc_status status = compute ? BC_OK : tfs_engine_choose(NULL, &compute, err);
    if (status)
        return status;
    if (!create && !has_database(db))
        return refuse_damaged(options, store->path, "its database is missing (no file db/CURRENT)",
                              err);
    status = options->read_only ? BC_OK : prepare(db, create, spool, err);
    if (status)
        return status;
    status = bc_pool_new(options->workers ? *options->workers : tfs_core_count(), &store->pool);
    if (status)
        return bc_fail(err, status, "cannot open store %s: %s", store->path,
                       bc_status_text(status));
    uint64_t memory = options->memory_bytes ? options->memory_bytes : TFS_MEMORY_DEFAULT;
    struct bc_error reason = {0};
    status = rk_store_open(db,
                           &(struct rk_options){.create = create,
                                                .read_only = options->read_only,
                                                .memory_bytes = memory / 6,
                                                .pool = store->pool,
                                                .bulk_bytes = memory / 6},
                           &store->rows, &reason);
    if (!status)
        status = bc_repo_open(store->rows,
                              &(struct bc_repo_options){.spool_directory = spool,
                                                        .memory_bytes = memory / 2,
                                                        .compute = compute,
                                                        .pool = store->pool,
                                                        .formats = fmt_formats(),
                                                        .uid = geteuid(),
                                                        .gid = getegid(),
                                                        .event = options->event,
                                                        .event_wanted = options->event_wanted,
                                                        .moved = options->moved,
                                                        .context = options->context,
                                                        .maintain = options->maintain,
                                                        .trouble = options->trouble},
                              &store->repo, &reason);
    if (!status)
        return BC_OK;
    bc_store_close(store->rows);
    bc_pool_free(store->pool);
    const char *why = reason.text[0] ? reason.text : bc_status_text(status);
    if (status == BC_CORRUPT || status == BC_NOT_FOUND)
        return refuse_damaged(options, store->path, why, err);
    return bc_fail(err, status, "cannot open store %s: %s", store->path, why);
}

enum bc_status tfs_store_open(const char *path, const struct tfs_store_options *options,
                              struct tfs_store *store, struct bc_error *err)
{
    *store = (struct tfs_store){.lock = -1};
    enum bc_status status = tfs_store_find(path, store->path, err);
    if (!status)
        status = tfs_lock_take(store->path, options->command, options->mountpoint,
                               options->read_only, &store->lock, err);
    if (status)
        return status;
    status = open_rows(options, false, store, err);
    if (status)
        tfs_lock_release(store->lock);
    return status;
}

void tfs_store_spool(const struct tfs_store *store, char path[PATH_MAX])
{
    if (!join(path, store->path, spool_name)) /* which resolve has seen to */
        path[0] = '\0';
}

void tfs_store_close(struct tfs_store *store)
{
    bc_repo_close(store->repo);
    bc_store_close(store->rows);
    bc_pool_free(store->pool);
    tfs_lock_release(store->lock);
    *store = (struct tfs_store){.lock = -1};
}

/* Whether a store may be made here: nothing is in it, or what an earlier attempt left. */
static enum bc_status may_become_store(int directory, const char *path, struct bc_error *err)
{
    enum bc_status status = tfs_marker_read(directory, path, NULL);
    if (status == BC_OK || status == BC_NEWER_FORMAT || status == BC_CORRUPT)
        return bc_fail(err, BC_EXISTS, "%s is a triplefs store already; it was left as it is",
                       path);
    if (status != BC_NOT_A_STORE)
        return tfs_marker_read(directory, path, err);
    if (tfs_marker_begun(directory))
        return BC_OK;
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    if (!list) {
        if (copy >= 0)
            close(copy);
        return system_failure(err, "read", path);
    }
    status = BC_OK;
    for (struct dirent *entry; !status && (entry = readdir(list));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = bc_fail(err, BC_NOT_EMPTY,
                             "%s is not empty and not a triplefs store (it holds '%s'); give an "
                             "empty or a new directory",
                             path, entry->d_name);
    closedir(list);
    return status;
}

static enum bc_status fill(const char *path, const struct bc_compute *compute, struct bc_error *err)
{
    struct tfs_store store = {.lock = -1};
    enum bc_status status = resolve(path, store.path, err);
    if (!status)
        status = tfs_lock_take(store.path, "triplefs init", NULL, false, &store.lock, err);
    if (status)
        return status;
    const struct tfs_store_options options = {.command = "triplefs init", .compute = compute};
    status = open_rows(&options, true, &store, err);
    if (status) {
        tfs_lock_release(store.lock);
        return status;
    }
    status = bc_repo_sync(store.repo);
    if (status)
        bc_fail(err, status, "cannot write store %s: %s", path, bc_status_text(status));
    tfs_store_close(&store);
    return status;
}

enum bc_status tfs_store_create(const char *path, struct bc_error *err)
{
    const struct bc_compute *compute;
    enum bc_status status = tfs_engine_choose(NULL, &compute, err);
    if (status)
        return status;
    bool made = mkdir(path, 0777) == 0;
    if (!made && errno == ENOENT)
        return bc_fail(err, BC_NOT_FOUND,
                       "cannot create %s: the directory that it should be in does not exist", path);
    if (!made && errno != EEXIST)
        return system_failure(err, "create", path);
    int directory = open_directory(path);
    if (directory < 0 && errno == ENOTDIR)
        return bc_fail(err, BC_NOT_DIRECTORY, "%s is a file; give an empty or a new directory",
                       path);
    if (directory < 0)
        return system_failure(err, "open", path);
    status = may_become_store(directory, path, err);
    if (!status)
        status = tfs_marker_begin(directory, path, err);
    if (!status)
        status = fill(path, compute, err);
    /* Nobody else may finish the same beginning: rename fails for the second one. */
    if (!status)
        status = tfs_marker_finish(directory, path, err);
    close(directory);
    if (status && made)
        rmdir(path); /* works only where nothing came to be in it */
    return status;
}
