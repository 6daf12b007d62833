/* A patch's work in a tree.
 *
 * Paths of what goes and of what is renamed mean the tree before, all others the tree after. So
 * first all of those are found; what is renamed is taken out of the tree, what is deleted goes;
 * then what is renamed or new gets its place, parents first; then contents and attributes are set.
 */
#include "branchcore/patch_task.h"

#include "branchcore/patch_fill.h"
#include "branchcore/patch_lines.h"
#include "branchcore/syntax.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name in the root folder that nothing has. */
static enum bc_status rename_aside(struct bc_patch_work *work, const struct bc_attr *attr,
                                   struct bc_slice name)
{
    struct bc_branch *branch = work->branch;
    /* A text stays a text by its name. */
    const char *extension = attr->kind == BC_FILE && attr->form == BC_TEXT ? ".nq" : "";
    enum bc_status st = BC_EXISTS;
    for (unsigned i = 0; st == BC_EXISTS; i++) {
        char aside[80];
        struct bc_renamed renamed;
        int size =
            snprintf(aside, sizeof aside, ".patch-%" PRIu64 "-%u%s", attr->node, i, extension);
        st = bc_tree_rename(branch, attr->parent, name, BC_ROOT_NODE, bc_slice(aside, (size_t)size),
                            BC_RENAME_NOREPLACE, &renamed, NULL);
    }
    return st;
}

/* The name that a node has now. */
static enum bc_status name_of(struct bc_patch_work *work, uint64_t node, struct bc_buffer *path,
                              struct bc_slice *name)
{
    bc_buffer_clear(path);
    enum bc_status st = bc_tree_path(work->branch, node, path);
    if (!st)
        *name = bc_patch_last_name(bc_buffer_slice(path));
    return st;
}

static enum bc_status take_out(struct bc_patch_work *work, struct bc_patch_task *task)
{
    struct bc_attr attr;
    struct bc_buffer path = {0};
    struct bc_slice name = {0};
    enum bc_status st = bc_tree_stat(work->branch, task->node, &attr);
    if (!st)
        st = name_of(work, task->node, &path, &name);
    if (!st)
        st = rename_aside(work, &attr, name);
    bc_buffer_release(&path);
    return bc_patch_explain(work, task, st);
}

static enum bc_status delete_part(struct bc_patch_work *work, struct bc_patch_task *task)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_stat(work->branch, task->node, &attr);
    if (!st)
        st = bc_tree_remove(work->branch, attr.parent, bc_patch_last_name(task->part->path),
                            attr.kind == BC_DIRECTORY, NULL);
    if (st == BC_NOT_EMPTY)
        return bc_patch_fail(
            work, task, st,
            "cannot be deleted: the folder is not empty, and the patch does not delete "
            "all that is in it");
    if (st)
        return bc_patch_explain(work, task, st);
    work->report->removed += attr.triples;
    task->changed = true;
    return BC_OK;
}

static enum bc_status make_room(struct bc_patch_work *work)
{
    size_t count = work->patch->part_count;
    enum bc_status st = bc_patch_sources(work);
    for (size_t i = 0; !st && i < count; i++) {
        if (work->tasks[i].moves)
            st = take_out(work, &work->tasks[i]);
    }
    /* What is in a folder before the folder. */
    for (size_t i = count; !st && i > 0; i--) {
        if (work->order[i - 1].task->part->kind == BC_PATCH_DELETED)
            st = delete_part(work, work->order[i - 1].task);
    }
    return st;
}

static enum bc_status make_folder(struct bc_patch_work *work, const struct bc_attr *parent,
                                  struct bc_slice name, struct bc_attr *made)
{
    struct bc_make make = {
        .kind = BC_DIRECTORY, .mode = 0755, .uid = parent->uid, .gid = parent->gid};
    return bc_tree_make(work->branch, parent->node, name, &make, made);
}

/* The folder of a path, made with those above it where they are not there. */
static enum bc_status open_parent(struct bc_patch_work *work, const struct bc_patch_task *task,
                                  struct bc_attr *parent)
{
    struct bc_slice path = bc_patch_parent_path(task->part->path);
    enum bc_status st = bc_tree_find(work->branch, path, parent);
    if (st == BC_NOT_FOUND) {
        const char *end = path.data + path.size;
        st = bc_tree_stat(work->branch, BC_ROOT_NODE, parent);
        for (const char *at = path.data; !st && at < end;) {
            const char *slash = memchr(at, '/', (size_t)(end - at));
            const char *stop = slash ? slash : end;
            struct bc_slice name = bc_slice(at, (size_t)(stop - at));
            struct bc_attr next;
            st = bc_tree_lookup(work->branch, parent->node, name, &next);
            if (st == BC_NOT_FOUND)
                st = make_folder(work, parent, name, &next);
            *parent = next;
            at = stop + 1;
        }
    }
    if (st == BC_NOT_DIRECTORY || (!st && parent->kind != BC_DIRECTORY))
        return bc_patch_fail(work, task, BC_EXISTS,
                             "cannot be made: something above it in its path is no folder");
    return bc_patch_explain(work, task, st);
}

static enum bc_status patch_rows(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    bool changed = false;
    if (!part->row_count || task->rows_done)
        return BC_OK;
    enum bc_status st =
        bc_patch_lines(work->branch, task->node, &work->patch->rows[part->first_row],
                       part->row_count, work->report, &changed);
    task->rows_done = true;
    task->changed |= changed;
    return bc_patch_explain(work, task, st);
}

