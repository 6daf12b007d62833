#include "formats/anonymous.h"

#include "branchcore/ntriples.h"
#include "tests/set_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES_MAX = 64 };

/* A text, told to the names' maker in lines of "SUBJECT PREDICATE OBJECT [GRAPH]": "[N]" is a node
 * without a label, "_:x" one with one, "a" to "z" are IRIs; "reifier [N]" and "settle" are words of
 * their own. At the end all is settled. */
struct telling {
    struct fmt_anonymous *anonymous;
    struct bc_buffer lines;
    struct bc_buffer terms;
    uint64_t nodes[NODES_MAX];
    size_t sent_before_settling;
};

static enum bc_status keep(void *context, struct bc_slice line, bool quad)
{
    struct bc_statement statement;
    struct telling *telling = context;
    if (bc_statement_split(line, &statement)) {
        print_error("not canonical: %.*s\n", (int)line.size, line.data);
        return BC_INVALID;
    }
    assert_int_equal(quad, statement.graph.size > 0);
    return bc_buffer_append(&telling->lines, line.data, line.size);
}

static enum bc_status node_of(struct telling *telling, const char *word, uint64_t *node)
{
    unsigned number = (unsigned)strtoul(word + 1, NULL, 10);
    assert_true(number < NODES_MAX);
    enum bc_status st = BC_OK;
    if (!telling->nodes[number])
        st = fmt_anonymous_begin(telling->anonymous, &telling->nodes[number]);
    *node = telling->nodes[number];
    return st;
}

/* Triple terms are written "<<a,p,[1]>>". */
static enum bc_status triple_term(struct telling *telling, const char *word)
{
    struct bc_buffer *to = &telling->terms;
    enum bc_status st = bc_buffer_printf(to, "<<(");
    for (const char *at = word + 2; !st && *at != '>'; at += *at == ',') {
        size_t size = strcspn(at, ",>");
        uint64_t node;
        if (*at == '[') {
            st = node_of(telling, at, &node);
            if (!st)
                st = bc_buffer_printf(to, " _:<%llu>", (unsigned long long)node);
        } else {
            st = bc_buffer_printf(to, " <urn:%.*s>", (int)size, at);
        }
        at += size;
    }
    return st ? st : bc_buffer_printf(to, " )>>");
}

static enum bc_status term_of(struct telling *telling, const char *word, struct fmt_term *term)
{
    size_t start = telling->terms.size;
    struct bc_slice label = bc_slice("", 0);
    enum bc_status st = BC_OK;
    *term = (struct fmt_term){.text = label};
    if (*word == '[')
        return node_of(telling, word, &term->node);
    if (*word == '_') {
        st =
            fmt_anonymous_mention(telling->anonymous, bc_slice(word + 2, strlen(word) - 2), &label);
        if (!st)
            st = bc_buffer_append(&telling->terms, label.data, label.size);
    } else if (*word == '<') {
        st = triple_term(telling, word);
    } else if (*word == '"') {
        st = bc_buffer_append(&telling->terms, word, strlen(word));
    } else if (*word) {
        st = bc_buffer_printf(&telling->terms,
                              strlen(word) > 1 ? "<http://www.w3.org/1999/02/"
                                                 "22-rdf-syntax-ns#%s>"
                                               : "<urn:%s>",
                              word);
    }
    term->text = bc_slice(telling->terms.data + start, telling->terms.size - start);
    return st;
}

static enum bc_status tell_line(struct telling *telling, const char *line)
{
    char words[4][64] = {{0}};
    (void)sscanf(line, "%63s %63s %63s %63s", words[0], words[1], words[2], words[3]);
    uint64_t node;
    enum bc_status st;
    if (!strcmp(words[0], "settle")) {
        telling->sent_before_settling = telling->lines.size;
        memset(telling->nodes, 0, sizeof telling->nodes);
        return fmt_anonymous_settle(telling->anonymous);
    }
    if (!strcmp(words[0], "reifier")) {
        st = node_of(telling, words[1], &node);
        if (!st)
            fmt_anonymous_reifier(telling->anonymous, node);
        return st;
    }
    bc_buffer_clear(&telling->terms);
    st = bc_buffer_reserve(&telling->terms, 4096);
    struct fmt_term terms[4];
    for (int i = 0; !st && i < 4; i++)
        st = term_of(telling, words[i], &terms[i]);
    return st ? st
              : fmt_anonymous_statement(telling->anonymous, &terms[0], terms[1].text, &terms[2],
                                        &terms[3]);
}

