/* `discard`: branches that were deleted, and can come back. */
#include "fs/commands.h"
#include "fs/root.h"

#include <string.h>

/* The deletions of the reflog that have not been undone, the latest last. */
struct deletion {
    struct deletion *next;
    char *name;
    char *state;
    char *time;
};

static void deletion_free(struct deletion *deletion)
{
    bc_free(deletion->name);
    bc_free(deletion->state);
    bc_free(deletion->time);
    bc_free(deletion);
}

static bool ends_with_word(const char *line, const char *word)
{
    size_t size = strlen(line);
    size_t word_size = strlen(word);
    return size > word_size && line[size - word_size - 1] == ' ' &&
           strcmp(line + size - word_size, word) == 0;
}

/* "TIME delete NAME STATE" */
static enum bc_status add_deletion(struct deletion **list, const char *line)
{
    static const char action[] = " delete ";
    const char *name = strstr(line, action);
    const char *state = strrchr(line, ' ');
    if (!name || !state || state <= name + strlen(action))
        return BC_OK;
    struct deletion *deletion = bc_alloc_zero(sizeof *deletion);
    if (!deletion)
        return BC_NO_MEMORY;
    deletion->time = bc_copy_string(line, (size_t)(name - line));
    name += strlen(action);
    deletion->name = bc_copy_string(name, (size_t)(state - name));
    deletion->state = bc_copy_string(state + 1, strlen(state + 1));
    if (!deletion->time || !deletion->name || !deletion->state) {
        deletion_free(deletion);
        return BC_NO_MEMORY;
    }
    deletion->next = *list;
    *list = deletion;
    return BC_OK;
}

/* "TIME restore NAME STATE", where STATE may also be the name that was deleted. */
static void undo_deletion(struct deletion **list, const char *line)
{
    for (struct deletion **link = list; *link; link = &(*link)->next) {
        if (ends_with_word(line, (*link)->state) || ends_with_word(line, (*link)->name)) {
            struct deletion *undone = *link;
            *link = undone->next;
            deletion_free(undone);
            return;
        }
    }
}

static enum bc_status follow_deletions(void *context, const char *line)
{
    struct deletion **list = context;
    const char *action = strchr(line, ' ');
    if (action && strncmp(action, " delete ", 8) == 0)
        return add_deletion(list, line);
    if (action && strncmp(action, " restore ", 9) == 0)
        undo_deletion(list, line);
    return BC_OK;
}

/* A line a deleted branch, three fields with tabs between: name, state, when. */
enum bc_status tfs_discard_show(struct tfs_mount *mount, struct tfs_branch *branch,
                                struct bc_buffer *to)
{
    (void)branch;
    struct deletion *list = NULL;
    enum bc_status st = bc_reflog_each(mount->repo, follow_deletions, &list);
    while (list) {
        struct deletion *first = list;
        if (!st)
            st = bc_buffer_printf(to, "%s\t%s\t%s\n", first->name, first->state, first->time);
        list = first->next;
        deletion_free(first);
    }
    return st;
}

static enum bc_status restore(struct tfs_mount *mount, struct bc_slice what, struct bc_error *err)
{
    struct bc_slice same = {"", 0};
    enum bc_status st = bc_branch_restore(mount->repo, what, same, err);
    const char *space = memrchr(what.data, ' ', what.size);
    struct bc_slice name = what;
    if (st == BC_NOT_FOUND && space) {
        struct bc_slice state = bc_slice(what.data, (size_t)(space - what.data));
        name = bc_slice(space + 1, what.size - state.size - 1);
        st = bc_branch_restore(mount->repo, state, name, err);
    }
    if (!st)
        tfs_root_forget(mount, name);
    return st;
}

/* "NAME": delete it, whatever is lost. "restore NAME-or-STATE [NEW-NAME]": bring one back. A branch
 * whose name looks like the latter is meant by its name. */
enum bc_status tfs_discard_do(struct tfs_mount *mount, struct tfs_branch *branch,
                              struct bc_slice command, const struct tfs_caller *caller,
                              struct bc_error *err)
{
    static const char verb[] = "restore ";
    (void)branch;
    (void)caller;
    enum bc_status st = tfs_branch_delete(mount, command, true, err);
    if (st == BC_NOT_FOUND && command.size > strlen(verb) &&
        memcmp(command.data, verb, strlen(verb)) == 0)
        return restore(mount, bc_slice(command.data + strlen(verb), command.size - strlen(verb)),
                       err);
    if (!st)
        tfs_root_forget(mount, command);
    return st;
}
