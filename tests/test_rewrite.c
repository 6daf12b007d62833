/* Rewriting the beginnings of IRIs, against a naive rewriting of every line. */
#include "branchcore/rewrite.h"
#include "branchcore/state.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ANY(array)   (array)[world_random(&seed, COUNT(array))]

static uint64_t seed;

static enum bc_status rewrite(struct world *world, const char *path, const char *from,
                              const char *to, bool dry_run, struct bc_rewrite_report *report)
{
    struct bc_rewrite_options options = {.path = text_slice(path),
                                         .from = text_slice(from),
                                         .to = text_slice(to),
                                         .dry_run = dry_run};
    return bc_rewrite(world->main, &options, report, &world->err);
}

static void iris_change_wherever_they_stand(void **state)
{
    (void)state;
    struct world world;
    struct bc_rewrite_report report;
    world_open(&world, NULL);
    world_put(world.main, "a.nq",
              "<http://old/s> <http://old/p> <http://old/o> <http://old/g> .\n"
              "<http://old/s> <http://p/> \"<http://old/text> http://old/\" .\n"
              "<http://p/> <http://p/> \"1\"^^<http://old/type> .\n"
              "<http://older/s> <http://p/> \"http://old/\"@en .\n"
              "_:old <http://p/> <http://p/http://old/> .\n");
    world_put(world.main, "b.nt", "<http://p/> <http://p/> <http://p/> .\n");
    world_put(world.main, "plain.txt", "<http://old/>\n");
    assert_int_equal(rewrite(&world, "", "http://old/", "https://new.example/x#", true, &report),
                     BC_OK);
    assert_int_equal(report.lines, 3);
    world_expect(world.main, "b.nt", "<http://p/> <http://p/> <http://p/> .\n");
    assert_int_equal(rewrite(&world, "", "http://old/", "https://new.example/x#", false, &report),
                     BC_OK);
    assert_int_equal(report.files, 1);
    assert_int_equal(report.lines, 3);
    assert_int_equal(report.terms, 6);
    assert_int_equal(report.collided, 0);
    world_expect(world.main, "a.nq",
                 "<http://older/s> <http://p/> \"http://old/\"@en .\n"
                 "<http://p/> <http://p/> \"1\"^^<https://new.example/x#type> .\n"
                 "<https://new.example/x#s> <http://p/> \"<http://old/text> http://old/\" .\n"
                 "<https://new.example/x#s> <https://new.example/x#p> <https://new.example/x#o> "
                 "<https://new.example/x#g> .\n"
                 "_:old <http://p/> <http://p/http://old/> .\n");
    world_expect(world.main, "plain.txt", "<http://old/>\n");
    world_close(&world);
}

static void iris_change_within_triple_terms(void **state)
{
    (void)state;
    struct world world;
    struct bc_rewrite_report report;
    world_open(&world, NULL);
    world_put(world.main, "a.nq",
              "_:r <http://p/> <<( <http://old/s> <http://old/p> <<( <http://p/> <http://p/> "
              "\"<http://old/>\"^^<http://old/t> )>> )>> <http://old/g> .\n"
              "_:r <http://p/> <<( _:s <http://p/> \"<http://old/>\"@en--ltr )>> .\n"
              "_:r <http://p/> <<( _:s <http://p/> \"1\"^^<http://old/> )>> .\n");
    assert_int_equal(rewrite(&world, "", "http://old/", "http://www.w3.org/2001/XMLSchema#string",
                             true, &report),
                     BC_OK);
    assert_int_equal(report.lines, 2);
    assert_int_equal(report.terms, 5);
    assert_int_equal(rewrite(&world, "", "http://old/", "http://www.w3.org/2001/XMLSchema#string",
                             false, &report),
                     BC_OK);
    /* A literal of xsd:string has no datatype in canonical text, there too. */
    world_expect(world.main, "a.nq",
                 "_:r <http://p/> <<( <http://www.w3.org/2001/XMLSchema#strings> "
                 "<http://www.w3.org/2001/XMLSchema#stringp> <<( <http://p/> <http://p/> "
                 "\"<http://old/>\"^^<http://www.w3.org/2001/XMLSchema#stringt> )>> )>> "
                 "<http://www.w3.org/2001/XMLSchema#stringg> .\n"
                 "_:r <http://p/> <<( _:s <http://p/> \"1\" )>> .\n"
                 "_:r <http://p/> <<( _:s <http://p/> \"<http://old/>\"@en--ltr )>> .\n");
    world_close(&world);
}

