/* Times sorting, for people; not a test. Lines are like those of the LUBM benchmark: long shared
 * prefixes, shuffled.
 *
 *   bench_sort --generate LINES >FILE     writes such lines
 *   bench_sort sort FILE [LINES]          the compute engine's sort_unique, in memory
 *   bench_sort sorter FILE [MIB [OUTPUT]] the external sorter with a budget of MIB, 2 threads
 *
 * Beside GNU sort the whole is `triplefs sort -o OUTPUT FILE`, which parses too, against
 * `LC_ALL=C sort -u --parallel=2 -S 128M -o OUTPUT FILE`.
 *
 * Times are seconds of this process's CPU and of the clock. */
#include "branchcore/sorter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct stopwatch {
    double cpu;
    double wall;
};

static struct stopwatch start(void)
{
    return (struct stopwatch){seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC)};
}

static void report(const char *what, struct stopwatch since)
{
    struct stopwatch now = start();
    printf("%-28s %7.3f s CPU %7.3f s wall\n", what, now.cpu - since.cpu, now.wall - since.wall);
}

static void fail(const char *what, enum bc_status st)
{
    fprintf(stderr, "bench_sort: %s: %s\n", what, bc_status_text(st));
    exit(1);
}

/* The i-th of `lines` numbers below it, each once, in no visible order. */
static uint64_t shuffled(uint64_t i, uint64_t lines)
{
    uint64_t mask = 1;
    while (mask < lines)
        mask = mask << 1 | 1;
    do {
        i = (i * 0x9E3779B97F4A7C15u + 0x7F4A7C15u) & mask;
        i ^= i >> 11;
        i = (i * 0xD1342543DE82EF95u + 1) & mask;
    } while (i >= lines);
    return i;
}

#define LUBM "http://swat.cse.lehigh.edu/onto/univ-bench.owl#"

static void generate(uint64_t lines)
{
    static const char *const predicates[] = {"takesCourse",  "memberOf",  "advisor",    "name",
                                             "emailAddress", "telephone", "takesCourse"};
    for (uint64_t i = 0; i < lines; i++) {
        uint64_t number = shuffled(i, lines);
        unsigned predicate = (unsigned)(number % 7);
        uint64_t person = number / 7 % 700;
        uint64_t department = number / 4900 % 20;
        uint64_t university = number / 98000;
        char subject[128];
        snprintf(subject, sizeof subject,
                 "http://www.Department%" PRIu64 ".University%" PRIu64 ".edu/%sStudent%" PRIu64,
                 department, university, person < 150 ? "Graduate" : "Undergraduate", person);
        printf("<%s> <" LUBM "%s> ", subject, predicates[predicate]);
        if (predicate < 3 || predicate == 6)
            printf("<http://www.Department%" PRIu64 ".University%" PRIu64 ".edu/Course%u> .\n",
                   department, university, (unsigned)(person * 7 % 60) + 10 * predicate);
        else
            printf("\"%s%" PRIu64 "\" .\n", predicates[predicate], person);
    }
}

static struct bc_slice read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail(name, BC_IO);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (!text || fread(text, 1, size, file) != size)
        fail(name, BC_IO);
    fclose(file);
    return bc_slice(text, size);
}

static void time_sort(const char *name, size_t most)
{
    struct bc_slice text = read_file(name);
    struct bc_line *lines = malloc(most * sizeof *lines);
    size_t count = 0;
    for (const char *at = text.data; count < most && at < text.data + text.size;) {
        const char *end = memchr(at, '\n', (size_t)(text.data + text.size - at));
        lines[count++] = (struct bc_line){at, (uint32_t)(end + 1 - at)};
        at = end + 1;
    }
    printf("%zu lines\n", count);
    struct bc_line *copy = malloc((count + 1) * sizeof *copy);
    size_t all = count;
    for (int i = 0; i < 5; i++) {
        memcpy(copy, lines, all * sizeof *lines);
        count = all;
        struct stopwatch since = start();
        const struct bc_compute *engine = bc_scalar_engine();
        enum bc_status st = engine->sort_unique(engine, copy, &count);
        if (st)
            fail("sort_unique", st);
        report("sort_unique", since);
    }
    free(lines);
    lines = copy;
    for (size_t i = 1; i < count; i++) {
        if (bc_slice_compare(bc_slice(lines[i - 1].data, lines[i - 1].size),
                             bc_slice(lines[i].data, lines[i].size)) >= 0)
            fail("order", BC_CORRUPT);
    }
    printf("%zu different lines\n", count);
    free(lines);
    free((char *)text.data);
}

