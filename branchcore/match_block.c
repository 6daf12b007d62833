#include "branchcore/match_block.h"

#include "branchcore/pattern_match.h"
#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

#include <string.h>

enum {
    SPLIT_ROOM = 1024,     /* statements that are split, and asked, at a time */
    NEEDLES_MAX = 8,       /* with more, looking for each costs more than splitting everything */
    NEEDLE_MOST = 48,      /* the end of a longer term says enough */
    NEEDLE_LEAST = 2,      /* bytes; shorter ones are everywhere */
    PROBE_BYTES = 8192,    /* so much is looked at before FIND may give way to SPLIT */
    STRETCH_BYTES = 65536, /* and so much is split before FIND may try again */
    MASKS = 3              /* of the result, of a clause, of a test */
};

/* Bytes that every line has which one of the including clauses matches. */
struct needle {
    struct bc_slice bytes;
    struct bc_buffer own;
};

struct bc_matcher {
    const struct bc_pattern *pattern;
    const struct bc_compute *compute;
    bool finds;
    bool stays; /* with FIND, whatever it costs */
    struct needle needles[NEEDLES_MAX];
    size_t needle_count;
    struct bc_slice predicate; /* the one needle is the end of it, with a space on both sides, and
                                  nothing else is asked for; data NULL: otherwise */
};

/* Needles. */

/* How telling the bytes are that a test asks for; 0: none at all. What a graph has in thousands is
 * of little use, so objects come first, and predicates behind what is searched within terms. */
static unsigned worth(const struct bc_pattern_test *test)
{
    static const unsigned by_term[] = {60, 30, 70, 40};
    const struct bc_term_test *asked = &test->test;
    if (test->negated)
        return 0;
    switch (asked->kind) {
    case BC_TEST_EQUAL:
        return by_term[asked->term];
    case BC_TEST_CONTAINS:
        return asked->value.size < NEEDLE_LEAST ? 0 : 50;
    case BC_TEST_PREFIX:
        /* That of a triple term whose subject is not known says little. */
        if (test->triple && asked->value.size == sizeof BC_TRIPLE_TERM_OPEN - 1)
            return 5;
        return asked->value.size < 4 ? 0 : by_term[asked->term] / 2;
    case BC_TEST_DATATYPE:
        return 20;
    case BC_TEST_LANGUAGE:
        return asked->value.size ? 10 : 0;
    }
    return 0;
}

/* Puts the bytes around the value that the line has, too. */
static enum bc_status spell(const struct bc_term_test *test, struct bc_buffer *to)
{
    const char *before = test->term == BC_SUBJECT ? "" : " ";
    const char *behind = " ";
    struct bc_slice value = test->value;
    if (test->kind == BC_TEST_CONTAINS) {
        before = "";
        behind = "";
    } else if (test->kind == BC_TEST_PREFIX) {
        behind = "";
    } else if (test->kind == BC_TEST_LANGUAGE) {
        before = "\"@";
        behind = "";
        /* Between a language and its direction more of the tag may stand. */
        const char *direction = memmem(value.data, value.size, "--", 2);
        value.size = direction ? (size_t)(direction - value.data) : value.size;
    } else if (test->kind == BC_TEST_DATATYPE) {
        before = "\"^^";
    }
    enum bc_status st = bc_buffer_append(to, before, strlen(before));
    if (!st)
        st = bc_buffer_append(to, value.data, value.size);
    return st ? st : bc_buffer_append(to, behind, strlen(behind));
}

/* The most telling one of some tests and of those to the terms of triple terms, which have spaces
 * around them, too. */
static void find_best(const struct bc_pattern_test *tests, size_t count,
                      const struct bc_term_test **best, unsigned *most)
{
    for (size_t i = 0; i < count; i++) {
        const struct bc_pattern_test *test = &tests[i];
        unsigned value = worth(test);
        bool silent = test->test.kind == BC_TEST_DATATYPE &&
                      bc_is_silent_datatype(test->test.value.data, test->test.value.size);
        if (value > *most && !silent) {
            *most = value;
            *best = &test->test;
        }
        if (test->triple && !test->negated)
            find_best(test->triple->tests, test->triple->test_count, best, most);
    }
}

