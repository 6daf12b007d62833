/* Walking two sorted texts and meeting two sides' changes: every engine against loops over arrays
 * of lines. Texts lie between pages that cannot be read, at the start or at the end of what can. */
#include "tests/compute_fixture.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* A text between unreadable pages. */
struct placed {
    struct bc_slice text;
    char *pages;
    size_t bytes;
};

static struct placed place(const void *data, size_t size, bool at_start)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (size + page - 1) / page * page + page;
    struct placed made = {.bytes = inner + 2 * page};
    made.pages = mmap(NULL, made.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(made.pages != MAP_FAILED);
    assert_int_equal(mprotect(made.pages, page, PROT_NONE), 0);
    assert_int_equal(mprotect(made.pages + page + inner, page, PROT_NONE), 0);
    char *copy = made.pages + page + (at_start ? 0 : inner - size);
    if (size)
        memcpy(copy, data, size);
    made.text = bc_slice(copy, size);
    return made;
}

static void unplace(struct placed *placed)
{
    if (placed->pages)
        munmap(placed->pages, placed->bytes);
    *placed = (struct placed){0};
}

static void add_text(struct lines *lines, const char *text)
{
    add(lines, text, strlen(text));
}

/* Sorted, without duplicates; what is dropped is freed. */
static void normalize(struct lines *lines)
{
    size_t kept = 0;
    if (lines->count)
        qsort(lines->at, lines->count, sizeof lines->at[0], compare_lines);
    for (size_t i = 0; i < lines->count; i++) {
        if (kept && !compare_lines(&lines->at[kept - 1], &lines->at[i]))
            free((char *)lines->at[i].data);
        else
            lines->at[kept++] = lines->at[i];
    }
    lines->count = kept;
}

static void append_lines(struct bc_buffer *buffer, const struct lines *lines, size_t from,
                         size_t to)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(bc_buffer_append(buffer, lines->at[i].data, lines->at[i].size), BC_OK);
}

/* A text as a caller feeds it: a piece after the other, of some lines each, or all at once. */
struct feed {
    const struct lines *lines;
    size_t next;
    bool whole;
    bool at_start;
    struct placed piece;
    struct bc_slice left; /* of the piece */
};

static bool more(const struct feed *feed)
{
    return feed->next < feed->lines->count;
}

/* The next piece, behind what is left of this one. */
static void feed_more(struct feed *feed)
{
    struct bc_buffer text = {0};
    size_t until = feed->lines->count;
    if (!feed->whole && until - feed->next > 1)
        until = feed->next + 1 + below(until - feed->next < 20 ? until - feed->next : 20);
    assert_int_equal(bc_buffer_append(&text, feed->left.data, feed->left.size), BC_OK);
    append_lines(&text, feed->lines, feed->next, until);
    struct placed piece = place(text.data, text.size, feed->at_start);
    bc_buffer_release(&text);
    unplace(&feed->piece);
    feed->piece = piece;
    feed->left = piece.text;
    feed->next = until;
}

static struct feed feed_of(const struct lines *lines, bool whole)
{
    struct feed feed = {.lines = lines, .whole = whole, .at_start = below(2), .left = {"", 0}};
    feed_more(&feed);
    return feed;
}

static bool within(struct bc_slice lines, const struct feed *feed)
{
    struct bc_slice text = feed->piece.text;
    return lines.data >= text.data && lines.data + lines.size <= text.data + text.size;
}

/* The texts were taken from the front, and as said. */
static void assert_taken(const struct feed *feed)
{
    assert_true(within(feed->left, feed));
    assert_ptr_equal(feed->left.data + feed->left.size,
                     feed->piece.text.data + feed->piece.text.size);
}

/* What an operation told, as text that two of them can be compared by: what it is, and the line. */
struct told {
    struct bc_buffer text;
    size_t ranges;
};

static void tell(struct told *told, char kind, struct bc_slice line)
{
    assert_int_equal(bc_buffer_append(&told->text, &kind, 1), BC_OK);
    assert_int_equal(bc_buffer_append(&told->text, line.data, line.size), BC_OK);
}