static void lines_that_meet_become_one(void **state)
{
    (void)state;
    struct world world;
    struct bc_rewrite_report report;
    world_open(&world, NULL);
    world_put(world.main, "a.nt",
              "<http://a/1> <x:p> \"1\" .\n<http://b/1> <x:p> \"1\" .\n"
              "<http://a/2> <x:p> \"2\" .\n<http://b/3> <x:p> \"3\" .\n");
    assert_int_equal(rewrite(&world, "a.nt", "http://a/", "http://b/", false, &report), BC_OK);
    assert_int_equal(report.lines, 2);
    assert_int_equal(report.collided, 1);
    world_expect(world.main, "a.nt",
                 "<http://b/1> <x:p> \"1\" .\n<http://b/2> <x:p> \"2\" .\n"
                 "<http://b/3> <x:p> \"3\" .\n");
    /* A line that goes and comes back from another. */
    world_put(world.main, "c.nt", "<http://a/x> <x:p> \"1\" .\n<http://a/b/x> <x:p> \"1\" .\n");
    assert_int_equal(rewrite(&world, "c.nt", "http://a/", "http://a/b/", false, &report), BC_OK);
    assert_int_equal(report.lines, 2);
    assert_int_equal(report.collided, 0);
    world_expect(world.main, "c.nt",
                 "<http://a/b/b/x> <x:p> \"1\" .\n<http://a/b/x> <x:p> \"1\" .\n");
    world_put(world.main, "d.nt", "<x:s> <x:p> \"1\"^^<http://my/string> .\n<x:s> <x:p> \"1\" .\n");
    assert_int_equal(
        rewrite(&world, "d.nt", "http://my/", "http://www.w3.org/2001/XMLSchema#", false, &report),
        BC_OK);
    assert_int_equal(report.collided, 1);
    world_expect(world.main, "d.nt", "<x:s> <x:p> \"1\" .\n");
    world_close(&world);
}

static void what_would_not_be_valid_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_rewrite_report report = {.lines = 77};
    static const char text[] = "<http://a/1> <x:p> \"1\" .\n<urn:x> <x:p> \"1\" .\n";
    static const struct {
        const char *path;
        const char *from;
        const char *to;
        enum bc_status status;
    } cases[] = {
        {"", "", "x:", BC_INVALID},
        {"", "http://a/", "http://a b/", BC_INVALID},
        {"", "http://a/", "http://\xFF/", BC_INVALID},
        {"", "http<", "x:", BC_INVALID},
        {"", "http://a/", "", BC_INVALID},
        {"", "http://a/", "relative/", BC_INVALID},
        {"", "urn:", "1:", BC_INVALID},
        {"no", "http://a/", "http://b/", BC_NOT_FOUND},
    };
    world_open(&world, NULL);
    world_put(world.main, "a.nt", text);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(rewrite(&world, cases[i].path, cases[i].from, cases[i].to, false, &report),
                         cases[i].status);
        assert_true(world.err.text[0]);
        assert_int_equal(report.lines, 77);
        world_expect(world.main, "a.nt", "<http://a/1> <x:p> \"1\" .\n<urn:x> <x:p> \"1\" .\n");
    }
    assert_int_equal(rewrite(&world, "", "http", "https", false, &report), BC_OK);
    world_expect(world.main, "a.nt", "<https://a/1> <x:p> \"1\" .\n<urn:x> <x:p> \"1\" .\n");
    world_close(&world);
}

static enum bc_status keep_line(void *context, const char *line)
{
    (void)snprintf(context, 300, "%s", line);
    return BC_OK;
}

static void it_is_one_change_that_can_be_taken_back(void **state)
{
    (void)state;
    struct world world;
    struct bc_rewrite_report report;
    char line[300] = "";
    world_open(&world, NULL);
    world_folder(world.main, "f");
    world_put(world.main, "a.nt", "<http://a/1> <x:p> \"1\" .\n");
    world_put(world.main, "f/b.nt", "<http://a/2> <x:p> \"1\" .\n");
    world_put(world.main, "f/c.nt", "<http://c/2> <x:p> \"1\" .\n");
    uint64_t moves = bc_branch_moves(world.main);
    assert_int_equal(rewrite(&world, "", "http://a/", "http://b/", false, &report), BC_OK);
    assert_int_equal(report.files, 2);
    assert_int_equal(bc_branch_moves(world.main), moves + 1);
    assert_int_equal(bc_reflog_each(world.repo, keep_line, line), BC_OK);
    assert_non_null(strstr(line, " rewrite main w"));
    assert_non_null(strstr(line, "<http://a/> <http://b/> 2 files 2 lines"));
    char id[40] = "";
    assert_int_equal(sscanf(strstr(line, " rewrite main "), " rewrite main %39s", id), 1);
    assert_int_equal(
        bc_branch_restore(world.repo, text_slice(id), text_slice("before"), &world.err), BC_OK);
    struct bc_branch *before = world_branch(&world, "before");
    world_expect(before, "f/b.nt", "<http://a/2> <x:p> \"1\" .\n");
    bc_branch_release(before);
    /* Nothing to do is no change. */
    assert_int_equal(rewrite(&world, "", "http://nowhere/", "http://b/", false, &report), BC_OK);
    assert_int_equal(report.files, 0);
    assert_int_equal(rewrite(&world, "", "http://b/", "http://b/", false, &report), BC_OK);
    assert_int_equal(bc_branch_moves(world.main), moves + 1);
    world_close(&world);
}

