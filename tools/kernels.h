/* The operations of the compute port as `triplefs bench kernels` runs them: each over all of its
 * data once, on one thread, in pieces of the size that the program uses. */
#ifndef TOOLS_KERNELS_H
#define TOOLS_KERNELS_H

#include "tools/kernel_data.h"

#include <xxhash.h>

struct tfs_kernel_run {
    const struct bc_compute *compute;
    const struct tfs_kernel_data *data;
    XXH3_state_t *sum; /* NULL while it is timed; else takes every byte that comes out */
};

struct tfs_kernel {
    const char *name;
    const char *what;
    bool bytes; /* its speed is told in bytes a second, else in lines */
    /* BC_NO_MEMORY; BC_CORRUPT. */
    enum bc_status (*run)(const struct tfs_kernel_run *run);
    /* What the scalar engine runs beside it, where its plain way to the same result is another than
     * what it would take, and what that is called; NULL: the same. */
    enum bc_status (*reference)(const struct tfs_kernel_run *run);
    const char *reference_name;
    size_t (*work)(const struct tfs_kernel_data *data); /* bytes or lines of one run */
    double least;                                       /* what it is to reach; 0: no bar */
    double times; /* how many times the scalar engine; 0: no bar */
    /* Whether an engine has the scalar one's operation, so that there is nothing to compare; NULL:
     * none has. */
    bool (*shared)(const struct bc_compute *compute);
};

/* Ends with one without a name. */
extern const struct tfs_kernel tfs_kernels[];

#endif
