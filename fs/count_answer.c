#include "fs/count_answer.h"

#include "fs/line.h"

#include <inttypes.h>
#include <string.h>

enum { SUM, LEAST, MOST, AVERAGE, FIGURES };

/* Empty texts where nothing was added. */
static void format_sums(const struct bc_sums *sums, char text[FIGURES][BC_NUMBER_TEXT])
{
    memset(text, 0, (size_t)FIGURES * BC_NUMBER_TEXT);
    if (sums->numbers == 0)
        return;
    struct bc_number sum = bc_sums_total(sums);
    struct bc_number average = bc_sums_average(sums);
    bc_number_format(&sum, text[SUM]);
    bc_number_format(&sums->least, text[LEAST]);
    bc_number_format(&sums->most, text[MOST]);
    bc_number_format(&average, text[AVERAGE]);
}

static enum bc_status put_numbers(const struct bc_aggregate *counts, struct bc_buffer *to)
{
    char text[FIGURES][BC_NUMBER_TEXT];
    format_sums(&counts->sums, text);
    enum bc_status st = bc_buffer_printf(to, "numbers %" PRIu64 "\nnot_numbers %" PRIu64 "\n",
                                         counts->sums.numbers, counts->not_numbers);
    if (!st && counts->sums.numbers > 0)
        st = bc_buffer_printf(to, "sum %s\nmin %s\nmax %s\naverage %s\n", text[SUM], text[LEAST],
                              text[MOST], text[AVERAGE]);
    if (!st && counts->sums.inexact)
        st = bc_buffer_printf(to, "inexact yes\n");
    return st;
}

static enum bc_status put_path(struct bc_slice path, struct bc_buffer *to)
{
    char *name = bc_copy_string(path.data, path.size);
    enum bc_status st = name ? tfs_path_append(to, name) : BC_NO_MEMORY;
    bc_free(name);
    return st;
}

static enum bc_status put_group(const struct tfs_query *query, const struct bc_group *group,
                                struct bc_buffer *to)
{
    char text[FIGURES][BC_NUMBER_TEXT];
    enum bc_status st = bc_buffer_printf(to, "%" PRIu64 "\t", group->count);
    if (!st && query->numbers) {
        format_sums(group->sums, text);
        st = bc_buffer_printf(to, "%s\t%s\t%s\t%s\t", text[SUM], text[LEAST], text[MOST],
                              text[AVERAGE]);
    }
    if (!st)
        st = query->by == BC_GROUP_FILE ? put_path(group->key, to)
                                        : bc_buffer_append(to, group->key.data, group->key.size);
    return st ? st : bc_buffer_append(to, "\n", 1);
}

enum bc_status tfs_count_answer(const struct tfs_query *query, const struct bc_aggregate *counts,
                                struct bc_buffer *to)
{
    enum bc_status st = bc_buffer_printf(to, "count %" PRIu64 "\n", counts->count);
    if (!st && query->numbers)
        st = put_numbers(counts, to);
    if (st || query->by == BC_GROUP_NONE)
        return st;
    st = bc_buffer_printf(to, "grouped %" PRIu64 "\ngroups %" PRIu64 "\nshown %zu\n\n",
                          counts->grouped, counts->group_count, counts->shown);
    for (size_t i = 0; i < counts->shown && !st; i++)
        st = put_group(query, &counts->groups[i], to);
    return st;
}
