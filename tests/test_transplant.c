#include "branchcore/transplant.h"
#include "tests/tree_world.h"

enum { NAMES = 6, LINES = 40 };

/* One of the folders of a branch: the root, or one of it. */
static uint64_t some_folder(struct bc_branch *branch, uint64_t *random)
{
    char path[16];
    (void)snprintf(path, sizeof path, "d%llu", (unsigned long long)world_random(random, 3));
    uint64_t folder = world_find(branch, path);
    return folder && world_random(random, 2) ? folder : BC_ROOT_NODE;
}

static const char *const names[NAMES] = {"a.nt", "b.nt", "c.nt", "notes", "d0", "d1"};

static struct bc_slice some_name(uint64_t *random)
{
    return text_slice(names[world_random(random, NAMES)]);
}

static uint64_t something(struct bc_branch *branch, uint64_t *random, struct bc_attr *attr)
{
    if (bc_tree_lookup(branch, some_folder(branch, random), some_name(random), attr))
        assert_int_equal(bc_tree_stat(branch, BC_ROOT_NODE, attr), BC_OK);
    return attr->node;
}

/* Some lines, of which two texts have many in common. */
static void write_text(struct bc_branch *branch, uint64_t node, uint64_t *random, size_t lines)
{
    struct bc_buffer text = {0};
    for (size_t i = 0; i < lines; i++) {
        if (!world_random(random, 4))
            continue;
        assert_int_equal(bc_buffer_printf(&text, "<http://e/%04zu> <http://e/p> \"%llu\" .\n", i,
                                          (unsigned long long)world_random(random, 2)),
                         BC_OK);
    }
    (void)world_edit(branch, node, world_random(random, 2) ? BC_EDIT_REPLACE : BC_EDIT_APPEND,
                     text.size ? text.data : "", text.size);
    bc_buffer_release(&text);
}

static void write_content(struct bc_branch *branch, uint64_t *random)
{
    struct bc_attr attr;
    char bytes[3000];
    uint64_t node = something(branch, random, &attr);
    if (attr.kind != BC_FILE)
        return;
    if (attr.form == BC_TEXT) {
        /* Now and then so many lines that they become a run. */
        write_text(branch, node, random, world_random(random, 20) ? LINES : 4000);
        return;
    }
    memset(bytes, 'a' + (int)world_random(random, 26), sizeof bytes);
    (void)bc_bytes_write(branch, node, world_random(random, 3) * 100000, bytes, sizeof bytes, false,
                         NULL);
}

static void make(struct bc_branch *branch, uint64_t *random)
{
    struct bc_slice name = some_name(random);
    bool folder = name.data[0] == 'd';
    bool link = !folder && !world_random(random, 8);
    struct bc_make how = {
        .kind = folder ? BC_DIRECTORY
                : link ? BC_SYMLINK
                       : BC_FILE,
        .mode = 0755,
        .uid = 7,
        .gid = 8,
        .target = text_slice(link ? "where" : ""),
    };
    struct bc_attr attr;
    (void)bc_tree_make(branch, some_folder(branch, random), name, &how, &attr);
}

static void change(struct bc_branch *branch, uint64_t *random)
{
    struct bc_attr attr;
    uint64_t node = something(branch, random, &attr);
    struct bc_slice name = text_slice(world_random(random, 2) ? "user.a" : "user.b");
    struct bc_change mode = {.mask = BC_CHANGE_MODE,
                             .mode = 0600 + (uint32_t)world_random(random, 64)};
    switch (world_random(random, 3)) {
    case 0:
        (void)bc_tree_change(branch, node, &mode, &attr);
        break;
    case 1:
        (void)bc_xattr_set(branch, node, name, text_slice(world_random(random, 2) ? "1" : "2"),
                           false, false);
        break;
    default:
        (void)bc_xattr_remove(branch, node, name);
    }
}

static void step(struct world *world, struct bc_branch *branch, uint64_t *random)
{
    uint64_t folder = some_folder(branch, random);
    struct bc_layer *top = NULL;
    switch (world_random(random, 10)) {
    case 0:
    case 1:
    case 2:
        make(branch, random);
        break;
    case 3:
    case 4:
    case 5:
        write_content(branch, random);
        break;
    case 6:
        (void)bc_tree_remove(branch, folder, some_name(random), world_random(random, 3) == 0, NULL);
        break;
    case 7:
        (void)bc_tree_rename(branch, folder, some_name(random), some_folder(branch, random),
                             some_name(random), world_random(random, 2) ? BC_RENAME_EXCHANGE : 0,
                             NULL, &world->err);
        break;
    case 8:
        change(branch, random);
        break;
    default:
        assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
        bc_layer_release(world->repo, top);
    }
}

/* Everything that a branch shows, as text. */
struct listing {
    struct bc_branch *branch;
    struct bc_buffer text;
};

static void list_xattrs(struct listing *listing, uint64_t node)
{
    static const char *const all[] = {"user.a", "user.b"};
    for (size_t i = 0; i < 2; i++) {
        struct bc_buffer value = {0};
        if (!bc_xattr_get(listing->branch, node, text_slice(all[i]), &value))
            assert_int_equal(
                bc_buffer_printf(&listing->text, " %s=%.*s", all[i], (int)value.size, value.data),
                BC_OK);
        bc_buffer_release(&value);
    }
}