/* Cuts whole lines, one at least. */
static void tell_lines(struct told *told, char kind, struct bc_slice lines)
{
    assert_true(lines.size > 0);
    while (lines.size) {
        const char *newline = memchr(lines.data, '\n', lines.size);
        assert_non_null(newline);
        size_t size = (size_t)(newline - lines.data) + 1;
        tell(told, kind, bc_slice(lines.data, size));
        lines = bc_slice(lines.data + size, lines.size - size);
    }
}

static void assert_same_told(struct told *found, struct told *expected)
{
    assert_int_equal(found->text.size, expected->text.size);
    if (found->text.size)
        assert_memory_equal(found->text.data, expected->text.data, found->text.size);
    bc_buffer_release(&found->text);
}

/* The walk. */

static const size_t rooms[] = {1, 2, 1000};
enum { ROOMS = 3, ROOM_MOST = 1000 };

static struct told expected_walk(const struct lines *left, const struct lines *right,
                                 unsigned filter)
{
    struct told told = {0};
    size_t i = 0;
    size_t j = 0;
    while (i < left->count || j < right->count) {
        int order = i == left->count    ? 1
                    : j == right->count ? -1
                                        : compare_lines(&left->at[i], &right->at[j]);
        enum bc_side side = order < 0 ? BC_LEFT_ONLY : order > 0 ? BC_RIGHT_ONLY : BC_BOTH;
        if (filter & side)
            tell(&told, (char)('0' + side), slice_of(order > 0 ? &right->at[j] : &left->at[i]));
        i += order <= 0;
        j += order >= 0;
    }
    return told;
}

static void walk_once(struct told *told, struct feed *left, struct feed *right, unsigned filter,
                      size_t room)
{
    static struct bc_range ranges[ROOM_MOST];
    size_t noted = engine->walk(engine, &left->left, &right->left, filter, ranges, room);
    assert_true(noted <= room);
    assert_taken(left);
    assert_taken(right);
    assert_true(noted == room || !left->left.size || !right->left.size);
    for (size_t i = 0; i < noted; i++) {
        assert_true(filter & ranges[i].side);
        assert_true(within(ranges[i].lines, ranges[i].side == BC_RIGHT_ONLY ? right : left));
        tell_lines(told, (char)('0' + ranges[i].side), ranges[i].lines);
    }
    told->ranges += noted;
}

static void tell_rest(struct told *told, struct feed *feed, enum bc_side side, unsigned filter)
{
    for (;;) {
        if (feed->left.size && (filter & side))
            tell_lines(told, (char)('0' + side), feed->left);
        feed->left.size = 0;
        if (!more(feed))
            return;
        feed_more(feed);
    }
}

static struct told found_walk(const struct lines *left, const struct lines *right, unsigned filter,
                              size_t room, bool whole)
{
    struct told told = {0};
    struct feed l = feed_of(left, whole);
    struct feed r = feed_of(right, whole);
    for (;;) {
        if (!l.left.size && more(&l))
            feed_more(&l);
        if (!r.left.size && more(&r))
            feed_more(&r);
        if (!l.left.size || !r.left.size)
            break;
        walk_once(&told, &l, &r, filter, room);
    }
    tell_rest(&told, &l, BC_LEFT_ONLY, filter);
    tell_rest(&told, &r, BC_RIGHT_ONLY, filter);
    unplace(&l.piece);
    unplace(&r.piece);
    return told;
}

/* Walks with each filter and room, whole and in pieces; then frees the lines. */
static void check_walk(struct lines *left, struct lines *right)
{
    normalize(left);
    normalize(right);
    for (unsigned filter = 0; filter < 8; filter++) {
        struct told expected = expected_walk(left, right, filter);
        for (size_t i = 0; i < ROOMS; i++) {
            for (int whole = 0; whole < 2; whole++) {
                struct told found = found_walk(left, right, filter, rooms[i], whole);
                assert_same_told(&found, &expected);
            }
        }
        bc_buffer_release(&expected.text);
    }
    release(left);
    release(right);
}

