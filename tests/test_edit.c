#include "branchcore/check.h"
#include "branchcore/edit.h"
#include "branchcore/memory_store.h"
#include "branchcore/model.h"
#include "branchcore/rejected.h"
#include "branchcore/spool.h"
#include "tests/failing_store.h"
#include "tests/text_model.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char spool_directory[] = "/tmp/triplefs-edit-XXXXXX";

struct world {
    struct bc_store *store;
    struct bc_repo *repo;
    struct bc_branch *branch;
    unsigned changes; /* events */
    unsigned refusals;
};

static void count_event(void *context, uint64_t branch, enum bc_event_kind kind, const char *path)
{
    struct world *world = context;
    (void)branch;
    (void)path;
    __atomic_fetch_add(&world->changes, kind == BC_EVENT_CHANGE, __ATOMIC_RELAXED);
    __atomic_fetch_add(&world->refusals, kind == BC_EVENT_REFUSE, __ATOMIC_RELAXED);
}

static void open_world(struct world *world)
{
    struct bc_store *inner;
    *world = (struct world){0};
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world->store = failing_store_new(inner);
    assert_non_null(world->store);
    struct bc_repo_options options = {
        .spool_directory = spool_directory,
        .memory_bytes = 32 << 20,
        .event = count_event,
        .context = world,
    };
    assert_int_equal(bc_repo_open(world->store, &options, &world->repo, NULL), BC_OK);
    assert_int_equal(bc_branch_open(world->repo, bc_slice("main", 4), &world->branch), BC_OK);
}

static void print_problem(void *context, const char *text)
{
    (void)context;
    print_error("check: %s\n", text);
}

static void check_world(struct world *world)
{
    struct bc_check_counts counts = {0};
    assert_int_equal(bc_check(world->repo, &counts, print_problem, NULL), BC_OK);
    assert_int_equal(counts.problems, 0);
    assert_int_equal(atomic_load(&world->repo->intake_bytes), 0);
    assert_int_equal(world->repo->pins.used, 0);
    assert_null(world->repo->texts);
}

static void close_world(struct world *world)
{
    check_world(world);
    bc_branch_release(world->branch);
    bc_repo_close(world->repo);
    bc_store_close(world->store);
}

static uint64_t make_file(struct bc_branch *branch, const char *name)
{
    struct bc_make make = {.kind = BC_FILE, .mode = 0644};
    struct bc_attr attr;
    assert_int_equal(bc_tree_make(branch, BC_ROOT_NODE, bc_slice(name, strlen(name)), &make, &attr),
                     BC_OK);
    return attr.node;
}

static struct bc_attr stat_file(struct bc_branch *branch, uint64_t node)
{
    struct bc_attr attr;
    assert_int_equal(bc_tree_stat(branch, node, &attr), BC_OK);
    return attr;
}

static struct bc_edit *new_edit(struct bc_branch *branch, uint64_t node, enum bc_edit_mode mode)
{
    struct bc_edit *edit;
    assert_int_equal(bc_edit_new(branch, node, BC_NTRIPLES, mode, &edit), BC_OK);
    return edit;
}

static enum bc_status write_text(struct bc_edit *edit, const char *text, struct bc_error *err)
{
    return bc_edit_write(edit, bc_edit_size(edit), text, strlen(text), err);
}

/* Opens, writes, commits and closes as a shell's redirection does. */
static enum bc_status put_text(struct bc_branch *branch, uint64_t node, enum bc_edit_mode mode,
                               const char *text, struct bc_error *err)
{
    struct bc_edit *edit = new_edit(branch, node, mode);
    enum bc_status st = write_text(edit, text, err);
    enum bc_status committed = bc_edit_commit(edit, false, NULL, err);
    bc_edit_free(edit);
    if (st)
        assert_int_equal(st, committed);
    return committed;
}

static struct bc_buffer read_file(struct bc_branch *branch, uint64_t node)
{
    struct bc_file_text *text;
    struct bc_attr attr;
    struct bc_buffer to = {0};
    size_t done;
    assert_int_equal(bc_file_text_open(branch, node, &text, &attr), BC_OK);
    assert_int_equal(bc_text_bytes(bc_file_text_view(text)), attr.size_bytes);
    assert_int_equal(bc_text_triples(bc_file_text_view(text)), attr.triples);
    assert_int_equal(bc_buffer_reserve(&to, attr.size_bytes + 1), BC_OK);
    assert_int_equal(bc_text_read(bc_file_text_view(text), 0, to.data, to.capacity, &done), BC_OK);
    assert_int_equal(done, attr.size_bytes);
    to.size = done;
    to.data[done] = '\0';
    bc_file_text_release(text);
    return to;
}

static void assert_text(struct bc_branch *branch, uint64_t node, const char *expected)
{
    struct bc_buffer text = read_file(branch, node);
    assert_string_equal(text.data, expected);
    bc_buffer_release(&text);
}

static char *read_rejected(struct bc_branch *branch, const char *path)
{
    struct bc_slice slice = bc_slice(path, strlen(path));
    struct bc_rejected rejected;
    size_t done;
    if (bc_rejected_stat(branch, slice, &rejected))
        return NULL;
    char *text = calloc(1, rejected.size_bytes + 1);
    assert_non_null(text);
    assert_int_equal(bc_rejected_read(branch, slice, 0, text, rejected.size_bytes + 1, &done),
                     BC_OK);
    assert_int_equal(done, rejected.size_bytes);
    return text;
}

#define A   "<http://e/a> <http://e/p> \"1\" .\n"
#define B   "<http://e/b> <http://e/p> \"2\" .\n"
#define C   "<http://e/c> <http://e/p> \"3\" .\n"
#define D   "<http://e/d> <http://e/p> \"4\" .\n"
#define BAD "<http://e/b> <http://e/p> oops .\n"

