/* triplefs export */
#include "tools/branch_find.h"
#include "tools/command.h"
#include "tools/export_nquads.h"
#include "tools/export_output.h"
#include "tools/export_run.h"
#include "tools/export_tar.h"
#include "tools/import_plan.h"
#include "tools/size.h"
#include "tools/store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs export [OPTION...] STORE BRANCH [PATH...]\n\n"
    "Writes files of a branch of a store that is not mounted, as they read there. Without -o the\n"
    "files at the PATHs go to standard output, one behind the other.\n\n"
    "  -o, --output FILE   the one file at PATH, or what --format says, goes into FILE, "
    "compressed\n"
    "                      if its name ends in .gz, .bz2, .xz or .zst; '-' is standard output\n"
    "  -o, --output DIR    what is at the PATHs (files, folders, links), or without PATH the "
    "whole\n"
    "                      branch, goes into the directory DIR, with modes and times; DIR is\n"
    "                      created if it is not there. Of a whole branch it must be new or empty\n"
    "  --format FORMAT     one stream of all that is at the PATHs, or without PATH in the branch:\n"
    "                      'tar' (the default for a FILE named so): files, folders and links;\n"
    "                      'dump': a tar with all triple files as canonical lines, which import\n"
    "                      takes back as they were, blank nodes' labels included;\n"
    "                      'nquads': all triple files, each as the graph <file:///PATH>\n"
    "  --keep-graphs       for nquads: statements that have a graph keep it\n"
    "  --compress KIND     gz, bz2, xz or zst, whatever FILE's name\n"
    "  -q, --quiet         do not print what was exported\n";

/* For the sorting of N-Quads; the rest goes to temporary files. */
enum { SORTING_BYTES = 128 << 20 };

enum format { FORMAT_NONE, FORMAT_TAR, FORMAT_DUMP, FORMAT_NQUADS };

struct call {
    const char *store;
    const char *branch;
    char **paths;
    size_t path_count;
    struct tfs_output output;
    enum format format;
    bool keep_graphs;
    bool quiet;
};

static int take_format(struct call *call, const char *value)
{
    static const char *const names[] = {
        [FORMAT_TAR] = "tar", [FORMAT_DUMP] = "dump", [FORMAT_NQUADS] = "nquads"};
    for (int i = FORMAT_TAR; i <= FORMAT_NQUADS; i++)
        if (strcmp(value, names[i]) == 0) {
            call->format = (enum format)i;
            return TFS_DONE;
        }
    return tfs_say_usage("export", "--format %s: it is tar, dump or nquads", value);
}

static int take_option(struct call *call, int option)
{
    switch (option) {
    case 'o':
        call->output.path = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return TFS_DONE;
    case 'f':
        return take_format(call, optarg);
    case 'k':
        call->keep_graphs = true;
        return TFS_DONE;
    case 'c':
        if (tfs_compression_of_word(optarg, &call->output.compression))
            return TFS_DONE;
        return tfs_say_usage("export", "--compress %s: it is gz, bz2, xz or zst", optarg);
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
        return tfs_say_usage("export", "no store given");
    if (optind + 1 == argc)
        return tfs_say_usage("export", "no branch given for store %s", argv[optind]);
    call->store = argv[optind];
    call->branch = argv[optind + 1];
    call->paths = argv + optind + 2;
    call->path_count = (size_t)(argc - optind - 2);
    if (call->keep_graphs && call->format != FORMAT_NQUADS)
        return tfs_say_usage("export", "--keep-graphs is for --format nquads");
    if (!call->path_count && !call->output.path && !call->format)
        return tfs_say_usage("export",
                             "a whole branch needs a directory to go to: -o DIR; or a --format");
    return TFS_DONE;
}

static int parse_call(struct call *call, int argc, char **argv, bool *help_wanted)
{
    static const struct option names[] = {
        {"output", required_argument, NULL, 'o'},
        {"format", required_argument, NULL, 'f'},
        {"keep-graphs", no_argument, NULL, 'k'},
        {"compress", required_argument, NULL, 'c'},
        {"quiet", no_argument, NULL, 'q'},
        TFS_HELP_OPTION,
        {0},
    };
    int result = TFS_DONE;
    for (int option; !result && (option = tfs_next_option(argc, argv, ":o:qh", names)) != -1;) {
        if (option == 'h') {
            *help_wanted = true;
            return TFS_DONE;
        }
        result = take_option(call, option);
    }
    return result ? result : take_names(call, argc, argv);
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

struct several {
    const struct call *call;
    struct tfs_export *export;
    bool told;
};

static enum bc_status write_files(void *context, struct tfs_stream_out *stream,
                                  struct bc_error *err)
{
    struct several *several = context;
    const struct call *call = several->call;
    enum bc_status status = BC_OK;
    for (size_t i = 0; !status && i < call->path_count; i++) {
        struct bc_attr attr;
        char *path;
        if (find(call, several->export->branch, call->paths[i], &attr, &path)) {
            several->told = true;
            return BC_OK; /* what is written so far is to arrive */
        }
        status = attr.kind == BC_FILE
                     ? tfs_export_stream(several->export, &attr, path, stream, err)
                     : bc_fail(err, BC_INVALID, "'%s' is a %s; give -o DIR to export it", path,
                               attr.kind == BC_DIRECTORY ? "folder" : "symbolic link");
        bc_free(path);
    }
    return status;
}

static int export_to_stdout(const struct call *call, struct tfs_export *export)
{
    struct several several = {call, export, false};
    int result = tfs_output_write(&call->output, false, write_files, &several);
    return several.told ? TFS_FAILED : result;
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
        result = tfs_output_tell(
            tfs_export_node(export, &attr, directory, tfs_last_name(path), path, &error), &error);
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
                call->output.path);
        return TFS_FAILED;
    }
    struct bc_error error = {0};
    return tfs_output_tell(tfs_export_entries(export, BC_ROOT_NODE, directory, "", &error), &error);
}