static void walking_empty_texts(void **state)
{
    (void)state;
    struct lines left = {0};
    struct lines right = {0};
    check_walk(&left, &right);
    add_text(&left, "a\n");
    check_walk(&left, &right);
    add_text(&right, "a\n");
    check_walk(&left, &right);
    add_text(&left, "\n");
    add_text(&right, "\n");
    check_walk(&left, &right);
}

static void walked_lines_that_begin_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {"\n",    "a\n",  "a b\n", "a\tb\n",
                                        "a c\n", "aa\n", "ab\n",  "\xff\n"};
    for (unsigned mask = 0; mask < 1u << 16; mask += 211) {
        struct lines left = {0};
        struct lines right = {0};
        for (size_t i = 0; i < 8; i++) {
            if (mask >> i & 1)
                add_text(&left, texts[i]);
            if (mask >> (i + 8) & 1)
                add_text(&right, texts[i]);
        }
        check_walk(&left, &right);
    }
}

/* Each byte against each, at places around those where vectors end. */
static void walked_lines_part_at_any_byte(void **state)
{
    (void)state;
    static const size_t places[] = {0, 1, 15, 16, 31, 32, 63, 64, 65, 127, 200};
    char text[300];
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct lines left = {0};
        struct lines right = {0};
        memset(text, 'w', sizeof text);
        for (int byte = 0; byte < 256; byte++) {
            if (byte == '\n')
                continue;
            size_t size = places[i] + 1 + below(70) + 1;
            text[places[i]] = (char)byte;
            text[size - 1] = '\n';
            if (byte % 3 != 1)
                add(&left, text, size);
            if (byte % 3 != 2)
                add(&right, text, size);
            text[size - 1] = 'w';
        }
        check_walk(&left, &right);
    }
}

static void walked_lines_of_any_length(void **state)
{
    (void)state;
    char text[70001];
    memset(text, 'w', sizeof text);
    for (size_t around = 8; around <= 65536; around *= 2) {
        struct lines left = {0};
        struct lines right = {0};
        for (size_t size = around - 2; size < around + 3; size++) {
            text[size - 1] = '\n';
            add(below(2) ? &left : &right, text, size);
            text[0] = 'v';
            add(&left, text, size);
            add(&right, text, size);
            text[0] = 'w';
            text[size - 1] = 'w';
        }
        check_walk(&left, &right);
    }
}

/* Equal stretches of any length, and one side's, at any distance from each other. */
static void walked_stretches_of_any_length(void **state)
{
    (void)state;
    char text[64];
    for (size_t round = 0; round < 12; round++) {
        struct lines left = {0};
        struct lines right = {0};
        for (size_t i = 0; i < 4000;) {
            unsigned sides = 1 + (unsigned)below(3);
            for (size_t stop = i + 1 + below((size_t)1 << below(11)); i < stop; i++) {
                int size = snprintf(text, sizeof text, "<%0*zu> <p> \"%zu\" .\n",
                                    (int)(5 + round * 2), i, i % 17);
                if (sides & 1)
                    add(&left, text, (size_t)size);
                if (sides & 2)
                    add(&right, text, (size_t)size);
            }
        }
        check_walk(&left, &right);
    }
}

static void random_texts_walk_as_the_reference_does(void **state)
{
    (void)state;
    for (size_t round = 0; round < 60; round++) {
        struct lines left = {0};
        struct lines right = {0};
        size_t shared_of_10 = below(11);
        size_t most = below(2) ? 4 : 150;
        char text[160];
        for (size_t i = below(300); i; i--) {
            size_t size = below(most) + 1;
            for (size_t j = 0; j + 1 < size; j++)
                text[j] = (char)("abc"[below(3)] + (below(40) ? 0 : 100));
            text[size - 1] = '\n';
            bool both = below(10) < shared_of_10;
            bool one = below(2);
            if (both || one)
                add(&left, text, size);
            if (both || !one)
                add(&right, text, size);
        }
        check_walk(&left, &right);
    }
}

