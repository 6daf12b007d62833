/* Matching: blocks, texts and branches, by every plan, with and without threads, against a naive
 * reading of every line. */
#include "branchcore/match.h"
#include "branchcore/scalar.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ANY(array)   (array)[world_random(&seed, COUNT(array))]
#define XSD          "http://www.w3.org/2001/XMLSchema#"

static uint64_t seed;

static const char *const subjects[] = {"<http://example.org/a", "<http://example.org/b", "_:b",
                                       "<http://example.com/c"};
static const char *const predicates[] = {"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
                                         "<http://example.org/p>", "<http://example.org/p>",
                                         "<http://example.org/q>", "<http://example.org/rare>"};
static const char *const objects[] = {"<http://example.org/a1>",
                                      "<http://example.org/T>",
                                      "\"text\"",
                                      "\"<http://example.org/p> in text\"",
                                      "\"a \\\"b\\\" c\"@en-gb",
                                      ("\"1\"^^<" XSD "integer>"),
                                      "_:b1",
                                      "\"needle\"@de",
                                      "\"x .\"",
                                      "\"b\"@en--ltr",
                                      ("<<( <http://example.org/a1> <http://example.org/p> "
                                       "\"text\" )>>"),
                                      ("<<( _:b1 <http://example.org/rare> <<( _:b1 <x:p> "
                                       "\"needle )>>\"@en-us--rtl )>> )>>")};
static const char *const graphs[] = {"", "", "", "<http://example.org/g>", "_:b1"};

/* What a pattern is put together from. */
static const char *const clauses[] = {"? ? ?",
                                      "? ex:p ?",
                                      "? ex:rare ?",
                                      "? a ex:T",
                                      "? ? \"text\"",
                                      "~\"needle\"",
                                      "? ? ~\"b\"",
                                      "? ? ~'ex'",
                                      "@en",
                                      "@*",
                                      "^^xsd:integer",
                                      "^^xsd:string",
                                      "ex:a*",
                                      "ex:a17 ? ?",
                                      "_:b1 ? ?",
                                      "_:* ex:p ?",
                                      "? ? ? ex:g",
                                      "? ? ? !*",
                                      "? ? _:*",
                                      "?x ? ?x",
                                      "?x ? ? ?x",
                                      "! ? ex:p ?",
                                      "! ? ? ? ?",
                                      "! _:*",
                                      "? !ex:p ?",
                                      "? !ex:p !\"\"*",
                                      "<http://nowhere/*>",
                                      "? ? \"x .\"",
                                      "? ? ~\" .\"",
                                      "<<()>>",
                                      "<<( ? ex:p ? )>>",
                                      "@en--ltr",
                                      "@en--rtl",
                                      "! <<( ex:a1 )>>",
                                      "<<( ? ? <<( _:b1 )>> )>> ",
                                      "? ex:rare <<( ? ex:rare )>>",
                                      "<<( ex:a1 ex:p \"text\" )>>",
                                      "? ?p <<( ? ?p )>>",
                                      "<<( ?x ? <<( ?x )>> )>>",
                                      "? ? <*>",
                                      "<<( ? ? <<( ? ? @en-us )>> )>>"};

static struct bc_pattern *parse(const char *text)
{
    struct bc_pattern *pattern = NULL;
    struct bc_error err;
    if (bc_pattern_parse(text_slice(text), NULL, &pattern, &err))
        fail_msg("%s: %s", text, err.text);
    return pattern;
}

static struct bc_pattern *random_pattern(char text[256])
{
    size_t size = 0;
    size_t count = 1 + world_random(&seed, 3);
    for (size_t i = 0; i < count; i++)
        size += (size_t)sprintf(text + size, "%s%s", i ? "\n" : "", ANY(clauses));
    return parse(text);
}

/* Lines, perhaps with one subject in all of them, so that they need not be sorted for a block. */
static void append_lines(struct bc_buffer *to, size_t count, size_t numbers)
{
    for (size_t i = 0; i < count; i++) {
        const char *subject = ANY(subjects);
        const char *graph = ANY(graphs);
        assert_int_equal(bc_buffer_printf(to, "%s%d%s %s %s %s%s.\n", subject,
                                          (int)world_random(&seed, numbers),
                                          *subject == '<' ? ">" : "", ANY(predicates), ANY(objects),
                                          graph, *graph ? " " : ""),
                         BC_OK);
    }
}

