#include "tests/merge_model.h"

#include "tests/tree_world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t place(const struct merge_set *set, const char *line)
{
    size_t at = 0;
    while (at < set->count && strcmp(set->lines[at], line) < 0)
        at++;
    return at;
}

bool merge_set_has(const struct merge_set *set, const char *line)
{
    size_t at = place(set, line);
    return at < set->count && !strcmp(set->lines[at], line);
}

void merge_set_add(struct merge_set *set, const char *line)
{
    size_t at = place(set, line);
    if (merge_set_has(set, line))
        return;
    assert(set->count < MODEL_SET_MAX && strlen(line) < MODEL_LINE_MAX);
    memmove(set->lines[at + 1], set->lines[at], (set->count - at) * MODEL_LINE_MAX);
    memcpy(set->lines[at], line, strlen(line) + 1);
    set->count++;
}

void merge_set_remove(struct merge_set *set, const char *line)
{
    size_t at = place(set, line);
    if (!merge_set_has(set, line))
        return;
    memmove(set->lines[at], set->lines[at + 1], (set->count - at - 1) * MODEL_LINE_MAX);
    set->count--;
}

bool merge_set_equal(const struct merge_set *a, const struct merge_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->lines[i], b->lines[i]) != 0)
            return false;
    }
    return true;
}

char *merge_set_text(const struct merge_set *set)
{
    char *text = malloc(set->count * MODEL_LINE_MAX + 1);
    assert(text);
    char *to = text;
    for (size_t i = 0; i < set->count; i++)
        to = stpcpy(to, set->lines[i]);
    *to = '\0';
    return text;
}

void merge_set_parse(struct merge_set *set, const char *text)
{
    set->count = 0;
    while (*text) {
        char line[MODEL_LINE_MAX];
        size_t size = strcspn(text, "\n") + 1;
        assert(size < sizeof line);
        memcpy(line, text, size);
        line[size] = '\0';
        merge_set_add(set, line);
        text += size;
    }
}

void merge_random_line(uint64_t *random, unsigned subjects, char line[MODEL_LINE_MAX])
{
    unsigned graph = (unsigned)world_random(random, 4);
    char name[32] = "";
    if (graph > 1)
        (void)snprintf(name, sizeof name, " <http://e/g%u>", graph);
    (void)snprintf(line, MODEL_LINE_MAX, "<http://e/s%u> <http://e/p%u> \"%u\"%s .\n",
                   (unsigned)world_random(random, subjects), (unsigned)world_random(random, 3),
                   (unsigned)world_random(random, 4), name);
}

void merge_set_change(uint64_t *random, unsigned subjects, struct merge_set *set, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        char line[MODEL_LINE_MAX];
        merge_random_line(random, subjects, line);
        if (world_random(random, 2))
            merge_set_add(set, line);
        else if (set->count)
            merge_set_remove(set, set->lines[world_random(random, set->count)]);
    }
}

struct merge_graphs *merge_graphs_random(uint64_t *random, const struct merge_shape *shape)
{
    struct merge_graphs *graphs = calloc(1, sizeof *graphs);
    assert_non_null(graphs);
    char line[MODEL_LINE_MAX];
    for (size_t i = 0; i < shape->base; i++) {
        merge_random_line(random, shape->subjects, line);
        merge_set_add(&graphs->base, line);
    }
    graphs->ours = graphs->theirs = graphs->base;
    merge_set_change(random, shape->subjects, &graphs->ours, shape->ours);
    merge_set_change(random, shape->subjects, &graphs->theirs, shape->theirs);
    for (size_t i = 0; i < shape->both; i++) {
        merge_random_line(random, shape->subjects, line);
        merge_set_add(&graphs->ours, line);
        merge_set_add(&graphs->theirs, line);
    }
    return graphs;
}

void merge_slot_of(const char *line, char slot[MODEL_LINE_MAX])
{
    struct bc_statement statement;
    struct bc_slice slice = bc_slice(line, strlen(line));
    if (bc_statement_split(slice, &statement))
        abort();
    (void)snprintf(slot, MODEL_LINE_MAX, "%.*s %.*s%s%.*s", (int)statement.subject.size,
                   statement.subject.data, (int)statement.predicate.size, statement.predicate.data,
                   statement.graph.size ? " " : "", (int)statement.graph.size,
                   statement.graph.data);
}

