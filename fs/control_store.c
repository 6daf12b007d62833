/* `.store/`: the controls of the store. */
#include "fs/commands.h"
#include "fs/line.h"

#include <inttypes.h>
#include <string.h>

/* A line a branch, five fields with tabs between: its name, the id of its head ("-": it has no
 * commit), the name of what it was forked from ("-": nothing), its triples, its last change. */
struct branch_lines {
    struct tfs_mount *mount;
    struct bc_buffer *to;
};

static enum bc_status add_branch(void *context, const struct bc_branch_info *info)
{
    struct branch_lines *lines = context;
    struct bc_branch *branch;
    struct bc_branch_totals totals;
    struct bc_commit_id head;
    char hex[BC_COMMIT_HEX + 1];
    char time[TFS_TIME_SIZE];
    enum bc_status st =
        bc_branch_open(lines->mount->repo, bc_slice(info->name, strlen(info->name)), &branch);
    if (st == BC_NOT_FOUND)
        return BC_OK;
    if (st)
        return st;
    st = bc_branch_measure(branch, &totals);
    bc_branch_release(branch);
    if (st == BC_STALE)
        return BC_OK;
    if (st)
        return st;
    if (info->has_head) {
        memcpy(head.bytes, info->head, sizeof head.bytes);
        bc_commit_id_format(&head, hex);
    }
    tfs_time_format(info->changed_ns, time);
    return bc_buffer_printf(lines->to, "%s\t%s\t%s\t%" PRIu64 "\t%s\n", info->name,
                            info->has_head ? hex : "-",
                            info->forked_from[0] ? info->forked_from : "-", totals.triples, time);
}

static enum bc_status read_branches(struct tfs_mount *mount, struct tfs_branch *branch,
                                    struct bc_buffer *to)
{
    (void)branch;
    struct branch_lines lines = {mount, to};
    return bc_branch_each(mount->repo, add_branch, &lines);
}

static enum bc_status read_default(struct tfs_mount *mount, struct tfs_branch *branch,
                                   struct bc_buffer *to)
{
    (void)branch;
    struct bc_branch *current;
    char name[BC_BRANCH_NAME_MAX + 1];
    enum bc_status st = bc_default_branch(mount->repo, &current);
    if (st)
        return st;
    bc_branch_name(current, name);
    bc_branch_release(current);
    return bc_buffer_printf(to, "%s\n", name);
}

static enum bc_status write_default(struct tfs_mount *mount, struct tfs_branch *branch,
                                    struct bc_slice command, const struct tfs_caller *caller,
                                    struct bc_error *err)
{
    (void)branch;
    (void)caller;
    return bc_default_branch_set(mount->repo, command, err);
}

static enum bc_status add_line(void *context, const char *line)
{
    return bc_buffer_printf(context, "%s\n", line);
}

static enum bc_status read_reflog(struct tfs_mount *mount, struct tfs_branch *branch,
                                  struct bc_buffer *to)
{
    (void)branch;
    return bc_reflog_each(mount->repo, add_line, to);
}

static enum bc_status read_version(struct tfs_mount *mount, struct tfs_branch *branch,
                                   struct bc_buffer *to)
{
    (void)branch;
    const char *version = mount->options->version;
    return bc_buffer_printf(to, "triplefs %s\nformat %d\nlibfuse %s\n", version ? version : "-",
                            (int)BC_FORMAT_VERSION, fuse_pkgversion());
}

static enum bc_status read_progress(struct tfs_mount *mount, struct tfs_branch *branch,
                                    struct bc_buffer *to)
{
    (void)branch;
    return bc_progress_format(bc_repo_progress(mount->repo), to);
}

static enum bc_status pool_metrics(struct bc_pool *pool, struct bc_buffer *to)
{
    struct bc_pool_figures figures;
    bc_pool_figures(pool, &figures);
    return bc_buffer_printf(to,
                            "pool.width %u\npool.threads %u\npool.busy %u\npool.queued %" PRIu64
                            "\npool.pieces %" PRIu64 "\npool.pieces_by_callers %" PRIu64 "\n",
                            bc_pool_width(pool), figures.threads, figures.busy, figures.queued,
                            figures.pieces, figures.by_callers);
}

static enum bc_status read_metrics(struct tfs_mount *mount, struct tfs_branch *branch,
                                   struct bc_buffer *to)
{
    static const char *const names[TFS_COUNTERS] = {
        [TFS_COUNT_LOOKUPS] = "fs.lookups",
        [TFS_COUNT_OPENS] = "fs.opens",
        [TFS_COUNT_READS] = "fs.reads",
        [TFS_COUNT_READ_BYTES] = "fs.read_bytes",
        [TFS_COUNT_WRITES] = "fs.writes",
        [TFS_COUNT_WRITTEN_BYTES] = "fs.written_bytes",
        [TFS_COUNT_COMMITS] = "fs.commits",
        [TFS_COUNT_REFUSED_COMMITS] = "fs.refused_commits",
        [TFS_COUNT_INVALIDATIONS] = "fs.invalidations",
        [TFS_COUNT_STALE_OPENS] = "fs.stale_opens",
    };
    (void)branch;
    const struct bc_compute *compute = bc_repo_compute(mount->repo);
    enum bc_status st =
        bc_buffer_printf(to, "compute.engine %s\ncompute.set %s\n", compute->name, compute->set);
    if (!st)
        st = pool_metrics(bc_repo_pool(mount->repo), to);
    for (size_t i = 0; i < TFS_COUNTERS && !st; i++)
        st = bc_buffer_printf(to, "%s %" PRIu64 "\n", names[i],
                              (uint64_t)atomic_load(&mount->counters[i]));
    if (!st)
        st = bc_buffer_printf(to, "fs.inodes %zu\nfs.uptime_s %" PRId64 "\n",
                              tfs_inode_count(&mount->table),
                              (tfs_monotonic_ns() - mount->started_ns) / 1000000000);
    struct bc_store *store = bc_repo_store(mount->repo);
    return st ? st : store->ops->metrics(store, to);
}

const struct tfs_control tfs_store_folder = {".store", TFS_CONTROL_FOLDER, NULL, NULL};

const struct tfs_control tfs_store_controls[] = {
    {"branches", TFS_CONTROL_TEXT, read_branches, NULL},
    {"check", TFS_CONTROL_CHECK, NULL, NULL},
    {"config", TFS_CONTROL_TEXT, tfs_config_show, tfs_config_do},
    {"default", TFS_CONTROL_TEXT, read_default, write_default},
    {"discard", TFS_CONTROL_TEXT, tfs_discard_show, tfs_discard_do},
    {"error", TFS_CONTROL_TEXT, tfs_control_errors, NULL},
    {"events", TFS_CONTROL_EVENTS, NULL, NULL},
    {"gc", TFS_CONTROL_TEXT, tfs_gc_show, tfs_gc_do},
    {"metrics", TFS_CONTROL_TEXT, read_metrics, NULL},
    {"prefixes", TFS_CONTROL_TEXT, tfs_prefixes_show, tfs_prefixes_do},
    {"progress", TFS_CONTROL_TEXT, read_progress, NULL},
    {"reflog", TFS_CONTROL_TEXT, read_reflog, NULL},
    {"tags", TFS_CONTROL_TAGS, NULL, tfs_tag_do},
    {"version", TFS_CONTROL_TEXT, read_version, NULL},
    {NULL, TFS_CONTROL_TEXT, NULL, NULL},
};
