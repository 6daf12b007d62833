/* What a patch takes out of the tree before: what it deletes and renames, and what stands in for
 * what was carried away. */
#include "branchcore/patch_task.h"

#include "branchcore/patch_string.h"
#include "branchcore/syntax.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum bc_status bc_patch_fail(struct bc_patch_work *work, const struct bc_patch_task *task,
                             enum bc_status status, const char *format, ...)
{
    char reason[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return bc_fail(work->err, status, "line %" PRIu64 ": \"%s\" %s", task->part->line,
                   bc_patch_show(task->part->path).text, reason);
}

enum bc_status bc_patch_explain(struct bc_patch_work *work, const struct bc_patch_task *task,
                                enum bc_status status)
{
    return status
               ? bc_patch_fail(work, task, status, "cannot be patched: %s", bc_status_text(status))
               : BC_OK;
}

struct bc_slice bc_patch_parent_path(struct bc_slice path)
{
    const char *slash = memrchr(path.data, '/', path.size);
    return bc_slice(path.data, slash ? (size_t)(slash - path.data) : 0);
}

struct bc_slice bc_patch_last_name(struct bc_slice path)
{
    size_t parent = bc_patch_parent_path(path).size;
    size_t skip = parent ? parent + 1 : 0;
    return bc_slice(path.data + skip, path.size - skip);
}

static bool triple_name(struct bc_slice path)
{
    enum bc_syntax syntax;
    return bc_syntax_of_name(bc_patch_last_name(path), &syntax);
}

enum bc_patch_type bc_patch_type_of(const struct bc_attr *attr, struct bc_slice path)
{
    if (attr->kind == BC_DIRECTORY)
        return BC_PATCH_FOLDER;
    if (attr->kind == BC_SYMLINK)
        return BC_PATCH_LINK;
    return triple_name(path) ? BC_PATCH_TEXT : BC_PATCH_BYTES;
}

const char *bc_patch_type_name(enum bc_patch_type type)
{
    switch (type) {
    case BC_PATCH_FOLDER:
        return "a folder";
    case BC_PATCH_LINK:
        return "a link";
    case BC_PATCH_BYTES:
        return "a plain file";
    default:
        return "a triple file";
    }
}

enum bc_status bc_patch_find(struct bc_patch_work *work, struct bc_slice path, struct bc_attr *attr)
{
    enum bc_status st = bc_tree_find(work->branch, path, attr);
    return st == BC_NOT_DIRECTORY || st == BC_NAME_TOO_LONG ? BC_NOT_FOUND : st;
}

enum bc_status bc_patch_expect_type(struct bc_patch_work *work, const struct bc_patch_task *task,
                                    const struct bc_attr *attr, struct bc_slice path)
{
    enum bc_patch_type type = bc_patch_type_of(attr, path);
    if (task->part->type == BC_PATCH_ANY || task->part->type == type)
        return BC_OK;
    return bc_patch_fail(
        work, task, BC_EXISTS,
        "is %s in the branch, not %s as the patch says; to make it another thing, delete "
        "and add it",
        bc_patch_type_name(type), bc_patch_type_name(task->part->type));
}

static bool is_source(const struct bc_patch_part *part)
{
    return part->from.size > 0 || part->kind == BC_PATCH_DELETED;
}

/* What is deleted or renamed, in the tree before. */
static enum bc_status find_source(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    bool renamed = part->from.size > 0;
    struct bc_slice path = renamed ? part->from : part->path;
    struct bc_attr attr;
    if (!is_source(part))
        return BC_OK;
    enum bc_status st = bc_patch_find(work, path, &attr);
    if (st == BC_NOT_FOUND && renamed)
        return bc_patch_fail(work, task, st, "cannot be renamed from \"%s\": that is not there",
                             bc_patch_show(path).text);
    if (st == BC_NOT_FOUND)
        return bc_patch_fail(work, task, st, "cannot be deleted: it is not there");
    if (st)
        return bc_patch_explain(work, task, st);
    if (bc_counts_find(&work->sources, attr.node))
        return bc_patch_fail(work, task, BC_NOT_FOUND,
                             "cannot be patched: \"%s\" is deleted or renamed twice",
                             bc_patch_show(path).text);
    task->node = attr.node;
    task->moves = renamed;
    st = bc_counts_add(&work->sources, attr.node);
    if (st)
        return st;
    if (renamed && bc_patch_type_of(&attr, path) == BC_PATCH_BYTES &&
        bc_patch_type_of(&attr, part->path) == BC_PATCH_TEXT)
        return bc_patch_fail(
            work, task, BC_EXISTS,
            "cannot be renamed from \"%s\", a plain file, to a triple file; delete the one "
            "and add the other",
            bc_patch_show(path).text);
    return bc_patch_expect_type(work, task, &attr, renamed ? part->path : path);
}

/* Whether something from a node up to the folder `top` is taken out, so that it goes along or is
 * gone. */
static enum bc_status goes_along(struct bc_patch_work *work, uint64_t node, uint64_t top,
                                 bool *goes)
{
    enum bc_status st = BC_OK;
    *goes = false;
    while (!st && !*goes && node != top && node != BC_ROOT_NODE) {
        struct bc_attr attr;
        *goes = bc_counts_find(&work->sources, node) != NULL;
        st = bc_tree_stat(work->branch, node, &attr);
        if (!st)
            node = attr.parent;
    }
    return st;
}

/* The first task of a path, or behind. */
static size_t lower_bound(const struct bc_patch_work *work, struct bc_slice path)
{
    size_t low = 0;
    size_t high = work->patch->part_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bc_slice_compare(work->order[middle].task->part->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What is renamed to this path; NULL: nothing is. */
static const struct bc_patch_task *renamed_to(const struct bc_patch_work *work,
                                              struct bc_slice path)
{
    for (size_t i = lower_bound(work, path); i < work->patch->part_count; i++) {
        const struct bc_patch_task *task = work->order[i].task;
        if (!bc_slice_equal(task->part->path, path))
            return NULL;
        if (task->part->from.size)
            return task;
    }
    return NULL;
}

/* Whether a renamed folder brings something to this path. */
static enum bc_status is_brought(struct bc_patch_work *work, struct bc_slice path, bool *brought)
{
    struct bc_slice folder = path;
    const struct bc_patch_task *task = NULL;
    *brought = false;
    while (!task && folder.size) {
        folder = bc_patch_parent_path(folder);
        task = folder.size ? renamed_to(work, folder) : NULL;
    }
    if (!task)
        return BC_OK;
    struct bc_buffer before = {0};
    struct bc_attr attr;
    bool goes = false;
    enum bc_status st = bc_buffer_append(&before, task->part->from.data, task->part->from.size);
    if (!st)
        st = bc_buffer_append(&before, path.data + folder.size, path.size - folder.size);
    if (!st)
        st = bc_patch_find(work, bc_buffer_slice(&before), &attr);
    if (!st)
        st = goes_along(work, attr.node, task->node, &goes);
    if (!st)
        *brought = !goes;
    bc_buffer_release(&before);
    return st == BC_NOT_FOUND ? BC_OK : st;
}

/* A path that is there before and after, while what is there before would go along with a folder
 * that is renamed, and nothing is brought there: it stays, as if it were renamed to where it is. */
static enum bc_status hold(struct bc_patch_work *work, struct bc_patch_task *task)
{
    const struct bc_patch_part *part = task->part;
    struct bc_attr attr;
    bool goes;
    bool brought;
    if (is_source(part) || part->kind == BC_PATCH_ADDED)
        return BC_OK;
    enum bc_status st = bc_patch_find(work, part->path, &attr);
    if (st || bc_counts_find(&work->sources, attr.node))
        return st == BC_NOT_FOUND ? BC_OK : st;
    st = goes_along(work, attr.node, BC_ROOT_NODE, &goes);
    if (!st && goes)
        st = is_brought(work, part->path, &brought);
    if (st || !goes || brought)
        return st;
    task->node = attr.node;
    task->moves = true;
    st = bc_patch_expect_type(work, task, &attr, part->path);
    return st ? st : bc_counts_add(&work->sources, attr.node);
}

enum bc_status bc_patch_sources(struct bc_patch_work *work)
{
    size_t count = work->patch->part_count;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++)
        st = find_source(work, &work->tasks[i]);
    for (size_t i = 0; !st && work->sources.used && i < count; i++)
        st = hold(work, &work->tasks[i]);
    return st;
}
