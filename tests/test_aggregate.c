/* Counts, groups and sums, against naive ones; and the numbers that literals say. */
#include "branchcore/aggregate.h"
#include "branchcore/scalar.h"
#include "tests/tree_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ANY(array)   (array)[world_random(&seed, COUNT(array))]
#define XSD          "http://www.w3.org/2001/XMLSchema#"
#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

static uint64_t seed;

/* Numbers. */

static bool read_number(const char *lexical, const char *type, struct bc_number *number)
{
    char literal[2000];
    int size = snprintf(literal, sizeof literal, "\"%s\"^^<" XSD "%s>", lexical, type);
    return bc_number_read(bc_slice(literal, (size_t)size), number);
}

static void literals_are_read_as_their_datatypes_say(void **state)
{
    (void)state;
    /* lexical, type, formatted; NULL: not a number */
    static const char *const cases[][3] = {
        {"0", "integer", "0"},
        {"-0", "integer", "0"},
        {"+0042", "integer", "42"},
        {"1.0", "integer", NULL},
        {"", "integer", NULL},
        {"-", "integer", NULL},
        {" 1", "integer", NULL},
        {"1e3", "integer", NULL},
        {"\\u0031", "integer", NULL},
        {"170141183460469231731687303715884105727", "integer",
         "170141183460469231731687303715884105727"},
        {"170141183460469231731687303715884105728", "integer", "1.7014118346046923E38"},
        {"127", "byte", "127"},
        {"128", "byte", NULL},
        {"-128", "byte", "-128"},
        {"-129", "byte", NULL},
        {"32768", "short", NULL},
        {"2147483648", "int", NULL},
        {"9223372036854775807", "long", "9223372036854775807"},
        {"9223372036854775808", "long", NULL},
        {"18446744073709551615", "unsignedLong", "18446744073709551615"},
        {"18446744073709551616", "unsignedLong", NULL},
        {"-1", "unsignedByte", NULL},
        {"256", "unsignedByte", NULL},
        {"65535", "unsignedShort", "65535"},
        {"4294967296", "unsignedInt", NULL},
        {"0", "positiveInteger", NULL},
        {"-1", "nonNegativeInteger", NULL},
        {"1", "nonPositiveInteger", NULL},
        {"0", "negativeInteger", NULL},
        {"-170141183460469231731687303715884105729000", "negativeInteger",
         "-1.7014118346046923E41"},
        {"-170141183460469231731687303715884105729000", "positiveInteger", NULL},
        {"1.50", "decimal", "1.5"},
        {".5", "decimal", "0.5"},
        {"-0.001", "decimal", "-0.001"},
        {"5.", "decimal", "5"},
        {".", "decimal", NULL},
        {"1e1", "decimal", NULL},
        {"0.0000000000000000000000000000001", "decimal", "1.0E-31"},
        {"1", "double", "1.0E0"},
        {"1.5e3", "double", "1.5E3"},
        {"-1E-7", "double", "-1.0E-7"},
        {"0.1", "double", "1.0E-1"},
        {"NaN", "double", NULL},
        {"INF", "double", NULL},
        {"-INF", "double", NULL},
        {"inf", "double", NULL},
        {"1e400", "double", NULL},
        {"0x10", "double", NULL},
        {"1e", "double", NULL},
        {"0.1", "float", "1.0000000149011612E-1"},
        {"1e39", "float", NULL},
        {"1", "string", NULL},
        {"1", "boolean", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bc_number number;
        char text[BC_NUMBER_TEXT];
        bool is = read_number(cases[i][0], cases[i][1], &number);
        if (is != (cases[i][2] != NULL))
            fail_msg("%s of %s", cases[i][0], cases[i][1]);
        if (!is || !cases[i][2])
            continue;
        bc_number_format(&number, text);
        if (strcmp(text, cases[i][2]) != 0)
            fail_msg("%s of %s: %s in place of %s", cases[i][0], cases[i][1], text, cases[i][2]);
    }
    static const char *const others[] = {"",
                                         "\"\"",
                                         "\"1\"",
                                         "\"1\"@en",
                                         "<" XSD "integer>",
                                         "_:b",
                                         "\"1\"^^<x:y>",
                                         "\"1\\\"^^<" XSD "integer>\""};
    struct bc_number number;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(bc_number_read(text_slice(others[i]), &number));
}

static void sum_of(const char *const (*values)[2], size_t count, struct bc_sums *sums)
{
    *sums = (struct bc_sums){0};
    for (size_t i = 0; i < count; i++) {
        struct bc_number number;
        assert_true(read_number(values[i][0], values[i][1], &number));
        bc_sums_add(sums, &number);
    }
}

static void expect_sums(const struct bc_sums *sums, const char *sum, const char *average,
                        const char *least, const char *most)
{
    char text[BC_NUMBER_TEXT];
    struct bc_number number = bc_sums_total(sums);
    bc_number_format(&number, text);
    assert_string_equal(text, sum);
    number = bc_sums_average(sums);
    bc_number_format(&number, text);
    assert_string_equal(text, average);
    bc_number_format(&sums->least, text);
    assert_string_equal(text, least);
    bc_number_format(&sums->most, text);
    assert_string_equal(text, most);
}

static void sums_are_exact_as_long_as_they_fit(void **state)
{
    (void)state;
    struct bc_sums sums;
    static const char *const decimals[][2] = {
        {"0.1", "decimal"}, {"0.2", "decimal"}, {"-3", "int"}, {"1000000.25", "decimal"}};
    sum_of(decimals, 4, &sums);
    assert_false(sums.inexact);
    expect_sums(&sums, "999997.55", "249999.3875", "-3", "1000000.25");
    static const char *const thirds[][2] = {{"1", "integer"}, {"1", "integer"}, {"-4", "integer"}};
    sum_of(thirds, 3, &sums);
    expect_sums(&sums, "-2", "-0.666666666666666667", "-4", "1");
    static const char *const large[][2] = {{"170141183460469231731687303715884105727", "integer"},
                                           {"1", "integer"},
                                           {"0.5", "decimal"}};
    sum_of(large, 2, &sums);
    assert_true(sums.inexact);
    expect_sums(&sums, "1.7014118346046923E38", "8.507059173023462E37", "1",
                "170141183460469231731687303715884105727");
    sum_of(large, 3, &sums);
    assert_true(sums.inexact);
    assert_int_equal(bc_number_compare(&sums.most, &sums.least), 1);
    static const char *const mixed[][2] = {
        {"1e16", "double"}, {"1", "double"}, {"-1e16", "double"}, {"2", "integer"}};
    sum_of(mixed, 4, &sums);
    assert_true(sums.any_real && !sums.inexact);
    expect_sums(&sums, "3.0E0", "7.5E-1", "-1.0E16", "1.0E16");
}

static void merged_sums_are_those_of_all(void **state)
{
    (void)state;
    seed = world_seed();
    for (int round = 0; round < 200; round++) {
        struct bc_sums all = {0}, first = {0}, second = {0};
        for (int i = 0; i < 20; i++) {
            char lexical[60];
            struct bc_number number;
            (void)snprintf(lexical, sizeof lexical, "%s%d.%d", world_random(&seed, 2) ? "-" : "",
                           (int)world_random(&seed, 100000), (int)world_random(&seed, 1000));
            assert_true(read_number(lexical, "decimal", &number));
            bc_sums_add(&all, &number);
            bc_sums_add(world_random(&seed, 2) ? &first : &second, &number);
        }
        bc_sums_merge(&first, &second);
        struct bc_number a = bc_sums_total(&all), b = bc_sums_total(&first);
        assert_true(a.exact && b.exact);
        assert_int_equal(bc_number_compare(&a, &b), 0);
        assert_int_equal(bc_number_compare(&all.least, &first.least), 0);
        assert_int_equal(bc_number_compare(&all.most, &first.most), 0);
        assert_int_equal(all.numbers, first.numbers);
    }
}

/* Groups. */

static const char *const subjects[] = {"<http://e/a>", "<http://e/b>", "_:c", "<http://e/d>"};
static const char *const predicates[] = {"<" RDF "type>", "<http://e/p>", "<http://e/q>"};
static const char *const objects[] = {"<http://e/C1>",
                                      "<http://e/C2>",
                                      "\"a\"",
                                      "\"a\"@en",
                                      "\"@x\"@de-at",
                                      "\"5\"^^<" XSD "integer>",
                                      "\"2.5\"^^<" XSD "decimal>",
                                      "\"oops\"^^<" XSD "integer>",
                                      "\"3\"^^<" XSD "int>"};
static const char *const graphs[] = {"", "", "<http://e/g>"};
static const char *const paths[] = {"a.nq", "f/b.nq", "f/c.nq"};

static void make_scene(struct world *world, size_t lines)
{
    world_open(world, NULL);
    world_folder(world->main, "f");
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct bc_buffer text = {0};
        for (size_t j = 0; j < lines; j++) {
            const char *graph = ANY(graphs);
            assert_int_equal(bc_buffer_printf(&text, "%s %s %s %s%s.\n", ANY(subjects),
                                              ANY(predicates), ANY(objects), graph,
                                              *graph ? " " : ""),
                             BC_OK);
        }
        world_put(world->main, paths[i], text.data);
        bc_buffer_release(&text);
    }
}

