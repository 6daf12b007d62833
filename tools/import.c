/* triplefs import */
#include "tools/branch_find.h"
#include "tools/command.h"
#include "tools/import_run.h"
#include "tools/mount_table.h"
#include "tools/size.h"
#include "tools/store_dir.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs import [OPTION...] STORE BRANCH FILE...\n\n"
    "Brings files into a branch of a store that is not mounted. Triple files are parsed and "
    "replace\n"
    "what the branch has under their names; other files are copied byte for byte. Each file comes "
    "in\n"
    "whole or not at all. Triple files may be compressed (gzip, bzip2, xz, zstd): people.nt.gz is "
    "read\n"
    "into people.nt. A tar, compressed or not, is unpacked: all that is in it goes to its path.\n\n"
    "  --append            add the triples of the files to those that are there\n"
    "  --as PATH           the path in the branch (of one FILE); '-' is standard input\n"
    "  -r, --recursive     import folders with all that is in them\n"
    "  --tar               each FILE is a tar, whatever its name; '-' is standard input\n"
    "  --create            make the branch, from the default branch, if there is none\n"
    "  --memory SIZE       what the process may use (default 512M)\n"
    "  --progress, --no-progress\n"
    "                      draw a progress bar, or none (default: if standard error is a "
    "terminal)\n"
    "  -q, --quiet         do not print what was imported\n";

struct call {
    const char *store;
    const char *branch;
    char **files;
    size_t file_count;
    const char *as;
    uint64_t memory_bytes;
    enum tfs_progress_when show;
    bool append;
    bool recursive;
    bool tar;
    bool create;
    bool quiet;
};

static int take_memory(struct call *call, const char *value)
{
    if (tfs_size_parse(value, &call->memory_bytes) || call->memory_bytes < TFS_MEMORY_LEAST)
        return tfs_say_usage("import",
                             "--memory %s: give a size of at least 64M, such as 512M or 2G", value);
    return TFS_DONE;
}

static int take_option(struct call *call, int option)
{
    switch (option) {
    case 'a':
        call->append = true;
        return TFS_DONE;
    case 'A':
        call->as = optarg;
        return TFS_DONE;
    case 'r':
        call->recursive = true;
        return TFS_DONE;
    case 't':
        call->tar = true;
        return TFS_DONE;
    case 'c':
        call->create = true;
        return TFS_DONE;
    case 'm':
        return take_memory(call, optarg);
    case 'p':
        call->show = TFS_PROGRESS_ALWAYS;
        return TFS_DONE;
    case 'P':
        call->show = TFS_PROGRESS_NEVER;
        return TFS_DONE;
    case 'q':
        call->quiet = true;
        return TFS_DONE;
    default:
        return TFS_USAGE;
    }
}

static int take_names(struct call *call, int argc, char **argv)
{
    if (optind == argc)
        return tfs_say_usage("import", "no store given");
    if (optind + 1 == argc)
        return tfs_say_usage("import", "no branch given for store %s", argv[optind]);
    if (optind + 2 == argc)
        return tfs_say_usage("import", "no file given");
    call->store = argv[optind];
    call->branch = argv[optind + 1];
    call->files = argv + optind + 2;
    call->file_count = (size_t)(argc - optind - 2);
    if (call->as && call->file_count > 1)
        return tfs_say_usage("import", "--as is for one file, and %zu are given", call->file_count);
    for (size_t i = 0; !call->as && !call->tar && i < call->file_count; i++)
        if (strcmp(call->files[i], "-") == 0)
            return tfs_say_usage("import",
                                 "standard input has no name; give it one with --as, or --tar");
    return TFS_DONE;
}

static int parse_call(struct call *call, int argc, char **argv, bool *help_wanted)
{
    static const struct option names[] = {
        {"append", no_argument, NULL, 'a'},
        {"as", required_argument, NULL, 'A'},
        {"recursive", no_argument, NULL, 'r'},
        {"tar", no_argument, NULL, 't'},
        {"create", no_argument, NULL, 'c'},
        {"memory", required_argument, NULL, 'm'},
        {"progress", no_argument, NULL, 'p'},
        {"no-progress", no_argument, NULL, 'P'},
        {"quiet", no_argument, NULL, 'q'},
        TFS_HELP_OPTION,
        {0},
    };
    int result = TFS_DONE;
    for (int option; !result && (option = tfs_next_option(argc, argv, ":rqh", names)) != -1;) {
        if (option == 'h') {
            *help_wanted = true;
            return TFS_DONE;
        }
        result = take_option(call, option);
    }
    return result ? result : take_names(call, argc, argv);
}

