#include "branchcore/progress.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void assert_format(struct bc_progress *progress, const char *expected)
{
    struct bc_buffer text = {0};
    assert_int_equal(bc_progress_format(progress, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data, expected);
    bc_buffer_release(&text);
}

static void operations_are_listed_oldest_first(void **state)
{
    (void)state;
    struct bc_progress *progress;
    assert_int_equal(bc_progress_new(&progress), BC_OK);
    assert_format(progress, "");
    struct bc_progress_item *a = bc_progress_begin(progress, "import a.nt");
    struct bc_progress_item *b = bc_progress_begin(progress, "merge\nb");
    struct bc_progress_item *c = bc_progress_begin(progress, "check");
    assert_format(progress, "import a.nt starting - -\nmerge?b starting - -\ncheck starting - -\n");
    bc_progress_set(a, "parsing", 0, 10);
    bc_progress_set(c, "reading", 5, 5);
    assert_format(progress,
                  "import a.nt parsing 0% -\nmerge?b starting - -\ncheck reading 100% 0s left\n");
    bc_progress_end(b);
    assert_format(progress, "import a.nt parsing 0% -\ncheck reading 100% 0s left\n");
    bc_progress_end(c);
    bc_progress_end(a);
    assert_format(progress, "");
    bc_progress_free(progress);
}

static void what_is_left_follows_the_speed_of_the_phase(void **state)
{
    (void)state;
    struct bc_progress *progress;
    struct timespec pause = {.tv_nsec = 20000000};
    assert_int_equal(bc_progress_new(&progress), BC_OK);
    struct bc_progress_item *item = bc_progress_begin(progress, "x");
    bc_progress_set(item, "writing", 0, 100000);
    (void)nanosleep(&pause, NULL);
    bc_progress_set(item, "writing", 1, 100000);
    struct bc_buffer text = {0};
    assert_int_equal(bc_progress_format(progress, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    static const char start[] = "x writing 0% ";
    assert_memory_equal(text.data, start, strlen(start));
    char *end;
    long seconds = strtol(text.data + strlen(start), &end, 10);
    assert_string_equal(end, "s left\n");
    assert_true(seconds >= 1999);
    bc_buffer_release(&text);
    bc_progress_free(progress);
}

static void more_than_the_total_is_all(void **state)
{
    (void)state;
    struct bc_progress *progress;
    assert_int_equal(bc_progress_new(&progress), BC_OK);
    struct bc_progress_item *item = bc_progress_begin(progress, "x");
    bc_progress_set(item, "writing", 12, 10);
    assert_format(progress, "x writing 100% -\n");
    bc_progress_free(progress);
}

static void nobody_needs_an_item(void **state)
{
    (void)state;
    struct bc_progress *progress;
    bc_progress_set(NULL, "a", 1, 2);
    bc_progress_end(NULL);
    assert_null(bc_progress_begin(NULL, "x"));
    bc_memory_fail_after(1, 0);
    assert_int_equal(bc_progress_new(&progress), BC_NO_MEMORY);
    bc_memory_fail_after(0, 0);
    assert_int_equal(bc_progress_new(&progress), BC_OK);
    bc_memory_fail_after(1, 0);
    assert_null(bc_progress_begin(progress, "x"));
    bc_memory_fail_after(0, 0);
    struct bc_progress_item *item = bc_progress_begin(progress, "x");
    struct bc_buffer text = {0};
    bc_memory_fail_after(1, 0);
    assert_int_equal(bc_progress_format(progress, &text), BC_NO_MEMORY);
    bc_memory_fail_after(0, 0);
    assert_int_equal(text.size, 0);
    bc_buffer_release(&text);
    bc_progress_end(item);
    bc_progress_free(progress);
}

static void *report(void *context)
{
    struct bc_progress *progress = context;
    for (unsigned i = 0; i < 500; i++) {
        struct bc_progress_item *item = bc_progress_begin(progress, "thread");
        for (unsigned k = 0; k < 20; k++)
            bc_progress_set(item, k % 2 ? "odd" : "even", k, 20);
        bc_progress_end(item);
    }
    return NULL;
}

static void many_threads_report_at_once(void **state)
{
    (void)state;
    struct bc_progress *progress;
    pthread_t threads[4];
    assert_int_equal(bc_progress_new(&progress), BC_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, report, progress), 0);
    for (unsigned i = 0; i < 200; i++) {
        struct bc_buffer text = {0};
        assert_int_equal(bc_progress_format(progress, &text), BC_OK);
        bc_buffer_release(&text);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_format(progress, "");
    bc_progress_free(progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_listed_oldest_first),
        cmocka_unit_test(what_is_left_follows_the_speed_of_the_phase),
        cmocka_unit_test(more_than_the_total_is_all),
        cmocka_unit_test(nobody_needs_an_item),
        cmocka_unit_test(many_threads_report_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
