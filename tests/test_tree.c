#include "tests/tree_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"
#define G "<http://e/c> <http://e/p> \"3\" <http://e/g> .\n"

static enum bc_status add_name(void *context, struct bc_slice name, uint64_t node,
                               enum bc_kind kind)
{
    (void)node;
    return bc_buffer_printf(context, "%.*s%s ", (int)name.size, name.data,
                            kind == BC_DIRECTORY ? "/"
                            : kind == BC_SYMLINK ? "@"
                                                 : "");
}

static void assert_list(struct bc_branch *branch, const char *path, const char *expected)
{
    struct bc_buffer names = {0};
    assert_int_equal(
        bc_tree_list(branch, *path ? world_find(branch, path) : BC_ROOT_NODE, add_name, &names),
        BC_OK);
    assert_int_equal(bc_buffer_append(&names, "", 1), BC_OK);
    assert_string_equal(names.data, expected);
    bc_buffer_release(&names);
}

static enum bc_status make_named(struct bc_branch *branch, uint64_t parent, const char *name,
                                 enum bc_kind kind)
{
    struct bc_make make = {.kind = kind, .mode = 0644, .target = text_slice("target")};
    struct bc_attr attr;
    if (kind != BC_SYMLINK)
        make.target = text_slice("");
    return bc_tree_make(branch, parent, text_slice(name), &make, &attr);
}

static void what_is_made_is_found(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr made;
    struct bc_attr found;
    struct bc_buffer buffer = {0};
    world_open(&world, NULL);
    struct bc_attr before = world_stat(world.main, BC_ROOT_NODE);
    struct bc_make make = {.kind = BC_FILE, .mode = 0100640, .uid = 3, .gid = 4};
    assert_int_equal(bc_tree_make(world.main, BC_ROOT_NODE, text_slice("a.nt"), &make, &made),
                     BC_OK);
    assert_int_equal(made.kind, BC_FILE);
    assert_int_equal(made.form, BC_TEXT);
    assert_int_equal(made.mode, 0640);
    assert_int_equal(made.uid, 3);
    assert_int_equal(made.gid, 4);
    assert_int_equal(made.parent, BC_ROOT_NODE);
    assert_int_equal(made.size_bytes, 0);
    assert_true(made.btime_ns > 0 && made.btime_ns == made.mtime_ns);
    assert_int_equal(bc_tree_lookup(world.main, BC_ROOT_NODE, text_slice("a.nt"), &found), BC_OK);
    world_same(&made, &found);
    assert_int_equal(bc_tree_stat(world.main, made.node, &found), BC_OK);
    world_same(&made, &found);
    struct bc_attr after = world_stat(world.main, BC_ROOT_NODE);
    assert_true(after.mtime_ns >= before.mtime_ns);
    assert_true(after.version != before.version);

    assert_int_equal(make_named(world.main, BC_ROOT_NODE, "link", BC_SYMLINK), BC_OK);
    uint64_t link = world_find(world.main, "link");
    assert_int_equal(world_stat(world.main, link).size_bytes, 6);
    assert_int_equal(bc_tree_readlink(world.main, link, &buffer), BC_OK);
    assert_int_equal(buffer.size, 6);
    assert_memory_equal(buffer.data, "target", 6);
    assert_int_equal(bc_tree_readlink(world.main, made.node, &buffer), BC_INVALID);
    assert_int_equal(bc_tree_readlink(world.main, 999999, &buffer), BC_STALE);
    uint64_t folder = world_folder(world.main, "folder");
    world_folder(world.main, "folder/deep");
    uint64_t deep = world_put(world.main, "folder/deep/x", "y");
    assert_int_equal(world_stat(world.main, deep).form, BC_BYTES);
    assert_int_equal(world_find(world.main, "folder/deep/x"), deep);
    assert_int_equal(world_find(world.main, "folder//deep/x"), deep);
    bc_buffer_clear(&buffer);
    assert_int_equal(bc_buffer_append(&buffer, "at:", 3), BC_OK);
    assert_int_equal(bc_tree_path(world.main, deep, &buffer), BC_OK);
    assert_int_equal(buffer.size, 16);
    assert_memory_equal(buffer.data, "at:folder/deep/x", 16);
    bc_buffer_clear(&buffer);
    assert_int_equal(bc_tree_path(world.main, BC_ROOT_NODE, &buffer), BC_OK);
    assert_int_equal(buffer.size, 0);
    assert_list(world.main, "", "a.nt folder/ link@ ");
    assert_int_equal(bc_tree_list(world.main, made.node, add_name, &buffer), BC_NOT_DIRECTORY);
    assert_int_equal(bc_tree_list(world.main, 999999, add_name, &buffer), BC_STALE);
    assert_int_equal(bc_tree_lookup(world.main, made.node, text_slice("x"), &found),
                     BC_NOT_DIRECTORY);
    assert_int_equal(bc_tree_lookup(world.main, 999999, text_slice("x"), &found), BC_STALE);
    assert_int_equal(bc_tree_find(world.main, text_slice("folder/none/x"), &found), BC_NOT_FOUND);
    assert_int_equal(bc_tree_find(world.main, text_slice("a.nt/x"), &found), BC_NOT_DIRECTORY);
    (void)folder;
    bc_buffer_release(&buffer);
    world_close(&world);
}

