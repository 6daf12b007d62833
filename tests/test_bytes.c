#include "tests/tree_world.h"

enum { BRANCHES = 5, LARGEST = 6 * BC_CHUNK_BYTES };

/* A file of every branch beside a plain array. */
struct beside {
    struct bc_branch *branch;
    size_t size;
    unsigned char bytes[LARGEST];
};

static void compare(const struct beside *beside, uint64_t node)
{
    struct bc_buffer content = world_content(beside->branch, node);
    assert_int_equal(content.size, beside->size);
    if (beside->size && memcmp(content.data, beside->bytes, beside->size) != 0)
        fail_msg("the content differs");
    bc_buffer_release(&content);
}

static void compare_part(const struct beside *beside, uint64_t node, uint64_t offset, size_t size)
{
    static unsigned char part[LARGEST];
    size_t done;
    size_t expected = offset >= beside->size         ? 0
                      : size > beside->size - offset ? beside->size - offset
                                                     : size;
    assert_int_equal(bc_bytes_read(beside->branch, node, offset, part, size, &done), BC_OK);
    assert_int_equal(done, expected);
    assert_memory_equal(part, beside->bytes + (done ? offset : 0), done);
}

/* Often at, just before or just behind a chunk's edge. */
static uint64_t some_offset(uint64_t *random)
{
    uint64_t offset = world_random(random, LARGEST);
    if (world_random(random, 3))
        return offset;
    offset -= offset % BC_CHUNK_BYTES;
    return offset ? offset + world_random(random, 3) - 1 : 0;
}

static void write_some(struct beside *beside, uint64_t node, uint64_t *random)
{
    static unsigned char bytes[LARGEST];
    uint64_t offset = some_offset(random);
    size_t size = world_random(random, world_random(random, 2) ? 100 : LARGEST);
    bool append = !world_random(random, 5);
    struct bc_attr attr;
    if (append)
        offset = beside->size;
    if (size > LARGEST - offset)
        size = LARGEST - offset;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)world_random(random, 256);
    assert_int_equal(bc_bytes_write(beside->branch, node, append ? UINT64_MAX : offset, bytes, size,
                                    append, &attr),
                     BC_OK);
    memcpy(beside->bytes + offset, bytes, size);
    if (size && offset + size > beside->size)
        beside->size = offset + size;
    assert_int_equal(attr.size_bytes, beside->size);
}

static void resize(struct beside *beside, uint64_t node, uint64_t *random)
{
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = some_offset(random)};
    struct bc_attr attr;
    if (!world_random(random, 10))
        change.size_bytes = 0;
    assert_int_equal(bc_tree_change(beside->branch, node, &change, &attr), BC_OK);
    if (change.size_bytes < beside->size)
        memset(beside->bytes + change.size_bytes, 0, beside->size - change.size_bytes);
    beside->size = change.size_bytes;
    assert_int_equal(attr.size_bytes, beside->size);
}

/* One of the others is thrown away and becomes a fork of this one. */
static void fork_over(struct world *world, struct beside *all, size_t from, uint64_t *random,
                      int serial)
{
    size_t to = world_random(random, BRANCHES);
    char name[32];
    if (to == from)
        return;
    (void)snprintf(name, sizeof name, "fork-%d", serial);
    bc_branch_release(all[to].branch);
    all[to] = all[from];
    all[to].branch = world_fork(world, all[from].branch, name);
}

static void sparse_writes_cuts_and_reads_are_those_of_an_array(void **state)
{
    (void)state;
    enum { STEPS = 1500 };
    static struct beside all[BRANCHES];
    struct world world;
    uint64_t random = world_seed();
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "plain");
    for (size_t i = 0; i < BRANCHES; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "first-%zu", i);
        all[i].branch = world_fork(&world, world.main, name);
    }
    for (int i = 0; i < STEPS; i++) {
        size_t which = world_random(&random, BRANCHES);
        uint64_t what = world_random(&random, 100);
        if (what < 45)
            write_some(&all[which], node, &random);
        else if (what < 65)
            resize(&all[which], node, &random);
        else if (what < 90)
            compare_part(&all[which], node, some_offset(&random), world_random(&random, LARGEST));
        else
            fork_over(&world, all, which, &random, 1000 + i);
        if (i % 20 == 0)
            compare(&all[which], node);
    }
    world_check(&world);
    for (size_t i = 0; i < BRANCHES; i++) {
        compare(&all[i], node);
        bc_branch_release(all[i].branch);
    }
    world_close(&world);
}