/* Appends the matching lines of a text, at most `limit` (0: all), and counts them. */
static uint64_t naive(const struct bc_pattern *pattern, struct bc_slice text, uint64_t limit,
                      struct bc_buffer *to)
{
    uint64_t count = 0;
    for (size_t at = 0; at < text.size && (!limit || count < limit);) {
        struct bc_spans spans;
        size_t used;
        struct bc_slice left = bc_slice(text.data + at, text.size - at);
        assert_int_equal(bc_scalar_split(NULL, left, BC_NQUADS, &spans, 1, &used), 1);
        if (bc_pattern_matches(pattern, left.data, &spans)) {
            assert_int_equal(bc_buffer_append(to, left.data, used), BC_OK);
            count++;
        }
        at += used;
    }
    return count;
}

static void same_text(const struct bc_buffer *a, const struct bc_buffer *b, const char *what)
{
    if (!bc_slice_equal(bc_buffer_slice(a), bc_buffer_slice(b)))
        fail_msg("%s: %zu bytes in place of %zu", what, a->size, b->size);
}

static const enum bc_match_plan plans[] = {BC_MATCH_AUTO, BC_MATCH_SPLIT, BC_MATCH_FIND};

static void check_block(struct bc_slice text, const struct bc_pattern *pattern, const char *what,
                        struct bc_match_hits *hits)
{
    for (size_t i = 0; i < COUNT(plans); i++) {
        struct bc_matcher *matcher = NULL;
        struct bc_buffer expected = {0}, found = {0};
        uint64_t limit = world_random(&seed, 4) ? 0 : 1 + world_random(&seed, 20);
        assert_int_equal(bc_matcher_new(pattern, bc_scalar_engine(), plans[i], &matcher), BC_OK);
        uint64_t count = naive(pattern, text, limit, &expected);
        assert_int_equal(bc_matcher_block(matcher, text, limit, hits), BC_OK);
        assert_int_equal(hits->count, count);
        for (size_t j = 0; j < hits->count; j++) {
            struct bc_slice line = bc_spans_line(text.data, &hits->spans[j]);
            struct bc_spans spans;
            size_t used;
            assert_int_equal(bc_buffer_append(&found, line.data, line.size), BC_OK);
            assert_int_equal(bc_scalar_split(NULL, line, BC_NQUADS, &spans, 1, &used), 1);
            assert_int_equal(spans.predicate, hits->spans[j].predicate - hits->spans[j].start);
            assert_int_equal(spans.object, hits->spans[j].object - hits->spans[j].start);
            assert_int_equal(spans.graph,
                             spans.graph ? hits->spans[j].graph - hits->spans[j].start : 0);
            assert_int_equal(spans.graph > 0, hits->spans[j].graph > 0);
        }
        same_text(&found, &expected, what);
        bc_buffer_release(&expected);
        bc_buffer_release(&found);
        bc_matcher_free(matcher);
    }
}

static void every_plan_finds_the_same_lines_of_a_block(void **state)
{
    (void)state;
    struct bc_match_hits hits = {0};
    seed = world_seed();
    for (int round = 0; round < 150; round++) {
        struct bc_buffer text = {0};
        append_lines(&text, world_random(&seed, 4) ? world_random(&seed, 400) : 3000, 30);
        for (size_t i = 0; i < 6; i++) {
            char what[256];
            struct bc_pattern *pattern = random_pattern(what);
            check_block(bc_buffer_slice(&text), pattern, what, &hits);
            bc_pattern_free(pattern);
        }
        bc_buffer_release(&text);
    }
    bc_match_hits_release(&hits);
}