struct naive_group {
    char key[200];
    uint64_t count;
    struct bc_sums sums;
};
struct naive {
    struct naive_group groups[400];
    size_t group_count;
    uint64_t count;
    uint64_t grouped;
    struct bc_sums sums;
};

/* The key as the object's bytes say, read from the front. False: none. */
static bool naive_key(const struct bc_statement *statement, const char *path, enum bc_group_by by,
                      struct bc_slice *key)
{
    struct bc_slice object = statement->object;
    const char *end = object.data + object.size;
    const char *behind = object.data[0] == '"' ? object.data + 1 : NULL;
    while (behind && *behind != '"')
        behind += *behind == '\\' ? 2 : 1;
    behind += behind != NULL;
    switch (by) {
    case BC_GROUP_SUBJECT:
        *key = statement->subject;
        return true;
    case BC_GROUP_PREDICATE:
        *key = statement->predicate;
        return true;
    case BC_GROUP_OBJECT:
        *key = object;
        return true;
    case BC_GROUP_GRAPH:
        *key = statement->graph;
        return true;
    case BC_GROUP_CLASS:
        *key = object;
        return bc_slice_equal(statement->predicate, text_slice("<" RDF "type>"));
    case BC_GROUP_FILE:
        *key = text_slice(path);
        return true;
    case BC_GROUP_LANGUAGE:
        if (!behind || behind == end || *behind != '@')
            return false;
        *key = bc_slice(behind + 1, (size_t)(end - behind - 1));
        return true;
    case BC_GROUP_DATATYPE:
        if (!behind)
            return false;
        *key = behind == end    ? text_slice("<" XSD "string>")
               : *behind == '@' ? text_slice("<" RDF "langString>")
                                : bc_slice(behind + 2, (size_t)(end - behind - 2));
        return true;
    default:
        return false;
    }
}

