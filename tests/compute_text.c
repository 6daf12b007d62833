/* Scanning and searching text: every engine against byte by byte. */
#include "branchcore/utf8.h"
#include "tests/compute_fixture.h"

#include <sys/mman.h>
#include <unistd.h>

/* Some pages with one that cannot be read on either side. */
struct window {
    char *pages;
    size_t page;
    size_t size;
};

static struct window open_window(size_t pages)
{
    struct window window = {.page = (size_t)sysconf(_SC_PAGESIZE)};
    window.size = pages * window.page;
    window.pages =
        mmap(NULL, window.size + 2 * window.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(window.pages != MAP_FAILED);
    assert_int_equal(mprotect(window.pages + window.page, window.size, PROT_READ | PROT_WRITE), 0);
    return window;
}

static void close_window(const struct window *window)
{
    munmap(window->pages, window->size + 2 * window->page);
}

/* A copy that begins where the window does, or ends there. */
static struct bc_slice at_start(const struct window *window, struct bc_slice text)
{
    char *copy = window->pages + window->page;
    if (text.size)
        memmove(copy, text.data, text.size);
    return bc_slice(copy, text.size);
}

static struct bc_slice at_end(const struct window *window, struct bc_slice text)
{
    char *copy = window->pages + window->page + window->size - text.size;
    if (text.size)
        memmove(copy, text.data, text.size);
    return bc_slice(copy, text.size);
}

enum { LINE_ENDS, IRI_STOPS, LITERAL_STOPS, MASKS };

static bool is_one(int mask, unsigned char byte)
{
    switch (mask) {
    case LINE_ENDS:
        return byte == '\n' || byte == '\r';
    case IRI_STOPS:
        return byte <= 0x20 || strchr("<>\"{}|^`\\", byte);
    default:
        return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7F;
    }
}

static size_t valid_bytes(struct bc_slice text)
{
    size_t at = 0;
    uint32_t code_point;
    for (size_t size; (size = bc_utf8_decode(text.data + at, text.size - at, &code_point));)
        at += size;
    return at;
}

/* Asks for the masks in `wanted` (bit i: mask i). */
static void check_scan_for(struct bc_slice text, unsigned wanted)
{
    size_t words = BC_MASK_WORDS(text.size);
    uint64_t *masks[MASKS];
    for (int i = 0; i < MASKS; i++) {
        masks[i] = malloc((words + 1) * sizeof *masks[i]);
        assert_non_null(masks[i]);
        memset(masks[i], 0xA5, (words + 1) * sizeof *masks[i]);
    }
    struct bc_scan scan = {
        .line_ends = wanted & 1 << LINE_ENDS ? masks[LINE_ENDS] : NULL,
        .iri_stops = wanted & 1 << IRI_STOPS ? masks[IRI_STOPS] : NULL,
        .literal_stops = wanted & 1 << LITERAL_STOPS ? masks[LITERAL_STOPS] : NULL,
    };
    assert_int_equal(engine->scan(engine, text, &scan), valid_bytes(text));
    for (int i = 0; i < MASKS; i++) {
        for (size_t word = 0; word < words && wanted & 1 << i; word++) {
            uint64_t expected = 0;
            for (size_t bit = 0; bit < 64 && word * 64 + bit < text.size; bit++)
                expected |= (uint64_t)is_one(i, (unsigned char)text.data[word * 64 + bit]) << bit;
            assert_int_equal(masks[i][word], expected);
        }
        assert_int_equal(masks[i][words], UINT64_C(0xA5A5A5A5A5A5A5A5));
        free(masks[i]);
    }
}

static void check_scan(struct bc_slice text)
{
    check_scan_for(text, 7);
}

static void every_byte_is_told_at_every_place(void **state)
{
    (void)state;
    struct window window = open_window(1);
    char text[200];
    for (size_t size = 0; size <= sizeof text; size++) {
        for (size_t i = 0; i < size; i++)
            text[i] = (char)((i * 5 + size) % 128);
        check_scan(at_start(&window, bc_slice(text, size)));
        check_scan(at_end(&window, bc_slice(text, size)));
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        memset(text, 'x', sizeof text);
        text[byte % 130] = (char)byte;
        check_scan(bc_slice(text, 130));
    }
    close_window(&window);
}

static void only_wanted_masks_are_filled(void **state)
{
    (void)state;
    static const char text[] =
        "<http://example.org/a> <http://example.org/b> \"c\\n\\u007F\"@en .\r\n"
        "_:a <http://example.org/\xC3\xBC> \"\xE2\x82\xAC\"^^<http://example.org/d> .\n";
    for (unsigned wanted = 0; wanted < 8; wanted++)
        check_scan_for(bc_slice(text, sizeof text - 1), wanted);
}

/* What begins no character or is none, and what is right but close to it. */
static const char *const sequences[] = {
    "\xC2\x80",
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xE1\x80\x80",
    "\xEC\xBF\xBF",
    "\xED\x80\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF1\x80\x80\x80",
    "\xF3\xBF\xBF\xBF",
    "\xF4\x80\x80\x80",
    "\xF4\x8F\xBF\xBF", /* right up to here */
    "\x80",
    "\xBF",
    "\xC0\x80",
    "\xC1\xBF",
    "\xC2",
    "\xC2\xC2\x80",
    "\xC2\x41",
    "\xC2\x80\x80",
    "\xE0\x80\x80",
    "\xE0\x9F\xBF",
    "\xE0\xA0",
    "\xE1\x80",
    "\xE1\x80\x41",
    "\xE1\x80\xC2\x80",
    "\xE1",
    "\xE1\x80\x80\x80",
    "\xED\xA0\x80",
    "\xED\xBF\xBF",
    "\xF0\x80\x80\x80",
    "\xF0\x8F\xBF\xBF",
    "\xF0\x90\x80",
    "\xF1\x80\x80",
    "\xF1\x80",
    "\xF1",
    "\xF1\x80\x80\x41",
    "\xF1\x80\x41",
    "\xF1\x80\x80\xF1",
    "\xF1\x80\x80\x80\x80",
    "\xF4\x90\x80\x80",
    "\xF4\xBF\xBF\xBF",
    "\xF5\x80\x80\x80",
    "\xF5\x90\x80\x80",
    "\xF8\x88\x80\x80",
    "\xFE",
    "\xFF",
    "\xFF\xBF\xBF\xBF",
};

static void wrong_utf8_is_found_at_every_place(void **state)
{
    (void)state;
    struct window window = open_window(1);
    char text[300];
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        size_t length = strlen(sequences[i]);
        for (size_t place = 0; place < 140; place++) {
            /* ASCII around it, the text's end behind it, and other characters around it. */
            memset(text, 'x', sizeof text);
            memcpy(text + place, sequences[i], length);
            check_scan(at_start(&window, bc_slice(text, 192)));
            check_scan(at_end(&window, bc_slice(text, place + length)));
            for (size_t j = 0; j < sizeof text; j++)
                text[j] = "\xC3\xA4"[j % 2];
            memcpy(text + (place & ~(size_t)1), sequences[i], length);
            check_scan(at_end(&window, bc_slice(text, 201)));
        }
    }
    close_window(&window);
}