static enum bc_status fail_unsayable(struct bc_patch_work *work, struct bc_patch_task *task)
{
    enum bc_syntax syntax = BC_NTRIPLES;
    (void)bc_syntax_of_name(bc_patch_last_name(task->part->path), &syntax);
    if (!bc_syntax_says_all(syntax))
        return bc_patch_fail(work, task, BC_SYNTAX,
                             "would hold statements that %s cannot say; keep the extension",
                             bc_syntax_name(syntax));
    return bc_patch_fail(work, task, BC_SYNTAX,
                         "would hold statements with a graph, which %s cannot say; keep the "
                         "extension .nq, or remove them with rows D",
                         bc_syntax_name(syntax));
}

/* Rows come first: without them a text may have graphs that its new name's syntax cannot say. */
static enum bc_status place_moved(struct bc_patch_work *work, struct bc_patch_task *task,
                                  const struct bc_attr *parent)
{
    struct bc_attr attr;
    struct bc_renamed renamed;
    struct bc_buffer path = {0};
    struct bc_slice name = {0};
    enum bc_status st = patch_rows(work, task);
    if (st)
        return st;
    st = bc_tree_stat(work->branch, task->node, &attr);
    if (!st)
        st = name_of(work, task->node, &path, &name);
    if (!st)
        st = bc_tree_rename(work->branch, attr.parent, name, parent->node,
                            bc_patch_last_name(task->part->path), BC_RENAME_NOREPLACE, &renamed,
                            NULL);
    bc_buffer_release(&path);
    task->changed = true;
    if (st == BC_EXISTS)
        return bc_patch_fail(work, task, st, "is there already, and the patch does not delete it");
    if (st == BC_SYNTAX)
        return fail_unsayable(work, task);
    if (st == BC_INVALID)
        return bc_patch_fail(work, task, BC_EXISTS, "is within the folder that is renamed to it");
    return bc_patch_explain(work, task, st);
}

static uint32_t default_mode(enum bc_patch_type type)
{
    return type == BC_PATCH_FOLDER ? 0755 : type == BC_PATCH_LINK ? 0777 : 0644;
}

static enum bc_status place_added(struct bc_patch_work *work, struct bc_patch_task *task,
                                  const struct bc_attr *parent)
{
    const struct bc_patch_part *part = task->part;
    struct bc_attr attr;
    struct bc_make make = {
        .kind = part->type == BC_PATCH_FOLDER ? BC_DIRECTORY
                : part->type == BC_PATCH_LINK ? BC_SYMLINK
                                              : BC_FILE,
        .mode = part->has_mode ? part->mode : default_mode(part->type),
        .uid = parent->uid,
        .gid = parent->gid,
        .target = part->target,
    };
    struct bc_slice name = bc_patch_last_name(part->path);
    enum bc_status st = bc_tree_make(work->branch, parent->node, name, &make, &attr);
    task->changed = !st;
    if (st == BC_EXISTS) {
        st = bc_tree_lookup(work->branch, parent->node, name, &attr);
        if (!st && bc_patch_type_of(&attr, part->path) != part->type)
            return bc_patch_fail(work, task, BC_EXISTS,
                                 "is there already, as %s; it is to be added as %s",
                                 bc_patch_type_name(bc_patch_type_of(&attr, part->path)),
                                 bc_patch_type_name(part->type));
    }
    task->node = attr.node;
    return bc_patch_explain(work, task, st);
}

static enum bc_status place(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    struct bc_attr parent;
    if (!task->moves && part->kind != BC_PATCH_ADDED)
        return BC_OK;
    enum bc_status st = open_parent(work, task, &parent);
    if (st)
        return st;
    return task->moves ? place_moved(work, task, &parent) : place_added(work, task, &parent);
}

static enum bc_status find_changed(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    struct bc_attr attr;
    if (task->node)
        return BC_OK;
    enum bc_status st = bc_patch_find(work, part->path, &attr);
    if (st == BC_NOT_FOUND)
        return bc_patch_fail(
            work, task, st, "is not there; to have it made, put H kind \"added\" . into the patch");
    if (st)
        return bc_patch_explain(work, task, st);
    task->node = attr.node;
    return bc_patch_expect_type(work, task, &attr, part->path);
}

static enum bc_status fill(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    if (part->kind == BC_PATCH_DELETED)
        return BC_OK;
    enum bc_status st = find_changed(work, task);
    if (!st)
        st = patch_rows(work, task);
    if (st)
        return st;
    const struct bc_patch_xattr *xattrs =
        part->xattr_count ? &work->patch->xattrs[part->first_xattr] : NULL;
    st = bc_patch_fill(work->branch, &task->node, part, xattrs, &task->changed);
    return bc_patch_explain(work, task, st);
}

static int by_path(const void *a, const void *b)
{
    const struct bc_patch_task *left = ((const struct bc_patch_sorted *)a)->task;
    const struct bc_patch_task *right = ((const struct bc_patch_sorted *)b)->task;
    int order = bc_slice_compare(left->part->path, right->part->path);
    if (order)
        return order;
    return left->part->line < right->part->line ? -1 : 1;
}

enum bc_status bc_patch_tree(struct bc_patch_work *work)
{
    size_t count = work->patch->part_count;
    for (size_t i = 0; i < count; i++) {
        work->tasks[i] = (struct bc_patch_task){.part = &work->patch->parts[i]};
        work->order[i].task = &work->tasks[i];
    }
    qsort(work->order, count, sizeof *work->order, by_path);
    enum bc_status st = make_room(work);
    for (size_t i = 0; !st && i < count; i++)
        st = place(work, work->order[i].task);
    for (size_t i = 0; !st && i < count; i++)
        st = fill(work, &work->tasks[i]);
    for (size_t i = 0; !st && i < count; i++)
        work->report->paths += work->tasks[i].changed;
    return st;
}