static void a_new_text_is_kept_sorted_and_once(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE,
                              "# first\r\n" C "\n" A "<http://e/c>  <http://e/p>\t\"3\".\n" B,
                              NULL),
                     BC_OK);
    assert_text(world.branch, node, A B C);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, D B, NULL), BC_OK);
    assert_text(world.branch, node, B D);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, "", NULL), BC_OK);
    assert_text(world.branch, node, "");
    assert_int_equal(world.changes, 3);
    close_world(&world);
}

static void append_is_a_union(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_edit *first = new_edit(world.branch, node, BC_EDIT_APPEND);
    struct bc_edit *second = new_edit(world.branch, node, BC_EDIT_APPEND);
    assert_int_equal(write_text(first, A C, NULL), BC_OK);
    assert_int_equal(write_text(second, B C, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(second, false, NULL, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(first, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A B C);
    /* Each goes on with its tail alone. */
    assert_int_equal(bc_edit_size(first), 0);
    assert_int_equal(write_text(first, D, NULL), BC_OK);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, B, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(first, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, B D);
    bc_edit_free(first);
    bc_edit_free(second);
    close_world(&world);
}

static void an_append_cut_to_nothing_replaces(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, A B, NULL), BC_OK);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_APPEND);
    assert_int_equal(bc_edit_truncate(edit, 5), BC_INVALID);
    assert_int_equal(bc_edit_truncate(edit, 0), BC_OK);
    assert_int_equal(bc_edit_write(edit, 1000, C, strlen(C), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, C);
    bc_edit_free(edit);
    close_world(&world);
}

static void each_content_is_another_version(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    uint64_t empty = stat_file(world.branch, node).version;
    assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, A, NULL), BC_OK);
    struct bc_attr one = stat_file(world.branch, node);
    assert_true(one.version > empty);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, A, NULL), BC_OK);
    struct bc_attr same = stat_file(world.branch, node);
    assert_int_equal(same.version, one.version);
    assert_true(same.mtime_ns > one.mtime_ns);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, A, NULL), BC_OK);
    assert_int_equal(stat_file(world.branch, node).version, one.version);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, B, NULL), BC_OK);
    assert_true(stat_file(world.branch, node).version > one.version);
    assert_int_equal(world.changes, 2);
    close_world(&world);
}

static void a_view_outlives_what_happens_to_the_file(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_file_text *text;
    struct bc_file_text *twin;
    char hex[65];
    char read[sizeof A];
    size_t done;
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, A, NULL), BC_OK);
    assert_int_equal(bc_file_text_open(world.branch, node, &text, NULL), BC_OK);
    assert_int_equal(bc_file_text_open(world.branch, node, &twin, NULL), BC_OK);
    assert_ptr_equal(text, twin);
    bc_file_text_release(twin);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, B, NULL), BC_OK);
    assert_int_equal(bc_text_read(bc_file_text_view(text), 0, read, sizeof read, &done), BC_OK);
    assert_int_equal(done, strlen(A));
    assert_memory_equal(read, A, done);
    assert_int_equal(bc_file_text_sha256(text, hex), BC_OK);
    assert_string_equal(hex, "f92b25b3eb9c4efa0f371f4f3ff498567099abed27501f8d8fb29ab6f366407e");
    bc_file_text_release(text);
    close_world(&world);
}

static void a_bad_line_is_told_by_its_write(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_error err;
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, A, NULL), BC_OK);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(write_text(edit, C, &err), BC_OK);
    assert_int_equal(write_text(edit, BAD, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "a.nt: line 2, column 27: "));
    assert_non_null(strstr(err.text, "\n<http://e/b> <http://e/p> oops ."));
    assert_int_equal(err.text[strlen(err.text) - 1], '^');
    assert_int_equal(write_text(edit, D, &err), BC_SYNTAX);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "a.nt: line 2, column 27: "));
    assert_text(world.branch, node, A);
    char *kept = read_rejected(world.branch, "a.nt");
    assert_string_equal(kept, C BAD D);
    free(kept);
    assert_int_equal(world.refusals, 1);
    /* Nothing more to do, until it changes. */
    assert_false(bc_edit_dirty(edit));
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
    assert_int_equal(bc_edit_truncate(edit, strlen(C)), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
    assert_text(world.branch, node, C);
    assert_null(read_rejected(world.branch, "a.nt"));
    bc_edit_free(edit);
    close_world(&world);
}

static void half_a_statement_is_refused_until_it_is_whole(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_error err;
    static const enum bc_edit_mode modes[] = {BC_EDIT_REPLACE, BC_EDIT_APPEND};
    for (size_t i = 0; i < 2; i++) {
        struct bc_edit *edit = new_edit(world.branch, node, modes[i]);
        assert_int_equal(write_text(edit, A "<http://e/b> <http", &err), BC_OK);
        assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_SYNTAX);
        assert_non_null(strstr(err.text, "line 2"));
        assert_int_equal(write_text(edit, "://e/p> \"2\" .", &err), BC_OK);
        assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
        assert_null(read_rejected(world.branch, "a.nt"));
        assert_int_equal(write_text(edit, "\n" C, &err), BC_OK);
        assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
        assert_text(world.branch, node, A B C);
        bc_edit_free(edit);
    }
    close_world(&world);
}

static void an_error_behind_a_commit_is_placed_in_the_whole_text(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_error err;
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(write_text(edit, A B, &err), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
    assert_int_equal(write_text(edit, C BAD, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "line 4"));
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "line 4"));
    char *kept = read_rejected(world.branch, "a.nt");
    assert_string_equal(kept, A B C BAD);
    free(kept);
    assert_text(world.branch, node, A B);
    bc_edit_free(edit);
    close_world(&world);
}

