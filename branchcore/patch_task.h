/* Inside branchcore: a patch that was read, while it is applied to a tree; only patch_apply.c,
 * patch_source.c and patch_tree.c use it. */
#ifndef BRANCHCORE_PATCH_TASK_H
#define BRANCHCORE_PATCH_TASK_H

#include "branchcore/model.h"
#include "branchcore/patch.h"
#include "branchcore/patch_parse.h"

/* A part of the patch and what it is about. */
struct bc_patch_task {
    const struct bc_patch_part *part;
    uint64_t node;  /* once it is known */
    bool moves;     /* it is taken out of the tree before and gets its place in the tree after */
    bool rows_done; /* rows A and D */
    bool changed;
};

struct bc_patch_sorted {
    struct bc_patch_task *task;
};

struct bc_patch_work {
    struct bc_branch *branch; /* a scratch */
    struct bc_patch *patch;
    struct bc_patch_task *tasks;   /* in the order of the text */
    struct bc_patch_sorted *order; /* of paths, parents first */
    struct bc_id_counts sources;   /* nodes that are deleted or taken out */
    struct bc_patch_report *report;
    struct bc_error *err;
};

/* "line L: \"PATH\" ..."; returns status. */
enum bc_status bc_patch_fail(struct bc_patch_work *work, const struct bc_patch_task *task,
                             enum bc_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A failure that has no message of its own gets one that says where. */
enum bc_status bc_patch_explain(struct bc_patch_work *work, const struct bc_patch_task *task,
                                enum bc_status status);

struct bc_slice bc_patch_parent_path(struct bc_slice path);
struct bc_slice bc_patch_last_name(struct bc_slice path);
enum bc_patch_type bc_patch_type_of(const struct bc_attr *attr, struct bc_slice path);
const char *bc_patch_type_name(enum bc_patch_type type); /* "a folder", ... */
/* BC_NOT_FOUND also where something above it is no folder. */
enum bc_status bc_patch_find(struct bc_patch_work *work, struct bc_slice path,
                             struct bc_attr *attr);
/* BC_EXISTS: what is there is not of the type that the patch says. */
enum bc_status bc_patch_expect_type(struct bc_patch_work *work, const struct bc_patch_task *task,
                                    const struct bc_attr *attr, struct bc_slice path);

/* Finds the nodes that are deleted or taken out, in the tree before. `order` is in order. */
enum bc_status bc_patch_sources(struct bc_patch_work *work);

/* Does it all. */
enum bc_status bc_patch_tree(struct bc_patch_work *work);

#endif
