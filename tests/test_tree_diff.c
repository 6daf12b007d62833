/* What differs between two trees, against a naive comparison of two full listings; and the digest
 * of a change. */
#include "branchcore/changed_nodes.h"
#include "branchcore/tree_diff.h"

#include "branchcore/branch_past.h"
#include "branchcore/changed_nodes.h"
#include "branchcore/merge_adopt.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"

enum { THINGS = 400, BRANCHES = 4 };

/* Everything of a tree, with its whole content. */
struct thing {
    struct bc_attr attr;
    char *path;
    struct bc_buffer content;
    struct bc_buffer xattrs;
};

struct listing {
    struct bc_branch *branch;
    struct thing things[THINGS];
    size_t count;
    uint64_t folder;
    const char *path; /* of the folder, with a slash behind but for the root's */
};

static void list_folder(struct listing *to, uint64_t folder, const char *path);

static void read_xattrs(struct bc_branch *branch, struct thing *thing)
{
    static const char *const known[] = {"user.a", "user.b"};
    for (int i = 0; i < 2; i++) {
        struct bc_buffer value = {0};
        if (!bc_xattr_get(branch, thing->attr.node, text_slice(known[i]), &value))
            assert_int_equal(bc_buffer_printf(&thing->xattrs, "%s=%.*s;", known[i], (int)value.size,
                                              value.size ? value.data : ""),
                             BC_OK);
        bc_buffer_release(&value);
    }
    assert_int_equal(bc_buffer_append(&thing->xattrs, "", 1), BC_OK);
}

static enum bc_status list_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct listing *to = context;
    struct bc_buffer path = {0};
    assert_true(to->count < THINGS);
    struct thing *thing = &to->things[to->count++];
    bool folder = attr->kind == BC_DIRECTORY;
    assert_int_equal(
        bc_buffer_printf(&path, "%s%.*s%s", to->path, (int)name.size, name.data, folder ? "/" : ""),
        BC_OK);
    *thing = (struct thing){.attr = *attr, .path = path.data};
    if (attr->kind == BC_FILE)
        thing->content = world_content(to->branch, attr->node);
    else if (attr->kind == BC_SYMLINK)
        assert_int_equal(bc_tree_readlink(to->branch, attr->node, &thing->content), BC_OK);
    read_xattrs(to->branch, thing);
    if (folder)
        list_folder(to, attr->node, thing->path);
    return BC_OK;
}

static void list_folder(struct listing *to, uint64_t folder, const char *path)
{
    const char *outer = to->path;
    to->path = path;
    enum bc_status st = bc_tree_list_attr(to->branch, folder, list_entry, to);
    assert_true(st == BC_OK || (folder == BC_ROOT_NODE && st == BC_STALE));
    to->path = outer;
}

static struct listing *listing_new(struct bc_branch *branch)
{
    struct listing *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->branch = branch;
    list_folder(made, BC_ROOT_NODE, "");
    return made;
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        bc_free(listing->things[i].path);
        bc_buffer_release(&listing->things[i].content);
        bc_buffer_release(&listing->things[i].xattrs);
    }
    free(listing);
}

static const struct thing *find_node(const struct listing *in, uint64_t node)
{
    for (size_t i = 0; i < in->count; i++) {
        if (in->things[i].attr.node == node)
            return &in->things[i];
    }
    return NULL;
}

static bool has_folder(const struct listing *in, uint64_t node)
{
    return node == BC_ROOT_NODE || find_node(in, node);
}

static const struct thing *find_path(const struct listing *in, const char *path)
{
    for (size_t i = 0; i < in->count; i++) {
        if (!strcmp(in->things[i].path, path))
            return &in->things[i];
    }
    return NULL;
}

