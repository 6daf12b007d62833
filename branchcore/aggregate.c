/* Each unit of the search counts in a table of its own; the tables are added up in the order of
 * units, so that sums are the same however many threads there are. */
#include "branchcore/aggregate.h"

#include "branchcore/group_table.h"
#include "branchcore/match_units.h"
#include "branchcore/term_text.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define RDF             "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDF_TYPE        "<" RDF "type>"
#define XSD_STRING      "<" BC_XSD_STRING ">"
#define LANG_STRING     "<" BC_LANG_STRING ">"
#define DIR_LANG_STRING "<" BC_DIR_LANG_STRING ">"

static const struct {
    const char *name;
    enum bc_group_by by;
} names[] = {
    {"none", BC_GROUP_NONE},
    {"subject", BC_GROUP_SUBJECT},
    {"predicate", BC_GROUP_PREDICATE},
    {"object", BC_GROUP_OBJECT},
    {"class", BC_GROUP_CLASS},
    {"graph", BC_GROUP_GRAPH},
    {"file", BC_GROUP_FILE},
    {"language", BC_GROUP_LANGUAGE},
    {"datatype", BC_GROUP_DATATYPE},
    {"subjects", BC_GROUP_SUBJECT},
    {"predicates", BC_GROUP_PREDICATE},
    {"property", BC_GROUP_PREDICATE},
    {"properties", BC_GROUP_PREDICATE},
    {"objects", BC_GROUP_OBJECT},
    {"classes", BC_GROUP_CLASS},
    {"type", BC_GROUP_CLASS},
    {"types", BC_GROUP_CLASS},
    {"graphs", BC_GROUP_GRAPH},
    {"files", BC_GROUP_FILE},
    {"path", BC_GROUP_FILE},
    {"lang", BC_GROUP_LANGUAGE},
    {"languages", BC_GROUP_LANGUAGE},
    {"datatypes", BC_GROUP_DATATYPE},
};

const char *bc_group_by_name(enum bc_group_by by)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].by == by)
            return names[i].name;
    }
    return "unknown";
}

bool bc_group_by_of(struct bc_slice name, enum bc_group_by *by)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (bc_slice_equal(name, bc_slice(names[i].name, strlen(names[i].name)))) {
            *by = names[i].by;
            return true;
        }
    }
    return false;
}

/* A unit's part. */

struct counting {
    const struct bc_aggregate_options *options;
    const struct bc_compute *compute;
};

struct part {
    struct bc_group_table table;
    struct bc_sums sums;
    size_t last; /* the entry that was counted last: neighbours are often of one group */
};

static void drop_part(void *unit)
{
    struct part *part = unit;
    if (part)
        bc_group_table_release(&part->table);
    bc_free(part);
}

static bool is_term(struct bc_slice term, const char *text)
{
    return bc_slice_equal(term, bc_slice(text, strlen(text)));
}

/* The group that a literal's end names, for a language the tag without a direction. False: there is
 * none. */
static bool key_of_literal(struct bc_slice object, enum bc_group_by by, struct bc_slice *key)
{
    if (object.size < 2 || object.data[0] != '"')
        return false;
    const char *end = object.data + object.size;
    const char *behind = (const char *)memrchr(object.data, '"', object.size) + 1;
    bool tagged = behind < end && *behind == '@';
    const char *direction = memmem(behind, (size_t)(end - behind), "--", 2);
    if (by == BC_GROUP_LANGUAGE) {
        if (tagged)
            *key = bc_slice(behind + 1, (size_t)((direction ? direction : end) - behind - 1));
        return tagged;
    }
    if (behind == end)
        *key = bc_slice(XSD_STRING, sizeof XSD_STRING - 1);
    else if (tagged && direction)
        *key = bc_slice(DIR_LANG_STRING, sizeof DIR_LANG_STRING - 1);
    else if (tagged)
        *key = bc_slice(LANG_STRING, sizeof LANG_STRING - 1);
    else
        *key = bc_slice(behind + 2, (size_t)(end - behind - 2));
    return true;
}

/* The term that is the key as a whole. False: the key is a part of a literal, or there is none. */
static bool term_of(enum bc_group_by by, enum bc_term *term)
{
    switch (by) {
    case BC_GROUP_SUBJECT:
        *term = BC_SUBJECT;
        return true;
    case BC_GROUP_PREDICATE:
        *term = BC_PREDICATE;
        return true;
    case BC_GROUP_OBJECT:
    case BC_GROUP_CLASS:
        *term = BC_OBJECT;
        return true;
    case BC_GROUP_GRAPH:
        *term = BC_GRAPH;
        return true;
    case BC_GROUP_LANGUAGE:
    case BC_GROUP_DATATYPE:
    case BC_GROUP_NONE:
    case BC_GROUP_FILE:
        return false;
    }
    return false;
}