static enum bc_status tell(const char *text, struct bc_text *before, bool added,
                           struct telling *telling)
{
    *telling = (struct telling){0};
    struct bc_reading reading = {
        .sink = keep, .context = telling, .before = before, .added = added};
    enum bc_status st = fmt_anonymous_new(&reading, &telling->anonymous);
    for (const char *line = text; !st && *line;) {
        char copy[256];
        size_t size = strcspn(line, "\n");
        assert_true(size < sizeof copy);
        memcpy(copy, line, size);
        copy[size] = '\0';
        st = size ? tell_line(telling, copy) : BC_OK;
        line += size + (line[size] == '\n');
    }
    if (!st)
        st = tell_line(telling, "settle");
    fmt_anonymous_free(telling->anonymous);
    bc_buffer_release(&telling->terms);
    return st;
}

/* Sorted; the caller releases. */
static struct bc_buffer told(const char *text, const struct bc_buffer *before, bool added)
{
    struct set_text set;
    struct telling telling;
    if (before)
        set_text_init(&set, bc_buffer_slice(before));
    assert_int_equal(tell(text, before ? set.text : NULL, added, &telling), BC_OK);
    if (before)
        set_text_release(&set);
    set_text_sort(&telling.lines);
    return telling.lines;
}

/* Lines of `a` that `b` has not. */
static size_t lines_lost(const struct bc_buffer *a, const struct bc_buffer *b)
{
    size_t lost = 0;
    char line[512];
    for (const char *at = a->data; *at;) {
        size_t size = strcspn(at, "\n") + 1;
        assert_true(size < sizeof line);
        memcpy(line, at, size);
        line[size] = '\0';
        const char *found = strstr(b->data, line);
        lost += !found || (found != b->data && found[-1] != '\n');
        at += size;
    }
    return lost;
}

/* What changes when the second text replaces what the first one gave. */
static void expect_change(const char *first, const char *second, size_t removed, size_t added)
{
    struct bc_buffer before = told(first, NULL, false);
    struct bc_buffer after = told(second, &before, false);
    if (lines_lost(&before, &after) != removed || lines_lost(&after, &before) != added)
        print_error("%s----\n%s", before.data, after.data);
    assert_int_equal(lines_lost(&before, &after), removed);
    assert_int_equal(lines_lost(&after, &before), added);
    bc_buffer_release(&before);
    bc_buffer_release(&after);
}

static void statements_with_labels_do_not_wait(void **state)
{
    (void)state;
    struct telling telling;
    assert_int_equal(tell("a p [1]\n_:x p \"1\"\na p b g\n", NULL, false, &telling), BC_OK);
    const char *sent = "_:x <urn:p> \"1\" .\n<urn:a> <urn:p> <urn:b> <urn:g> .\n";
    assert_int_equal(telling.sent_before_settling, strlen(sent));
    bc_buffer_release(&telling.lines);
}

static void the_same_text_gives_the_same_labels(void **state)
{
    (void)state;
    struct bc_buffer a = told("a p [1]\n[1] q \"1\"\n[1] q [2]\n[2] r b\n", NULL, false);
    struct bc_buffer b = told("a p [1]\n[2] r b\n[1] q [2]\n[1] q \"1\"\n", NULL, false);
    assert_string_equal(a.data, b.data);
    bc_buffer_release(&a);
    bc_buffer_release(&b);
}

static void nodes_that_say_the_same_are_different_nodes(void **state)
{
    (void)state;
    struct bc_buffer a = told(
        "a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"1\"\nsettle\na p [1]\n[1] q \"1\"\n", NULL, false);
    struct bc_buffer none = {.data = (char[]){'\0'}};
    assert_int_equal(lines_lost(&a, &none), 6);
    bc_buffer_release(&a);
    expect_change("a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"1\"\n",
                  "a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"1\"\n", 0, 0);
    expect_change("a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"1\"\n", "a p [1]\n[1] q \"1\"\n", 2, 0);
    /* What is said twice of one is said once. */
    expect_change("a p [1]\n[1] q \"1\"\n", "a p [1]\n[1] q \"1\"\n[1] q \"1\"\n", 0, 0);
}

