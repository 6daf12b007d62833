/* `gc`: gives up what only the reflog keeps, and frees what nothing needs any more. */
#include "branchcore/gc.h"
#include "fs/commands.h"
#include "fs/line.h"

#include <inttypes.h>
#include <string.h>

static const char older_than[] = "older-than=";

enum bc_status tfs_gc_show(struct tfs_mount *mount, struct tfs_branch *branch, struct bc_buffer *to)
{
    (void)branch;
    return tfs_report_append(&mount->collected, to);
}

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S, WEEK_S = 7 * DAY_S };

static int64_t unit_s(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return MINUTE_S;
    case 'h':
        return HOUR_S;
    case 'd':
        return DAY_S;
    case 'w':
        return WEEK_S;
    default:
        return 0;
    }
}

/* A number and a unit. False: it is none, or reaches back before all times. */
static bool parse_age(struct bc_slice text, int64_t *age_ns)
{
    int64_t number = 0;
    size_t digits = text.size > 0 ? text.size - 1 : 0;
    for (size_t i = 0; i < digits; i++)
        if (text.data[i] < '0' || text.data[i] > '9' ||
            __builtin_mul_overflow(number, INT64_C(10), &number) ||
            __builtin_add_overflow(number, (int64_t)(text.data[i] - '0'), &number))
            return false;
    int64_t unit = digits > 0 ? unit_s(text.data[digits]) : 0;
    return unit > 0 && !__builtin_mul_overflow(number, unit * INT64_C(1000000000), age_ns);
}

/* The first moment of all stands for "keep all": 0 would keep nothing. */
static int64_t moment_before(int64_t age_ns)
{
    int64_t now_ns = tfs_now_ns();
    return age_ns < now_ns ? now_ns - age_ns : 1;
}

static enum bc_status parse(struct bc_slice command, struct bc_gc_options *options,
                            struct bc_error *err)
{
    int64_t age_ns;
    size_t key = strlen(older_than);
    if (bc_slice_equal(command, bc_slice("now", 3)))
        return BC_OK;
    if (bc_slice_equal(command, bc_slice("run", 3))) {
        options->keep_from_ns = moment_before(INT64_C(1000000000) * BC_GC_KEEP_DAYS * DAY_S);
        return BC_OK;
    }
    if (command.size < key || memcmp(command.data, older_than, key) != 0)
        return bc_fail(err, BC_INVALID,
                       "'%.*s': it is 'run', 'now', or 'older-than=AGE' such as 8w",
                       (int)(command.size < 100 ? command.size : 100), command.data);
    struct bc_slice age = bc_slice(command.data + key, command.size - key);
    if (!parse_age(age, &age_ns))
        return bc_fail(err, BC_INVALID,
                       "'%.*s' is no age: it is a number and s, m, h, d or w, such as 30d",
                       (int)(age.size < 100 ? age.size : 100), age.data);
    options->keep_from_ns = moment_before(age_ns);
    return BC_OK;
}

enum bc_status tfs_gc_do(struct tfs_mount *mount, struct tfs_branch *branch,
                         struct bc_slice command, const struct tfs_caller *caller,
                         struct bc_error *err)
{
    (void)branch;
    (void)caller;
    struct bc_gc_options options = {0};
    struct bc_gc_report report = {0};
    enum bc_status st = parse(command, &options, err);
    if (st)
        return st;
    if (atomic_exchange(&mount->collecting, true))
        return bc_fail(err, BC_BUSY, "a collection is under way");
    struct bc_progress_item *item = bc_progress_begin(bc_repo_progress(mount->repo), "gc");
    bc_progress_set(item, "collecting", 0, 0);
    st = bc_repo_gc(mount->repo, &options, &report, err);
    bc_progress_end(item);
    atomic_store(&mount->collecting, false);
    if (!st)
        tfs_report_set(&mount->collected,
                       "entries %" PRIu64 "\ncommits %" PRIu64 "\nlayers %" PRIu64 "\nruns %" PRIu64
                       "\ndisk_bytes_before %" PRIu64 "\ndisk_bytes_after %" PRIu64 "\n",
                       report.entries, report.freed.commits, report.freed.layers, report.freed.runs,
                       report.disk_bytes_before, report.disk_bytes_after);
    return st;
}
