/* The directory of a store:
 *
 *   triplefs   the marker (store_marker.h)
 *   lock       who has the store open (store_lock.h)
 *   db/        the rows, in RocksDB (rocks/store.h)
 *   spool/     temporary files, emptied when the store is opened for writing
 *
 * Here a path becomes an open repository. */
#ifndef TOOLS_STORE_DIR_H
#define TOOLS_STORE_DIR_H

#include "branchcore/repo.h"

#include <limits.h>
#include <stdbool.h>

/* What a process may use when nobody says otherwise, and the least it can work with. */
#define TFS_MEMORY_DEFAULT (UINT64_C(512) << 20)
#define TFS_MEMORY_LEAST   (UINT64_C(64) << 20)

struct tfs_store_options {
    const char *command;              /* for the lock, such as "triplefs mount" */
    const char *mountpoint;           /* for the lock; NULL: none */
    uint64_t memory_bytes;            /* of the whole process; 0: TFS_MEMORY_DEFAULT */
    const struct bc_compute *compute; /* NULL: as tfs_engine_choose (engine.h) has it */
    const unsigned *workers;          /* threads of the pool (pool.h); NULL: one a core */
    bool read_only;                   /* changes nothing in the directory but the lock's text */
    /* As in struct bc_repo_options. */
    void (*event)(void *context, uint64_t branch, enum bc_event_kind kind, const char *path);
    bool (*event_wanted)(void *context, uint64_t branch);
    void (*moved)(void *context, struct bc_branch *branch, struct bc_branch *before,
                  struct bc_branch *after);
    void *context;
    bool maintain;
    void (*trouble)(void *context, enum bc_status status, const char *what);
};

struct tfs_store {
    char path[PATH_MAX]; /* absolute, without symbolic links */
    int lock;
    struct bc_pool *pool;
    struct bc_store *rows;
    struct bc_repo *repo;
};

/* The absolute path of a store that can be opened, as far as its directory and marker say.
 * BC_NOT_FOUND, BC_NOT_A_STORE, BC_NEWER_FORMAT, BC_CORRUPT, BC_DENIED, BC_IO, with err as a whole
 * sentence. */
enum bc_status tfs_store_find(const char *path, char real[PATH_MAX], struct bc_error *err);

/* Makes a store of a directory that is not there (its parent is) or that is empty, or finishes what
 * was begun before. BC_EXISTS: it is one. BC_NOT_EMPTY: it holds something else; BC_NOT_DIRECTORY
 * and what tfs_store_open returns. err is a whole sentence. */
enum bc_status tfs_store_create(const char *path, struct bc_error *err);

/* Opens it; nothing is left open on failure. BC_LOCKED too, and what tfs_engine_choose returns. err
 * is a whole sentence. */
enum bc_status tfs_store_open(const char *path, const struct tfs_store_options *options,
                              struct tfs_store *store, struct bc_error *err);
/* The folder for its temporary files, which are gone when it is opened for writing again. */
void tfs_store_spool(const struct tfs_store *store, char path[PATH_MAX]);
/* Branches, texts and edits of it must be released. */
void tfs_store_close(struct tfs_store *store);

#endif