static const struct bc_term_test *best_test(const struct bc_pattern_clause *clause)
{
    const struct bc_term_test *best = NULL;
    unsigned most = 0;
    find_best(clause->tests, clause->test_count, &best, &most);
    return best;
}

static bool is_known(const struct bc_matcher *matcher, struct bc_slice bytes)
{
    for (size_t i = 0; i < matcher->needle_count; i++) {
        if (bc_slice_equal(matcher->needles[i].bytes, bytes))
            return true;
    }
    return false;
}

/* *found: every line that the clause matches has the matcher's needles. */
static enum bc_status add_needle(struct bc_matcher *matcher, const struct bc_pattern_clause *clause,
                                 bool *found)
{
    const struct bc_term_test *test = best_test(clause);
    struct bc_buffer own = {0};
    *found = test != NULL;
    if (!test)
        return BC_OK;
    enum bc_status st = spell(test, &own);
    size_t size = own.size < NEEDLE_MOST ? own.size : NEEDLE_MOST;
    struct bc_slice bytes = st ? bc_slice("", 0) : bc_slice(own.data + own.size - size, size);
    bool known = !st && is_known(matcher, bytes);
    *found = known || matcher->needle_count < NEEDLES_MAX;
    if (st || known || !*found) {
        bc_buffer_release(&own);
        return st;
    }
    matcher->needles[matcher->needle_count++] = (struct needle){bytes, own};
    return BC_OK;
}

/* The predicate that is all that the pattern asks for; data NULL: it asks otherwise. */
static struct bc_slice only_predicate(const struct bc_pattern *pattern)
{
    const struct bc_pattern_clause *clause = pattern->clauses;
    if (pattern->count != 1 || pattern->including != 1 || clause->test_count != 1 ||
        bc_pattern_asks_to_fit(clause))
        return bc_slice(NULL, 0);
    const struct bc_pattern_test *test = clause->tests;
    bool only =
        !test->negated && test->test.term == BC_PREDICATE && test->test.kind == BC_TEST_EQUAL;
    return only ? test->test.value : bc_slice(NULL, 0);
}

static enum bc_status find_needles(struct bc_matcher *matcher)
{
    bool found = matcher->pattern->including > 0;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && found && i < matcher->pattern->including; i++)
        st = add_needle(matcher, &matcher->pattern->clauses[i], &found);
    matcher->finds = found;
    if (found)
        matcher->predicate = only_predicate(matcher->pattern);
    return st;
}

enum bc_status bc_matcher_new(const struct bc_pattern *pattern, const struct bc_compute *compute,
                              enum bc_match_plan plan, struct bc_matcher **matcher)
{
    struct bc_matcher *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->pattern = pattern;
    made->compute = compute;
    made->stays = plan == BC_MATCH_FIND;
    enum bc_status st = plan == BC_MATCH_SPLIT ? BC_OK : find_needles(made);
    if (st) {
        bc_matcher_free(made);
        return st;
    }
    *matcher = made;
    return BC_OK;
}

void bc_matcher_free(struct bc_matcher *matcher)
{
    if (!matcher)
        return;
    for (size_t i = 0; i < matcher->needle_count; i++)
        bc_buffer_release(&matcher->needles[i].own);
    bc_free(matcher);
}

bool bc_matcher_is_all(const struct bc_matcher *matcher)
{
    const struct bc_pattern *pattern = matcher->pattern;
    if (pattern->count > pattern->including)
        return false;
    for (size_t i = 0; i < pattern->including; i++) {
        const struct bc_pattern_clause *clause = &pattern->clauses[i];
        if (!clause->test_count && !bc_pattern_asks_to_fit(clause))
            return true;
    }
    return !pattern->including;
}

/* Hits. */

void bc_match_hits_release(struct bc_match_hits *hits)
{
    bc_free(hits->spans);
    bc_free(hits->split);
    bc_free(hits->masks);
    *hits = (struct bc_match_hits){0};
}

