/* String sorting for lines with long common prefixes.
 *
 * Each line carries a key: its 8 bytes at the current depth, big-endian, zeros behind its end. A
 * bucket whose keys differ is split by the highest 8 to 11 bits in which they do (MSD radix, out of
 * place, so without comparisons); a bucket whose keys are all equal goes deeper, over the whole
 * prefix that its lines share, and takes new keys there. So a line's bytes are touched about once,
 * and mostly while they are in the cache. Small buckets are sorted by insertion.
 *
 * Equal keys do not make lines equal if one of them ends within the key: "a" and "a\0" have the
 * same. Then the shorter is a prefix of the other, and lines that end within the key are given out
 * before the bucket goes deeper, one of each size; what is left over is a duplicate.
 *
 * Bounds: every split consumes bits of the key and every step deeper consumes a byte of every line,
 * so the work is linear in the bytes that tell the lines apart. Large buckets wait on an explicit
 * stack; a small one recurses at most once for each of its lines. */
#include "branchcore/huge_pages.h"
#include "branchcore/scalar.h"

#include <string.h>

enum {
    SMALL = 32,     /* a bucket up to this size is sorted by insertion */
    WIDE = 1 << 14, /* a bucket from this size on is split by WIDE_BITS */
    NARROW_BITS = 6,
    WIDE_BITS = 11,
    AHEAD = 12, /* items between a prefetch and its use */
    PROBES = 4, /* lines that tell whether all may share anything */
};

/* Marks a place in the sorted lines that nothing takes. */
static const char duplicate[1];

struct item {
    uint64_t key;
    const char *data;
    uint32_t size;
};

/* Items at `items`, sorted lines to lines[at] on; all share their first `depth` bytes, and their
 * keys are those at depth. */
struct bucket {
    size_t at;
    size_t count;
    uint32_t depth;
    uint32_t side; /* which of the two arrays holds the items */
};

struct sort {
    struct bc_line *lines;
    struct item *items[2];
    struct bucket *stack;
    size_t waiting;
};

static uint64_t key_at(const struct item *item, uint32_t depth)
{
    uint64_t word;
    uint32_t left = item->size - depth;
    if (left >= 8) {
        memcpy(&word, item->data + depth, 8);
        return __builtin_bswap64(word);
    }
    if (!left)
        return 0;
    if (item->size >= 8) {
        memcpy(&word, item->data + item->size - 8, 8);
        return __builtin_bswap64(word) << (64 - 8 * left);
    }
    word = 0;
    for (uint32_t i = 0; i < left; i++)
        word |= (uint64_t)(unsigned char)item->data[depth + i] << (56 - 8 * i);
    return word;
}

/* Bits in which the keys differ. */
static uint64_t key_differences(const struct item *items, size_t count)
{
    uint64_t first = items[0].key;
    uint64_t differences = 0;
    for (size_t i = 1; i < count; i++)
        differences |= items[i].key ^ first;
    return differences;
}

/* Takes keys at depth; returns the bits in which they differ. */
static uint64_t take_keys(struct item *items, size_t count, uint32_t depth)
{
    uint64_t first = key_at(&items[0], depth);
    uint64_t differences = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count)
            __builtin_prefetch(items[i + AHEAD].data + depth);
        items[i].key = key_at(&items[i], depth);
        differences |= items[i].key ^ first;
    }
    return differences;
}

static struct bc_slice item_from(const struct item *item, uint32_t depth)
{
    return bc_slice(item->data + depth, item->size - depth);
}

/* Bytes, not all perhaps, that all lines share from depth on. Where a few lines part within the
 * next key, that will tell the others apart as well: then none are looked at but these. */
static uint32_t shared_from(const struct item *items, size_t count, uint32_t depth)
{
    struct bc_slice shared = item_from(&items[0], depth);
    for (size_t i = 1; i <= PROBES; i++) {
        const struct item *probe = &items[i * (count - 1) / PROBES];
        if (bc_common_prefix(shared, item_from(probe, depth)) < 8)
            return 0;
    }
    for (size_t i = 1; i < count && shared.size; i++) {
        if (i + AHEAD < count)
            __builtin_prefetch(items[i + AHEAD].data + depth);
        shared.size = bc_common_prefix(shared, item_from(&items[i], depth));
    }
    return (uint32_t)shared.size;
}

static void give(struct bc_line *to, const struct item *item)
{
    to->data = item->data;
    to->size = item->size;
}

/* Of items with the same key, those that end within it: gives one of each size to `to`, in order,
 * and marks the places of their duplicates. The others move to the back of items; returns how many
 * went away. */
static size_t give_ended(struct item *items, size_t count, uint32_t depth, struct bc_line *to)
{
    const struct item *ended[9] = {0};
    struct item copies[9];
    size_t back = count;
    for (size_t i = count; i-- > 0;) {
        uint32_t left = items[i].size - depth;
        if (left > 8)
            items[--back] = items[i];
        else if (!ended[left]) {
            copies[left] = items[i];
            ended[left] = &copies[left];
        }
    }
    size_t given = 0;
    for (uint32_t left = 0; left <= 8; left++) {
        if (ended[left])
            give(&to[given++], ended[left]);
    }
    for (; given < back; given++)
        to[given].data = duplicate;
    return back;
}