static void broken_text_is_told(void **state)
{
    (void)state;
    static const char *const broken[] = {"<x:needle> <x:p> <x:o>\n", "<x:needle> <x:p> .\n",
                                         "needle", "\nneedle .\n"};
    struct bc_pattern *pattern = parse("~\"needle\"");
    for (size_t i = 0; i < COUNT(broken); i++) {
        for (size_t j = 0; j < COUNT(plans); j++) {
            struct bc_matcher *matcher = NULL;
            struct bc_match_hits hits = {0};
            assert_int_equal(bc_matcher_new(pattern, bc_scalar_engine(), plans[j], &matcher),
                             BC_OK);
            assert_int_equal(bc_matcher_block(matcher, text_slice(broken[i]), 0, &hits),
                             BC_CORRUPT);
            bc_match_hits_release(&hits);
            bc_matcher_free(matcher);
        }
    }
    bc_pattern_free(pattern);
}

/* Branches. */

static const char *const paths[] = {"a.nq", "folder/b.nq", "folder/deep/c.nq", "z.nq"};

/* A frozen layer and a working set over it, in files of which one is large. */
static void make_scene(struct world *world, struct bc_store *store, bool large)
{
    world_open(world, store);
    world_folder(world->main, "folder");
    world_folder(world->main, "folder/deep");
    world_folder(world->main, "folder/empty");
    world_put(world->main, "notes.txt", "not triples\n");
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct bc_buffer text = {0};
        append_lines(&text, large && i == 1 ? 60000 : 300, large && i == 1 ? 100000 : 50);
        uint64_t node = world_file(world->main, paths[i]);
        assert_int_equal(world_edit(world->main, node, BC_EDIT_REPLACE, text.data, text.size),
                         BC_OK);
        if (i == 1)
            bc_branch_release(world_fork(world, world->main, "other"));
        bc_buffer_clear(&text);
        append_lines(&text, 40, 100000);
        assert_int_equal(world_edit(world->main, node, BC_EDIT_APPEND, text.data, text.size),
                         BC_OK);
        bc_buffer_release(&text);
    }
}

static void naive_branch(struct bc_branch *branch, const struct bc_pattern *pattern,
                         const char *folder, uint64_t limit, struct bc_buffer *to, uint64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (strncmp(paths[i], folder, strlen(folder)) != 0 || (limit && *count == limit))
            continue;
        uint64_t node = world_find(branch, paths[i]);
        if (!node)
            continue;
        struct bc_buffer content = world_content(branch, node);
        *count += naive(pattern, bc_buffer_slice(&content), limit ? limit - *count : 0, to);
        bc_buffer_release(&content);
    }
}

static enum bc_status append_part(void *context, const struct bc_match_part *part)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < part->lines.size; i++)
        lines += part->lines.data[i] == '\n';
    assert_int_equal(lines, part->count);
    return bc_buffer_append(context, part->lines.data, part->lines.size);
}

static enum bc_status count_part(void *context, const struct bc_match_part *part)
{
    assert_int_equal(part->lines.size, 0);
    *(uint64_t *)context += part->count;
    return BC_OK;
}

static void check_branch(struct world *world, const char *folder, struct bc_pool *pool,
                         const struct bc_pattern *pattern, const char *what)
{
    struct bc_match_source source = {.branch = world->main, .path = text_slice(folder)};
    struct bc_match_options options = {
        .pool = pool,
        .plan = ANY(plans),
        .limit = world_random(&seed, 2) ? 0 : 1 + world_random(&seed, 500)};
    struct bc_buffer expected = {0}, found = {0};
    struct bc_match_figures figures;
    struct bc_match_options counting = options;
    uint64_t count, counted = 0;
    naive_branch(world->main, pattern, folder, options.limit, &expected, &count);
    assert_int_equal(
        bc_match_each(&source, pattern, &options, append_part, &found, &figures, &world->err),
        BC_OK);
    same_text(&found, &expected, what);
    assert_int_equal(figures.matches, count);
    counting.count_only = true;
    assert_int_equal(
        bc_match_each(&source, pattern, &counting, count_part, &counted, NULL, &world->err), BC_OK);
    assert_int_equal(counted, count);
    bc_buffer_release(&expected);
    bc_buffer_release(&found);
}

