#include "tests/tree_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"

struct names {
    char text[4096];
    size_t count;
};

static enum bc_status add_name(void *context, const struct bc_branch_info *info)
{
    struct names *names = context;
    size_t size = strlen(names->text);
    names->count++;
    (void)snprintf(names->text + size, sizeof names->text - size, "%s<%s ", info->name,
                   info->forked_from);
    return BC_OK;
}

static void assert_branches(struct world *world, const char *expected)
{
    struct names names = {0};
    assert_int_equal(bc_branch_each(world->repo, add_name, &names), BC_OK);
    assert_string_equal(names.text, expected);
}

static enum bc_status add_line(void *context, const char *line)
{
    struct bc_buffer *to = context;
    /* Without the time. */
    return bc_buffer_printf(to, "%s\n", strchr(line, ' ') + 1);
}

static enum bc_status add_difference(void *context, const struct bc_difference *difference)
{
    return bc_buffer_printf(context, "%c %s%s%s +%d -%d\n", difference->kind,
                            difference->old_path ? difference->old_path : "",
                            difference->old_path ? " -> " : "", difference->path,
                            (int)difference->added, (int)difference->removed);
}

static void assert_status(struct bc_branch *branch, const char *expected)
{
    struct bc_buffer text = {0};
    assert_int_equal(bc_branch_status(branch, add_difference, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data, expected);
    bc_buffer_release(&text);
}

static void a_new_store_has_an_empty_main(void **state)
{
    (void)state;
    struct world world;
    struct bc_root_attr root;
    struct bc_branch *branch;
    char name[BC_BRANCH_NAME_MAX + 1];
    world_open(&world, NULL);
    assert_branches(&world, "main< ");
    assert_int_equal(bc_repo_root(world.repo, &root), BC_OK);
    assert_int_equal(root.uid, 7);
    assert_int_equal(root.gid, 8);
    root.mode = 0700;
    root.mtime_ns = 5;
    assert_int_equal(bc_repo_root_set(world.repo, &root), BC_OK);
    world_reopen(&world);
    assert_int_equal(bc_repo_root(world.repo, &root), BC_OK);
    assert_int_equal(root.mode, 0700);
    assert_int_equal(root.mtime_ns, 5);
    assert_int_equal(bc_default_branch(world.repo, &branch), BC_OK);
    bc_branch_name(branch, name);
    assert_string_equal(name, "main");
    assert_ptr_equal(branch, world.main);
    bc_branch_release(branch);
    assert_int_equal(world_stat(world.main, BC_ROOT_NODE).uid, 7);
    assert_int_equal(bc_branch_open(world.repo, text_slice("other"), &branch), BC_NOT_FOUND);
    assert_int_equal(bc_branch_open(world.repo, text_slice(""), &branch), BC_NOT_FOUND);
    world_close(&world);
}

static void a_newer_format_is_refused(void **state)
{
    (void)state;
    struct world world;
    struct bc_batch batch = {0};
    struct bc_repo *repo = NULL;
    struct bc_repo_options options = {.spool_directory = "/tmp"};
    struct bc_error err;
    world_open(&world, NULL);
    bc_branch_release(world.main);
    bc_repo_close(world.repo);
    assert_int_equal(bc_batch_put(&batch, BC_REFS, text_slice("mformat"), bc_slice("\0\0\0\2", 4)),
                     BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    assert_int_equal(bc_repo_open(world.store, &options, &repo, &err), BC_NEWER_FORMAT);
    assert_string_equal(err.text, "the store has format 2, and this triplefs knows formats up to "
                                  "1; use a newer triplefs");
    bc_batch_release(&batch);
    bc_store_close(world.store);
}

static void a_fork_shares_everything_and_diverges(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t text = world_put(world.main, "a.nt", A B);
    uint64_t plain = world_put(world.main, "notes", "one");
    world_folder(world.main, "sub");
    world_put(world.main, "sub/b.nt", C);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_find(fork, "a.nt"), text);
    assert_int_equal(world_find(fork, "notes"), plain);
    assert_int_equal(world_stat(fork, text).version, world_stat(world.main, text).version);
    world_expect(fork, "sub/b.nt", C);

    world_edit(fork, text, BC_EDIT_APPEND, C, strlen(C));
    assert_int_equal(bc_bytes_write(world.main, plain, 3, " two", 4, false, NULL), BC_OK);
    assert_int_equal(world_remove(fork, "sub/b.nt"), BC_OK);
    world_put(world.main, "new.nt", B);
    world_expect(world.main, "a.nt", A B);
    world_expect(fork, "a.nt", A B C);
    world_expect(world.main, "notes", "one two");
    world_expect(fork, "notes", "one");
    world_expect(world.main, "sub/b.nt", C);
    assert_int_equal(world_find(fork, "sub/b.nt"), 0);
    assert_int_equal(world_find(fork, "new.nt"), 0);

    bc_branch_release(fork);
    world_check(&world);
    world_reopen(&world);
    fork = world_branch(&world, "fork");
    world_expect(fork, "a.nt", A B C);
    world_expect(world.main, "a.nt", A B);
    assert_branches(&world, "fork<main main< ");
    bc_branch_release(fork);
    world_close(&world);
}

static void a_forks_root_belongs_to_its_maker(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *fork;
    struct bc_owner owner = {1000, 1001};
    world_open(&world, NULL);
    assert_int_equal(bc_branch_fork(world.main, text_slice("mine"), &owner, &fork, NULL), BC_OK);
    assert_int_equal(world_stat(fork, BC_ROOT_NODE).uid, 1000);
    assert_int_equal(world_stat(fork, BC_ROOT_NODE).gid, 1001);
    assert_int_equal(world_stat(world.main, BC_ROOT_NODE).uid, 7);
    assert_status(fork, "");
    /* Which is no change that could be lost. */
    assert_int_equal(bc_branch_delete(world.repo, text_slice("mine"), false, NULL), BC_OK);
    bc_branch_release(fork);
    world_close(&world);
}

static void a_fork_of_a_fork_without_changes_can_be_deleted(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *a;
    struct bc_branch *b;
    struct bc_owner one = {1, 1};
    struct bc_owner two = {2, 2};
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    assert_int_equal(bc_branch_fork(world.main, text_slice("a"), &one, &a, NULL), BC_OK);
    assert_int_equal(bc_branch_fork(a, text_slice("b"), &two, &b, NULL), BC_OK);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("a"), false, NULL), BC_OK);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("b"), false, NULL), BC_OK);
    bc_branch_release(a);
    bc_branch_release(b);
    world_close(&world);
}

