#include "branchcore/merging.h"

#include <inttypes.h>
#include <time.h>

static const char *const policy_names[] = {"auto", "union", "ours", "theirs", "strict"};
static const char *const outcome_names[] = {"nothing", "fast-forward", "merged", "conflicts"};

enum { POLICIES = sizeof policy_names / sizeof *policy_names };

const char *bc_merge_policy_name(enum bc_merge_policy policy)
{
    return (unsigned)policy < POLICIES ? policy_names[policy] : "unknown";
}

enum bc_status bc_merge_policy_parse(struct bc_slice text, enum bc_merge_policy *policy,
                                     struct bc_error *err)
{
    for (unsigned i = 0; i < POLICIES; i++) {
        if (bc_slice_equal(text, bc_slice(policy_names[i], strlen(policy_names[i])))) {
            *policy = (enum bc_merge_policy)i;
            return BC_OK;
        }
    }
    return bc_fail(err, BC_INVALID,
                   "there is no merge policy '%.*s': it is auto, union, ours, theirs or strict",
                   (int)(text.size < 100 ? text.size : 100), text.data);
}

int64_t bc_monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void bc_merge_report_release(struct bc_merge_report *report)
{
    bc_buffer_release(&report->lines);
    *report = (struct bc_merge_report){0};
}

enum bc_status bc_merging_begin_report(struct bc_merging *merging, struct bc_merge_report *report)
{
    bc_merge_report_release(report);
    bc_merge_last_close(merging->last);
    merging->last = bc_merge_last_new(merging->repo);
    if (!merging->last)
        return BC_NO_MEMORY;
    report->dry_run = merging->dry_run;
    report->has_base = merging->has_base;
    report->base = merging->base;
    if (merging->frozen.has_head)
        report->ours = merging->frozen.head;
    report->theirs = merging->theirs;
    const struct bc_compute *compute = merging->compute ? merging->compute : merging->repo->compute;
    report->engine = compute->name;
    report->instruction_set = compute->set;
    return BC_OK;
}

enum bc_status bc_merging_tell(struct bc_merging *merging, struct bc_merge_report *report,
                               struct bc_slice line)
{
    enum bc_status st = bc_merge_last_add(merging->last, line);
    return st ? st : bc_buffer_append(&report->lines, line.data, line.size);
}

static bool is_set(const struct bc_commit_id *id)
{
    static const struct bc_commit_id none;
    return !bc_commit_id_equal(id, &none);
}

static enum bc_status add_id(struct bc_buffer *to, const char *key, const struct bc_commit_id *id)
{
    char hex[BC_COMMIT_HEX + 1] = "-";
    if (is_set(id))
        bc_commit_id_format(id, hex);
    return bc_buffer_printf(to, "%s %s\n", key, hex);
}

enum bc_status bc_merge_report_format(const struct bc_merge_report *report,
                                      enum bc_merge_policy policy, struct bc_slice ref,
                                      struct bc_buffer *to)
{
    bool vector = strcmp(report->engine, report->instruction_set) != 0;
    enum bc_status st = bc_buffer_printf(
        to, "outcome %s%s\nmerged %.*s\npolicy %s\n", outcome_names[report->outcome],
        report->dry_run ? " (dry run)" : "", (int)ref.size, ref.data, bc_merge_policy_name(policy));
    if (!st)
        st = add_id(to, "base", &report->base);
    if (!st)
        st = add_id(to, "ours", &report->ours);
    if (!st)
        st = add_id(to, "theirs", &report->theirs);
    if (!st)
        st = add_id(to, "result", &report->result);
    return st ? st
              : bc_buffer_printf(to,
                                 "paths %" PRIu64 "\nadded %" PRIu64 "\nremoved %" PRIu64
                                 "\nconflicts %" PRIu64 "\nconflicting_paths %" PRIu64
                                 "\nengine %s%s%s%s\nmilliseconds %" PRIu64 ".%03" PRIu64 "\n",
                                 report->paths, report->added, report->removed, report->conflicts,
                                 report->conflicting_paths, report->engine, vector ? " (" : "",
                                 vector ? report->instruction_set : "", vector ? ")" : "",
                                 report->nanoseconds / 1000000, report->nanoseconds / 1000 % 1000);
}

enum bc_status bc_merging_end_report(struct bc_merging *merging, struct bc_merge_report *report)
{
    struct bc_buffer head = {0};
    report->nanoseconds = (uint64_t)(bc_monotonic_ns() - merging->started_ns);
    if (report->outcome == BC_MERGE_CONFLICTS && !report->dry_run)
        return BC_OK;
    enum bc_status st = bc_merge_report_format(report, merging->policy, merging->ref, &head);
    if (!st)
        st = bc_merge_last_set_head(merging->last, bc_buffer_slice(&head));
    if (!st)
        bc_merge_note(merging->seat, merging->last);
    bc_buffer_release(&head);
    return st;
}
