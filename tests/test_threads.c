/* Many threads on one repository: what each of them sees must be a state that there was. To be run
 * under the thread sanitizer too. */
#include "tests/tree_world.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 100, APPENDERS = 2 };

/* Failures are counted: cmocka's asserts belong to the main thread. */
struct stage {
    struct world world;
    atomic_int at_work; /* threads that make changes */
    atomic_int failures;
    uint64_t text;  /* a.nt: appended to by several */
    uint64_t plain; /* all of one letter */
    uint64_t bad;
    char said[512];
};

static void fail_at(struct stage *stage, int line, const char *what, int value)
{
    if (!atomic_fetch_add(&stage->failures, 1))
        (void)snprintf(stage->said, sizeof stage->said, "line %d: %s: %d", line, what, value);
}

#define REQUIRE(stage, condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_at(stage, __LINE__, #condition, 0);                                               \
    } while (0)
#define REQUIRE_OK(stage, call)                                                                    \
    do {                                                                                           \
        enum bc_status st_ = (call);                                                               \
        if (st_)                                                                                   \
            fail_at(stage, __LINE__, #call, (int)st_);                                             \
    } while (0)

struct actor {
    struct stage *stage;
    int number;
    pthread_t thread;
};

static void *append_lines(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    for (int i = 0; i < ROUNDS; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "<http://e/s%d> <http://e/p> \"%d\" .\n", actor->number,
                       i);
        REQUIRE_OK(stage,
                   world_edit(stage->world.main, stage->text, BC_EDIT_APPEND, line, strlen(line)));
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

static void *fork_and_delete(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_repo *repo = stage->world.repo;
    struct bc_owner owner = {1, 1};
    for (int i = 0; i < ROUNDS; i++) {
        char name[32];
        struct bc_branch *fork = NULL;
        struct bc_attr before;
        struct bc_attr after;
        (void)snprintf(name, sizeof name, "f%d", i);
        REQUIRE_OK(stage, bc_tree_stat(stage->world.main, stage->text, &before));
        REQUIRE_OK(stage, bc_branch_fork(stage->world.main, text_slice(name), &owner, &fork, NULL));
        REQUIRE_OK(stage, bc_tree_stat(fork, stage->text, &after));
        REQUIRE(stage, after.triples >= before.triples);
        REQUIRE_OK(stage, world_edit(fork, stage->text, BC_EDIT_REPLACE, "", 0));
        if (i % 3 == 0)
            REQUIRE_OK(stage,
                       bc_branch_rename(repo, text_slice(name), text_slice("x"), false, NULL));
        REQUIRE_OK(stage, bc_branch_delete(repo, text_slice(i % 3 ? name : "x"), true, NULL));
        if (i % 10 == 0) {
            REQUIRE_OK(stage, bc_branch_restore(repo, text_slice("x"), text_slice("back"), NULL));
            REQUIRE_OK(stage, bc_branch_delete(repo, text_slice("back"), true, NULL));
        }
        bc_branch_release(fork);
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

/* Two names that always are there, whichever node has which. */
static void *exchange_names(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    for (int i = 0; i < ROUNDS * 4; i++)
        REQUIRE_OK(stage,
                   bc_tree_rename(stage->world.main, BC_ROOT_NODE, text_slice("one"), BC_ROOT_NODE,
                                  text_slice("two"), BC_RENAME_EXCHANGE, NULL, NULL));
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

/* Each write is one state: all of one letter. */
static void *write_letters(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    size_t size = 2 * BC_CHUNK_BYTES + 100;
    char *bytes = malloc(size);
    for (int i = 0; bytes && i < ROUNDS; i++) {
        memset(bytes, 'a' + i % 26, size);
        REQUIRE_OK(stage,
                   bc_bytes_write(stage->world.main, stage->plain, 0, bytes, size, false, NULL));
    }
    free(bytes);
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

/* A text under a plain name is made bytes while forks freeze what is under way. */
static void *convert(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_branch *m = stage->world.main;
    struct bc_make make = {.kind = BC_FILE, .mode = 0644};
    struct bc_buffer raw = {0};
    struct bc_attr attr;
    char *back = NULL;
    for (int i = 0; i < 5000; i++)
        (void)bc_buffer_printf(&raw, "<http://e/%06d> <http://e/p> \"%d\" .\n", i, i);
    back = malloc(raw.size + 1);
    for (int i = 0; back && i < ROUNDS / 5; i++) {
        size_t done = 0;
        REQUIRE_OK(stage, bc_tree_make(m, BC_ROOT_NODE, text_slice("c.nt"), &make, &attr));
        REQUIRE_OK(stage, world_edit(m, attr.node, BC_EDIT_REPLACE, raw.data, raw.size));
        REQUIRE_OK(stage, bc_tree_rename(m, BC_ROOT_NODE, text_slice("c.nt"), BC_ROOT_NODE,
                                         text_slice("c"), 0, NULL, NULL));
        REQUIRE_OK(stage, bc_bytes_write(m, attr.node, 0, "#", 1, true, NULL));
        REQUIRE_OK(stage, bc_bytes_read(m, attr.node, 0, back, raw.size + 1, &done));
        REQUIRE(stage, done == raw.size + 1);
        REQUIRE(stage, !memcmp(back, raw.data, raw.size) && back[raw.size] == '#');
        struct bc_change cut = {.mask = BC_CHANGE_SIZE, .size_bytes = raw.size};
        REQUIRE_OK(stage, bc_tree_change(m, attr.node, &cut, &attr));
        REQUIRE_OK(stage, bc_tree_rename(m, BC_ROOT_NODE, text_slice("c"), BC_ROOT_NODE,
                                         text_slice("c.nt"), 0, NULL, NULL));
        REQUIRE_OK(stage, bc_tree_stat(m, attr.node, &attr));
        REQUIRE(stage, attr.triples == 5000);
        REQUIRE_OK(stage, bc_tree_remove(m, BC_ROOT_NODE, text_slice("c.nt"), false, NULL));
    }
    free(back);
    bc_buffer_release(&raw);
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

/* What is refused is kept, whatever the collector does. */
static void *be_refused(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_branch *m = stage->world.main;
    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        char back[64] = "";
        size_t done = 0;
        struct bc_error err;
        int size = snprintf(text, sizeof text, "oops %d", i);
        enum bc_status st = bc_bytes_write(m, stage->bad, 0, text, (size_t)size, false, NULL);
        REQUIRE(stage, !st);
        st = bc_tree_rename(m, BC_ROOT_NODE, text_slice("bad"), BC_ROOT_NODE, text_slice("bad.nt"),
                            0, NULL, &err);
        REQUIRE(stage, st == BC_SYNTAX);
        REQUIRE_OK(stage, bc_rejected_read(m, text_slice("bad.nt"), 0, back, sizeof back, &done));
        REQUIRE(stage, done == (size_t)size && !memcmp(text, back, done));
        if (i % 5 == 0)
            REQUIRE_OK(stage, bc_rejected_remove(m, text_slice("bad.nt")));
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

static enum bc_status count_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    (void)name;
    (void)attr;
    *(int *)context += 1;
    return BC_OK;
}

static void read_text(struct stage *stage)
{
    struct bc_file_text *text = NULL;
    struct bc_attr attr;
    REQUIRE_OK(stage, bc_file_text_open(stage->world.main, stage->text, &text, &attr));
    if (!text)
        return;
    char *content = malloc(attr.size_bytes + 1);
    size_t done = 0;
    uint64_t lines = 0;
    if (content)
        REQUIRE_OK(stage,
                   bc_text_read(bc_file_text_view(text), 0, content, attr.size_bytes + 1, &done));
    REQUIRE(stage, done == attr.size_bytes);
    for (size_t i = 0; i < done; i++)
        lines += content[i] == '\n';
    REQUIRE(stage, lines == attr.triples);
    free(content);
    bc_file_text_release(text);
}

static void read_letters(struct stage *stage)
{
    static _Thread_local char bytes[3 * BC_CHUNK_BYTES];
    size_t done = 0;
    REQUIRE_OK(stage,
               bc_bytes_read(stage->world.main, stage->plain, 0, bytes, sizeof bytes, &done));
    for (size_t i = 1; i < done; i++) {
        if (bytes[i] != bytes[0]) {
            REQUIRE(stage, bytes[i] == bytes[0]);
            break;
        }
    }
}

static void *read_everything(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_branch *m = stage->world.main;
    while (atomic_load(&stage->at_work)) {
        int entries = 0;
        struct bc_attr attr;
        struct bc_buffer path = {0};
        REQUIRE_OK(stage, bc_tree_list_attr(m, BC_ROOT_NODE, count_entry, &entries));
        REQUIRE(stage, entries == 5 || entries == 6);
        REQUIRE_OK(stage, bc_tree_lookup(m, BC_ROOT_NODE, text_slice("one"), &attr));
        REQUIRE_OK(stage, bc_tree_path(m, attr.node, &path));
        REQUIRE(stage, path.size == 3);
        bc_buffer_release(&path);
        read_text(stage);
        read_letters(stage);
    }
    return NULL;
}

static enum bc_status ignore(void *context, const struct bc_difference *difference)
{
    (void)context;
    (void)difference;
    return BC_OK;
}

static enum bc_status look_into(void *context, const struct bc_branch_info *info)
{
    struct stage *stage = context;
    struct bc_branch *branch = NULL;
    struct bc_branch_totals totals;
    if (bc_branch_open(stage->world.repo, text_slice(info->name), &branch))
        return BC_OK;
    enum bc_status st = bc_branch_measure(branch, &totals);
    REQUIRE(stage, !st || st == BC_STALE);
    st = bc_branch_status(branch, ignore, NULL);
    REQUIRE(stage, !st || st == BC_STALE);
    bc_branch_release(branch);
    return BC_OK;
}

static void tell_problem(void *context, const char *text)
{
    struct stage *stage = context;
    if (!atomic_fetch_add(&stage->failures, 1))
        (void)snprintf(stage->said, sizeof stage->said, "check: %s", text);
}

/* The collector finds no layer, and the check no problem, whatever is under way. (A run may be met
 * between the batch that took its last reference away and its drop.) */
static void *keep_house(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    while (atomic_load(&stage->at_work)) {
        struct bc_check_counts counts;
        struct bc_collected collected = {0};
        REQUIRE_OK(stage, bc_repo_collect(stage->world.repo, &collected));
        REQUIRE(stage, collected.layers == 0);
        REQUIRE_OK(stage, bc_check(stage->world.repo, &counts, tell_problem, stage));
        REQUIRE_OK(stage, bc_branch_each(stage->world.repo, look_into, stage));
    }
    return NULL;
}

static void everything_at_once(void **state)
{
    (void)state;
    static void *(*const changing[])(void *) = {append_lines,   append_lines,  fork_and_delete,
                                                exchange_names, write_letters, convert,
                                                be_refused};
    static void *(*const reading[])(void *) = {read_everything, read_everything, keep_house};
    enum { CHANGING = sizeof changing / sizeof *changing, ALL = CHANGING + 3 };
    struct stage stage = {.said = ""};
    struct actor actors[ALL];
    world_open(&stage.world, NULL);
    stage.text = world_file(stage.world.main, "a.nt");
    stage.plain = world_file(stage.world.main, "letters");
    stage.bad = world_put(stage.world.main, "bad", "oops");
    world_put(stage.world.main, "one", "1");
    world_put(stage.world.main, "two", "2");
    atomic_store(&stage.at_work, CHANGING);
    for (int i = 0; i < ALL; i++) {
        actors[i] = (struct actor){.stage = &stage, .number = i};
        assert_int_equal(pthread_create(&actors[i].thread, NULL,
                                        i < CHANGING ? changing[i] : reading[i - CHANGING],
                                        &actors[i]),
                         0);
    }
    for (int i = 0; i < ALL; i++)
        assert_int_equal(pthread_join(actors[i].thread, NULL), 0);
    if (atomic_load(&stage.failures))
        fail_msg("%d failures, the first: %s", atomic_load(&stage.failures), stage.said);
    assert_int_equal(world_stat(stage.world.main, stage.text).triples, APPENDERS * ROUNDS);
    world_close(&stage.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
