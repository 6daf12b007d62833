/* Splitting in two steps, for a window of the text at a time: scan says where terms can end, and
 * then the lines are walked from one such place to the next, without a look at what lies between.
 * (Finding all places first and walking them afterwards is from Langdale & Lemire, "Parsing
 * gigabytes of JSON per second", VLDB Journal 28, 2019.) A line that this cannot decide, for it has
 * something rare in it or is wrong, is decided by branchcore's walk. */
#include "branchcore/scalar.h"
#include "branchcore/term_text.h"
#include "vec/operations.h"

enum {
    WINDOW = 1 << 14,       /* with its masks well within the first cache */
    FIRST_WINDOW = 1 << 10, /* little is lost if the first line ends it all */
    WORDS = WINDOW / 64,
    LEAST_LINE = 15, /* "_:a <x:> _:b .\n" */
    MOST_LINES = WINDOW / LEAST_LINE + 1,
};

struct window {
    const char *text;
    size_t size;
    size_t right; /* bytes that are UTF-8 */
    size_t lines; /* whole ones */
    bool unusual; /* any bit is in unusual_starts */
    uint64_t line_ends[WORDS];
    uint64_t iri_stops[WORDS + 2]; /* the window is followed by stops */
    uint64_t literal_stops[WORDS + 2];
    uint64_t unusual_starts[WORDS]; /* 0xEF, which U+FFFE and U+FFFF begin with */
    uint16_t ends[MOST_LINES + 64]; /* behind each line */
};

/* Most text has nothing but ASCII for long stretches, which is quick to see. */
static bool is_ascii(const struct window *window)
{
    struct vec_block all = vec_each(0);
    size_t at = 0;
    for (; window->size - at >= VEC_BLOCK; at += VEC_BLOCK)
        all = vec_or(all, vec_load(window->text + at));
    return !vec_any_high(vec_or(all, vec_load_part(window->text + at, window->size - at)));
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

/* Places in a word, one behind each. Most words have none or one, which cannot be foreseen, so two
 * are taken of each. */
static inline size_t take_places(uint64_t bits, size_t word, uint16_t *to)
{
    const uint64_t last = UINT64_C(1) << 63;
    size_t count = vec_bits(bits);
    size_t behind = word * 64 + 1;
    to[0] = (uint16_t)(behind + vec_lowest(bits | last));
    bits &= bits - 1;
    to[1] = (uint16_t)(behind + vec_lowest(bits | last));
    for (size_t i = 2; i < count; i++) {
        bits &= bits - 1;
        to[i] = (uint16_t)(behind + vec_lowest(bits));
    }
    return count;
}

/* More lines than canonical ones can be are not looked for. */
static void find_lines(struct window *window)
{
    size_t lines = 0;
    size_t words = BC_MASK_WORDS(window->size);
    for (size_t word = 0; word < words && lines < MOST_LINES; word++)
        lines += take_places(window->line_ends[word], word, window->ends + lines);
    window->lines = lines;
}

static void read_window(struct window *window, struct bc_slice text)
{
    window->text = text.data;
    window->size = text.size;
    window->right = VEC(scan)(NULL, text,
                              &(struct bc_scan){
                                  .line_ends = window->line_ends,
                                  .iri_stops = window->iri_stops,
                                  .literal_stops = window->literal_stops,
                              });
    size_t words = BC_MASK_WORDS(text.size);
    for (size_t word = words; word < words + 2; word++) {
        window->iri_stops[word] = ~UINT64_C(0);
        window->literal_stops[word] = ~UINT64_C(0);
    }
    window->unusual = false;
    if (!is_ascii(window))
        find_unusual(window);
    find_lines(window);
}

/* The first stop at `at` or behind. There is one before the line's end, or that is one. Words of
 * masks are bytes of masks, too, as all sets are of little-endian machines: one load brings at
 * least the next 57 bits. */
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

static inline bool has_scheme(const char *iri, size_t size)
{
    if (size >= sizeof "https:" - 1 && !memcmp(iri, "http", 4) &&
        (iri[4] == ':' || (iri[4] == 's' && iri[5] == ':')))
        return true;
    return bc_has_scheme(iri, iri + size);
}

/* The walks begin at a term's first byte, which is before the line's end, and return the place
 * behind the term; 0: this line is to be decided otherwise. */

static inline size_t walk_iri(const struct window *window, size_t at)
{
    size_t end = next_stop(window->iri_stops, at + 1);
    const char *iri = window->text + at + 1;
    bool right =
        window->text[at] == '<' && window->text[end] == '>' && has_scheme(iri, end - at - 1);
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
        if (at == part)
            return 0;
        if (text[at] != '-')
            return at;
    }
}

static size_t walk_datatype(const struct window *window, size_t at)
{
    static const char string[] = "<" BC_XSD_STRING ">";
    const char *iri = window->text + at + 2;
    if (iri[-1] != '^')
        return 0;
    size_t end = walk_iri(window, at + 2);
    bool plain = end - at - 2 == sizeof string - 1 && !memcmp(iri, string, sizeof string - 1);
    return plain ? 0 : end;
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

static inline bool walk_line(const struct window *window, size_t start, size_t end,
                             enum bc_syntax syntax, uint32_t offset, struct bc_spans *spans)
{
    const char *text = window->text;
    if (end > window->right || (window->unusual && has_unusual(window, start, end)))
        return false;
    size_t predicate = behind_space(window, walk_resource(window, start));
    if (!predicate)
        return false;
    size_t object = behind_space(window, walk_iri(window, predicate));
    if (!object)
        return false;
    size_t at = text[object] == '"' ? walk_literal(window, object) : walk_resource(window, object);
    at = behind_space(window, at);
    if (!at)
        return false;
    size_t graph = 0;
    if (text[at] != '.') {
        graph = at;
        at = behind_space(window, walk_resource(window, graph));
        if (!at || text[at] != '.' || syntax == BC_NTRIPLES)
            return false;
    }
    *spans = (struct bc_spans){
        .start = offset + (uint32_t)start,
        .predicate = offset + (uint32_t)predicate,
        .object = offset + (uint32_t)object,
        .graph = graph ? offset + (uint32_t)graph : 0,
        .end = offset + (uint32_t)end,
    };
    return at + 2 == end && text[at + 1] == '\n';
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

/* The window's lines, from text.data + *at on; returns how many are canonical. *stopped: the next
 * one is not. */
static size_t split_window(const struct window *window, struct bc_slice text, enum bc_syntax syntax,
                           struct bc_spans *spans, size_t room, size_t *at, bool *stopped)
{
    size_t offset = *at;
    size_t lines = window->lines < room ? window->lines : room;
    size_t start = 0;
    for (size_t i = 0; i < lines; i++) {
        size_t end = window->ends[i];
        if (!walk_line(window, start, end, syntax, (uint32_t)offset, &spans[i]) &&
            !split_one(text, offset + start, offset + end, syntax, &spans[i])) {
            *stopped = true;
            lines = i;
            break;
        }
        start = end;
    }
    *at = offset + start;
    return lines;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
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
        read_window(&window, bc_slice(text.data + at, least(size, text.size - at)));
        if (window.lines) {
            count +=
                split_window(&window, text, syntax, spans + count, room - count, &at, &stopped);
            size = next_size(size, at, count, room - count);
        } else if (window.size == WINDOW || window.size == text.size - at) {
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
