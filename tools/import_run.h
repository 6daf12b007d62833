/* Importing: brings the items of a plan into a branch, one after the other, each file whole or not
 * at all. */
#ifndef TOOLS_IMPORT_RUN_H
#define TOOLS_IMPORT_RUN_H

#include "branchcore/branch.h"
#include "branchcore/tree.h"
#include "tools/import_plan.h"
#include "tools/stream_in.h"
#include "tools/task.h"

struct tfs_import {
    /* Set by the caller. */
    struct bc_branch *branch;
    const struct tfs_import_plan *plan;
    const char *spool; /* a directory for temporary files */
    bool append;       /* triple files: add to what is there */

    /* What came of it. */
    uint64_t files;
    uint64_t triples; /* of replaced files: all that they have now; of appended ones: those added */
    uint64_t bytes;   /* as they were read, compressed if they are */
    bool store_failed; /* what is behind would fare as badly */

    /* Of the item in progress. */
    struct tfs_task *task;
    struct bc_progress_item *progress;
    const char *phase;            /* for the progress bar */
    uint64_t verified;            /* bytes that were read beside those of `bytes` */
    uint64_t done;                /* bytes of the items before */
    struct tfs_stream_in *stream; /* whose bytes count; NULL: none */
    const struct tfs_import_item *item;
    uint64_t folder;      /* that it goes into */
    struct bc_slice name; /* its name there */
    struct bc_slice made; /* a name in folder that is to go if the item fails; empty: none */
    char *buffer;         /* TFS_IMPORT_PIECE bytes */
};

enum { TFS_IMPORT_PIECE = 1 << 20 };
/* The name of the operation that the progress bar shows. */
#define TFS_IMPORT_NAME "import"

/* For struct tfs_task: work and interrupted; the context is a struct tfs_import. Failures are told
 * on standard error; the items behind one that fails are tried too, unless the store itself fails
 * or the task is to stop. */
int tfs_import_work(struct tfs_task *task, void *import);
void tfs_import_interrupted(void *import);

/* For what brings in a part of an item (import_file.h, import_tar.h): */

/* Where an item comes from, in a message. */
const char *tfs_import_source_name(const struct tfs_import_item *item);
/* Tells why the item in progress was not imported; nothing for BC_CANCELLED, which stands for what
 * was told already or is nobody's mistake. */
void tfs_import_tell(struct tfs_import *import, enum bc_status status,
                     const struct bc_error *error);
/* Counts what the stream has read so far, and lets the progress bar know. */
void tfs_import_count(struct tfs_import *import, bool verifying);
/* Opens the source of the item. BC_IO with err. */
enum bc_status tfs_import_open(const struct tfs_import_item *item, int *file, struct bc_error *err);
void tfs_import_close(int file);

#endif
