/* Serving a repository at a mountpoint, through libfuse's low-level interface. This header is all
 * that other rooms see of fs/. */
#ifndef FS_SERVE_H
#define FS_SERVE_H

#include "branchcore/repo.h"

struct tfs_hub; /* takes the repository's events and gives them to those who watch the mount */

/* Made before the repository is opened, so that its options can name tfs_hub_event,
 * tfs_hub_event_wanted and tfs_hub_moved with the hub as context. The caller frees it after
 * bc_repo_close. */
enum bc_status tfs_hub_new(struct tfs_hub **hub);
void tfs_hub_free(struct tfs_hub *hub);
void tfs_hub_event(void *hub, uint64_t branch, enum bc_event_kind kind, const char *path);
bool tfs_hub_event_wanted(void *hub, uint64_t branch);
void tfs_hub_moved(void *hub, struct bc_branch *branch, struct bc_branch *before,
                   struct bc_branch *after);

struct tfs_serve_options {
    struct bc_repo *repo;
    struct tfs_hub *hub;
    const char
        *store_path; /* the store's directory, absolute: for statfs and as the mount's source */
    const char *mountpoint;   /* an existing directory, absolute */
    const char *fuse_options; /* what goes to libfuse's -o, comma-separated; "" or NULL: nothing */
    unsigned threads;         /* FUSE workers; 0: by the number of cores */
    unsigned read_ahead_kb;   /* of the mount, set through sysfs where permitted; 0: 8192 */
    bool debug;               /* libfuse's trace on standard error */
    const char *version;      /* for .store/version */
    /* Called once when requests are served, e.g. to let the parent process return; may be NULL. */
    void (*ready)(void *context);
    void *context;
};

/* Mounts, serves until unmounted or until SIGINT, SIGTERM or SIGHUP, and unmounts. BC_OK after a
 * clean end; BC_BUSY, BC_IO, BC_DENIED, BC_INVALID with err when it could not mount. */
enum bc_status tfs_serve(const struct tfs_serve_options *options, struct bc_error *err);

#endif
