#include "branchcore/merge_last.h"

#include "branchcore/bytes.h"
#include "branchcore/merging.h"
#include "branchcore/spool.h"

struct bc_merge_last {
    struct bc_repo *repo;
    atomic_uint refs;
    struct bc_buffer head;
    struct bc_branch *tree; /* that the lines are a file of; NULL: they are in the spool */
    uint64_t node;
    pthread_mutex_t lock; /* of the spool */
    struct bc_spool spool;
};

/* The file of the lines in the root of its tree; nobody sees the name. */
static struct bc_slice file_name(void)
{
    return bc_slice("lines", 5);
}

struct bc_merge_last *bc_merge_last_new(struct bc_repo *repo)
{
    struct bc_merge_last *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return NULL;
    made->repo = repo;
    atomic_init(&made->refs, 1);
    made->spool = bc_spool(repo->spool_directory);
    pthread_mutex_init(&made->lock, NULL);
    return made;
}

struct bc_merge_last *bc_merge_last_retain(struct bc_merge_last *last)
{
    if (last)
        (void)atomic_fetch_add(&last->refs, 1);
    return last;
}

void bc_merge_last_close(struct bc_merge_last *last)
{
    if (!last || atomic_fetch_sub(&last->refs, 1) > 1)
        return;
    bc_branch_release(last->tree);
    bc_spool_release(&last->spool);
    bc_buffer_release(&last->head);
    pthread_mutex_destroy(&last->lock);
    bc_free(last);
}

enum bc_status bc_merge_last_set_head(struct bc_merge_last *last, struct bc_slice head)
{
    bc_buffer_clear(&last->head);
    return bc_buffer_append(&last->head, head.data, head.size);
}

enum bc_status bc_merge_last_add(struct bc_merge_last *last, struct bc_slice lines)
{
    return bc_spool_write(&last->spool, last->spool.size_bytes, lines.data, lines.size);
}

/* Reading. */

static enum bc_status read_lines(struct bc_merge_last *last, uint64_t offset, void *to, size_t size,
                                 size_t *done)
{
    if (last->tree)
        return bc_bytes_read(last->tree, last->node, offset, to, size, done);
    pthread_mutex_lock(&last->lock);
    enum bc_status st = bc_spool_read(&last->spool, offset, to, size, done);
    pthread_mutex_unlock(&last->lock);
    return st;
}

enum bc_status bc_merge_last_read(struct bc_merge_last *last, uint64_t offset, void *to,
                                  size_t size, size_t *done)
{
    const struct bc_buffer *head = &last->head;
    size_t part = offset < head->size ? head->size - (size_t)offset : 0;
    size_t more = 0;
    if (part > size)
        part = size;
    if (part)
        memcpy(to, head->data + offset, part);
    enum bc_status st = part < size ? read_lines(last, offset + part - head->size,
                                                 (char *)to + part, size - part, &more)
                                    : BC_OK;
    *done = st ? 0 : part + more;
    return st;
}

/* Layers. */

static enum bc_status copy_lines(struct bc_merge_last *last, struct bc_branch *tree, uint64_t node)
{
    char *piece = bc_alloc(BC_SPOOL_MEMORY);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    for (uint64_t at = 0; !st && at < last->spool.size_bytes;) {
        size_t size;
        st = read_lines(last, at, piece, BC_SPOOL_MEMORY, &size);
        if (!st)
            st = size ? bc_bytes_write(tree, node, at, piece, size, false, NULL) : BC_IO;
        at += size;
    }
    bc_free(piece);
    return st;
}

enum bc_status bc_merge_last_freeze(struct bc_merge_last *last, struct bc_branch *like,
                                    struct bc_branch **tree)
{
    struct bc_make make = {.kind = BC_FILE, .mode = 0600};
    struct bc_attr attr;
    struct bc_branch *made = NULL;
    struct bc_layer *top = NULL;
    enum bc_status st = bc_scratch_new(last->repo, 0, &made);
    if (!st)
        st = bc_adopt_root(made, like);
    if (!st)
        st = bc_tree_make(made, BC_ROOT_NODE, file_name(), &make, &attr);
    if (!st)
        st = copy_lines(last, made, attr.node);
    if (!st)
        st = bc_branch_freeze(made, &top);
    bc_layer_release(last->repo, top);
    if (st) {
        bc_branch_release(made);
        return st;
    }
    *tree = made;
    return BC_OK;
}

static enum bc_status open_lines(struct bc_merge_last *last, uint64_t layer)
{
    struct bc_attr attr;
    enum bc_status st = bc_branch_past(last->repo, layer, &last->tree);
    if (!st)
        st = bc_tree_find(last->tree, file_name(), &attr);
    if (!st)
        last->node = attr.node;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_merge_last_thaw(struct bc_repo *repo, struct bc_slice head, uint64_t layer,
                                  struct bc_merge_last **last)
{
    struct bc_merge_last *made = bc_merge_last_new(repo);
    if (!made)
        return BC_NO_MEMORY;
    enum bc_status st = bc_merge_last_set_head(made, head);
    if (!st && layer)
        st = open_lines(made, layer);
    if (st) {
        bc_merge_last_close(made);
        return st;
    }
    *last = made;
    return BC_OK;
}

static enum bc_status open_waiting(struct bc_branch *branch, struct bc_merge_last **last)
{
    struct bc_waiting waiting;
    enum bc_status st = bc_waiting_get(branch, &waiting);
    if (st)
        return st;
    st = bc_merge_last_thaw(branch->repo, waiting.report, waiting.lines_layer, last);
    bc_waiting_release(&waiting);
    return st;
}

enum bc_status bc_merge_last_open(struct bc_branch *ours, struct bc_merge_last **last)
{
    enum bc_status st = open_waiting(ours, last);
    /* It may have been aborted, and its layers collected, in between. */
    if (st == BC_CORRUPT)
        st = open_waiting(ours, last);
    if (st != BC_NO_DATA)
        return st;
    *last = bc_merge_noted(ours);
    if (!*last)
        *last = bc_merge_last_new(ours->repo);
    return *last ? BC_OK : BC_NO_MEMORY;
}
