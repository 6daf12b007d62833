#include "tools/import_plan.h"

#include "tools/say.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_dots(const char *name, size_t size)
{
    return (size == 1 && name[0] == '.') || (size == 2 && name[0] == '.' && name[1] == '.');
}

enum bc_status tfs_branch_path(const char *path, char **clean, struct bc_error *err)
{
    struct bc_buffer to = {0};
    enum bc_status status = BC_OK;
    for (const char *at = path; !status && *at;) {
        size_t size = strcspn(at, "/");
        if (is_dots(at, size))
            status = bc_fail(err, BC_INVALID, "a path in a branch cannot have '.' or '..' in it");
        else if (size > 255)
            status = bc_fail(err, BC_NAME_TOO_LONG, "a name in it has more than 255 bytes");
        else if (size && to.size == 0 && size == 7 && memcmp(at, ".branch", 7) == 0)
            status = bc_fail(err, BC_INVALID, "'.branch' is the branch's control directory");
        if (!status && size && to.size)
            status = bc_buffer_append(&to, "/", 1);
        if (!status && size)
            status = bc_buffer_append(&to, at, size);
        at += size + (at[size] == '/');
    }
    if (!status && !to.size)
        status = bc_fail(err, BC_INVALID, "it is empty");
    if (!status)
        status = bc_buffer_append(&to, "", 1);
    if (status)
        bc_buffer_release(&to);
    *clean = to.data;
    return status;
}

static enum bc_status grow(struct tfs_import_plan *plan)
{
    if (plan->count < plan->capacity)
        return BC_OK;
    size_t capacity = plan->capacity ? plan->capacity * 2 : 16;
    struct tfs_import_item *items = bc_realloc_array(plan->items, capacity, sizeof *items);
    if (!items)
        return BC_NO_MEMORY;
    plan->items = items;
    plan->capacity = capacity;
    return BC_OK;
}

/* Owns target, whatever it returns. */
static enum bc_status add_item(struct tfs_import_plan *plan, enum tfs_import_kind kind,
                               const char *source, char *target, const struct stat *info)
{
    enum bc_status status = grow(plan);
    char *copy = status ? NULL : bc_copy_string(source, strlen(source));
    if (!copy) {
        bc_free(target);
        return BC_NO_MEMORY;
    }
    struct tfs_import_item *item = &plan->items[plan->count++];
    *item = (struct tfs_import_item){
        .kind = kind, .source = copy, .target = target, .mode = info->st_mode & 0777};
    if (kind == TFS_IMPORT_FILE && S_ISREG(info->st_mode))
        item->size_bytes = (uint64_t)info->st_size;
    plan->size_bytes += item->size_bytes;
    return BC_OK;
}

static void leave_out(struct tfs_import_plan *plan, const char *source, const char *why)
{
    tfs_say("%s was left out: %s", source, why);
    plan->failed = true;
}

static enum bc_status add_checked(struct tfs_import_plan *plan, enum tfs_import_kind kind,
                                  const char *source, const char *target, const struct stat *info)
{
    char *clean;
    struct bc_error error = {0};
    enum bc_status status = tfs_branch_path(target, &clean, &error);
    if (!status)
        return add_item(plan, kind, source, clean, info);
    if (status == BC_NO_MEMORY)
        return status;
    char why[700];
    snprintf(why, sizeof why, "it cannot be at '%s' in a branch: %s", target, error.text);
    leave_out(plan, source, why);
    return BC_OK;
}

static enum bc_status add_found(struct tfs_import_plan *plan, const FTSENT *found,
                                const char *target)
{
    switch (found->fts_info) {
    case FTS_D:
        return *target
                   ? add_checked(plan, TFS_IMPORT_FOLDER, found->fts_path, target, found->fts_statp)
                   : BC_OK;
    case FTS_DP:
        return BC_OK;
    case FTS_F:
        return add_checked(plan, TFS_IMPORT_FILE, found->fts_path, target, found->fts_statp);
    case FTS_SL:
    case FTS_SLNONE:
        return add_checked(plan, TFS_IMPORT_LINK, found->fts_path, target, found->fts_statp);
    case FTS_DC:
        leave_out(plan, found->fts_path, "it is a folder inside itself");
        return BC_OK;
    case FTS_DEFAULT:
        leave_out(plan, found->fts_path, "it is neither a file, a folder nor a symbolic link");
        return BC_OK;
    default:
        leave_out(plan, found->fts_path, strerror(found->fts_errno));
        return BC_OK;
    }
}

/* source has no slash behind it, so that what is below continues with one. */
static enum bc_status add_tree(struct tfs_import_plan *plan, const char *source, const char *top)
{
    char *roots[] = {(char *)source, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    if (!walk) {
        leave_out(plan, source, strerror(errno));
        return BC_OK;
    }
    enum bc_status status = BC_OK;
    struct bc_buffer target = {0};
    for (FTSENT *found; !status && (found = fts_read(walk));) {
        bc_buffer_clear(&target);
        status = bc_buffer_printf(&target, "%s%s", top, found->fts_path + strlen(source));
        if (!status)
            status = bc_buffer_append(&target, "", 1);
        if (!status)
            status = add_found(plan, found, target.data);
    }
    bc_buffer_release(&target);
    fts_close(walk);
    return status;
}

/* The last name of a path, without slashes behind it; "" where it is "." or "..", or "/". */
static enum bc_status own_name(const char *path, char **name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (is_dots(path + start, end - start))
        start = end;
    *name = bc_copy_string(path + start, end - start);
    return *name ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status add_path(struct tfs_import_plan *plan, const char *source, const char *target,
                               bool recursive)
{
    struct stat info;
    if (stat(source, &info) != 0) {
        leave_out(plan, source, strerror(errno));
        return BC_OK;
    }
    if (!S_ISDIR(info.st_mode))
        return add_checked(plan, TFS_IMPORT_FILE, source, target, &info);
    if (recursive) {
        size_t size = strlen(source);
        while (size > 1 && source[size - 1] == '/')
            size--;
        char *trimmed = bc_copy_string(source, size);
        enum bc_status status = trimmed ? add_tree(plan, trimmed, target) : BC_NO_MEMORY;
        bc_free(trimmed);
        return status;
    }
    leave_out(plan, source, "it is a folder; give -r to import folders with all that is in them");
    return BC_OK;
}

enum bc_status tfs_import_plan_add(struct tfs_import_plan *plan, const char *source,
                                   const char *target, bool recursive)
{
    if (strcmp(source, "-") == 0)
        return add_checked(plan, TFS_IMPORT_FILE, source, target ? target : "",
                           &(struct stat){.st_mode = 0644});
    if (target)
        return add_path(plan, source, target, recursive);
    char *name;
    enum bc_status status = own_name(source, &name);
    if (!status)
        status = add_path(plan, source, name, recursive);
    bc_free(name);
    return status;
}

void tfs_import_plan_release(struct tfs_import_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        bc_free(plan->items[i].source);
        bc_free(plan->items[i].target);
    }
    bc_free(plan->items);
    *plan = (struct tfs_import_plan){0};
}