/* False: the statement is in no group. */
static bool key_of(const char *text, const struct bc_spans *spans, enum bc_group_by by,
                   struct bc_slice *key)
{
    enum bc_term term;
    if (!term_of(by, &term))
        return (by == BC_GROUP_LANGUAGE || by == BC_GROUP_DATATYPE) &&
               key_of_literal(bc_spans_term(text, spans, BC_OBJECT), by, key);
    *key = bc_spans_term(text, spans, term);
    return by != BC_GROUP_CLASS || is_term(bc_spans_term(text, spans, BC_PREDICATE), RDF_TYPE);
}

/* What the engine hashes a column at a time; false: the keys are not whole terms. */
static bool column_of(enum bc_group_by by, enum bc_hash_of *of)
{
    static const enum bc_hash_of columns[] = {[BC_SUBJECT] = BC_HASH_SUBJECT,
                                              [BC_PREDICATE] = BC_HASH_PREDICATE,
                                              [BC_OBJECT] = BC_HASH_OBJECT,
                                              [BC_GRAPH] = BC_HASH_GRAPH};
    enum bc_term term;
    if (!term_of(by, &term))
        return false;
    *of = columns[term];
    return true;
}

static enum bc_status find_entry(struct part *part, struct bc_slice key, uint64_t hash,
                                 size_t *entry)
{
    const struct bc_group_table *table = &part->table;
    *entry = part->last;
    if (part->last < table->count && table->entries[part->last].hash == hash &&
        bc_slice_equal(bc_group_table_key(table, part->last), key))
        return BC_OK;
    enum bc_status st = bc_group_table_get(&part->table, key, hash, entry);
    part->last = *entry;
    return st;
}

/* hash NULL: it is to be made. */
static enum bc_status count_statement(const struct counting *counting, struct part *part,
                                      const char *text, const struct bc_spans *spans,
                                      const uint64_t *hash)
{
    struct bc_slice key;
    struct bc_number number;
    size_t entry = 0;
    bool grouped = key_of(text, spans, counting->options->by, &key);
    bool is_number = counting->options->numbers &&
                     bc_number_read(bc_spans_term(text, spans, BC_OBJECT), &number);
    if (grouped) {
        enum bc_status st =
            find_entry(part, key, hash ? *hash : XXH3_64bits(key.data, key.size), &entry);
        if (st)
            return st;
        part->table.entries[entry].count++;
    }
    if (is_number)
        bc_sums_add(&part->sums, &number);
    if (is_number && grouped)
        bc_sums_add(&part->table.sums[entry], &number);
    return BC_OK;
}

static enum bc_status take(void *context, void **unit, const char *text,
                           const struct bc_spans *spans, size_t count)
{
    enum { AT_ONCE = 256 };
    const struct counting *counting = context;
    const struct bc_compute *compute = counting->compute;
    struct part *part = *unit ? *unit : bc_alloc_zero(sizeof *part);
    uint64_t hashes[AT_ONCE];
    enum bc_hash_of of = BC_HASH_SUBJECT;
    bool column = column_of(counting->options->by, &of);
    if (!part)
        return BC_NO_MEMORY;
    *unit = part;
    part->table.has_sums = counting->options->numbers;
    enum bc_status st = BC_OK;
    for (size_t from = 0; !st && from < count; from += AT_ONCE) {
        size_t here = count - from < AT_ONCE ? count - from : AT_ONCE;
        if (column)
            compute->hash(compute, text, spans + from, here, of, hashes);
        for (size_t i = 0; !st && i < here; i++)
            st =
                count_statement(counting, part, text, &spans[from + i], column ? &hashes[i] : NULL);
    }
    return st;
}

/* The whole. */

struct adding {
    const struct bc_aggregate_options *options;
    struct bc_group_table table;
    struct bc_sums sums;
    uint64_t count;
    uint64_t grouped;
    size_t memory_bytes;
};

static enum bc_status add_entry(struct adding *adding, struct bc_slice key, uint64_t hash,
                                uint64_t count, const struct bc_sums *sums)
{
    size_t entry;
    enum bc_status st = bc_group_table_get(&adding->table, key, hash, &entry);
    if (st)
        return st;
    adding->table.entries[entry].count += count;
    adding->grouped += count;
    if (sums)
        bc_sums_merge(&adding->table.sums[entry], sums);
    return bc_group_table_bytes(&adding->table) > adding->memory_bytes ? BC_TOO_LARGE : BC_OK;
}