static enum bc_status reserve_hits(struct bc_match_hits *hits, size_t more)
{
    if (hits->capacity - hits->count >= more)
        return BC_OK;
    size_t capacity = hits->capacity ? hits->capacity * 2 : SPLIT_ROOM;
    while (capacity - hits->count < more)
        capacity *= 2;
    struct bc_spans *spans = bc_realloc_array(hits->spans, capacity, sizeof *spans);
    if (!spans)
        return BC_NO_MEMORY;
    hits->spans = spans;
    hits->capacity = capacity;
    return BC_OK;
}

/* One block while it is looked at. */
struct looking {
    const struct bc_matcher *matcher;
    struct bc_slice text;
    uint64_t limit;
    struct bc_match_hits *hits;
    size_t at; /* the start of the first line that is still to be looked at */
};

static bool is_full(const struct looking *looking)
{
    return looking->limit && looking->hits->count >= looking->limit;
}

/* SPLIT. */

/* The statements of split that pass a test, in the last mask. */
static void ask(const struct looking *looking, const struct bc_pattern_test *test, size_t count)
{
    const struct bc_compute *compute = looking->matcher->compute;
    const struct bc_spans *split = looking->hits->split;
    uint64_t *mask = looking->hits->masks + 2 * BC_MASK_WORDS(SPLIT_ROOM);
    const char *text = looking->text.data;
    compute->match(compute, text, split, count, &test->test, mask);
    for (size_t word = 0; bc_pattern_asks_more(test) && word < BC_MASK_WORDS(count); word++) {
        for (uint64_t left = mask[word]; left; left &= left - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(left);
            struct bc_slice term = bc_spans_term(text, &split[i], test->test.term);
            if (!bc_pattern_has_more(test, term))
                mask[word] &= ~(left & -left);
        }
    }
}

static void set_all(uint64_t *mask, size_t count)
{
    size_t words = BC_MASK_WORDS(count);
    memset(mask, 0xFF, words * sizeof *mask);
    if (count % 64)
        mask[words - 1] = (UINT64_C(1) << (count % 64)) - 1;
}

/* The statements of split that a clause matches, in the second mask. */
static void ask_clause(const struct looking *looking, const struct bc_pattern_clause *clause,
                       size_t count)
{
    const struct bc_compute *compute = looking->matcher->compute;
    size_t words = BC_MASK_WORDS(count);
    uint64_t *mask = looking->hits->masks + BC_MASK_WORDS(SPLIT_ROOM);
    const uint64_t *asked = mask + BC_MASK_WORDS(SPLIT_ROOM);
    set_all(mask, count);
    for (size_t i = 0; i < clause->test_count; i++) {
        ask(looking, &clause->tests[i], count);
        compute->combine(compute, clause->tests[i].negated ? BC_MASK_AND_NOT : BC_MASK_AND, mask,
                         asked, words);
    }
    for (size_t word = 0; bc_pattern_asks_to_fit(clause) && word < words; word++) {
        for (uint64_t left = mask[word]; left; left &= left - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(left);
            if (!bc_pattern_clause_fits(clause, looking->text.data, &looking->hits->split[i]))
                mask[word] &= ~(left & -left);
        }
    }
}

/* The statements of split that match, in the first mask. */
static void ask_pattern(const struct looking *looking, size_t count)
{
    const struct bc_pattern *pattern = looking->matcher->pattern;
    const struct bc_compute *compute = looking->matcher->compute;
    size_t words = BC_MASK_WORDS(count);
    uint64_t *mask = looking->hits->masks;
    const uint64_t *of_clause = mask + BC_MASK_WORDS(SPLIT_ROOM);
    if (pattern->including)
        memset(mask, 0, words * sizeof *mask);
    else
        set_all(mask, count);
    for (size_t i = 0; i < pattern->count; i++) {
        ask_clause(looking, &pattern->clauses[i], count);
        compute->combine(compute, i < pattern->including ? BC_MASK_OR : BC_MASK_AND_NOT, mask,
                         of_clause, words);
    }
}

/* split counts from its own start, which is `from` in the block. */
static void take_hit(struct bc_match_hits *hits, const struct bc_spans *spans, uint32_t from)
{
    hits->spans[hits->count++] = (struct bc_spans){
        .start = spans->start + from,
        .predicate = spans->predicate + from,
        .object = spans->object + from,
        .graph = spans->graph ? spans->graph + from : 0,
        .end = spans->end + from,
    };
}

