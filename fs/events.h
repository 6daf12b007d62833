/* Who watches the repository's events: each watcher has a queue of its own, bounded, so that a slow
 * one loses its own events alone and is told so. The hub itself is in serve.h. */
#ifndef FS_EVENTS_H
#define FS_EVENTS_H

#include "fs/serve.h"

enum { TFS_EVENTS_KEPT = 4096 };

struct tfs_mount;
struct tfs_watcher;

/* Whose kernel is told of moves; NULL: nobody's. Moves are made by jobs of the mount alone, so none
 * is under way before it is served or once its jobs are done. */
void tfs_hub_serve(struct tfs_hub *hub, struct tfs_mount *mount);

struct tfs_event {
    int64_t time_ns;
    uint64_t branch;
    enum bc_event_kind kind;
    bool overflow; /* events were lost here; the rest of the struct but time_ns says nothing */
    char *path;    /* owned by whoever took the event; NULL for an overflow */
};

/* branch 0: of all. From now on events are queued. wake is called for each event that finds the
 * queue without a wake-up under way (until tfs_watcher_take finds it empty), with the hub's lock
 * held: it may submit a job, no more. BC_NO_MEMORY. */
enum bc_status tfs_watcher_new(struct tfs_hub *hub, uint64_t branch, void (*wake)(void *context),
                               void *context, struct tfs_watcher **watcher);
/* wake is not called any more once it returns. NULL is allowed. */
void tfs_watcher_free(struct tfs_watcher *watcher);

/* The oldest event, whose path the caller frees; false if there is none. */
bool tfs_watcher_take(struct tfs_watcher *watcher, struct tfs_event *event);
bool tfs_watcher_pending(struct tfs_watcher *watcher);

#endif
