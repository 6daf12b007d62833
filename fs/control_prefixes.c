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

struct change {
    struct bc_repo *repo;
    struct bc_prefixes prefixes;
    bool adds;
};

static enum bc_status apply(void *context)
{
    const struct change *change = context;
    return change->adds ? bc_repo_prefixes_add(change->repo, &change->prefixes)
                        : bc_repo_prefixes_set(change->repo, &change->prefixes);
}

enum bc_status tfs_prefixes_do(struct tfs_mount *mount, struct tfs_branch *branch,
                               struct bc_slice command, const struct tfs_caller *caller,
                               struct bc_error *err)
{
    (void)branch;
    struct change change = {.repo = mount->repo, .adds = caller->more || caller->appends};
    enum bc_status st = bc_prefixes_read(&change.prefixes, command, err);
    if (!st)
        st = tfs_all_show_other(mount, apply, &change);
    bc_prefixes_release(&change.prefixes);
    if (st == BC_TOO_LARGE)
        return bc_fail(err, st, "the store's prefixes may have %d bytes", BC_REPO_PREFIXES_MAX);
    return st;
}
