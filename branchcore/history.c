#include "branchcore/history.h"

#include "branchcore/commit_graph.h"

/* One walk down from some commits. */
struct walk {
    struct bc_graph graph;
    struct bc_graph_heap open; /* met, but not looked at */
};

static void begin(struct walk *walk, struct bc_repo *repo)
{
    *walk = (struct walk){.graph = {.repo = repo}, .open = {.before = bc_graph_by_generation}};
}

static void end(struct walk *walk)
{
    bc_graph_heap_release(&walk->open);
    bc_graph_release(&walk->graph);
}

/* Puts a commit in whose generation is at least `lowest`. */
static enum bc_status enter(struct walk *walk, struct bc_graph_node *node, bool is_new,
                            unsigned colours, uint64_t lowest)
{
    node->colours |= colours;
    return is_new && node->links.generation >= lowest ? bc_graph_push(&walk->open, node) : BC_OK;
}

static enum bc_status enter_id(struct walk *walk, const struct bc_commit_id *id, unsigned colours,
                               uint64_t lowest)
{
    struct bc_graph_node *node;
    bool is_new;
    enum bc_status st = bc_graph_get(&walk->graph, id, &node, &is_new);
    return st ? st : enter(walk, node, is_new, colours, lowest);
}

static enum bc_status enter_parents(struct walk *walk, const struct bc_graph_node *child,
                                    uint64_t lowest)
{
    enum bc_status st = BC_OK;
    for (unsigned i = 0; !st && i < child->links.parent_count; i++) {
        struct bc_graph_node *parent;
        bool is_new;
        st = bc_graph_parent(&walk->graph, child, i, &parent, &is_new);
        if (!st)
            st = enter(walk, parent, is_new, child->colours, lowest);
    }
    return st;
}