static int make_plan(const struct call *call, struct tfs_import_plan *plan)
{
    if (call->as) {
        char *clean;
        struct bc_error error = {0};
        enum bc_status status = tfs_branch_path(call->as, &clean, &error);
        if (status)
            return tfs_say_usage("import", "--as %s: %s", call->as,
                                 error.text[0] ? error.text : bc_status_text(status));
        bc_free(clean);
    }
    const struct tfs_import_how how = {
        .target = call->as, .recursive = call->recursive, .tar = call->tar};
    enum bc_status status = BC_OK;
    for (size_t i = 0; !status && i < call->file_count; i++)
        status = tfs_import_plan_add(plan, call->files[i], &how);
    if (!status)
        status = tfs_import_plan_settle(plan);
    if (!status)
        return TFS_DONE;
    tfs_say_error(status, NULL, "cannot import");
    return TFS_FAILED;
}

static void report(const struct call *call, const struct tfs_import *import, double seconds)
{
    char files[32], triples[32], bytes[16], rate[32];
    tfs_count_format(import->files, files);
    tfs_count_format(import->triples, triples);
    tfs_size_format(import->bytes, bytes);
    tfs_count_format((uint64_t)((double)import->triples / (seconds > 0.001 ? seconds : 0.001)),
                     rate);
    printf("imported %s file%s into branch %s: %s%s triples, %s read, %.2f s, %s triples/s\n",
           files, import->files == 1 ? "" : "s", call->branch, import->append ? "+" : "", triples,
           bytes, seconds, rate);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int import_into(const struct call *call, const struct tfs_store *store,
                       struct bc_branch *branch, const struct tfs_import_plan *plan,
                       struct tfs_task *task)
{
    char spool[PATH_MAX];
    tfs_store_spool(store, spool);
    struct tfs_import import = {
        .branch = branch, .plan = plan, .spool = spool, .append = call->append};
    task->work = tfs_import_work;
    task->interrupted = tfs_import_interrupted;
    task->context = &import;
    task->progress = bc_repo_progress(store->repo);
    task->show = call->show;
    double start = now();
    int result = tfs_task_run(task);
    if (!call->quiet && import.files > 0)
        report(call, &import, now() - start);
    return plan->failed ? TFS_FAILED : result;
}

static enum bc_status fork_default(struct bc_repo *repo, struct bc_slice name,
                                   struct bc_branch **branch, struct bc_error *err)
{
    struct bc_branch *source;
    enum bc_status status = bc_default_branch(repo, &source);
    if (status)
        return status;
    struct bc_owner owner = {geteuid(), getegid()};
    status = bc_branch_fork(source, name, &owner, branch, err);
    bc_branch_release(source);
    return status;
}

static int import_open(const struct call *call, const struct tfs_store *store,
                       const struct tfs_import_plan *plan, struct tfs_task *task)
{
    struct bc_error error = {0};
    struct bc_branch *branch;
    enum bc_status status = tfs_branch_find(store->repo, call->branch, &branch, &error);
    if (status == BC_NOT_FOUND && call->create) {
        error = (struct bc_error){0};
        status = fork_default(store->repo, bc_slice(call->branch, strlen(call->branch)), &branch,
                              &error);
    } else if (status == BC_NOT_FOUND) {
        tfs_say("%s; --create makes it, from the default branch", error.text);
        return TFS_FAILED;
    }
    if (status) {
        tfs_say_error(status, &error, "cannot import into branch %s", call->branch);
        return TFS_FAILED;
    }
    int result = import_into(call, store, branch, plan, task);
    bc_branch_release(branch);
    return result;
}

/* A store that is mounted takes files too, by another way. */
static int refuse(const struct call *call, const struct bc_error *error)
{
    char store[PATH_MAX];
    struct tfs_mounted mounted;
    if (tfs_store_find(call->store, store, NULL) == BC_OK && tfs_store_mounted(store, &mounted))
        tfs_say("%s; or copy into the mounted branch: cp FILE %s/%s/", error->text, mounted.point,
                call->branch);
    else
        tfs_say("%s", error->text);
    return TFS_FAILED;
}

static int import(const struct call *call)
{
    struct tfs_import_plan plan = {0};
    struct tfs_task task = {0};
    int result = make_plan(call, &plan);
    if (!result && plan.count == 0)
        result = TFS_FAILED; /* what was left out has been told */
    struct tfs_store store;
    struct bc_error error = {0};
    if (!result && tfs_store_open(call->store,
                                  &(struct tfs_store_options){.command = "triplefs import",
                                                              .memory_bytes = call->memory_bytes},
                                  &store, &error)) {
        result = refuse(call, &error);
    } else if (!result) {
        result = import_open(call, &store, &plan, &task);
        tfs_store_close(&store);
    }
    tfs_import_plan_release(&plan);
    tfs_task_end(&task);
    return result;
}

static int run(int argc, char **argv)
{
    struct call call = {0};
    bool help_wanted = false;
    int result = parse_call(&call, argc, argv, &help_wanted);
    if (result)
        return result;
    return help_wanted ? tfs_help(&tfs_command_import) : import(&call);
}

const struct tfs_command tfs_command_import = {
    .name = "import",
    .summary = "bring files into a branch of a store that is not mounted",
    .help = help,
    .run = run,
};
