#include "tools/import_plan.h"

#include "branchcore/syntax.h"
#include "tools/compression.h"
#include "tools/say.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
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
    if ((kind == TFS_IMPORT_FILE || kind == TFS_IMPORT_TAR) && S_ISREG(info->st_mode))
        item->size_bytes = (uint64_t)info->st_size;
    /* A tar is read twice: it is verified first. */
    plan->size_bytes += kind == TFS_IMPORT_TAR ? 2 * item->size_bytes : item->size_bytes;
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

/* The size of a name without the extension of its compression, if it is a triple file's then. */
static size_t size_shortened(const char *name)
{
    size_t stem;
    enum bc_syntax syntax;
    struct bc_slice whole = bc_slice(name, strlen(name));
    const char *slash = strrchr(name, '/');
    size_t folder = slash ? (size_t)(slash + 1 - name) : 0;
    if (!tfs_compression_of_name(whole, &stem) || stem <= folder ||
        !bc_syntax_of_name(bc_slice(name + folder, stem - folder), &syntax))
        return whole.size;
    return stem;
}

/* target is made of the source's name. */
static enum bc_status add_named(struct tfs_import_plan *plan, const char *source,
                                const char *target, const struct stat *info)
{
    size_t size = size_shortened(target);
    if (size == strlen(target))
        return add_checked(plan, TFS_IMPORT_FILE, source, target, info);
    char *shorter = bc_copy_string(target, size);
    if (!shorter)
        return BC_NO_MEMORY;
    size_t before = plan->count;
    enum bc_status status = add_checked(plan, TFS_IMPORT_FILE, source, shorter, info);
    if (plan->count > before)
        plan->items[before].shortened = true;
    bc_free(shorter);
    return status;
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
        return add_named(plan, found->fts_path, target, found->fts_statp);
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

static enum bc_status add_folder(struct tfs_import_plan *plan, const char *source,
                                 const char *target, const struct tfs_import_how *how)
{
    if (!how->recursive) {
        leave_out(plan, source,
                  "it is a folder; give -r to import folders with all that is in them");
        return BC_OK;
    }
    size_t size = strlen(source);
    while (size > 1 && source[size - 1] == '/')
        size--;
    char *trimmed = bc_copy_string(source, size);
    enum bc_status status = trimmed ? add_tree(plan, trimmed, target) : BC_NO_MEMORY;
    bc_free(trimmed);
    return status;
}

static bool is_tar(const char *source, const struct tfs_import_how *how)
{
    enum tfs_compression compression;
    if (how->tar)
        return true;
    return tfs_is_tar_name(bc_slice(source, strlen(source)), &compression) &&
           !(how->target &&
             tfs_is_tar_name(bc_slice(how->target, strlen(how->target)), &compression));
}

/* The top of a branch is no path that tfs_branch_path knows. */
static enum bc_status add_tar(struct tfs_import_plan *plan, const char *source,
                              const struct tfs_import_how *how, const struct stat *info)
{
    if (how->target)
        return add_checked(plan, TFS_IMPORT_TAR, source, how->target, info);
    char *top = bc_copy_string("", 0);
    return top ? add_item(plan, TFS_IMPORT_TAR, source, top, info) : BC_NO_MEMORY;
}

static enum bc_status add_path(struct tfs_import_plan *plan, const char *source, const char *name,
                               const struct tfs_import_how *how)
{
    struct stat info;
    if (stat(source, &info) != 0) {
        leave_out(plan, source, strerror(errno));
        return BC_OK;
    }
    if (S_ISDIR(info.st_mode))
        return add_folder(plan, source, how->target ? how->target : name, how);
    if (is_tar(source, how))
        return add_tar(plan, source, how, &info);
    return how->target ? add_checked(plan, TFS_IMPORT_FILE, source, how->target, &info)
                       : add_named(plan, source, name, &info);
}

enum bc_status tfs_import_plan_add(struct tfs_import_plan *plan, const char *source,
                                   const struct tfs_import_how *how)
{
    if (strcmp(source, "-") == 0) {
        const struct stat info = {.st_mode = 0644};
        return how->tar ? add_tar(plan, source, how, &info)
                        : add_checked(plan, TFS_IMPORT_FILE, source, how->target ? how->target : "",
                                      &info);
    }
    char *name;
    enum bc_status status = own_name(source, &name);
    if (!status)
        status = add_path(plan, source, name, how);
    bc_free(name);
    return status;
}

static void release_item(struct tfs_import_item *item)
{
    bc_free(item->source);
    bc_free(item->target);
    *item = (struct tfs_import_item){0};
}

/* By target; of the same one those first that keep it, in the order that they were added. */
static int compare(const void *left, const void *right)
{
    const struct tfs_import_item *a = *(struct tfs_import_item *const *)left;
    const struct tfs_import_item *b = *(struct tfs_import_item *const *)right;
    int order = strcmp(a->target, b->target);
    if (order == 0)
        order = a->shortened - b->shortened;
    return order ? order : (a > b) - (a < b);
}

static void leave_out_second(struct tfs_import_plan *plan, struct tfs_import_item *item,
                             const struct tfs_import_item *first)
{
    char why[700];
    snprintf(why, sizeof why, "it would be %s in the branch, as %s is", item->target,
             first->source);
    leave_out(plan, item->source, why);
    plan->size_bytes -= item->size_bytes;
    release_item(item);
}

enum bc_status tfs_import_plan_settle(struct tfs_import_plan *plan)
{
    struct tfs_import_item **order = bc_alloc_array(plan->count, sizeof(struct tfs_import_item *));
    if (!order && plan->count)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < plan->count; i++)
        order[i] = &plan->items[i];
    if (plan->count)
        qsort(order, plan->count, sizeof(struct tfs_import_item *), compare);
    for (size_t i = 1, first = 0; i < plan->count; i++)
        if (strcmp(order[first]->target, order[i]->target) != 0)
            first = i;
        else if (order[i]->shortened)
            leave_out_second(plan, order[i], order[first]);
    bc_free(order);
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].source)
            plan->items[kept++] = plan->items[i];
    plan->count = kept;
    return BC_OK;
}

void tfs_import_plan_release(struct tfs_import_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        release_item(&plan->items[i]);
    bc_free(plan->items);
    *plan = (struct tfs_import_plan){0};
}