static void commits_of_one_replace_are_its_whole_text(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(write_text(edit, A, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_int_equal(write_text(edit, B, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A B);
    /* What others did meanwhile is replaced. */
    assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, D, NULL), BC_OK);
    assert_int_equal(write_text(edit, C, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A B C);
    bc_edit_free(edit);
    close_world(&world);
}

static void writers_may_jump(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(bc_edit_write(edit, strlen(A), B, strlen(B), NULL), BC_OK);
    assert_int_equal(bc_edit_write(edit, 0, A, strlen(A), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A B);
    assert_int_equal(bc_edit_write(edit, strlen(A), C, strlen(C), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A C);
    bc_edit_free(edit);
    close_world(&world);
}

static void in_place_starts_from_the_canonical_text(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, C A, NULL), BC_OK);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_IN_PLACE);
    char read[256] = "";
    size_t done;
    assert_int_equal(bc_edit_size(edit), strlen(A C));
    assert_int_equal(bc_edit_read(edit, 0, read, sizeof read, &done), BC_OK);
    assert_int_equal(done, strlen(A C));
    assert_memory_equal(read, A C, done);
    assert_false(bc_edit_dirty(edit));
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_int_equal(bc_edit_write(edit, strlen(A), D, strlen(D), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A D);
    /* Behind the end: only the tail is new. */
    assert_int_equal(bc_edit_write(edit, strlen(A D), B, strlen(B), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A B D);
    bc_edit_free(edit);
    /* sort -o: cut to nothing, then rewritten. */
    edit = new_edit(world.branch, node, BC_EDIT_IN_PLACE);
    assert_int_equal(bc_edit_truncate(edit, 0), BC_OK);
    assert_int_equal(bc_edit_write(edit, 0, C, strlen(C), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, C);
    bc_edit_free(edit);
    close_world(&world);
}

static void a_hole_is_refused_and_kept_at_little_cost(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    const uint64_t size = (uint64_t)1 << 40;
    assert_int_equal(write_text(edit, A, NULL), BC_OK);
    assert_int_equal(bc_edit_truncate(edit, size), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_SYNTAX);
    struct bc_rejected rejected;
    assert_int_equal(bc_rejected_stat(world.branch, bc_slice("a.nt", 4), &rejected), BC_OK);
    assert_int_equal(rejected.size_bytes, size);
    char read[64];
    size_t done;
    assert_int_equal(
        bc_rejected_read(world.branch, bc_slice("a.nt", 4), size - 8, read, sizeof read, &done),
        BC_OK);
    assert_int_equal(done, 8);
    assert_memory_equal(read, "\0\0\0\0\0\0\0\0", 8);
    bc_edit_free(edit);
    assert_int_equal(bc_rejected_remove(world.branch, bc_slice("a.nt", 4)), BC_OK);
    assert_int_equal(bc_rejected_remove(world.branch, bc_slice("a.nt", 4)), BC_NOT_FOUND);
    close_world(&world);
}

static enum bc_status note_path(void *context, const struct bc_rejected *rejected)
{
    return bc_buffer_printf(context, "%s:%d ", rejected->path, (int)rejected->size_bytes);
}

static void rejected_texts_are_listed_by_path(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    static const char *const names[] = {"b.nt", "a.nt", "c.nt"};
    for (size_t i = 0; i < 3; i++) {
        uint64_t node = make_file(world.branch, names[i]);
        assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, "x\n", NULL), BC_SYNTAX);
        assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, "xyz\n", NULL), BC_SYNTAX);
    }
    struct bc_buffer list = {0};
    assert_int_equal(bc_rejected_each(world.branch, note_path, &list), BC_OK);
    assert_int_equal(bc_buffer_append(&list, "", 1), BC_OK);
    assert_string_equal(list.data, "a.nt:4 b.nt:4 c.nt:4 ");
    bc_buffer_release(&list);
    close_world(&world);
}

/* Lines of a numbered universe; some are too long for a key, with a prefix in common. */

static void add_line(struct bc_buffer *to, unsigned number)
{
    if (number % 97 == 5)
        assert_int_equal(
            bc_buffer_printf(to, "<http://e/long> <http://e/p> \"%01200u%u\" .\n", 0, number),
            BC_OK);
    else
        assert_int_equal(bc_buffer_printf(to, "<http://e/%08u> <http://e/p%u> \"value %u\" .\n",
                                          number, number % 7, number),
                         BC_OK);
}

static int compare_lines(const void *a, const void *b)
{
    return bc_slice_compare(*(const struct bc_slice *)a, *(const struct bc_slice *)b);
}

/* The canonical text of a set. */
static struct bc_buffer render(const bool *present, unsigned count)
{
    struct bc_buffer raw = {0};
    struct bc_buffer sorted = {0};
    struct bc_slice *lines = calloc(count + 1, sizeof *lines);
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        if (present[i])
            add_line(&raw, i);
    }
    for (size_t at = 0; at < raw.size; at += lines[used++].size) {
        const char *end = memchr(raw.data + at, '\n', raw.size - at);
        lines[used] = bc_slice(raw.data + at, (size_t)(end + 1 - (raw.data + at)));
    }
    qsort(lines, used, sizeof *lines, compare_lines);
    for (size_t i = 0; i < used; i++)
        assert_int_equal(bc_buffer_append(&sorted, lines[i].data, lines[i].size), BC_OK);
    free(lines);
    bc_buffer_release(&raw);
    return sorted;
}

static void assert_set(struct bc_branch *branch, uint64_t node, const bool *present, unsigned count)
{
    struct bc_buffer expected = render(present, count);
    struct bc_buffer text = read_file(branch, node);
    assert_int_equal(text.size, expected.size);
    if (text.size)
        assert_memory_equal(text.data, expected.data, text.size);
    bc_buffer_release(&expected);
    bc_buffer_release(&text);
}

/* Raw text of some of the universe: in any order, some twice, with comments. */
static struct bc_buffer random_text(uint64_t *random, bool *chosen, unsigned count, unsigned lines)
{
    struct bc_buffer raw = {0};
    for (unsigned i = 0; i < lines; i++) {
        unsigned number = (unsigned)(model_random(random) % count);
        chosen[number] = true;
        add_line(&raw, number);
        if (model_chance(random, 20))
            assert_int_equal(bc_buffer_append(&raw, "# note\n\r\n", 9), BC_OK);
    }
    return raw;
}

