/* Which files a search looks at. */
#include "branchcore/match_units.h"

#include <string.h>

void bc_match_files_release(struct bc_match_files *files)
{
    bc_buffer_release(&files->paths);
    bc_free(files->items);
    *files = (struct bc_match_files){0};
}

static enum bc_status add_file(struct bc_match_files *files, struct bc_slice path,
                               const struct bc_attr *attr)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 16;
        struct bc_match_file *items = bc_realloc_array(files->items, capacity, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        files->items = items;
        files->capacity = capacity;
    }
    size_t at = files->paths.size;
    enum bc_status st = bc_buffer_reserve(&files->paths, path.size + 1);
    if (st)
        return st;
    (void)bc_buffer_append(&files->paths, path.data, path.size);
    (void)bc_buffer_append(&files->paths, "", 1);
    files->items[files->count++] =
        (struct bc_match_file){at, attr->node, attr->size_bytes, attr->triples};
    return BC_OK;
}

/* What is still to be looked at, the next one last. */
struct entry {
    struct bc_attr attr;
    char *path;
};
struct entries {
    struct entry *items;
    size_t count;
    size_t capacity;
    struct bc_slice folder; /* that is being listed */
};

static void release_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        bc_free(entries->items[i].path);
    bc_free(entries->items);
}

static enum bc_status push(struct entries *entries, const struct bc_attr *attr, char *path)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 32;
        struct entry *items = bc_realloc_array(entries->items, capacity, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count++] = (struct entry){*attr, path};
    return BC_OK;
}

static enum bc_status push_listed(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct entries *entries = context;
    if (attr->kind != BC_DIRECTORY && (attr->kind != BC_FILE || attr->form != BC_TEXT))
        return BC_OK;
    size_t folder = entries->folder.size;
    char *path = bc_alloc(folder + 1 + name.size + 1);
    if (!path)
        return BC_NO_MEMORY;
    if (folder) {
        memcpy(path, entries->folder.data, folder);
        path[folder++] = '/';
    }
    memcpy(path + folder, name.data, name.size);
    path[folder + name.size] = '\0';
    enum bc_status st = push(entries, attr, path);
    if (st)
        bc_free(path);
    return st;
}

static void reverse(struct entry *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct entry item = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

static enum bc_status list(struct bc_branch *branch, struct entries *entries,
                           const struct entry *folder)
{
    size_t before = entries->count;
    entries->folder = bc_slice(folder->path, strlen(folder->path));
    enum bc_status st = bc_tree_list_attr(branch, folder->attr.node, push_listed, entries);
    reverse(entries->items + before, entries->count - before);
    return st;
}

static enum bc_status find_all(struct bc_branch *branch, struct bc_slice path,
                               const struct bc_attr *attr, struct bc_match_files *files)
{
    struct entries entries = {0};
    char *copy = bc_copy_string(path.data ? path.data : "", path.size);
    enum bc_status st = copy ? push(&entries, attr, copy) : BC_NO_MEMORY;
    if (st)
        bc_free(copy);
    while (!st && entries.count) {
        struct entry entry = entries.items[--entries.count];
        if (entry.attr.kind == BC_DIRECTORY)
            st = list(branch, &entries, &entry);
        else
            st = add_file(files, bc_slice(entry.path, strlen(entry.path)), &entry.attr);
        bc_free(entry.path);
    }
    release_entries(&entries);
    return st;
}

static struct bc_slice trim(struct bc_slice path)
{
    while (path.size && path.data[0] == '/')
        path = bc_slice(path.data + 1, path.size - 1);
    while (path.size && path.data[path.size - 1] == '/')
        path.size--;
    return path;
}

enum bc_status bc_match_files_find(struct bc_branch *branch, struct bc_slice path,
                                   struct bc_match_files *files, struct bc_error *err)
{
    struct bc_attr attr;
    path = trim(path);
    int shown = (int)(path.size < 300 ? path.size : 300);
    enum bc_status st = bc_tree_find(branch, path, &attr);
    /* A past without a root folder is empty. */
    if (!path.size && st == BC_STALE)
        return BC_OK;
    if (st == BC_NOT_FOUND || st == BC_NOT_DIRECTORY)
        return bc_fail(err, st, "there is no '%.*s' in the branch: name a triple file or a folder",
                       shown, path.data);
    if (st)
        return st;
    if (attr.kind == BC_DIRECTORY)
        return find_all(branch, path, &attr, files);
    if (attr.kind != BC_FILE || attr.form != BC_TEXT)
        return bc_fail(err, BC_INVALID, "'%.*s' is no triple file and no folder", shown, path.data);
    return add_file(files, path, &attr);
}

bool bc_match_is_file(struct bc_branch *branch, struct bc_slice path)
{
    struct bc_attr attr;
    path = trim(path);
    return path.size && !bc_tree_find(branch, path, &attr) && attr.kind == BC_FILE;
}