/* The meeting. */

static size_t prefix_size(const struct bc_line *line)
{
    const char *space = memchr(line->data, ' ', line->size);
    assert_non_null(space);
    size_t behind = (size_t)(space - line->data) + 1;
    space = memchr(line->data + behind, ' ', line->size - behind);
    assert_non_null(space);
    return (size_t)(space - line->data) + 1;
}

static int compare_prefixes(const struct bc_line *a, const struct bc_line *b)
{
    int order =
        bc_slice_compare(bc_slice(a->data, prefix_size(a)), bc_slice(b->data, prefix_size(b)));
    return (order > 0) - (order < 0);
}

/* Behind the lines with the prefix of the one at `at`. */
static size_t behind_prefix(const struct lines *lines, size_t at)
{
    size_t end = at + 1;
    while (end < lines->count && !compare_prefixes(&lines->at[at], &lines->at[end]))
        end++;
    return end;
}

static void tell_group(struct told *told, char kind, const struct lines *lines, size_t from,
                       size_t to)
{
    for (size_t i = from; i < to; i++)
        tell(told, kind, slice_of(&lines->at[i]));
}

/* Kinds: l and r alone; L and R meet, with an m before each meeting. */
static struct told expected_meet(const struct lines *left, const struct lines *right)
{
    struct told told = {0};
    size_t i = 0;
    size_t j = 0;
    int before = 0;
    while (i < left->count || j < right->count) {
        int order = i == left->count    ? 1
                    : j == right->count ? -1
                                        : compare_prefixes(&left->at[i], &right->at[j]);
        size_t i_end = order <= 0 ? behind_prefix(left, i) : i;
        size_t j_end = order >= 0 ? behind_prefix(right, j) : j;
        if (!order)
            tell(&told, 'm', bc_slice("", 0));
        tell_group(&told, order ? 'l' : 'L', left, i, i_end);
        tell_group(&told, order ? 'r' : 'R', right, j, j_end);
        told.ranges += !order || order != before || !told.ranges;
        before = order;
        i = i_end;
        j = j_end;
    }
    return told;
}

/* The start of the last prefix's lines. */
static size_t last_prefix_start(const struct feed *feed)
{
    size_t start = 0;
    struct bc_slice rest = feed->left;
    struct bc_line last = {0};
    while (rest.size) {
        const char *newline = memchr(rest.data, '\n', rest.size);
        struct bc_line line = {rest.data, (uint32_t)(newline - rest.data) + 1};
        if (!last.size || compare_prefixes(&last, &line))
            start = (size_t)(line.data - feed->left.data);
        last = line;
        rest = bc_slice(rest.data + line.size, rest.size - line.size);
    }
    return start;
}

/* Whether the lines with which a text goes on could be told if they came before the other's. */
static bool is_held(const struct feed *feed)
{
    return more(feed) && last_prefix_start(feed) == 0;
}

static void assert_nothing_can_be_said(const struct feed *left, const struct feed *right)
{
    if (!left->left.size || !right->left.size) {
        const struct feed *rest = left->left.size ? left : right;
        const struct feed *empty = left->left.size ? right : left;
        assert_true(more(empty) || is_held(rest) || !rest->left.size);
        return;
    }
    struct bc_line a = {left->left.data, (uint32_t)left->left.size};
    struct bc_line b = {right->left.data, (uint32_t)right->left.size};
    int order = compare_prefixes(&a, &b);
    assert_true((order <= 0 && is_held(left)) || (order >= 0 && is_held(right)));
}

