/* Benchmark: the operations of the compute port, engine by engine: each gives what the scalar one
 * gives, byte for byte, or the benchmark fails; and how fast it is beside it. All on one thread and
 * by its processor time, so that what else the machine does counts for little. */
#include "tools/bench_data.h"
#include "tools/kernels.h"
#include "tools/say.h"
#include "vec/engine.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static double thread_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool told(const struct tfs_kernel *kernel, enum bc_status status)
{
    if (status)
        tfs_say("cannot run %s: %s", kernel->name, bc_status_text(status));
    return !status;
}

static enum bc_status run_kernel(const struct tfs_kernel *kernel, const struct bc_compute *compute,
                                 const struct tfs_kernel_data *data, XXH3_state_t *sum)
{
    const struct tfs_kernel_run run = {compute, data, sum};
    bool reference = kernel->reference && compute == bc_scalar_engine();
    return reference ? kernel->reference(&run) : kernel->run(&run);
}

/* The sum of all that comes out. */
static bool sum_up(const struct tfs_kernel *kernel, const struct bc_compute *compute,
                   const struct tfs_kernel_data *data, XXH64_hash_t *sum)
{
    XXH3_state_t *state = XXH3_createState();
    bool good = state && XXH3_64bits_reset(state) == XXH_OK;
    if (!good)
        (void)told(kernel, BC_NO_MEMORY);
    good = good && told(kernel, run_kernel(kernel, compute, data, state));
    if (good)
        *sum = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return good;
}

static bool same_results(const struct tfs_kernel *kernel, const struct bc_compute *compute,
                         const struct tfs_kernel_data *data)
{
    XXH64_hash_t ours = 0, expected = 0;
    if (!sum_up(kernel, compute, data, &ours) ||
        !sum_up(kernel, bc_scalar_engine(), data, &expected))
        return false;
    if (ours != expected)
        tfs_say("%s: the engine for %s gives other results than the scalar one", kernel->name,
                compute->set);
    return ours == expected;
}

static bool time_once(const struct tfs_kernel *kernel, const struct bc_compute *compute,
                      const struct tfs_kernel_data *data, struct tfs_samples *to)
{
    double start = thread_clock();
    if (!told(kernel, run_kernel(kernel, compute, data, NULL)))
        return false;
    tfs_samples_add(to, (double)kernel->work(data) / (thread_clock() - start));
    return !tfs_bench_interrupted();
}

static struct tfs_row *add_row(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                               const char *name)
{
    tfs_bench_progress("%s", name);
    return tfs_report_add(&bench->report, name,
                          kernel->bytes ? TFS_UNIT_BYTES_PER_SECOND : TFS_UNIT_PER_SECOND, "%s",
                          kernel->what);
}

/* best: the set that the program would choose, for which the bars are. */
static bool measure(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                    const struct bc_compute *compute, bool best, const struct tfs_kernel_data *data)
{
    char name[32];
    snprintf(name, sizeof name, "%s-%s", kernel->name, compute->set);
    struct tfs_row *row = add_row(bench, kernel, name);
    unsigned bars = 0;
    snprintf(row->peer_name, sizeof row->peer_name, "%s",
             kernel->reference ? kernel->reference_name : "scalar");
    if (best && kernel->least > 0)
        row->bars[bars++] = (struct tfs_bar){TFS_OURS_AT_LEAST, kernel->least};
    if (best && kernel->times > 0)
        row->bars[bars] = (struct tfs_bar){TFS_RATIO_AT_LEAST, kernel->times};
    if (!same_results(kernel, compute, data))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_once(kernel, bc_scalar_engine(), data, &row->peer) ||
            !time_once(kernel, compute, data, &row->ours))
            return false;
    return true;
}

/* What no set has of its own is one row. */
static bool measure_shared(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                           const struct tfs_kernel_data *data)
{
    struct tfs_row *row = add_row(bench, kernel, kernel->name);
    snprintf(row->note, sizeof row->note, "the same code for all instruction sets");
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_once(kernel, bc_scalar_engine(), data, &row->ours))
            return false;
    return true;
}

static bool is_shared(const struct tfs_kernel *kernel, unsigned sets)
{
    for (unsigned set = VEC_SCALAR; set <= sets; set <<= 1) {
        const struct bc_compute *compute = sets & set ? vec_engine_of(set) : NULL;
        if (compute && (!kernel->shared || !kernel->shared(compute)))
            return false;
    }
    return true;
}

static bool measure_sets(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                         const struct tfs_kernel_data *data)
{
    unsigned here = vec_sets_here();
    const char *best = vec_engine(here)->set;
    if (is_shared(kernel, here))
        return measure_shared(bench, kernel, data);
    /* Plain C is what is beside the others. */
    for (unsigned set = VEC_SCALAR << 1; set && set <= here; set <<= 1) {
        const struct bc_compute *compute = here & set ? vec_engine_of(set) : NULL;
        if (compute && !measure(bench, kernel, compute, strcmp(compute->set, best) == 0, data))
            return false;
    }
    return true;
}

/* The file that the call names first, or made-up lines: no more of them than are taken. */
static const char *find_file(struct tfs_bench *bench)
{
    if (bench->file_count > 0)
        return bench->files[0];
    bool whole = bench->middle <= TFS_KERNEL_LINES_MOST;
    const char *name = whole ? "middle.nt" : "kernels.nt";
    uint64_t lines = whole ? bench->middle : TFS_KERNEL_LINES_MOST;
    return tfs_data_file(bench, name, lines) ? name : NULL;
}

static bool measure_all(struct tfs_bench *bench, const struct tfs_kernel_data *data)
{
    unsigned first = bench->report.count;
    for (const struct tfs_kernel *kernel = tfs_kernels; kernel->name; kernel++)
        if (!measure_sets(bench, kernel, data))
            return false;
    struct tfs_row *row = &bench->report.rows[first];
    char size[32];
    tfs_unit_format(TFS_UNIT_BYTES, (double)data->raw.size, size);
    snprintf(row->note, sizeof row->note,
             "as all rows of kernels: one thread, by its processor time; %s lines in memory, %s",
             tfs_count(data->line_count), size);
    return true;
}

static const char *reason(enum bc_status status)
{
    if (status == BC_SYNTAX)
        return "it is not N-Triples or N-Quads; `triplefs sort` says where";
    if (status == BC_NO_DATA)
        return "it has no line";
    return status == BC_IO ? strerror(errno) : bc_status_text(status);
}

bool tfs_bench_kernels(struct tfs_bench *bench)
{
    struct tfs_kernel_data data;
    const char *path = find_file(bench);
    if (!path)
        return false;
    tfs_bench_progress("reading %s", path);
    enum bc_status st = tfs_kernel_data_read(path, &data);
    if (st)
        tfs_say("cannot take the lines of %s: %s", path, reason(st));
    bool good = !st && measure_all(bench, &data);
    tfs_kernel_data_release(&data);
    return good;
}