static unsigned naive_aspects(const struct thing *old, const struct thing *new)
{
    unsigned aspects = old->attr.node != new->attr.node ? BC_ASPECT_PLACE : 0;
    if (old->attr.kind != new->attr.kind || old->content.size != new->content.size ||
        (old->content.size && memcmp(old->content.data, new->content.data, old->content.size) != 0))
        aspects |= BC_ASPECT_CONTENT;
    if (old->attr.mode != new->attr.mode || old->attr.uid != new->attr.uid ||
        old->attr.gid != new->attr.gid)
        aspects |= BC_ASPECT_MODE;
    if (strcmp(old->xattrs.data, new->xattrs.data) != 0)
        aspects |= BC_ASPECT_XATTR;
    return aspects;
}

static const char *name_of(const char *path)
{
    const char *name = path;
    for (; *path; path++) {
        if (*path == '/' && path[1])
            name = path + 1;
    }
    return name;
}

static bool naive_moved(const struct listing *past, const struct listing *now,
                        const struct thing *old, const struct thing *new)
{
    if (old->attr.parent == new->attr.parent)
        return strcmp(name_of(old->path), name_of(new->path)) != 0;
    bool replaced = !has_folder(now, old->attr.parent) && !has_folder(past, new->attr.parent);
    return strcmp(old->path, new->path) != 0 || !replaced;
}

/* A line a difference; sorted, they can be compared. */
struct text_lines {
    char *lines[2 * THINGS];
    size_t count;
};

static void add_line(struct text_lines *to, char kind, unsigned aspects, const char *path,
                     const char *old_path)
{
    struct bc_buffer line = {0};
    assert_int_equal(bc_buffer_printf(&line, "%s %c %u %s", path, kind, aspects, //
                                      old_path ? old_path : ""),
                     BC_OK);
    to->lines[to->count++] = line.data;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void naive_diff(const struct listing *past, const struct listing *now, struct text_lines *to)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct thing *new = &now->things[i];
        const struct thing *old = find_node(past, new->attr.node);
        const struct thing *place = find_path(past, new->path);
        if (old) {
            bool moved = naive_moved(past, now, old, new);
            unsigned aspects = naive_aspects(old, new) | (moved ? BC_ASPECT_NAME : 0);
            if (aspects)
                add_line(to, moved ? 'R' : 'M', aspects, new->path, moved ? old->path : NULL);
        } else if (place && !find_node(now, place->attr.node)) {
            add_line(to, 'M', naive_aspects(place, new), new->path, NULL);
        } else {
            add_line(to, 'A', 0, new->path, NULL);
        }
    }
    for (size_t i = 0; i < past->count; i++) {
        const struct thing *old = &past->things[i];
        if (find_node(now, old->attr.node))
            continue;
        const struct thing *place = find_path(now, old->path);
        if (!place || find_node(past, place->attr.node))
            add_line(to, 'D', 0, old->path, NULL);
    }
}

struct taken {
    struct text_lines lines;
    char last[4096];
    char last_kind;
};

static enum bc_status take(void *context, const struct bc_tree_difference *difference)
{
    struct taken *to = context;
    int order = strcmp(to->last, difference->path);
    assert_true(order < 0 || (order == 0 && to->last_kind == 'D'));
    (void)snprintf(to->last, sizeof to->last, "%s", difference->path);
    to->last_kind = difference->kind;
    assert_int_equal(difference->old_path != NULL, difference->kind == 'R');
    assert_int_equal(difference->old_attr.node == 0, difference->kind == 'A');
    assert_int_equal(difference->new_attr.node == 0, difference->kind == 'D');
    add_line(&to->lines, difference->kind, difference->aspects, difference->path,
             difference->old_path);
    return BC_OK;
}