static void meet_once(struct told *told, struct feed *left, struct feed *right, size_t room)
{
    static struct bc_meeting meetings[ROOM_MOST];
    size_t noted =
        engine->meet(engine, &left->left, more(left), &right->left, more(right), meetings, room);
    assert_true(noted <= room);
    assert_taken(left);
    assert_taken(right);
    for (size_t i = 0; i < noted; i++) {
        struct bc_slice l = meetings[i].left;
        struct bc_slice r = meetings[i].right;
        bool both = l.size && r.size;
        assert_true(within(l, left) || !l.size);
        assert_true(within(r, right) || !r.size);
        if (both)
            tell(told, 'm', bc_slice("", 0));
        if (l.size)
            tell_lines(told, both ? 'L' : 'l', l);
        if (r.size || !l.size)
            tell_lines(told, both ? 'R' : 'r', r);
    }
    told->ranges += noted;
    if (noted < room)
        assert_nothing_can_be_said(left, right);
}

static struct told found_meet(const struct lines *left, const struct lines *right, size_t room,
                              bool whole)
{
    struct told told = {0};
    struct feed l = feed_of(left, whole);
    struct feed r = feed_of(right, whole);
    for (;;) {
        size_t before = told.ranges;
        meet_once(&told, &l, &r, room);
        if (told.ranges - before == room)
            continue;
        if (!more(&l) && !more(&r))
            break;
        if (more(&l) && (!more(&r) || below(2)))
            feed_more(&l);
        else
            feed_more(&r);
    }
    assert_int_equal(l.left.size, 0);
    assert_int_equal(r.left.size, 0);
    unplace(&l.piece);
    unplace(&r.piece);
    return told;
}

/* Meets with each room, whole and in pieces; then frees the lines. */
static void check_meet(struct lines *left, struct lines *right)
{
    normalize(left);
    normalize(right);
    struct told expected = expected_meet(left, right);
    for (size_t i = 0; i < ROOMS; i++) {
        for (int whole = 0; whole < 2; whole++) {
            struct told found = found_meet(left, right, rooms[i], whole);
            /* In one piece the ranges are as long as can be. */
            if (whole)
                assert_int_equal(found.ranges, expected.ranges);
            assert_same_told(&found, &expected);
        }
    }
    bc_buffer_release(&expected.text);
    release(left);
    release(right);
}

static void meeting_of_empty_texts(void **state)
{
    (void)state;
    struct lines left = {0};
    struct lines right = {0};
    check_meet(&left, &right);
    add_text(&left, "s p o .+\n");
    check_meet(&left, &right);
    add_text(&right, "s p o .\n");
    check_meet(&left, &right);
    add_text(&left, "s p o .+\n");
    add_text(&right, "s p q .-\n");
    check_meet(&left, &right);
    add_text(&left, "  o .\n");
    add_text(&right, "  o .\n");
    add_text(&right, "a  o .\n");
    check_meet(&left, &right);
}

/* Subjects and predicates that begin alike, in every choice. */
static void met_prefixes_that_begin_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {"a b ",   "a bb ",    "aa b ", "a b\x01 ",
                                        "a\t b ", "aaa bbb ", "a c ",  "\xff b "};
    static const char *const ends[] = {"x .+\n", "x .-\n", "y y .\n", "\n", "z\n"};
    for (unsigned mask = 0; mask < 1u << 16; mask += 97) {
        struct lines lines[2] = {{0}, {0}};
        for (size_t i = 0; i < 16; i++) {
            for (size_t j = mask >> i & 1 ? 1 + below(3) : 0; j; j--) {
                char text[64];
                int size = snprintf(text, sizeof text, "%s%s", texts[i % 8], ends[below(5)]);
                add(&lines[i / 8], text, (size_t)size);
            }
        }
        check_meet(&lines[0], &lines[1]);
    }
}

/* A random term without space and '\n', of any other bytes or few. */
static size_t random_term(char *to, size_t most, bool any)
{
    size_t size = below(most + 1);
    for (size_t i = 0; i < size; i++) {
        char byte = any ? (char)below(256) : "ab\xff"[below(3)];
        to[i] = byte;
        if (byte == ' ' || byte == '\n')
            to[i] = 'n';
    }
    return size;
}

