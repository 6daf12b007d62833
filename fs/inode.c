#include "fs/inode.h"

#include "fs/line.h"
#include "fs/shown_size.h"

#include <stdio.h>
#include <string.h>

static const uint64_t control_bit = UINT64_C(1) << 63;

static size_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a + UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xff51afd7ed558ccd));
    x ^= x >> 32;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return (size_t)(x ^ (x >> 29));
}

static uint64_t hash_text(uint64_t seed, const char *text)
{
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return h;
}

/* Controls have no node: what stands for one comes from its address and path. */
static uint64_t control_node(const struct tfs_control *control, const char *path)
{
    return hash_text((uint64_t)(uintptr_t)control, path);
}

static struct tfs_inode **slot_of(struct tfs_table *table, const struct tfs_branch *branch,
                                  uint64_t node)
{
    return &table->slots[mix(branch ? branch->id : 0, node) & table->slot_mask];
}

uint64_t tfs_number_of(uint64_t branch, uint64_t node)
{
    uint64_t number = ((branch << 36) ^ node) & ~control_bit;
    return number > 1 ? number : number + 2;
}

uint64_t tfs_number(const struct tfs_inode *inode)
{
    if (inode->control)
        return control_bit | mix(inode->branch ? inode->branch->id : 0, inode->node);
    if (!inode->branch)
        return 1;
    return tfs_number_of(inode->branch->id, inode->node);
}

static void init_moving(pthread_rwlock_t *moving)
{
    pthread_rwlockattr_t attr;
    (void)pthread_rwlockattr_init(&attr);
    /* A move does not wait until nobody looks any more. */
    (void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(moving, &attr);
    (void)pthread_rwlockattr_destroy(&attr);
}

enum bc_status tfs_table_init(struct tfs_table *table)
{
    enum { FIRST_SLOTS = 1024 };
    *table = (struct tfs_table){0};
    table->slots = bc_alloc_zero(FIRST_SLOTS * sizeof(void *));
    if (!table->slots)
        return BC_NO_MEMORY;
    table->slot_mask = FIRST_SLOTS - 1;
    table->root = (struct tfs_inode){.path = "", .kind = BC_DIRECTORY, .current = true};
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&table->settled, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&table->lock, NULL);
    tfs_retries_init(&table->retries);
    init_moving(&table->showing);
    return BC_OK;
}

/* Without the lock: a file whose name is gone may end here. */
static void inode_free(struct tfs_inode *inode)
{
    if (inode->held)
        bc_node_close(inode->branch->branch, inode->node);
    bc_branch_release(inode->past);
    if (inode->path[0])
        bc_free((void *)(uintptr_t)inode->path);
    bc_free(inode);
}

/* Without the trees that it lies below. */
static void branch_free(struct tfs_branch *branch)
{
    bc_branch_release(branch->branch);
    tfs_report_release(&branch->patched);
    tfs_report_release(&branch->rewritten);
    tfs_errors_release(&branch->errors);
    (void)pthread_rwlock_destroy(&branch->moving);
    bc_free(branch->ref);
    bc_free(branch);
}

void tfs_table_release(struct tfs_table *table)
{
    for (size_t i = 0; i <= table->slot_mask; i++) {
        while (table->slots[i]) {
            struct tfs_inode *inode = table->slots[i];
            table->slots[i] = inode->next;
            inode_free(inode);
        }
    }
    for (size_t i = 0; i < TFS_BRANCH_SLOTS; i++) {
        while (table->branches[i]) {
            struct tfs_branch *branch = table->branches[i];
            table->branches[i] = branch->next;
            branch_free(branch);
        }
    }
    bc_free(table->slots);
    (void)pthread_cond_destroy(&table->settled);
    tfs_retries_release(&table->retries);
    (void)pthread_rwlock_destroy(&table->showing);
    (void)pthread_mutex_destroy(&table->lock);
}

static struct tfs_branch **branch_slot(struct tfs_table *table, uint64_t id)
{
    return &table->branches[mix(id, 0) % TFS_BRANCH_SLOTS];
}

/* With the lock held. */
static struct tfs_branch *find_branch(struct tfs_table *table, uint64_t id)
{
    struct tfs_branch *branch = *branch_slot(table, id);
    while (branch && (branch->id != id || branch->retired || branch->tree == TFS_TREE_PAST))
        branch = branch->next;
    return branch;
}

