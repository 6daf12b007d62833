/* triplefs export */
#include "tools/branch_find.h"
#include "tools/command.h"
#include "tools/export_run.h"
#include "tools/import_plan.h"
#include "tools/size.h"
#include "tools/store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs export [-o FILE|DIR] STORE BRANCH [PATH...]\n\n"
    "Writes files of a branch of a store that is not mounted: triple files in their canonical "
    "form,\n"
    "other files as they are. Without -o the files at the PATHs go to standard output, one behind\n"
    "the other.\n\n"
    "  -o, --output FILE   the one file at PATH goes into FILE\n"
    "  -o, --output DIR    what is at the PATHs (files, folders, links), or without PATH the "
    "whole\n"
    "                      branch, goes into the directory DIR, with modes and times; DIR is\n"
    "                      created if it is not there. Of a whole branch it must be new or empty\n"
    "  -q, --quiet         do not print what was exported\n";

struct call {
    const char *store;
    const char *branch;
    char **paths;
    size_t path_count;
    const char *output;
    bool quiet;
};

static int parse_call(struct call *call, int argc, char **argv, bool *help_wanted)
{
    static const struct option names[] = {
        {"output", required_argument, NULL, 'o'},
        {"quiet", no_argument, NULL, 'q'},
        TFS_HELP_OPTION,
        {0},
    };
    for (int option; (option = tfs_next_option(argc, argv, ":o:qh", names)) != -1;) {
        if (option == '?')
            return TFS_USAGE;
        if (option == 'h') {
            *help_wanted = true;
            return TFS_DONE;
        }
        if (option == 'o')
            call->output = optarg;
        else
            call->quiet = true;
    }
    if (optind == argc)
        return tfs_say_usage("export", "no store given");
    if (optind + 1 == argc)
        return tfs_say_usage("export", "no branch given for store %s", argv[optind]);
    call->store = argv[optind];
    call->branch = argv[optind + 1];
    call->paths = argv + optind + 2;
    call->path_count = (size_t)(argc - optind - 2);
    if (!call->path_count && !call->output)
        return tfs_say_usage("export", "a whole branch needs a directory to go to: -o DIR");
    return TFS_DONE;
}

/* The node at a path that somebody typed. Tells what is wrong. */
static int find(const struct call *call, struct bc_branch *branch, const char *path,
                struct bc_attr *attr, char **clean)
{
    struct bc_error error = {0};
    enum bc_status status = tfs_branch_path(path, clean, &error);
    if (!status)
        status = bc_tree_find(branch, bc_slice(*clean, strlen(*clean)), attr);
    if (!status)
        return TFS_DONE;
    bc_free(*clean);
    *clean = NULL;
    tfs_say_error(status, &error, "cannot export '%s' of branch %s", path, call->branch);
    return TFS_FAILED;
}

static int tell(enum bc_status status, const struct bc_error *error)
{
    if (!status)
        return TFS_DONE;
    tfs_say("%s", error->text[0] ? error->text : bc_status_text(status));
    return TFS_FAILED;
}

static int export_to_stdout(const struct call *call, struct tfs_export *export)
{
    int result = TFS_DONE;
    for (size_t i = 0; !result && i < call->path_count; i++) {
        struct bc_attr attr;
        char *path;
        result = find(call, export->branch, call->paths[i], &attr, &path);
        if (result)
            break;
        struct bc_error error = {0};
        if (attr.kind == BC_FILE) {
            result = tell(tfs_export_stream(export, &attr, path, STDOUT_FILENO, &error), &error);
        } else {
            tfs_say("'%s' is a %s; give -o DIR to export it", path,
                    attr.kind == BC_DIRECTORY ? "folder" : "symbolic link");
            result = TFS_FAILED;
        }
        bc_free(path);
    }
    return result;
}

static int open_directory(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        tfs_say("cannot create %s: %s", path, strerror(errno));
        return -1;
    }
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        tfs_say("cannot export into %s: %s", path, strerror(errno));
    return directory;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int export_paths_into(const struct call *call, struct tfs_export *export, int directory)
{
    int result = TFS_DONE;
    for (size_t i = 0; !result && i < call->path_count; i++) {
        struct bc_attr attr;
        char *path;
        result = find(call, export->branch, call->paths[i], &attr, &path);
        if (result)
            break;
        struct bc_error error = {0};
        result =
            tell(tfs_export_node(export, &attr, directory, last_name(path), path, &error), &error);
        bc_free(path);
    }
    return result;
}

static bool is_empty(int directory)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    if (!list) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    int names = 0;
    while (names < 3 && readdir(list))
        names++;
    closedir(list);
    return names == 2; /* "." and ".." */
}

