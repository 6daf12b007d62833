/* triplefs bench: measures this program on this machine, through a mount, as a user would. */
#include "tools/bench.h"

#include "tools/bench_room.h"
#include "tools/command.h"
#include "tools/generate.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { QUICK_RUNS = 2, RUNS = 5, RUNS_MOST = 25, SECOND_CORE_BYTES_A_LINE = 900 };

static const char help[] =
    "usage: triplefs bench [OPTIONS] [FILE.nt ...]\n"
    "       triplefs bench --generate LINES [--seed N] > FILE.nt\n\n"
    "Measures what a user gets on this machine: makes stores in a temporary folder, mounts them,\n"
    "uses them with system calls and ordinary tools, and prints a table, with medians of several\n"
    "runs, what other tools take for the same in the same run, and the bars that triplefs sets\n"
    "itself. A FILE is imported too. Full figures take about a quarter of an hour and 8 GB of\n"
    "disk, and want an otherwise idle machine and root, who alone may drop the kernel's caches.\n\n"
    "  --quick          a tenth of the data and fewer runs, for a first look\n"
    "  --only ROW,...   these groups of rows alone; --list names them\n"
    "  --list           print the groups and exit\n"
    "  --size LINES     lines of the large file (default 10M; 1M with --quick)\n"
    "  --runs N         runs of each measurement (default 5; 2 with --quick)\n"
    "  --seed N         seed of the made-up data (default 1)\n"
    "  --dir DIR        where the temporary folder is made (default $TMPDIR or /var/tmp,\n"
    "                   whichever is on a disk)\n"
    "  --json FILE      write the figures to FILE as JSON too\n"
    "  --generate LINES print made-up N-Triples, of the LUBM benchmark's shape, and exit\n\n"
    "Exit status: 0 if all could be measured, whether or not it reaches its bar; 1 if not.\n";

const struct tfs_bench_group tfs_bench_groups[] = {
    {"floors", "what bounds this machine: a round trip, a copy, a sync", tfs_bench_floors},
    {"import", "cp of a large file into the mount; its memory; sort, serdi, rapper",
     tfs_bench_import},
    {"space", "bytes a triple on disk", tfs_bench_space},
    {"warm", "cat of a large file in the page cache", tfs_bench_warm},
    {"cold", "cat of a large file after the caches were dropped", tfs_bench_cold},
    {"pread", "4 KiB at random places", tfs_bench_pread},
    {"append", "one line appended to files of three sizes", tfs_bench_append},
    {"mkdir", "a new branch, with 1, 1,000 and 10,000 branches there", tfs_bench_mkdir},
    {"forks", "memory held by many branches with an edit each", tfs_bench_forks},
    {"list", "ls -l and cp -r of a folder of many files", tfs_bench_list},
    {"cycle", "branch, edit, see what changed; beside git", tfs_bench_cycle},
    {"files", "import and space of the files that the call names", tfs_bench_files},
    {0},
};

struct call {
    struct tfs_bench *bench;
    const char *only;
    const char *dir;
    const char *json;
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

static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
        if (strcspn(list, ",") == length && strncmp(list, name, length) == 0)
            return true;
    return false;
}

/* Every name in --only is a group's. */
static int check_only(const char *only)
{
    for (const char *at = only; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
        const struct tfs_bench_group *group = tfs_bench_groups;
        while (group->name && strcmp(group->name, name) != 0)
            group++;
        if (!group->name)
            return tfs_say_usage("bench", "'%s' is no group of rows; --list names them", name);
    }
    return TFS_DONE;
}

static int list_groups(void)
{
    for (const struct tfs_bench_group *group = tfs_bench_groups; group->name; group++)
        printf("%-8s %s\n", group->name, group->summary);
    return fflush(stdout) == EOF ? TFS_FAILED : TFS_DONE;
}

/* A number from 1 to most; K, M and G stand for thousand, million, milliard. */
static int take_number(const char *option, const char *text, uint64_t most, uint64_t *to)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    uint64_t times = 1;
    const char *suffix = *end ? strchr("kKmMgG", *end) : NULL;
    if (suffix) {
        static const uint64_t factors[] = {1000, 1000000, 1000000000};
        times = factors[strchr("kKmMgG", *end) - "kKmMgG" > 3 ? 2 : (*end == 'm' || *end == 'M')];
        end++;
    }
    if (*text < '0' || *text > '9' || *end || errno || number < 1 || number > most / times)
        return tfs_say_usage("bench", "--%s %s: give a number from 1 to %llu", option, text,
                             (unsigned long long)most);
    *to = number * times;
    return TFS_DONE;
}