static void what_is_edited_stays_the_same_node(void **state)
{
    (void)state;
    expect_change("a p [1]\n[1] q \"1\"\n[1] r [2]\n[2] s \"deep\"\n",
                  "a p [1]\n[1] q \"1\"\n[1] r [2]\n[2] s \"DEEP\"\n", 1, 1);
    expect_change("a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"2\"\n",
                  "a p [1]\na p [2]\n[1] q \"2\"\n[2] q \"3\"\n", 1, 1);
    expect_change("a p [1]\n[1] q \"1\"\n", "a p [1]\n[1] q \"1\"\n[1] r \"2\"\n", 0, 1);
    /* All that is left of one at another place is still that one. */
    expect_change("a p [1]\n[1] q \"1\"\n", "b p [1]\n[1] q \"1\"\n", 1, 1);
}

static void a_list_keeps_its_cells(void **state)
{
    (void)state;
#define CELL(n, value) "[" #n "] first \"" value "\"\n"
#define NEXT(n, m)     "[" #n "] rest [" #m "]\n"
    const char *three =
        "a p [1]\n" CELL(1, "1") NEXT(1, 2) CELL(2, "2") NEXT(2, 3) CELL(3, "3") "[3] rest nil\n";
    expect_change(three,
                  "a p [9]\n" CELL(9, "0") NEXT(9, 1) CELL(1, "1") NEXT(1, 2) CELL(2, "2")
                      NEXT(2, 3) CELL(3, "3") "[3] rest nil\n",
                  1, 3);
    expect_change(three,
                  "a p [1]\n" CELL(1, "1") NEXT(1, 2) CELL(2, "x") NEXT(2, 3)
                      CELL(3, "3") "[3] rest nil\n",
                  1, 1);
    expect_change(three, "a p [1]\n" CELL(1, "1") NEXT(1, 3) CELL(3, "3") "[3] rest nil\n", 3, 1);
}

static void a_copy_takes_nobodys_label(void **state)
{
    (void)state;
    expect_change("b p [1]\n[1] q \"1\"\nc p [2]\n[2] q \"1\"\n",
                  "a p [1]\n[1] q \"1\"\nsettle\nb p [1]\n[1] q \"1\"\nsettle\nc p [2]\n"
                  "[2] q \"1\"\n",
                  0, 2);
}

static void nodes_that_nothing_mentions_keep_their_labels(void **state)
{
    (void)state;
    const char *text =
        "[1] q \"1\"\nsettle\n[1] q \"1\"\nsettle\n[1] q \"2\"\n[1] r [2]\n[2] q b\n";
    expect_change(text, text, 0, 0);
    expect_change(text, "[1] q \"2\"\n[1] r [2]\n[2] q b\nsettle\n[1] q \"1\"\n", 1, 0);
}

static void labels_of_the_text_are_respected(void **state)
{
    (void)state;
    struct bc_buffer given = told("a p [1]\n[1] q \"1\"\n", NULL, false);
    char label[20] = {0};
    memcpy(label, strstr(given.data, "_:"), 19);
    char text[256];
    /* It was mentioned: the node gets another one. */
    (void)snprintf(text, sizeof text, "%s r b\na p [1]\n[1] q \"1\"\n", label);
    struct bc_buffer first = told(text, NULL, false);
    (void)snprintf(text, sizeof text, "%s <urn:r> <urn:b> .\n", label);
    assert_non_null(strstr(first.data, text));
    (void)snprintf(text, sizeof text, "%s <urn:q>", label);
    assert_null(strstr(first.data, text));
    /* It is mentioned too late: it becomes another one, each time. */
    (void)snprintf(text, sizeof text, "a p [1]\n[1] q \"1\"\nsettle\n%s r b\nc r %s\n", label,
                   label);
    struct bc_buffer late = told(text, NULL, false);
    (void)snprintf(text, sizeof text, "%s <urn:q> \"1\"", label);
    assert_non_null(strstr(late.data, text));
    char renamed[20] = {0};
    memcpy(renamed, strstr(late.data, "<urn:r> _:") + 8, 19);
    assert_string_not_equal(renamed, label);
    (void)snprintf(text, sizeof text, "%s <urn:r> <urn:b>", renamed);
    assert_non_null(strstr(late.data, text));
    bc_buffer_release(&given);
    bc_buffer_release(&first);
    bc_buffer_release(&late);
}

