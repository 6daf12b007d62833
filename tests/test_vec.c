/* The SIMD engine: every instruction set that this machine has goes through the compute suite. */
#include "tests/compute_conformance.h"
#include "vec/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const enum vec_set sets[] = {VEC_SCALAR, VEC_NEON, VEC_SSE42, VEC_AVX2, VEC_AVX512};
static const char *const names[] = {"scalar", "neon", "sse4.2", "avx2", "avx512"};
enum { SETS = sizeof sets / sizeof sets[0] };

static void the_best_set_is_chosen(void **state)
{
    (void)state;
    unsigned chosen = 0;
    assert_int_equal(vec_sets_parse("auto", &chosen, NULL), BC_OK);
    assert_int_equal(chosen, vec_sets_here());
    const struct bc_compute *best = vec_engine(chosen);
    for (size_t i = 0; i < SETS; i++) {
        if (vec_sets_here() & sets[i])
            assert_string_equal(vec_engine(chosen & (2 * sets[i] - 1))->set, names[i]);
    }
    assert_ptr_equal(vec_engine(~0u), best);
    assert_string_equal(vec_engine(0)->name, "scalar");
}

static void a_set_is_chosen_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETS; i++) {
        unsigned chosen = 0;
        struct bc_error err = {0};
        enum bc_status st = vec_sets_parse(names[i], &chosen, &err);
        const struct bc_compute *engine = vec_engine_of(sets[i]);
        if (vec_sets_here() & sets[i]) {
            assert_int_equal(st, BC_OK);
            assert_int_equal(chosen, sets[i]);
            assert_ptr_equal(vec_engine(chosen), engine);
            assert_string_equal(engine->set, names[i]);
            assert_string_equal(engine->name, sets[i] == VEC_SCALAR ? "scalar" : "simd");
        } else {
            assert_int_equal(st, BC_UNSUPPORTED);
            assert_non_null(strstr(err.text, names[i]));
            assert_non_null(strstr(err.text, "auto, scalar"));
            assert_null(engine);
        }
    }
}

static void an_unknown_set_is_refused_with_the_names(void **state)
{
    (void)state;
    unsigned chosen = 77;
    struct bc_error err = {0};
    assert_int_equal(vec_sets_parse("avx1024", &chosen, &err), BC_INVALID);
    assert_int_equal(chosen, 77);
    assert_string_equal(err.text, "there is no instruction set 'avx1024': they are auto, scalar, "
                                  "neon, sse4.2, avx2, avx512");
    assert_int_equal(vec_sets_parse("", &chosen, NULL), BC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_set_is_chosen),
        cmocka_unit_test(a_set_is_chosen_by_its_name),
        cmocka_unit_test(an_unknown_set_is_refused_with_the_names),
    };
    int failed = cmocka_run_group_tests_name("instruction sets", tests, NULL, NULL);
    for (size_t i = 0; i < SETS; i++) {
        const struct bc_compute *engine = vec_engine_of(sets[i]);
        if (engine && sets[i] != VEC_SCALAR) /* test_scalar has that one */
            failed += run_compute_conformance(engine);
    }
    return failed;
}