static void compare_once(struct bc_branch *past, const struct listing *old, struct bc_branch *now,
                         const struct listing *new)
{
    struct text_lines expected = {0};
    struct taken *found = calloc(1, sizeof *found);
    naive_diff(old, new, &expected);
    assert_int_equal(bc_tree_diff(past, now, take, found), BC_OK);
    qsort(expected.lines, expected.count, sizeof *expected.lines, by_text);
    qsort(found->lines.lines, found->lines.count, sizeof *found->lines.lines, by_text);
    for (size_t i = 0; i < expected.count || i < found->lines.count; i++) {
        const char *wanted = i < expected.count ? expected.lines[i] : "(nothing)";
        const char *line = i < found->lines.count ? found->lines.lines[i] : "(nothing)";
        assert_string_equal(line, wanted);
    }
    for (size_t i = 0; i < expected.count; i++)
        bc_free(expected.lines[i]);
    for (size_t i = 0; i < found->lines.count; i++)
        bc_free(found->lines.lines[i]);
    free(found);
}

static void compare_both_ways(struct bc_branch *past, struct bc_branch *now)
{
    struct listing *old = listing_new(past);
    struct listing *new = listing_new(now);
    compare_once(past, old, now, new);
    compare_once(now, new, past, old);
    compare_once(now, new, now, new);
    listing_free(old);
    listing_free(new);
}

/* A random walk of some branches, which are frozen by being forked. */
struct walk {
    struct world world;
    uint64_t random;
    struct bc_branch *branches[BRANCHES];
    struct bc_branch *pasts[BRANCHES];
    int forks;
};

static uint64_t dice(struct walk *walk, uint64_t below)
{
    return world_random(&walk->random, below);
}

/* Of the root and two levels of folders, some of which are there. */
static void some_path(struct walk *walk, char path[32], bool folder)
{
    static const char *const names[] = {"a.nt", "b.nt", "c", "d.nq"};
    static const char *const folders[] = {"x", "y", "z"};
    const char *name = folder ? folders[dice(walk, 3)] : names[dice(walk, 4)];
    int depth = (int)dice(walk, 3);
    if (depth == 0)
        (void)snprintf(path, 32, "%s", name);
    else if (depth == 1)
        (void)snprintf(path, 32, "%s/%s", folders[dice(walk, 3)], name);
    else
        (void)snprintf(path, 32, "%s/%s/%s", folders[dice(walk, 3)], folders[dice(walk, 3)], name);
}

static bool parent_there(struct bc_branch *branch, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct bc_attr attr;
    return !slash || (!bc_tree_find(branch, bc_slice(path, (size_t)(slash - path)), &attr) &&
                      attr.kind == BC_DIRECTORY);
}

static void write_something(struct walk *walk, struct bc_branch *branch, const char *path)
{
    static const char *const texts[] = {"", A, B, A B, A C, A B C};
    uint64_t node = world_find(branch, path);
    if (node && world_stat(branch, node).kind != BC_FILE)
        return;
    world_put(branch, path, texts[dice(walk, 6)]);
}

static void make_link(struct walk *walk, struct bc_branch *branch, const char *path)
{
    struct bc_attr attr;
    struct bc_make make = {
        .kind = BC_SYMLINK, .mode = 0777, .target = text_slice(dice(walk, 2) ? "one" : "two")};
    const char *slash = strrchr(path, '/');
    uint64_t parent = BC_ROOT_NODE;
    if (slash) {
        assert_int_equal(bc_tree_find(branch, bc_slice(path, (size_t)(slash - path)), &attr),
                         BC_OK);
        parent = attr.node;
    }
    (void)bc_tree_make(branch, parent, text_slice(slash ? slash + 1 : path), &make, &attr);
}

static void change_attributes(struct walk *walk, struct bc_branch *branch, uint64_t node)
{
    static const char *const names[] = {"user.a", "user.b"};
    static const char *const values[] = {"", "1", "2"};
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = 0600 + (uint32_t)dice(walk, 3)};
    struct bc_slice name = text_slice(names[dice(walk, 2)]);
    if (!dice(walk, 3))
        assert_int_equal(bc_tree_change(branch, node, &change, &attr), BC_OK);
    else if (dice(walk, 3))
        assert_int_equal(
            bc_xattr_set(branch, node, name, text_slice(values[dice(walk, 3)]), false, false),
            BC_OK);
    else
        (void)bc_xattr_remove(branch, node, name);
}

