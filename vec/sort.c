/* branchcore/scalar_sort.c's way, with keys that tell more: 64 bits out of the next 64 bytes.
 *
 * A bucket's lines share their first `depth` bytes. Of the 64 bytes behind these, zeros behind a
 * line's end, one pass finds the bits in which any two lines differ; a line's key is those bits,
 * packed (PEXT), of as many bytes as fit. What all lines share takes no room in it, nor do the
 * upper halves of digits, and the order of keys is that of the bytes. So most buckets are sorted by
 * keys alone from one look at their lines, where eight bytes as they are would need several.
 *
 * Lines that end within those bytes, duplicates, bounds: as there. */
#include "vec/sort_keys.h"

#ifdef VEC_PACKS_KEYS

#include "branchcore/huge_pages.h"
#include "branchcore/scalar.h"
#include "vec/operations.h"

enum {
    SMALL = 32,     /* a bucket up to this size is sorted by insertion */
    WIDE = 1 << 14, /* a bucket from this size on is split by WIDE_BITS */
    NARROW_BITS = 6,
    WIDE_BITS = 11,
};

/* Marks a place in the sorted lines that nothing takes. */
static const char duplicate[1];

/* Items at `items`, sorted lines to lines[at] on; all share their first `depth` bytes, and their
 * keys are of the `width` bytes behind these. */
struct bucket {
    size_t at;
    size_t count;
    uint32_t depth;
    uint32_t width;
    uint32_t side; /* which of the two arrays holds the items */
};

struct sort {
    struct bc_line *lines;
    struct vec_item *items[2];
    struct bucket *stack;
    size_t waiting;
};

static void give(struct bc_line *to, const struct vec_item *item)
{
    to->data = item->data;
    to->size = item->size;
}

static uint64_t key_differences(const struct vec_item *items, size_t count)
{
    uint64_t differences = 0;
    for (size_t i = 1; i < count; i++)
        differences |= items[i].key ^ items[0].key;
    return differences;
}

/* Of items with the same key, those that end within its bytes: gives one of each size to `to`, in
 * order, and marks the places of their duplicates. The others move to the back of items; returns
 * how many went away. */
static size_t give_ended(struct vec_item *items, size_t count, uint32_t depth, uint32_t width,
                         struct bc_line *to)
{
    const char *ended[VEC_BLOCK + 1];
    bool any[VEC_BLOCK + 1] = {false};
    size_t back = count;
    for (size_t i = count; i-- > 0;) {
        uint32_t left = items[i].size - depth;
        if (left > width) {
            items[--back] = items[i];
        } else {
            ended[left] = items[i].data;
            any[left] = true;
        }
    }
    size_t given = 0;
    for (uint32_t left = 0; back && left <= width; left++) {
        if (any[left])
            to[given++] = (struct bc_line){ended[left], depth + left};
    }
    for (; given < back; given++)
        to[given].data = duplicate;
    return back;
}

/* Whether a line ends at `behind` or before it. Fetches the first lines from there on. */
static bool any_ended(const struct vec_item *items, size_t count, uint32_t behind)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        least = items[i].size < least ? items[i].size : least;
        if (i < VEC_ITEMS_AHEAD)
            vec_item_fetch(&items[i], behind);
    }
    return least <= behind;
}

/* Goes deeper with items whose keys are equal until they differ: gives out what ends and takes new
 * keys. What is left is behind the first items given, which are counted; a single line is given
 * too. */
static size_t go_deeper(struct vec_item *items, size_t count, uint32_t *depth, uint32_t *width,
                        struct bc_line *to)
{
    size_t given = 0;
    struct vec_window window;
    do {
        if (any_ended(items + given, count - given, *depth + *width))
            given += give_ended(items + given, count - given, *depth, *width, to + given);
        *depth += *width;
        if (count - given < 2) {
            if (given < count)
                give(&to[given], &items[given]);
            return count;
        }
        vec_window_find(&window, items + given, count - given, *depth);
        *width = window.width;
    } while (!window.count);
    vec_window_take_keys(&window, items + given, count - given, *depth);
    return given;
}

static void insert_by_key(struct vec_item *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct vec_item item = items[i];
        size_t j = i;
        for (; j && items[j - 1].key > item.key; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

static void sort_pair(const struct vec_item *items, uint32_t depth, uint32_t width,
                      struct bc_line *to)
{
    if (items[0].size > depth + width && items[1].size > depth + width)
        depth += width;
    uint32_t one = items[0].size - depth, two = items[1].size - depth;
    uint32_t common = one < two ? one : two;
    const char *a = items[0].data + depth, *b = items[1].data + depth;
    size_t at = vec_common_prefix(a, b, common);
    bool turned = at < common ? (unsigned char)b[at] < (unsigned char)a[at] : two < one;
    give(&to[0], &items[turned]);
    give(&to[1], &items[!turned]);
    if (at == common && one == two)
        to[1].data = duplicate;
}

/* Fetches the lines whose keys do not tell them apart, sorted by key. */
static void fetch_equal(const struct vec_item *items, size_t count, uint32_t depth)
{
    bool equal = false;
    for (size_t i = 0; i < count; i++) {
        bool next_is_equal = i + 1 < count && items[i].key == items[i + 1].key;
        if (equal || next_is_equal)
            vec_item_fetch(&items[i], depth);
        equal = next_is_equal;
    }
}

/* A small bucket with keys. A step deeper, two of the lines with one key differ in theirs, so the
 * recursion ends within count levels. */
static void sort_small(struct vec_item *items, size_t count, uint32_t depth, uint32_t width,
                       struct bc_line *to)
{
    insert_by_key(items, count);
    fetch_equal(items, count, depth + width);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && items[end].key == items[i].key)
            end++;
        if (end - i == 1) {
            give(&to[i], &items[i]);
        } else if (end - i == 2) {
            sort_pair(items + i, depth, width, to + i);
        } else {
            uint32_t deeper = depth, next_width = width;
            i += go_deeper(items + i, end - i, &deeper, &next_width, to + i);
            if (i < end)
                sort_small(items + i, end - i, deeper, next_width, to + i);
        }
        i = end;
    }
}