/* Goes deeper with items whose keys are equal: gives out what ends, skips what the rest share,
 * takes keys. What is left is behind the first *given items. Returns the bits in which the new keys
 * differ, 0 if fewer than two items are left or these must go deeper again. */
static uint64_t go_deeper(struct item *items, size_t count, uint32_t *depth, struct bc_line *to,
                          size_t *given)
{
    *given = give_ended(items, count, *depth, to);
    if (*given == count)
        return 0;
    *depth += 8;
    *depth += shared_from(items + *given, count - *given, *depth);
    return take_keys(items + *given, count - *given, *depth);
}

static void insert_by_key(struct item *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct item item = items[i];
        size_t j = i;
        for (; j && items[j - 1].key > item.key; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

static void sort_small(struct item *items, size_t count, uint32_t depth, struct bc_line *to);

static void sort_pair(const struct item *items, uint32_t depth, struct bc_line *to)
{
    int order = bc_slice_compare(item_from(&items[0], depth), item_from(&items[1], depth));
    give(&to[0], &items[order > 0]);
    give(&to[1], &items[order <= 0]);
    if (!order)
        to[1].data = duplicate;
}

/* A small bucket whose keys are equal. After a step deeper two of its lines differ in their keys,
 * or it has lost those that end, so the recursion ends within count levels. */
static void sort_equal_keys(struct item *items, size_t count, uint32_t depth, struct bc_line *to)
{
    if (count == 2) {
        sort_pair(items, depth, to);
        return;
    }
    size_t given;
    (void)go_deeper(items, count, &depth, to, &given);
    if (given < count)
        sort_small(items + given, count - given, depth, to + given);
}

static void sort_small(struct item *items, size_t count, uint32_t depth, struct bc_line *to)
{
    insert_by_key(items, count);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && items[end].key == items[i].key)
            end++;
        if (end - i == 1)
            give(&to[i], &items[i]);
        else
            sort_equal_keys(items + i, end - i, depth, to + i);
        i = end;
    }
}

/* Scatters a bucket into the other array by the highest bits in which its keys differ, and sorts or
 * puts aside the buckets that come of it. */
static void split(struct sort *sort, const struct bucket *bucket, uint64_t differences)
{
    unsigned bits = bucket->count >= WIDE ? WIDE_BITS : NARROW_BITS;
    unsigned top = 64 - (unsigned)__builtin_clzll(differences);
    unsigned shift = top > bits ? top - bits : 0;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    const struct item *from = sort->items[bucket->side] + bucket->at;
    struct item *to = sort->items[!bucket->side] + bucket->at;
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
        if (count == 1)
            give(&sort->lines[bucket->at + start], &to[start]);
        else if (count > SMALL)
            sort->stack[sort->waiting++] =
                (struct bucket){bucket->at + start, count, bucket->depth, !bucket->side};
        else if (count)
            sort_small(to + start, count, bucket->depth, sort->lines + bucket->at + start);
        start = ends[digit];
    }
}

static void sort_bucket(struct sort *sort, struct bucket bucket)
{
    struct item *items = sort->items[bucket.side];
    uint64_t differences = key_differences(items + bucket.at, bucket.count);
    while (!differences) {
        size_t given;
        differences = go_deeper(items + bucket.at, bucket.count, &bucket.depth,
                                sort->lines + bucket.at, &given);
        bucket.at += given;
        bucket.count -= given;
        if (!bucket.count)
            return;
    }
    if (bucket.count <= SMALL)
        sort_small(items + bucket.at, bucket.count, bucket.depth, sort->lines + bucket.at);
    else
        split(sort, &bucket, differences);
}

static void sort_all(struct sort *sort, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bc_line *line = &sort->lines[i];
        sort->items[0][i] = (struct item){0, line->data, line->size};
    }
    uint32_t depth = shared_from(sort->items[0], count, 0);
    (void)take_keys(sort->items[0], count, depth);
    sort->stack[sort->waiting++] = (struct bucket){0, count, depth, 0};
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

enum bc_status bc_scalar_sort_unique(const struct bc_compute *compute, struct bc_line *lines,
                                     size_t *count)
{
    (void)compute;
    if (*count < 2)
        return BC_OK;
    struct sort sort = {
        .lines = lines,
        .items = {bc_alloc_array(*count, sizeof(struct item)),
                  bc_alloc_array(*count, sizeof(struct item))},
        /* Waiting buckets are disjoint and each is larger than SMALL. */
        .stack = bc_alloc_array(*count / SMALL + 1, sizeof(struct bucket)),
    };
    bool enough = sort.items[0] && sort.items[1] && sort.stack;
    if (enough) {
        bc_prefer_huge_pages(sort.items[0], *count * sizeof(struct item));
        bc_prefer_huge_pages(sort.items[1], *count * sizeof(struct item));
        sort_all(&sort, *count);
        *count = drop_marked(lines, *count);
    }
    bc_free(sort.items[0]);
    bc_free(sort.items[1]);
    bc_free(sort.stack);
    return enough ? BC_OK : BC_NO_MEMORY;
}