enum bc_status bc_history_any_contains(struct bc_repo *repo, const struct bc_commit_id *of,
                                       size_t count, const struct bc_commit_id *ancestor,
                                       bool *contains)
{
    struct walk walk;
    struct bc_commit_links wanted;
    struct bc_graph_node *node;
    *contains = false;
    for (size_t i = 0; i < count; i++)
        *contains |= bc_commit_id_equal(&of[i], ancestor);
    if (*contains)
        return BC_OK;
    begin(&walk, repo);
    enum bc_status st = bc_commit_links_get(repo, ancestor, &wanted);
    for (size_t i = 0; !st && i < count; i++)
        st = enter_id(&walk, &of[i], 0, wanted.generation);
    while (!st && !*contains && (node = bc_graph_take(&walk.open))) {
        *contains = bc_commit_id_equal(&node->links.id, ancestor);
        if (!*contains && node->links.generation > wanted.generation)
            st = enter_parents(&walk, node, wanted.generation);
    }
    end(&walk);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_history_contains(struct bc_repo *repo, const struct bc_commit_id *of,
                                   const struct bc_commit_id *ancestor, bool *contains)
{
    return bc_history_any_contains(repo, of, 1, ancestor, contains);
}

enum bc_status
bc_history_above(struct bc_repo *repo, const struct bc_commit_id *of, size_t count, uint64_t above,
                 enum bc_status (*sink)(void *context, const struct bc_commit_links *commit),
                 void *context)
{
    struct walk walk;
    struct bc_graph_node *node;
    enum bc_status st = BC_OK;
    if (above == UINT64_MAX)
        return BC_OK;
    begin(&walk, repo);
    for (size_t i = 0; !st && i < count; i++)
        st = enter_id(&walk, &of[i], 0, above + 1);
    while (!st && (node = bc_graph_take(&walk.open))) {
        st = sink(context, &node->links);
        if (!st)
            st = enter_parents(&walk, node, above + 1);
    }
    end(&walk);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_history_merge_base(struct bc_repo *repo, const struct bc_commit_id *a,
                                     const struct bc_commit_id *b, struct bc_commit_id *base)
{
    enum { OF_A = 1, OF_B = 2, COMMON = OF_A | OF_B };
    struct walk walk;
    struct bc_graph_node *node;
    begin(&walk, repo);
    enum bc_status st = enter_id(&walk, a, OF_A, 0);
    if (!st)
        st = enter_id(&walk, b, OF_B, 0);
    /* A commit is looked at after all that have it among their ancestors: it has all its colours
     * then, and the first that has both is no ancestor of another. */
    bool found = false;
    while (!st && !found && (node = bc_graph_take(&walk.open))) {
        found = node->colours == COMMON;
        if (found)
            *base = node->links.id;
        else
            st = enter_parents(&walk, node, 0);
    }
    end(&walk);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    return found ? BC_OK : BC_NO_DATA;
}

/* The walk of bc_history_each: it is as far ahead of what was told as it takes to know that all
 * children of a commit have come. */
struct telling {
    struct walk walk;           /* `waiting` of what its open commits lead to is not complete */
    struct bc_graph_heap ready; /* all children have come */
    enum bc_status (*sink)(void *context, const struct bc_commit *commit);
    void *context;
};

/* Looks at all commits of that generation and greater ones. */
static enum bc_status look_ahead(struct telling *telling, uint64_t generation)
{
    enum bc_status st = BC_OK;
    struct walk *walk = &telling->walk;
    struct bc_graph_node *node;
    while (!st && (node = bc_graph_first(&walk->open)) && node->links.generation >= generation) {
        (void)bc_graph_take(&walk->open);
        for (unsigned i = 0; !st && i < node->links.parent_count; i++) {
            struct bc_graph_node *parent;
            bool is_new;
            st = bc_graph_parent(&walk->graph, node, i, &parent, &is_new);
            if (!st)
                st = enter(walk, parent, is_new, 0, 0);
            if (!st)
                parent->waiting++;
        }
    }
    return st;
}

static enum bc_status tell(struct telling *telling, const struct bc_commit_id *id)
{
    struct bc_commit commit;
    enum bc_status st = bc_commit_get(telling->walk.graph.repo, id, &commit);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    st = telling->sink(telling->context, &commit);
    bc_commit_release(&commit);
    return st;
}

/* After a commit was told: those of its parents that waited for it alone are ready. */
static enum bc_status free_parents(struct telling *telling, const struct bc_graph_node *child)
{
    enum bc_status st = look_ahead(telling, child->links.generation);
    for (unsigned i = 0; !st && i < child->links.parent_count; i++) {
        struct bc_graph_node *parent;
        bool is_new;
        st = bc_graph_parent(&telling->walk.graph, child, i, &parent, &is_new);
        if (!st)
            st = look_ahead(telling, parent->links.generation + 1);
        if (!st && --parent->waiting == 0)
            st = bc_graph_push(&telling->ready, parent);
    }
    return st;
}

enum bc_status bc_history_each(struct bc_repo *repo, const struct bc_commit_id *from,
                               enum bc_status (*sink)(void *context,
                                                      const struct bc_commit *commit),
                               void *context)
{
    struct telling telling = {
        .ready = {.before = bc_graph_by_time}, .sink = sink, .context = context};
    struct bc_graph_node *node;
    begin(&telling.walk, repo);
    enum bc_status st = enter_id(&telling.walk, from, 0, 0);
    if (!st)
        st = bc_graph_push(&telling.ready, bc_graph_first(&telling.walk.open));
    while (!st && (node = bc_graph_take(&telling.ready))) {
        st = tell(&telling, &node->links.id);
        if (!st)
            st = free_parents(&telling, node);
        /* Nothing that is yet to come leads to it. */
        if (!st)
            bc_graph_drop(&telling.walk.graph, node);
    }
    bc_graph_heap_release(&telling.ready);
    end(&telling.walk);
    return st;
}

enum bc_status bc_history_first_parent(struct bc_repo *repo, const struct bc_commit_id *from,
                                       uint64_t steps, struct bc_commit_id *to)
{
    struct bc_commit_links links;
    enum bc_status st = bc_commit_links_get(repo, from, &links);
    while (!st && steps && links.parent_count) {
        struct bc_commit_id parent = links.parents[0];
        uint64_t generation = links.generation;
        st = bc_commit_links_get(repo, &parent, &links);
        if (st == BC_NOT_FOUND || (!st && links.generation >= generation))
            st = BC_CORRUPT;
        steps--;
    }
    if (!st && steps)
        st = BC_NOT_FOUND;
    if (!st)
        *to = links.id;
    return st;
}

enum bc_status bc_history_at(struct bc_repo *repo, const struct bc_commit_id *from, int64_t time_ns,
                             struct bc_commit_id *to)
{
    struct bc_commit_links links;
    enum bc_status st = bc_commit_links_get(repo, from, &links);
    while (!st && links.time_ns > time_ns) {
        struct bc_commit_id parent = links.parents[0];
        uint64_t generation = links.generation;
        if (!links.parent_count)
            return BC_NOT_FOUND;
        st = bc_commit_links_get(repo, &parent, &links);
        if (st == BC_NOT_FOUND || (!st && links.generation >= generation))
            st = BC_CORRUPT;
    }
    if (!st)
        *to = links.id;
    return st;
}