/* Adds a file's lines, read in pieces so that this program's memory is the sorter's. */
static void add_lines(struct bc_sorter *sorter, const char *name)
{
    enum { CHUNK = 1 << 20 };
    FILE *file = fopen(name, "rb");
    char *chunk = malloc(CHUNK);
    if (!file || !chunk)
        fail(name, BC_IO);
    size_t size = 0;
    size_t got;
    while ((got = fread(chunk + size, 1, CHUNK - size, file)) > 0) {
        size += got;
        char *at = chunk;
        char *end;
        while ((end = memchr(at, '\n', (size_t)(chunk + size - at)))) {
            enum bc_status st =
                sorter ? bc_sorter_add(sorter, bc_slice(at, (size_t)(end + 1 - at))) : BC_OK;
            if (st)
                fail("add", st);
            at = end + 1;
        }
        size = (size_t)(chunk + size - at);
        memmove(chunk, at, size);
    }
    free(chunk);
    fclose(file);
}

static void read_sorter(struct bc_sorter *sorter, FILE *output)
{
    struct bc_buffer block = {0};
    enum bc_status st;
    while (!(st = bc_sorter_next_block(sorter, 64 << 10, &block))) {
        if (output && fwrite(block.data, 1, block.size, output) != block.size)
            fail("output", BC_IO);
        bc_buffer_clear(&block);
    }
    if (st != BC_NO_DATA)
        fail("next_block", st);
    bc_buffer_release(&block);
}

static void time_sorter(const char *name, size_t mib, const char *output_name)
{
    struct stopwatch whole = start();
    add_lines(NULL, name);
    report("reading the input alone", whole);

    struct bc_sorter *sorter;
    struct bc_pool *pool;
    if (bc_pool_new(2, &pool))
        fail("pool", BC_NO_MEMORY);
    struct bc_sorter_options options = {
        .directory = "/var/tmp", .memory_bytes = mib << 20, .pool = pool};
    enum bc_status st = bc_sorter_new(&options, &sorter);
    if (st)
        fail("new", st);
    whole = start();
    struct stopwatch since = whole;
    add_lines(sorter, name);
    report("add (with reading)", since);
    since = start();
    st = bc_sorter_finish(sorter);
    if (st)
        fail("finish", st);
    report("finish", since);
    since = start();
    read_sorter(sorter, NULL);
    report("merge", since);
    report("in all", whole);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.1f MiB resident at most, %.1f MiB spilled\n", (double)usage.ru_maxrss / 1024,
           (double)bc_sorter_spilled_bytes(sorter) / (1 << 20));
    if (output_name) {
        FILE *output = fopen(output_name, "wb");
        if (!output || bc_sorter_rewind(sorter))
            fail(output_name, BC_IO);
        read_sorter(sorter, output);
        if (fclose(output))
            fail(output_name, BC_IO);
    }
    bc_sorter_free(sorter);
    bc_pool_free(pool);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--generate")) {
        generate(strtoull(argv[2], NULL, 10));
        return 0;
    }
    if (argc >= 3 && !strcmp(argv[1], "sort")) {
        time_sort(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 1000000);
        return 0;
    }
    if (argc >= 3 && !strcmp(argv[1], "sorter")) {
        time_sorter(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 256,
                    argc > 4 ? argv[4] : NULL);
        return 0;
    }
    fprintf(stderr, "bench_sort: see the top of tests/bench_sort.c\n");
    return 2;
}
