#include "tests/tree_world.h"

#include "tests/upside.h"

#include <time.h>

static void open_repo(struct world *world)
{
    struct bc_repo_options options = {
        .spool_directory = "/tmp",
        .memory_bytes = 32 << 20,
        .formats = upside_formats(),
        .uid = 7,
        .gid = 8,
    };
    assert_int_equal(bc_repo_open(world->store, &options, &world->repo, &world->err), BC_OK);
    world->main = world_branch(world, "main");
}

void world_open(struct world *world, struct bc_store *store)
{
    *world = (struct world){.store = store};
    if (!store)
        assert_int_equal(bc_memory_store_new(&world->store), BC_OK);
    open_repo(world);
}

void world_reopen(struct world *world)
{
    bc_branch_release(world->main);
    bc_repo_close(world->repo);
    open_repo(world);
}

void world_close(struct world *world)
{
    world_check(world);
    bc_branch_release(world->main);
    bc_repo_close(world->repo);
    bc_store_close(world->store);
}

static void keep_first(void *context, const char *text)
{
    struct world *world = context;
    if (!world->problem[0])
        (void)snprintf(world->problem, sizeof world->problem, "%s", text);
}

uint64_t world_problems(struct world *world)
{
    struct bc_check_counts counts;
    world->problem[0] = '\0';
    assert_int_equal(bc_check(world->repo, &counts, keep_first, world), BC_OK);
    return counts.problems;
}

void world_check(struct world *world)
{
    if (world_problems(world))
        fail_msg("check: %s", world->problem);
    assert_int_equal(world->repo->pins.used, 0);
    assert_null(world->repo->texts);
}

struct bc_branch *world_branch(struct world *world, const char *name)
{
    struct bc_branch *branch = NULL;
    assert_int_equal(bc_branch_open(world->repo, text_slice(name), &branch), BC_OK);
    return branch;
}

struct bc_branch *world_fork(struct world *world, struct bc_branch *source, const char *name)
{
    struct bc_branch *branch = NULL;
    struct bc_owner owner = {7, 8};
    assert_int_equal(bc_branch_fork(source, text_slice(name), &owner, &branch, &world->err), BC_OK);
    return branch;
}

uint64_t world_find(struct bc_branch *branch, const char *path)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_find(branch, text_slice(path), &attr);
    assert_true(st == BC_OK || st == BC_NOT_FOUND);
    return st ? 0 : attr.node;
}

static uint64_t parent_of(struct bc_branch *branch, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    struct bc_attr attr;
    *name = slash ? slash + 1 : path;
    assert_int_equal(
        bc_tree_find(branch, bc_slice(path, slash ? (size_t)(slash - path) : 0), &attr), BC_OK);
    return attr.node;
}

static uint64_t make(struct bc_branch *branch, const char *path, enum bc_kind kind)
{
    struct bc_make how = {.kind = kind, .mode = kind == BC_FILE ? 0644 : 0755, .uid = 7, .gid = 8};
    struct bc_attr attr;
    const char *name;
    uint64_t parent = parent_of(branch, path, &name);
    assert_int_equal(bc_tree_make(branch, parent, text_slice(name), &how, &attr), BC_OK);
    return attr.node;
}

uint64_t world_folder(struct bc_branch *branch, const char *path)
{
    uint64_t node = world_find(branch, path);
    return node ? node : make(branch, path, BC_DIRECTORY);
}

uint64_t world_file(struct bc_branch *branch, const char *path)
{
    uint64_t node = world_find(branch, path);
    return node ? node : make(branch, path, BC_FILE);
}

enum bc_status world_remove(struct bc_branch *branch, const char *path)
{
    const char *name;
    struct bc_attr attr;
    uint64_t parent = parent_of(branch, path, &name);
    enum bc_status st = bc_tree_find(branch, text_slice(path), &attr);
    return st ? st
              : bc_tree_remove(branch, parent, text_slice(name), attr.kind == BC_DIRECTORY, NULL);
}