static void rename_something(struct walk *walk, struct bc_branch *branch, const char *from)
{
    char to[32];
    some_path(walk, to, !dice(walk, 2));
    if (parent_there(branch, to))
        (void)world_rename(&walk->world, branch, from, to, dice(walk, 6) ? 0 : BC_RENAME_EXCHANGE,
                           NULL);
}

static void change_something(struct walk *walk, struct bc_branch *branch)
{
    char path[32];
    some_path(walk, path, !dice(walk, 2));
    if (!parent_there(branch, path))
        return;
    uint64_t node = world_find(branch, path);
    bool folder = !strchr(path, '.') && !strchr(path, 'c');
    switch (dice(walk, 8)) {
    case 0:
    case 1:
        if (folder && !node)
            world_folder(branch, path);
        else if (!folder)
            write_something(walk, branch, path);
        break;
    case 2:
    case 3:
        if (!folder)
            write_something(walk, branch, path);
        break;
    case 4:
        if (node)
            (void)world_remove(branch, path);
        break;
    case 5:
        if (node)
            change_attributes(walk, branch, node);
        break;
    case 6:
        if (!node && dice(walk, 2))
            make_link(walk, branch, path);
        break;
    default:
        if (node)
            rename_something(walk, branch, path);
        break;
    }
}

/* A branch becomes a fork of another, and keeps in `pasts` what that was. */
static void fork_something(struct walk *walk)
{
    char name[32];
    size_t from = dice(walk, BRANCHES);
    size_t to = dice(walk, BRANCHES);
    (void)snprintf(name, sizeof name, "fork%d", walk->forks++);
    struct bc_branch *source = walk->branches[from];
    struct bc_branch *fork = world_fork(&walk->world, source, name);
    pthread_rwlock_rdlock(&source->lock);
    uint64_t top = source->top ? source->top->id : 0;
    pthread_rwlock_unlock(&source->lock);
    bc_branch_release(walk->pasts[to]);
    assert_int_equal(bc_branch_past(walk->world.repo, top, &walk->pasts[to]), BC_OK);
    bc_branch_release(walk->branches[to]);
    walk->branches[to] = fork;
}

static void any_two_states_compare_as_two_listings(void **state)
{
    (void)state;
    enum { STEPS = 3000, EVERY = 15 };
    struct walk walk = {.random = world_seed()};
    world_open(&walk.world, NULL);
    for (int i = 0; i < BRANCHES; i++) {
        walk.branches[i] = bc_branch_retain(walk.world.main);
        assert_int_equal(bc_branch_past(walk.world.repo, 0, &walk.pasts[i]), BC_OK);
    }
    for (int step = 0; step < STEPS; step++) {
        change_something(&walk, walk.branches[dice(&walk, BRANCHES)]);
        if (!dice(&walk, 25))
            fork_something(&walk);
        if (step % EVERY)
            continue;
        compare_both_ways(walk.pasts[dice(&walk, BRANCHES)], walk.branches[dice(&walk, BRANCHES)]);
        compare_both_ways(walk.branches[dice(&walk, BRANCHES)],
                          walk.branches[dice(&walk, BRANCHES)]);
        compare_both_ways(walk.pasts[dice(&walk, BRANCHES)], walk.pasts[dice(&walk, BRANCHES)]);
    }
    for (int i = 0; i < BRANCHES; i++) {
        bc_branch_release(walk.branches[i]);
        bc_branch_release(walk.pasts[i]);
    }
    world_close(&walk.world);
}