static enum bc_status take_hits(struct looking *looking, size_t count, uint32_t from)
{
    struct bc_match_hits *hits = looking->hits;
    enum bc_status st = reserve_hits(hits, count);
    for (size_t word = 0; !st && word < BC_MASK_WORDS(count); word++) {
        for (uint64_t left = hits->masks[word]; left && !is_full(looking); left &= left - 1)
            take_hit(hits, &hits->split[word * 64 + (size_t)__builtin_ctzll(left)], from);
    }
    return st;
}

static enum bc_status make_room(struct bc_match_hits *hits)
{
    if (!hits->split)
        hits->split = bc_alloc_array(SPLIT_ROOM, sizeof *hits->split);
    if (!hits->masks)
        hits->masks = bc_alloc_array(MASKS * BC_MASK_WORDS(SPLIT_ROOM), sizeof *hits->masks);
    return hits->split && hits->masks ? BC_OK : BC_NO_MEMORY;
}

/* Splits what follows; ends early where FIND may be worth another try: behind a stretch of which
 * most does not match. */
static enum bc_status split_lines(struct looking *looking)
{
    const struct bc_compute *compute = looking->matcher->compute;
    struct bc_match_hits *hits = looking->hits;
    struct bc_slice whole = looking->text;
    size_t lines = 0, before = hits->count, start = looking->at;
    enum bc_status st = make_room(hits);
    while (!st && looking->at < whole.size && !is_full(looking)) {
        if (looking->matcher->finds && looking->at - start > STRETCH_BYTES &&
            hits->count - before < lines / 2)
            break;
        size_t used;
        uint32_t from = (uint32_t)looking->at;
        looking->text = bc_slice(whole.data + looking->at, whole.size - looking->at);
        size_t count =
            compute->split(compute, looking->text, BC_NQUADS, hits->split, SPLIT_ROOM, &used);
        if (!count)
            st = BC_CORRUPT;
        if (!st) {
            ask_pattern(looking, count);
            st = take_hits(looking, count, from);
        }
        lines += count;
        looking->at += st ? 0 : used;
        hits->split_bytes += st ? 0 : used;
    }
    looking->text = whole;
    return st;
}

/* FIND. */

/* Where the graph begins behind an object that begins at `object`, before `stop`; NULL: there is
 * none. A line's last word but the dot is its graph, or its object, or the end of a literal or of a
 * triple term; where the object is a literal all but a graph have a '"' in them, mostly near the
 * end. */
static const char *find_graph(const char *object, const char *stop)
{
    enum { NEAR = 8 };
    const char *last = stop - 1;
    while (last > object && stop - last < NEAR && *last != '"' && *last != ' ')
        last--;
    if (*last == '"')
        return NULL;
    if (*last != ' ')
        last = memrchr(object, ' ', (size_t)(last - object));
    if (!last)
        return NULL;
    last++;
    if (stop - last == 3 && !memcmp(last, ")>>", 3))
        return NULL;
    return *object != '"' || !memchr(last, '"', (size_t)(stop - last)) ? last : NULL;
}

/* The spans of a line with its predicate and object known. */
static bool note_line(const char *text, size_t start, size_t end, const char *predicate,
                      const char *object, struct bc_spans *spans)
{
    const char *stop = text + end - 3; /* " .\n" */
    if (object >= stop || memcmp(stop, " .\n", 3) != 0)
        return false;
    const char *graph = find_graph(object, stop);
    *spans = (struct bc_spans){
        .start = (uint32_t)start,
        .predicate = (uint32_t)(predicate - text),
        .object = (uint32_t)(object - text),
        .graph = graph ? (uint32_t)(graph - text) : 0,
        .end = (uint32_t)end,
    };
    return true;
}

/* The terms of one line of canonical text. It was checked when it was written: here only as far as
 * is needed not to go wrong. */
static bool split_line(struct bc_slice text, size_t start, size_t end, struct bc_spans *spans)
{
    const char *line = text.data + start;
    const char *stop = text.data + end - 3;
    const char *predicate = end - start > 3 ? memchr(line, ' ', (size_t)(stop - line)) : NULL;
    const char *object =
        predicate ? memchr(predicate + 1, ' ', (size_t)(stop - predicate - 1)) : NULL;
    return object && note_line(text.data, start, end, predicate + 1, object + 1, spans);
}

