/* `prefixes`: the store's prefixes (branchcore/repo_prefixes.h), "NAME: <IRI>" a line. What a write
 * says replaces what there was; what is appended, or comes in a further write to the same open
 * file, is added to it. Lines as Turtle and SPARQL declare prefixes are taken, too. */
#include "branchcore/repo_prefixes.h"
#include "fs/commands.h"
#include "fs/reshown.h"

enum bc_status tfs_prefixes_show(struct tfs_mount *mount, struct tfs_branch *branch,
                                 struct bc_buffer *to)
{
    (void)branch;
    struct bc_prefixes prefixes = {0};
    enum bc_status st = bc_repo_prefixes(mount->repo, false, &prefixes, NULL);
    if (!st)
        st = bc_prefixes_write(&prefixes, to);
    bc_prefixes_release(&prefixes);
    return st;
}

enum bc_status tfs_prefixes_do(struct tfs_mount *mount, struct tfs_branch *branch,
                               struct bc_slice command, const struct tfs_caller *caller,
                               struct bc_error *err)
{
    (void)branch;
    struct bc_prefixes prefixes = {0};
    enum bc_status st = bc_prefixes_read(&prefixes, command, err);
    if (!st)
        st = caller->more || caller->appends ? bc_repo_prefixes_add(mount->repo, &prefixes)
                                             : bc_repo_prefixes_set(mount->repo, &prefixes);
    bc_prefixes_release(&prefixes);
    if (!st)
        tfs_all_show_other(mount);
    if (st == BC_TOO_LARGE)
        return bc_fail(err, st, "the store's prefixes may have %d bytes", BC_REPO_PREFIXES_MAX);
    return st;
}
