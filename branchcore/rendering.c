#include "branchcore/rendering.h"

#include "branchcore/spool.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { BUCKETS = 1024 };

enum state { WRITING, READY, FAILED };

struct bc_rendering {
    struct bc_rendering_key key;
    struct bc_spool spool;     /* sealed once it is ready */
    struct bc_rendering *next; /* of its bucket; what failed is in none. This and what follows is
                                  under the lock */
    uint64_t refs;
    enum state state;
    enum bc_status failure;
    struct bc_error err;
    struct bc_rendering *newer; /* of the unused ones */
    struct bc_rendering *older;
};

struct bc_renderings {
    struct bc_rendering_limits limits;
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t changed;
    struct bc_rendering *buckets[BUCKETS];
    struct bc_rendering *newest; /* unused */
    struct bc_rendering *oldest;
    struct bc_rendering_limits unused;
};

/* Waits are measured by a clock that nobody sets. */
static void init_changed(pthread_cond_t *changed)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

enum bc_status bc_renderings_new(const struct bc_rendering_limits *limits,
                                 struct bc_renderings **renderings)
{
    struct bc_renderings *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->limits = *limits;
    pthread_mutex_init(&made->lock, NULL);
    init_changed(&made->changed);
    *renderings = made;
    return BC_OK;
}

static void dispose(struct bc_rendering *rendering)
{
    bc_spool_release(&rendering->spool);
    bc_free(rendering);
}

static struct bc_rendering **bucket_of(struct bc_renderings *renderings,
                                       const struct bc_rendering_key *key)
{
    uint64_t hash = key->version ^ key->node << 7 ^ key->digest[0] ^ (uint64_t)key->syntax << 3;
    return &renderings->buckets[hash * 0x9E3779B97F4A7C15U >> 32 & (BUCKETS - 1)];
}

static bool same_key(const struct bc_rendering_key *a, const struct bc_rendering_key *b)
{
    return a->node == b->node && a->layer == b->layer && a->version == b->version &&
           a->syntax == b->syntax && a->digest[0] == b->digest[0] && a->digest[1] == b->digest[1];
}

static struct bc_rendering *find(struct bc_renderings *renderings,
                                 const struct bc_rendering_key *key)
{
    struct bc_rendering *found = *bucket_of(renderings, key);
    while (found && !same_key(&found->key, key))
        found = found->next;
    return found;
}

static void unlink_bucket(struct bc_renderings *renderings, struct bc_rendering *rendering)
{
    struct bc_rendering **link = bucket_of(renderings, &rendering->key);
    while (*link != rendering)
        link = &(*link)->next;
    *link = rendering->next;
}

/* Unused ones. */

static void count_unused(struct bc_renderings *renderings, const struct bc_rendering *rendering,
                         bool more)
{
    const struct bc_spool *spool = &rendering->spool;
    bool file = spool->file >= 0;
    struct bc_rendering_limits share = {
        .memory_bytes = sizeof *rendering + spool->memory.capacity,
        .disk_bytes = file ? spool->size_bytes : 0,
        .files = file,
    };
    struct bc_rendering_limits *unused = &renderings->unused;
    unused->memory_bytes += more ? share.memory_bytes : -share.memory_bytes;
    unused->disk_bytes += more ? share.disk_bytes : -share.disk_bytes;
    unused->files += more ? share.files : -share.files;
}

static void take_from_unused(struct bc_renderings *renderings, struct bc_rendering *rendering)
{
    *(rendering->newer ? &rendering->newer->older : &renderings->newest) = rendering->older;
    *(rendering->older ? &rendering->older->newer : &renderings->oldest) = rendering->newer;
    rendering->newer = rendering->older = NULL;
    count_unused(renderings, rendering, false);
}

static void put_to_unused(struct bc_renderings *renderings, struct bc_rendering *rendering)
{
    rendering->older = renderings->newest;
    *(renderings->newest ? &renderings->newest->newer : &renderings->oldest) = rendering;
    renderings->newest = rendering;
    count_unused(renderings, rendering, true);
}

static bool is_too_much(const struct bc_renderings *renderings)
{
    const struct bc_rendering_limits *unused = &renderings->unused;
    const struct bc_rendering_limits *limits = &renderings->limits;
    return unused->memory_bytes > limits->memory_bytes || unused->disk_bytes > limits->disk_bytes ||
           unused->files > limits->files;
}