static void names_are_checked(void **state)
{
    (void)state;
    struct world world;
    char name[257];
    struct bc_attr attr;
    struct bc_make make = {.kind = BC_FILE};
    world_open(&world, NULL);
    static const char *const bad[] = {"", ".", "..", "a/b", "/"};
    uint64_t file = world_put(world.main, "f", "x");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(make_named(world.main, BC_ROOT_NODE, bad[i], BC_FILE), BC_INVALID);
        assert_int_equal(bc_tree_rename(world.main, BC_ROOT_NODE, text_slice("f"), BC_ROOT_NODE,
                                        text_slice(bad[i]), 0, NULL, NULL),
                         BC_INVALID);
    }
    assert_int_equal(bc_tree_make(world.main, BC_ROOT_NODE, bc_slice("a\0b", 3), &make, &attr),
                     BC_INVALID);
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    assert_int_equal(make_named(world.main, BC_ROOT_NODE, name, BC_FILE), BC_NAME_TOO_LONG);
    assert_int_equal(bc_tree_lookup(world.main, BC_ROOT_NODE, text_slice(name), &attr),
                     BC_NAME_TOO_LONG);
    assert_int_equal(world_rename(&world, world.main, "f", name, 0, NULL), BC_NAME_TOO_LONG);
    name[255] = '\0';
    assert_int_equal(make_named(world.main, BC_ROOT_NODE, name, BC_DIRECTORY), BC_OK);
    assert_int_equal(make_named(world.main, BC_ROOT_NODE, name, BC_DIRECTORY), BC_EXISTS);
    assert_int_equal(make_named(world.main, file, "x", BC_FILE), BC_NOT_DIRECTORY);
    assert_int_equal(make_named(world.main, 999999, "x", BC_FILE), BC_STALE);
    assert_int_equal(make_named(world.main, BC_ROOT_NODE, "\xFF\x01", BC_FILE), BC_OK);
    assert_int_equal(make_named(world.main, BC_ROOT_NODE, ".nt", BC_FILE), BC_OK);
    assert_int_equal(world_stat(world.main, world_find(world.main, ".nt")).form, BC_BYTES);
    world_close(&world);
}

static void names_of_many_layers_are_listed_once_in_order(void **state)
{
    (void)state;
    enum { LAYERS = 40 };
    struct world world;
    struct bc_branch *forks[LAYERS];
    char name[32];
    world_open(&world, NULL);
    world_folder(world.main, "folder");
    world_put(world.main, "folder/always", "0");
    for (int i = 0; i < LAYERS; i++) {
        (void)snprintf(name, sizeof name, "folder/n%02d", (i * 7) % LAYERS);
        world_put(world.main, name, "x");
        if (i % 3 == 2) { /* a removal over a lower layer */
            (void)snprintf(name, sizeof name, "folder/n%02d", ((i - 1) * 7) % LAYERS);
            assert_int_equal(world_remove(world.main, name), BC_OK);
        }
        if (i % 9 == 8) { /* and back again over the removal */
            (void)snprintf(name, sizeof name, "folder/n%02d", ((i - 4) * 7) % LAYERS);
            assert_int_equal(world_find(world.main, name), 0);
            world_put(world.main, name, "again");
        }
        world_put(world.main, "folder/always", "1");
        (void)snprintf(name, sizeof name, "f%d", i);
        forks[i] = world_fork(&world, world.main, name);
    }
    struct bc_buffer expected = {0};
    assert_int_equal(bc_buffer_printf(&expected, "always "), BC_OK);
    for (int n = 0; n < LAYERS; n++) {
        int i = 0;
        while (i * 7 % LAYERS != n)
            i++;
        bool removed = i % 3 == 1 && i + 1 < LAYERS;
        if (!removed || (i % 9 == 4 && i + 4 < LAYERS))
            assert_int_equal(bc_buffer_printf(&expected, "n%02d ", n), BC_OK);
    }
    assert_int_equal(bc_buffer_append(&expected, "", 1), BC_OK);
    assert_list(world.main, "folder", expected.data);
    for (int i = 0; i < LAYERS; i++)
        bc_branch_release(forks[i]);
    world_reopen(&world);
    assert_list(world.main, "folder", expected.data);
    bc_buffer_release(&expected);
    assert_int_equal(world.main->top ? world.main->top->depth : 0, LAYERS);
    world_close(&world);
}

static void a_removed_name_is_gone_here_alone(void **state)
{
    (void)state;
    struct world world;
    uint64_t removed = 0;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t folder = world_folder(world.main, "folder");
    uint64_t node = world_put(world.main, "folder/a", "x");
    struct bc_slice a = text_slice("a");
    assert_int_equal(bc_tree_remove(world.main, folder, a, true, NULL), BC_NOT_DIRECTORY);
    assert_int_equal(bc_tree_remove(world.main, BC_ROOT_NODE, text_slice("folder"), false, NULL),
                     BC_IS_DIRECTORY);
    assert_int_equal(world_remove(world.main, "folder"), BC_NOT_EMPTY);
    assert_int_equal(bc_tree_remove(world.main, folder, text_slice("b"), false, NULL),
                     BC_NOT_FOUND);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(bc_tree_remove(fork, folder, a, false, &removed), BC_OK);
    assert_int_equal(removed, node);
    assert_int_equal(bc_tree_stat(fork, node, &attr), BC_STALE);
    assert_int_equal(world_remove(fork, "folder"), BC_OK);
    assert_int_equal(bc_tree_list(fork, folder, add_name, NULL), BC_STALE);
    world_expect(world.main, "folder/a", "x");
    uint64_t again = world_folder(fork, "folder");
    assert_true(again != folder);
    assert_list(fork, "folder", "");
    assert_int_equal(world_remove(world.main, "folder/a"), BC_OK);
    assert_int_equal(world_remove(world.main, "folder"), BC_OK);
    assert_list(world.main, "", "");
    bc_branch_release(fork);
    world_close(&world);
}

