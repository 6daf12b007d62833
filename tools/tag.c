/* triplefs tag */
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/terminal.h"

#include "fs/line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs tag [-C DIR] [--branch NAME] [--json]\n"
    "       triplefs tag [-f] NAME [REF]\n"
    "       triplefs tag -d NAME...\n\n"
    "Lists the tags, or gives the commit REF (by default the branch's last) a name.\n\n"
    "  -f, --force      also if the tag is there already\n"
    "  -d, --delete     remove tags\n" TFS_FACE_HELP;

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool tag_path(const struct tfs_face *face, const char *name, char path[PATH_MAX])
{
    size_t size = strlen(name);
    if (size == 0 || size > BC_BRANCH_NAME_MAX || strchr(name, '/') || name[0] == '.') {
        tfs_face_fail(face, "'%s' cannot be the name of a tag", name);
        return false;
    }
    (void)snprintf(path, PATH_MAX, ".store/tags/%s", name);
    return true;
}

static void print_tag(const struct tfs_face *face, const char *name, struct tfs_json_list *list)
{
    struct bc_buffer text = {0};
    char path[PATH_MAX];
    if (!tag_path(face, name, path) || tfs_face_take(face, path, &text)) {
        bc_buffer_release(&text);
        return; /* removed meanwhile */
    }
    struct bc_slice id = tfs_slice_trim(bc_buffer_slice(&text));
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_json_set(object, "name", tfs_json_string(name));
        tfs_json_set_text(object, "commit", id);
        tfs_json_list_add(list, object);
    } else {
        tfs_put(bc_slice(name, strlen(name)), stdout);
        printf("\t%.*s\n", (int)id.size, id.data);
    }
    bc_buffer_release(&text);
}

static int list_tags(const struct tfs_face *face)
{
    struct dirent **entries = NULL;
    struct tfs_json_list list = {0};
    int count = scandirat(face->root, ".store/tags", &entries, not_hidden, alphasort);
    if (count < 0)
        return tfs_face_refused(face, ".store/error", "read", "tags", 0, errno);
    if (face->json)
        list = tfs_json_list_begin(stdout);
    for (int i = 0; i < count; i++) {
        print_tag(face, entries[i]->d_name, &list);
        free(entries[i]);
    }
    free(entries);
    if (face->json)
        tfs_json_list_end(&list);
    return tfs_face_done(face);
}

/* The commit's id: REFs of a branch mean nothing in `.store`. */
static int commit_of(const struct tfs_face *face, const char *typed, struct bc_buffer *id)
{
    char path[PATH_MAX], ref[TFS_REF_MAX + 1];
    if (!typed ? !tfs_branch_control(face, path, "head")
               : !tfs_face_ref(face, typed, ref) || !tfs_face_past(face, ref, path, "head"))
        return TFS_FAILED;
    int result = tfs_face_get(face, path, id);
    while (id->size > 0 && id->data[id->size - 1] == '\n')
        id->size--;
    if (result == TFS_DONE && id->size == 0)
        return tfs_face_fail(face, "there is no commit to name yet; 'triplefs commit' makes one");
    return result;
}

static int set_tag(const struct tfs_face *face, const char *name, const char *typed, bool force)
{
    char path[PATH_MAX];
    struct bc_buffer id = {0};
    if (!tag_path(face, name, path))
        return TFS_FAILED;
    int result = commit_of(face, typed, &id);
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? 0 : O_EXCL);
    int64_t since_ns = tfs_now_ns();
    int file = result == TFS_DONE ? openat(face->root, path, flags, 0666) : -1;
    if (result == TFS_DONE && file < 0 && errno == EEXIST)
        result = tfs_face_fail(face, "there is a tag '%s' already; -f moves it", name);
    else if (result == TFS_DONE && (file < 0 || write(file, id.data, id.size) != (ssize_t)id.size))
        result = tfs_face_command_refused(face, path, since_ns, errno);
    if (file >= 0)
        close(file);
    bc_buffer_release(&id);
    return result;
}

static int remove_tags(const struct tfs_face *face, char **names)
{
    char path[PATH_MAX];
    int result = TFS_DONE;
    for (; *names; names++) {
        if (tag_path(face, *names, path) && unlinkat(face->root, path, 0) == 0)
            continue;
        if (errno == ENOENT)
            tfs_face_fail(face, "there is no tag '%s'", *names);
        else
            tfs_face_refused(face, ".store/error", "unlink", *names, 0, errno);
        result = TFS_FAILED;
    }
    return result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {
        {"force", no_argument, NULL, 'f'}, {"delete", no_argument, NULL, 'd'}, TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_tag};
    bool force = false, delete = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "fd", names)) != -1;) {
        if (option == 'f')
            force = true;
        else if (option == 'd')
            delete = true;
        else
            return tfs_face_end_options(&face, option);
    }
    int count = argc - optind;
    if (delete &&count == 0)
        return tfs_say_usage("tag", "no tag given");
    if (!delete &&count > 2)
        return tfs_say_usage("tag", "unexpected '%s'", argv[optind + 2]);
    int result = tfs_face_find(&face, !delete &&count > 0 ? TFS_NEEDS_BRANCH : TFS_NEEDS_STORE);
    if (result != TFS_DONE)
        return result;
    if (delete)
        return remove_tags(&face, argv + optind);
    return count ? set_tag(&face, argv[optind], argv[optind + 1], force) : list_tags(&face);
}

const struct tfs_command tfs_command_tag = {
    .name = "tag",
    .summary = "list, set and remove names of commits",
    .help = help,
    .run = run,
};