static void names_have_rules(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum bc_status status;
        const char *message;
    } cases[] = {
        {"", BC_INVALID, "a branch needs a name"},
        {".hidden", BC_INVALID, "a branch's name cannot start with '.'"},
        {"-x", BC_INVALID, "a branch's name cannot start with '-'"},
        {"a/b", BC_INVALID, "a branch's name cannot contain '/'"},
        {"a~1", BC_INVALID, "a branch's name cannot contain '~'"},
        {"a^", BC_INVALID, "a branch's name cannot contain '^'"},
        {"a:b", BC_INVALID, "a branch's name cannot contain ':'"},
        {"a@b", BC_INVALID, "a branch's name cannot contain '@'"},
        {"a{b", BC_INVALID, "a branch's name cannot contain '{'"},
        {"a}b", BC_INVALID, "a branch's name cannot contain '}'"},
        {"a\\b", BC_INVALID, "a branch's name cannot contain '\\'"},
        {"a*", BC_INVALID, "a branch's name cannot contain '*'"},
        {"a?", BC_INVALID, "a branch's name cannot contain '?'"},
        {"a[b", BC_INVALID, "a branch's name cannot contain '['"},
        {"a\tb", BC_INVALID, "a branch's name cannot contain control characters"},
        {"a\x7F", BC_INVALID, "a branch's name cannot contain control characters"},
        {"a\xFF", BC_INVALID, "a branch's name must be UTF-8"},
        {"a\xC3", BC_INVALID, "a branch's name must be UTF-8"},
    };
    static const char *const good[] = {"a", "a.b", "a-b", "release 1", "\xC3\xA4", "a]", "w12"};
    struct world world;
    char longest[BC_BRANCH_NAME_MAX + 2];
    world_open(&world, NULL);
    struct bc_owner owner = {7, 8};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bc_slice name = text_slice(cases[i].name);
        assert_int_equal(bc_branch_name_check(name, &world.err), cases[i].status);
        assert_string_equal(world.err.text, cases[i].message);
        assert_int_equal(bc_branch_fork(world.main, name, &owner, NULL, NULL), cases[i].status);
        assert_int_equal(bc_branch_rename(world.repo, text_slice("main"), name, false, NULL),
                         cases[i].status);
    }
    assert_int_equal(bc_branch_name_check(bc_slice("a\0b", 3), NULL), BC_INVALID);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        bc_branch_release(world_fork(&world, world.main, good[i]));
    memset(longest, 'x', sizeof longest);
    longest[BC_BRANCH_NAME_MAX + 1] = '\0';
    assert_int_equal(bc_branch_name_check(text_slice(longest), &world.err), BC_NAME_TOO_LONG);
    assert_string_equal(world.err.text, "a branch's name has at most 200 bytes, this has 201");
    longest[BC_BRANCH_NAME_MAX] = '\0';
    bc_branch_release(world_fork(&world, world.main, longest));
    assert_int_equal(bc_branch_fork(world.main, text_slice("a"), &owner, NULL, &world.err),
                     BC_EXISTS);
    assert_string_equal(world.err.text, "there is already a branch 'a'");
    world_reopen(&world);
    bc_branch_release(world_branch(&world, longest));
    world_close(&world);
}