static void an_unlinked_file_lives_while_it_is_open(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    struct bc_buffer path = {0};
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = 1};
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a", "one");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    assert_int_equal(bc_node_open(world.main, node), BC_OK);
    assert_int_equal(bc_node_open(world.main, node), BC_OK);
    assert_int_equal(world_remove(world.main, "a"), BC_OK);
    assert_int_equal(world_find(world.main, "a"), 0);
    assert_int_equal(world_stat(world.main, node).parent, 0);
    assert_int_equal(bc_tree_path(world.main, node, &path), BC_STALE);
    assert_int_equal(path.size, 0);
    assert_int_equal(bc_bytes_write(world.main, node, 3, " two", 4, false, NULL), BC_OK);
    /* Across a fork: it lives on in the layer that both stand on, without a name. */
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(bc_bytes_write(world.main, node, 7, "!", 1, false, NULL), BC_OK);
    struct bc_buffer content = world_content(world.main, node);
    assert_string_equal(content.data, "one two!");
    bc_buffer_release(&content);
    assert_list(fork, "", "");
    assert_int_equal(bc_tree_change(world.main, node, &change, &attr), BC_OK);
    bc_node_close(world.main, node);
    assert_int_equal(bc_tree_stat(world.main, node, &attr), BC_OK);
    bc_node_close(world.main, node);
    assert_int_equal(bc_tree_stat(world.main, node, &attr), BC_STALE);
    assert_int_equal(bc_node_open(world.main, node), BC_STALE);
    world_expect(other, "a", "one");
    bc_branch_release(fork);
    bc_branch_release(other);
    world_check(&world);
    world_reopen(&world);
    assert_int_equal(bc_tree_stat(world.main, node, &attr), BC_STALE);
    bc_buffer_release(&path);
    world_close(&world);
}

static void what_was_open_at_a_crash_is_removed_at_the_start(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    struct bc_branch_totals totals;
    world_open(&world, NULL);
    char big[200000];
    memset(big, 'x', sizeof big);
    uint64_t plain = world_put(world.main, "plain", "");
    assert_int_equal(bc_bytes_write(world.main, plain, 0, big, sizeof big, false, NULL), BC_OK);
    uint64_t text = world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    uint64_t own = world_put(fork, "own", "x");
    for (int i = 0; i < 2; i++) {
        struct bc_branch *branch = i ? fork : world.main;
        assert_int_equal(bc_node_open(branch, plain), BC_OK);
        assert_int_equal(bc_node_open(branch, text), BC_OK);
        assert_int_equal(world_remove(branch, "plain"), BC_OK);
        assert_int_equal(world_remove(branch, "a.nt"), BC_OK);
    }
    assert_int_equal(bc_node_open(fork, own), BC_OK);
    assert_int_equal(world_remove(fork, "own"), BC_OK);
    bc_branch_release(fork);
    world_reopen(&world);
    fork = world_branch(&world, "fork");
    assert_int_equal(bc_tree_stat(world.main, plain, &attr), BC_STALE);
    assert_int_equal(bc_tree_stat(fork, plain, &attr), BC_STALE);
    assert_int_equal(bc_tree_stat(fork, text, &attr), BC_STALE);
    assert_int_equal(bc_tree_stat(fork, own, &attr), BC_STALE);
    assert_int_equal(bc_branch_measure(fork, &totals), BC_OK);
    assert_int_equal(totals.files, 0);
    bc_branch_release(fork);
    world_close(&world);
}

static void a_removed_folder_takes_nothing_new(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t folder = world_folder(world.main, "folder");
    world_put(world.main, "f", "x");
    assert_int_equal(bc_node_open(world.main, folder), BC_OK);
    assert_int_equal(world_remove(world.main, "folder"), BC_OK);
    assert_int_equal(bc_tree_list(world.main, folder, add_name, NULL), BC_OK);
    assert_int_equal(make_named(world.main, folder, "x", BC_FILE), BC_STALE);
    assert_int_equal(bc_tree_rename(world.main, BC_ROOT_NODE, text_slice("f"), folder,
                                    text_slice("f"), 0, NULL, NULL),
                     BC_STALE);
    bc_node_close(world.main, folder);
    assert_int_equal(bc_tree_list(world.main, folder, add_name, NULL), BC_STALE);
    world_close(&world);
}

