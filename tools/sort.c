/* triplefs sort: canonical, sorted, without duplicates, as a file in a store reads; without a
 * store. */
#include "tools/command.h"
#include "tools/cores.h"
#include "tools/engine.h"
#include "tools/size.h"

#include "branchcore/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20, MEMORY_DEFAULT = 128 << 20 };

static const char help[] =
    "usage: triplefs sort [-o FILE] [--memory SIZE] [-T DIR] [FILE ...]\n\n"
    "Writes the statements of all files (N-Triples or N-Quads; '-' or none: standard input) to\n"
    "standard output as a file in a store would read: in canonical form, sorted bytewise, each\n"
    "once. Nothing is written if a file is refused.\n\n"
    "  -o, --output FILE          write to FILE, which may be one of those that are read\n"
    "  --memory SIZE              what sorting may use (default 128M, at least 1M); the rest\n"
    "                             goes to temporary files\n"
    "  -T, --temporary-directory DIR\n"
    "                             where these are (default $TMPDIR or /var/tmp)\n";

struct call {
    const char *output; /* NULL: standard output */
    const char *directory;
    uint64_t memory_bytes;
};

struct sorting {
    struct bc_pool *pool;
    const struct bc_compute *compute;
    struct bc_sorter *sorter;
    struct bc_ntriples *reader;
    char *piece;
};

static enum bc_status take_line(void *context, struct bc_slice line, bool quad)
{
    struct sorting *sorting = context;
    (void)quad;
    return bc_sorter_add(sorting->sorter, line);
}

static int fail(enum bc_status status, const char *name)
{
    tfs_say_error(status, NULL, "cannot sort %s", name);
    return TFS_FAILED;
}

static int refuse(const struct sorting *sorting, const char *name)
{
    struct bc_buffer text = {0};
    const struct bc_syntax_error *error = bc_ntriples_error(sorting->reader);
    if (!error || bc_syntax_error_format(error, name, &text))
        return fail(BC_SYNTAX, name);
    tfs_say("%.*s", (int)text.size - 1, text.data);
    bc_buffer_release(&text);
    return TFS_FAILED;
}

static int read_open(struct sorting *sorting, int file, const char *name)
{
    enum bc_status st = BC_OK;
    ssize_t got = 1;
    bc_ntriples_reset(sorting->reader);
    while (!st && got) {
        got = read(file, sorting->piece, PIECE_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            tfs_say("cannot read %s: %s", name, strerror(errno));
            return TFS_FAILED;
        }
        st = bc_ntriples_feed(sorting->reader, sorting->piece, (size_t)got);
    }
    if (!st)
        st = bc_ntriples_finish(sorting->reader);
    if (st == BC_SYNTAX)
        return refuse(sorting, name);
    return st ? fail(st, name) : TFS_DONE;
}

static int read_file(struct sorting *sorting, const char *name)
{
    if (strcmp(name, "-") == 0)
        return read_open(sorting, STDIN_FILENO, "standard input");
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        tfs_say("cannot read %s: %s", name, strerror(errno));
        return TFS_FAILED;
    }
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    int result = read_open(sorting, file, name);
    close(file);
    return result;
}

/* Who reads may have seen enough: that ends the writing without a word. */
static int write_failed(const char *name)
{
    if (errno != EPIPE)
        tfs_say("cannot write %s: %s", name, strerror(errno));
    return TFS_FAILED;
}

static int write_all(int file, struct bc_slice text, const char *name)
{
    while (text.size) {
        ssize_t written = write(file, text.data, text.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return write_failed(name);
        text = bc_slice(text.data + written, text.size - (size_t)written);
    }
    return TFS_DONE;
}

static int write_sorted(struct sorting *sorting, int file, const char *name)
{
    struct bc_buffer text = {0};
    enum bc_status st;
    int result = TFS_DONE;
    while (!result && !(st = bc_sorter_next_block(sorting->sorter, PIECE_BYTES, &text))) {
        result = write_all(file, bc_buffer_slice(&text), name);
        bc_buffer_clear(&text);
    }
    bc_buffer_release(&text);
    return result || st == BC_NO_DATA ? result : fail(st, name);
}

static int write_output(struct sorting *sorting, const char *name)
{
    if (!name)
        return write_sorted(sorting, STDOUT_FILENO, "to standard output");
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return write_failed(name);
    int result = write_sorted(sorting, file, name);
    if (close(file) && !result)
        result = write_failed(name);
    return result;
}

static enum bc_status begin(struct sorting *sorting, const struct call *call, struct bc_error *err)
{
    enum bc_status st = tfs_engine_choose(NULL, &sorting->compute, err);
    if (!st)
        st = bc_pool_new(tfs_core_count(), &sorting->pool);
    struct bc_sorter_options options = {
        .directory = call->directory,
        .memory_bytes = call->memory_bytes,
        .compute = sorting->compute,
        .pool = sorting->pool,
    };
    if (!st)
        st = bc_sorter_new(&options, &sorting->sorter);
    if (!st)
        st = bc_ntriples_new(sorting->compute, BC_NQUADS, take_line, sorting, &sorting->reader);
    sorting->piece = st ? NULL : bc_alloc(PIECE_BYTES);
    return st || sorting->piece ? st : BC_NO_MEMORY;
}

static void end(struct sorting *sorting)
{
    bc_ntriples_free(sorting->reader);
    bc_sorter_free(sorting->sorter);
    bc_pool_free(sorting->pool);
    bc_free(sorting->piece);
}

static int sort_files(struct sorting *sorting, const struct call *call, char **names, int count)
{
    int result = TFS_DONE;
    for (int i = 0; i < count && !result; i++)
        result = read_file(sorting, names[i]);
    if (!count)
        result = read_file(sorting, "-");
    if (result)
        return result;
    enum bc_status st = bc_sorter_finish(sorting->sorter);
    return st ? fail(st, "the statements") : write_output(sorting, call->output);
}

static int take_memory(struct call *call)
{
    if (tfs_size_parse(optarg, &call->memory_bytes) || call->memory_bytes < 1 << 20)
        return tfs_say_usage("sort", "--memory %s: give a size of at least 1M, such as 512M or 2G",
                             optarg);
    return TFS_DONE;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"output", required_argument, NULL, 'o'},
                                          {"memory", required_argument, NULL, 'm'},
                                          {"temporary-directory", required_argument, NULL, 'T'},
                                          TFS_HELP_OPTION,
                                          {0}};
    const char *directory = getenv("TMPDIR");
    struct call call = {.directory = directory && directory[0] ? directory : "/var/tmp",
                        .memory_bytes = MEMORY_DEFAULT};
    for (int option; (option = tfs_next_option(argc, argv, ":o:T:h", names)) != -1;) {
        if (option == 'o')
            call.output = optarg;
        else if (option == 'T')
            call.directory = optarg;
        else if (option == 'h')
            return tfs_help(&tfs_command_sort);
        else if (option != 'm' || take_memory(&call))
            return TFS_USAGE;
    }
    struct sorting sorting = {0};
    struct bc_error error = {0};
    enum bc_status st = begin(&sorting, &call, &error);
    int result = TFS_FAILED;
    if (st)
        tfs_say_error(st, &error, "cannot sort");
    else
        result = sort_files(&sorting, &call, argv + optind, argc - optind);
    end(&sorting);
    return result;
}

const struct tfs_command tfs_command_sort = {
    .name = "sort",
    .summary = "statements of files in canonical form, sorted, each once",
    .help = help,
    .run = run,
};