static enum bc_status print(void *context, const struct bc_tree_difference *difference)
{
    return bc_buffer_printf(context, "%c%u %s%s%s\n", difference->kind, difference->aspects,
                            difference->path, difference->old_path ? " <- " : "",
                            difference->old_path ? difference->old_path : "");
}

static void assert_diff(struct bc_branch *past, struct bc_branch *now, const char *expected)
{
    struct bc_buffer text = {0};
    assert_int_equal(bc_tree_diff(past, now, print, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data, expected);
    bc_buffer_release(&text);
}

static void a_file_in_anothers_place_is_a_change_of_it(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "same.nt", A);
    world_put(world.main, "other.nt", A);
    world_put(world.main, "kind", "x");
    world_folder(world.main, "folder");
    world_put(world.main, "folder/in.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "tmp.nt", A);
    assert_int_equal(world_rename(&world, fork, "tmp.nt", "same.nt", 0, NULL), BC_OK);
    world_put(fork, "tmp.nt", B);
    assert_int_equal(world_rename(&world, fork, "tmp.nt", "other.nt", 0, NULL), BC_OK);
    assert_int_equal(world_remove(fork, "kind"), BC_OK);
    struct bc_attr attr;
    struct bc_make make = {.kind = BC_SYMLINK, .mode = 0777, .target = text_slice("x")};
    assert_int_equal(bc_tree_make(fork, BC_ROOT_NODE, text_slice("kind"), &make, &attr), BC_OK);
    world_folder(fork, "new");
    assert_int_equal(world_rename(&world, fork, "folder/in.nt", "new/in.nt", 0, NULL), BC_OK);
    assert_int_equal(world_remove(fork, "folder"), BC_OK);
    assert_int_equal(world_rename(&world, fork, "new", "folder", 0, NULL), BC_OK);
    uint32_t mode = world_stat(world.main, world_find(world.main, "kind")).mode == 0777 ? 0 : 2;
    char expected[128];
    (void)snprintf(expected, sizeof expected, "M16 folder/\nM%d kind\nM17 other.nt\nM16 same.nt\n",
                   (int)(17 + mode));
    assert_diff(world.main, fork, expected);
    struct bc_tree_sums sums;
    assert_int_equal(bc_tree_diff_sums(world.main, fork, &sums), BC_OK);
    assert_int_equal(sums.paths, 2);
    assert_int_equal(sums.added, 1);
    assert_int_equal(sums.removed, 1);
    bc_branch_release(fork);
    world_close(&world);
}

static void contents_written_anew_and_the_same_are_no_difference(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A B);
    world_put(world.main, "plain", "12345");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", C);
    world_put(fork, "a.nt", B A);
    world_put(fork, "plain", "54321");
    assert_diff(world.main, fork, "M1 plain\n");
    world_put(fork, "plain", "12345");
    assert_diff(world.main, fork, "");
    bc_branch_release(fork);
    world_close(&world);
}

static uint64_t link_to(struct bc_branch *branch, const char *name, const char *target)
{
    struct bc_attr attr;
    struct bc_make make = {.kind = BC_SYMLINK, .mode = 0777, .target = text_slice(target)};
    assert_int_equal(bc_tree_make(branch, BC_ROOT_NODE, text_slice(name), &make, &attr), BC_OK);
    return attr.node;
}

/* Merges change the target of a link that stays the same node. */
static void a_target_of_the_same_length_is_a_difference(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t link = link_to(world.main, "link", "one");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    uint64_t two = link_to(other, "another", "two");
    uint64_t same = link_to(other, "same", "one");
    assert_int_equal(bc_adopt_content(fork, link, other, same), BC_OK);
    assert_diff(world.main, fork, "");
    assert_int_equal(bc_adopt_content(fork, link, other, two), BC_OK);
    assert_diff(world.main, fork, "M1 link\n");
    compare_both_ways(world.main, fork);
    assert_int_equal(world_remove(fork, "link"), BC_OK);
    (void)link_to(fork, "link", "two");
    compare_both_ways(world.main, fork);
    bc_branch_release(other);
    bc_branch_release(fork);
    world_close(&world);
}