/* Whether the predicate that alone is asked for stands right before `object`, as the line's. */
static bool is_predicate(const struct bc_matcher *matcher, const char *line, const char *object)
{
    struct bc_slice wanted = matcher->predicate;
    if ((size_t)(object - line) < wanted.size + 3)
        return false;
    const char *predicate = object - 1 - wanted.size;
    /* The needle's bytes are known to be there. */
    size_t known = matcher->needles[0].bytes.size - 1;
    return predicate[-1] == ' ' &&
           (known >= wanted.size || !memcmp(predicate, wanted.data, wanted.size - known)) &&
           !memchr(line, ' ', (size_t)(predicate - 1 - line));
}

/* Looks at the line that has a needle at `hit`, and goes behind it. */
static enum bc_status look_at_line(struct looking *looking, size_t hit)
{
    const struct bc_matcher *matcher = looking->matcher;
    struct bc_slice text = looking->text;
    const char *before =
        hit > looking->at ? memrchr(text.data + looking->at, '\n', hit - looking->at) : NULL;
    const char *newline = memchr(text.data + hit, '\n', text.size - hit);
    size_t start = before ? (size_t)(before + 1 - text.data) : looking->at;
    struct bc_spans spans;
    if (!newline)
        return BC_CORRUPT;
    looking->at = (size_t)(newline + 1 - text.data);
    looking->hits->split_bytes += looking->at - start;
    const char *object =
        matcher->predicate.data ? text.data + hit + matcher->needles[0].bytes.size : NULL;
    bool known = object && is_predicate(matcher, text.data + start, object);
    if (known ? !note_line(text.data, start, looking->at, object - 1 - matcher->predicate.size,
                           object, &spans)
              : !split_line(text, start, looking->at, &spans))
        return BC_CORRUPT;
    if (!known && !bc_pattern_matches(matcher->pattern, text.data, &spans))
        return BC_OK;
    enum bc_status st = reserve_hits(looking->hits, 1);
    if (!st)
        looking->hits->spans[looking->hits->count++] = spans;
    return st;
}

/* The first place of any needle from looking->at on; places[i] is needle i's next one, looked for
 * again once it has been passed. */
static size_t next_place(const struct looking *looking, size_t places[NEEDLES_MAX])
{
    const struct bc_matcher *matcher = looking->matcher;
    size_t first = looking->text.size;
    for (size_t i = 0; i < matcher->needle_count; i++) {
        if (places[i] < looking->at || places[i] == SIZE_MAX)
            places[i] = matcher->compute->find(matcher->compute, looking->text,
                                               matcher->needles[i].bytes, looking->at);
        if (places[i] < first)
            first = places[i];
    }
    return first;
}

/* Ends early where SPLIT is to go on. */
static enum bc_status find_lines(struct looking *looking)
{
    struct bc_match_hits *hits = looking->hits;
    size_t before = hits->split_bytes;
    size_t start = looking->at;
    size_t places[NEEDLES_MAX];
    enum bc_status st = BC_OK;
    for (size_t i = 0; i < NEEDLES_MAX; i++)
        places[i] = SIZE_MAX;
    while (!st && looking->at < looking->text.size && !is_full(looking)) {
        size_t seen = looking->at - start;
        if (!looking->matcher->stays && seen > PROBE_BYTES &&
            hits->split_bytes - before > seen / 4 * 3)
            return BC_OK;
        size_t place = next_place(looking, places);
        if (place == looking->text.size)
            looking->at = place;
        else
            st = look_at_line(looking, place);
    }
    return st;
}

enum bc_status bc_matcher_block(const struct bc_matcher *matcher, struct bc_slice text,
                                uint64_t limit, struct bc_match_hits *hits)
{
    struct looking looking = {.matcher = matcher, .text = text, .limit = limit, .hits = hits};
    enum bc_status st = BC_OK;
    hits->count = 0;
    while (!st && looking.at < text.size && !is_full(&looking)) {
        if (matcher->finds)
            st = find_lines(&looking);
        if (!st && looking.at < text.size && !is_full(&looking))
            st = split_lines(&looking);
    }
    return st;
}