static void write_pieces(struct bc_edit *edit, uint64_t *random, uint64_t offset,
                         struct bc_slice raw)
{
    size_t largest = model_chance(random, 500) ? 300 : 1 << 19;
    for (size_t at = 0; at < raw.size;) {
        size_t size = (size_t)(model_random(random) % largest) + 1;
        if (size > raw.size - at)
            size = raw.size - at;
        assert_int_equal(bc_edit_write(edit, offset + at, raw.data + at, size, NULL), BC_OK);
        at += size;
    }
}

struct random_file {
    struct bc_branch *branch;
    uint64_t node;
    bool *present;
};

static void random_replace(struct random_file *file, uint64_t *random, unsigned count,
                           unsigned lines)
{
    memset(file->present, 0, count);
    struct bc_buffer raw = random_text(random, file->present, count, lines);
    bool in_place = model_chance(random, 500);
    struct bc_edit *edit =
        new_edit(file->branch, file->node, in_place ? BC_EDIT_IN_PLACE : BC_EDIT_REPLACE);
    if (in_place)
        assert_int_equal(bc_edit_truncate(edit, 0), BC_OK);
    size_t half = raw.size / 2;
    if (half && model_chance(random, 300)) {
        write_pieces(edit, random, half, bc_slice(raw.data + half, raw.size - half));
        write_pieces(edit, random, 0, bc_slice(raw.data, half));
    } else {
        write_pieces(edit, random, 0, bc_buffer_slice(&raw));
    }
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    bc_buffer_release(&raw);
}

/* In one edit with several commits, behind the end in place or as an append. */
static void random_append(struct random_file *file, uint64_t *random, unsigned count,
                          unsigned lines)
{
    bool in_place = model_chance(random, 300);
    struct bc_edit *edit =
        new_edit(file->branch, file->node, in_place ? BC_EDIT_IN_PLACE : BC_EDIT_APPEND);
    for (unsigned i = 0; i < 1 + model_random(random) % 3; i++) {
        struct bc_buffer raw = random_text(random, file->present, count, lines);
        write_pieces(edit, random, bc_edit_size(edit), bc_buffer_slice(&raw));
        assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
        bc_buffer_release(&raw);
    }
    bc_edit_free(edit);
}

/* Takes a span out of the present text. */
static void random_cut(struct random_file *file, uint64_t *random, unsigned count)
{
    unsigned from = (unsigned)(model_random(random) % count);
    unsigned size = (unsigned)(model_random(random) % (count / 4 + 1));
    for (unsigned i = from; i < count && i < from + size; i++)
        file->present[i] = false;
    struct bc_buffer text = render(file->present, count);
    struct bc_edit *edit = new_edit(file->branch, file->node, BC_EDIT_IN_PLACE);
    write_pieces(edit, random, 0, bc_buffer_slice(&text));
    assert_int_equal(bc_edit_truncate(edit, text.size), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    bc_buffer_release(&text);
}

static void random_copy(struct random_file *file, const struct random_file *from, uint64_t *random,
                        unsigned count)
{
    struct bc_shown *text;
    assert_int_equal(bc_shown_open(from->branch, from->node, BC_NTRIPLES, &text, NULL, NULL),
                     BC_OK);
    uint64_t bytes = bc_shown_bytes(text);
    struct bc_edit *edit = new_edit(file->branch, file->node, BC_EDIT_REPLACE);
    bool jump = model_chance(random, 300) && bytes > 2;
    uint64_t at = jump ? bytes / 2 : 0;
    for (int i = 0; i < (jump ? 2 : 1); i++, at = 0) {
        uint64_t end = jump && i ? bytes / 2 : bytes;
        while (at < end) {
            uint64_t size = model_random(random) % (bytes + 10) + 1;
            uint64_t done;
            assert_int_equal(
                bc_edit_copy(edit, at, text, at, size < end - at ? size : end - at, &done, NULL),
                BC_OK);
            assert_true(done > 0);
            at += done;
        }
    }
    assert_int_equal(bc_edit_size(edit), bytes);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    memcpy(file->present, from->present, count);
    if (model_chance(random, 300)) { /* goes on behind the copy */
        struct bc_buffer raw = random_text(random, file->present, count, 3);
        write_pieces(edit, random, bytes, bc_buffer_slice(&raw));
        assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
        bc_buffer_release(&raw);
    }
    bc_edit_free(edit);
    bc_shown_release(text);
}

static void run_random(uint64_t seed, unsigned count, unsigned steps)
{
    enum { FILES = 4 };
    struct world world;
    open_world(&world);
    struct bc_branch *fork = NULL;
    struct random_file files[FILES] = {{0}};
    uint64_t random = seed;
    for (unsigned i = 0; i < 2; i++)
        files[i] = (struct random_file){world.branch, make_file(world.branch, i ? "b.nt" : "a.nt"),
                                        calloc(count, 1)};
    unsigned used = 2;
    for (unsigned step = 0; step < steps; step++) {
        struct random_file *file = &files[model_random(&random) % used];
        unsigned kind = (unsigned)(model_random(&random) % 10);
        unsigned lines = (unsigned)(model_random(&random) % (kind % 2 ? 8 : count));
        if (kind < 3)
            random_replace(file, &random, count, lines);
        else if (kind < 6)
            random_append(file, &random, count, lines);
        else if (kind < 8)
            random_cut(file, &random, count);
        else
            random_copy(file, &files[model_random(&random) % used], &random, count);
        if (step == steps / 3) {
            assert_int_equal(bc_branch_fork(world.branch, bc_slice("fork", 4),
                                            &(struct bc_owner){0, 0}, &fork, NULL),
                             BC_OK);
            for (unsigned i = 0; i < 2; i++) {
                files[used] = (struct random_file){fork, files[i].node, calloc(count, 1)};
                memcpy(files[used++].present, files[i].present, count);
            }
        }
        assert_set(file->branch, file->node, file->present, count);
    }
    for (unsigned i = 0; i < used; i++) {
        assert_set(files[i].branch, files[i].node, files[i].present, count);
        free(files[i].present);
    }
    bc_branch_release(fork);
    close_world(&world);
}

static void random_edits_agree_with_a_naive_set(void **state)
{
    (void)state;
    uint64_t seed = model_seed();
    for (unsigned round = 0; round < 6; round++)
        run_random(seed + round, 40, 60);
    run_random(seed + 100, 1500, 60);
    run_random(seed + 101, 15000, 30);
}

/* Large texts. */

static struct bc_buffer numbered_text(unsigned from, unsigned to)
{
    struct bc_buffer raw = {0};
    for (unsigned i = from; i < to; i++)
        assert_int_equal(bc_buffer_printf(&raw, "<http://e/%08u> <http://e/p> \"value\" .\n", i),
                         BC_OK);
    return raw;
}

static uint64_t run_of(struct world *world, uint64_t node)
{
    struct bc_file_text *text;
    assert_int_equal(bc_file_text_open(world->branch, node, &text, NULL), BC_OK);
    uint64_t run = bc_text_run(bc_file_text_view(text));
    bc_file_text_release(text);
    return run;
}

static void large_texts_become_runs_and_small_changes_rows(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_buffer raw = numbered_text(0, 200000);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    uint64_t random = 1;
    write_pieces(edit, &random, 0, bc_buffer_slice(&raw));
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    uint64_t run = run_of(&world, node);
    assert_true(run);
    assert_int_equal(stat_file(world.branch, node).triples, 200000);

    assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, A B, NULL), BC_OK);
    assert_int_equal(run_of(&world, node), run);
    assert_int_equal(stat_file(world.branch, node).triples, 200002);

    /* An append of more than is kept as rows: a run again, and the old one is gone. */
    struct bc_buffer more = numbered_text(150000, 300000);
    assert_int_equal(bc_buffer_append(&more, "", 1), BC_OK);
    assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, more.data, NULL), BC_OK);
    assert_int_not_equal(run_of(&world, node), run);
    assert_int_equal(stat_file(world.branch, node).triples, 300002);
    struct bc_run_summary summary;
    assert_int_equal(bc_run_summary(world.store, run, &summary), BC_NOT_FOUND);

    /* Back to few lines: no run at all. */
    assert_int_equal(put_text(world.branch, node, BC_EDIT_REPLACE, A, NULL), BC_OK);
    assert_int_equal(run_of(&world, node), 0);
    assert_text(world.branch, node, A);
    bc_buffer_release(&raw);
    bc_buffer_release(&more);
    close_world(&world);
}

