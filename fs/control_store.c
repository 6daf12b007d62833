/* `.store/`: the controls of the store. */
#include "fs/control.h"
#include "fs/line.h"
#include "fs/root.h"

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
    tfs_time_format(info->changed_ns, time);
    return bc_buffer_printf(lines->to, "%s\t-\t%s\t%" PRIu64 "\t%s\n", info->name,
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
    enum bc_status st = BC_OK;
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

/* The deletions of the reflog that have not been undone, the latest last. */
struct deletion {
    struct deletion *next;
    char *name;
    char *state;
    char *time;
};

static void deletion_free(struct deletion *deletion)
{
    bc_free(deletion->name);
    bc_free(deletion->state);
    bc_free(deletion->time);
    bc_free(deletion);
}

static bool ends_with_word(const char *line, const char *word)
{
    size_t size = strlen(line);
    size_t word_size = strlen(word);
    return size > word_size && line[size - word_size - 1] == ' ' &&
           strcmp(line + size - word_size, word) == 0;
}

/* "TIME delete NAME STATE" */
static enum bc_status add_deletion(struct deletion **list, const char *line)
{
    static const char action[] = " delete ";
    const char *name = strstr(line, action);
    const char *state = strrchr(line, ' ');
    if (!name || !state || state <= name + strlen(action))
        return BC_OK;
    struct deletion *deletion = bc_alloc_zero(sizeof *deletion);
    if (!deletion)
        return BC_NO_MEMORY;
    deletion->time = bc_copy_string(line, (size_t)(name - line));
    name += strlen(action);
    deletion->name = bc_copy_string(name, (size_t)(state - name));
    deletion->state = bc_copy_string(state + 1, strlen(state + 1));
    if (!deletion->time || !deletion->name || !deletion->state) {
        deletion_free(deletion);
        return BC_NO_MEMORY;
    }
    deletion->next = *list;
    *list = deletion;
    return BC_OK;
}

/* "TIME restore NAME STATE", where STATE may also be the name that was deleted. */
static void undo_deletion(struct deletion **list, const char *line)
{
    for (struct deletion **link = list; *link; link = &(*link)->next) {
        if (ends_with_word(line, (*link)->state) || ends_with_word(line, (*link)->name)) {
            struct deletion *undone = *link;
            *link = undone->next;
            deletion_free(undone);
            return;
        }
    }
}

static enum bc_status follow_deletions(void *context, const char *line)
{
    struct deletion **list = context;
    const char *action = strchr(line, ' ');
    if (action && strncmp(action, " delete ", 8) == 0)
        return add_deletion(list, line);
    if (action && strncmp(action, " restore ", 9) == 0)
        undo_deletion(list, line);
    return BC_OK;
}

/* A line a deleted branch, three fields with tabs between: name, state, when. */
static enum bc_status read_discard(struct tfs_mount *mount, struct tfs_branch *branch,
                                   struct bc_buffer *to)
{
    (void)branch;
    struct deletion *list = NULL;
    enum bc_status st = bc_reflog_each(mount->repo, follow_deletions, &list);
    while (list) {
        struct deletion *first = list;
        if (!st)
            st = bc_buffer_printf(to, "%s\t%s\t%s\n", first->name, first->state, first->time);
        list = first->next;
        deletion_free(first);
    }
    return st;
}

static enum bc_status restore(struct tfs_mount *mount, struct bc_slice what, struct bc_error *err)
{
    struct bc_slice same = {"", 0};
    enum bc_status st = bc_branch_restore(mount->repo, what, same, err);
    const char *space = memrchr(what.data, ' ', what.size);
    struct bc_slice name = what;
    if (st == BC_NOT_FOUND && space) {
        struct bc_slice state = bc_slice(what.data, (size_t)(space - what.data));
        name = bc_slice(space + 1, what.size - state.size - 1);
        st = bc_branch_restore(mount->repo, state, name, err);
    }
    if (!st)
        tfs_root_forget(mount, name);
    return st;
}

/* "NAME": delete it, whatever is lost. "restore NAME-or-STATE [NEW-NAME]": bring one back. A branch
 * whose name looks like the latter is meant by its name. */
static enum bc_status write_discard(struct tfs_mount *mount, struct tfs_branch *branch,
                                    struct bc_slice command, const struct tfs_caller *caller,
                                    struct bc_error *err)
{
    static const char verb[] = "restore ";
    (void)branch;
    (void)caller;
    enum bc_status st = tfs_branch_delete(mount, command, true, err);
    if (st == BC_NOT_FOUND && command.size > strlen(verb) &&
        memcmp(command.data, verb, strlen(verb)) == 0)
        return restore(mount, bc_slice(command.data + strlen(verb), command.size - strlen(verb)),
                       err);
    if (!st)
        tfs_root_forget(mount, command);
    return st;
}

const struct tfs_control tfs_store_folder = {".store", TFS_CONTROL_FOLDER, NULL, NULL};

const struct tfs_control tfs_store_controls[] = {
    {"branches", TFS_CONTROL_TEXT, read_branches, NULL},
    {"default", TFS_CONTROL_TEXT, read_default, write_default},
    {"discard", TFS_CONTROL_TEXT, read_discard, write_discard},
    {"error", TFS_CONTROL_TEXT, tfs_control_errors, NULL},
    {"events", TFS_CONTROL_EVENTS, NULL, NULL},
    {"metrics", TFS_CONTROL_TEXT, read_metrics, NULL},
    {"progress", TFS_CONTROL_TEXT, read_progress, NULL},
    {"reflog", TFS_CONTROL_TEXT, read_reflog, NULL},
    {"version", TFS_CONTROL_TEXT, read_version, NULL},
    {NULL, TFS_CONTROL_TEXT, NULL, NULL},
};