/* With the lock held: one use less. Returns the branch if it is to be freed, else NULL. */
static struct tfs_branch *let_go(struct tfs_table *table, struct tfs_branch *branch)
{
    if (--branch->uses > 0 || (!branch->retired && branch->tree == TFS_TREE_BRANCH))
        return NULL;
    struct tfs_branch **link = branch_slot(table, branch->id);
    while (*link != branch)
        link = &(*link)->next;
    *link = branch->next;
    return branch;
}

/* Frees what let_go gave, and what was used by it alone. */
static void branch_end(struct tfs_table *table, struct tfs_branch *branch)
{
    while (branch) {
        struct tfs_branch *here = branch->here;
        struct tfs_branch *files = branch->files;
        (void)pthread_mutex_lock(&table->lock);
        struct tfs_branch *last_files = files ? let_go(table, files) : NULL;
        struct tfs_branch *last_here = here ? let_go(table, here) : NULL;
        (void)pthread_mutex_unlock(&table->lock);
        branch_free(branch);
        if (last_files)
            branch_free(last_files); /* lies below nothing */
        branch = last_here;
    }
}

void tfs_branch_put(struct tfs_table *table, struct tfs_branch *branch)
{
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_branch *last = let_go(table, branch);
    (void)pthread_mutex_unlock(&table->lock);
    branch_end(table, last);
}

static struct tfs_branch *branch_new(struct bc_branch *branch, uint64_t id, const char *ref)
{
    struct tfs_branch *made = bc_alloc_zero(sizeof *made);
    char *copy = made && ref ? bc_copy_string(ref, strlen(ref)) : NULL;
    if (!made || (ref && !copy)) {
        bc_free(made);
        return NULL;
    }
    made->id = id;
    made->ref = copy;
    made->branch = bc_branch_retain(branch);
    init_moving(&made->moving);
    atomic_init(&made->moves, bc_branch_moves(branch));
    tfs_errors_init(&made->errors);
    tfs_report_init(&made->patched);
    tfs_report_init(&made->rewritten);
    return made;
}

struct tfs_branch *tfs_branch_known(struct tfs_table *table, uint64_t id)
{
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_branch *known = find_branch(table, id);
    if (known)
        known->uses++;
    (void)pthread_mutex_unlock(&table->lock);
    return known;
}

enum bc_status tfs_branch_of(struct tfs_table *table, struct bc_branch *branch,
                             struct tfs_branch **found)
{
    uint64_t id = bc_branch_id(branch);
    struct tfs_branch *known = tfs_branch_known(table, id);
    struct bc_attr attr;
    if (known && bc_tree_stat(known->branch, BC_ROOT_NODE, &attr) != BC_STALE) {
        *found = known;
        return BC_OK;
    }
    struct tfs_branch *made = branch_new(branch, id, NULL);
    struct tfs_branch *unused = made;
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_branch *other = find_branch(table, id);
    if (other && other == known)
        other->retired = true;
    if (made && (!other || other == known)) {
        made->next = *branch_slot(table, id);
        *branch_slot(table, id) = made;
        other = made;
        unused = NULL;
    }
    if (made)
        other->uses++;
    struct tfs_branch *last = known ? let_go(table, known) : NULL;
    (void)pthread_mutex_unlock(&table->lock);
    if (unused)
        branch_free(unused);
    branch_end(table, last);
    if (!made)
        return BC_NO_MEMORY;
    *found = other;
    return BC_OK;
}

static bool is_tree(const struct tfs_branch *branch, const struct tfs_tree_key *key)
{
    if (branch->tree != key->tree || branch->id != key->id || branch->here != key->here ||
        branch->files != key->files || !branch->ref != !key->ref ||
        branch->has_head != (key->head != NULL))
        return false;
    return (!key->ref || strcmp(branch->ref, key->ref) == 0) &&
           (!key->head || bc_commit_id_equal(&branch->head, key->head));
}