/* Random. */

static const char *const starts[] = {"http://a/", "http://a/b/", "http://b/", "http://a", "urn:x:"};

static void append_term(struct bc_buffer *to, bool literals)
{
    if (literals && !world_random(&seed, 3))
        assert_int_equal(bc_buffer_printf(to, "\"<%s%d>\"^^<%stype> ", ANY(starts),
                                          (int)world_random(&seed, 4), ANY(starts)),
                         BC_OK);
    else
        assert_int_equal(bc_buffer_printf(to, "<%s%d> ", ANY(starts), (int)world_random(&seed, 6)),
                         BC_OK);
}

static void append_object(struct bc_buffer *to)
{
    size_t depth = world_random(&seed, 3) ? 0 : world_random(&seed, 4);
    for (size_t i = 0; i < depth; i++) {
        assert_int_equal(bc_buffer_printf(to, "<<( "), BC_OK);
        append_term(to, false);
        append_term(to, false);
    }
    append_term(to, true);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(bc_buffer_printf(to, ")>> "), BC_OK);
}

static void append_lines(struct bc_buffer *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        append_term(to, false);
        append_term(to, false);
        append_object(to);
        if (!world_random(&seed, 3))
            append_term(to, false);
        assert_int_equal(bc_buffer_printf(to, ".\n"), BC_OK);
    }
}

/* What a text is to be, unsorted: an IRI begins where '<' is and no text of a literal. */
static void naive(struct bc_slice text, const char *from, const char *to, struct bc_buffer *result)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        quoted ^= text.data[i] == '"';
        assert_int_equal(bc_buffer_append(result, text.data + i, 1), BC_OK);
        if (text.data[i] != '<' || quoted || strncmp(text.data + i + 1, from, strlen(from)) != 0)
            continue;
        assert_int_equal(bc_buffer_append(result, to, strlen(to)), BC_OK);
        i += strlen(from);
    }
    assert_int_equal(bc_buffer_append(result, "", 1), BC_OK);
    result->size--;
}

static void check(struct world *world, const char *from, const char *to)
{
    static const char *const paths[] = {"a.nq", "f/b.nq"};
    struct bc_rewrite_report report, dry;
    struct bc_branch *other = world_fork(world, world->main, "expected");
    uint64_t triples = 0;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct bc_buffer text = world_content(world->main, world_find(world->main, paths[i]));
        struct bc_buffer expected = {0};
        triples += world_stat(world->main, world_find(world->main, paths[i])).triples;
        naive(bc_buffer_slice(&text), from, to, &expected);
        world_put(other, paths[i], expected.data);
        bc_buffer_release(&text);
        bc_buffer_release(&expected);
    }
    assert_int_equal(rewrite(world, "", from, to, true, &dry), BC_OK);
    assert_int_equal(rewrite(world, "", from, to, false, &report), BC_OK);
    assert_memory_equal(&report, &dry, sizeof dry);
    for (size_t i = 0; i < COUNT(paths); i++) {
        uint64_t node = world_find(world->main, paths[i]);
        struct bc_buffer text = world_content(other, world_find(other, paths[i]));
        world_expect(world->main, paths[i], text.data);
        triples -= world_stat(world->main, node).triples;
        bc_buffer_release(&text);
    }
    assert_int_equal(triples, report.collided);
    bc_branch_release(other);
    assert_int_equal(bc_branch_delete(world->repo, text_slice("expected"), true, NULL), BC_OK);
}

