/* Splitting in two steps, for a window of the text at a time: scan says where terms can end, and
 * then the lines are walked from one such place to the next, without a look at what lies between.
 * (Finding all places first and walking them afterwards is from Langdale & Lemire, "Parsing
 * gigabytes of JSON per second", VLDB Journal 28, 2019.) A line that this cannot decide, for it has
 * something rare in it or is wrong, is decided by branchcore's walk. */
#include "branchcore/scalar.h"
#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"
#include "vec/operations.h"

enum {
    WINDOW = 1 << 14,       /* with its masks well within the first cache */
    FIRST_WINDOW = 1 << 10, /* little is lost if the first line ends it all */
    WORDS = WINDOW / 64,
    AHEAD = 8, /* so much is read at a term's first byte, even if the line ends before */
};

struct window {
    const char *text;
    size_t size;
    size_t walked; /* whole lines at its start, UTF-8, and AHEAD from the end of the text */
    bool unusual;  /* any bit is in unusual_starts */
    uint64_t line_ends[WORDS];
    uint64_t iri_stops[WORDS + 1]; /* next_stop reads over the last word's end */
    uint64_t literal_stops[WORDS + 1];
    uint64_t unusual_starts[WORDS]; /* 0xEF, which U+FFFE and U+FFFF begin with */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void find_unusual(struct window *window)
{
    uint64_t any = 0;
    size_t word = 0;
    size_t at = 0;
    for (; window->size - at >= VEC_BLOCK; at += VEC_BLOCK) {
        window->unusual_starts[word] = vec_equal(vec_load(window->text + at), 0xEF);
        any |= window->unusual_starts[word++];
    }
    if (at < window->size) {
        struct vec_block rest = vec_load_part(window->text + at, window->size - at);
        window->unusual_starts[word] = vec_equal(rest, 0xEF);
        any |= window->unusual_starts[word];
    }
    window->unusual = any;
}

/* Behind the last line end of the first `size` bytes; 0: there is none. */
static size_t behind_last_line(const struct window *window, size_t size)
{
    uint64_t within = vec_first(size % 64);
    for (size_t word = size / 64;; within = ~UINT64_C(0)) {
        uint64_t ends = within ? window->line_ends[word] & within : 0;
        if (ends)
            return word * 64 + vec_highest(ends) + 1;
        if (!word--)
            return 0;
    }
}

/* There are `behind` bytes of the text behind the window. */
static void read_window(struct window *window, struct bc_slice text, size_t behind)
{
    bool ascii;
    size_t right = VEC(scan_ascii)(text,
                                   &(struct bc_scan){
                                       .line_ends = window->line_ends,
                                       .iri_stops = window->iri_stops,
                                       .literal_stops = window->literal_stops,
                                   },
                                   &ascii);
    size_t ahead = text.size + behind < AHEAD ? 0 : text.size + behind - AHEAD;
    window->text = text.data;
    window->size = text.size;
    window->walked = behind_last_line(window, least(right, least(text.size, ahead)));
    window->unusual = false;
    if (!ascii)
        find_unusual(window);
}

/* The first stop at `at` or behind. There is one before the line's end, which is one itself, so
 * what lies behind the words that were filled is loaded and decides nothing. Words of masks are
 * bytes of masks, too, as all sets are of little-endian machines: one load brings at least the next
 * 57 bits. */
static inline size_t next_stop(const uint64_t *stops, size_t at)
{
    for (;; at += 64 - at % 8) {
        uint64_t here;
        memcpy(&here, (const char *)stops + at / 8, sizeof here);
        here >>= at % 8;
        if (here)
            return at + vec_lowest(here);
    }
}

/* Whether "<http:" or "<https:" is there. */
static inline bool is_web(const char *at)
{
    uint64_t eight = bc_load_eight(at);
    return (eight & UINT64_C(0xFFFFFFFFFFFF)) == UINT64_C(0x3A707474683C) ||
           (eight & UINT64_C(0xFFFFFFFFFFFFFF)) == UINT64_C(0x3A73707474683C);
}

/* The walks begin at a term's first byte, or at the line's end if there is no term, and return the
 * place behind the term; 0: this line is to be decided otherwise. Behind the line's end nothing may
 * be looked for: there may be no stop. */

static inline size_t walk_iri(const struct window *window, size_t at)
{
    const char *iri = window->text + at;
    if (*iri != '<')
        return 0;
    size_t end = next_stop(window->iri_stops, at + 1);
    bool right =
        window->text[end] == '>' && (is_web(iri) || bc_has_scheme(iri + 1, window->text + end));
    return right ? end + 1 : 0;
}

/* Of ASCII, as nearly all are. */
static size_t walk_label(const struct window *window, size_t at)
{
    const char *label = window->text + at;
    if (label[1] != ':' || !(bc_is_letter(label[2]) || bc_is_digit(label[2]) || label[2] == '_'))
        return 0;
    const char *end = bc_label_run(label + 3, window->text + window->size);
    return end[-1] == '.' ? 0 : (size_t)(end - window->text);
}

static inline size_t walk_resource(const struct window *window, size_t at)
{
    return window->text[at] == '_' ? walk_label(window, at) : walk_iri(window, at);
}

static size_t walk_language(const struct window *window, size_t at)
{
    const char *text = window->text;
    for (bool first = true;; first = false) {
        size_t part = ++at;
        while ((text[at] >= 'a' && text[at] <= 'z') || (!first && bc_is_digit(text[at])))
            at++;
        if (at == part || at - part > BC_SUBTAG_MAX)
            return 0;
        if (text[at] != '-')
            return at;
    }
}

static size_t walk_datatype(const struct window *window, size_t at)
{
    const char *iri = window->text + at + 2;
    if (iri[-1] != '^')
        return 0;
    size_t end = walk_iri(window, at + 2);
    return end && !bc_is_silent_datatype(iri, end - at - 2) ? end : 0;
}

static bool is_short_escape(char byte)
{
    switch (byte) {
    case 'b':
    case 't':
    case 'n':
    case 'f':
    case 'r':
    case '"':
    case '\\':
        return true;
    default:
        return false;
    }
}

static inline size_t walk_literal(const struct window *window, size_t at)
{
    const char *text = window->text;
    at = next_stop(window->literal_stops, at + 1);
    while (text[at] == '\\' && is_short_escape(text[at + 1]))
        at = next_stop(window->literal_stops, at + 2);
    if (text[at] != '"')
        return 0;
    at++;
    if (text[at] == '@')
        return walk_language(window, at);
    return text[at] == '^' ? walk_datatype(window, at) : at;
}

/* Whether U+FFFE or U+FFFF is in the line, which is UTF-8. */
static bool has_unusual(const struct window *window, size_t start, size_t end)
{
    for (size_t word = start / 64; word <= (end - 1) / 64; word++) {
        uint64_t starts = window->unusual_starts[word];
        while (starts) {
            size_t at = word * 64 + vec_take(&starts);
            if (at >= start && at < end && window->text[at + 1] == '\xBF' &&
                (unsigned char)window->text[at + 2] >= 0xBE)
                return true;
        }
    }
    return false;
}

/* Behind the space that follows a term; 0: there is none, or no term. */
static inline size_t behind_space(const struct window *window, size_t at)
{
    return at && window->text[at] == ' ' ? at + 1 : 0;
}

static inline size_t walk_simple_object(const struct window *window, size_t at)
{
    return window->text[at] == '"' ? walk_literal(window, at) : walk_resource(window, at);
}

/* The four bytes, of which a line end is none, are compared one by one as far as they are there. */
static inline bool stands(const struct window *window, size_t at, const char *mark)
{
    const char *text = window->text + at;
    return text[0] == mark[0] && text[1] == mark[1] && text[2] == mark[2] && text[3] == mark[3];
}

static size_t walk_triple_term(const struct window *window, size_t at)
{
    unsigned depth = 0;
    for (; at && stands(window, at, BC_TRIPLE_TERM_OPEN); depth++) {
        if (depth == BC_TRIPLE_TERM_DEPTH)
            return 0;
        at = behind_space(window, walk_resource(window, at + 4));
        at = at ? behind_space(window, walk_iri(window, at)) : 0;
    }
    at = at && depth ? walk_simple_object(window, at) : 0;
    for (; at && depth; depth--)
        at = stands(window, at, BC_TRIPLE_TERM_CLOSE) ? at + 4 : 0;
    return at;
}

static inline size_t walk_object(const struct window *window, size_t object)
{
    size_t at = walk_simple_object(window, object);
    return at ? at : walk_triple_term(window, object);
}

/* Returns where the line ends; 0: it is to be decided otherwise. */
static inline size_t walk_line(const struct window *window, size_t start, enum bc_syntax syntax,
                               uint32_t offset, struct bc_spans *spans)
{
    const char *text = window->text;
    size_t predicate = behind_space(window, walk_resource(window, start));
    if (!predicate)
        return 0;
    size_t object = behind_space(window, walk_iri(window, predicate));
    if (!object)
        return 0;
    size_t at = behind_space(window, walk_object(window, object));
    if (!at)
        return 0;
    size_t graph = 0;
    if (text[at] != '.') {
        graph = at;
        at = behind_space(window, walk_resource(window, graph));
        if (!at || text[at] != '.' || syntax == BC_NTRIPLES)
            return 0;
    }
    size_t end = at + 2;
    if (text[at + 1] != '\n' || (window->unusual && has_unusual(window, start, end)))
        return 0;
    *spans = (struct bc_spans){
        .start = offset + (uint32_t)start,
        .predicate = offset + (uint32_t)predicate,
        .object = offset + (uint32_t)object,
        .graph = graph ? offset + (uint32_t)graph : 0,
        .end = offset + (uint32_t)end,
    };
    return end;
}

/* The line at `at` by the scalar walk, up to size; returns where it ends, 0: it is not canonical.
 */
static size_t split_one(struct bc_slice text, size_t at, size_t end, enum bc_syntax syntax,
                        struct bc_spans *spans)
{
    size_t used;
    if (!bc_scalar_split(NULL, bc_slice(text.data + at, end - at), syntax, spans, 1, &used))
        return 0;
    spans->start += (uint32_t)at;
    spans->predicate += (uint32_t)at;
    spans->object += (uint32_t)at;
    spans->graph += spans->graph ? (uint32_t)at : 0;
    spans->end += (uint32_t)at;
    return spans->end;
}

/* The line at `start` in the window, which is `offset` in the text; returns where it ends in the
 * window, 0: there is not all of it, or, *stopped, it is not canonical. */
static size_t split_otherwise(const struct window *window, struct bc_slice text, size_t offset,
                              size_t start, enum bc_syntax syntax, struct bc_spans *spans,
                              bool *stopped)
{
    size_t newline = vec_find_byte(window->text, window->size, start, '\n');
    if (newline == window->size)
        return 0;
    size_t end = split_one(text, offset + start, offset + newline + 1, syntax, spans);
    *stopped = !end;
    return end ? end - offset : 0;
}

/* The window's lines, from text.data + *at on; returns how many are canonical. *stopped: the next
 * one is not. */
static size_t split_window(const struct window *window, struct bc_slice text, enum bc_syntax syntax,
                           struct bc_spans *spans, size_t room, size_t *at, bool *stopped)
{
    size_t offset = *at;
    size_t start = 0;
    size_t lines = 0;
    while (lines < room && start < window->size) {
        size_t end = start < window->walked
                         ? walk_line(window, start, syntax, (uint32_t)offset, &spans[lines])
                         : 0;
        if (!end)
            end = split_otherwise(window, text, offset, start, syntax, &spans[lines], stopped);
        if (!end)
            break;
        start = end;
        lines++;
    }
    *at = offset + start;
    return lines;
}

/* How much to look at next: more each time, as a line that is not canonical makes all behind it in
 * vain, and not far beyond what there is room for. */
static size_t next_size(size_t size, size_t bytes, size_t lines, size_t room)
{
    size = least(size * 2, WINDOW);
    size_t wanted = lines ? (bytes / lines + 1) * room : WINDOW;
    return wanted < FIRST_WINDOW ? FIRST_WINDOW : least(size, wanted);
}

size_t VEC(split)(const struct bc_compute *compute, struct bc_slice text, enum bc_syntax syntax,
                  struct bc_spans *spans, size_t room, size_t *used)
{
    (void)compute;
    struct window window;
    size_t size = FIRST_WINDOW;
    size_t count = 0;
    size_t at = 0;
    bool stopped = false;
    while (count < room && at < text.size && !stopped) {
        size_t here = least(size, text.size - at);
        read_window(&window, bc_slice(text.data + at, here), text.size - at - here);
        size_t lines =
            split_window(&window, text, syntax, spans + count, room - count, &at, &stopped);
        count += lines;
        if (lines) {
            size = next_size(size, at, count, room - count);
        } else if (!stopped && (window.size == WINDOW || window.size == text.size - at)) {
            size_t end = split_one(text, at, text.size, syntax, &spans[count]);
            stopped = !end;
            at = end ? end : at;
            count += !stopped;
        } else {
            size = least(size * 4, WINDOW);
        }
    }
    *used = at;
    return count;
}
