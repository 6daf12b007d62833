#include "fs/versions.h"

#include "fs/line.h"
#include "fs/shown_size.h"

#include <stdbool.h>
#include <time.h>

static const int64_t closing_wait_ns = INT64_C(10) * 1000000;
static const int64_t reader_wait_ns = INT64_C(2) * 1000000;
static const int64_t truncation_wait_ns = INT64_C(100) * 1000000;

/* With the lock held; false when the time is over. */
static bool wait_until(struct tfs_table *table, int64_t deadline_ns)
{
    if (tfs_monotonic_ns() >= deadline_ns)
        return false;
    struct timespec until = {.tv_sec = deadline_ns / 1000000000,
                             .tv_nsec = deadline_ns % 1000000000};
    (void)pthread_cond_timedwait(&table->settled, &table->lock, &until);
    return true;
}

/* The kernel sends releases late: an inode whose last users are about to go is worth a moment, as
 * is one whose pages are being dropped. */
static void settle(struct tfs_table *table, const struct tfs_inode *inode)
{
    int64_t deadline_ns = tfs_monotonic_ns() + closing_wait_ns;
    while (inode->dropping ||
           (inode->writers > 0 && inode->writers == inode->closing + inode->truncating))
        if (!wait_until(table, deadline_ns))
            break;
}

static void settle_readers(struct tfs_table *table, const struct tfs_inode *inode)
{
    int64_t deadline_ns = tfs_monotonic_ns() + reader_wait_ns;
    while (inode->readers > 0 && inode->current)
        if (!wait_until(table, deadline_ns))
            break;
}

/* True if the inode waits for another thread to open it. With the lock held. */
static bool reserved(struct tfs_inode *inode, pid_t thread)
{
    if (inode->reserved_for == 0 || inode->reserved_for == thread ||
        inode->reserved_until_ns < tfs_monotonic_ns())
        inode->reserved_for = 0;
    return inode->reserved_for != 0;
}

/* sized: the size is that of what is shown, as it is of lines in any case. */
static void show(struct tfs_inode *inode, const struct bc_attr *attr, bool sized)
{
    inode->version = attr->version;
    inode->size_bytes = attr->size_bytes;
    inode->sized = sized || !tfs_is_rendered(inode);
    inode->mtime_ns = attr->mtime_ns;
    inode->ctime_ns = attr->ctime_ns;
}

/* Makes the inode the one that lookups find, unless another one shows this version or a later one
 * already. With the lock held. */
static void make_current(struct tfs_table *table, struct tfs_inode *inode)
{
    if (inode->gone)
        return;
    for (struct tfs_inode *i = tfs_inode_each(table, inode->branch, inode->node, NULL); i;
         i = tfs_inode_each(table, inode->branch, inode->node, i))
        if (i != inode && i->current && i->version >= inode->version)
            return;
    for (struct tfs_inode *i = tfs_inode_each(table, inode->branch, inode->node, NULL); i;
         i = tfs_inode_each(table, inode->branch, inode->node, i))
        i->current = false;
    inode->current = true;
}

static enum tfs_way through_cache(struct tfs_inode *inode)
{
    if (!inode->unclean)
        return TFS_SHARED;
    inode->dropping = true;
    return TFS_FRESH;
}

