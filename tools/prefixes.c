/* triplefs prefixes */
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/store_prefixes.h"

#include "branchcore/pattern.h"
#include "branchcore/prefixes.h"
#include "fs/line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs prefixes [--all] [-C DIR] [--json]\n"
    "       triplefs prefixes add NAME IRI\n"
    "       triplefs prefixes add NAME=IRI|NAME...\n"
    "       triplefs prefixes rm NAME...\n\n"
    "The store's prefixes: match, count and rewrite know them without being told, and files that\n"
    "brought no prefixes of their own are shown with them. Without arguments, lists them.\n\n"
    "  triplefs prefixes add ex http://example.org/\n"
    "  triplefs prefixes add foaf                       one that everybody knows: its usual IRI\n"
    "  grep -h '^@prefix' *.ttl >> .store/prefixes      those of files, in the root of the "
    "mount\n\n"
    "  --all            list the known ones that need not be added, too\n" TFS_FACE_HELP;

static struct bc_slice slice_of(const char *text)
{
    return bc_slice(text, strlen(text));
}

static int refuse_status(const struct tfs_face *face, enum bc_status status)
{
    return tfs_face_fail(face, "%s", bc_status_text(status));
}

/* NULL: not known. */
static const char *known_iri(struct bc_slice name)
{
    size_t count;
    const struct bc_known_prefix *known = bc_pattern_known_prefixes(&count);
    for (size_t i = 0; i < count; i++)
        if (bc_slice_equal(name, slice_of(known[i].name)))
            return known[i].iri;
    return NULL;
}

/* The list. */

static void print_one(const struct tfs_face *face, const char *name, const char *iri, bool known,
                      struct tfs_json_list *list)
{
    if (!face->json) {
        printf("%s: <%s>\n", name, iri);
        return;
    }
    json_t *object = tfs_json_object();
    tfs_json_set(object, "name", tfs_json_string(name));
    tfs_json_set(object, "iri", tfs_json_string(iri));
    tfs_json_set(object, "known", json_boolean(known));
    tfs_json_list_add(list, object);
}

static int list_them(const struct tfs_face *face, bool all)
{
    struct bc_prefixes own = {0};
    struct tfs_json_list list = {0};
    size_t count = 0;
    const struct bc_known_prefix *known = bc_pattern_known_prefixes(&count);
    int result = tfs_store_prefixes(face, false, &own);
    if (result == TFS_DONE) {
        if (face->json)
            list = tfs_json_list_begin(stdout);
        for (size_t i = 0; i < own.count; i++)
            print_one(face, own.list[i].name, own.list[i].iri, false, &list);
        for (size_t i = 0; all && i < count; i++)
            if (!bc_prefixes_find(&own, slice_of(known[i].name)))
                print_one(face, known[i].name, known[i].iri, true, &list);
        if (face->json)
            tfs_json_list_end(&list);
        result = tfs_face_done(face);
    }
    bc_prefixes_release(&own);
    return result;
}

/* Adding. */

static struct bc_slice without(struct bc_slice text, char first, char last)
{
    if (first && text.size >= 2 && text.data[0] == first && text.data[text.size - 1] == last)
        return bc_slice(text.data + 1, text.size - 2);
    if (!first && text.size >= 1 && text.data[text.size - 1] == last)
        text.size--;
    return text;
}

static int add_one(const struct tfs_face *face, struct bc_slice name, struct bc_slice iri,
                   struct bc_prefixes *to)
{
    name = without(name, 0, ':');
    iri = without(iri, '<', '>');
    if (!bc_prefix_name_valid(name))
        return tfs_face_fail(face, "'%.*s' cannot be a prefix's name", (int)name.size, name.data);
    if (!bc_prefix_iri_valid(iri))
        return tfs_face_fail(face, "'%.*s' is no absolute IRI", (int)iri.size, iri.data);
    enum bc_status st = bc_prefixes_set(to, name, iri);
    return st ? refuse_status(face, st) : TFS_DONE;
}

/* NAME=IRI, NAME: <IRI>, or a name that is known. */
static int add_word(const struct tfs_face *face, const char *word, struct bc_prefixes *to)
{
    struct bc_slice name = slice_of(word);
    const char *equals = strchr(word, '=');
    const char *colon = strchr(word, ':');
    const char *iri = known_iri(without(name, 0, ':'));
    if (equals && (!colon || equals < colon))
        return add_one(face, bc_slice(word, (size_t)(equals - word)), slice_of(equals + 1), to);
    if (colon && colon[1])
        return add_one(face, bc_slice(word, (size_t)(colon - word)),
                       tfs_slice_trim(slice_of(colon + 1)), to);
    if (!iri)
        return tfs_face_fail(face, "'%s' is no known prefix: give its IRI behind it", word);
    return add_one(face, name, slice_of(iri), to);
}