static void list_content(struct listing *listing, const struct bc_attr *attr)
{
    struct bc_buffer content = {0};
    if (attr->kind == BC_SYMLINK)
        assert_int_equal(bc_tree_readlink(listing->branch, attr->node, &content), BC_OK);
    else if (attr->kind == BC_FILE)
        content = world_content(listing->branch, attr->node);
    assert_int_equal(bc_buffer_append(&listing->text, content.data, content.size), BC_OK);
    bc_buffer_release(&content);
}

static enum bc_status list_entry(void *context, struct bc_slice name, uint64_t node,
                                 enum bc_kind kind)
{
    struct listing *listing = context;
    struct bc_attr a = world_stat(listing->branch, node);
    assert_int_equal(
        bc_buffer_printf(&listing->text,
                         "%.*s: %llu in %llu %d %d %o %u %u, %lld %lld %lld %lld, %llu %llu v%llu",
                         (int)name.size, name.data, (unsigned long long)node,
                         (unsigned long long)a.parent, (int)kind, (int)a.form, a.mode, a.uid, a.gid,
                         (long long)a.atime_ns, (long long)a.mtime_ns, (long long)a.ctime_ns,
                         (long long)a.btime_ns, (unsigned long long)a.size_bytes,
                         (unsigned long long)a.triples, (unsigned long long)a.version),
        BC_OK);
    list_xattrs(listing, node);
    assert_int_equal(bc_buffer_append(&listing->text, "\n", 1), BC_OK);
    list_content(listing, &a);
    return kind == BC_DIRECTORY ? bc_tree_list(listing->branch, node, list_entry, listing) : BC_OK;
}

static struct bc_buffer list_all(struct bc_branch *branch)
{
    struct listing listing = {.branch = branch};
    assert_int_equal(list_entry(&listing, text_slice(""), BC_ROOT_NODE, BC_DIRECTORY), BC_OK);
    assert_int_equal(bc_buffer_append(&listing.text, "", 1), BC_OK);
    return listing.text;
}

/* The first line that is not as expected is told. */
static void expect_same(const struct bc_buffer *found, const struct bc_buffer *expected)
{
    const char *a = found->data;
    const char *b = expected->data;
    const char *last = a;
    for (; *a && *a == *b; a++, b++)
        last = *a == '\n' ? a + 1 : last;
    if (*a != *b)
        fail_msg("%.*s, not %.*s", (int)strcspn(last, "\n"), last,
                 (int)(strcspn(b, "\n") + (size_t)(a - last)), b - (a - last));
}

/* The branch goes on on the layer, so that the check looks at it. */
static void move(struct world *world, struct bc_branch *branch, uint64_t to)
{
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
    struct bc_move move = {.expected = top ? top->id : 0, .to = to, .no_head = true};
    assert_int_equal(bc_branch_move(branch, &move), BC_OK);
    bc_layer_release(world->repo, top);
}

static void transplant_and_compare(struct world *world, struct bc_branch *other)
{
    struct bc_layer *onto = NULL;
    struct bc_layer *made = NULL;
    struct bc_branch *to = NULL;
    struct bc_buffer expected = list_all(world->main);
    assert_int_equal(bc_branch_freeze(other, &onto), BC_OK);
    assert_int_equal(bc_transplant(world->main, onto->id, 0, &to), BC_OK);
    struct bc_buffer found = list_all(to);
    expect_same(&found, &expected);
    assert_int_equal(bc_branch_freeze(to, &made), BC_OK);
    move(world, world->main, made->id);
    bc_branch_release(to);
    world_check(world);
    bc_buffer_release(&found);
    found = list_all(world->main);
    expect_same(&found, &expected);
    bc_buffer_release(&found);
    bc_buffer_release(&expected);
    bc_layer_release(world->repo, made);
    bc_layer_release(world->repo, onto);
}

static void any_tree_can_be_put_on_any_other(void **state)
{
    enum { TIMES = 60, STEPS = 25 };
    (void)state;
    uint64_t random = world_seed();
    struct world world;
    world_open(&world, NULL);
    for (int i = 0; i < STEPS; i++)
        step(&world, world.main, &random);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    for (int i = 0; i < TIMES; i++) {
        for (uint64_t n = world_random(&random, STEPS); n > 0; n--)
            step(&world, world_random(&random, 2) ? world.main : other, &random);
        transplant_and_compare(&world, other);
    }
    bc_branch_release(other);
    world_close(&world);
}

/* What the two have of old is not told again because of its times. */
static void times_alone_are_not_told(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *to = NULL;
    struct bc_layer *main = NULL;
    struct bc_layer *onto = NULL;
    world_open(&world, NULL);
    uint64_t file = world_put(world.main, "a.nt", "<http://e/a> <http://e/p> <http://e/a> .\n");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    struct bc_change touch = {.mask = BC_CHANGE_MTIME, .mtime_ns = 12345};
    struct bc_attr attr;
    assert_int_equal(bc_tree_change(world.main, file, &touch, &attr), BC_OK);
    assert_int_equal(bc_branch_freeze(world.main, &main), BC_OK);
    assert_int_equal(bc_branch_freeze(other, &onto), BC_OK);
    assert_int_equal(bc_transplant(world.main, onto->id, main->id, &to), BC_OK);
    assert_false(to->work_used);
    bc_branch_release(to);
    assert_int_equal(bc_transplant(world.main, onto->id, 0, &to), BC_OK);
    assert_int_equal(world_stat(to, file).mtime_ns, 12345);
    bc_branch_release(to);
    bc_layer_release(world.repo, main);
    bc_layer_release(world.repo, onto);
    bc_branch_release(other);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_tree_can_be_put_on_any_other),
        cmocka_unit_test(times_alone_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