enum bc_status tfs_tree_of(struct tfs_table *table, struct bc_branch *tree,
                           const struct tfs_tree_key *key, struct tfs_branch **found)
{
    struct tfs_branch *made = branch_new(tree, key->id, key->ref);
    if (!made)
        return BC_NO_MEMORY;
    made->tree = key->tree;
    made->has_head = key->head != NULL;
    if (key->head)
        made->head = *key->head;
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_branch *known = *branch_slot(table, key->id);
    while (known && !is_tree(known, key))
        known = known->next;
    struct tfs_branch *unused = known ? made : NULL;
    if (!known) {
        made->here = key->here;
        made->files = key->files;
        if (made->here)
            made->here->uses++;
        if (made->files)
            made->files->uses++;
        made->next = *branch_slot(table, key->id);
        *branch_slot(table, key->id) = made;
        known = made;
    }
    known->uses++;
    (void)pthread_mutex_unlock(&table->lock);
    if (unused)
        branch_free(unused);
    *found = known;
    return BC_OK;
}

struct tfs_branch *tfs_tree_top(struct tfs_branch *branch)
{
    while (branch && branch->tree != TFS_TREE_BRANCH)
        branch = branch->here;
    return branch;
}

void tfs_branch_retire(struct tfs_table *table, uint64_t id)
{
    struct tfs_branch *branch = tfs_branch_known(table, id);
    if (!branch)
        return;
    (void)pthread_mutex_lock(&table->lock);
    branch->retired = true;
    (void)pthread_mutex_unlock(&table->lock);
    tfs_branch_put(table, branch);
}

struct name_search {
    uint64_t id;
    char *name;
    bool found;
};

static enum bc_status match_name(void *context, const struct bc_branch_info *info)
{
    struct name_search *search = context;
    if (info->id == search->id) {
        (void)snprintf(search->name, BC_BRANCH_NAME_MAX + 1, "%s", info->name);
        search->found = true;
    }
    return BC_OK;
}

bool tfs_branch_name(struct tfs_table *table, struct bc_repo *repo, uint64_t id,
                     char name[BC_BRANCH_NAME_MAX + 1])
{
    struct tfs_branch *known = tfs_branch_known(table, id);
    if (known) {
        bool conflicts = known->tree == TFS_TREE_CONFLICTS;
        bc_branch_name(tfs_tree_top(known)->branch, name);
        tfs_branch_put(table, known);
        return conflicts;
    }
    struct name_search search = {.id = id, .name = name};
    (void)bc_branch_each(repo, match_name, &search);
    if (!search.found)
        (void)snprintf(name, BC_BRANCH_NAME_MAX + 1, "#%llu", (unsigned long long)id);
    return false;
}

/* With the lock held. Without memory the slots just get longer. */
static void grow(struct tfs_table *table)
{
    if (table->count <= table->slot_mask)
        return;
    size_t mask = table->slot_mask * 4 + 3;
    struct tfs_inode **slots = bc_alloc_array(mask + 1, sizeof(void *));
    if (!slots)
        return;
    memset(slots, 0, (mask + 1) * sizeof(void *));
    struct tfs_inode **old = table->slots;
    size_t old_mask = table->slot_mask;
    table->slots = slots;
    table->slot_mask = mask;
    for (size_t i = 0; i <= old_mask; i++) {
        while (old[i]) {
            struct tfs_inode *inode = old[i];
            old[i] = inode->next;
            struct tfs_inode **slot = slot_of(table, inode->branch, inode->node);
            inode->next = *slot;
            *slot = inode;
        }
    }
    bc_free(old);
}

static void insert(struct tfs_table *table, struct tfs_inode *inode)
{
    grow(table);
    struct tfs_inode **slot = slot_of(table, inode->branch, inode->node);
    inode->next = *slot;
    *slot = inode;
    table->count++;
    if (inode->branch)
        inode->branch->uses++;
}

/* Unlocks, and frees the inode if nobody knows it any more. */
static void unlock_and_free(struct tfs_table *table, struct tfs_inode *inode)
{
    bool unused = inode != &table->root && inode->lookups == 0 && inode->pins == 0;
    if (unused) {
        struct tfs_inode **link = slot_of(table, inode->branch, inode->node);
        while (*link != inode)
            link = &(*link)->next;
        *link = inode->next;
        table->count--;
    }
    (void)pthread_mutex_unlock(&table->lock);
    if (!unused)
        return;
    struct tfs_branch *branch = inode->branch;
    inode_free(inode);
    if (branch)
        tfs_branch_put(table, branch);
}