static size_t random_statement(char *to, size_t most, bool any)
{
    size_t size = 0;
    for (size_t term = 0; term < 3; term++) {
        /* Long beginnings that are alike put what differs at any place of a vector. */
        size_t alike = most > 8 && term < 2 ? 20 * below(4) : 0;
        memset(to + size, 'u', alike);
        size += alike;
        size += random_term(to + size, term < 2 ? (most > 8 ? 2 : most) : most, any);
        to[size++] = ' ';
    }
    to[size++] = '.';
    if (below(2))
        to[size++] = "+-"[below(2)];
    to[size++] = '\n';
    return size;
}

static void random_changes_meet_as_the_reference_says(void **state)
{
    (void)state;
    static const size_t mosts[] = {1, 2, 8, 120};
    char text[1000];
    for (size_t round = 0; round < 240; round++) {
        struct lines lines[2] = {{0}, {0}};
        size_t most = mosts[below(4)];
        bool any = below(3) == 0;
        size_t shared_of_10 = below(11);
        for (size_t i = below(400); i; i--) {
            size_t size = random_statement(text, most, any);
            bool both = below(10) < shared_of_10;
            bool one = below(2);
            if (both || one)
                add(&lines[0], text, size);
            if (both || !one)
                add(&lines[1], text, size);
        }
        check_meet(&lines[0], &lines[1]);
    }
}

static void met_stretches_of_any_length(void **state)
{
    (void)state;
    char text[200];
    for (size_t round = 0; round < 12; round++) {
        struct lines lines[2] = {{0}, {0}};
        for (size_t i = 0; i < 3000;) {
            unsigned sides = 1 + (unsigned)below(3);
            size_t group = below(4) ? 1 : 1 + below(300);
            for (size_t stop = i + 1 + below((size_t)1 << below(11)); i < stop; i++) {
                int size =
                    snprintf(text, sizeof text, "<%0*zu> <p%0*d> \"%zu\" .+\n",
                             (int)(5 + round * 4), i / group * group, (int)(3 * round), 7, i);
                if (sides & 1)
                    add(&lines[0], text, (size_t)size);
                if (sides & 2)
                    add(&lines[1], text, (size_t)size);
            }
        }
        check_meet(&lines[0], &lines[1]);
    }
}

static void met_lines_of_any_length(void **state)
{
    (void)state;
    char text[40000];
    for (size_t around = 8; around <= 16384; around *= 2) {
        struct lines lines[2] = {{0}, {0}};
        for (size_t size = around - 2; size < around + 3; size++) {
            for (int term = 0; term < 3; term++) {
                /* The long term is the subject, the predicate or the object. */
                size_t at = 0;
                for (int i = 0; i < 3; i++) {
                    size_t width = i == term ? size : 1 + below(3);
                    memset(text + at, 'w', width);
                    at += width;
                    text[at++] = ' ';
                }
                text[at] = '.';
                text[at + 1] = '\n';
                unsigned sides = 1 + (unsigned)below(3);
                if (sides & 1)
                    add(&lines[0], text, at + 2);
                if (sides & 2)
                    add(&lines[1], text, at + 2);
            }
        }
        check_meet(&lines[0], &lines[1]);
    }
}

int run_compute_sets(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walking_empty_texts),
        cmocka_unit_test(walked_lines_that_begin_alike),
        cmocka_unit_test(walked_lines_part_at_any_byte),
        cmocka_unit_test(walked_lines_of_any_length),
        cmocka_unit_test(walked_stretches_of_any_length),
        cmocka_unit_test(random_texts_walk_as_the_reference_does),
        cmocka_unit_test(meeting_of_empty_texts),
        cmocka_unit_test(met_prefixes_that_begin_alike),
        cmocka_unit_test(random_changes_meet_as_the_reference_says),
        cmocka_unit_test(met_stretches_of_any_length),
        cmocka_unit_test(met_lines_of_any_length),
    };
    return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