static int export_into_directory(const struct call *call, struct tfs_export *export)
{
    int directory = open_directory(call->output.path);
    if (directory < 0)
        return TFS_FAILED;
    int result = call->path_count ? export_paths_into(call, export, directory)
                                  : export_branch_into(call, export, directory);
    close(directory);
    return result;
}

/* A file of the branch, which is compressed already if its name says that of the output. */
static int export_into_file(const struct call *call, struct tfs_export *export,
                            const struct bc_attr *attr, const char *path)
{
    size_t stem;
    struct several several = {call, export, false};
    if (tfs_output_is_special(call->output.path))
        return tfs_output_write(&call->output, false, write_files, &several);
    enum tfs_compression compression = tfs_output_compression(&call->output);
    if (!call->output.compression &&
        tfs_compression_of_name(bc_slice(path, strlen(path)), &stem) == compression)
        compression = TFS_PLAIN;
    const char *name;
    int directory = tfs_output_parent(call->output.path, &name);
    if (directory < 0)
        return TFS_FAILED;
    struct bc_error error = {0};
    enum bc_status status = tfs_export_file(export, attr, compression, directory, name, path,
                                            call->output.path, &error);
    close(directory);
    return tfs_output_tell(status, &error);
}

/* The roots of what is exported as one stream. */
struct root {
    struct bc_attr attr;
    char *path; /* "" is the top */
};

struct whole {
    const struct call *call;
    struct tfs_export *export;
    struct bc_repo *repo;
    struct root *roots;
    size_t count;
};

static void release_roots(struct whole *whole)
{
    for (size_t i = 0; i < whole->count; i++)
        bc_free(whole->roots[i].path);
    bc_free(whole->roots);
}

static int find_roots(struct whole *whole)
{
    const struct call *call = whole->call;
    size_t count = call->path_count ? call->path_count : 1;
    whole->roots = bc_alloc_array(count, sizeof *whole->roots);
    if (!whole->roots)
        return tfs_output_tell(BC_NO_MEMORY, &(struct bc_error){0});
    int result = TFS_DONE;
    for (size_t i = 0; !result && i < call->path_count; i++) {
        struct root *root = &whole->roots[i];
        result = find(call, whole->export->branch, call->paths[i], &root->attr, &root->path);
        whole->count += !result;
    }
    if (call->path_count)
        return result;
    struct root *top = whole->roots;
    enum bc_status status = bc_tree_stat(whole->export->branch, BC_ROOT_NODE, &top->attr);
    top->path = status ? NULL : bc_copy_string("", 0);
    if (!status && !top->path)
        status = BC_NO_MEMORY;
    whole->count += !status;
    return tfs_output_tell(status, &(struct bc_error){0});
}

static enum bc_status write_tar(void *context, struct tfs_stream_out *stream, struct bc_error *err)
{
    const struct whole *whole = context;
    struct tfs_export_tar *tar;
    enum bc_status status =
        tfs_export_tar_new(whole->export, stream, whole->call->format == FORMAT_DUMP, &tar, err);
    if (status)
        return status;
    for (size_t i = 0; !status && i < whole->count; i++)
        status = tfs_export_tar_add(tar, &whole->roots[i].attr, whole->roots[i].path, err);
    if (!status)
        status = tfs_export_tar_finish(tar, err);
    tfs_export_tar_free(tar);
    return status;
}

