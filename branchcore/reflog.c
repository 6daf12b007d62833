#include "branchcore/reflog.h"

#include "branchcore/model.h"

#include <stdio.h>
#include <time.h>

enum bc_status bc_reflog_put(struct bc_repo *repo, struct bc_batch *batch,
                             enum bc_reflog_action action, struct bc_slice name,
                             struct bc_slice detail, uint64_t branch, struct bc_slice branch_record)
{
    uint64_t sequence;
    struct bc_buffer value = {0};
    char key[9] = "g";
    enum bc_status st = bc_repo_next_id(repo, &sequence);
    if (st)
        return st;
    bc_put_u64(key + 1, sequence);
    st = bc_reflog_record_encode(&(struct bc_reflog_record){bc_now_ns(), (uint8_t)action, name,
                                                            detail, branch, branch_record},
                                 &value);
    if (!st)
        st = bc_batch_put(batch, BC_REFS, bc_slice(key, sizeof key), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    return st;
}

enum bc_status bc_reflog_walk(struct bc_repo *repo, bc_reflog_sink sink, void *context)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("g", 1),
                                        bc_slice("h", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_reflog_record record;
        st = cursor->key.size == 9 ? bc_reflog_record_decode(cursor->value, &record) : BC_CORRUPT;
        if (!st)
            st = sink(context, bc_get_u64(cursor->key.data + 1), &record);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

struct formatted {
    enum bc_status (*sink)(void *context, const char *line);
    void *context;
};

static const char *action_name(uint8_t action)
{
    switch (action) {
    case BC_REFLOG_CREATE:
        return "create";
    case BC_REFLOG_DELETE:
        return "delete";
    case BC_REFLOG_RENAME:
        return "rename";
    case BC_REFLOG_RESTORE:
        return "restore";
    case BC_REFLOG_DEFAULT:
        return "default";
    case BC_REFLOG_MERGE:
        return "merge";
    case BC_REFLOG_FAST_FORWARD:
        return "fast-forward";
    case BC_REFLOG_RESET:
        return "reset";
    case BC_REFLOG_PATCH:
        return "patch";
    case BC_REFLOG_REVERT:
        return "revert";
    case BC_REFLOG_REWRITE:
        return "rewrite";
    default:
        return "other";
    }
}

static enum bc_status format_line(void *context, uint64_t sequence,
                                  const struct bc_reflog_record *record)
{
    (void)sequence;
    struct formatted *to = context;
    char stamp[32];
    struct tm parts;
    time_t seconds = (time_t)(record->time_ns / 1000000000);
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
    struct bc_buffer line = {0};
    enum bc_status st =
        bc_buffer_printf(&line, "%s %s %.*s%s%.*s", stamp, action_name(record->action),
                         (int)record->name.size, record->name.data, record->detail.size ? " " : "",
                         (int)record->detail.size, record->detail.data);
    if (!st)
        st = bc_buffer_append(&line, "", 1);
    if (!st)
        st = to->sink(to->context, line.data);
    bc_buffer_release(&line);
    return st;
}

enum bc_status bc_reflog_each(struct bc_repo *repo,
                              enum bc_status (*sink)(void *context, const char *line),
                              void *context)
{
    struct formatted to = {sink, context};
    return bc_reflog_walk(repo, format_line, &to);
}