static void what_was_cut_off_does_not_come_back(void **state)
{
    (void)state;
    static char bytes[3 * BC_CHUNK_BYTES];
    struct world world;
    struct bc_attr attr;
    memset(bytes, 'x', sizeof bytes);
    world_open(&world, NULL);
    for (int layers = 0; layers < 2; layers++) {
        char name[16];
        (void)snprintf(name, sizeof name, "file%d", layers);
        uint64_t node = world_file(world.main, name);
        assert_int_equal(bc_bytes_write(world.main, node, 0, bytes, sizeof bytes, false, NULL),
                         BC_OK);
        if (layers)
            bc_branch_release(world_fork(&world, world.main, name));
        struct bc_change cut = {.mask = BC_CHANGE_SIZE, .size_bytes = BC_CHUNK_BYTES + 10};
        struct bc_change grow = {.mask = BC_CHANGE_SIZE, .size_bytes = sizeof bytes};
        assert_int_equal(bc_tree_change(world.main, node, &cut, &attr), BC_OK);
        assert_int_equal(bc_tree_change(world.main, node, &grow, &attr), BC_OK);
        struct bc_buffer content = world_content(world.main, node);
        for (size_t i = 0; i < content.size; i++)
            assert_int_equal(content.data[i], i < BC_CHUNK_BYTES + 10 ? 'x' : 0);
        bc_buffer_release(&content);
    }
    world_close(&world);
}

static void far_away_bytes_cost_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    char read[8];
    size_t done;
    const uint64_t far = (uint64_t)1 << 61;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "plain");
    assert_int_equal(bc_bytes_write(world.main, node, far, "end", 3, false, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, far + 3);
    assert_int_equal(bc_bytes_read(world.main, node, far - 3, read, 8, &done), BC_OK);
    assert_int_equal(done, 6);
    assert_memory_equal(read, "\0\0\0end", 6);
    assert_int_equal(
        bc_bytes_write(world.main, node, ((uint64_t)1 << 62) - 2, "end", 3, false, NULL),
        BC_TOO_LARGE);
    assert_int_equal(bc_bytes_write(world.main, node, UINT64_MAX, "end", 3, false, NULL),
                     BC_TOO_LARGE);
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = (uint64_t)1 << 62};
    assert_int_equal(bc_tree_change(world.main, node, &change, &attr), BC_OK);
    assert_int_equal(bc_bytes_write(world.main, node, 0, "x", 1, true, NULL), BC_TOO_LARGE);
    change.size_bytes++;
    assert_int_equal(bc_tree_change(world.main, node, &change, &attr), BC_TOO_LARGE);
    world_close(&world);
}

static void only_files_have_bytes(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    char byte;
    size_t done;
    struct bc_make make = {.kind = BC_SYMLINK, .target = {"t", 1}};
    world_open(&world, NULL);
    assert_int_equal(bc_tree_make(world.main, BC_ROOT_NODE, text_slice("link"), &make, &attr),
                     BC_OK);
    assert_int_equal(bc_bytes_read(world.main, attr.node, 0, &byte, 1, &done), BC_INVALID);
    assert_int_equal(bc_bytes_write(world.main, attr.node, 0, "x", 1, false, NULL), BC_INVALID);
    assert_int_equal(bc_bytes_write(world.main, attr.node, 0, "", 0, false, NULL), BC_INVALID);
    assert_int_equal(bc_bytes_read(world.main, BC_ROOT_NODE, 0, &byte, 1, &done), BC_IS_DIRECTORY);
    assert_int_equal(bc_bytes_write(world.main, BC_ROOT_NODE, 0, "x", 1, false, NULL),
                     BC_IS_DIRECTORY);
    assert_int_equal(bc_bytes_write(world.main, 999999, 0, "x", 1, false, NULL), BC_STALE);
    assert_int_equal(bc_bytes_write(world.main, 999999, 0, "", 0, false, NULL), BC_STALE);
    world_close(&world);
}

static void nothing_written_is_no_change(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "plain", "abc");
    struct bc_attr before = world_stat(world.main, node);
    assert_int_equal(bc_bytes_write(world.main, node, 100, "", 0, false, &attr), BC_OK);
    world_same(&attr, &before);
    assert_int_equal(bc_bytes_write(world.main, node, 1, "B", 1, false, &attr), BC_OK);
    assert_true(attr.version != before.version);
    world_expect(world.main, "plain", "aBc");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparse_writes_cuts_and_reads_are_those_of_an_array),
        cmocka_unit_test(what_was_cut_off_does_not_come_back),
        cmocka_unit_test(far_away_bytes_cost_nothing),
        cmocka_unit_test(only_files_have_bytes),
        cmocka_unit_test(nothing_written_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