static void what_is_added_is_said_of_new_nodes(void **state)
{
    (void)state;
    struct bc_buffer before = told("a p [1]\n[1] q \"1\"\n", NULL, false);
    struct bc_buffer same = told("a p [1]\n[1] q \"1\"\n", &before, true);
    assert_string_equal(same.data, before.data);
    struct bc_buffer other = told("a p [1]\n[1] q \"2\"\n", &before, true);
    assert_int_equal(lines_lost(&other, &before), 2);
    /* The label was made of what its node says no more. */
    struct bc_buffer changed = told("a p [1]\n[1] q \"3\"\n", &before, false);
    struct bc_buffer added = told("a p [1]\n[1] q \"1\"\n", &changed, true);
    assert_int_equal(lines_lost(&added, &changed), 2);
    assert_int_equal(lines_lost(&changed, &added), 2);
    bc_buffer_release(&before);
    bc_buffer_release(&same);
    bc_buffer_release(&other);
    bc_buffer_release(&changed);
    bc_buffer_release(&added);
}

static void reifiers_of_one_statement_are_one_node(void **state)
{
    (void)state;
    struct bc_buffer a = told("reifier [1]\n[1] reifies <<a,p,b>>\n[1] q \"1\"\n", NULL, false);
    struct bc_buffer b =
        told("reifier [1]\n[1] reifies <<a,p,b>>\n[1] r \"2\"\n[1] q c\n", NULL, false);
    struct bc_buffer c = told("reifier [1]\n[1] reifies <<a,p,b>>\n[1] r \"2\"\n", &a, true);
    assert_int_equal(lines_lost(&a, &b), 1);
    assert_int_equal(lines_lost(&a, &c), 1);
    bc_buffer_release(&a);
    bc_buffer_release(&b);
    bc_buffer_release(&c);
    /* In one text there may be two. */
    const char *two = "reifier [1]\nreifier [2]\n[1] reifies <<a,p,b>>\n[1] q \"1\"\n"
                      "[2] reifies <<a,p,b>>\n[2] q \"2\"\n";
    expect_change("", two, 0, 4);
    expect_change(two, two, 0, 0);
}

static void nodes_within_triple_terms_get_labels(void **state)
{
    (void)state;
    const char *text = "a p [1]\n[1] q \"_:<1>\"\nreifier [2]\n[2] reifies <<a,p,[1]>>\n"
                       "[2] r <<[3],p,b>>\n";
    struct bc_buffer lines = told(text, NULL, false);
    char label[20] = {0};
    char expected[64];
    (void)snprintf(label, sizeof label, "%s", strstr(lines.data, "<urn:a> <urn:p> _:b") + 16);
    (void)snprintf(expected, sizeof expected, "<<( <urn:a> <urn:p> %s )>>", label);
    assert_non_null(strstr(lines.data, expected));
    assert_non_null(strstr(lines.data, "\"_:<1>\""));
    bc_buffer_release(&lines);
    expect_change(text, text, 0, 0);
}

static void graphs_may_be_nodes_without_labels(void **state)
{
    (void)state;
    const char *text = "a p b [1]\n[1] q \"1\"\na p [2] [1]\n[2] q \"1\" [1]\nsettle\n"
                       "a p [2] g\n[2] q \"1\" g\n";
    struct bc_buffer lines = told(text, NULL, false);
    assert_non_null(strstr(lines.data, "<urn:a> <urn:p> <urn:b> _:b"));
    bc_buffer_release(&lines);
    expect_change(text, text, 0, 0);
}