static void a_renamed_branch_keeps_its_identity(void **state)
{
    (void)state;
    struct world world;
    char name[BC_BRANCH_NAME_MAX + 1];
    world_open(&world, NULL);
    struct bc_branch *one = world_fork(&world, world.main, "one");
    struct bc_branch *two = world_fork(&world, world.main, "two");
    uint64_t id = bc_branch_id(one);
    world_put(one, "a.nt", A);
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("one"), text_slice("two"), false, &world.err),
        BC_EXISTS);
    assert_string_equal(world.err.text, "there is already a branch 'two'");
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("none"), text_slice("x"), false, &world.err),
        BC_NOT_FOUND);
    assert_string_equal(world.err.text, "there is no branch 'none'");
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("one"), text_slice("none"), true, &world.err),
        BC_NOT_FOUND);
    assert_string_equal(world.err.text, "there is no branch 'none'");
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("one"), text_slice("three"), false, NULL), BC_OK);
    bc_branch_name(one, name);
    assert_string_equal(name, "three");
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("three"), text_slice("two"), true, NULL), BC_OK);
    bc_branch_name(two, name);
    assert_string_equal(name, "three");
    world_put(one, "b.nt", B);
    bc_branch_release(one);
    bc_branch_release(two);
    world_reopen(&world);
    one = world_branch(&world, "two");
    assert_int_equal(bc_branch_id(one), id);
    world_expect(one, "a.nt", A);
    world_expect(one, "b.nt", B);
    bc_branch_release(one);
    assert_branches(&world, "main< three<main two<main ");
    world_close(&world);
}