static enum bc_status write_sorted(const struct whole *whole, struct tfs_export_nquads *nquads,
                                   struct tfs_stream_out *stream, struct bc_error *err)
{
    enum bc_status status = BC_OK;
    for (size_t i = 0; !status && i < whole->count; i++)
        status = tfs_export_nquads_count(nquads, &whole->roots[i].attr, whole->roots[i].path, err);
    for (size_t i = 0; !status && i < whole->count; i++)
        status = tfs_export_nquads_add(nquads, &whole->roots[i].attr, whole->roots[i].path, err);
    return status ? status : tfs_export_nquads_write(nquads, stream, err);
}

static enum bc_status write_nquads(void *context, struct tfs_stream_out *stream,
                                   struct bc_error *err)
{
    const struct whole *whole = context;
    const char *directory = getenv("TMPDIR");
    struct tfs_export_nquads nquads = {.export = whole->export,
                                       .keep_graphs = whole->call->keep_graphs};
    const struct bc_sorter_options options = {
        .directory = directory && *directory ? directory : "/var/tmp",
        .memory_bytes = SORTING_BYTES,
        .compute = bc_repo_compute(whole->repo),
        .pool = bc_repo_pool(whole->repo),
    };
    enum bc_status status = bc_sorter_new(&options, &nquads.sorter);
    if (!status)
        status = write_sorted(whole, &nquads, stream, err);
    bc_sorter_free(nquads.sorter);
    tfs_export_nquads_release(&nquads);
    return status;
}

static int export_whole(const struct call *call, struct bc_repo *repo, struct tfs_export *export)
{
    struct whole whole = {.call = call, .export = export, .repo = repo};
    bool text = call->format == FORMAT_NQUADS;
    tfs_output_sink sink = text ? write_nquads : write_tar;
    int result = find_roots(&whole);
    if (!result)
        result = tfs_output_write(&call->output, !text, sink, &whole);
    release_roots(&whole);
    return result;
}

static bool names_directory(const char *path)
{
    struct stat info;
    size_t size = strlen(path);
    return (size && path[size - 1] == '/') || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
}

static int export_directory(const struct call *call, struct bc_repo *repo,
                            struct tfs_export *export)
{
    enum tfs_compression compression;
    const char *name = tfs_last_name(call->output.path);
    if (!names_directory(call->output.path) &&
        tfs_is_tar_name(bc_slice(name, strlen(name)), &compression)) {
        struct call tar = *call;
        tar.format = FORMAT_TAR;
        return export_whole(&tar, repo, export);
    }
    if (call->output.compression)
        return tfs_say_usage("export", "--compress is for one stream, and %s is a directory",
                             call->output.path);
    return export_into_directory(call, export);
}

static int export_to_output(const struct call *call, struct bc_repo *repo,
                            struct tfs_export *export)
{
    if (call->path_count != 1 || names_directory(call->output.path))
        return export_directory(call, repo, export);
    struct bc_attr attr;
    char *path;
    int result = find(call, export->branch, call->paths[0], &attr, &path);
    if (result)
        return result;
    result = attr.kind == BC_FILE ? export_into_file(call, export, &attr, path)
                                  : export_directory(call, repo, export);
    bc_free(path);
    return result;
}

static void report(const struct call *call, const struct tfs_export *export)
{
    char files[32], triples[32], bytes[16];
    tfs_count_format(export->files, files);
    tfs_count_format(export->triples, triples);
    tfs_size_format(export->bytes, bytes);
    fprintf(stderr, "exported %s file%s of branch %s into %s: %s triples, %s\n", files,
            export->files == 1 ? "" : "s", call->branch, call->output.path, triples, bytes);
}

static int export_what(const struct call *call, struct bc_repo *repo, struct tfs_export *export)
{
    if (call->format)
        return export_whole(call, repo, export);
    return call->output.path ? export_to_output(call, repo, export)
                             : export_to_stdout(call, export);
}

static int export_branch(const struct call *call, struct bc_repo *repo, struct bc_branch *branch)
{
    struct tfs_export export = {.branch = branch, .buffer = bc_alloc(TFS_EXPORT_PIECE)};
    if (!export.buffer) {
        tfs_say("cannot export: out of memory");
        return TFS_FAILED;
    }
    int result = export_what(call, repo, &export);
    bc_free(export.buffer);
    if (!result && call->output.path && !call->quiet)
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
        result = export_branch(call, store.repo, branch);
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