static void many_large_texts_at_once_share_the_memory(void **state)
{
    (void)state;
    enum { TEXTS = 9 };
    struct world world;
    open_world(&world);
    struct bc_buffer raw = numbered_text(0, 40000);
    struct bc_edit *edits[TEXTS];
    for (unsigned i = 0; i < TEXTS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%u.nt", i);
        edits[i] = new_edit(world.branch, make_file(world.branch, name), BC_EDIT_REPLACE);
        uint64_t random = i + 1;
        write_pieces(edits[i], &random, 0, bc_buffer_slice(&raw));
        /* The last share may go over by what is the least. */
        assert_true(atomic_load(&world.repo->intake_bytes) <= (32 + 8) << 20);
    }
    for (unsigned i = 0; i < TEXTS; i++) {
        struct bc_attr attr;
        assert_int_equal(bc_edit_commit(edits[i], false, &attr, NULL), BC_OK);
        assert_int_equal(attr.triples, 40000);
        bc_edit_free(edits[i]);
    }
    bc_buffer_release(&raw);
    close_world(&world);
}

static void a_bad_line_of_a_large_text_is_found(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_buffer raw = numbered_text(0, 100000);
    struct bc_error err;
    assert_int_equal(bc_buffer_append(&raw, BAD, strlen(BAD)), BC_OK);
    struct bc_buffer behind = numbered_text(100000, 200000);
    assert_int_equal(bc_buffer_append(&raw, behind.data, behind.size), BC_OK);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    enum bc_status st = BC_OK;
    for (size_t at = 0; at < raw.size; at += 65536) {
        size_t size = raw.size - at < 65536 ? raw.size - at : 65536;
        enum bc_status written = bc_edit_write(edit, at, raw.data + at, size, &err);
        assert_true(!written || written == BC_SYNTAX);
        assert_true(!st || written == BC_SYNTAX);
        st = written;
    }
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "line 100001, column 27"));
    bc_edit_free(edit);
    char *kept = read_rejected(world.branch, "a.nt");
    assert_memory_equal(kept, raw.data, raw.size);
    free(kept);
    assert_text(world.branch, node, "");
    bc_buffer_release(&raw);
    bc_buffer_release(&behind);
    close_world(&world);
}

static void an_append_by_look_ups_stops_at_the_limit(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    for (unsigned i = 0; i < 60; i++) {
        struct bc_buffer raw = numbered_text(i * 90, i * 90 + 100);
        assert_int_equal(bc_buffer_append(&raw, "", 1), BC_OK);
        assert_int_equal(put_text(world.branch, node, BC_EDIT_APPEND, raw.data, NULL), BC_OK);
        assert_int_equal(stat_file(world.branch, node).triples, i * 90 + 100);
        bc_buffer_release(&raw);
    }
    assert_true(run_of(&world, node));
    close_world(&world);
}

/* Copies. */

