/* triplefs bench: measures this program on this machine, through a mount, as a user would. */
#include "tools/bench.h"

#include "branchcore/memory.h"
#include "tools/bench_data.h"
#include "tools/bench_plot.h"
#include "tools/bench_room.h"
#include "tools/command.h"
#include "tools/generate.h"
#include "tools/size.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { QUICK_RUNS = 2, RUNS = 5, RUNS_MOST = 25 };

static const char help[] =
    "usage: triplefs bench [OPTIONS] [GROUP ...] [FILE.nt ...]\n"
    "       triplefs bench --generate LINES [--seed N] > FILE.nt\n\n"
    "Measures what a user gets on this machine: makes stores in a temporary folder, mounts them,\n"
    "uses them with system calls and ordinary tools, and prints a table, with medians of several\n"
    "runs, what other tools take for the same in the same run, and the bars that triplefs sets\n"
    "itself. A FILE is imported too, and `kernels` takes its lines from the first. With GROUPs,\n"
    "such as `kernels`, only their rows are measured. Full figures take about a quarter of an "
    "hour\n"
    "and 9 GB of disk, and want an otherwise idle machine and root, who alone may drop the\n"
    "kernel's caches.\n\n"
    "  --quick          a tenth of the data and fewer runs, for a first look\n"
    "  --only GROUP,... the same as to name the groups\n"
    "  --list           print the groups and exit\n"
    "  --size LINES     lines of the large file, such as 1M or 100M (default 10M; 1M with "
    "--quick)\n"
    "  --runs N         runs of each measurement (default 5; 2 with --quick)\n"
    "  --seed N         seed of the made-up data (default 1)\n"
    "  --dir DIR        where the temporary folder is made (default $TMPDIR or /var/tmp,\n"
    "                   whichever is on a disk)\n"
    "  --json FILE      write the figures to FILE as JSON too\n"
    "  --plot FILE      draw them into FILE, as SVG, with gnuplot\n"
    "  --generate LINES print made-up N-Triples, of the LUBM benchmark's shape, and exit\n\n"
    "Exit status: 0 if all could be measured, whether or not it reaches its bar; 1 if not.\n";

/* Bytes on disk for each line of the large file: made-up lines have 170, and the canonical text,
 * sorters' temporary files and up to ten stores come on top. */
enum { KERNELS_DISK = 20, SORT_DISK = 700, MOST_DISK = 900 };

const struct tfs_bench_group tfs_bench_groups[] = {
    {"kernels", "operations on text, for each instruction set, beside plain C", tfs_bench_kernels,
     KERNELS_DISK},
    {"floors", "what bounds this machine: a round trip, a copy, a sync", tfs_bench_floors, 0},
    {"sort", "lines to the sorted set without a store; GNU sort", tfs_bench_sort, SORT_DISK},
    {"import", "cp of a large file into the mount; its memory; sort, serdi, rapper",
     tfs_bench_import, SORT_DISK},
    {"formats", "cp and cat of Turtle and RDF/XML files; serdi, rapper", tfs_bench_formats,
     MOST_DISK},
    {"virtuoso", "cp of up to a million lines into the mount; a bulk load into Virtuoso",
     tfs_bench_virtuoso, MOST_DISK},
    {"space", "bytes a triple on disk", tfs_bench_space, MOST_DISK},
    {"warm", "cat of a large file in the page cache", tfs_bench_warm, MOST_DISK},
    {"cold", "cat of a large file after the caches were dropped", tfs_bench_cold, MOST_DISK},
    {"pread", "4 KiB at random places", tfs_bench_pread, MOST_DISK},
    {"append", "one line appended to files of three sizes", tfs_bench_append, MOST_DISK},
    {"mkdir", "a new branch, with 1, 1,000 and 10,000 branches there", tfs_bench_mkdir, MOST_DISK},
    {"forks", "memory held by many branches with an edit each", tfs_bench_forks, MOST_DISK},
    {"list", "ls -l and cp -r of a folder of many files", tfs_bench_list, MOST_DISK},
    {"commit", "commits of one line; a file's text after many of them", tfs_bench_commit,
     MOST_DISK},
    {"merge", "merges and differences of large changes, merges of small ones", tfs_bench_merge,
     MOST_DISK},
    {"cycle", "branch, edit, see what changed; branch, edit, merge; beside git", tfs_bench_cycle,
     MOST_DISK},
    {"files", "import and space of the files that the call names", tfs_bench_files, MOST_DISK},
    {0},
};