/* Takes the oldest out while there is too much, or all of them; a list by `older`, to be disposed
 * without the lock. */
static struct bc_rendering *evict(struct bc_renderings *renderings, bool all)
{
    struct bc_rendering *list = NULL;
    while (renderings->oldest && (all || is_too_much(renderings))) {
        struct bc_rendering *oldest = renderings->oldest;
        take_from_unused(renderings, oldest);
        unlink_bucket(renderings, oldest);
        oldest->older = list;
        list = oldest;
    }
    return list;
}

static void dispose_all(struct bc_rendering *list)
{
    while (list) {
        struct bc_rendering *next = list->older;
        dispose(list);
        list = next;
    }
}

static void drop_unused(struct bc_renderings *renderings)
{
    pthread_mutex_lock(&renderings->lock);
    struct bc_rendering *list = evict(renderings, true);
    pthread_mutex_unlock(&renderings->lock);
    dispose_all(list);
}

struct bc_rendering_limits bc_renderings_unused(struct bc_renderings *renderings)
{
    pthread_mutex_lock(&renderings->lock);
    struct bc_rendering_limits unused = renderings->unused;
    pthread_mutex_unlock(&renderings->lock);
    return unused;
}

void bc_renderings_free(struct bc_renderings *renderings)
{
    if (!renderings)
        return;
    drop_unused(renderings);
    pthread_mutex_destroy(&renderings->lock);
    pthread_cond_destroy(&renderings->changed);
    bc_free(renderings);
}

/* Writing. */

/* One at work. */
struct work {
    struct bc_renderings *renderings;
    const struct bc_formats *formats;
    const struct bc_writing *writing;
    const struct bc_stop *stop;
    struct bc_rendering *rendering;
};

static bool is_waited_for(const struct work *work)
{
    pthread_mutex_lock(&work->renderings->lock);
    bool waited_for = work->rendering->refs > 1;
    pthread_mutex_unlock(&work->renderings->lock);
    return waited_for;
}

static enum bc_status take_bytes(void *context, const void *data, size_t size)
{
    struct work *work = context;
    struct bc_spool *spool = &work->rendering->spool;
    if (bc_stop_asked(work->stop) && !is_waited_for(work))
        return BC_CANCELLED;
    return bc_spool_write(spool, spool->size_bytes, data, size);
}

static enum bc_status write_once(struct work *work, struct bc_error *err)
{
    struct bc_rendering *rendering = work->rendering;
    struct bc_writing to = *work->writing;
    to.sink = take_bytes;
    to.context = work;
    rendering->spool = bc_spool(to.directory);
    rendering->spool.read_soon = true;
    enum bc_status st = work->formats->write(rendering->key.syntax, &to, err);
    if (!st)
        st = bc_spool_seal(&rendering->spool);
    if (st)
        bc_spool_release(&rendering->spool);
    return st;
}

/* Where the disk is full, what nobody uses goes first. */
static enum bc_status write_text(struct work *work, struct bc_error *err)
{
    err->text[0] = '\0';
    enum bc_status st = write_once(work, err);
    if (st == BC_NO_SPACE) {
        drop_unused(work->renderings);
        st = write_once(work, err);
    }
    return st == BC_INVALID ? BC_SYNTAX : st;
}

/* What became of it for one who has entered: BC_CANCELLED if it is still being written. */
static enum bc_status result(const struct work *work, struct bc_error *err)
{
    const struct bc_rendering *rendering = work->rendering;
    pthread_mutex_lock(&work->renderings->lock);
    enum bc_status st = rendering->state == READY    ? BC_OK
                        : rendering->state == FAILED ? rendering->failure
                                                     : BC_CANCELLED;
    if (st && rendering->state == FAILED && err && rendering->err.text[0])
        *err = rendering->err;
    pthread_mutex_unlock(&work->renderings->lock);
    return st;
}

/* The lock is held. The last one frees what failed. */
static struct bc_rendering *leave(struct bc_renderings *renderings, struct bc_rendering *rendering)
{
    if (--rendering->refs)
        return NULL;
    if (rendering->state == FAILED)
        return rendering;
    put_to_unused(renderings, rendering);
    return evict(renderings, false);
}

