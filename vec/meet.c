/* Where two sides' changes meet (branchcore/scalar_meet.c), with the spaces of a prefix counted in
 * what was loaded to compare it. */
#include "branchcore/scalar.h"
#include "branchcore/slot.h"
#include "vec/sorted.h"

#include <string.h>

/* Where the lines with the last line's prefix begin. */
static const char *last_prefix(struct bc_slice text)
{
    if (!text.size)
        return text.data;
    const char *newline = memrchr(text.data, '\n', text.size - 1);
    size_t start = newline ? (size_t)(newline - text.data) + 1 : 0;
    struct bc_slice prefix = bc_slot_prefix(bc_slice(text.data + start, text.size - start));
    return text.data + bc_scalar_lines_before(bc_slice(text.data, start), prefix);
}

/* How two lines begin. */
struct beginning {
    bool prefix; /* with the same slot prefix */
    bool less;   /* else: a's is less */
};

/* The lines' next bytes, before which `spaces` spaces were; true: they part there or behind the
 * prefix. */
static inline bool look(struct vec_pair a, struct vec_pair b, unsigned *spaces,
                        struct beginning *to)
{
    struct vec_wide differing = vec_pair_differing(a, b);
    struct vec_wide found = vec_pair_equal(a, ' ');
    bool part = vec_wide_any(differing);
    if (part) {
        to->less = vec_pair_is_less(a, b, differing);
        found = vec_wide_below(found, differing);
    }
    *spaces += vec_bits(found.low) + vec_bits(found.high);
    to->prefix = *spaces >= 2;
    return part || to->prefix;
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Lines that are the same throughout have the same prefix, whatever they are. */
static inline struct beginning compare(const char *a, const char *b, size_t size)
{
    struct beginning found = {false, false};
    unsigned spaces = 0;
    size_t at = 0;
    for (; size - at >= VEC_STEP; at += VEC_STEP) {
        if (look(vec_pair_load(a + at), vec_pair_load(b + at), &spaces, &found))
            return found;
    }
    if (!look(vec_pair_load_part(a + at, size - at), vec_pair_load_part(b + at, size - at), &spaces,
              &found))
        found.prefix = true;
    return found;
}

/* Behind the lines from the next one on that have its prefix. */
static const char *behind_prefix(struct vec_text text, struct bc_slice prefix)
{
    const char *at = text.next;
    while ((size_t)(text.end - at) >= prefix.size && vec_equal_bytes(at, prefix.data, prefix.size))
        at = vec_behind_line(at, text.end);
    return at;
}

static struct bc_slice take_prefix(struct vec_text *text, struct bc_slice prefix)
{
    const char *behind = behind_prefix(*text, prefix);
    struct bc_slice taken = bc_slice(text->at, (size_t)(behind - text->at));
    *text = vec_text_at(behind, text->end);
    return taken;
}

/* Behind the lines from `from` on that are less than the next one of bound. */
static const char *search(const char *from, const char *told, struct vec_text bound)
{
    struct bc_slice prefix = bc_slot_prefix(vec_text_slice(bound));
    return from + bc_scalar_lines_before(bc_slice(from, (size_t)(told - from)), prefix);
}

/* One side's lines alone, of which the range is still growing. */
struct alone {
    const char *start; /* NULL: none is */
    bool of_left;
};

/* Lines of both sides alone come in turns that cannot be foreseen, so this has no branches. */
static inline void note(struct bc_meeting *to, const struct alone *alone, const char *end)
{
    size_t size = (size_t)(end - alone->start);
    *to = (struct bc_meeting){bc_slice(alone->start, alone->of_left ? size : 0),
                              bc_slice(alone->start, alone->of_left ? 0 : size)};
}

/* Notes the rest of a text, as the other has ended. */
static size_t note_rest(struct vec_text *text, const char *told, bool of_left, bool other_ended,
                        struct bc_meeting *meetings, size_t noted, size_t room)
{
    if (!other_ended || text->at >= told || noted == room)
        return noted;
    note(&meetings[noted], &(struct alone){text->at, of_left}, told);
    text->at = told;
    return noted + 1;
}

size_t VEC(meet)(const struct bc_compute *compute, struct bc_slice *left, bool more_left,
                 struct bc_slice *right, bool more_right, struct bc_meeting *meetings, size_t room)
{
    struct vec_text l = vec_text_at(left->data, left->data + left->size);
    struct vec_text r = vec_text_at(right->data, right->data + right->size);
    /* From there on nothing can be said yet. */
    const char *l_told = more_left ? last_prefix(*left) : l.end;
    const char *r_told = more_right ? last_prefix(*right) : r.end;
    struct alone alone = {0};
    struct vec_patience patience = {0};
    size_t noted = 0;
    (void)compute;
    while (l.at < l.end && r.at < r.end) {
        struct beginning found = compare(l.at, r.at, least(vec_text_size(l), vec_text_size(r)));
        if (found.prefix) {
            if (l.at >= l_told || r.at >= r_told || noted == room)
                break;
            struct bc_slice prefix = bc_slot_prefix(vec_text_slice(l));
            struct bc_slice of_left = take_prefix(&l, prefix);
            meetings[noted++] = (struct bc_meeting){of_left, take_prefix(&r, prefix)};
            alone.start = NULL;
            continue;
        }
        struct vec_text from = vec_text_either(found.less, l, r);
        const char *told = found.less ? l_told : r_told;
        bool turned = !alone.start | (alone.of_left != found.less);
        if (from.at >= told || noted + turned > room)
            break;
        const char *to = from.next;
        if (vec_is_over(&patience, turned)) {
            to = search(from.next, told, vec_text_either(found.less, r, l));
            vec_searched(&patience, (size_t)(to - from.next));
        }
        noted += turned;
        alone = (struct alone){turned ? from.at : alone.start, found.less};
        note(&meetings[noted - 1], &alone, to);
        from = vec_text_at(to, from.end);
        l = vec_text_either(found.less, from, l);
        r = vec_text_either(found.less, r, from);
    }
    bool l_ended = l.at == l.end && !more_left;
    bool r_ended = r.at == r.end && !more_right;
    noted = note_rest(&l, l_told, true, r_ended, meetings, noted, room);
    noted = note_rest(&r, r_told, false, l_ended, meetings, noted, room);
    *left = vec_text_slice(l);
    *right = vec_text_slice(r);
    return noted;
}