static void rename_moves_names_and_keeps_identities(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    struct bc_attr attr;
    world_open(&world, NULL);
    struct bc_branch *m = world.main;
    uint64_t a = world_put(m, "a", "a");
    uint64_t b = world_put(m, "b", "b");
    uint64_t text = world_put(m, "t.nt", A);
    uint64_t folder = world_folder(m, "folder");
    uint64_t sub = world_folder(m, "folder/sub");
    world_folder(m, "empty");
    struct bc_branch *fork = world_fork(&world, m, "fork");

    assert_int_equal(world_rename(&world, m, "none", "x", 0, NULL), BC_NOT_FOUND);
    assert_int_equal(world_rename(&world, m, "a", "b", BC_RENAME_NOREPLACE, NULL), BC_EXISTS);
    assert_int_equal(world_rename(&world, m, "a", "x", BC_RENAME_EXCHANGE, NULL), BC_NOT_FOUND);
    assert_int_equal(
        world_rename(&world, m, "a", "b", BC_RENAME_NOREPLACE | BC_RENAME_EXCHANGE, NULL),
        BC_INVALID);
    assert_int_equal(world_rename(&world, m, "a", "folder", 0, NULL), BC_IS_DIRECTORY);
    assert_int_equal(world_rename(&world, m, "folder", "a", 0, NULL), BC_NOT_DIRECTORY);
    assert_int_equal(world_rename(&world, m, "empty", "folder", 0, NULL), BC_NOT_EMPTY);
    assert_int_equal(world_rename(&world, m, "folder", "folder/sub/x", 0, NULL), BC_INVALID);
    assert_int_equal(world_rename(&world, m, "folder", "folder/x", 0, NULL), BC_INVALID);
    assert_int_equal(world_rename(&world, m, "folder", "folder/sub", BC_RENAME_EXCHANGE, NULL),
                     BC_INVALID);
    assert_int_equal(world_rename(&world, m, "folder/sub", "folder", BC_RENAME_EXCHANGE, NULL),
                     BC_INVALID);
    assert_int_equal(
        bc_tree_rename(m, a, text_slice("x"), BC_ROOT_NODE, text_slice("y"), 0, NULL, NULL),
        BC_NOT_DIRECTORY);
    assert_int_equal(
        bc_tree_rename(m, BC_ROOT_NODE, text_slice("a"), b, text_slice("y"), 0, NULL, NULL),
        BC_NOT_DIRECTORY);
    assert_int_equal(
        bc_tree_rename(m, 999999, text_slice("a"), BC_ROOT_NODE, text_slice("y"), 0, NULL, NULL),
        BC_STALE);

    assert_int_equal(world_rename(&world, m, "a", "a", 0, &renamed), BC_OK);
    assert_int_equal(renamed.node, a);
    assert_int_equal(renamed.replaced, 0);
    assert_int_equal(world_rename(&world, m, "a", "a", BC_RENAME_EXCHANGE, NULL), BC_OK);
    assert_int_equal(world_rename(&world, m, "a", "a", BC_RENAME_NOREPLACE, NULL), BC_EXISTS);
    assert_int_equal(world_rename(&world, m, "a", "folder/sub/c", BC_RENAME_NOREPLACE, &renamed),
                     BC_OK);
    assert_int_equal(world_find(m, "folder/sub/c"), a);
    assert_int_equal(world_find(m, "a"), 0);
    assert_int_equal(world_rename(&world, m, "folder/sub/c", "b", 0, &renamed), BC_OK);
    assert_int_equal(renamed.replaced, b);
    assert_false(renamed.converted);
    assert_int_equal(bc_tree_stat(m, b, &attr), BC_STALE);
    world_expect(m, "b", "a");
    assert_int_equal(world_rename(&world, m, "folder", "empty", 0, NULL), BC_OK);
    assert_int_equal(world_find(m, "empty"), folder);
    assert_int_equal(world_find(m, "empty/sub"), sub);
    assert_int_equal(world_rename(&world, m, "empty", "b", BC_RENAME_EXCHANGE, &renamed), BC_OK);
    assert_int_equal(renamed.replaced, 0);
    assert_int_equal(world_find(m, "b/sub"), sub);
    world_expect(m, "empty", "a");
    assert_int_equal(world_rename(&world, m, "t.nt", "b/sub/t.nt", 0, NULL), BC_OK);
    assert_int_equal(world_find(m, "b/sub/t.nt"), text);
    assert_list(m, "", "b/ empty ");

    /* There and back: what lies below shows through no more than before. */
    assert_int_equal(world_rename(&world, m, "b/sub/t.nt", "t.nt", 0, NULL), BC_OK);
    assert_list(fork, "", "a b empty/ folder/ t.nt ");
    assert_int_equal(world_find(fork, "a"), a);
    assert_int_equal(world_rename(&world, fork, "a", "z", 0, NULL), BC_OK);
    assert_int_equal(world_rename(&world, fork, "z", "a", 0, NULL), BC_OK);
    assert_list(fork, "", "a b empty/ folder/ t.nt ");
    bc_branch_release(fork);
    world_reopen(&world);
    assert_list(world.main, "", "b/ empty t.nt ");
    world_close(&world);
}

static void an_open_file_survives_a_rename_over_it(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t old = world_put(world.main, "a.nt", A);
    uint64_t new = world_put(world.main, "b.nt", B);
    assert_int_equal(bc_node_open(world.main, old), BC_OK);
    assert_int_equal(world_rename(&world, world.main, "b.nt", "a.nt", 0, NULL), BC_OK);
    assert_int_equal(world_find(world.main, "a.nt"), new);
    struct bc_buffer content = world_content(world.main, old);
    assert_string_equal(content.data, A);
    bc_buffer_release(&content);
    bc_node_close(world.main, old);
    assert_int_equal(bc_tree_stat(world.main, old, &attr), BC_STALE);
    world_close(&world);
}

