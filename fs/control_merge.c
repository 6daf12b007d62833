/* `merge`, `reset`, `revert`. */
#include "branchcore/merge.h"
#include "fs/commands.h"
#include "fs/root.h"

#include <string.h>

static bool is(struct bc_slice text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static bool has_prefix(struct bc_slice text, const char *prefix)
{
    return text.size >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

static struct bc_slice behind(struct bc_slice text, const char *prefix)
{
    size_t size = strlen(prefix);
    return bc_slice(text.data + size, text.size - size);
}

static struct bc_slice trim(struct bc_slice text)
{
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    while (text.size > 0 && text.data[0] == ' ')
        text = bc_slice(text.data + 1, text.size - 1);
    return text;
}

/* Results are the same whatever engine computes them. */
static enum bc_status take_engine(struct bc_slice engine, const struct bc_repo *repo,
                                  struct bc_merge_options *options, struct bc_error *err)
{
    const struct bc_compute *here = bc_repo_compute(repo);
    if (is(engine, "auto") || is(engine, here->name)) {
        options->compute = here;
        return BC_OK;
    }
    if (is(engine, "scalar")) {
        options->compute = bc_scalar_engine();
        return BC_OK;
    }
    if (is(engine, "simd"))
        return bc_fail(err, BC_UNSUPPORTED,
                       "engine simd: this processor has no instruction set for it, or the store "
                       "was mounted with cpu=scalar; say engine=auto");
    if (is(engine, "gpu"))
        return bc_fail(err, BC_UNSUPPORTED, "engine gpu: this build has none; say engine=auto");
    return bc_fail(err, BC_INVALID, "there is no engine '%.*s': they are auto, scalar, simd, gpu",
                   (int)engine.size, engine.data);
}

/* *taken: the word is an option. */
static enum bc_status take_option(struct bc_slice word, const struct bc_repo *repo,
                                  struct bc_merge_options *options, bool *taken,
                                  struct bc_error *err)
{
    *taken = true;
    if (is(word, "dry-run")) {
        options->dry_run = true;
        return BC_OK;
    }
    if (has_prefix(word, "policy="))
        return bc_merge_policy_parse(behind(word, "policy="), &options->policy, err);
    if (has_prefix(word, "engine="))
        return take_engine(behind(word, "engine="), repo, options, err);
    *taken = false;
    return BC_OK;
}

/* "REF [OPTION...]". Names may have blanks in them, so options are taken from the end. */
static enum bc_status parse(struct bc_slice command, const struct bc_repo *repo,
                            struct bc_slice *ref, struct bc_merge_options *options,
                            struct bc_error *err)
{
    enum bc_status st = BC_OK;
    bool taken = true;
    *ref = trim(command);
    while (!st && taken) {
        const char *blank = memrchr(ref->data, ' ', ref->size);
        if (!blank)
            break;
        size_t size = (size_t)(blank - ref->data);
        st = take_option(bc_slice(blank + 1, ref->size - size - 1), repo, options, &taken, err);
        if (!st && taken)
            *ref = trim(bc_slice(ref->data, size));
    }
    return st;
}

/* A word that looks like an option and is none was taken for a part of the name, which there is not
 * then. */
static enum bc_status explain_unknown(enum bc_status status, struct bc_slice ref,
                                      struct bc_error *err)
{
    const char *blank = memrchr(ref.data, ' ', ref.size);
    if ((status != BC_NOT_FOUND && status != BC_INVALID) || !blank)
        return status;
    struct bc_slice word = behind(bc_slice(blank, ref.size - (size_t)(blank - ref.data)), " ");
    if (!memchr(word.data, '=', word.size))
        return status;
    return bc_fail(err, BC_INVALID,
                   "there is no option '%.*s': they are policy=NAME, engine=NAME and dry-run",
                   (int)word.size, word.data);
}

static enum bc_status read_last(void *of, uint64_t offset, void *to, size_t size, size_t *done)
{
    return bc_merge_last_read(of, offset, to, size, done);
}

static void close_last(void *of)
{
    bc_merge_last_close(of);
}

enum bc_status tfs_merge_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    struct bc_merge_last *last = NULL;
    struct bc_buffer nothing = {0};
    if ((fi->flags & O_ACCMODE) == O_WRONLY)
        return tfs_text_control_open(mount, inode, &nothing, fi);
    enum bc_status st = bc_merge_last_open(inode->branch->branch, &last);
    if (st)
        return tfs_note(mount, inode->branch, "read", "merge", st, NULL);
    struct tfs_content content = {last, read_last, close_last};
    return tfs_large_control_open(mount, inode, &content, fi);
}

typedef enum bc_status merge_function(struct bc_branch *branch, struct bc_slice ref,
                                      const struct bc_merge_options *options,
                                      struct bc_merge_report *report, struct bc_error *err);

/* Merges or reverts. What is merged is shown to whoever may read this branch. */
static enum bc_status merge_ref(struct tfs_mount *mount, struct tfs_branch *branch,
                                struct bc_slice command, const struct tfs_caller *caller,
                                merge_function *function, struct bc_error *err)
{
    char author[TFS_AUTHOR_SIZE];
    struct bc_merge_options options = {.author = tfs_author(caller->uid, author)};
    struct bc_merge_report report = {0};
    struct bc_slice ref;
    enum bc_status st = parse(command, mount->repo, &ref, &options, err);
    if (!st)
        st = explain_unknown(tfs_may_use_ref(caller->req, branch->branch, ref, err), ref, err);
    if (!st) {
        st = function(branch->branch, ref, &options, &report, err);
        bc_merge_report_release(&report);
    }
    return st;
}

static enum bc_status go_on(struct tfs_branch *branch, const struct tfs_caller *caller,
                            struct bc_error *err)
{
    char author[TFS_AUTHOR_SIZE];
    struct bc_merge_report report = {0};
    enum bc_status st =
        bc_merge_continue(branch->branch, tfs_author(caller->uid, author), &report, err);
    bc_merge_report_release(&report);
    return st;
}

/* "continue", "abort", or what to merge. */
enum bc_status tfs_merge_do(struct tfs_mount *mount, struct tfs_branch *branch,
                            struct bc_slice command, const struct tfs_caller *caller,
                            struct bc_error *err)
{
    enum bc_status st;
    if (is(command, "continue"))
        st = go_on(branch, caller, err);
    else if (is(command, "abort"))
        st = bc_merge_abort(branch->branch, err);
    else
        return merge_ref(mount, branch, command, caller, bc_merge, err);
    if (st == BC_NO_DATA && !err->text[0])
        return bc_fail(err, st, "no merge waits");
    return st;
}

enum bc_status tfs_revert_do(struct tfs_mount *mount, struct tfs_branch *branch,
                             struct bc_slice command, const struct tfs_caller *caller,
                             struct bc_error *err)
{
    return merge_ref(mount, branch, command, caller, bc_branch_revert, err);
}

enum bc_status tfs_reset_do(struct tfs_mount *mount, struct tfs_branch *branch,
                            struct bc_slice command, const struct tfs_caller *caller,
                            struct bc_error *err)
{
    (void)mount;
    enum bc_status st = tfs_may_use_ref(caller->req, branch->branch, command, err);
    return st ? st : bc_branch_reset(branch->branch, command, err);
}
