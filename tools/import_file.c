#include "tools/import_file.h"

#include "branchcore/bytes.h"
#include "branchcore/edit.h"
#include "branchcore/rejected.h"
#include "branchcore/syntax.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct bc_make make_of(const struct tfs_import_item *item, enum bc_kind kind)
{
    return (struct bc_make){.kind = kind, .mode = item->mode, .uid = geteuid(), .gid = getegid()};
}

enum bc_status tfs_import_find_folder(struct tfs_import *import, struct bc_error *err)
{
    const char *at = import->item->target;
    import->folder = BC_ROOT_NODE;
    for (const char *slash; (slash = strchr(at, '/')); at = slash + 1) {
        struct bc_slice name = bc_slice(at, (size_t)(slash - at));
        struct bc_attr attr;
        enum bc_status status = bc_tree_lookup(import->branch, import->folder, name, &attr);
        if (status == BC_NOT_FOUND) {
            struct bc_make make = make_of(import->item, BC_DIRECTORY);
            make.mode = 0755;
            status = bc_tree_make(import->branch, import->folder, name, &make, &attr);
        }
        if (status)
            return status;
        if (attr.kind != BC_DIRECTORY)
            return bc_fail(err, BC_NOT_DIRECTORY, "'%.*s' is a file there",
                           (int)(slash - import->item->target), import->item->target);
        import->folder = attr.node;
    }
    import->name = bc_slice(at, strlen(at));
    return BC_OK;
}

static void remove_made(struct tfs_import *import)
{
    if (import->made.size)
        bc_tree_remove(import->branch, import->folder, import->made, false, NULL);
    import->made = (struct bc_slice){0};
}

/* The spot in a refused text: the edit's message, with the source's name for the path, which the
 * edit cuts if it is long. */
static void tell_refused(struct tfs_import *import, const struct bc_error *error)
{
    enum { LONGEST_PATH = 163 };
    size_t path = strnlen(import->item->target, LONGEST_PATH);
    const char *source = tfs_import_source_name(import->item);
    bool named = strncmp(error->text, "...", 3) == 0 ||
                 strncmp(error->text, import->item->target, path) == 0;
    bool cut = !named || strncmp(error->text + path, ": line ", 7) != 0;
    tfs_task_tell(import->task, "%s%s\ntriplefs: %s was refused, nothing of it was imported\n",
                  cut ? "" : source, error->text + (cut ? 0 : path), source);
}

static enum bc_status feed_text(struct tfs_import *import, struct bc_edit *edit,
                                const struct tfs_import_input *input, struct bc_error *err)
{
    for (uint64_t offset = 0;;) {
        size_t size;
        enum bc_status status =
            input->read(input->context, import->buffer, TFS_IMPORT_PIECE, &size, err);
        if (status || size == 0)
            return status;
        status = bc_edit_write(edit, offset, import->buffer, size, err);
        if (status)
            return status;
        offset += size;
    }
}

static enum bc_status commit_text(struct tfs_import *import, struct bc_edit *edit,
                                  struct bc_attr *attr, struct bc_error *err)
{
    if (!tfs_task_commits(import->task, true))
        return BC_CANCELLED;
    tfs_task_show(import->task, "");
    enum bc_status status = bc_edit_commit(edit, true, attr, err);
    tfs_task_show(import->task, TFS_IMPORT_NAME);
    if (status) /* the caller looks at it before it is removed */
        return status;
    import->made = (struct bc_slice){0};
    tfs_task_commits(import->task, false);
    return BC_OK;
}

/* What was refused is with whoever imports it: the branch need not keep it too. */
static void forget_rejected(struct tfs_import *import)
{
    bc_rejected_remove(import->branch,
                       bc_slice(import->item->target, strlen(import->item->target)));
}

static enum bc_status write_text(struct tfs_import *import, const struct bc_attr *before,
                                 enum bc_syntax syntax, const struct tfs_import_input *input,
                                 struct bc_error *err)
{
    struct bc_edit *edit;
    enum bc_status status = bc_edit_new(import->branch, before->node, syntax,
                                        import->append ? BC_EDIT_APPEND : BC_EDIT_REPLACE, &edit);
    if (status)
        return status;
    struct bc_attr after = *before;
    bool committing = false;
    status = feed_text(import, edit, input, err);
    if (!status) {
        committing = true;
        status = commit_text(import, edit, &after, err);
    }
    if (status == BC_SYNTAX) {
        if (committing)
            forget_rejected(import);
        tell_refused(import, err);
        status = BC_CANCELLED;
    }
    bc_edit_free(edit);
    if (!status)
        import->triples += import->append ? after.triples - before->triples : after.triples;
    return status;
}