static char *rejected(struct bc_branch *branch, const char *path)
{
    struct bc_rejected found;
    size_t done;
    if (bc_rejected_stat(branch, text_slice(path), &found))
        return NULL;
    char *text = calloc(1, found.size_bytes + 1);
    assert_non_null(text);
    assert_int_equal(bc_rejected_read(branch, text_slice(path), 0, text, found.size_bytes, &done),
                     BC_OK);
    return text;
}

static void a_plain_file_that_gets_a_texts_name_is_parsed(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "tmp", "# comment\n" B A A);
    struct bc_attr before = world_stat(world.main, node);
    assert_int_equal(world_rename(&world, world.main, "tmp", "a.nt", 0, &renamed), BC_OK);
    assert_true(renamed.converted);
    assert_int_equal(renamed.node, node);
    assert_int_equal(renamed.replaced, 0);
    world_expect(world.main, "a.nt", A B);
    struct bc_attr after = world_stat(world.main, node);
    assert_int_equal(after.form, BC_TEXT);
    assert_int_equal(after.triples, 2);
    assert_int_equal(after.mtime_ns, before.mtime_ns);
    assert_true(after.version != before.version);
    /* An empty one too. */
    world_put(world.main, "tmp", "");
    assert_int_equal(world_rename(&world, world.main, "tmp", "empty.nq", 0, &renamed), BC_OK);
    assert_true(renamed.converted);
    world_expect(world.main, "empty.nq", "");
    /* One that lies in a lower layer. */
    world_put(world.main, "tmp", C);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_rename(&world, fork, "tmp", "c.nt", 0, &renamed), BC_OK);
    world_expect(fork, "c.nt", C);
    world_expect(world.main, "tmp", C);
    bc_branch_release(fork);
    world_close(&world);
}

static void a_plain_file_over_a_text_becomes_its_content(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t text = world_put(world.main, "a.nt", A B);
    assert_int_equal(
        bc_xattr_set(world.main, text, text_slice("user.x"), text_slice("1"), false, false), BC_OK);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    uint64_t plain = world_put(fork, "sedXYZ", B C);
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = 0600};
    assert_int_equal(bc_tree_change(fork, plain, &change, &attr), BC_OK);
    uint64_t version = world_stat(fork, text).version;
    assert_int_equal(world_rename(&world, fork, "sedXYZ", "a.nt", 0, &renamed), BC_OK);
    assert_true(renamed.converted);
    assert_int_equal(renamed.node, text);
    assert_int_equal(renamed.replaced, 0);
    assert_int_equal(world_find(fork, "a.nt"), text);
    assert_int_equal(world_find(fork, "sedXYZ"), 0);
    assert_int_equal(bc_tree_stat(fork, plain, &attr), BC_STALE);
    world_expect(fork, "a.nt", B C);
    assert_int_equal(world_stat(fork, text).mode, 0600);
    assert_true(world_stat(fork, text).version > version);
    struct bc_buffer value = {0};
    assert_int_equal(bc_xattr_get(fork, text, text_slice("user.x"), &value), BC_OK);
    bc_buffer_release(&value);
    world_expect(world.main, "a.nt", A B);
    /* The same set again is no other version. */
    world_put(fork, "tmp", C B C);
    version = world_stat(fork, text).version;
    assert_int_equal(world_rename(&world, fork, "tmp", "a.nt", 0, NULL), BC_OK);
    assert_int_equal(world_stat(fork, text).version, version);
    bc_branch_release(fork);
    world_close(&world);
}

static void bad_text_leaves_both_files_and_is_kept(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t text = world_put(world.main, "a.nt", A);
    world_folder(world.main, "sub");
    uint64_t plain = world_put(world.main, "tmp", B "oops\n");
    struct bc_attr text_before = world_stat(world.main, text);
    struct bc_attr plain_before = world_stat(world.main, plain);
    assert_int_equal(world_rename(&world, world.main, "tmp", "a.nt", 0, NULL), BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "a.nt: line 2, column 1: "));
    struct bc_attr after = world_stat(world.main, text);
    world_same(&text_before, &after);
    after = world_stat(world.main, plain);
    world_same(&plain_before, &after);
    char *kept = rejected(world.main, "a.nt");
    assert_string_equal(kept, B "oops\n");
    free(kept);
    assert_int_equal(world_rename(&world, world.main, "tmp", "sub/b.nt", 0, NULL), BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "sub/b.nt: line 2"));
    kept = rejected(world.main, "sub/b.nt");
    assert_string_equal(kept, B "oops\n");
    free(kept);
    assert_int_equal(world_find(world.main, "sub/b.nt"), 0);
    world_check(&world);
    /* Quads are no triples. */
    world_put(world.main, "tmp", A G);
    assert_int_equal(world_rename(&world, world.main, "tmp", "a.nt", 0, NULL), BC_SYNTAX);
    assert_int_equal(world_rename(&world, world.main, "tmp", "a.nq", 0, NULL), BC_OK);
    world_expect(world.main, "a.nq", A G);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    kept = rejected(world.main, "sub/b.nt");
    assert_string_equal(kept, B "oops\n");
    free(kept);
    world_close(&world);
}

