#include "fs/versions.h"

#include "fs/line.h"

#include <stdbool.h>
#include <time.h>

static const int64_t closing_wait_ns = 5 * 1000000;
static const int64_t reader_wait_ns = 2 * 1000000;
static const int64_t truncation_wait_ns = 10 * 1000000;

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

/* The kernel sends releases late: an inode whose last users are about to go is worth a moment. */
static void settle_writers(struct tfs_table *table, const struct tfs_inode *inode)
{
    int64_t deadline_ns = tfs_monotonic_ns() + closing_wait_ns;
    while (inode->writers > 0 && inode->writers == inode->closing)
        if (!wait_until(table, deadline_ns))
            break;
}

static void settle_readers(struct tfs_table *table, const struct tfs_inode *inode)
{
    int64_t deadline_ns = tfs_monotonic_ns() + reader_wait_ns;
    while (inode->readers > 0 && !inode->stale)
        if (!wait_until(table, deadline_ns))
            break;
}

enum bc_status tfs_reader_enter(struct tfs_table *table, struct tfs_inode *inode)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    settle_writers(table, inode);
    if (inode->stale || inode->raw_pages) {
        st = BC_STALE;
    } else if (inode->writers > 0) {
        inode->current = false;
        st = BC_STALE;
    } else {
        inode->readers++;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

void tfs_reader_leave(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->readers--;
    (void)pthread_cond_broadcast(&table->settled);
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_inode_outdated(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->current = false;
    inode->stale = true;
    (void)pthread_mutex_unlock(&table->lock);
}

enum bc_status tfs_writer_enter(struct tfs_table *table, struct tfs_inode *inode, pid_t pid,
                                struct tfs_handle *handle, bool *alone)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    settle_writers(table, inode);
    settle_readers(table, inode);
    bool others = inode->readers > 0 || inode->writers > 0;
    if (inode->stale || (inode->raw_pages && !others)) {
        st = BC_STALE;
    } else if (others && inode->refuge_for != pid) {
        inode->current = false;
        inode->hidden_for = pid;
        st = BC_STALE;
    } else {
        inode->writers++;
        inode->writer = handle;
        inode->current = false;
        inode->refuge_for = 0;
        if (alone)
            *alone = !others;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

bool tfs_writer_state(struct tfs_table *table, struct tfs_inode *inode, struct tfs_handle *handle,
                      enum tfs_writer_state *state, enum tfs_writer_state next)
{
    bool hid = false;
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
        hid = inode->current;
        inode->current = false;
        inode->writer = handle;
    }
    if (next == TFS_GONE) {
        inode->writers--;
        if (inode->writer == handle)
            inode->writer = NULL;
    }
    *state = next;
    (void)pthread_cond_broadcast(&table->settled);
    (void)pthread_mutex_unlock(&table->lock);
    return hid;
}

static void show(struct tfs_inode *inode, const struct bc_attr *attr)
{
    inode->version = attr->version;
    inode->size_bytes = attr->size_bytes;
    inode->triples = attr->triples;
    inode->mtime_ns = attr->mtime_ns;
    inode->ctime_ns = attr->ctime_ns;
}

/* With the lock held: what shows an older version is stale. False if a newer one is shown. */
static bool retire_older(struct tfs_table *table, const struct tfs_branch *branch,
                         const struct bc_attr *attr, const struct tfs_inode *except)
{
    bool newest = true;
    for (struct tfs_inode *i = tfs_inode_each(table, branch, attr->node, NULL); i;
         i = tfs_inode_each(table, branch, attr->node, i)) {
        if (i == except || !i->text)
            continue;
        if (i->version > attr->version) {
            newest = newest && !i->current;
        } else if (i->writers == 0 && (i->version < attr->version || except)) {
            i->current = false;
            i->stale = i->stale || i->version < attr->version;
        }
    }
    return newest;
}

bool tfs_version_became(struct tfs_table *table, struct tfs_branch *branch,
                        const struct bc_attr *attr, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    bool fit = inode && !inode->stale && !inode->raw_pages && inode->readers == 0 &&
               inode->writers <= 1 && attr->parent != 0 && attr->version >= inode->version;
    bool reused = retire_older(table, branch, attr, fit ? inode : NULL) && fit;
    if (inode && inode->version <= attr->version)
        show(inode, attr);
    if (reused)
        inode->current = true;
    (void)pthread_mutex_unlock(&table->lock);
    return reused;
}

/* With the lock held. */
static bool unused(const struct tfs_inode *inode)
{
    return inode->readers == 0 && inode->writers == 0 && !inode->stale && !inode->current;
}

bool tfs_inode_reusable(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    bool reusable = unused(inode);
    (void)pthread_mutex_unlock(&table->lock);
    return reusable;
}

void tfs_inode_reuse(struct tfs_table *table, struct tfs_inode *inode, const struct bc_attr *attr)
{
    (void)pthread_mutex_lock(&table->lock);
    if (!unused(inode)) {
        (void)pthread_mutex_unlock(&table->lock);
        return;
    }
    if (inode->version <= attr->version && attr->parent != 0 &&
        retire_older(table, inode->branch, attr, inode)) {
        inode->raw_pages = false;
        inode->current = true;
        show(inode, attr);
    } else {
        inode->stale = true;
    }
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_node_converted(struct tfs_table *table, struct tfs_branch *branch, uint64_t node)
{
    (void)pthread_mutex_lock(&table->lock);
    for (struct tfs_inode *i = tfs_inode_each(table, branch, node, NULL); i;
         i = tfs_inode_each(table, branch, node, i)) {
        i->current = false;
        i->stale = true;
    }
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
