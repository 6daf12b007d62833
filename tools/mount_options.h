/* The options of a mount: those behind -o, our own and those for libfuse and mount(8). */
#ifndef TOOLS_MOUNT_OPTIONS_H
#define TOOLS_MOUNT_OPTIONS_H

#include "branchcore/compute.h"

struct tfs_mount_options {
    uint64_t memory_bytes;  /* 0: the default */
    unsigned threads;       /* 0: by the number of cores */
    unsigned read_ahead_kb; /* 0: the default */
    bool workers_given;
    unsigned workers;                 /* threads of the pool, if given */
    const struct bc_compute *compute; /* NULL: the default (engine.h) */
    bool debug;
    struct bc_buffer fuse; /* what goes to libfuse, comma-separated, with a NUL behind it */
};

/* Adds a comma-separated list; later options win. lenient: unknown ones are ignored (mount -s).
 * BC_INVALID, BC_UNSUPPORTED (an instruction set) with err naming the option and what is wrong;
 * then release all the same. */
enum bc_status tfs_mount_options_add(struct tfs_mount_options *options, const char *list,
                                     bool lenient, struct bc_error *err);
void tfs_mount_options_release(struct tfs_mount_options *options);

#endif