static enum bc_status import_text(struct tfs_import *import, enum bc_syntax syntax,
                                  const struct tfs_import_input *input, struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (status == BC_NOT_FOUND) {
        struct bc_make make = make_of(import->item, BC_FILE);
        status = bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
        if (!status)
            import->made = import->name;
    }
    if (status)
        return status;
    if (attr.kind == BC_SYMLINK)
        return bc_fail(err, BC_INVALID, "a symbolic link of that name is there; remove it first");
    if (attr.kind != BC_FILE)
        return bc_fail(err, BC_IS_DIRECTORY, "a folder of that name is there");
    status = write_text(import, &attr, syntax, input, err);
    remove_made(import);
    tfs_task_commits(import->task, false);
    return status;
}

static enum bc_status copy_bytes(struct tfs_import *import, uint64_t node,
                                 const struct tfs_import_input *input, struct bc_error *err)
{
    for (uint64_t offset = 0;;) {
        size_t size;
        enum bc_status status =
            input->read(input->context, import->buffer, TFS_IMPORT_PIECE, &size, err);
        if (status || size == 0)
            return status;
        status = bc_bytes_write(import->branch, node, offset, import->buffer, size, false, NULL);
        if (status)
            return status;
        offset += size;
    }
}

/* A plain file is written under a name of its own and then renamed, since its writes show at once.
 * What is replaced lends its mode. */
static enum bc_status import_bytes(struct tfs_import *import, const struct tfs_import_input *input,
                                   struct bc_error *err)
{
    struct bc_attr there;
    struct bc_make make = make_of(import->item, BC_FILE);
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &there);
    if (!status && there.kind == BC_DIRECTORY)
        return bc_fail(err, BC_IS_DIRECTORY, "a folder of that name is there");
    if (!status && there.kind == BC_FILE) {
        make.mode = there.mode;
        make.uid = there.uid;
        make.gid = there.gid;
    }
    if (status && status != BC_NOT_FOUND)
        return status;
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".triplefs-import-%ld", (long)getpid());
    import->made = bc_slice(temporary, strlen(temporary));
    struct bc_attr attr;
    status = bc_tree_make(import->branch, import->folder, import->made, &make, &attr);
    if (!status)
        status = copy_bytes(import, attr.node, input, err);
    struct bc_renamed renamed;
    if (!status)
        status = bc_tree_rename(import->branch, import->folder, import->made, import->folder,
                                import->name, 0, &renamed, err);
    if (!status)
        import->made = (struct bc_slice){0};
    remove_made(import);
    return status;
}

enum bc_status tfs_import_file(struct tfs_import *import, const struct tfs_import_input *input,
                               struct bc_error *err)
{
    enum bc_syntax syntax;
    enum bc_status status;
    if (bc_syntax_of_name(import->name, &syntax))
        status =
            import_text(import, input->lines ? bc_syntax_of_lines(syntax) : syntax, input, err);
    else if (import->append)
        status = bc_fail(err, BC_UNSUPPORTED, "--append is for triple files alone");
    else
        status = import_bytes(import, input, err);
    if (!status)
        import->files++;
    return status;
}

enum bc_status tfs_import_folder(struct tfs_import *import, struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (!status && attr.kind != BC_DIRECTORY)
        return bc_fail(err, BC_NOT_DIRECTORY, "a file of that name is there");
    if (status != BC_NOT_FOUND)
        return status;
    struct bc_make make = make_of(import->item, BC_DIRECTORY);
    return bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
}

enum bc_status tfs_import_link(struct tfs_import *import, struct bc_slice target,
                               struct bc_error *err)
{
    struct bc_attr attr;
    enum bc_status status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    if (!status && attr.kind == BC_DIRECTORY)
        return bc_fail(err, BC_IS_DIRECTORY, "a folder of that name is there");
    if (!status)
        status = bc_tree_remove(import->branch, import->folder, import->name, false, NULL);
    if (status && status != BC_NOT_FOUND)
        return status;
    struct bc_make make = make_of(import->item, BC_SYMLINK);
    make.mode = 0777;
    make.target = target;
    return bc_tree_make(import->branch, import->folder, import->name, &make, &attr);
}