struct call {
    struct tfs_bench *bench;
    uint64_t groups; /* a bit each; 0: all */
    const char *dir;
    const char *json;
    const char *plot;
    uint64_t generate; /* 0: measure */
};

static bool progress_line_open;

void tfs_bench_progress(const char *format, ...)
{
    char text[256];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    /* On a terminal one line is written over and over. */
    bool terminal = isatty(STDERR_FILENO);
    fprintf(stderr, "%s%s%s", terminal ? "\r\033[K" : "", text, terminal ? "" : "\n");
    progress_line_open = terminal;
}

static void end_progress(void)
{
    if (progress_line_open)
        fputs("\r\033[K", stderr);
    progress_line_open = false;
}

/* The bit of a group; 0: there is none of that name. */
static uint64_t group_bit(const char *name, size_t length)
{
    for (unsigned i = 0; tfs_bench_groups[i].name; i++)
        if (strlen(tfs_bench_groups[i].name) == length &&
            strncmp(tfs_bench_groups[i].name, name, length) == 0)
            return UINT64_C(1) << i;
    return 0;
}

/* Every name in --only is a group's. */
static int take_only(struct call *call, const char *only)
{
    for (const char *at = only; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t length = strcspn(at, ",");
        uint64_t bit = group_bit(at, length);
        if (!bit)
            return tfs_say_usage("bench", "'%.*s' is no group of rows; --list names them",
                                 (int)length, at);
        call->groups |= bit;
    }
    return TFS_DONE;
}

static int list_groups(void)
{
    for (const struct tfs_bench_group *group = tfs_bench_groups; group->name; group++)
        printf("%-9s %s\n", group->name, group->summary);
    return fflush(stdout) == EOF ? TFS_FAILED : TFS_DONE;
}

/* A number from 1 to most; 10K is 10,000 and 10M ten million. */
static int take_number(const char *option, const char *text, uint64_t most, uint64_t *to)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    uint64_t times = 1;
    if (*end == 'k' || *end == 'K')
        times = 1000;
    else if (*end == 'm' || *end == 'M')
        times = 1000000;
    if (times > 1)
        end++;
    if (*text < '0' || *text > '9' || *end || errno || number < 1 || number > most / times)
        return tfs_say_usage("bench", "--%s %s: give a number from 1 to %llu", option, text,
                             (unsigned long long)most);
    *to = number * times;
    return TFS_DONE;
}

static int take_option(struct call *call, int option)
{
    static const uint64_t lines_most = UINT64_C(10000000000);
    struct tfs_bench *bench = call->bench;
    uint64_t number = 0;
    int result = TFS_DONE;
    switch (option) {
    case 'q':
        bench->quick = true;
        break;
    case 'o':
        return take_only(call, optarg);
    case 's':
        return take_number("size", optarg, lines_most, &bench->large);
    case 'g':
        return take_number("generate", optarg, lines_most, &call->generate);
    case 'e':
        return take_number("seed", optarg, UINT32_MAX, &bench->seed);
    case 'r':
        result = take_number("runs", optarg, RUNS_MOST, &number);
        if (!result)
            bench->runs = (unsigned)number;
        break;
    case 'd':
        call->dir = optarg;
        break;
    case 'j':
        call->json = optarg;
        break;
    case 'p':
        call->plot = optarg;
        break;
    default:
        return TFS_USAGE;
    }
    return result;
}

