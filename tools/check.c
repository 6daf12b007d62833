/* triplefs check */
#include "tools/command.h"
#include "tools/size.h"
#include "tools/store_dir.h"
#include "tools/task.h"

#include "branchcore/check.h"

#include <stdio.h>

static const char help[] =
    "usage: triplefs check [--progress|--no-progress] STORE\n\n"
    "Reads everything that a store holds and verifies it: the checksum of every block, the order,\n"
    "form and counts of every triple file and of every layer's changes, every folder, every\n"
    "reference, every merge that waits. Prints what it verified, or one line a problem; changes\n"
    "nothing. The store must not be mounted. Exit status: 0 all is well, 1 it is not, or the "
    "check\n"
    "could not be done.\n";

struct checking {
    struct bc_repo *repo;
    struct tfs_task *task;
    struct bc_check_counts counts;
};

static void tell_problem(void *context, const char *text)
{
    struct checking *checking = context;
    tfs_task_tell(checking->task, "triplefs: problem: %s\n", text);
}

static int work(struct tfs_task *task, void *context)
{
    struct checking *checking = context;
    tfs_task_commits(task, true); /* nothing is written: an interruption may end us anywhere */
    enum bc_status status = bc_check(checking->repo, &checking->counts, tell_problem, checking);
    if (status) {
        tfs_say_error(status, NULL, "the check could not be finished");
        return TFS_FAILED;
    }
    return checking->counts.problems ? TFS_FAILED : TFS_DONE;
}

static void print_count(const char *name, uint64_t count)
{
    char text[32];
    tfs_count_format(count, text);
    printf("  %-12s %15s\n", name, text);
}

static int report(const char *path, const struct bc_check_counts *counts)
{
    printf("verified in store %s:\n", path);
    print_count("branches", counts->branches);
    print_count("layers", counts->layers);
    print_count("nodes", counts->nodes);
    print_count("texts", counts->texts);
    print_count("lines", counts->lines);
    print_count("runs", counts->runs);
    print_count("blocks", counts->blocks);
    print_count("plain files", counts->plain_files);
    if (counts->problems)
        printf("%llu problem%s found\n", (unsigned long long)counts->problems,
               counts->problems == 1 ? "" : "s");
    else
        printf("no problem found\n");
    return fflush(stdout) == EOF ? TFS_FAILED : TFS_DONE;
}

static int check(const char *path, enum tfs_progress_when show)
{
    struct tfs_store store;
    struct bc_error error = {0};
    if (tfs_store_open(path,
                       &(struct tfs_store_options){.command = "triplefs check", .read_only = true},
                       &store, &error)) {
        tfs_say("%s", error.text);
        return TFS_FAILED;
    }
    struct checking checking = {.repo = store.repo};
    struct tfs_task task = {
        .work = work, .context = &checking, .progress = bc_repo_progress(store.repo), .show = show};
    checking.task = &task;
    int result = tfs_task_run(&task);
    if (report(store.path, &checking.counts) != TFS_DONE)
        result = TFS_FAILED;
    tfs_store_close(&store);
    tfs_task_end(&task);
    return result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {
        {"progress", no_argument, NULL, 'p'},
        {"no-progress", no_argument, NULL, 'P'},
        TFS_HELP_OPTION,
        {0},
    };
    enum tfs_progress_when show = TFS_PROGRESS_AUTO;
    for (int option; (option = tfs_next_option(argc, argv, ":h", names)) != -1;) {
        if (option == 'h')
            return tfs_help(&tfs_command_check);
        if (option == '?')
            return TFS_USAGE;
        show = option == 'p' ? TFS_PROGRESS_ALWAYS : TFS_PROGRESS_NEVER;
    }
    if (optind == argc)
        return tfs_say_usage("check", "no store given");
    if (argc - optind > 1)
        return tfs_say_usage("check", "one store at a time, not '%s' too", argv[optind + 1]);
    return check(argv[optind], show);
}

const struct tfs_command tfs_command_check = {
    .name = "check",
    .summary = "verify everything that a store holds",
    .help = help,
    .run = run,
};
