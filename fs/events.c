#include "fs/events.h"

#include "fs/line.h"
#include "fs/moved.h"

#include <pthread.h>
#include <string.h>

struct tfs_watcher {
    struct tfs_hub *hub;
    struct tfs_watcher *next;
    uint64_t branch;
    void (*wake)(void *context);
    void *context;
    bool woken;
    bool lost; /* the next thing to say is that events were lost */
    int64_t lost_ns;
    struct tfs_event *ring;
    size_t capacity;
    size_t first;
    size_t count;
};

struct tfs_hub {
    pthread_mutex_t lock;
    struct tfs_watcher *watchers;
    struct tfs_mount *mount; /* NULL: not served */
};

enum bc_status tfs_hub_new(struct tfs_hub **hub)
{
    struct tfs_hub *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    (void)pthread_mutex_init(&made->lock, NULL);
    *hub = made;
    return BC_OK;
}

void tfs_hub_free(struct tfs_hub *hub)
{
    if (!hub)
        return;
    (void)pthread_mutex_destroy(&hub->lock);
    bc_free(hub);
}

static bool wants(const struct tfs_watcher *watcher, uint64_t branch)
{
    return watcher->branch == 0 || watcher->branch == branch;
}

bool tfs_hub_event_wanted(void *hub, uint64_t branch)
{
    struct tfs_hub *self = hub;
    bool wanted = false;
    (void)pthread_mutex_lock(&self->lock);
    for (struct tfs_watcher *w = self->watchers; w && !wanted; w = w->next)
        wanted = wants(w, branch);
    (void)pthread_mutex_unlock(&self->lock);
    return wanted;
}

/* Where in the ring the event is that comes `index` behind the first. */
static size_t place(const struct tfs_watcher *watcher, size_t index)
{
    size_t at = watcher->first + index;
    return at < watcher->capacity ? at : at - watcher->capacity;
}

static bool grow(struct tfs_watcher *watcher)
{
    if (watcher->capacity == TFS_EVENTS_KEPT)
        return false;
    size_t capacity = watcher->capacity ? watcher->capacity * 2 : 64;
    struct tfs_event *ring = bc_alloc_array(capacity, sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < watcher->count; i++)
        ring[i] = watcher->ring[place(watcher, i)];
    bc_free(watcher->ring);
    watcher->ring = ring;
    watcher->capacity = capacity;
    watcher->first = 0;
    return true;
}

/* What does not fit is lost: later events too, until the reader has been told. */
static void push(struct tfs_watcher *watcher, const struct tfs_event *event, const char *path)
{
    struct tfs_event copy = *event;
    bool fits = !watcher->lost && (watcher->count < watcher->capacity || grow(watcher));
    copy.path = fits ? bc_copy_string(path, strlen(path)) : NULL;
    if (!copy.path) {
        if (!watcher->lost)
            watcher->lost_ns = event->time_ns;
        watcher->lost = true;
        return;
    }
    watcher->ring[place(watcher, watcher->count)] = copy;
    watcher->count++;
}

void tfs_hub_event(void *hub, uint64_t branch, enum bc_event_kind kind, const char *path)
{
    struct tfs_hub *self = hub;
    struct tfs_event event = {.time_ns = tfs_now_ns(), .branch = branch, .kind = kind};
    (void)pthread_mutex_lock(&self->lock);
    for (struct tfs_watcher *w = self->watchers; w; w = w->next) {
        if (!wants(w, branch))
            continue;
        push(w, &event, path);
        if (!w->woken) {
            w->woken = true;
            w->wake(w->context);
        }
    }
    (void)pthread_mutex_unlock(&self->lock);
}

void tfs_hub_serve(struct tfs_hub *hub, struct tfs_mount *mount)
{
    (void)pthread_mutex_lock(&hub->lock);
    hub->mount = mount;
    (void)pthread_mutex_unlock(&hub->lock);
}

void tfs_hub_moved(void *hub, struct bc_branch *branch, struct bc_branch *before,
                   struct bc_branch *after)
{
    struct tfs_hub *self = hub;
    (void)pthread_mutex_lock(&self->lock);
    struct tfs_mount *mount = self->mount;
    (void)pthread_mutex_unlock(&self->lock);
    if (mount)
        tfs_moved(mount, branch, before, after);
}

enum bc_status tfs_watcher_new(struct tfs_hub *hub, uint64_t branch, void (*wake)(void *context),
                               void *context, struct tfs_watcher **watcher)
{
    struct tfs_watcher *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->hub = hub;
    made->branch = branch;
    made->wake = wake;
    made->context = context;
    (void)pthread_mutex_lock(&hub->lock);
    made->next = hub->watchers;
    hub->watchers = made;
    (void)pthread_mutex_unlock(&hub->lock);
    *watcher = made;
    return BC_OK;
}

void tfs_watcher_free(struct tfs_watcher *watcher)
{
    if (!watcher)
        return;
    struct tfs_hub *hub = watcher->hub;
    (void)pthread_mutex_lock(&hub->lock);
    struct tfs_watcher **link = &hub->watchers;
    while (*link != watcher)
        link = &(*link)->next;
    *link = watcher->next;
    (void)pthread_mutex_unlock(&hub->lock);
    for (size_t i = 0; i < watcher->count; i++)
        bc_free(watcher->ring[place(watcher, i)].path);
    bc_free(watcher->ring);
    bc_free(watcher);
}

bool tfs_watcher_take(struct tfs_watcher *watcher, struct tfs_event *event)
{
    bool taken = true;
    (void)pthread_mutex_lock(&watcher->hub->lock);
    if (watcher->count > 0) {
        *event = watcher->ring[watcher->first];
        watcher->first = place(watcher, 1);
        watcher->count--;
    } else if (watcher->lost) {
        *event = (struct tfs_event){.time_ns = watcher->lost_ns, .overflow = true};
        watcher->lost = false;
    } else {
        watcher->woken = false;
        taken = false;
    }
    (void)pthread_mutex_unlock(&watcher->hub->lock);
    return taken;
}

bool tfs_watcher_pending(struct tfs_watcher *watcher)
{
    (void)pthread_mutex_lock(&watcher->hub->lock);
    bool pending = watcher->count > 0 || watcher->lost;
    (void)pthread_mutex_unlock(&watcher->hub->lock);
    return pending;
}