void merge_slot_line(const char *line, char slot[MODEL_LINE_MAX])
{
    char plain[MODEL_LINE_MAX];
    merge_slot_of(line, plain);
    (void)snprintf(slot, MODEL_LINE_MAX, "%.*s\n", MODEL_LINE_MAX - 2, plain);
}

static void take_slot(const struct merge_set *from, const char *slot, struct merge_set *to)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        char other[MODEL_LINE_MAX];
        merge_slot_of(from->lines[i], other);
        if (!strcmp(slot, other))
            merge_set_add(to, from->lines[i]);
    }
}

static void minus(const struct merge_set *a, const struct merge_set *b, struct merge_set *to)
{
    to->count = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (!merge_set_has(b, a->lines[i]))
            merge_set_add(to, a->lines[i]);
    }
}

static void add_all(struct merge_set *to, const struct merge_set *from)
{
    for (size_t i = 0; i < from->count; i++)
        merge_set_add(to, from->lines[i]);
}

/* (ours and theirs) or (ours - base) or (theirs - base) */
static void by_formula(const struct merge_set *base, const struct merge_set *ours,
                       const struct merge_set *theirs, struct merge_set *to)
{
    static struct merge_set new;
    to->count = 0;
    for (size_t i = 0; i < ours->count; i++) {
        if (merge_set_has(theirs, ours->lines[i]))
            merge_set_add(to, ours->lines[i]);
    }
    minus(ours, base, &new);
    add_all(to, &new);
    minus(theirs, base, &new);
    add_all(to, &new);
}

static bool slot_conflicts(const struct merge_set *base, const struct merge_set *ours,
                           const struct merge_set *theirs, enum bc_merge_policy policy,
                           bool functional)
{
    static struct merge_set ours_added;
    static struct merge_set ours_removed;
    static struct merge_set theirs_added;
    static struct merge_set theirs_removed;
    static struct merge_set result;
    if (merge_set_equal(base, ours) || merge_set_equal(base, theirs) ||
        merge_set_equal(ours, theirs) || policy == BC_MERGE_UNION)
        return false;
    if (policy == BC_MERGE_STRICT)
        return true;
    minus(ours, base, &ours_added);
    minus(base, ours, &ours_removed);
    minus(theirs, base, &theirs_added);
    minus(base, theirs, &theirs_removed);
    if (!ours_removed.count && !theirs_removed.count) {
        by_formula(base, ours, theirs, &result);
        return functional && result.count > 1;
    }
    return ours_added.count || theirs_added.count;
}

void merge_model(const struct merge_set *base, const struct merge_set *ours,
                 const struct merge_set *theirs, enum bc_merge_policy policy,
                 const char *functional, struct merge_set *result, struct merge_set *conflicts)
{
    static struct merge_set slots;
    static struct merge_set sides[3];
    static struct merge_set merged;
    const struct merge_set *all[3] = {base, ours, theirs};
    char slot[MODEL_LINE_MAX];
    slots.count = result->count = conflicts->count = 0;
    for (size_t s = 0; s < 3; s++) {
        for (size_t i = 0; i < all[s]->count; i++) {
            merge_slot_of(all[s]->lines[i], slot);
            merge_set_add(&slots, slot);
        }
    }
    for (size_t i = 0; i < slots.count; i++) {
        for (size_t s = 0; s < 3; s++)
            take_slot(all[s], slots.lines[i], &sides[s]);
        bool has = functional && strstr(slots.lines[i], functional);
        if (!slot_conflicts(&sides[0], &sides[1], &sides[2], policy, has)) {
            by_formula(&sides[0], &sides[1], &sides[2], &merged);
            add_all(result, &merged);
            continue;
        }
        add_all(result, policy == BC_MERGE_THEIRS ? &sides[2] : &sides[1]);
        if (policy != BC_MERGE_OURS && policy != BC_MERGE_THEIRS) {
            (void)snprintf(slot, sizeof slot, "%.*s\n", MODEL_LINE_MAX - 2, slots.lines[i]);
            merge_set_add(conflicts, slot);
        }
    }
}