static int export_branch_into(const struct call *call, struct tfs_export *export, int directory)
{
    if (!is_empty(directory)) {
        tfs_say("%s is not empty; a whole branch goes into a new or an empty directory",
                call->output);
        return TFS_FAILED;
    }
    struct bc_error error = {0};
    return tell(tfs_export_entries(export, BC_ROOT_NODE, directory, "", &error), &error);
}

static int export_into_directory(const struct call *call, struct tfs_export *export)
{
    int directory = open_directory(call->output);
    if (directory < 0)
        return TFS_FAILED;
    int result = call->path_count ? export_paths_into(call, export, directory)
                                  : export_branch_into(call, export, directory);
    close(directory);
    return result;
}

/* The directory that a file's path names, opened, and the last name. */
static int open_parent(const char *path, const char **name)
{
    *name = last_name(path);
    if (*name == path)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *folder = bc_copy_string(path, (size_t)(*name - path));
    if (!folder) {
        errno = ENOMEM;
        return -1;
    }
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bc_free(folder);
    return directory;
}

/* A file of its own is replaced when the new one is whole; a device or a FIFO is written to. */
static int export_into_file(const struct call *call, struct tfs_export *export,
                            const struct bc_attr *attr)
{
    struct stat info;
    struct bc_error error = {0};
    if (stat(call->output, &info) == 0 && !S_ISREG(info.st_mode)) {
        int file = open(call->output, O_WRONLY | O_CLOEXEC);
        if (file < 0) {
            tfs_say("cannot open %s: %s", call->output, strerror(errno));
            return TFS_FAILED;
        }
        enum bc_status status = tfs_export_stream(export, attr, call->output, file, &error);
        close(file);
        return tell(status, &error);
    }
    const char *name;
    int directory = open_parent(call->output, &name);
    if (directory < 0) {
        tfs_say("cannot create %s: %s", call->output, strerror(errno));
        return TFS_FAILED;
    }
    int result = tell(tfs_export_node(export, attr, directory, name, call->output, &error), &error);
    close(directory);
    return result;
}

static bool names_directory(const char *path)
{
    struct stat info;
    size_t size = strlen(path);
    return (size && path[size - 1] == '/') || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
}

static int export_to_output(const struct call *call, struct tfs_export *export)
{
    if (call->path_count != 1 || names_directory(call->output))
        return export_into_directory(call, export);
    struct bc_attr attr;
    char *path;
    int result = find(call, export->branch, call->paths[0], &attr, &path);
    if (result)
        return result;
    bc_free(path);
    return attr.kind == BC_FILE ? export_into_file(call, export, &attr)
                                : export_into_directory(call, export);
}

static void report(const struct call *call, const struct tfs_export *export)
{
    char files[32], triples[32], bytes[16];
    tfs_count_format(export->files, files);
    tfs_count_format(export->triples, triples);
    tfs_size_format(export->bytes, bytes);
    fprintf(stderr, "exported %s file%s of branch %s into %s: %s triples, %s\n", files,
            export->files == 1 ? "" : "s", call->branch, call->output, triples, bytes);
}

static int export_branch(const struct call *call, struct bc_branch *branch)
{
    struct tfs_export export = {.branch = branch, .buffer = bc_alloc(TFS_EXPORT_PIECE)};
    if (!export.buffer) {
        tfs_say("cannot export: out of memory");
        return TFS_FAILED;
    }
    int result = call->output ? export_to_output(call, &export) : export_to_stdout(call, &export);
    bc_free(export.buffer);
    if (!result && call->output && !call->quiet)
        report(call, &export);
    return result;
}

static int export(const struct call *call)
{
    struct tfs_store store;
    struct bc_error error = {0};
    if (tfs_store_open(call->store,
                       &(struct tfs_store_options){.command = "triplefs export", .read_only = true},
                       &store, &error)) {
        tfs_say("%s", error.text);
        return TFS_FAILED;
    }
    struct bc_branch *branch;
    int result = TFS_FAILED;
    enum bc_status status = tfs_branch_find(store.repo, call->branch, &branch, &error);
    if (status) {
        tfs_say_error(status, &error, "cannot export branch %s", call->branch);
    } else {
        result = export_branch(call, branch);
        bc_branch_release(branch);
    }
    tfs_store_close(&store);
    return result;
}

static int run(int argc, char **argv)
{
    struct call call = {0};
    bool help_wanted = false;
    int result = parse_call(&call, argc, argv, &help_wanted);
    if (result)
        return result;
    return help_wanted ? tfs_help(&tfs_command_export) : export(&call);
}

const struct tfs_command tfs_command_export = {
    .name = "export",
    .summary = "write files of a branch of a store that is not mounted",
    .help = help,
    .run = run,
};
