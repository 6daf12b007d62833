#include "formats/blank_nodes.h"

#include "branchcore/lines.h"
#include "branchcore/ntriples.h"
#include "branchcore/triple_term.h"
#include "tests/set_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

/* The set as its statements, and what follows from the definition word by word. */
struct model {
    struct bc_statement *statements;
    size_t count;
};

static struct model model_of(struct bc_slice lines)
{
    struct model model = {bc_alloc_array(lines.size / 2 + 1, sizeof(struct bc_statement)), 0};
    assert_non_null(model.statements);
    for (size_t at = 0; at < lines.size;) {
        struct bc_slice line = bc_lines_at(lines, at);
        assert_int_equal(bc_statement_split(line, &model.statements[model.count++]), BC_OK);
        at += line.size;
    }
    return model;
}

static bool within(struct bc_slice term, struct bc_slice node)
{
    struct bc_slice part;
    while (bc_term_part(&term, &part))
        if (bc_slice_equal(part, node))
            return true;
    return false;
}

/* The only statement that mentions the node, where all but the way up allows to nest it. */
static const struct bc_statement *mention_of(const struct model *model, struct bc_slice node)
{
    const struct bc_statement *found = NULL;
    size_t mentions = 0;
    size_t said = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct bc_statement *is = &model->statements[i];
        said += bc_slice_equal(is->subject, node);
        if (bc_slice_equal(is->object, node)) {
            found = is;
            mentions++;
        } else if (within(is->object, node)) {
            return NULL;
        }
        if (bc_slice_equal(is->graph, node))
            return NULL;
    }
    if (mentions != 1 || !said)
        return NULL;
    for (size_t i = 0; i < model->count; i++) {
        const struct bc_statement *is = &model->statements[i];
        if (bc_slice_equal(is->subject, node) && !bc_slice_equal(is->graph, found->graph))
            return NULL;
    }
    return found;
}

static bool is_nested(const struct model *model, struct bc_slice node)
{
    const struct bc_statement *mention = mention_of(model, node);
    if (!mention)
        return false;
    struct bc_slice at = mention->subject;
    for (size_t steps = 0; *at.data == '_'; steps++) {
        const struct bc_statement *above = mention_of(model, at);
        if (!above)
            break;
        at = above->subject;
        if (bc_slice_equal(at, node))
            return false;
        if (steps > model->count)
            break; /* a cycle further up, which this is no part of */
    }
    return true;
}

static bool is_cell(const struct model *model, struct bc_slice node)
{
    for (size_t steps = 0; steps <= model->count; steps++) {
        const struct bc_statement *said[3];
        size_t count = 0;
        if (!is_nested(model, node))
            return false;
        for (size_t i = 0; i < model->count && count < 3; i++)
            if (bc_slice_equal(model->statements[i].subject, node))
                said[count++] = &model->statements[i];
        if (count != 2 ||
            !bc_slice_equal(said[0]->predicate, bc_slice("<" RDF "first>", strlen(RDF) + 7)) ||
            !bc_slice_equal(said[1]->predicate, bc_slice("<" RDF "rest>", strlen(RDF) + 6)))
            return false;
        node = said[1]->object;
        if (bc_slice_equal(node, bc_slice("<" RDF "nil>", strlen(RDF) + 5)))
            return true;
        if (*node.data != '_')
            return false;
    }
    return false;
}

struct seen {
    const struct model *model;
    const struct fmt_blank_nodes *nodes;
    bool *numbers;
    size_t count;
};

/* That it is nested or mentioned by none, and comes behind what it mentions. */
static enum bc_status see(void *context, const struct fmt_unlabelled *node)
{
    struct seen *seen = context;
    assert_false(seen->numbers[node->number]);
    seen->numbers[node->number] = true;
    seen->count++;
    assert_int_equal(fmt_blank_nodes_number(seen->nodes, node->label), node->number);
    assert_true(fmt_blank_nodes_nested(seen->nodes, node->label) == (node->place != 0));
    for (size_t i = 0; i < seen->model->count; i++) {
        const struct bc_statement *is = &seen->model->statements[i];
        if (bc_slice_equal(is->subject, node->label) &&
            fmt_blank_nodes_nested(seen->nodes, is->object))
            assert_true(seen->numbers[fmt_blank_nodes_number(seen->nodes, is->object)]);
        if (!bc_slice_equal(is->object, node->label))
            continue;
        assert_int_equal(node->place, fmt_blank_nodes_place(is->subject, is->predicate, is->graph));
    }
    return BC_OK;
}