static struct naive_group *naive_find(struct naive *naive, struct bc_slice key)
{
    for (size_t i = 0; i < naive->group_count; i++) {
        if (bc_slice_equal(text_slice(naive->groups[i].key), key))
            return &naive->groups[i];
    }
    assert_true(naive->group_count < COUNT(naive->groups));
    struct naive_group *made = &naive->groups[naive->group_count++];
    *made = (struct naive_group){0};
    memcpy(made->key, key.data, key.size);
    return made;
}

static void naive_line(struct naive *naive, struct bc_slice line, const char *path,
                       const struct bc_pattern *pattern, enum bc_group_by by)
{
    struct bc_statement statement;
    struct bc_spans spans;
    struct bc_slice key;
    struct bc_number number;
    size_t used;
    assert_int_equal(bc_scalar_split(NULL, line, BC_NQUADS, &spans, 1, &used), 1);
    assert_int_equal(bc_statement_split(line, &statement), BC_OK);
    if (!bc_pattern_matches(pattern, line.data, &spans))
        return;
    bool is_number = bc_number_read(statement.object, &number);
    naive->count++;
    if (is_number)
        bc_sums_add(&naive->sums, &number);
    if (!naive_key(&statement, path, by, &key))
        return;
    struct naive_group *group = naive_find(naive, key);
    naive->grouped++;
    group->count++;
    if (is_number)
        bc_sums_add(&group->sums, &number);
}