static void the_default_branch_follows_its_name(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *branch;
    world_open(&world, NULL);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("main"), true, &world.err), BC_BUSY);
    assert_string_equal(world.err.text, "'main' is the default branch; write another branch's name "
                                        "to .store/default first");
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("main"), text_slice("trunk"), false, NULL), BC_OK);
    assert_int_equal(bc_default_branch(world.repo, &branch), BC_OK);
    assert_ptr_equal(branch, world.main);
    bc_branch_release(branch);
    /* An exchange of names exchanges branches, so the name that is the default stays with its
     * branch. */
    assert_int_equal(
        bc_branch_rename(world.repo, text_slice("other"), text_slice("trunk"), true, NULL), BC_OK);
    assert_int_equal(bc_default_branch(world.repo, &branch), BC_OK);
    assert_ptr_equal(branch, world.main);
    bc_branch_release(branch);
    assert_int_equal(bc_default_branch_set(world.repo, text_slice("none"), &world.err),
                     BC_NOT_FOUND);
    assert_string_equal(world.err.text, "there is no branch 'none'");
    assert_int_equal(bc_default_branch_set(world.repo, text_slice("trunk"), NULL), BC_OK);
    assert_int_equal(bc_default_branch(world.repo, &branch), BC_OK);
    assert_ptr_equal(branch, other);
    bc_branch_release(branch);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("other"), true, NULL), BC_OK);
    bc_branch_release(other);
    world_check(&world);
    bc_branch_release(world.main);
    bc_repo_close(world.repo);
    bc_store_close(world.store);
}

static void a_delete_that_loses_something_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("none"), false, &world.err),
                     BC_NOT_FOUND);
    world_put(fork, "a.nt", B C);
    world_put(fork, "plain", "x");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, &world.err),
                     BC_NOT_EMPTY);
    assert_string_equal(world.err.text,
                        "branch 'fork' has changes that no other branch has: 2 changed paths, +2 "
                        "-1 triples; to delete it all the same, write its name to .store/discard");
    world_expect(fork, "a.nt", B C);
    /* A fork of it has them too. */
    struct bc_branch *copy = world_fork(&world, fork, "copy");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, &world.err), BC_OK);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("copy"), false, &world.err),
                     BC_NOT_EMPTY);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("copy"), true, &world.err), BC_OK);
    assert_branches(&world, "main< ");
    bc_branch_release(fork);
    bc_branch_release(copy);
    world_close(&world);
}

static void a_deleted_branch_is_stale(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE};
    struct bc_buffer buffer = {0};
    struct bc_branch_totals totals;
    struct bc_owner owner = {7, 8};
    struct bc_edit *edit;
    size_t done;
    world_open(&world, NULL);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    uint64_t node = world_put(fork, "plain", "x");
    uint64_t text = world_put(fork, "a.nt", A);
    assert_int_equal(bc_node_open(fork, node), BC_OK);
    assert_int_equal(bc_edit_new(fork, text, BC_NTRIPLES, BC_EDIT_APPEND, &edit), BC_OK);
    assert_int_equal(bc_edit_write(edit, 0, B, strlen(B), NULL), BC_OK);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    struct bc_slice name = text_slice("plain");
    assert_int_equal(bc_tree_lookup(fork, BC_ROOT_NODE, name, &attr), BC_STALE);
    assert_int_equal(bc_tree_stat(fork, node, &attr), BC_STALE);
    assert_int_equal(bc_tree_find(fork, bc_slice("", 0), &attr), BC_STALE);
    assert_int_equal(bc_tree_path(fork, BC_ROOT_NODE, &buffer), BC_STALE);
    assert_int_equal(bc_tree_list(fork, BC_ROOT_NODE, NULL, NULL), BC_STALE);
    assert_int_equal(bc_tree_remove(fork, BC_ROOT_NODE, name, false, NULL), BC_STALE);
    assert_int_equal(bc_tree_change(fork, node, &change, &attr), BC_STALE);
    assert_int_equal(
        bc_tree_rename(fork, BC_ROOT_NODE, name, BC_ROOT_NODE, text_slice("y"), 0, NULL, NULL),
        BC_STALE);
    assert_int_equal(bc_bytes_read(fork, node, 0, &attr, 1, &done), BC_STALE);
    assert_int_equal(bc_bytes_write(fork, node, 0, "y", 1, false, NULL), BC_STALE);
    assert_int_equal(bc_xattr_set(fork, node, name, name, false, false), BC_STALE);
    assert_int_equal(bc_xattr_list(fork, node, &buffer), BC_STALE);
    assert_int_equal(bc_branch_measure(fork, &totals), BC_STALE);
    assert_int_equal(bc_branch_status(fork, add_difference, &buffer), BC_STALE);
    assert_int_equal(bc_branch_fork(fork, text_slice("z"), &owner, NULL, NULL), BC_STALE);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_STALE);
    /* It comes back under the references that are held, open nodes too. */
    assert_int_equal(bc_branch_restore(world.repo, text_slice("fork"), text_slice(""), NULL),
                     BC_OK);
    world_expect(fork, "plain", "x");
    assert_int_equal(world_remove(fork, "plain"), BC_OK);
    assert_int_equal(bc_tree_stat(fork, node, &attr), BC_OK);
    bc_node_close(fork, node);
    assert_int_equal(bc_tree_stat(fork, node, &attr), BC_STALE);
    bc_edit_free(edit);
    bc_buffer_release(&buffer);
    bc_branch_release(fork);
    world_close(&world);
}