struct tfs_inode *tfs_inode_each(struct tfs_table *table, const struct tfs_branch *branch,
                                 uint64_t node, struct tfs_inode *previous)
{
    struct tfs_inode *inode = previous ? previous->next : *slot_of(table, branch, node);
    while (inode && (inode->branch != branch || inode->node != node || inode->control))
        inode = inode->next;
    return inode;
}

/* The one that lookups find, or NULL. */
static struct tfs_inode *find_current(struct tfs_table *table, const struct tfs_branch *branch,
                                      uint64_t node)
{
    struct tfs_inode *inode = tfs_inode_each(table, branch, node, NULL);
    while (inode && !inode->current)
        inode = tfs_inode_each(table, branch, node, inode);
    return inode;
}

static void show(struct tfs_inode *inode, const struct bc_attr *attr, bool sized)
{
    inode->version = inode->text ? attr->version : 0;
    inode->size_bytes = attr->size_bytes;
    inode->sized = sized;
    inode->mtime_ns = attr->mtime_ns;
    inode->ctime_ns = attr->ctime_ns;
}

static struct tfs_inode *inode_new(struct tfs_table *table, struct tfs_branch *branch,
                                   const struct bc_attr *attr, bool sized, bool text, bool current)
{
    struct tfs_inode *inode = bc_alloc_zero(sizeof *inode);
    if (!inode)
        return NULL;
    inode->branch = branch;
    inode->path = "";
    inode->node = attr->node;
    inode->kind = attr->kind;
    inode->text = text;
    inode->current = current;
    show(inode, attr, sized);
    insert(table, inode);
    return inode;
}

static void reserve(struct tfs_inode *inode, pid_t thread)
{
    inode->reserved_for = thread;
    inode->reserved_until_ns = tfs_monotonic_ns() + TFS_RETRY_NS;
}

/* With the lock held: an inode that nobody has open follows the file to its next version; one that
 * somebody has keeps its own and is not found any more. False: not found any more. */
static bool follow(struct tfs_inode *inode, const struct bc_attr *attr, bool sized, bool text,
                   enum bc_syntax syntax)
{
    if (inode->text != text || (text && !tfs_shows_same(inode->syntax, syntax))) {
        inode->gone = true;
        inode->current = false;
    } else if (text && inode->version != attr->version) {
        inode->current = inode->readers == 0 && inode->writers == 0;
        if (inode->current) {
            show(inode, attr, sized);
            inode->unclean = true;
        }
    } else if (sized && !inode->sized) {
        inode->size_bytes = attr->size_bytes;
        inode->sized = true;
    }
    return inode->current;
}

enum bc_status tfs_inode_see(struct tfs_table *table, struct tfs_branch *branch,
                             const struct bc_attr *attr, bool sized, struct bc_slice name,
                             pid_t thread, struct tfs_inode **inode)
{
    if (branch->files && attr->kind != BC_DIRECTORY)
        branch = branch->files;
    enum bc_syntax syntax;
    bool text = tfs_text_of_name(attr, name, &syntax);
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_inode *found = find_current(table, branch, attr->node);
    if (found && found->text && text && found->version > attr->version) {
        st = BC_BUSY;
    } else {
        if (found && !follow(found, attr, sized, text, syntax))
            found = NULL;
        bool alone = text && tfs_retry_known(&table->retries, branch, thread, false);
        if (!found || alone)
            found = inode_new(table, branch, attr, sized, text, !alone);
        if (found && alone)
            reserve(found, thread);
        if (found) {
            found->syntax = syntax;
            found->lookups++;
        } else {
            st = BC_NO_MEMORY;
        }
    }
    (void)pthread_mutex_unlock(&table->lock);
    *inode = found;
    return st;
}

/* With the lock held. */
static struct tfs_inode *find_control(struct tfs_table *table, struct tfs_branch *branch,
                                      const struct tfs_control *control, const char *path)
{
    struct tfs_inode *inode = *slot_of(table, branch, control_node(control, path));
    while (inode && (inode->branch != branch || inode->control != control || inode->gone ||
                     strcmp(inode->path, path) != 0))
        inode = inode->next;
    return inode;
}