static int append(const struct tfs_face *face, const struct bc_prefixes *prefixes)
{
    struct bc_buffer text = {0};
    enum bc_status st = bc_prefixes_write(prefixes, &text);
    int result = st ? refuse_status(face, st) : TFS_DONE;
    if (result == TFS_DONE) {
        int64_t since_ns = tfs_now_ns();
        int file = openat(face->root, TFS_STORE_PREFIXES, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (file < 0 || write(file, text.data, text.size) != (ssize_t)text.size)
            result = tfs_face_command_refused(face, TFS_STORE_PREFIXES, since_ns, errno);
        if (file >= 0)
            close(file);
    }
    bc_buffer_release(&text);
    return result;
}

/* NAME IRI, and not two words of another form. */
static bool is_pair(char **words, int count)
{
    const char *colon = count == 2 ? strchr(words[0], ':') : NULL;
    return count == 2 && !strchr(words[0], '=') && (!colon || !colon[1]) && strchr(words[1], ':') &&
           !known_iri(without(slice_of(words[1]), 0, ':'));
}

static int add(const struct tfs_face *face, char **words, int count)
{
    struct bc_prefixes prefixes = {0};
    int result = TFS_DONE;
    if (is_pair(words, count))
        result = add_one(face, slice_of(words[0]), slice_of(words[1]), &prefixes);
    else
        for (int i = 0; result == TFS_DONE && i < count; i++)
            result = add_word(face, words[i], &prefixes);
    if (result == TFS_DONE)
        result = append(face, &prefixes);
    bc_prefixes_release(&prefixes);
    return result;
}

/* Removing. */

static int remove_from(const struct tfs_face *face, char **words, int count,
                       struct bc_prefixes *own)
{
    for (int i = 0; i < count; i++) {
        struct bc_slice name = without(slice_of(words[i]), 0, ':');
        if (bc_prefixes_remove(own, name))
            continue;
        return tfs_face_fail(face,
                             known_iri(name) ? "'%s' is not of the store: every store knows it"
                                             : "the store has no prefix '%s'",
                             words[i]);
    }
    return TFS_DONE;
}

static int remove_them(struct tfs_face *face, char **words, int count)
{
    struct bc_prefixes own = {0};
    struct bc_buffer text = {0};
    int result = tfs_store_prefixes(face, false, &own);
    if (result == TFS_DONE)
        result = remove_from(face, words, count, &own);
    if (result == TFS_DONE) {
        enum bc_status st = bc_prefixes_write(&own, &text);
        /* There are no empty commands; a comment is an empty table. */
        if (!st && own.count == 0)
            st = bc_buffer_append(&text, "#\n", 2);
        result = st ? refuse_status(face, st)
                    : tfs_face_command(face, TFS_STORE_PREFIXES, bc_buffer_slice(&text));
    }
    bc_buffer_release(&text);
    bc_prefixes_release(&own);
    return result;
}

static int run(int argc, char **argv)
{
    enum { ALL = TFS_OPTION_OWN };
    static const struct option names[] = {{"all", no_argument, NULL, ALL}, TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_prefixes};
    bool all = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;) {
        if (option != ALL)
            return tfs_face_end_options(&face, option);
        all = true;
    }
    char **words = argv + optind;
    int count = argc - optind;
    bool adds = count > 0 && strcmp(words[0], "add") == 0;
    bool removes = count > 0 && (strcmp(words[0], "rm") == 0 || strcmp(words[0], "remove") == 0);
    if (count > 0 && !adds && !removes)
        return tfs_say_usage("prefixes", "'%s' is not known: it is add or rm", words[0]);
    if (count == 1)
        return tfs_say_usage("prefixes", "no prefix given");
    int result = tfs_face_find(&face, TFS_NEEDS_STORE);
    if (result != TFS_DONE)
        return result;
    if (adds)
        return add(&face, words + 1, count - 1);
    return removes ? remove_them(&face, words + 1, count - 1) : list_them(&face, all);
}

const struct tfs_command tfs_command_prefixes = {
    .name = "prefixes",
    .summary = "short names for the beginnings of IRIs",
    .help = help,
    .run = run,
};