static void check_lines(const struct fmt_blank_nodes *nodes, struct bc_slice all,
                        struct bc_slice node, bool nested)
{
    struct bc_buffer expected = {0};
    for (size_t at = 0; nested && at < all.size;) {
        struct bc_slice line = bc_lines_at(all, at);
        at += line.size;
        if (!memcmp(line.data, node.data, node.size) && line.data[node.size] == ' ')
            assert_int_equal(bc_buffer_append(&expected, line.data, line.size), BC_OK);
    }
    assert_true(bc_slice_equal(fmt_blank_nodes_lines(nodes, node), bc_buffer_slice(&expected)));
    bc_buffer_release(&expected);
}

static size_t check_node(const struct model *model, const struct fmt_blank_nodes *nodes,
                         struct bc_slice all, struct bc_slice node)
{
    struct bc_slice first;
    struct bc_slice rest;
    bool nested = is_nested(model, node);
    if (fmt_blank_nodes_nested(nodes, node) != nested)
        fail_msg("%.*s is %snested in\n%.*s", (int)node.size, node.data, nested ? "" : "not ",
                 (int)all.size, all.data);
    check_lines(nodes, all, node, nested);
    bool cell = fmt_blank_nodes_cell(nodes, node, &first, &rest);
    assert_true(cell == is_cell(model, node));
    for (size_t i = 0; cell && i < model->count; i++) {
        const struct bc_statement *is = &model->statements[i];
        if (bc_slice_equal(is->subject, node))
            assert_true(bc_slice_equal(is->object, first) || bc_slice_equal(is->object, rest));
    }
    return nested;
}

static void what_is_nested_is_as_defined(void **state)
{
    (void)state;
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t random = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("TRIPLEFS_SEED=%llu\n", (unsigned long long)random);
    size_t nested = 0;
    for (int i = 0; i < 200; i++) {
        struct bc_buffer lines = {0};
        struct set_text set;
        struct fmt_blank_nodes *nodes;
        set_text_random(&lines, &random, 1 + set_text_below(&random, 40), i % 2);
        set_text_init(&set, bc_buffer_slice(&lines));
        struct bc_slice all = bc_buffer_slice(&set.lines);
        struct model model = model_of(all);
        assert_int_equal(fmt_blank_nodes_new(set.text, NULL, &nodes), BC_OK);
        assert_true(fmt_blank_nodes_held(nodes));
        for (size_t j = 0; j < model.count; j++) {
            if (*model.statements[j].subject.data == '_')
                nested += check_node(&model, nodes, all, model.statements[j].subject);
            if (*model.statements[j].object.data == '_')
                nested += check_node(&model, nodes, all, model.statements[j].object);
        }
        struct seen seen = {.model = &model, .nodes = nodes};
        seen.numbers = bc_alloc_zero(fmt_blank_nodes_count(nodes) + 1);
        assert_non_null(seen.numbers);
        assert_int_equal(fmt_blank_nodes_each(nodes, see, &seen), BC_OK);
        bc_free(seen.numbers);
        bc_free(model.statements);
        fmt_blank_nodes_free(nodes);
        set_text_release(&set);
        bc_buffer_release(&lines);
    }
    assert_true(nested > 100);
}

static void expect_nested(const char *lines, const char *node, bool nested)
{
    struct set_text set;
    struct fmt_blank_nodes *nodes;
    set_text_init(&set, bc_slice(lines, strlen(lines)));
    assert_int_equal(fmt_blank_nodes_new(set.text, NULL, &nodes), BC_OK);
    assert_true(fmt_blank_nodes_nested(nodes, bc_slice(node, strlen(node))) == nested);
    fmt_blank_nodes_free(nodes);
    set_text_release(&set);
}