/* Until something changed, or it is time to ask whether to go on. The lock is held. */
static void wait_a_while(struct bc_renderings *renderings, const struct bc_stop *stop)
{
    enum { ASK_NS = 50000000, SECOND_NS = 1000000000 };
    struct timespec until;
    if (!stop) {
        pthread_cond_wait(&renderings->changed, &renderings->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ASK_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    pthread_cond_timedwait(&renderings->changed, &renderings->lock, &until);
}

/* With a reference: waits until it is written, or stop is asked. The lock is held. */
static void join(struct bc_renderings *renderings, struct bc_rendering *rendering,
                 const struct bc_stop *stop)
{
    if (!rendering->refs++ && rendering->state == READY)
        take_from_unused(renderings, rendering);
    while (rendering->state == WRITING && !bc_stop_asked(stop))
        wait_a_while(renderings, stop);
}

static void settle(struct bc_renderings *renderings, struct bc_rendering *rendering,
                   enum bc_status st, const struct bc_error *err)
{
    pthread_mutex_lock(&renderings->lock);
    rendering->state = st ? FAILED : READY;
    rendering->failure = st;
    rendering->err = *err;
    if (st)
        unlink_bucket(renderings, rendering);
    pthread_cond_broadcast(&renderings->changed);
    pthread_mutex_unlock(&renderings->lock);
}

/* The one of that key, with a reference; *made is used up if there was none. */
static struct bc_rendering *enter(struct bc_renderings *renderings, const struct bc_stop *stop,
                                  struct bc_rendering **made)
{
    pthread_mutex_lock(&renderings->lock);
    struct bc_rendering *found = find(renderings, &(*made)->key);
    if (found) {
        join(renderings, found, stop);
    } else {
        struct bc_rendering **bucket = bucket_of(renderings, &(*made)->key);
        found = *made;
        found->refs = 1;
        found->next = *bucket;
        *bucket = found;
        *made = NULL;
    }
    pthread_mutex_unlock(&renderings->lock);
    return found;
}

/* BC_CANCELLED: also if whoever wrote it was stopped, which is none of this caller's business. */
static enum bc_status open_once(struct work *work, const struct bc_rendering_key *key, bool *wrote,
                                struct bc_error *err)
{
    struct bc_renderings *renderings = work->renderings;
    struct bc_rendering *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->key = *key;
    made->spool = bc_spool(work->writing->directory);
    work->rendering = enter(renderings, work->stop, &made);
    *wrote = !made;
    if (made) {
        dispose(made);
    } else {
        struct bc_error reason;
        enum bc_status st = write_text(work, &reason);
        settle(renderings, work->rendering, st, &reason);
    }
    enum bc_status st = result(work, err);
    if (st)
        bc_rendering_release(renderings, work->rendering);
    return st;
}

enum bc_status bc_rendering_open(struct bc_renderings *renderings, const struct bc_formats *formats,
                                 const struct bc_rendering_key *key,
                                 const struct bc_writing *writing, const struct bc_stop *stop,
                                 struct bc_rendering **rendering, bool *wrote, struct bc_error *err)
{
    struct work work = {renderings, formats, writing, stop, NULL};
    enum bc_status st;
    do
        st = open_once(&work, key, wrote, err);
    while (st == BC_CANCELLED && !bc_stop_asked(stop));
    if (!st)
        *rendering = work.rendering;
    return st;
}

void bc_rendering_release(struct bc_renderings *renderings, struct bc_rendering *rendering)
{
    if (!rendering)
        return;
    pthread_mutex_lock(&renderings->lock);
    struct bc_rendering *gone = leave(renderings, rendering);
    pthread_mutex_unlock(&renderings->lock);
    dispose_all(gone);
}

bool bc_rendering_known(struct bc_renderings *renderings, const struct bc_rendering_key *key,
                        uint64_t *bytes)
{
    pthread_mutex_lock(&renderings->lock);
    const struct bc_rendering *found = find(renderings, key);
    bool known = found && found->state == READY;
    if (known)
        *bytes = found->spool.size_bytes;
    pthread_mutex_unlock(&renderings->lock);
    return known;
}

uint64_t bc_rendering_bytes(const struct bc_rendering *rendering)
{
    return rendering->spool.size_bytes;
}

enum bc_status bc_rendering_read(struct bc_rendering *rendering, uint64_t offset, void *to,
                                 size_t size, size_t *done)
{
    return bc_spool_read(&rendering->spool, offset, to, size, done);
}