/* Scatters a bucket into the other array by the highest bits in which its keys differ, and sorts or
 * puts aside the buckets that come of it. */
static void split(struct sort *sort, const struct bucket *bucket, uint64_t differences)
{
    unsigned bits = bucket->count >= WIDE ? WIDE_BITS : NARROW_BITS;
    unsigned top = vec_highest(differences) + 1;
    unsigned shift = top > bits ? top - bits : 0;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    const struct vec_item *from = sort->items[bucket->side] + bucket->at;
    struct vec_item *to = sort->items[!bucket->side] + bucket->at;
    size_t ends[1 << WIDE_BITS];

    memset(ends, 0, sizeof ends[0] << bits);
    for (size_t i = 0; i < bucket->count; i++)
        ends[(from[i].key >> shift) & mask]++;
    size_t sum = 0;
    for (size_t digit = 0; digit <= mask; digit++) {
        size_t count = ends[digit];
        ends[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < bucket->count; i++)
        to[ends[(from[i].key >> shift) & mask]++] = from[i];

    size_t start = 0;
    for (size_t digit = 0; digit <= mask; digit++) {
        size_t count = ends[digit] - start;
        struct bucket next = {bucket->at + start, count, bucket->depth, bucket->width,
                              !bucket->side};
        if (count == 1)
            give(&sort->lines[next.at], &to[start]);
        else if (count > SMALL)
            sort->stack[sort->waiting++] = next;
        else if (count)
            sort_small(to + start, count, next.depth, next.width, sort->lines + next.at);
        start = ends[digit];
    }
}

static void sort_bucket(struct sort *sort, struct bucket bucket)
{
    struct vec_item *items = sort->items[bucket.side];
    uint64_t differences = key_differences(items + bucket.at, bucket.count);
    if (!differences) {
        size_t given = go_deeper(items + bucket.at, bucket.count, &bucket.depth, &bucket.width,
                                 sort->lines + bucket.at);
        bucket.at += given;
        bucket.count -= given;
        if (!bucket.count)
            return;
        differences = key_differences(items + bucket.at, bucket.count);
    }
    if (bucket.count <= SMALL)
        sort_small(items + bucket.at, bucket.count, bucket.depth, bucket.width,
                   sort->lines + bucket.at);
    else
        split(sort, &bucket, differences);
}

static void sort_all(struct sort *sort, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bc_line *line = &sort->lines[i];
        sort->items[0][i] = (struct vec_item){0, line->data, line->size};
    }
    /* Keys of no bytes yet: they are equal, and lines of no bytes end within them. */
    sort->stack[sort->waiting++] = (struct bucket){0, count, 0, 0, 0};
    while (sort->waiting)
        sort_bucket(sort, sort->stack[--sort->waiting]);
}

static size_t drop_marked(struct bc_line *lines, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].data != duplicate)
            lines[kept++] = lines[i];
    }
    return kept;
}

enum bc_status VEC(sort_unique)(const struct bc_compute *compute, struct bc_line *lines,
                                size_t *count)
{
    if (vec_packs_slowly())
        return bc_scalar_sort_unique(compute, lines, count);
    if (*count < 2)
        return BC_OK;
    struct sort sort = {
        .lines = lines,
        .items = {bc_alloc_array(*count, sizeof(struct vec_item)),
                  bc_alloc_array(*count, sizeof(struct vec_item))},
        /* Waiting buckets are disjoint and each is larger than SMALL. */
        .stack = bc_alloc_array(*count / SMALL + 1, sizeof(struct bucket)),
    };
    bool enough = sort.items[0] && sort.items[1] && sort.stack;
    if (enough) {
        bc_prefer_huge_pages(sort.items[0], *count * sizeof(struct vec_item));
        bc_prefer_huge_pages(sort.items[1], *count * sizeof(struct vec_item));
        sort_all(&sort, *count);
        *count = drop_marked(lines, *count);
    }
    bc_free(sort.items[0]);
    bc_free(sort.items[1]);
    bc_free(sort.stack);
    return enough ? BC_OK : BC_NO_MEMORY;
}
#else
enum { VEC(sort_is_the_scalar_one) }; /* a source is not to be empty */
#endif