static void a_cycle_is_not_nested_but_what_hangs_on_it_is(void **state)
{
    (void)state;
    const char *lines = "_:a <urn:p> _:b .\n_:b <urn:p> _:c .\n_:c <urn:p> _:a .\n"
                        "_:c <urn:p> _:d .\n_:d <urn:p> _:e .\n_:e <urn:p> \"x\" .\n"
                        "_:s <urn:p> _:s .\n";
    expect_nested(lines, "_:a", false);
    expect_nested(lines, "_:b", false);
    expect_nested(lines, "_:c", false);
    expect_nested(lines, "_:d", true);
    expect_nested(lines, "_:e", true);
    expect_nested(lines, "_:s", false);
}

static void labels_in_literals_are_no_mentions(void **state)
{
    (void)state;
    const char *lines = "<urn:a> <urn:p> \" _:b _:b .\" .\n<urn:a> <urn:p> _:b .\n"
                        "<urn:a> <urn:q> <<( <urn:a> <urn:p> \" _:b \\\" _:b \" )>> .\n"
                        "<urn:a> <urn:r> \"an end _:b\" <urn:g> .\n_:b <urn:p> \"x\" .\n";
    expect_nested(lines, "_:b", true);
    expect_nested("<urn:a> <urn:p> _:b .\n<urn:a> <urn:q> <<( <urn:a> <urn:p> _:b )>> .\n"
                  "_:b <urn:p> \"x\" .\n",
                  "_:b", false);
    expect_nested("<urn:a> <urn:p> _:b .\n<urn:a> <urn:q> <<( _:b <urn:p> \" \\\\\" )>> .\n"
                  "_:b <urn:p> \"x\" .\n",
                  "_:b", false);
}

static void nodes_of_which_nothing_is_said_have_labels(void **state)
{
    (void)state;
    expect_nested("<urn:a> <urn:p> _:b .\n", "_:b", false);
}

/* One line of so many bytes, and one byte more. */
static void too_much_is_not_nested(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct set_text set;
        struct fmt_blank_nodes *nodes;
        struct bc_buffer lines = {0};
        const char *mention = "<urn:a> <urn:p> _:b .\n";
        size_t size = FMT_NESTED_MAX / 8;
        assert_int_equal(bc_buffer_append(&lines, mention, strlen(mention)), BC_OK);
        for (int i = 0; i < 8; i++) {
            size_t start = lines.size;
            size_t full = size + (i == 7 ? over : 0);
            assert_int_equal(bc_buffer_reserve(&lines, full), BC_OK);
            memset(lines.data + start, 'x', full);
            memcpy(lines.data + start, "_:b <urn:p> \"", 13);
            lines.data[start + 13] = (char)('a' + i);
            memcpy(lines.data + start + full - 4, "\" .\n", 4);
            lines.size += full;
        }
        set_text_init(&set, bc_buffer_slice(&lines));
        assert_int_equal(fmt_blank_nodes_new(set.text, NULL, &nodes), BC_OK);
        assert_true(fmt_blank_nodes_nested(nodes, bc_slice("_:b", 3)) == !over);
        assert_true(fmt_blank_nodes_held(nodes) == !over);
        fmt_blank_nodes_free(nodes);
        set_text_release(&set);
        bc_buffer_release(&lines);
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    uint64_t random = 11;
    struct bc_buffer lines = {0};
    struct set_text set;
    set_text_random(&lines, &random, 200, true);
    set_text_init(&set, bc_buffer_slice(&lines));
    for (uint64_t fail = 1;; fail++) {
        struct fmt_blank_nodes *nodes = NULL;
        uint64_t before = bc_memory_allocations();
        bc_memory_fail_after(fail, 0);
        enum bc_status st = fmt_blank_nodes_new(set.text, NULL, &nodes);
        bc_memory_fail_after(0, 0);
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        if (!st)
            fmt_blank_nodes_free(nodes);
        if (!st && bc_memory_allocations() - before < fail)
            break;
    }
    set_text_release(&set);
    bc_buffer_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_nested_is_as_defined),
        cmocka_unit_test(a_cycle_is_not_nested_but_what_hangs_on_it_is),
        cmocka_unit_test(labels_in_literals_are_no_mentions),
        cmocka_unit_test(nodes_of_which_nothing_is_said_have_labels),
        cmocka_unit_test(too_much_is_not_nested),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