static void random_rewritings_are_those_of_a_naive_one(void **state)
{
    (void)state;
    seed = world_seed();
    for (int round = 0; round < 12; round++) {
        struct world world;
        struct bc_buffer text = {0};
        world_open(&world, NULL);
        world_folder(world.main, "f");
        append_lines(&text, round == 0 ? 30000 : world_random(&seed, 300));
        if (text.size)
            world_put(world.main, "a.nq", text.data);
        else
            world_file(world.main, "a.nq");
        bc_branch_release(world_fork(&world, world.main, "low"));
        bc_buffer_clear(&text);
        append_lines(&text, 1 + world_random(&seed, 50));
        uint64_t node = world_find(world.main, "a.nq");
        assert_int_equal(world_edit(world.main, node, BC_EDIT_APPEND, text.data, text.size), BC_OK);
        world_put(world.main, "f/b.nq", text.data);
        for (int i = 0; i < 3; i++)
            check(&world, ANY(starts), ANY(starts));
        world_check(&world);
        bc_buffer_release(&text);
        world_close(&world);
    }
}

static void make_scene(struct world *world)
{
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(world, failing_store_new(inner));
    world_put(world->main, "a.nt", "<http://a/1> <x:p> \"1\" .\n<http://b/1> <x:p> \"1\" .\n");
    world_put(world->main, "b.nt", "<http://a/2> <x:p> \"1\" .\n");
}

static void expect_before(struct world *world)
{
    world_expect(world->main, "a.nt", "<http://a/1> <x:p> \"1\" .\n<http://b/1> <x:p> \"1\" .\n");
    world_expect(world->main, "b.nt", "<http://a/2> <x:p> \"1\" .\n");
}

static void a_failure_changes_nothing(void **state)
{
    (void)state;
    struct bc_rewrite_report report;
    for (int memory = 0; memory < 2; memory++) {
        struct world world;
        enum bc_status expected = memory ? BC_NO_MEMORY : BC_IO;
        enum bc_status st = expected;
        make_scene(&world);
        for (uint64_t i = 1; st; i++) {
            if (memory)
                bc_memory_fail_after(i, 0);
            else
                failing_store_fail_after(world.store, i, 0, BC_IO);
            st = rewrite(&world, "", "http://a/", "http://b/", false, &report);
            bc_memory_fail_after(0, 0);
            failing_store_fail_after(world.store, 0, 0, BC_OK);
            /* What is told after the change has taken effect cannot fail it. */
            assert_true(!st || st == expected);
            if (st)
                expect_before(&world);
        }
        world_expect(world.main, "a.nt", "<http://b/1> <x:p> \"1\" .\n");
        world_expect(world.main, "b.nt", "<http://b/2> <x:p> \"1\" .\n");
        assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
        world_close(&world);
    }
}

static void commands_are_read(void **state)
{
    (void)state;
    static const char *const good[][3] = {
        {"<http://a/> <http://b/>", "http://a/", "http://b/"},
        {"ex: schema:\n", "http://example.org/", "http://schema.org/"},
        {"PREFIX e: <x:y/>\n e:a http://b/", "x:y/a", "http://b/"},
        {"<http> <https>", "http", "https"},
        {"<http://a/> <>", "http://a/", ""},
    };
    static const char *const bad[] = {
        "", "ex:", "<> ex:", "ex: ex: ex:", "foo: ex:", "<a b> ex:", "ex:* ex:"};
    struct bc_buffer from = {0}, to = {0};
    struct bc_error err;
    for (size_t i = 0; i < COUNT(good); i++) {
        bc_buffer_clear(&from);
        bc_buffer_clear(&to);
        assert_int_equal(bc_rewrite_parse(text_slice(good[i][0]), NULL, &from, &to, &err), BC_OK);
        assert_true(bc_slice_equal(bc_buffer_slice(&from), text_slice(good[i][1])));
        assert_true(bc_slice_equal(bc_buffer_slice(&to), text_slice(good[i][2])));
    }
    bc_buffer_clear(&from);
    bc_buffer_clear(&to);
    for (size_t i = 0; i < COUNT(bad); i++) {
        err.text[0] = '\0';
        assert_int_equal(bc_rewrite_parse(text_slice(bad[i]), NULL, &from, &to, &err), BC_SYNTAX);
        assert_true(err.text[0] && !from.size && !to.size);
    }
    bc_buffer_release(&from);
    bc_buffer_release(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iris_change_wherever_they_stand),
        cmocka_unit_test(iris_change_within_triple_terms),
        cmocka_unit_test(lines_that_meet_become_one),
        cmocka_unit_test(what_would_not_be_valid_changes_nothing),
        cmocka_unit_test(it_is_one_change_that_can_be_taken_back),
        cmocka_unit_test(random_rewritings_are_those_of_a_naive_one),
        cmocka_unit_test(a_failure_changes_nothing),
        cmocka_unit_test(commands_are_read),
    };
    return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