/* All pairs and all triples of half-bytes that can matter, across the end of a block. */
static void every_pair_of_bytes_is_judged_right(void **state)
{
    (void)state;
    char text[136];
    memset(text, 'x', sizeof text);
    for (unsigned first = 0x70; first < 256; first++) {
        for (unsigned second = 0x70; second < 256; second++) {
            for (unsigned third = 0x7F; third < 256; third += 0x20) {
                text[63] = (char)first;
                text[64] = (char)second;
                text[65] = (char)third;
                text[66] = third % 3 ? '\x80' : 'x';
                struct bc_scan none = {0};
                struct bc_slice all = bc_slice(text, sizeof text);
                assert_int_equal(engine->scan(engine, all, &none), valid_bytes(all));
            }
        }
    }
}

static size_t random_text(char *text, size_t room)
{
    size_t size = below(room + 1);
    for (size_t at = 0; at < size;) {
        const char *what =
            sequences[below(below(40) ? 14 : sizeof sequences / sizeof sequences[0])];
        size_t length = strlen(what);
        if (below(3) || length > size - at) {
            size_t run = below(size - at < 100 ? size - at + 1 : 100);
            for (size_t i = 0; i < run; i++)
                text[at + i] = (char)below(128);
            at += run;
        } else {
            for (size_t i = 0; i < length; i++)
                text[at + i] = what[i];
            at += length;
        }
    }
    return size;
}

static void random_texts_are_scanned_as_byte_by_byte(void **state)
{
    (void)state;
    struct window window = open_window(2);
    char text[5000];
    for (size_t round = 0; round < 1000; round++) {
        size_t size = random_text(text, round % 2 ? 300 : sizeof text);
        check_scan(round % 3 ? at_end(&window, bc_slice(text, size))
                             : at_start(&window, bc_slice(text, size)));
    }
    close_window(&window);
}

static size_t reference_find(struct bc_slice text, struct bc_slice needle, size_t from)
{
    for (size_t at = from; at + needle.size <= text.size; at++) {
        if (bc_slice_equal(bc_slice(text.data + at, needle.size), needle))
            return at;
    }
    return needle.size ? text.size : from;
}