static void deleted_branches_come_back(void **state)
{
    (void)state;
    struct world world;
    char id[32];
    struct bc_collected collected = {0};
    struct bc_buffer log = {0};
    world_open(&world, NULL);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", A);
    (void)snprintf(id, sizeof id, "w%llx", (unsigned long long)fork->work);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    bc_branch_release(fork);
    world_reopen(&world);
    assert_int_equal(bc_repo_collect(world.repo, &collected), BC_OK);
    assert_int_equal(collected.layers, 0);
    assert_int_equal(
        bc_branch_restore(world.repo, text_slice("nobody"), text_slice("x"), &world.err),
        BC_NOT_FOUND);
    assert_string_equal(world.err.text, "no deleted branch 'nobody' is in the reflog");
    assert_int_equal(
        bc_branch_restore(world.repo, text_slice("fork"), text_slice("main"), &world.err),
        BC_EXISTS);
    assert_string_equal(world.err.text, "there is already a branch 'main'");
    assert_int_equal(bc_branch_restore(world.repo, text_slice("fork"), text_slice("a/b"), NULL),
                     BC_INVALID);
    assert_int_equal(bc_branch_restore(world.repo, text_slice("fork"), text_slice(""), NULL),
                     BC_OK);
    assert_int_equal(
        bc_branch_restore(world.repo, text_slice("fork"), text_slice("again"), &world.err),
        BC_EXISTS);
    assert_string_equal(world.err.text, "'fork' is back already, as branch 'fork'");
    fork = world_branch(&world, "fork");
    world_expect(fork, "a.nt", A);
    world_put(fork, "b.nt", B);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    assert_int_equal(bc_branch_restore(world.repo, text_slice(id), text_slice("by id"), NULL),
                     BC_OK);
    world_expect(fork, "b.nt", B);
    bc_branch_release(fork);
    assert_branches(&world, "by id<main main< ");
    assert_int_equal(bc_reflog_each(world.repo, add_line, &log), BC_OK);
    struct bc_buffer expected = {0};
    assert_int_equal(bc_buffer_printf(&expected,
                                      "create fork main\ndelete fork %s\nrestore fork fork\n"
                                      "delete fork %s\nrestore by id %s\n",
                                      id, id, id),
                     BC_OK);
    assert_int_equal(bc_buffer_append(&log, "", 1), BC_OK);
    assert_string_equal(log.data, expected.data);
    bc_buffer_release(&log);
    bc_buffer_release(&expected);
    world_close(&world);
}