static void quads_need_their_extension(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    world_open(&world, NULL);
    world_put(world.main, "q.nq", A G);
    world_put(world.main, "t.nt", A);
    assert_int_equal(world_rename(&world, world.main, "q.nq", "x.nt", 0, NULL), BC_SYNTAX);
    assert_string_equal(world.err.text, "q.nq: 1 statements have a graph, which N-Triples cannot "
                                        "say; keep the extension .nq");
    assert_int_equal(world_rename(&world, world.main, "q.nq", "t.nt", BC_RENAME_EXCHANGE, NULL),
                     BC_SYNTAX);
    assert_int_equal(world_rename(&world, world.main, "t.nt", "q.nq", BC_RENAME_EXCHANGE, NULL),
                     BC_SYNTAX);
    assert_int_equal(world_rename(&world, world.main, "t.nt", "t.nq", 0, &renamed), BC_OK);
    assert_false(renamed.converted);
    assert_int_equal(world_rename(&world, world.main, "t.nq", "q.nq", BC_RENAME_EXCHANGE, NULL),
                     BC_OK);
    world_expect(world.main, "t.nq", A G);
    world_expect(world.main, "q.nq", A);
    assert_int_equal(world_rename(&world, world.main, "q.nq", "q.nt", 0, NULL), BC_OK);
    /* A plain name for a while does not make it forget. */
    assert_int_equal(world_rename(&world, world.main, "t.nq", "plain", 0, NULL), BC_OK);
    assert_int_equal(world_rename(&world, world.main, "plain", "x.nt", 0, NULL), BC_SYNTAX);
    assert_int_equal(world_rename(&world, world.main, "plain", "x.nq", 0, &renamed), BC_OK);
    assert_false(renamed.converted);
    world_close(&world);
}

static void a_plain_file_is_not_exchanged_with_a_text(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    world_put(world.main, "plain", B);
    const char *message = "plain: a plain file cannot be exchanged with a triple file; rename it "
                          "over the file instead";
    assert_int_equal(world_rename(&world, world.main, "plain", "a.nt", BC_RENAME_EXCHANGE, NULL),
                     BC_INVALID);
    assert_string_equal(world.err.text, message);
    assert_int_equal(world_rename(&world, world.main, "a.nt", "plain", BC_RENAME_EXCHANGE, NULL),
                     BC_INVALID);
    assert_string_equal(world.err.text, message);
    world_close(&world);
}

static void a_text_with_a_plain_name_becomes_bytes_at_the_first_write(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    struct bc_change cut = {.mask = BC_CHANGE_SIZE, .size_bytes = 5};
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a.nt", B A);
    assert_int_equal(bc_bytes_write(world.main, node, 0, "x", 1, false, NULL), BC_INVALID);
    assert_int_equal(bc_tree_change(world.main, node, &cut, &attr), BC_INVALID);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_rename(&world, fork, "a.nt", "a.txt", 0, NULL), BC_OK);
    attr = world_stat(fork, node);
    assert_int_equal(attr.form, BC_TEXT);
    assert_int_equal(attr.triples, 2);
    world_expect(fork, "a.txt", A B);
    assert_int_equal(bc_bytes_write(fork, node, 0, "", 0, false, &attr), BC_OK);
    assert_int_equal(attr.form, BC_TEXT);
    assert_int_equal(bc_bytes_write(fork, node, 0, "#", 1, false, &attr), BC_OK);
    assert_int_equal(attr.form, BC_BYTES);
    assert_int_equal(attr.triples, 0);
    assert_int_equal(attr.size_bytes, strlen(A B));
    world_expect(fork, "a.txt", "#http://e/a> <http://e/p> \"1\" .\n" B);
    world_expect(world.main, "a.nt", A B);
    assert_int_equal(world_rename(&world, fork, "a.txt", "a.nt", 0, NULL), BC_OK);
    world_expect(fork, "a.nt", B);
    /* Cut before anything is written. */
    assert_int_equal(world_rename(&world, world.main, "a.nt", "b", 0, NULL), BC_OK);
    assert_int_equal(bc_tree_change(world.main, node, &cut, &attr), BC_OK);
    world_expect(world.main, "b", "<http");
    bc_branch_release(fork);
    world_close(&world);
}