static void a_branch_gives_the_lines_of_all_its_files_in_order(void **state)
{
    (void)state;
    struct world world;
    struct bc_pool *pool = NULL;
    static const char *const folders[] = {"",     "folder",      "folder/deep", "folder/b.nq",
                                          "z.nq", "folder/empty"};
    seed = world_seed();
    make_scene(&world, NULL, true);
    assert_int_equal(bc_pool_new(3, &pool), BC_OK);
    for (size_t i = 0; i < COUNT(clauses); i++) {
        struct bc_pattern *pattern = parse(clauses[i]);
        check_branch(&world, i % 2 ? "" : ANY(folders), i % 3 ? pool : NULL, pattern, clauses[i]);
        bc_pattern_free(pattern);
    }
    for (size_t i = 0; i < 20; i++) {
        char what[256];
        struct bc_pattern *pattern = random_pattern(what);
        check_branch(&world, ANY(folders), i % 3 ? pool : NULL, pattern, what);
        bc_pattern_free(pattern);
    }
    bc_pool_free(pool);
    world_close(&world);
}

static void a_bound_subject_is_looked_up(void **state)
{
    (void)state;
    struct world world;
    struct bc_match_figures figures;
    struct bc_buffer found = {0};
    seed = world_seed();
    make_scene(&world, NULL, true);
    struct bc_match_source source = {.branch = world.main, .path = text_slice("/folder/b.nq/")};
    struct bc_pattern *pattern = parse("ex:a17 ? ? | <http://example.com/c5*> ? ?");
    assert_int_equal(bc_match_each(&source, pattern, NULL, append_part, &found, &figures, NULL),
                     BC_OK);
    assert_true(figures.bytes > 4 << 20);
    assert_true(figures.bytes_skipped > figures.bytes / 2);
    bc_pattern_free(pattern);
    bc_buffer_release(&found);
    world_close(&world);
}

/* The cursor's places: every place of the text leads to the next line's start. */
static void a_cursor_goes_to_any_place_of_a_text(void **state)
{
    (void)state;
    struct world world;
    struct bc_file_text *text;
    struct bc_text_cursor *cursor;
    seed = world_seed();
    make_scene(&world, NULL, true);
    for (size_t i = 0; i < COUNT(paths); i++) {
        uint64_t node = world_find(world.main, paths[i]);
        struct bc_buffer content = world_content(world.main, node);
        assert_int_equal(bc_file_text_open(world.main, node, &text, NULL), BC_OK);
        assert_int_equal(bc_text_cursor_new(bc_file_text_view(text), &cursor), BC_OK);
        for (int round = 0; round < 400; round++) {
            struct bc_slice line;
            size_t at = world_random(&seed, content.size + 2);
            assert_int_equal(bc_text_cursor_place(cursor, at), BC_OK);
            size_t start = at;
            while (start && start < content.size && content.data[start - 1] != '\n')
                start++;
            start = start < content.size ? start : content.size;
            assert_int_equal(bc_text_cursor_offset(cursor), start);
            for (int lines = 0; lines < 3; lines++) {
                enum bc_status st = bc_text_cursor_next(cursor, &line);
                assert_int_equal(st, start == content.size ? BC_NO_DATA : BC_OK);
                if (st)
                    break;
                assert_true(!memcmp(content.data + start, line.data, line.size));
                start += line.size;
                assert_int_equal(bc_text_cursor_offset(cursor), start);
            }
        }
        bc_text_cursor_free(cursor);
        bc_file_text_release(text);
        bc_buffer_release(&content);
    }
    world_close(&world);
}

static void changes_made_meanwhile_are_not_seen(void **state)
{
    (void)state;
    struct world world;
    struct bc_match *match;
    struct bc_match_part part;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", "<x:a> <x:p> <x:o> .\n");
    world_put(world.main, "b.nt", "<x:b> <x:p> <x:o> .\n");
    struct bc_match_source source = {.branch = world.main};
    assert_int_equal(bc_match_new(&source, NULL, NULL, &match, NULL), BC_OK);
    assert_int_equal(bc_match_next(match, &part), BC_OK);
    assert_true(bc_slice_equal(part.path, text_slice("a.nt")));
    assert_true(bc_slice_equal(part.lines, text_slice("<x:a> <x:p> <x:o> .\n")));
    world_put(world.main, "b.nt", "<x:c> <x:p> <x:o> .\n");
    assert_int_equal(bc_match_next(match, &part), BC_OK);
    assert_true(bc_slice_equal(part.lines, text_slice("<x:b> <x:p> <x:o> .\n")));
    assert_int_equal(bc_match_next(match, &part), BC_NO_DATA);
    assert_int_equal(bc_match_next(match, &part), BC_NO_DATA);
    bc_match_free(match);
    world_close(&world);
}

