/* Telling the repository's listener what changed, with paths as users see them. */
#include "branchcore/model.h"

const char *bc_event_name(enum bc_event_kind kind)
{
    static const char *const names[] = {
        [BC_EVENT_CREATE] = "create",   [BC_EVENT_DELETE] = "delete",
        [BC_EVENT_CHANGE] = "change",   [BC_EVENT_ATTRIBUTE] = "attribute",
        [BC_EVENT_MOVE] = "move",       [BC_EVENT_REFUSE] = "refuse",
        [BC_EVENT_MERGE] = "merge",     [BC_EVENT_RESET] = "reset",
        [BC_EVENT_PATCH] = "patch",     [BC_EVENT_REVERT] = "revert",
        [BC_EVENT_REWRITE] = "rewrite",
    };
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

bool bc_event_wanted(struct bc_branch *branch)
{
    const struct bc_repo *repo = branch->repo;
    return repo->event && !branch->scratch &&
           (!repo->event_wanted || repo->event_wanted(repo->context, branch->id));
}

void bc_event_path(struct bc_branch *branch, enum bc_event_kind kind, const char *path)
{
    if (bc_event_wanted(branch))
        branch->repo->event(branch->repo->context, branch->id, kind, path);
}

void bc_event_node(struct bc_branch *branch, enum bc_event_kind kind, uint64_t node)
{
    if (!bc_event_wanted(branch))
        return;
    struct bc_buffer path = {0};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_path_of(branch, node, &path);
    pthread_rwlock_unlock(&branch->lock);
    if (!st)
        st = bc_buffer_append(&path, "", 1);
    /* A node that is gone again has no path: there is nobody to tell where. */
    if (!st)
        branch->repo->event(branch->repo->context, branch->id, kind, path.data);
    bc_buffer_release(&path);
}
