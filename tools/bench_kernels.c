/* Benchmark: the operations of the compute port, engine by engine: each gives what the scalar one
 * gives, byte for byte, or the benchmark fails; and how fast it is beside it. */
#include "tools/bench_data.h"
#include "tools/kernels.h"
#include "tools/say.h"
#include "vec/engine.h"

#include <errno.h>
#include <string.h>

static bool told(const struct tfs_kernel *kernel, enum bc_status status)
{
    if (status)
        tfs_say("cannot run %s: %s", kernel->name, bc_status_text(status));
    return !status;
}

/* The sum of all that comes out. */
static bool sum_up(const struct tfs_kernel *kernel, const struct bc_compute *compute,
                   const struct tfs_kernel_data *data, XXH64_hash_t *sum)
{
    XXH3_state_t *state = XXH3_createState();
    bool good = state && XXH3_64bits_reset(state) == XXH_OK;
    if (!good)
        (void)told(kernel, BC_NO_MEMORY);
    good = good && told(kernel, kernel->run(&(struct tfs_kernel_run){compute, data, state}));
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
    double start = tfs_clock();
    if (!told(kernel, kernel->run(&(struct tfs_kernel_run){compute, data, NULL})))
        return false;
    tfs_samples_add(to, (double)kernel->work(data) / (tfs_clock() - start));
    return !tfs_bench_interrupted();
}

/* best: the set that the program would choose, for which the bars are. */
static bool measure(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                    const struct bc_compute *compute, bool best, const struct tfs_kernel_data *data)
{
    char name[32];
    snprintf(name, sizeof name, "%s-%s", kernel->name, compute->set);
    struct tfs_row *row = tfs_report_add(
        &bench->report, name, kernel->bytes ? TFS_UNIT_BYTES_PER_SECOND : TFS_UNIT_PER_SECOND, "%s",
        kernel->what);
    unsigned bars = 0;
    snprintf(row->peer_name, sizeof row->peer_name, "scalar");
    if (best && kernel->least > 0)
        row->bars[bars++] = (struct tfs_bar){TFS_OURS_AT_LEAST, kernel->least};
    if (best && kernel->times > 0)
        row->bars[bars] = (struct tfs_bar){TFS_RATIO_AT_LEAST, kernel->times};
    tfs_bench_progress("%s", name);
    if (!same_results(kernel, compute, data))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_once(kernel, bc_scalar_engine(), data, &row->peer) ||
            !time_once(kernel, compute, data, &row->ours))
            return false;
    return true;
}

static bool measure_sets(struct tfs_bench *bench, const struct tfs_kernel *kernel,
                         const struct tfs_kernel_data *data)
{
    unsigned here = vec_sets_here();
    const char *best = vec_engine(here)->set;
    /* Plain C is what is beside the others. */
    for (unsigned set = VEC_SCALAR << 1; set && set <= here; set <<= 1) {
        const struct bc_compute *compute = here & set ? vec_engine_of(set) : NULL;
        if (compute && !measure(bench, kernel, compute, strcmp(compute->set, best) == 0, data))
            return false;
    }
    return true;
}

bool tfs_bench_kernels(struct tfs_bench *bench)
{
    struct tfs_kernel_data data;
    const char *path = bench->file_count > 0 ? bench->files[0] : "middle.nt";
    if (bench->file_count == 0 && !tfs_data_file(bench, "middle.nt", bench->middle))
        return false;
    tfs_bench_progress("reading %s", path);
    enum bc_status st = tfs_kernel_data_read(path, &data);
    bool good = !st;
    if (st)
        tfs_say("cannot take the lines of %s: %s", path,
                st == BC_IO ? strerror(errno) : bc_status_text(st));
    for (const struct tfs_kernel *kernel = tfs_kernels; good && kernel->name; kernel++)
        good = measure_sets(bench, kernel, &data);
    tfs_kernel_data_release(&data);
    return good;
}
