/* Importing: brings the items of a plan into a branch, one after the other, each whole or not at
 * all. */
#ifndef TOOLS_IMPORT_RUN_H
#define TOOLS_IMPORT_RUN_H

#include "branchcore/branch.h"
#include "branchcore/tree.h"
#include "tools/import_plan.h"
#include "tools/task.h"

struct tfs_import {
    /* Set by the caller. */
    struct bc_branch *branch;
    const struct tfs_import_plan *plan;
    bool append; /* triple files: add to what is there */

    /* What came of it. */
    uint64_t files;
    uint64_t triples; /* of replaced files: all that they have now; of appended ones: those added */
    uint64_t bytes;

    /* Of the item in progress. */
    struct tfs_task *task;
    struct bc_progress_item *progress;
    const struct tfs_import_item *item;
    uint64_t folder;      /* that it goes into */
    struct bc_slice name; /* its name there */
    struct bc_slice made; /* a name in folder that is to go if the item fails; empty: none */
    char *buffer;
};

/* For struct tfs_task: work and interrupted; the context is a struct tfs_import. Failures are told
 * on standard error; the items behind one that fails are tried too, unless the store itself fails
 * or the task is to stop. */
int tfs_import_work(struct tfs_task *task, void *import);
void tfs_import_interrupted(void *import);

#endif