static int compare_naive(const void *a, const void *b)
{
    const struct naive_group *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->key, right->key);
}

static void naive_count(struct bc_branch *branch, const struct bc_pattern *pattern,
                        enum bc_group_by by, struct naive *naive)
{
    *naive = (struct naive){0};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct bc_buffer content = world_content(branch, world_find(branch, paths[i]));
        for (size_t at = 0; at < content.size;) {
            const char *newline = strchr(content.data + at, '\n');
            size_t size = (size_t)(newline + 1 - content.data) - at;
            naive_line(naive, bc_slice(content.data + at, size), paths[i], pattern, by);
            at += size;
        }
        bc_buffer_release(&content);
    }
    qsort(naive->groups, naive->group_count, sizeof *naive->groups, compare_naive);
}

static void same_sums(const struct bc_sums *a, const struct bc_sums *b)
{
    struct bc_number left = bc_sums_total(a), right = bc_sums_total(b);
    assert_int_equal(a->numbers, b->numbers);
    assert_int_equal(bc_number_compare(&left, &right), 0);
    if (a->numbers)
        assert_int_equal(bc_number_compare(&a->least, &b->least), 0);
    if (a->numbers)
        assert_int_equal(bc_number_compare(&a->most, &b->most), 0);
}

static void check(struct world *world, const char *text, enum bc_group_by by, bool numbers,
                  struct bc_pool *pool)
{
    static struct naive naive;
    struct bc_pattern *pattern = NULL;
    struct bc_aggregate found;
    struct bc_aggregate_options options = {
        .match = {.pool = pool}, .by = by, .numbers = numbers, .top = world_random(&seed, 5)};
    struct bc_match_source source = {.branch = world->main};
    assert_int_equal(bc_pattern_parse(text_slice(text), NULL, &pattern, NULL), BC_OK);
    naive_count(world->main, pattern, by, &naive);
    assert_int_equal(bc_aggregate(&source, pattern, &options, &found, &world->err), BC_OK);
    assert_int_equal(found.count, naive.count);
    assert_int_equal(found.grouped, by ? naive.grouped : 0);
    assert_int_equal(found.group_count, naive.group_count);
    assert_int_equal(found.shown, options.top && options.top < naive.group_count
                                      ? options.top
                                      : naive.group_count);
    for (size_t i = 0; i < found.shown; i++) {
        assert_true(bc_slice_equal(found.groups[i].key, text_slice(naive.groups[i].key)));
        assert_int_equal(found.groups[i].count, naive.groups[i].count);
        if (numbers)
            same_sums(found.groups[i].sums, &naive.groups[i].sums);
        else
            assert_null(found.groups[i].sums);
    }
    if (numbers) {
        same_sums(&found.sums, &naive.sums);
        assert_int_equal(found.not_numbers, naive.count - naive.sums.numbers);
    }
    bc_aggregate_release(&found);
    bc_pattern_free(pattern);
}