static void a_whole_copy_shares_the_run(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t a = make_file(world.branch, "a.nt");
    uint64_t b = make_file(world.branch, "b.nt");
    struct bc_buffer raw = numbered_text(0, 5000);
    assert_int_equal(bc_buffer_append(&raw, "", 1), BC_OK);
    assert_int_equal(put_text(world.branch, a, BC_EDIT_REPLACE, raw.data, NULL), BC_OK);
    assert_int_equal(put_text(world.branch, a, BC_EDIT_APPEND, A, NULL), BC_OK);
    struct bc_shown *text;
    uint64_t done;
    assert_int_equal(bc_shown_open(world.branch, a, BC_NQUADS, &text, NULL, NULL), BC_OK);
    struct bc_edit *edit = new_edit(world.branch, b, BC_EDIT_REPLACE);
    assert_int_equal(bc_edit_copy(edit, 0, text, 0, 1000, &done, NULL), BC_OK);
    assert_int_equal(bc_edit_copy(edit, 1000, text, 1000, 1 << 30, &done, NULL), BC_OK);
    assert_int_equal(done, raw.size - 1 + strlen(A) - 1000);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    bc_shown_release(text);
    assert_int_equal(run_of(&world, a), run_of(&world, b));
    /* The run stays as long as one of them has it. */
    assert_int_equal(put_text(world.branch, a, BC_EDIT_REPLACE, B, NULL), BC_OK);
    assert_int_equal(stat_file(world.branch, b).triples, 5001);
    struct bc_buffer copy = read_file(world.branch, b);
    assert_int_equal(copy.size, raw.size - 1 + strlen(A));
    bc_buffer_release(&copy);
    bc_buffer_release(&raw);
    close_world(&world);
}