static void what_moved_among_moved_folders_is_found(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_folder(world.main, "x");
    world_folder(world.main, "y");
    world_put(world.main, "x/a.nt", A);
    world_put(world.main, "y/b.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_rename(&world, fork, "x", "y", BC_RENAME_EXCHANGE, NULL), BC_OK);
    assert_diff(world.main, fork, "R8 x/ <- y/\nR8 y/ <- x/\n");
    assert_int_equal(world_rename(&world, fork, "y/a.nt", "x/a.nt", 0, NULL), BC_OK);
    assert_diff(world.main, fork, "R8 x/ <- y/\nR8 x/a.nt <- x/a.nt\nR8 y/ <- x/\n");
    assert_int_equal(world_rename(&world, fork, "x/a.nt", "x/b.nt", 0, NULL), BC_OK);
    assert_diff(world.main, fork, "R8 x/ <- y/\nR8 x/b.nt <- x/a.nt\nR8 y/ <- x/\nD0 y/b.nt\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void unlinked_files_that_are_open_are_not_there(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(bc_node_open(fork, node), BC_OK);
    assert_int_equal(world_remove(fork, "a.nt"), BC_OK);
    assert_diff(world.main, fork, "D0 a.nt\n");
    bc_node_close(fork, node);
    assert_diff(world.main, fork, "D0 a.nt\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void a_deleted_branch_cannot_be_compared(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer text = {0};
    struct bc_tree_sums sums;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    assert_int_equal(bc_tree_diff(world.main, fork, print, &text), BC_STALE);
    assert_int_equal(bc_tree_diff(fork, world.main, print, &text), BC_STALE);
    assert_int_equal(bc_tree_diff_sums(world.main, fork, &sums), BC_STALE);
    assert_int_equal(text.size, 0);
    bc_branch_release(fork);
    world_close(&world);
}

static void only_what_lies_between_two_states_is_looked_at(void **state)
{
    (void)state;
    struct world world;
    struct bc_id_counts nodes = {0};
    world_open(&world, NULL);
    world_put(world.main, "below.nt", A);
    struct bc_branch *one = world_fork(&world, world.main, "one");
    uint64_t first = world_put(one, "one.nt", A);
    struct bc_branch *two = world_fork(&world, one, "two");
    uint64_t second = world_put(two, "two.nt", A);
    assert_int_equal(bc_changed_rows(world.main, two, &nodes, NULL), BC_OK);
    assert_int_equal(nodes.used, 3); /* with the root, whose time changed */
    assert_non_null(bc_counts_find(&nodes, first));
    assert_non_null(bc_counts_find(&nodes, second));
    bc_free(nodes.slots);
    nodes = (struct bc_id_counts){0};
    assert_int_equal(bc_changed_rows(one, two, &nodes, NULL), BC_OK);
    assert_int_equal(nodes.used, 2);
    assert_null(bc_counts_find(&nodes, first));
    bc_free(nodes.slots);
    bc_branch_release(one);
    bc_branch_release(two);
    world_close(&world);
}

static void digest_of(struct bc_branch *past, struct bc_branch *now, unsigned char digest[32])
{
    struct bc_tree_sums sums;
    struct bc_tree_sums again;
    assert_int_equal(bc_tree_digest(past, now, BC_CHANGE_FORM, digest, &sums), BC_OK);
    assert_int_equal(bc_tree_diff_sums(past, now, &again), BC_OK);
    assert_int_equal(sums.paths, again.paths);
    assert_int_equal(sums.added, again.added);
    assert_int_equal(sums.removed, again.removed);
    unsigned char alone[32];
    assert_int_equal(bc_tree_digest(past, now, BC_CHANGE_FORM, alone, NULL), BC_OK);
    assert_memory_equal(alone, digest, 32);
}

static void make_digest_scene(struct world *world)
{
    world_open(world, NULL);
    world_put(world->main, "a.nt", A B);
    world_put(world->main, "gone.nt", A);
    world_put(world->main, "plain", "12345");
    world_put(world->main, "moved", "x");
    world_folder(world->main, "folder");
}

static void change_for_digest(struct world *world, struct bc_branch *branch, bool detours)
{
    if (detours) {
        world_put(branch, "a.nt", C);
        bc_branch_release(world_fork(world, branch, "freeze 1"));
        world_put(branch, "moved", "y");
        world_put(branch, "new.nt", A);
        assert_int_equal(world_remove(branch, "new.nt"), BC_OK);
    }
    world_put(branch, "a.nt", B C);
    assert_int_equal(world_remove(branch, "gone.nt"), BC_OK);
    if (detours) {
        bc_branch_release(world_fork(world, branch, "freeze 2"));
        world_put(branch, "tmp", "54321");
        assert_int_equal(world_rename(world, branch, "tmp", "plain", 0, NULL), BC_OK);
        world_put(branch, "moved", "x");
    } else {
        world_put(branch, "plain", "54321");
    }
    assert_int_equal(world_rename(world, branch, "moved", "folder/here", 0, NULL), BC_OK);
    uint64_t node = world_put(branch, "new.nt", A C);
    assert_int_equal(
        bc_xattr_set(branch, node, text_slice("user.a"), text_slice("1"), false, false), BC_OK);
}

static void expect_hex(const unsigned char digest[32], const char *expected)
{
    char hex[65];
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
}

/* The same change in other layers, by other writes, in another store. */
static void the_same_change_has_the_same_digest(void **state)
{
    (void)state;
    unsigned char digests[2][32];
    unsigned char older[2][32];
    for (int detours = 0; detours < 2; detours++) {
        struct world world;
        make_digest_scene(&world);
        struct bc_branch *fork = world_fork(&world, world.main, "fork");
        change_for_digest(&world, fork, detours);
        digest_of(world.main, fork, digests[detours]);
        assert_int_equal(bc_tree_digest(world.main, fork, 1, older[detours], NULL), BC_OK);
        bc_branch_release(fork);
        world_close(&world);
    }
    assert_memory_equal(digests[0], digests[1], 32);
    assert_memory_equal(older[0], older[1], 32);
    /* Ids in stores depend on them: they must never change. */
    expect_hex(older[0], "f1982c08807b34d0c60d9a16ff367308d7355764a9720f8c17fe3131528e87be");
    expect_hex(digests[0], "98caf9834a246d0f332ac7972f4a4cfa273f6e80f69f5565ca59978357782406");
}

static void other_changes_have_other_digests(void **state)
{
    (void)state;
    enum { VARIATIONS = 20 };
    unsigned char digests[VARIATIONS][32];
    for (int i = 0; i < VARIATIONS; i++) {
        struct world world;
        struct bc_attr attr;
        make_digest_scene(&world);
        struct bc_branch *fork = world_fork(&world, world.main, "fork");
        uint64_t plain = world_find(fork, "plain");
        struct bc_change chmod = {.mask = BC_CHANGE_MODE, .mode = i == 1 ? 0600 : 0640};
        struct bc_make link = {
            .kind = BC_SYMLINK, .mode = 0777, .target = text_slice(i == 3 ? "one" : "two")};
        struct bc_slice value = text_slice(i == 5 ? "1" : i == 6 ? "2" : "");
        switch (i) {
        case 0:
            break;
        case 1:
        case 2:
            assert_int_equal(bc_tree_change(fork, plain, &chmod, &attr), BC_OK);
            break;
        case 3:
        case 4:
            assert_int_equal(bc_tree_make(fork, BC_ROOT_NODE, text_slice("link"), &link, &attr),
                             BC_OK);
            break;
        case 5:
        case 6:
        case 7:
            assert_int_equal(bc_xattr_set(fork, plain, text_slice("user.a"), value, false, false),
                             BC_OK);
            break;
        case 8:
            world_put(fork, "a.nt", A);
            break;
        case 9:
            world_put(fork, "a.nt", B);
            break;
        case 10:
            world_put(fork, "a.nt", A C);
            break;
        case 11:
            world_put(fork, "plain", "12346");
            break;
        case 12:
            world_put(fork, "plain", "");
            break;
        case 13:
            assert_int_equal(world_remove(fork, "plain"), BC_OK);
            break;
        case 14:
            assert_int_equal(world_remove(fork, "gone.nt"), BC_OK);
            break;
        case 15:
            assert_int_equal(world_rename(&world, fork, "plain", "other", 0, NULL), BC_OK);
            break;
        case 16:
            assert_int_equal(world_rename(&world, fork, "moved", "other", 0, NULL), BC_OK);
            break;
        case 17:
            world_folder(fork, "folder/other");
            break;
        case 18:
            world_put(fork, "folder/other", "");
            break;
        default:
            world_put(fork, "folder/other.nt", "");
            break;
        }
        digest_of(world.main, fork, digests[i]);
        bc_branch_release(fork);
        world_close(&world);
        for (int other = 0; other < i; other++)
            assert_memory_not_equal(digests[i], digests[other], 32);
    }
}

static enum bc_status nothing(void *context, const struct bc_tree_difference *difference)
{
    (void)context;
    (void)difference;
    return BC_OK;
}

static void failures_are_told_and_leave_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    unsigned char expected[32];
    unsigned char digest[32];
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    world_put(world.main, "a.nt", A B);
    world_put(world.main, "gone.nt", A);
    world_put(world.main, "plain", "12345");
    world_put(world.main, "moved", "x");
    world_folder(world.main, "folder");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    change_for_digest(&world, fork, true);
    digest_of(world.main, fork, expected);
    bool failed = true;
    for (uint64_t at = 1; failed; at++) {
        bc_memory_fail_after(at, 0);
        enum bc_status st = bc_tree_digest(world.main, fork, BC_CHANGE_FORM, digest, NULL);
        bc_memory_fail_after(0, 0);
        failed = st;
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        assert_true(st || !memcmp(digest, expected, 32));
    }
    failed = true;
    for (uint64_t at = 1; failed; at++) {
        failing_store_fail_after(world.store, at, 0, BC_IO);
        enum bc_status st = bc_tree_digest(world.main, fork, BC_CHANGE_FORM, digest, NULL);
        failed = st;
        failing_store_fail_after(world.store, 0, 0, BC_IO);
        assert_true(st == BC_OK || st == BC_IO);
        assert_true(st || !memcmp(digest, expected, 32));
    }
    failed = true;
    for (uint64_t at = 1; failed; at++) {
        bc_memory_fail_after(at, 0);
        enum bc_status st = bc_tree_diff(world.main, fork, nothing, NULL);
        bc_memory_fail_after(0, 0);
        failed = st;
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
    }
    bc_branch_release(fork);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_two_states_compare_as_two_listings),
        cmocka_unit_test(a_file_in_anothers_place_is_a_change_of_it),
        cmocka_unit_test(contents_written_anew_and_the_same_are_no_difference),
        cmocka_unit_test(a_target_of_the_same_length_is_a_difference),
        cmocka_unit_test(what_moved_among_moved_folders_is_found),
        cmocka_unit_test(unlinked_files_that_are_open_are_not_there),
        cmocka_unit_test(a_deleted_branch_cannot_be_compared),
        cmocka_unit_test(only_what_lies_between_two_states_is_looked_at),
        cmocka_unit_test(the_same_change_has_the_same_digest),
        cmocka_unit_test(other_changes_have_other_digests),
        cmocka_unit_test(failures_are_told_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