enum bc_status tfs_reader_enter(struct tfs_table *table, struct tfs_inode *inode,
                                struct tfs_visit *visit)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    settle(table, inode);
    bool blocked = reserved(inode, visit->thread) || inode->writers > 0 || inode->dropping;
    if (inode->gone) {
        st = BC_STALE;
    } else if (blocked && !visit->again) {
        inode->current = false;
        st = BC_STALE;
    } else if (blocked) {
        visit->way = TFS_DIRECT;
    } else {
        visit->way = through_cache(inode);
        inode->readers++;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

/* With the lock held. */
static void leave(struct tfs_table *table, struct tfs_inode *inode, enum tfs_way way)
{
    if (way == TFS_FRESH)
        inode->dropping = false;
    if (way != TFS_DIRECT)
        inode->readers--;
    (void)pthread_cond_broadcast(&table->settled);
}

enum bc_status tfs_reader_opened(struct tfs_table *table, struct tfs_inode *inode,
                                 const struct bc_attr *attr, struct tfs_visit *visit)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    if (visit->way == TFS_DIRECT || attr->version == inode->version) {
        if (attr->version == inode->version)
            show(inode, attr, true);
        if (visit->way != TFS_DIRECT && !inode->current)
            make_current(table, inode);
    } else if (inode->readers == 1 && inode->writers == 0) {
        show(inode, attr, true);
        inode->unclean = true;
        make_current(table, inode);
        visit->way = through_cache(inode);
    } else {
        leave(table, inode, visit->way);
        visit->way = TFS_DIRECT;
        inode->current = inode->current && visit->again;
        st = visit->again ? BC_OK : BC_STALE;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

void tfs_pages_dropped(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->dropping = false;
    inode->unclean = false;
    (void)pthread_cond_broadcast(&table->settled);
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_pages_raw(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->unclean = true;
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_reader_leave(struct tfs_table *table, struct tfs_inode *inode,
                      const struct tfs_visit *visit)
{
    (void)pthread_mutex_lock(&table->lock);
    leave(table, inode, visit->way);
    (void)pthread_mutex_unlock(&table->lock);
}

enum bc_status tfs_writer_enter(struct tfs_table *table, struct tfs_inode *inode,
                                struct tfs_handle *handle, struct tfs_visit *visit)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    settle(table, inode);
    settle_readers(table, inode);
    bool others = reserved(inode, visit->thread) || inode->readers > 0 || inode->writers > 0;
    if (inode->gone) {
        st = BC_STALE;
    } else if (others && !visit->again) {
        inode->current = false;
        st = BC_STALE;
    } else {
        visit->way = others ? TFS_DIRECT : inode->unclean ? TFS_FRESH : TFS_SHARED;
        inode->writers++;
        inode->writer = handle;
        inode->current = false;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

void tfs_writer_opened(struct tfs_table *table, struct tfs_inode *inode, const struct bc_attr *attr,
                       struct tfs_visit *visit)
{
    (void)pthread_mutex_lock(&table->lock);
    if (visit->way != TFS_DIRECT && attr->version != inode->version) {
        show(inode, attr, true);
        visit->way = TFS_FRESH;
    }
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_writer_state(struct tfs_table *table, struct tfs_inode *inode, struct tfs_handle *handle,
                      enum tfs_writer_state *state, enum tfs_writer_state next)
{
    (void)pthread_mutex_lock(&table->lock);
    if (*state == TFS_CLOSING)
        inode->closing--;
    if (*state == TFS_TRUNCATED) {
        inode->truncating--;
        (void)atomic_fetch_sub(&table->truncating, 1);
    }
    if (next == TFS_CLOSING)
        inode->closing++;
    if (next == TFS_TRUNCATED) {
        inode->truncating++;
        inode->truncating_until_ns = tfs_monotonic_ns() + truncation_wait_ns;
        (void)atomic_fetch_add(&table->truncating, 1);
    }
    if (next == TFS_WRITING) {
        inode->current = false;
        inode->writer = handle;
        inode->mtime_set = false;
    }
    if (next == TFS_GONE) {
        inode->writers--;
        if (inode->writer == handle)
            inode->writer = NULL;
    }
    *state = next;
    (void)pthread_cond_broadcast(&table->settled);
    (void)pthread_mutex_unlock(&table->lock);
}

bool tfs_version_became(struct tfs_table *table, struct tfs_inode *inode,
                        const struct bc_attr *attr, bool cached)
{
    bool others_known = false;
    (void)pthread_mutex_lock(&table->lock);
    bool fit = !cached && inode->readers == 0 && inode->writers <= 1 && !inode->gone;
    inode->unclean = true;
    if (attr->version > inode->version)
        show(inode, attr, false);
    /* The version that others find must not be an older one, whoever shows it. */
    for (struct tfs_inode *i = tfs_inode_each(table, inode->branch, inode->node, NULL); i;
         i = tfs_inode_each(table, inode->branch, inode->node, i)) {
        if (i->version < attr->version || (fit && i->version == attr->version))
            i->current = false;
        others_known = others_known || (i != inode && i->lookups > 0);
    }
    if (fit && inode->version == attr->version && attr->parent != 0)
        make_current(table, inode);
    (void)pthread_mutex_unlock(&table->lock);
    return others_known;
}

/* With the lock held. */
static bool unused(const struct tfs_inode *inode)
{
    return inode->readers == 0 && inode->writers == 0 && !inode->gone;
}

void tfs_inode_reuse(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    if (unused(inode) && !inode->current) {
        inode->unclean = true;
        make_current(table, inode);
    }
    (void)pthread_mutex_unlock(&table->lock);
}

bool tfs_version_sized(struct tfs_table *table, const struct tfs_inode *inode,
                       const struct bc_attr *attr, enum bc_syntax *syntax)
{
    (void)pthread_mutex_lock(&table->lock);
    bool pinned = attr->version != inode->version && inode->writers == 0 &&
                  !(unused(inode) && attr->version > inode->version);
    bool same = attr->version == inode->version && inode->sized;
    bool sized = !tfs_is_rendered(inode) || pinned || same;
    *syntax = inode->syntax;
    (void)pthread_mutex_unlock(&table->lock);
    return sized;
}

enum bc_status tfs_version_seen(struct tfs_table *table, struct tfs_inode *inode, bool sized,
                                struct bc_attr *attr)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    if (inode->gone && inode->readers == 0 && inode->writers == 0) {
        st = BC_STALE;
    } else if (unused(inode) && attr->version > inode->version) {
        show(inode, attr, sized);
        inode->unclean = true;
    } else if (attr->version == inode->version && tfs_is_rendered(inode)) {
        if (inode->sized)
            attr->size_bytes = inode->size_bytes;
        else if (sized)
            show(inode, attr, true);
    } else if (attr->version != inode->version && inode->writers == 0) {
        attr->size_bytes = inode->size_bytes;
        attr->mtime_ns = inode->mtime_ns;
        attr->ctime_ns = inode->ctime_ns;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

void tfs_mtime_set(struct tfs_table *table, struct tfs_inode *inode, int64_t mtime_ns)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->mtime_set = inode->writers > 0;
    inode->set_mtime_ns = mtime_ns;
    (void)pthread_mutex_unlock(&table->lock);
}

bool tfs_mtime_was_set(struct tfs_table *table, struct tfs_inode *inode, int64_t *mtime_ns)
{
    (void)pthread_mutex_lock(&table->lock);
    bool set = inode->mtime_set;
    *mtime_ns = inode->set_mtime_ns;
    (void)pthread_mutex_unlock(&table->lock);
    return set;
}

void tfs_node_converted(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                        void (*each)(void *context, struct tfs_inode *inode), void *context)
{
    (void)pthread_mutex_lock(&table->lock);
    for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
         i = tfs_inode_each(table, branch, node, i)) {
        i->current = false;
        i->gone = true;
        if (i->lookups > 0)
            each(context, i);
    }
    (void)pthread_mutex_unlock(&table->lock);
}

/* With the lock held: it shows something else than before, of the same version or not. */
static void forget_shown(struct tfs_inode *inode,
                         void (*each)(void *context, struct tfs_inode *inode, bool follows),
                         void *context)
{
    if (!tfs_is_rendered(inode) || inode->control || inode->gone)
        return;
    bool follows = unused(inode);
    inode->version = 0;
    inode->unclean = true;
    inode->sized = inode->sized && !follows;
    inode->current = inode->current && follows;
    if (inode->lookups > 0)
        each(context, inode, follows);
}

void tfs_node_reshown(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                      void (*each)(void *context, struct tfs_inode *inode, bool follows),
                      void *context)
{
    (void)pthread_mutex_lock(&table->lock);
    for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
         i = tfs_inode_each(table, branch, node, i))
        forget_shown(i, each, context);
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_all_reshown(struct tfs_table *table,
                     void (*each)(void *context, struct tfs_inode *inode, bool follows),
                     void *context)
{
    (void)pthread_mutex_lock(&table->lock);
    for (size_t slot = 0; slot <= table->slot_mask; slot++)
        for (struct tfs_inode *i = table->slots[slot]; i; i = i->next)
            forget_shown(i, each, context);
    (void)pthread_mutex_unlock(&table->lock);
}

/* With the lock held: it is not the file any more, whoever has it open. */
static void leave_behind(struct tfs_inode *inode, struct bc_branch *before)
{
    inode->gone = true;
    inode->current = false;
    if (inode->kind == BC_FILE && inode->pins > 0 && !inode->past)
        __atomic_store_n(&inode->past, bc_branch_retain(before), __ATOMIC_RELEASE);
}

/* With the lock held. False: the inode does not follow. */
static bool move_inode(struct tfs_inode *inode, const struct tfs_node_move *move)
{
    const struct bc_attr *attr = move->attr;
    if (!attr || move->born || inode->kind != attr->kind || inode->text != move->text ||
        (inode->text && !tfs_shows_same(inode->syntax, move->syntax)) ||
        (inode->kind == BC_FILE && !inode->text && move->content && inode->pins > 0)) {
        leave_behind(inode, move->before);
        return false;
    }
    if (!inode->text)
        return true;
    inode->syntax = move->syntax;
    if (inode->version == attr->version)
        return true;
    if (!unused(inode)) {
        inode->version = 0;
        inode->current = false;
        return false;
    }
    show(inode, attr, false);
    inode->unclean = true;
    return true;
}

bool tfs_node_moved(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                    const struct tfs_node_move *move,
                    void (*each)(void *context, struct tfs_inode *inode, bool follows),
                    void *context)
{
    bool elsewhere = false;
    (void)pthread_mutex_lock(&table->lock);
    for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
         i = tfs_inode_each(table, branch, node, i)) {
        bool gone = i->gone;
        bool follows = !gone && move_inode(i, move);
        elsewhere = elsewhere || (!gone && !follows);
        if (i->lookups > 0)
            each(context, i, follows);
    }
    (void)pthread_mutex_unlock(&table->lock);
    return elsewhere;
}

void tfs_tree_left(struct tfs_table *table, const struct tfs_branch *branch,
                   struct bc_branch *before)
{
    (void)pthread_mutex_lock(&table->lock);
    for (size_t slot = 0; slot <= table->slot_mask; slot++)
        for (struct tfs_inode *i = table->slots[slot]; i; i = i->next)
            if (i->branch == branch && !i->control && !i->gone)
                leave_behind(i, before);
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_node_syntax(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                     enum bc_syntax syntax)
{
    (void)pthread_mutex_lock(&table->lock);
    for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
         i = tfs_inode_each(table, branch, node, i))
        i->syntax = syntax;
    (void)pthread_mutex_unlock(&table->lock);
}

/* With the lock held: until when a truncation of the file is worth waiting for; 0: there is none.
 */
static int64_t truncation_deadline(struct tfs_table *table, const struct tfs_branch *branch,
                                   uint64_t node)
{
    int64_t deadline_ns = 0;
    if (node) {
        for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
             i = tfs_inode_each(table, branch, node, i))
            if (i->truncating > 0 && i->truncating_until_ns > deadline_ns)
                deadline_ns = i->truncating_until_ns;
        return deadline_ns;
    }
    for (size_t slot = 0; slot <= table->slot_mask; slot++)
        for (struct tfs_inode *i = table->slots[slot]; i; i = i->next)
            if (i->branch == branch && i->truncating > 0 && i->truncating_until_ns > deadline_ns)
                deadline_ns = i->truncating_until_ns;
    return deadline_ns;
}

bool tfs_wait_truncation(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node)
{
    bool waited = false;
    if (atomic_load(&table->truncating) == 0)
        return false;
    (void)pthread_mutex_lock(&table->lock);
    for (;;) {
        int64_t deadline_ns = truncation_deadline(table, branch, node);
        if (deadline_ns == 0 || !wait_until(table, deadline_ns))
            break;
        waited = true;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return waited;
}
