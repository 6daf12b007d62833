#include "fs/errors.h"

#include "fs/line.h"

#include <string.h>

void tfs_errors_init(struct tfs_errors *errors)
{
    *errors = (struct tfs_errors){0};
    (void)pthread_mutex_init(&errors->lock, NULL);
}

void tfs_errors_release(struct tfs_errors *errors)
{
    for (size_t i = 0; i < TFS_ERRORS_KEPT; i++)
        bc_free(errors->entries[i].text);
    (void)pthread_mutex_destroy(&errors->lock);
}

static bool starts_with_path(const char *reason, const char *path)
{
    size_t size = strlen(path);
    return size > 0 && strncmp(reason, path, size) == 0 && reason[size] == ':';
}

/* The reason's lines: the first as it is, the others indented by four spaces. */
static enum bc_status append_reason(struct bc_buffer *to, const char *reason)
{
    bool first = true;
    while (*reason) {
        size_t line = strcspn(reason, "\n");
        enum bc_status st = first ? BC_OK : bc_buffer_append(to, "\n    ", 5);
        if (!st)
            st = bc_buffer_append(to, reason, line);
        if (st)
            return st;
        first = false;
        reason += line;
        if (*reason == '\n')
            reason++;
    }
    return BC_OK;
}

static enum bc_status entry_text(struct bc_buffer *to, const char *operation, const char *path,
                                 const char *reason)
{
    enum bc_status st = bc_buffer_printf(to, "%s ", operation);
    if (!st && starts_with_path(reason, path))
        reason += strlen(path);
    else if (!st)
        reason = reason[0] ? reason : "failed";
    if (!st)
        st = tfs_path_append(to, path[0] ? path : ".");
    if (!st && reason[0] != ':')
        st = bc_buffer_append(to, ": ", 2);
    return st ? st : append_reason(to, reason);
}

void tfs_errors_note(struct tfs_errors *errors, int64_t time_ns, const char *operation,
                     const char *path, const char *reason)
{
    struct bc_buffer text = {0};
    char *copy = NULL;
    if (!entry_text(&text, operation, path, reason))
        copy = bc_copy_string(text.data, text.size);
    bc_buffer_release(&text);
    if (!copy)
        return;
    (void)pthread_mutex_lock(&errors->lock);
    struct tfs_error_entry *last = &errors->entries[(errors->count - 1) % TFS_ERRORS_KEPT];
    if (errors->count > 0 && strcmp(last->text, copy) == 0) {
        last->time_ns = time_ns;
        bc_free(copy);
    } else {
        struct tfs_error_entry *entry = &errors->entries[errors->count++ % TFS_ERRORS_KEPT];
        bc_free(entry->text);
        *entry = (struct tfs_error_entry){time_ns, copy};
    }
    (void)pthread_mutex_unlock(&errors->lock);
}

enum bc_status tfs_errors_format(struct tfs_errors *errors, struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    (void)pthread_mutex_lock(&errors->lock);
    size_t first = errors->count > TFS_ERRORS_KEPT ? errors->count - TFS_ERRORS_KEPT : 0;
    for (size_t i = first; i < errors->count && !st; i++) {
        const struct tfs_error_entry *entry = &errors->entries[i % TFS_ERRORS_KEPT];
        char time[TFS_TIME_SIZE];
        tfs_time_format(entry->time_ns, time);
        st = bc_buffer_printf(to, "%s %s\n", time, entry->text);
    }
    (void)pthread_mutex_unlock(&errors->lock);
    return st;
}
