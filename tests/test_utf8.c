#include "branchcore/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_character_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[BC_UTF8_MAX];
        uint32_t back;
        size_t size = bc_utf8_encode(code_point, bytes);
        if (code_point >= 0xD800 && code_point < 0xE000) {
            assert_int_equal(size, 0);
            continue;
        }
        assert_int_equal(bc_utf8_decode(bytes, size, &back), size);
        assert_int_equal(back, code_point);
        assert_int_equal(bc_utf8_decode(bytes, size - 1, &back), 0);
    }
    char bytes[BC_UTF8_MAX];
    assert_int_equal(bc_utf8_encode(0x110000, bytes), 0);
    assert_int_equal(bc_utf8_encode(UINT32_MAX, bytes), 0);
}

/* As many byte strings are characters as there are characters: so no character has two forms. */
static void every_character_has_one_form(void **state)
{
    (void)state;
    size_t found[BC_UTF8_MAX + 1] = {0};
    uint32_t code_point;
    for (uint32_t value = 0; value < 1u << 24; value++) {
        char bytes[3] = {(char)(value >> 16), (char)(value >> 8), (char)value};
        size_t size = bc_utf8_decode(bytes, sizeof bytes, &code_point);
        if (size == 3 || (size == 2 && !bytes[2]) || (size == 1 && !bytes[1] && !bytes[2]))
            found[size]++;
    }
    for (uint32_t value = 0; value < 1u << 22; value++) {
        char bytes[4] = {(char)(0xF0 | (value >> 18 & 15)), (char)(0x80 | (value >> 12 & 63)),
                         (char)(0x80 | (value >> 6 & 63)), (char)(0x80 | (value & 63))};
        found[4] += bc_utf8_decode(bytes, sizeof bytes, &code_point) == 4;
    }
    assert_int_equal(found[1], 0x80);
    assert_int_equal(found[2], 0x800 - 0x80);
    assert_int_equal(found[3], 0x10000 - 0x800 - 0x800);
    assert_int_equal(found[4], 0x110000 - 0x10000);
}

static void the_broken_bytes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t broken;
    } cases[] = {
        {"\x80", 1},         {"\xFF", 1},         {"\xC0\x80", 1}, {"\xC3", 1},
        {"\xC3(", 2},        {"\xED\xA0\x80", 2}, {"\xE2\x82", 2}, {"\xE2\x82(", 3},
        {"\xF0\x9F\x98", 3}, {"\xF4\x90", 2},     {"\xF5\x80", 1}, {"\xF0\x9F\x98(", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(bc_utf8_broken(cases[i].bytes, strlen(cases[i].bytes)), cases[i].broken);
}

static void a_valid_prefix_ends_at_the_first_broken_byte(void **state)
{
    (void)state;
    char text[64];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        text[at] = '\xC3';
        assert_int_equal(bc_utf8_valid_prefix(text, sizeof text), at);
        if (at + 1 < sizeof text) {
            text[at + 1] = '\xA9';
            assert_int_equal(bc_utf8_valid_prefix(text, sizeof text), sizeof text);
        }
    }
    assert_int_equal(bc_utf8_valid_prefix("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_a_round_trip),
        cmocka_unit_test(every_character_has_one_form),
        cmocka_unit_test(the_broken_bytes_are_named),
        cmocka_unit_test(a_valid_prefix_ends_at_the_first_broken_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