static void check_find(struct bc_slice text, struct bc_slice needle, size_t from)
{
    assert_int_equal(engine->find(engine, text, needle, from), reference_find(text, needle, from));
}

static void an_empty_needle_is_where_the_search_begins(void **state)
{
    (void)state;
    assert_int_equal(engine->find(engine, bc_slice(NULL, 0), bc_slice(NULL, 0), 0), 0);
    assert_int_equal(engine->find(engine, bc_slice("abc", 3), bc_slice(NULL, 0), 2), 2);
    assert_int_equal(engine->find(engine, bc_slice("abc", 3), bc_slice("", 0), 3), 3);
    assert_int_equal(engine->find(engine, bc_slice(NULL, 0), bc_slice("a", 1), 0), 0);
    assert_int_equal(engine->find(engine, bc_slice("abc", 3), bc_slice("a", 1), 3), 3);
    assert_int_equal(engine->find(engine, bc_slice("abc", 3), bc_slice("abcd", 4), 0), 3);
}

static void a_needle_is_found_at_every_place(void **state)
{
    (void)state;
    struct window hay = open_window(1), straw = open_window(1);
    static const size_t sizes[] = {1, 2, 3, 8, 17, 63, 64, 65, 130};
    char text[200], needle[130];
    for (size_t i = 0; i < sizeof needle; i++)
        needle[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bc_slice wanted = bc_slice(needle, sizes[i]);
        for (size_t size = 0; size <= sizeof text; size++) {
            memset(text, 'a', sizeof text);
            check_find(at_end(&hay, bc_slice(text, size)), at_end(&straw, wanted), 0);
            if (size < sizes[i])
                continue;
            size_t place = size - sizes[i];
            memcpy(text + place, needle, sizes[i]);
            check_find(at_end(&hay, bc_slice(text, size)), at_end(&straw, wanted), 0);
            check_find(at_start(&hay, bc_slice(text, size)), at_start(&straw, wanted), place);
            check_find(at_end(&hay, bc_slice(text, sizeof text)), at_end(&straw, wanted),
                       place / 2);
            if (place + 1 <= size)
                check_find(at_end(&hay, bc_slice(text, size)), at_end(&straw, wanted), place + 1);
        }
    }
    close_window(&hay);
    close_window(&straw);
}

static void random_needles_are_found_as_byte_by_byte(void **state)
{
    (void)state;
    struct window window = open_window(2);
    char text[3000], needle[200];
    for (size_t round = 0; round < 3000; round++) {
        size_t alphabet = 1 + below(4);
        size_t size = below(below(2) ? 200 : sizeof text);
        for (size_t i = 0; i < size; i++)
            text[i] = "a\0\xFFz"[below(alphabet)];
        size_t wanted = below(below(2) ? 6 : sizeof needle);
        size_t from = below(size + 1);
        if (below(2) && wanted <= size - from)
            memcpy(needle, text + from + below(size - from - wanted + 1), wanted);
        else
            for (size_t i = 0; i < wanted; i++)
                needle[i] = "a\0\xFFz"[below(alphabet)];
        check_find(at_end(&window, bc_slice(text, size)), bc_slice(needle, wanted), from);
    }
    close_window(&window);
}

/* Where each place nearly matches, comparing at each would take as long as text and needle
 * multiplied. */
static void repetitive_text_costs_no_more_than_reading_it(void **state)
{
    (void)state;
    enum { SIZE = 16 << 20, HALF = SIZE / 2 };
    char *text = malloc(SIZE), *needle = malloc(HALF);
    assert_non_null(text);
    assert_non_null(needle);
    memset(text, 'a', SIZE);
    memset(needle, 'a', HALF);
    needle[HALF / 2] = 'b';
    assert_int_equal(engine->find(engine, bc_slice(text, SIZE), bc_slice(needle, HALF), 0), SIZE);
    text[SIZE - HALF / 2] = 'b';
    assert_int_equal(engine->find(engine, bc_slice(text, SIZE), bc_slice(needle, HALF), 0),
                     SIZE - HALF);
    free(text);
    free(needle);
}

int run_compute_text(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_told_at_every_place),
        cmocka_unit_test(only_wanted_masks_are_filled),
        cmocka_unit_test(wrong_utf8_is_found_at_every_place),
        cmocka_unit_test(every_pair_of_bytes_is_judged_right),
        cmocka_unit_test(random_texts_are_scanned_as_byte_by_byte),
        cmocka_unit_test(an_empty_needle_is_where_the_search_begins),
        cmocka_unit_test(a_needle_is_found_at_every_place),
        cmocka_unit_test(random_needles_are_found_as_byte_by_byte),
        cmocka_unit_test(repetitive_text_costs_no_more_than_reading_it),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
