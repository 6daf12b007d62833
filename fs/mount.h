/* Inside fs/: one mounted repository. */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "fs/errors.h"
#include "fs/inode.h"
#include "fs/pool.h"
#include "fs/report.h"
#include "fs/serve.h"

#include <fuse_lowlevel.h>
#include <stdatomic.h>

enum tfs_counter {
    TFS_COUNT_LOOKUPS,
    TFS_COUNT_OPENS,
    TFS_COUNT_READS,
    TFS_COUNT_READ_BYTES,
    TFS_COUNT_WRITES,
    TFS_COUNT_WRITTEN_BYTES,
    TFS_COUNT_COMMITS,
    TFS_COUNT_REFUSED_COMMITS,
    TFS_COUNT_INVALIDATIONS,
    TFS_COUNT_STALE_OPENS,
    TFS_COUNTERS
};

struct tfs_teller;

struct tfs_mount {
    const struct tfs_serve_options *options;
    struct bc_repo *repo;
    struct tfs_hub *hub;
    struct fuse_session *session;
    struct tfs_table table;
    struct tfs_errors errors;
    /* Jobs of `commits` may wait for the kernel's lock of a folder (notify.h). Jobs of `moves`
     * answer requests whose callers hold such locks, and therefore never wait for one. */
    struct tfs_pool *commits;
    struct tfs_pool *moves;
    struct tfs_pool *questions;  /* searches (control_query.c), which may take long */
    struct tfs_pool *writings;   /* getattr and open where what a file shows is to be written first;
                                    never wait for a folder either */
    int64_t started_ns;          /* CLOCK_MONOTONIC */
    struct tfs_report collected; /* of `.store/gc` */
    atomic_bool collecting;      /* one at a time, as are checks */
    atomic_bool checking;
    atomic_bool ending;           /* nobody waits for what takes long any more (waiting.h) */
    atomic_size_t patch_bytes;    /* of texts that are being collected (control_patch.c) */
    atomic_ullong device;         /* st_dev of the mount; 0: not known yet */
    pthread_mutex_t tellers_lock; /* of those who tell watchers (moved_watchers.h): */
    struct tfs_teller *tellers;
    atomic_uint telling; /* how many they are */
    atomic_uint_fast64_t counters[TFS_COUNTERS];
};

static inline struct tfs_mount *tfs_mount_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static inline struct tfs_inode *tfs_inode_at(struct tfs_mount *mount, fuse_ino_t nodeid)
{
    return nodeid == FUSE_ROOT_ID ? &mount->table.root : (struct tfs_inode *)(uintptr_t)nodeid;
}

static inline fuse_ino_t tfs_nodeid(struct tfs_mount *mount, const struct tfs_inode *inode)
{
    return inode == &mount->table.root ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)inode;
}

static inline void tfs_count(struct tfs_mount *mount, enum tfs_counter counter, uint64_t amount)
{
    (void)atomic_fetch_add_explicit(&mount->counters[counter], amount, memory_order_relaxed);
}

/* Answers with the errno of a status; BC_OK is success. */
void tfs_reply_status(fuse_req_t req, enum bc_status status);

/* Notes a failure in the error ring of the branch (NULL: the store's) if there is something to
 * tell: a message in err, or a status that is no ordinary answer (disk full, damage, ...). Returns
 * status. err may be NULL. */
enum bc_status tfs_note(struct tfs_mount *mount, struct tfs_branch *branch, const char *operation,
                        const char *path, enum bc_status status, const struct bc_error *err);
/* The same for a node, whose path is looked up only then. */
enum bc_status tfs_note_node(struct tfs_mount *mount, const struct tfs_inode *inode,
                             const char *operation, enum bc_status status,
                             const struct bc_error *err);
/* The same for a name in a folder. */
enum bc_status tfs_note_name(struct tfs_mount *mount, const struct tfs_inode *folder,
                             const char *name, const char *operation, enum bc_status status,
                             const struct bc_error *err);

#endif
