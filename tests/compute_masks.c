/* Combining and counting masks: every engine against bit by bit. */
#include "tests/compute_fixture.h"

static bool expected_bit(enum bc_mask_operation operation, bool to, bool with)
{
    switch (operation) {
    case BC_MASK_AND:
        return to && with;
    case BC_MASK_OR:
        return to || with;
    default:
        return to && !with;
    }
}

static void check_combine(enum bc_mask_operation operation, const uint64_t *to,
                          const uint64_t *with, size_t words)
{
    size_t bytes = words * sizeof *to;
    uint64_t *found = (uint64_t *)guarded_copy(to, bytes);
    uint64_t *with_copy = (uint64_t *)guarded_copy(with, bytes);
    engine->combine(engine, operation, found, with_copy, words);
    for (size_t i = 0; i < words; i++) {
        uint64_t expected = 0;
        for (unsigned bit = 0; bit < 64; bit++)
            expected |= (uint64_t)expected_bit(operation, to[i] >> bit & 1, with[i] >> bit & 1)
                        << bit;
        assert_int_equal(found[i], expected);
        assert_int_equal(with_copy[i], with[i]);
    }
    free_guarded((char *)found, bytes);
    free_guarded((char *)with_copy, bytes);
}

static void masks_are_combined_bit_by_bit(void **state)
{
    (void)state;
    uint64_t to[100] = {0}, with[100] = {0};
    for (size_t words = 0; words <= 100; words++) {
        for (size_t i = 0; i < words; i++) {
            to[i] = next_random();
            with[i] = next_random();
        }
        check_combine(BC_MASK_AND, to, with, words);
        check_combine(BC_MASK_OR, to, with, words);
        check_combine(BC_MASK_AND_NOT, to, with, words);
    }
}

static void set_bits_are_counted(void **state)
{
    (void)state;
    uint64_t mask[100] = {0};
    for (size_t words = 0; words <= 100; words++) {
        size_t expected = 0;
        for (size_t i = 0; i < words; i++) {
            mask[i] = below(4) ? next_random() : ~UINT64_C(0);
            for (unsigned bit = 0; bit < 64; bit++)
                expected += mask[i] >> bit & 1;
        }
        uint64_t *copy = (uint64_t *)guarded_copy(mask, words * sizeof *mask);
        assert_int_equal(engine->count(engine, copy, words), expected);
        free_guarded((char *)copy, words * sizeof *mask);
    }
    assert_int_equal(engine->count(engine, NULL, 0), 0);
    engine->combine(engine, BC_MASK_OR, NULL, NULL, 0);
}

int run_compute_masks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_combined_bit_by_bit),
        cmocka_unit_test(set_bits_are_counted),
    };
    return cmocka_run_group_tests_name("masks", tests, NULL, NULL);
}