static void groups_are_those_of_a_naive_count(void **state)
{
    (void)state;
    static const char *const patterns[] = {"", "? <http://e/p> ?", "@en | ^^xsd:integer",
                                           "! <http://e/*>", "? ? ? ?"};
    struct world world;
    struct bc_pool *pool = NULL;
    seed = world_seed();
    make_scene(&world, 400);
    assert_int_equal(bc_pool_new(2, &pool), BC_OK);
    for (int by = BC_GROUP_NONE; by <= BC_GROUP_DATATYPE; by++) {
        for (size_t i = 0; i < COUNT(patterns); i++) {
            check(&world, patterns[i], (enum bc_group_by)by, false, pool);
            check(&world, patterns[i], (enum bc_group_by)by, true, NULL);
        }
    }
    bc_pool_free(pool);
    world_close(&world);
}

static void groups_that_need_too_much_memory_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct bc_aggregate found;
    struct bc_aggregate_options options = {.by = BC_GROUP_OBJECT, .memory_bytes = 100};
    seed = world_seed();
    make_scene(&world, 50);
    struct bc_match_source source = {.branch = world.main};
    assert_int_equal(bc_aggregate(&source, NULL, &options, &found, &world.err), BC_TOO_LARGE);
    assert_non_null(strstr(world.err.text, "more groups by object than fit"));
    world_close(&world);
}

static enum bc_status pass_over(void *context, const struct bc_match_part *part)
{
    (void)context;
    (void)part;
    return BC_OK;
}

static void a_limit_counts_statements(void **state)
{
    (void)state;
    struct world world;
    struct bc_aggregate found;
    seed = world_seed();
    make_scene(&world, 400);
    struct bc_match_source source = {.branch = world.main};
    for (uint64_t limit = 1; limit < 1000; limit += 99) {
        struct bc_aggregate_options options = {.match = {.limit = limit}, .by = BC_GROUP_SUBJECT};
        struct bc_match_figures all;
        assert_int_equal(bc_match_each(&source, NULL, &options.match, pass_over, NULL, &all, NULL),
                         BC_OK);
        assert_int_equal(bc_aggregate(&source, NULL, &options, &found, NULL), BC_OK);
        assert_int_equal(found.count, all.matches);
        assert_int_equal(found.grouped, all.matches);
        bc_aggregate_release(&found);
    }
    world_close(&world);
}

static void a_failed_allocation_leaks_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_aggregate found;
    struct bc_aggregate_options options = {.by = BC_GROUP_DATATYPE, .numbers = true};
    seed = world_seed();
    make_scene(&world, 60);
    struct bc_match_source source = {.branch = world.main};
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t i = 1; st; i++) {
        bc_memory_fail_after(i, 0);
        st = bc_aggregate(&source, NULL, &options, &found, NULL);
        bc_memory_fail_after(0, 0);
        assert_true(!st || st == BC_NO_MEMORY);
    }
    bc_aggregate_release(&found);
    world_close(&world);
}

static void groups_have_names(void **state)
{
    (void)state;
    for (int by = BC_GROUP_NONE; by <= BC_GROUP_DATATYPE; by++) {
        enum bc_group_by found;
        const char *name = bc_group_by_name((enum bc_group_by)by);
        assert_true(bc_group_by_of(text_slice(name), &found));
        assert_int_equal(found, by);
    }
    enum bc_group_by found;
    assert_true(bc_group_by_of(text_slice("classes"), &found));
    assert_int_equal(found, BC_GROUP_CLASS);
    assert_false(bc_group_by_of(text_slice("colour"), &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_read_as_their_datatypes_say),
        cmocka_unit_test(sums_are_exact_as_long_as_they_fit),
        cmocka_unit_test(merged_sums_are_those_of_all),
        cmocka_unit_test(groups_are_those_of_a_naive_count),
        cmocka_unit_test(groups_that_need_too_much_memory_are_refused),
        cmocka_unit_test(a_limit_counts_statements),
        cmocka_unit_test(a_failed_allocation_leaks_nothing),
        cmocka_unit_test(groups_have_names),
    };
    return cmocka_run_group_tests_name("aggregate", tests, NULL, NULL);
}