/* The files are read from another working directory. */
static int take_file(struct tfs_bench *bench, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot || (strcmp(dot, ".nt") != 0 && strcmp(dot, ".nq") != 0))
        return tfs_say_usage("bench",
                             "%s: give groups of rows (--list names them), or files whose names "
                             "end in .nt or .nq",
                             path);
    char *real = realpath(path, NULL);
    if (!real || access(real, R_OK) != 0) {
        tfs_say("cannot read %s: %s", path, strerror(errno));
        free(real);
        return TFS_FAILED;
    }
    bench->files[bench->file_count++] = real;
    return TFS_DONE;
}

static int take_operands(struct call *call, int argc, char **argv)
{
    int result = TFS_DONE;
    for (int i = optind; i < argc && !result; i++) {
        uint64_t bit = group_bit(argv[i], strlen(argv[i]));
        call->groups |= bit;
        if (!bit)
            result = take_file(call->bench, argv[i]);
    }
    return result;
}

static bool in_memory(const char *dir)
{
    struct statfs about;
    return statfs(dir, &about) == 0 && (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC);
}

/* Where nothing is said: not in memory, where nothing is ever cold. */
static const char *default_dir(void)
{
    const char *dir = getenv("TMPDIR");
    return dir && *dir && !in_memory(dir) ? dir : "/var/tmp";
}

static bool is_chosen(uint64_t groups, unsigned group)
{
    return !groups || groups >> group & 1;
}

/* What the groups share is made once, so the most that one of them takes counts. */
static uint64_t disk_wanted(const struct tfs_bench *bench, uint64_t groups)
{
    uint64_t most = 0;
    for (unsigned i = 0; tfs_bench_groups[i].name; i++)
        if (is_chosen(groups, i) && tfs_bench_groups[i].disk_bytes > most)
            most = tfs_bench_groups[i].disk_bytes;
    return bench->large * most;
}

/* Told before anything is made: a full disk in the middle would tell less. */
static bool has_room(const struct tfs_bench *bench, uint64_t groups, const char *dir)
{
    struct statfs about;
    if (statfs(dir, &about) != 0) {
        tfs_say("cannot use folder %s: %s", dir, strerror(errno));
        return false;
    }
    uint64_t wanted = disk_wanted(bench, groups);
    uint64_t there = (uint64_t)about.f_bavail * (uint64_t)about.f_bsize;
    if (there >= wanted)
        return true;
    char text[2][16];
    tfs_size_format(wanted, text[0]);
    tfs_size_format(there, text[1]);
    tfs_say("%s has %s free, and up to %s are needed; give another --dir or a smaller --size", dir,
            text[1], text[0]);
    return false;
}

static bool measure(struct tfs_bench *bench, uint64_t groups)
{
    bool good = true;
    for (unsigned i = 0; tfs_bench_groups[i].name; i++) {
        const struct tfs_bench_group *group = &tfs_bench_groups[i];
        if (tfs_bench_interrupted() || !is_chosen(groups, i))
            continue;
        if (group->measure(bench))
            continue;
        good = false;
        if (!tfs_bench_interrupted())
            tfs_say("the rows of '%s' are not complete", group->name);
    }
    return good;
}

static void describe_run(struct tfs_bench *bench)
{
    snprintf(bench->report.run, sizeof bench->report.run,
             "large file: %s lines; runs: %u; seed %llu%s", tfs_count(bench->large), bench->runs,
             (unsigned long long)bench->seed, bench->quick ? "; quick" : "");
}

