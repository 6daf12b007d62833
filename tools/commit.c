/* triplefs commit */
#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/message.h"
#include "tools/terminal.h"

static const char help[] =
    "usage: triplefs commit [-m MESSAGE]... [-F FILE] [-C DIR] [--branch NAME] [--json]\n\n"
    "Commits everything that differs from the branch's last commit. Without -m and -F your editor\n"
    "(VISUAL, EDITOR) asks for the message.\n\n"
    "  -m, --message MESSAGE  the message; each further one is a paragraph more\n"
    "  -F, --file FILE        the message is in FILE; '-' is standard input\n"
    "  -a, --all              nothing: all that differs is always committed\n"
    "  -q, --quiet            print nothing\n" TFS_FACE_WORK_HELP;

static int report(const struct tfs_face *face)
{
    struct tfs_commit_text last;
    if (!tfs_last_commit(face, &last))
        return tfs_face_fail(face, "the commit is done, but cannot be read");
    if (face->json) {
        json_t *commit = tfs_commit_json(&last);
        tfs_json_set(commit, "branch", tfs_json_string(face->branch));
        tfs_json_print(commit, stdout);
    } else {
        struct bc_slice id = tfs_id_short(last.id);
        printf("[%s %.*s] ", face->branch, (int)id.size, id.data);
        tfs_put(last.subject, stdout);
        struct bc_slice files = tfs_value_of(last.header, "files");
        struct bc_slice added = tfs_value_of(last.header, "added");
        struct bc_slice removed = tfs_value_of(last.header, "removed");
        printf("\n%.*s changed, +%.*s -%.*s\n", (int)files.size, files.data, (int)added.size,
               added.data, (int)removed.size, removed.data);
    }
    bc_buffer_release(&last.text);
    return tfs_face_done(face);
}

/* The status as comment, which also says when there is nothing to ask for. */
static int ask(struct tfs_face *face, const struct tfs_message_source *source,
               struct bc_buffer *message)
{
    struct bc_buffer status = {0};
    char path[PATH_MAX];
    int result = TFS_DONE;
    if (!source->given.size && !source->file) {
        if (!tfs_branch_control(face, path, "status"))
            return TFS_FAILED;
        result = tfs_face_get(face, path, &status);
        if (result == TFS_DONE && tfs_slice_is(bc_buffer_slice(&status), "clean\n"))
            result = tfs_face_fail(face, "nothing to commit: branch %s is as its last commit",
                                   face->branch);
    }
    if (result == TFS_DONE)
        result = tfs_message_get(face, source, bc_buffer_slice(&status), message);
    bc_buffer_release(&status);
    return result;
}

static int commit(struct tfs_face *face, const struct tfs_message_source *source, bool quiet)
{
    struct bc_buffer message = {0};
    char path[PATH_MAX];
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result == TFS_DONE)
        result = ask(face, source, &message);
    if (result == TFS_DONE)
        result = tfs_branch_control(face, path, "commit")
                     ? tfs_face_command(face, path, bc_buffer_slice(&message))
                     : TFS_FAILED;
    bc_buffer_release(&message);
    return result == TFS_DONE && !quiet ? report(face) : result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"message", required_argument, NULL, 'm'},
                                          {"file", required_argument, NULL, 'F'},
                                          {"all", no_argument, NULL, 'a'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_commit};
    struct tfs_message_source source = {0};
    bool quiet = false;
    int result = TFS_DONE;
    for (int option;
         result == TFS_DONE &&
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "m:F:aq", names)) != -1;) {
        if (option == 'm')
            result = tfs_message_add(&source, optarg) ? TFS_DONE : TFS_FAILED;
        else if (option == 'F')
            source.file = optarg;
        else if (option == 'q')
            quiet = true;
        else if (option != 'a') {
            bc_buffer_release(&source.given);
            return tfs_face_end_options(&face, option);
        }
    }
    if (result == TFS_DONE && optind < argc)
        result = tfs_say_usage("commit", "unexpected '%s': everything is committed at once",
                               argv[optind]);
    else if (result == TFS_DONE && source.given.size && source.file)
        result = tfs_say_usage("commit", "give the message with -m or with -F, not with both");
    if (result == TFS_DONE)
        result = commit(&face, &source, quiet);
    bc_buffer_release(&source.given);
    return result;
}

const struct tfs_command tfs_command_commit = {
    .name = "commit",
    .summary = "commit what differs from the last commit",
    .help = help,
    .run = run,
};