/* As many as make any loop over those before it felt. */
static void many_that_say_the_same_are_quick(void **state)
{
    (void)state;
    struct telling telling = {0};
    struct bc_buffer kept[2] = {{0}};
    for (int round = 0; round < 2; round++) {
        struct set_text set;
        if (round)
            set_text_init(&set, bc_buffer_slice(&kept[0]));
        struct bc_reading reading = {
            .sink = keep, .context = &telling, .before = round ? set.text : NULL};
        struct fmt_anonymous *anonymous;
        assert_int_equal(fmt_anonymous_new(&reading, &anonymous), BC_OK);
        for (int i = 0; i < 100000; i++) {
            struct fmt_term subject = {.text = bc_slice("", 0)};
            struct fmt_term object = {.text = bc_slice("<urn:o>", 7)};
            struct fmt_term none = {.text = bc_slice("", 0)};
            assert_int_equal(fmt_anonymous_begin(anonymous, &subject.node), BC_OK);
            assert_int_equal(fmt_anonymous_statement(anonymous, &subject, bc_slice("<urn:p>", 7),
                                                     &object, &none),
                             BC_OK);
            if (i % 2)
                assert_int_equal(fmt_anonymous_settle(anonymous), BC_OK);
        }
        fmt_anonymous_free(anonymous);
        if (round)
            set_text_release(&set);
        set_text_sort(&telling.lines);
        kept[round] = telling.lines;
        telling.lines = (struct bc_buffer){0};
    }
    assert_int_equal(kept[0].size, 100000 * strlen("_:b0123456789abcdef <urn:p> <urn:o> .\n"));
    assert_string_equal(kept[0].data, kept[1].data);
    bc_buffer_release(&kept[0]);
    bc_buffer_release(&kept[1]);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct telling telling = {0};
    struct bc_reading reading = {.sink = keep, .context = &telling};
    struct fmt_anonymous *anonymous;
    struct fmt_term subject = {.text = bc_slice("<urn:s>", 7)};
    struct fmt_term none = {.text = bc_slice("", 0)};
    size_t size = BC_LINE_MAX;
    char *text = bc_alloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    text[0] = text[size - 1] = '"';
    struct fmt_term object = {.text = bc_slice(text, size)};
    assert_int_equal(fmt_anonymous_new(&reading, &anonymous), BC_OK);
    struct bc_slice predicate = bc_slice("<urn:p>", 7);
    assert_int_equal(fmt_anonymous_statement(anonymous, &subject, predicate, &object, &none),
                     BC_TOO_LARGE);
    assert_int_equal(fmt_anonymous_begin(anonymous, &subject.node), BC_OK);
    subject.text = none.text;
    object.text.size = size - 32;
    enum bc_status st = BC_OK;
    for (int i = 0; !st && i < 20; i++)
        st = fmt_anonymous_statement(anonymous, &subject, predicate, &object, &none);
    assert_int_equal(st, BC_TOO_LARGE);
    object = (struct fmt_term){.text = none.text, .node = 7};
    assert_int_equal(fmt_anonymous_statement(anonymous, &subject, predicate, &object, &none),
                     BC_INVALID);
    fmt_anonymous_free(anonymous);
    bc_free(text);
    bc_buffer_release(&telling.lines);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *first = "a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"2\"\n[2] r [3]\n[3] q b\n[4] q c\n";
    const char *second =
        "a p [1]\na p [2]\n[1] q \"1\"\n[2] q \"x\"\n[2] r [3]\n[3] q b\n"
        "reifier [4]\n[4] reifies <<a,p,[1]>>\nb p [5]\nsettle\n_:x q a\n[1] q c\n";
    struct bc_buffer before = told(first, NULL, false);
    struct set_text set;
    set_text_init(&set, bc_buffer_slice(&before));
    for (uint64_t fail = 1;; fail++) {
        struct telling telling;
        uint64_t allocations = bc_memory_allocations();
        bc_memory_fail_after(fail, 0);
        enum bc_status st = tell(second, set.text, fail % 2, &telling);
        bc_memory_fail_after(0, 0);
        bc_buffer_release(&telling.lines);
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        if (!st && bc_memory_allocations() - allocations < fail)
            break;
    }
    set_text_release(&set);
    bc_buffer_release(&before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_with_labels_do_not_wait),
        cmocka_unit_test(the_same_text_gives_the_same_labels),
        cmocka_unit_test(nodes_that_say_the_same_are_different_nodes),
        cmocka_unit_test(what_is_edited_stays_the_same_node),
        cmocka_unit_test(a_list_keeps_its_cells),
        cmocka_unit_test(a_copy_takes_nobodys_label),
        cmocka_unit_test(nodes_that_nothing_mentions_keep_their_labels),
        cmocka_unit_test(labels_of_the_text_are_respected),
        cmocka_unit_test(what_is_added_is_said_of_new_nodes),
        cmocka_unit_test(reifiers_of_one_statement_are_one_node),
        cmocka_unit_test(nodes_within_triple_terms_get_labels),
        cmocka_unit_test(graphs_may_be_nodes_without_labels),
        cmocka_unit_test(many_that_say_the_same_are_quick),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