enum bc_status world_rename(struct world *world, struct bc_branch *branch, const char *from,
                            const char *to, unsigned flags, struct bc_renamed *renamed)
{
    const char *from_name;
    const char *to_name;
    uint64_t from_folder = parent_of(branch, from, &from_name);
    uint64_t to_folder = parent_of(branch, to, &to_name);
    world->err.text[0] = '\0';
    return bc_tree_rename(branch, from_folder, text_slice(from_name), to_folder,
                          text_slice(to_name), flags, renamed, &world->err);
}

enum bc_status world_edit(struct bc_branch *branch, uint64_t node, enum bc_edit_mode mode,
                          const char *text, size_t size)
{
    struct bc_edit *edit = NULL;
    struct bc_error err;
    enum bc_status st = bc_edit_new(branch, node, BC_NQUADS, mode, &edit);
    if (!st)
        st = bc_edit_write(edit, bc_edit_size(edit), text, size, &err);
    if (!st || st == BC_SYNTAX) {
        enum bc_status committed = bc_edit_commit(edit, false, NULL, &err);
        st = st ? st : committed;
    }
    bc_edit_free(edit);
    return st;
}

uint64_t world_put(struct bc_branch *branch, const char *path, const char *text)
{
    uint64_t node = world_file(branch, path);
    struct bc_attr attr = world_stat(branch, node);
    if (attr.form == BC_TEXT) {
        assert_int_equal(world_edit(branch, node, BC_EDIT_REPLACE, text, strlen(text)), BC_OK);
        return node;
    }
    struct bc_change cut = {.mask = BC_CHANGE_SIZE};
    assert_int_equal(bc_tree_change(branch, node, &cut, &attr), BC_OK);
    assert_int_equal(bc_bytes_write(branch, node, 0, text, strlen(text), false, NULL), BC_OK);
    return node;
}

struct bc_buffer world_content(struct bc_branch *branch, uint64_t node)
{
    struct bc_buffer to = {0};
    struct bc_attr attr = world_stat(branch, node);
    size_t done;
    assert_int_equal(bc_buffer_reserve(&to, attr.size_bytes + 2), BC_OK);
    assert_int_equal(bc_bytes_read(branch, node, 0, to.data, attr.size_bytes + 1, &done), BC_OK);
    assert_int_equal(done, attr.size_bytes);
    to.size = done;
    to.data[done] = '\0';
    return to;
}

void world_expect(struct bc_branch *branch, const char *path, const char *text)
{
    uint64_t node = world_find(branch, path);
    if (!node)
        fail_msg("%s is not there", path);
    struct bc_buffer content = world_content(branch, node);
    assert_string_equal(content.data, text);
    bc_buffer_release(&content);
}

struct bc_attr world_stat(struct bc_branch *branch, uint64_t node)
{
    struct bc_attr attr;
    assert_int_equal(bc_tree_stat(branch, node, &attr), BC_OK);
    return attr;
}

void world_same(const struct bc_attr *a, const struct bc_attr *b)
{
    assert_int_equal(a->node, b->node);
    assert_int_equal(a->parent, b->parent);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->form, b->form);
    assert_int_equal(a->mode, b->mode);
    assert_int_equal(a->uid, b->uid);
    assert_int_equal(a->gid, b->gid);
    assert_int_equal(a->atime_ns, b->atime_ns);
    assert_int_equal(a->mtime_ns, b->mtime_ns);
    assert_int_equal(a->ctime_ns, b->ctime_ns);
    assert_int_equal(a->btime_ns, b->btime_ns);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->triples, b->triples);
    assert_int_equal(a->version, b->version);
}

uint64_t world_seed(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761U;
    print_message("TRIPLEFS_SEED=%llu\n", (unsigned long long)seed);
    return seed ? seed : 1;
}