/* The working set that a deletion names may since be a layer that others stand on. */
static void an_old_state_comes_back_beside_what_was_forked_from_it(void **state)
{
    (void)state;
    struct world world;
    char id[32];
    world_open(&world, NULL);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", A);
    (void)snprintf(id, sizeof id, "w%llx", (unsigned long long)fork->work);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    assert_int_equal(bc_branch_restore(world.repo, text_slice(id), text_slice(""), NULL), BC_OK);
    struct bc_branch *child = world_fork(&world, fork, "child");
    world_put(fork, "a.nt", B);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, NULL), BC_OK);
    assert_int_equal(bc_branch_restore(world.repo, text_slice(id), text_slice(""), NULL), BC_OK);
    world_expect(fork, "a.nt", A);
    world_put(fork, "a.nt", C);
    world_expect(fork, "a.nt", C);
    world_expect(child, "a.nt", A);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    world_check(&world);
    bc_branch_release(fork);
    bc_branch_release(child);
    world_reopen(&world);
    fork = world_branch(&world, "fork");
    world_expect(fork, "a.nt", C);
    bc_branch_release(fork);
    world_close(&world);
}

static void many_forks_stay_apart(void **state)
{
    (void)state;
    enum { FORKS = 300 };
    struct world world;
    struct names names = {0};
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a.nt", A);
    struct bc_branch *forks[FORKS];
    char name[32];
    char line[64];
    for (int i = 0; i < FORKS; i++) {
        (void)snprintf(name, sizeof name, "fork-%d", i);
        /* Each second one from the one before. */
        forks[i] = world_fork(&world, i % 2 ? forks[i - 1] : world.main, name);
        (void)snprintf(line, sizeof line, "<http://e/f%d> <http://e/p> \"x\" .\n", i);
        assert_int_equal(world_edit(forks[i], node, BC_EDIT_APPEND, line, strlen(line)), BC_OK);
    }
    assert_int_equal(bc_branch_each(world.repo, add_name, &names), BC_OK);
    assert_int_equal(names.count, FORKS + 1);
    for (int i = 0; i < FORKS; i++) {
        assert_int_equal(world_stat(forks[i], node).triples, i % 2 ? 3 : 2);
        bc_branch_release(forks[i]);
    }
    assert_int_equal(world_stat(world.main, node).triples, 1);
    world_reopen(&world);
    for (int i = 0; i < FORKS; i++) {
        (void)snprintf(name, sizeof name, "fork-%d", i);
        struct bc_branch *fork = world_branch(&world, name);
        assert_int_equal(world_stat(fork, node).triples, i % 2 ? 3 : 2);
        bc_branch_release(fork);
    }
    world_close(&world);
}

static void status_tells_what_changed(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_status(world.main, "");
    world_put(world.main, "a.nt", A B);
    world_put(world.main, "gone.nt", A);
    world_put(world.main, "moved.nt", A);
    world_put(world.main, "touched", "x");
    world_put(world.main, "over.nt", A);
    world_folder(world.main, "folder");
    world_folder(world.main, "folder/sub");
    world_put(world.main, "folder/sub/in.nt", A);
    assert_status(world.main, "A a.nt +2 -0\nA folder/ +0 -0\nA folder/sub/ +0 -0\n"
                              "A folder/sub/in.nt +1 -0\nA gone.nt +1 -0\nA moved.nt +1 -0\n"
                              "A over.nt +1 -0\nA touched +0 -0\n");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_status(fork, "");
    world_put(fork, "a.nt", B C);
    assert_int_equal(world_remove(fork, "gone.nt"), BC_OK);
    assert_int_equal(world_rename(&world, fork, "moved.nt", "folder/m.nt", 0, NULL), BC_OK);
    assert_int_equal(bc_bytes_write(fork, world_find(fork, "touched"), 0, "y", 1, false, NULL),
                     BC_OK);
    assert_int_equal(world_rename(&world, fork, "folder", "renamed", 0, NULL), BC_OK);
    world_put(fork, "renamed/sub/new.nt", A B);
    world_put(fork, "tmp.nt", A C);
    assert_int_equal(world_rename(&world, fork, "tmp.nt", "over.nt", 0, NULL), BC_OK);
    world_put(fork, "and gone", "x");
    assert_int_equal(world_remove(fork, "and gone"), BC_OK);
    assert_status(fork, "M a.nt +1 -1\nD gone.nt +0 -1\nM over.nt +1 -0\n"
                        "R folder/ -> renamed/ +0 -0\nR moved.nt -> renamed/m.nt +0 -0\n"
                        "A renamed/sub/new.nt +2 -0\nM touched +0 -0\n");
    bc_branch_release(fork);
    world_close(&world);
}