static void graphs_do_not_fit_into_triples(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t a = make_file(world.branch, "a.nq");
    uint64_t b = make_file(world.branch, "b.nt");
    struct bc_edit *edit;
    struct bc_error err;
    static const char quads[] = A "<http://e/b> <http://e/p> \"2 \\\" <x> .\" <http://e/g> .\n";
    assert_int_equal(bc_edit_new(world.branch, a, BC_NQUADS, BC_EDIT_REPLACE, &edit), BC_OK);
    assert_int_equal(write_text(edit, quads, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    struct bc_shown *text;
    uint64_t done;
    assert_int_equal(bc_shown_open(world.branch, a, BC_NQUADS, &text, NULL, NULL), BC_OK);
    assert_int_equal(bc_file_text_quads(bc_shown_text(text)), 1);
    edit = new_edit(world.branch, b, BC_EDIT_REPLACE);
    assert_int_equal(bc_edit_copy(edit, 0, text, 0, sizeof quads, &done, &err), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_SYNTAX);
    assert_non_null(strstr(err.text, "b.nt: line 2, column "));
    bc_edit_free(edit);
    bc_shown_release(text);
    char *kept = read_rejected(world.branch, "b.nt");
    assert_string_equal(kept, quads);
    free(kept);
    assert_text(world.branch, b, "");
    close_world(&world);
}

/* Writers at once. */

struct writer {
    pthread_t thread;
    struct bc_branch *branch;
    uint64_t node;
    unsigned number;
};

enum { WRITERS = 4, APPENDS = 150 };

static void *append_lines(void *context)
{
    struct writer *writer = context;
    for (unsigned i = 0; i < APPENDS; i++) {
        struct bc_buffer raw = {0};
        struct bc_edit *edit = NULL;
        bool large = i % 50 == 49;
        for (unsigned k = 0; k < (large ? 1500U : 1 + i % 40); k++)
            (void)bc_buffer_printf(&raw, "<http://e/%u> <http://e/%u> \"%u\" .\n", writer->number,
                                   i, k);
        enum bc_status st =
            bc_edit_new(writer->branch, writer->node, BC_NTRIPLES, BC_EDIT_APPEND, &edit);
        if (!st)
            st = bc_edit_write(edit, 0, raw.data, raw.size, NULL);
        if (!st)
            st = bc_edit_commit(edit, false, NULL, NULL);
        bc_edit_free(edit);
        bc_buffer_release(&raw);
        if (st)
            return "an append failed";
    }
    return NULL;
}

static void appends_at_once_lose_nothing(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct writer writers[WRITERS];
    uint64_t each = 0;
    for (unsigned i = 0; i < APPENDS; i++)
        each += i % 50 == 49 ? 1500 : 1 + i % 40;
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.branch = world.branch, .node = node, .number = i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, append_lines, &writers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        void *failure;
        assert_int_equal(pthread_join(writers[i].thread, &failure), 0);
        assert_null(failure);
    }
    assert_int_equal(stat_file(world.branch, node).triples, each * WRITERS);
    struct bc_buffer text = read_file(world.branch, node);
    bc_buffer_release(&text);
    close_world(&world);
}

static void *replace_lines(void *context)
{
    struct writer *writer = context;
    for (unsigned i = 0; i < 40; i++) {
        struct bc_buffer raw = {0};
        struct bc_edit *edit = NULL;
        for (unsigned k = 0; k < (i % 4 ? 20U : 30000U); k++)
            (void)bc_buffer_printf(&raw, "<http://e/%u> <http://e/%u> \"%u\" .\n", writer->number,
                                   i, k);
        enum bc_status st =
            bc_edit_new(writer->branch, writer->node, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
        if (!st)
            st = bc_edit_write(edit, 0, raw.data, raw.size, NULL);
        if (!st)
            st = bc_edit_commit(edit, false, NULL, NULL);
        bc_edit_free(edit);
        bc_buffer_release(&raw);
        if (st)
            return "a replacement failed";
    }
    return NULL;
}

static void of_replacements_at_once_one_is_there_whole(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct writer writers[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.branch = world.branch, .node = node, .number = i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, replace_lines, &writers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        void *failure;
        assert_int_equal(pthread_join(writers[i].thread, &failure), 0);
        assert_null(failure);
    }
    assert_int_equal(stat_file(world.branch, node).triples, 20);
    struct bc_buffer text = read_file(world.branch, node);
    bc_buffer_release(&text);
    close_world(&world);
}

/* Files that go away. */

static void a_removed_file_takes_its_text_along(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(write_text(edit, A, NULL), BC_OK);
    assert_int_equal(bc_tree_remove(world.branch, BC_ROOT_NODE, bc_slice("a.nt", 4), false, NULL),
                     BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_text(world.branch, node, A);
    bc_edit_free(edit);
    close_world(&world);
}

static void a_deleted_branch_refuses_what_is_written(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    struct bc_branch *fork;
    struct bc_error err;
    assert_int_equal(
        bc_branch_fork(world.branch, bc_slice("fork", 4), &(struct bc_owner){0, 0}, &fork, NULL),
        BC_OK);
    uint64_t node = make_file(fork, "a.nt");
    struct bc_edit *edit = new_edit(fork, node, BC_EDIT_APPEND);
    assert_int_equal(write_text(edit, A, NULL), BC_OK);
    assert_int_equal(bc_branch_delete(world.repo, bc_slice("fork", 4), true, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_STALE);
    assert_non_null(strstr(err.text, "a.nt"));
    bc_edit_free(edit);
    bc_branch_release(fork);
    close_world(&world);
}

/* Injected failures: whatever fails, the file is as before or as after, and what is tried again
 * succeeds. */

static bool is_failure(enum bc_status st, enum bc_status injected)
{
    return st == BC_OK || st == injected || st == BC_NO_MEMORY;
}

struct story {
    const char *name;
    enum bc_status (*run)(struct world *world, uint64_t a, uint64_t b);
    unsigned lines_after;
};

static enum bc_status story_append(struct world *world, uint64_t a, uint64_t b)
{
    struct bc_edit *edit;
    (void)b;
    enum bc_status st = bc_edit_new(world->branch, a, BC_NTRIPLES, BC_EDIT_APPEND, &edit);
    if (st)
        return st;
    st = bc_edit_write(edit, 0, A B, strlen(A B), NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

static enum bc_status story_bulk(struct world *world, uint64_t a, uint64_t b)
{
    struct bc_edit *edit;
    (void)b;
    enum bc_status st = bc_edit_new(world->branch, a, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
    if (st)
        return st;
    static struct bc_buffer raw;
    if (!raw.size) {
        bc_memory_fail_after(0, 0);
        raw = numbered_text(0, 30000);
        st = BC_NO_MEMORY;
    }
    for (size_t at = 0; !st && at < raw.size; at += 200000)
        st = bc_edit_write(edit, at, raw.data + at, raw.size - at < 200000 ? raw.size - at : 200000,
                           NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

static enum bc_status story_in_place(struct world *world, uint64_t a, uint64_t b)
{
    struct bc_edit *edit;
    (void)b;
    enum bc_status st = bc_edit_new(world->branch, a, BC_NTRIPLES, BC_EDIT_IN_PLACE, &edit);
    if (st)
        return st;
    st = bc_edit_write(edit, 0, D, strlen(D), NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

static enum bc_status story_copy(struct world *world, uint64_t a, uint64_t b)
{
    struct bc_edit *edit;
    struct bc_shown *text;
    uint64_t done;
    enum bc_status st = bc_shown_open(world->branch, b, BC_NTRIPLES, &text, NULL, NULL);
    if (st)
        return st;
    st = bc_edit_new(world->branch, a, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
    if (!st) {
        st = bc_edit_copy(edit, 0, text, 0, 1 << 30, &done, NULL);
        if (!st)
            st = bc_edit_commit(edit, false, NULL, NULL);
        if (!st)
            st = bc_edit_write(edit, bc_edit_size(edit), A, strlen(A), NULL);
        if (!st)
            st = bc_edit_commit(edit, false, NULL, NULL);
        bc_edit_free(edit);
    }
    bc_shown_release(text);
    return st;
}

static enum bc_status story_refusal(struct world *world, uint64_t a, uint64_t b)
{
    struct bc_edit *edit;
    struct bc_error err;
    (void)b;
    enum bc_status st = bc_edit_new(world->branch, a, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
    if (st)
        return st;
    st = bc_edit_write(edit, 0, BAD, strlen(BAD), &err);
    if (st == BC_SYNTAX)
        st = bc_edit_commit(edit, false, NULL, &err);
    if (st == BC_SYNTAX && bc_edit_dirty(edit))
        st = BC_NO_MEMORY; /* it could not be kept, and is tried again */
    bc_edit_free(edit);
    return st == BC_SYNTAX ? BC_OK : st;
}

static const struct story stories[] = {
    {"append", story_append, 3}, {"bulk", story_bulk, 30000},   {"in place", story_in_place, 1},
    {"copy", story_copy, 2001},  {"refusal", story_refusal, 1},
};

static void story_world(struct world *world, uint64_t *a, uint64_t *b)
{
    open_world(world);
    *a = make_file(world->branch, "a.nt");
    *b = make_file(world->branch, "b.nt");
    struct bc_buffer raw = numbered_text(0, 2000);
    assert_int_equal(bc_buffer_append(&raw, "", 1), BC_OK);
    assert_int_equal(put_text(world->branch, *a, BC_EDIT_REPLACE, C, NULL), BC_OK);
    assert_int_equal(put_text(world->branch, *b, BC_EDIT_REPLACE, raw.data, NULL), BC_OK);
    bc_buffer_release(&raw);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct world world;
        uint64_t a;
        uint64_t b;
        story_world(&world, &a, &b);
        enum bc_status st = BC_NO_MEMORY;
        uint64_t step = i == 1 ? 7 : 1;
        uint64_t at = 1;
        for (; st && at < 100000; at += step) {
            uint64_t before = bc_memory_allocations();
            bc_memory_fail_after(at, 0);
            st = stories[i].run(&world, a, b);
            bc_memory_fail_after(0, 0);
            assert_true(st == BC_OK || st == BC_NO_MEMORY);
            struct bc_buffer text = read_file(world.branch, a);
            bc_buffer_release(&text);
            assert_null(world.repo->texts);
            assert_int_equal(world.repo->pins.used, 0);
            if (!st && bc_memory_allocations() - before >= at)
                st = BC_NO_MEMORY; /* that one was dispensable: go on */
            if (bc_memory_allocations() - before < at && st)
                fail_msg("%s failed without a failure", stories[i].name);
        }
        assert_true(at > 5);
        assert_int_equal(stories[i].run(&world, a, b), BC_OK);
        assert_int_equal(stat_file(world.branch, a).triples, stories[i].lines_after);
        close_world(&world);
    }
}

static void each_store_call_may_fail(void **state)
{
    (void)state;
    static const enum bc_status failures[] = {BC_IO, BC_NO_SPACE};
    for (size_t i = 0; i < 2 * sizeof stories / sizeof *stories; i++) {
        const struct story *story = &stories[i / 2];
        struct world world;
        uint64_t a;
        uint64_t b;
        story_world(&world, &a, &b);
        for (uint64_t at = 1; at < 10000; at++) {
            failing_store_fail_after(world.store, at, 0, failures[i % 2]);
            enum bc_status st = story->run(&world, a, b);
            bool failed = failing_store_failures(world.store) > 0;
            failing_store_fail_after(world.store, 0, 0, BC_IO);
            assert_true(is_failure(st, failures[i % 2]));
            struct bc_buffer text = read_file(world.branch, a);
            bc_buffer_release(&text);
            if (!failed && !st)
                break;
        }
        assert_int_equal(story->run(&world, a, b), BC_OK);
        assert_int_equal(stat_file(world.branch, a).triples, story->lines_after);
        struct bc_collected collected = {0};
        assert_int_equal(bc_repo_collect(world.repo, &collected), BC_OK);
        close_world(&world);
    }
}

/* The spool. */

static void a_spool_is_like_a_file(void **state)
{
    (void)state;
    uint64_t random = model_seed();
    enum { LARGEST = 3 << 20 };
    for (int round = 0; round < 8; round++) {
        struct bc_spool spool = bc_spool(spool_directory);
        char *naive = calloc(1, LARGEST);
        char *piece = malloc(LARGEST);
        size_t size = 0;
        size_t limit = round % 2 ? LARGEST : 200000;
        for (int step = 0; step < 60; step++) {
            size_t offset = (size_t)(model_random(&random) % limit);
            size_t length = (size_t)(model_random(&random) % (limit - offset)) % 300000;
            size_t done;
            /* Most of some spools comes in order. */
            if (round % 4 == 1 && size + length < LARGEST && !model_chance(&random, 20))
                offset = size;
            if (model_chance(&random, 150)) {
                assert_int_equal(bc_spool_truncate(&spool, offset), BC_OK);
                if (offset < size)
                    memset(naive + offset, 0, size - offset);
                size = offset;
            } else {
                memset(piece, 'a' + step % 26, length);
                assert_int_equal(bc_spool_write(&spool, offset, piece, length), BC_OK);
                memcpy(naive + offset, piece, length);
                if (length && offset + length > size)
                    size = offset + length;
            }
            assert_int_equal(spool.size_bytes, size);
            size_t from = round % 2 && size ? (size_t)(model_random(&random) % size) : 0;
            assert_int_equal(bc_spool_read(&spool, from, piece, LARGEST, &done), BC_OK);
            assert_int_equal(done, size - from);
            if (done)
                assert_memory_equal(piece, naive + from, done);
            uint64_t data = bc_spool_data_from(&spool, offset);
            assert_true(data >= offset || data == size);
        }
        bc_spool_release(&spool);
        free(naive);
        free(piece);
    }
}

static void a_full_disk_is_reported_by_the_write(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint64_t node = make_file(world.branch, "a.nt");
    struct bc_buffer raw = numbered_text(0, 90000);
    struct rlimit limit;
    struct rlimit small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 1 << 20;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct bc_edit *edit = new_edit(world.branch, node, BC_EDIT_REPLACE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    size_t at = 0;
    enum bc_status st = BC_OK;
    for (; !st && at < raw.size; at += st ? 0 : 100000)
        st = bc_edit_write(edit, at, raw.data + at, raw.size - at < 100000 ? raw.size - at : 100000,
                           NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(st, BC_TOO_LARGE);
    assert_int_equal(bc_edit_size(edit), at);
    /* With room again, the writer goes on where it was. */
    assert_int_equal(bc_edit_write(edit, at, raw.data + at, raw.size - at, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    assert_int_equal(stat_file(world.branch, node).triples, 90000);
    bc_edit_free(edit);
    bc_buffer_release(&raw);
    close_world(&world);
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(spool_directory) ? 0 : -1;
}

/* Fails if a temporary file was left behind. */
static int remove_directory(void **state)
{
    (void)state;
    return rmdir(spool_directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_text_is_kept_sorted_and_once),
        cmocka_unit_test(append_is_a_union),
        cmocka_unit_test(an_append_cut_to_nothing_replaces),
        cmocka_unit_test(each_content_is_another_version),
        cmocka_unit_test(a_view_outlives_what_happens_to_the_file),
        cmocka_unit_test(a_bad_line_is_told_by_its_write),
        cmocka_unit_test(half_a_statement_is_refused_until_it_is_whole),
        cmocka_unit_test(an_error_behind_a_commit_is_placed_in_the_whole_text),
        cmocka_unit_test(commits_of_one_replace_are_its_whole_text),
        cmocka_unit_test(writers_may_jump),
        cmocka_unit_test(in_place_starts_from_the_canonical_text),
        cmocka_unit_test(a_hole_is_refused_and_kept_at_little_cost),
        cmocka_unit_test(rejected_texts_are_listed_by_path),
        cmocka_unit_test(random_edits_agree_with_a_naive_set),
        cmocka_unit_test(large_texts_become_runs_and_small_changes_rows),
        cmocka_unit_test(many_large_texts_at_once_share_the_memory),
        cmocka_unit_test(a_bad_line_of_a_large_text_is_found),
        cmocka_unit_test(an_append_by_look_ups_stops_at_the_limit),
        cmocka_unit_test(a_whole_copy_shares_the_run),
        cmocka_unit_test(graphs_do_not_fit_into_triples),
        cmocka_unit_test(appends_at_once_lose_nothing),
        cmocka_unit_test(of_replacements_at_once_one_is_there_whole),
        cmocka_unit_test(a_removed_file_takes_its_text_along),
        cmocka_unit_test(a_deleted_branch_refuses_what_is_written),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_store_call_may_fail),
        cmocka_unit_test(a_spool_is_like_a_file),
        cmocka_unit_test(a_full_disk_is_reported_by_the_write),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