static void a_large_text_becomes_bytes_and_a_text_again(void **state)
{
    (void)state;
    enum { LINES = 60000 };
    struct world world;
    struct bc_buffer raw = {0};
    struct bc_attr attr;
    world_open(&world, NULL);
    for (int i = 0; i < LINES; i++)
        assert_int_equal(
            bc_buffer_printf(&raw, "<http://example.org/s%05d> <http://e/p> \"%d\" .\n", i, i),
            BC_OK);
    uint64_t node = world_file(world.main, "a.nt");
    assert_int_equal(world_edit(world.main, node, BC_EDIT_REPLACE, raw.data, raw.size), BC_OK);
    assert_int_equal(world_rename(&world, world.main, "a.nt", "a", 0, NULL), BC_OK);
    assert_int_equal(bc_bytes_write(world.main, node, raw.size, A, strlen(A), false, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, raw.size + strlen(A));
    struct bc_buffer content = world_content(world.main, node);
    assert_memory_equal(content.data, raw.data, raw.size);
    assert_string_equal(content.data + raw.size, A);
    bc_buffer_release(&content);
    world_check(&world);
    struct bc_collected collected = {0};
    assert_int_equal(bc_repo_collect(world.repo, &collected), BC_OK);
    assert_int_equal(collected.runs, 0); /* the run went with the conversion */
    assert_int_equal(world_rename(&world, world.main, "a", "a.nt", 0, NULL), BC_OK);
    attr = world_stat(world.main, node);
    assert_int_equal(attr.triples, LINES + 1);
    assert_int_equal(attr.size_bytes, raw.size + strlen(A));
    bc_buffer_release(&raw);
    world_close(&world);
}

static void attributes_change_alone(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    struct bc_attr before = world_stat(fork, node);
    struct bc_change change = {.mask = BC_CHANGE_MODE | BC_CHANGE_UID | BC_CHANGE_GID |
                                       BC_CHANGE_ATIME | BC_CHANGE_MTIME | BC_CHANGE_CTIME,
                               .mode = 0107755,
                               .uid = 11,
                               .gid = 12,
                               .atime_ns = -5,
                               .mtime_ns = 6,
                               .ctime_ns = 7};
    assert_int_equal(bc_tree_change(fork, node, &change, &attr), BC_OK);
    assert_int_equal(attr.mode, 07755);
    assert_int_equal(attr.uid, 11);
    assert_int_equal(attr.gid, 12);
    assert_int_equal(attr.atime_ns, -5);
    assert_int_equal(attr.mtime_ns, 6);
    assert_int_equal(attr.ctime_ns, 7);
    assert_int_equal(attr.version, before.version);
    struct bc_attr stored = world_stat(fork, node);
    world_same(&stored, &attr);
    world_expect(fork, "a.nt", A);
    change = (struct bc_change){.mask = BC_CHANGE_UID, .uid = 13};
    assert_int_equal(bc_tree_change(fork, node, &change, &attr), BC_OK);
    assert_int_equal(attr.gid, 12);
    assert_true(attr.ctime_ns > 7);
    attr = world_stat(world.main, node);
    world_same(&attr, &before);
    change = (struct bc_change){.mask = BC_CHANGE_SIZE, .size_bytes = 1};
    assert_int_equal(bc_tree_change(fork, BC_ROOT_NODE, &change, &attr), BC_IS_DIRECTORY);
    assert_int_equal(make_named(fork, BC_ROOT_NODE, "link", BC_SYMLINK), BC_OK);
    assert_int_equal(bc_tree_change(fork, world_find(fork, "link"), &change, &attr), BC_INVALID);
    assert_int_equal(bc_tree_change(fork, 999999, &change, &attr), BC_STALE);
    bc_branch_release(fork);
    world_close(&world);
}

static void assert_xattr(struct bc_branch *branch, uint64_t node, const char *name,
                         const char *expected)
{
    struct bc_buffer value = {0};
    enum bc_status st = bc_xattr_get(branch, node, text_slice(name), &value);
    assert_int_equal(st, expected ? BC_OK : BC_NO_DATA);
    if (expected) {
        assert_int_equal(value.size, strlen(expected));
        assert_memory_equal(value.data, expected, value.size);
    }
    bc_buffer_release(&value);
}

static void assert_xattr_names(struct bc_branch *branch, uint64_t node, const char *expected,
                               size_t size)
{
    struct bc_buffer names = {0};
    assert_int_equal(bc_xattr_list(branch, node, &names), BC_OK);
    assert_int_equal(names.size, size);
    if (size)
        assert_memory_equal(names.data, expected, size);
    bc_buffer_release(&names);
}

static enum bc_status set_xattr(struct bc_branch *branch, uint64_t node, const char *name,
                                const char *value)
{
    return bc_xattr_set(branch, node, text_slice(name), text_slice(value), false, false);
}

static void extended_attributes_go_through_layers(void **state)
{
    (void)state;
    struct world world;
    static char large[BC_XATTR_MAX + 1];
    char name[257];
    world_open(&world, NULL);
    struct bc_branch *m = world.main;
    uint64_t node = world_put(m, "a.nt", A);
    struct bc_slice x = text_slice("user.x");
    assert_xattr_names(m, node, "", 0);
    assert_int_equal(bc_xattr_remove(m, node, x), BC_NO_DATA);
    assert_int_equal(bc_xattr_set(m, node, x, text_slice("1"), false, true), BC_NO_DATA);
    assert_int_equal(bc_xattr_set(m, node, x, text_slice("1"), true, false), BC_OK);
    assert_int_equal(bc_xattr_set(m, node, x, text_slice("2"), true, false), BC_EXISTS);
    assert_int_equal(set_xattr(m, node, "user.y", ""), BC_OK);
    struct bc_branch *fork = world_fork(&world, m, "fork");
    struct bc_branch *deep = world_fork(&world, fork, "deep");
    assert_int_equal(bc_xattr_set(deep, node, x, text_slice("2"), true, false), BC_EXISTS);
    assert_int_equal(bc_xattr_set(deep, node, x, text_slice("two"), false, true), BC_OK);
    assert_int_equal(set_xattr(deep, node, "user.z", "3"), BC_OK);
    assert_int_equal(bc_xattr_remove(deep, node, text_slice("user.y")), BC_OK);
    assert_int_equal(bc_xattr_remove(deep, node, text_slice("user.y")), BC_NO_DATA);
    assert_xattr(deep, node, "user.x", "two");
    assert_xattr(deep, node, "user.y", NULL);
    assert_xattr(deep, node, "user.z", "3");
    assert_xattr_names(deep, node, "user.x\0user.z", 14);
    struct bc_branch *deeper = world_fork(&world, deep, "deeper");
    /* Back over a removal, and gone for good where nothing is below. */
    assert_int_equal(bc_xattr_set(deeper, node, text_slice("user.y"), text_slice("4"), true, false),
                     BC_OK);
    assert_int_equal(bc_xattr_remove(deeper, node, x), BC_OK);
    assert_int_equal(set_xattr(deeper, node, "user.own", "5"), BC_OK);
    assert_int_equal(bc_xattr_remove(deeper, node, text_slice("user.own")), BC_OK);
    assert_xattr_names(deeper, node, "user.y\0user.z", 14);
    assert_xattr_names(deep, node, "user.x\0user.z", 14);
    assert_xattr_names(m, node, "user.x\0user.y", 14);
    assert_xattr(fork, node, "user.x", "1");
    assert_xattr(fork, node, "user.y", "");
    /* Content and attributes do not mind each other. */
    assert_int_equal(world_edit(deeper, node, BC_EDIT_REPLACE, B, strlen(B)), BC_OK);
    assert_xattr_names(deeper, node, "user.y\0user.z", 14);
    assert_int_equal(world_rename(&world, deeper, "a.nt", "a", 0, NULL), BC_OK);
    assert_int_equal(bc_bytes_write(deeper, node, 0, "x", 1, false, NULL), BC_OK);
    assert_xattr_names(deeper, node, "user.y\0user.z", 14);

    assert_int_equal(bc_xattr_set(m, node, x, bc_slice(large, BC_XATTR_MAX + 1), false, false),
                     BC_TOO_LARGE);
    assert_int_equal(bc_xattr_set(m, node, x, bc_slice(large, BC_XATTR_MAX), false, false), BC_OK);
    memset(name, 'n', 256);
    name[256] = '\0';
    assert_int_equal(set_xattr(m, node, name, "1"), BC_NAME_TOO_LONG);
    assert_int_equal(set_xattr(m, node, "", "1"), BC_INVALID);
    assert_int_equal(set_xattr(m, 999999, "user.x", "1"), BC_STALE);
    assert_xattr(m, node, name, NULL);
    assert_int_equal(set_xattr(m, BC_ROOT_NODE, "user.root", "1"), BC_OK);
    assert_xattr(m, BC_ROOT_NODE, "user.root", "1");
    /* They go with the node. */
    assert_int_equal(world_remove(m, "a.nt"), BC_OK);
    assert_xattr(fork, node, "user.x", "1");
    bc_branch_release(deeper);
    bc_branch_release(deep);
    bc_branch_release(fork);
    world_close(&world);
}

struct told {
    char text[1024];
};

static void tell(void *context, uint64_t branch, enum bc_event_kind kind, const char *path)
{
    struct told *told = context;
    size_t size = strlen(told->text);
    (void)branch;
    (void)snprintf(told->text + size, sizeof told->text - size, "%s %s; ", bc_event_name(kind),
                   path);
}

static void every_change_is_told(void **state)
{
    (void)state;
    struct told told = {""};
    struct world world = {0};
    struct bc_repo_options options = {.spool_directory = "/tmp", .event = tell, .context = &told};
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = 0600};
    assert_int_equal(bc_memory_store_new(&world.store), BC_OK);
    assert_int_equal(bc_repo_open(world.store, &options, &world.repo, NULL), BC_OK);
    world.main = world_branch(&world, "main");
    world_folder(world.main, "sub");
    uint64_t node = world_put(world.main, "sub/a.nt", A);
    assert_int_equal(bc_tree_change(world.main, node, &change, &attr), BC_OK);
    assert_int_equal(set_xattr(world.main, node, "user.x", "1"), BC_OK);
    assert_int_equal(world_rename(&world, world.main, "sub/a.nt", "b.nt", 0, NULL), BC_OK);
    uint64_t plain = world_file(world.main, "tmp");
    assert_int_equal(bc_bytes_write(world.main, plain, 0, "bad", 3, false, NULL), BC_OK);
    assert_int_equal(world_rename(&world, world.main, "tmp", "sub/c.nt", 0, NULL), BC_SYNTAX);
    assert_int_equal(world_remove(world.main, "b.nt"), BC_OK);
    assert_int_equal(world_remove(world.main, "sub"), BC_OK);
    assert_string_equal(told.text,
                        "create sub; create sub/a.nt; change sub/a.nt; attribute sub/a.nt; "
                        "attribute sub/a.nt; move b.nt; create tmp; change tmp; refuse sub/c.nt; "
                        "delete b.nt; delete sub; ");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_is_found),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(names_of_many_layers_are_listed_once_in_order),
        cmocka_unit_test(a_removed_name_is_gone_here_alone),
        cmocka_unit_test(an_unlinked_file_lives_while_it_is_open),
        cmocka_unit_test(what_was_open_at_a_crash_is_removed_at_the_start),
        cmocka_unit_test(a_removed_folder_takes_nothing_new),
        cmocka_unit_test(rename_moves_names_and_keeps_identities),
        cmocka_unit_test(an_open_file_survives_a_rename_over_it),
        cmocka_unit_test(a_plain_file_that_gets_a_texts_name_is_parsed),
        cmocka_unit_test(a_plain_file_over_a_text_becomes_its_content),
        cmocka_unit_test(bad_text_leaves_both_files_and_is_kept),
        cmocka_unit_test(quads_need_their_extension),
        cmocka_unit_test(a_plain_file_is_not_exchanged_with_a_text),
        cmocka_unit_test(a_text_with_a_plain_name_becomes_bytes_at_the_first_write),
        cmocka_unit_test(a_large_text_becomes_bytes_and_a_text_again),
        cmocka_unit_test(attributes_change_alone),
        cmocka_unit_test(extended_attributes_go_through_layers),
        cmocka_unit_test(every_change_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