bool tfs_control_known(struct tfs_table *table, struct tfs_branch *branch,
                       const struct tfs_control *control, const char *path)
{
    (void)pthread_mutex_lock(&table->lock);
    bool known = find_control(table, branch, control, path) != NULL;
    (void)pthread_mutex_unlock(&table->lock);
    return known;
}

void tfs_control_forget(struct tfs_table *table, struct tfs_branch *branch,
                        const struct tfs_control *control, const char *path)
{
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_inode *inode = find_control(table, branch, control, path);
    if (inode)
        inode->gone = true;
    (void)pthread_mutex_unlock(&table->lock);
}

enum bc_status tfs_inode_see_control(struct tfs_table *table, struct tfs_branch *branch,
                                     const struct tfs_control *control, const char *path,
                                     bool folder, struct tfs_inode **inode)
{
    enum bc_status st = BC_NO_MEMORY;
    enum bc_kind kind = folder ? BC_DIRECTORY : BC_FILE;
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_inode *found = find_control(table, branch, control, path);
    if (found && found->kind != kind) {
        found->gone = true;
        found = NULL;
    }
    if (!found) {
        found = bc_alloc_zero(sizeof *found);
        const char *copy = path[0] ? bc_copy_string(path, strlen(path)) : "";
        if (!found || !copy) {
            bc_free(found);
            if (copy && path[0])
                bc_free((void *)(uintptr_t)copy);
            found = NULL;
        } else {
            found->branch = branch;
            found->control = control;
            found->path = copy;
            found->node = control_node(control, path);
            found->kind = kind;
            found->current = true;
            insert(table, found);
        }
    }
    if (found) {
        found->lookups++;
        *inode = found;
        st = BC_OK;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return st;
}

void tfs_inode_forget(struct tfs_table *table, struct tfs_inode *inode, uint64_t lookups)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->lookups -= lookups < inode->lookups ? lookups : inode->lookups;
    unlock_and_free(table, inode);
}

void tfs_inode_pin(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->pins++;
    (void)pthread_mutex_unlock(&table->lock);
}

void tfs_inode_unpin(struct tfs_table *table, struct tfs_inode *inode)
{
    (void)pthread_mutex_lock(&table->lock);
    inode->pins--;
    unlock_and_free(table, inode);
}

enum bc_status tfs_inode_hold(struct tfs_table *table, struct tfs_inode *inode)
{
    enum bc_status st = bc_node_open(inode->branch->branch, inode->node);
    if (st)
        return st;
    (void)pthread_mutex_lock(&table->lock);
    bool twice = inode->held;
    inode->held = true;
    (void)pthread_mutex_unlock(&table->lock);
    if (twice)
        bc_node_close(inode->branch->branch, inode->node);
    return BC_OK;
}

/* With the lock held. */
static struct tfs_inode *find_known(struct tfs_table *table, const struct tfs_branch *branch,
                                    uint64_t node)
{
    struct tfs_inode *inode = find_current(table, branch, node);
    return inode && inode->lookups > 0 ? inode : NULL;
}

struct tfs_inode *tfs_inode_known(struct tfs_table *table, const struct tfs_branch *branch,
                                  uint64_t node)
{
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_inode *inode = find_known(table, branch, node);
    if (inode)
        inode->pins++;
    (void)pthread_mutex_unlock(&table->lock);
    return inode;
}

struct tfs_inode *tfs_inode_gone(struct tfs_table *table, struct tfs_branch *branch,
                                 const struct bc_attr *attr)
{
    (void)pthread_mutex_lock(&table->lock);
    struct tfs_inode *inode = inode_new(table, branch, attr, true, false, false);
    if (inode) {
        inode->gone = true;
        inode->pins++;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return inode;
}

uint64_t tfs_folder_nodeid(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node)
{
    (void)pthread_mutex_lock(&table->lock);
    uint64_t nodeid = (uint64_t)(uintptr_t)find_known(table, branch, node);
    (void)pthread_mutex_unlock(&table->lock);
    return nodeid;
}

size_t tfs_inode_count(struct tfs_table *table)
{
    (void)pthread_mutex_lock(&table->lock);
    size_t count = table->count;
    (void)pthread_mutex_unlock(&table->lock);
    return count;
}