/* Numbers [from, to), large enough for a run of its own. */
static void put_numbers(struct bc_branch *branch, const char *path, int from, int to)
{
    struct bc_buffer raw = {0};
    for (int i = from; i < to; i++)
        assert_int_equal(
            bc_buffer_printf(&raw, "<http://example.org/%06d> <http://e/p> \"%d\" .\n", i, i),
            BC_OK);
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_REPLACE, raw.data, raw.size), BC_OK);
    bc_buffer_release(&raw);
}

static void status_counts_across_runs(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put_numbers(world.main, "other run.nt", 0, 5000);
    put_numbers(world.main, "same run.nt", 0, 5000);
    uint64_t same = world_find(world.main, "same run.nt");
    assert_int_equal(world_edit(world.main, same, BC_EDIT_APPEND, A B, strlen(A B)), BC_OK);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put_numbers(fork, "other run.nt", 3000, 9000);
    put_numbers(fork, "same run.nt", 1, 5000); /* without A, B and 0 */
    assert_int_equal(world_edit(fork, same, BC_EDIT_APPEND, B C, strlen(B C)), BC_OK);
    assert_status(fork, "M other run.nt +4000 -3000\nM same run.nt +1 -2\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void measure_counts_what_a_branch_holds(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch_totals totals;
    world_open(&world, NULL);
    world_folder(world.main, "folder");
    world_put(world.main, "folder/a.nt", A B);
    world_put(world.main, "b.nt", C);
    world_put(world.main, "plain", "12345");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_remove(fork, "b.nt"), BC_OK);
    assert_int_equal(bc_branch_measure(fork, &totals), BC_OK);
    assert_int_equal(totals.triples, 2);
    assert_int_equal(totals.files, 2);
    assert_int_equal(totals.folders, 1);
    assert_int_equal(totals.bytes, 5 + strlen(A B));
    assert_int_equal(totals.layers, 2);
    assert_true(totals.own_bytes > 0 && totals.own_bytes < totals.disk_bytes);
    bc_branch_release(fork);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_store_has_an_empty_main),
        cmocka_unit_test(a_newer_format_is_refused),
        cmocka_unit_test(a_fork_shares_everything_and_diverges),
        cmocka_unit_test(a_forks_root_belongs_to_its_maker),
        cmocka_unit_test(a_fork_of_a_fork_without_changes_can_be_deleted),
        cmocka_unit_test(names_have_rules),
        cmocka_unit_test(a_renamed_branch_keeps_its_identity),
        cmocka_unit_test(the_default_branch_follows_its_name),
        cmocka_unit_test(a_delete_that_loses_something_is_refused),
        cmocka_unit_test(a_deleted_branch_is_stale),
        cmocka_unit_test(deleted_branches_come_back),
        cmocka_unit_test(an_old_state_comes_back_beside_what_was_forked_from_it),
        cmocka_unit_test(many_forks_stay_apart),
        cmocka_unit_test(status_tells_what_changed),
        cmocka_unit_test(status_counts_across_runs),
        cmocka_unit_test(measure_counts_what_a_branch_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