static enum bc_status add_part(struct adding *adding, const struct bc_match_part *found,
                               const struct part *part)
{
    enum bc_status st = BC_OK;
    adding->count += found->count;
    if (part && adding->options->numbers)
        bc_sums_merge(&adding->sums, &part->sums);
    if (adding->options->by == BC_GROUP_FILE)
        return add_entry(adding, found->path, XXH3_64bits(found->path.data, found->path.size),
                         found->count, part && adding->options->numbers ? &part->sums : NULL);
    for (size_t i = 0; !st && part && i < part->table.count; i++) {
        const struct bc_group_entry *entry = &part->table.entries[i];
        st = add_entry(adding, bc_group_table_key(&part->table, i), entry->hash, entry->count,
                       adding->options->numbers ? &part->table.sums[i] : NULL);
    }
    return st;
}

static int compare_groups(const void *a, const void *b)
{
    const struct bc_group *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return bc_slice_compare(left->key, right->key);
}

/* Hands the table's keys and sums over. */
static enum bc_status finish(struct adding *adding, struct bc_aggregate *aggregate)
{
    struct bc_group_table *table = &adding->table;
    size_t count = table->count;
    uint64_t top = adding->options->top;
    *aggregate = (struct bc_aggregate){
        .count = adding->count,
        .grouped = adding->grouped,
        .group_count = count,
        .shown = top && top < count ? (size_t)top : count,
        .sums = adding->sums,
        .not_numbers = adding->options->numbers ? adding->count - adding->sums.numbers : 0,
    };
    aggregate->groups = bc_alloc_array(count ? count : 1, sizeof *aggregate->groups);
    if (!aggregate->groups)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        aggregate->groups[i] =
            (struct bc_group){bc_group_table_key(table, i), table->entries[i].count,
                              adding->options->numbers ? &table->sums[i] : NULL};
    qsort(aggregate->groups, count, sizeof *aggregate->groups, compare_groups);
    aggregate->keys = table->keys;
    aggregate->all_sums = table->sums;
    table->keys = (struct bc_buffer){0};
    table->sums = NULL;
    return BC_OK;
}

static enum bc_status add_all(struct bc_match *match, bool works, struct adding *adding,
                              struct bc_error *err)
{
    struct bc_match_part found;
    enum bc_status st = BC_OK;
    while (!st) {
        void *part = NULL;
        st = works ? bc_match_next_unit(match, &found, &part) : bc_match_next(match, &found);
        if (!st)
            st = add_part(adding, &found, part);
        drop_part(part);
    }
    if (st == BC_TOO_LARGE)
        return bc_fail(err, st,
                       "there are more groups by %s than fit in %zu MiB (%zu so far): ask for "
                       "fewer statements, for one folder after the other, or for another group",
                       bc_group_by_name(adding->options->by), adding->memory_bytes >> 20,
                       adding->table.count);
    return st == BC_NO_DATA ? BC_OK : bc_fail(err, st, "%s", bc_status_text(st));
}

enum bc_status bc_aggregate(const struct bc_match_source *source, const struct bc_pattern *pattern,
                            const struct bc_aggregate_options *options,
                            struct bc_aggregate *aggregate, struct bc_error *err)
{
    struct bc_repo *repo =
        source->text ? bc_file_text_repo(source->text) : bc_branch_repo(source->branch);
    struct bc_match_options matching = options->match;
    matching.count_only = true;
    if (!matching.compute)
        matching.compute = repo->compute;
    struct counting counting = {options, matching.compute};
    struct bc_match_work work = {&counting, take, drop_part};
    struct adding adding = {
        .options = options,
        .table = {.has_sums = options->numbers},
        .memory_bytes = options->memory_bytes ? options->memory_bytes : repo->memory_bytes,
    };
    /* Files and totals need no look at terms. */
    bool works = options->numbers || (options->by != BC_GROUP_NONE && options->by != BC_GROUP_FILE);
    struct bc_match *match = NULL;
    enum bc_status st =
        bc_match_new_work(source, pattern, &matching, works ? &work : NULL, &match, err);
    if (st)
        return st;
    struct bc_aggregate made = {0};
    st = add_all(match, works, &adding, err);
    if (!st)
        st = finish(&adding, &made);
    bc_match_figures(match, &made.figures);
    bc_match_free(match);
    bc_group_table_release(&adding.table);
    if (st)
        return st;
    *aggregate = made;
    return BC_OK;
}

void bc_aggregate_release(struct bc_aggregate *aggregate)
{
    bc_free(aggregate->groups);
    bc_free(aggregate->all_sums);
    bc_buffer_release(&aggregate->keys);
    *aggregate = (struct bc_aggregate){0};
}