/* What was measured is printed also if not all of it could be. */
static bool run_groups(const struct call *call, FILE *json)
{
    struct tfs_bench *bench = call->bench;
    const char *dir = call->dir ? call->dir : default_dir();
    if (!has_room(bench, call->groups, dir))
        return false;
    tfs_bench_catch_signals();
    double start = tfs_clock();
    bool good = tfs_room_enter(bench, dir);
    if (good) {
        tfs_machine_describe(&bench->report.machine, ".");
        describe_run(bench);
        good = measure(bench, call->groups);
    }
    bool interrupted = tfs_bench_interrupted();
    end_progress();
    tfs_room_leave(bench);
    if (interrupted) {
        tfs_say("interrupted; everything was removed");
        return false;
    }
    bench->report.seconds = tfs_clock() - start;
    bool written = tfs_report_table(&bench->report, stdout);
    if (json && !tfs_report_json(&bench->report, json)) {
        tfs_say("cannot write %s: %s", call->json, strerror(errno));
        written = false;
    }
    if (call->plot && !tfs_plot_write(&bench->report, call->plot))
        written = false;
    return good && written;
}

static int run_call(const struct call *call)
{
    if (call->plot && !tfs_plot_possible(call->plot))
        return TFS_FAILED;
    FILE *json = call->json ? fopen(call->json, "we") : NULL;
    if (call->json && !json) {
        tfs_say("cannot write %s: %s", call->json, strerror(errno));
        return TFS_FAILED;
    }
    bool good = run_groups(call, json);
    if (json && fclose(json) != 0 && good) {
        tfs_say("cannot write %s: %s", call->json, strerror(errno));
        good = false;
    }
    return good ? TFS_DONE : TFS_FAILED;
}

static int generate(const struct call *call)
{
    enum bc_status status = tfs_generate(
        &(struct tfs_generate_options){.lines = call->generate, .seed = call->bench->seed}, stdout);
    if (status)
        tfs_say("cannot write the lines: %s",
                status == BC_IO ? strerror(errno) : bc_status_text(status));
    return status ? TFS_FAILED : TFS_DONE;
}

/* Sizes that were not given follow from whether it is to be quick. */
static void complete(struct tfs_bench *bench)
{
    if (bench->large == 0)
        bench->large = bench->quick ? 1000000 : 10000000;
    if (bench->runs == 0)
        bench->runs = bench->quick ? QUICK_RUNS : RUNS;
    bench->middle = bench->large / 10;
    if (bench->middle < TFS_SMALL_LINES)
        bench->middle = TFS_SMALL_LINES;
}

static int parse_and_run(struct call *call, int argc, char **argv)
{
    static const struct option names[] = {
        {"quick", no_argument, NULL, 'q'},
        {"only", required_argument, NULL, 'o'},
        {"list", no_argument, NULL, 'l'},
        {"size", required_argument, NULL, 's'},
        {"runs", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 'e'},
        {"dir", required_argument, NULL, 'd'},
        {"json", required_argument, NULL, 'j'},
        {"plot", required_argument, NULL, 'p'},
        {"generate", required_argument, NULL, 'g'},
        TFS_HELP_OPTION,
        {0},
    };
    for (int option; (option = tfs_next_option(argc, argv, ":h", names)) != -1;) {
        if (option == 'h')
            return tfs_help(&tfs_command_bench);
        if (option == 'l')
            return list_groups();
        int result = take_option(call, option);
        if (result)
            return result;
    }
    int result = take_operands(call, argc, argv);
    if (result)
        return result;
    complete(call->bench);
    return call->generate ? generate(call) : run_call(call);
}

static int run(int argc, char **argv)
{
    struct tfs_bench *bench = bc_alloc_zero(sizeof *bench);
    char **files = bc_alloc_array((size_t)argc, sizeof *files);
    int result = TFS_FAILED;
    if (bench && files) {
        bench->files = files;
        bench->seed = 1;
        bench->home = -1;
        setenv("LC_ALL", "C", 1); /* what the tools that are run sort and print by */
        result = parse_and_run(&(struct call){.bench = bench}, argc, argv);
        for (int i = 0; i < bench->file_count; i++)
            free(bench->files[i]); /* of realpath(3) */
    } else {
        tfs_say("cannot start: %s", bc_status_text(BC_NO_MEMORY));
    }
    bc_free(files);
    bc_free(bench);
    return result;
}

const struct tfs_command tfs_command_bench = {
    .name = "bench",
    .summary = "measure this program on this machine",
    .help = help,
    .run = run,
};