static void a_text_alone_can_be_searched(void **state)
{
    (void)state;
    struct world world;
    struct bc_file_text *text;
    struct bc_buffer found = {0};
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "a.nt", "<x:a> <x:p> \"1\" .\n<x:b> <x:p> \"2\" .\n");
    assert_int_equal(bc_file_text_open(world.main, node, &text, NULL), BC_OK);
    struct bc_match_source source = {.text = text};
    struct bc_pattern *pattern = parse("? ? \"2\"");
    assert_int_equal(bc_match_each(&source, pattern, NULL, append_part, &found, NULL, NULL), BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&found), text_slice("<x:b> <x:p> \"2\" .\n")));
    bc_pattern_free(pattern);
    bc_buffer_release(&found);
    bc_file_text_release(text);
    world_close(&world);
}

static void paths_that_are_no_triples_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct bc_match *match = NULL;
    static const struct {
        const char *path;
        enum bc_status status;
        const char *message;
    } cases[] = {
        {"no", BC_NOT_FOUND, "there is no 'no' in the branch: name a triple file or a folder"},
        {"a.nt/b", BC_NOT_DIRECTORY,
         "there is no 'a.nt/b' in the branch: name a triple file or a folder"},
        {"notes.txt", BC_INVALID, "'notes.txt' is no triple file and no folder"},
    };
    world_open(&world, NULL);
    world_put(world.main, "a.nt", "<x:a> <x:p> <x:o> .\n");
    world_put(world.main, "notes.txt", "x");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bc_match_source source = {.branch = world.main, .path = text_slice(cases[i].path)};
        assert_int_equal(bc_match_new(&source, NULL, NULL, &match, &world.err), cases[i].status);
        assert_string_equal(world.err.text, cases[i].message);
        assert_null(match);
    }
    world_close(&world);
}

static enum bc_status search(struct world *world, const struct bc_pattern *pattern,
                             struct bc_buffer *found)
{
    struct bc_match_source source = {.branch = world->main};
    bc_buffer_clear(found);
    return bc_match_each(&source, pattern, NULL, append_part, found, NULL, NULL);
}

static void every_failure_is_told_and_harmless(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    struct bc_buffer found = {0}, expected = {0};
    uint64_t count;
    seed = world_seed();
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    make_scene(&world, failing_store_new(inner), false);
    struct bc_pattern *pattern = parse("? ex:p ? | ex:a*");
    naive_branch(world.main, pattern, "", 0, &expected, &count);
    enum bc_status st = BC_IO;
    for (uint64_t i = 1; st; i++) {
        failing_store_fail_after(world.store, i, 0, BC_IO);
        st = search(&world, pattern, &found);
        failing_store_fail_after(world.store, 0, 0, BC_OK);
        assert_true(!st || st == BC_IO);
    }
    same_text(&found, &expected, "after failures of the store");
    st = BC_NO_MEMORY;
    for (uint64_t i = 1; st; i++) {
        bc_memory_fail_after(i, 0);
        st = search(&world, pattern, &found);
        bc_memory_fail_after(0, 0);
        assert_true(!st || st == BC_NO_MEMORY);
    }
    same_text(&found, &expected, "after failures of memory");
    bc_pattern_free(pattern);
    bc_buffer_release(&found);
    bc_buffer_release(&expected);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_finds_the_same_lines_of_a_block),
        cmocka_unit_test(broken_text_is_told),
        cmocka_unit_test(a_branch_gives_the_lines_of_all_its_files_in_order),
        cmocka_unit_test(a_bound_subject_is_looked_up),
        cmocka_unit_test(a_cursor_goes_to_any_place_of_a_text),
        cmocka_unit_test(changes_made_meanwhile_are_not_seen),
        cmocka_unit_test(a_text_alone_can_be_searched),
        cmocka_unit_test(paths_that_are_no_triples_are_refused),
        cmocka_unit_test(every_failure_is_told_and_harmless),
    };
    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
