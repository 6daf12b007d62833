#include "tools/export_walk.h"

#include <string.h>

static enum bc_status collect(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct tfs_entries *entries = context;
    enum bc_status status = bc_buffer_append(&entries->names, name.data, name.size);
    if (!status)
        status = bc_buffer_append(&entries->names, "", 1);
    return status ? status : bc_buffer_append(&entries->attrs, attr, sizeof *attr);
}

enum bc_status tfs_entries_read(struct bc_branch *branch, uint64_t folder, const char *path,
                                struct tfs_entries *entries, struct bc_error *err)
{
    enum bc_status status = bc_tree_list_attr(branch, folder, collect, entries);
    if (status)
        return bc_fail(err, status, "cannot read %s from the branch: %s",
                       *path ? path : "the folder", bc_status_text(status));
    return BC_OK;
}

void tfs_entries_release(struct tfs_entries *entries)
{
    bc_buffer_release(&entries->names);
    bc_buffer_release(&entries->attrs);
}

enum bc_status tfs_entries_each(const struct tfs_entries *entries, const char *path,
                                tfs_walk_sink sink, void *context, struct bc_error *err)
{
    struct bc_buffer full = {0};
    enum bc_status status = BC_OK;
    size_t count = entries->attrs.size / sizeof(struct bc_attr);
    const char *name = entries->names.data;
    for (size_t i = 0; !status && i < count; i++) {
        struct bc_attr attr;
        memcpy(&attr, entries->attrs.data + i * sizeof attr, sizeof attr);
        bc_buffer_clear(&full);
        status = bc_buffer_printf(&full, "%s%s%s", path, *path ? "/" : "", name);
        if (!status)
            status = bc_buffer_append(&full, "", 1);
        if (!status)
            status = sink(context, &attr, full.data, err);
        name += strlen(name) + 1;
    }
    bc_buffer_release(&full);
    return status;
}

struct walk {
    struct bc_branch *branch;
    tfs_walk_sink sink;
    void *context;
};

static enum bc_status walk_on(void *context, const struct bc_attr *attr, const char *path,
                              struct bc_error *err)
{
    struct walk *walk = context;
    return tfs_walk(walk->branch, attr, path, walk->sink, walk->context, err);
}

enum bc_status tfs_walk(struct bc_branch *branch, const struct bc_attr *attr, const char *path,
                        tfs_walk_sink sink, void *context, struct bc_error *err)
{
    enum bc_status status = sink(context, attr, path, err);
    if (status || attr->kind != BC_DIRECTORY)
        return status;
    struct tfs_entries entries = {0};
    struct walk walk = {branch, sink, context};
    status = tfs_entries_read(branch, attr->node, path, &entries, err);
    if (!status)
        status = tfs_entries_each(&entries, path, walk_on, &walk, err);
    tfs_entries_release(&entries);
    return status;
}
