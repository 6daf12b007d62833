/* `head` and `commit`. */
#include "fs/commands.h"
#include "fs/line.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { ACCOUNT_BYTES = 16 << 10 };

struct bc_slice tfs_author(uid_t uid, char name[TFS_AUTHOR_SIZE])
{
    struct passwd account;
    struct passwd *found = NULL;
    char *room = bc_alloc(ACCOUNT_BYTES);
    int size = 0;
    if (room && getpwuid_r(uid, &account, room, ACCOUNT_BYTES, &found) == 0 && found)
        size = snprintf(name, TFS_AUTHOR_SIZE, "%s", account.pw_name);
    if (size <= 0 || size >= TFS_AUTHOR_SIZE)
        size = snprintf(name, TFS_AUTHOR_SIZE, "%" PRIu64, (uint64_t)uid);
    bc_free(room);
    return bc_slice(name, (size_t)size);
}

enum bc_status tfs_head_of(struct tfs_branch *branch, struct bc_commit_id *id)
{
    if (branch->tree != TFS_TREE_PAST)
        return bc_branch_head(branch->branch, id);
    if (!branch->has_head)
        return BC_NO_DATA;
    *id = branch->head;
    return BC_OK;
}

enum bc_status tfs_head_show(struct tfs_mount *mount, struct tfs_branch *branch,
                             struct bc_buffer *to)
{
    (void)mount;
    struct bc_commit_id id;
    char hex[BC_COMMIT_HEX + 1];
    enum bc_status st = tfs_head_of(branch, &id);
    if (st)
        return st == BC_NO_DATA ? BC_OK : st;
    bc_commit_id_format(&id, hex);
    return bc_buffer_printf(to, "%s\n", hex);
}

/* Lines of a name and a value, an empty line, the message. */
static enum bc_status append_commit(struct bc_buffer *to, const struct bc_commit *commit)
{
    char hex[BC_COMMIT_HEX + 1];
    char time[TFS_TIME_SIZE];
    bc_commit_id_format(&commit->id, hex);
    enum bc_status st = bc_buffer_printf(to, "commit %s\n", hex);
    for (unsigned i = 0; i < commit->parent_count && !st; i++) {
        bc_commit_id_format(&commit->parents[i], hex);
        st = bc_buffer_printf(to, "parent %s\n", hex);
    }
    tfs_time_format(commit->time_ns, time);
    if (!st)
        st = bc_buffer_printf(
            to, "author %s\ndate %s\nfiles %" PRIu64 "\nadded %" PRIu64 "\nremoved %" PRIu64 "\n\n",
            commit->author, time, commit->files, commit->added, commit->removed);
    return st ? st : bc_buffer_printf(to, "%s\n", commit->message);
}

enum bc_status tfs_commit_show(struct tfs_mount *mount, struct tfs_branch *branch,
                               struct bc_buffer *to)
{
    struct bc_commit_id id;
    struct bc_commit commit;
    enum bc_status st = tfs_head_of(branch, &id);
    if (st)
        return st == BC_NO_DATA ? BC_OK : st;
    st = bc_commit_get(mount->repo, &id, &commit);
    if (st)
        return st;
    st = append_commit(to, &commit);
    bc_commit_release(&commit);
    return st;
}

/* Some programs, the shell bash among them, write a text of several lines in several writes: what
 * comes behind the first is not to become a commit of its own. */
enum bc_status tfs_commit_do(struct tfs_mount *mount, struct tfs_branch *branch,
                             struct bc_slice command, const struct tfs_caller *caller,
                             struct bc_error *err)
{
    (void)mount;
    char author[TFS_AUTHOR_SIZE];
    if (caller->more)
        return bc_fail(err, BC_INVALID,
                       "a message comes in one write(2), and this one is not the first to the open "
                       "file: write messages of several lines with cat");
    struct bc_commit_info info = {.author = tfs_author(caller->uid, author), .message = command};
    return bc_branch_commit(branch->branch, &info, NULL, err);
}
