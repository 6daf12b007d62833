/* triplefs match */
#include "tools/ask.h"
#include "tools/fields.h"
#include "tools/pager.h"
#include "tools/term_json.h"
#include "tools/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: triplefs match [OPTIONS] [-C DIR] [--branch NAME] [--json] PATTERN [PATH]\n\n"
    "Prints the statements of the branch, or of a file or folder of it, that match a pattern:\n\n"
    "  triplefs match '?s rdf:type foaf:Person'\n"
    "  triplefs match '<http://example.org/*> ? @en' people.nt\n"
    "  triplefs match 'PREFIX ex: <http://example.org/> ex:ann | ? ? ex:ann'\n\n"
    "A term is <iri>, prefix:name, _:label, \"text\", 42, <<( s p o )>> or ? for anything; a * at\n"
    "the end of an IRI or a name stands for all that begin so; @en, ^^xsd:date and ~\"part\" are\n"
    "about literals' languages, datatypes and text. triplefs(5) has all of it. PATTERN '-' is "
    "read\n"
    "from standard input.\n\n"
    "  -m, --limit=N          at most N statements\n"
    "  -l, --files            the names of files that have some, alone\n"
    "  -H, --with-filename    each statement behind its file's name and ':'\n"
    "      --no-filename      statements alone; else a line '# FILE' is before each "
    "file's\n" TFS_FACE_WORK_HELP;

enum names { HEADED, EACH_LINE, NONE, FILES_ALONE };

struct call {
    struct tfs_face face;
    enum names names;
    char lines[64]; /* the question's, before the pattern */
};

struct printer {
    const struct call *call;
    struct bc_buffer file; /* of the statements that come; empty: the one that was asked about */
    struct tfs_json_list list;
};

static void print_json(struct printer *printer, struct bc_slice line)
{
    json_t *object = tfs_json_object();
    tfs_json_set_text(object, "path", bc_buffer_slice(&printer->file));
    if (printer->call->names == FILES_ALONE || tfs_statement_json(object, line))
        tfs_json_list_add(&printer->list, object);
    else
        json_decref(object);
}

static void print_file(struct printer *printer, struct bc_slice path)
{
    const struct call *call = printer->call;
    bc_buffer_clear(&printer->file);
    if (bc_buffer_append(&printer->file, path.data, path.size))
        abort();
    if (call->face.json && call->names == FILES_ALONE) {
        print_json(printer, path);
    } else if (!call->face.json && (call->names == HEADED || call->names == FILES_ALONE)) {
        if (call->names == HEADED)
            fputs("# ", stdout);
        tfs_put(path, stdout);
        putchar('\n');
    }
}

static void print_statement(struct printer *printer, struct bc_slice line)
{
    const struct call *call = printer->call;
    if (call->names == FILES_ALONE)
        return;
    if (call->face.json) {
        print_json(printer, line);
        return;
    }
    if (call->names == EACH_LINE) {
        tfs_put(bc_buffer_slice(&printer->file), stdout);
        putchar(':');
    }
    tfs_put(line, stdout);
}

static volatile sig_atomic_t is_enough;

static void take_signal(int number)
{
    (void)number;
    is_enough = 1;
}

/* While a pager shows the answer, Ctrl-C ends the search and not the pager, and the end of the
 * pager ends it, too. */
static void heed_pager(void)
{
    struct sigaction action = {.sa_handler = take_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGCHLD, &action, NULL);
}

/* A statement never begins with '#'. path: of the one file that was asked about, or of a folder; ""
 * is all. */
static int print_answer(struct call *call, const char *path, struct tfs_asking *asking)
{
    struct printer printer = {.call = call};
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    if (call->face.json)
        printer.list = tfs_json_list_begin(stdout);
    bool first = true;
    while (!is_enough && !ferror(stdout) && (size = getline(&line, &room, asking->answer)) > 0) {
        struct bc_slice text = bc_slice(line, (size_t)size);
        bool named = size > 2 && line[0] == '#';
        if (named)
            print_file(&printer, bc_slice(line + 2, (size_t)size - 3));
        else if (first && (call->face.json || call->names != HEADED))
            print_file(&printer, bc_slice(path, strlen(path)));
        if (!named)
            print_statement(&printer, text);
        first = false;
    }
    if (is_enough)
        clearerr(asking->answer);
    bool whole = tfs_ask_end(asking);
    if (call->face.json)
        tfs_json_list_end(&printer.list);
    free(line);
    bc_buffer_release(&printer.file);
    int result = tfs_face_done(&call->face);
    return whole ? result : TFS_FAILED;
}

static int match(struct call *call, const char *pattern, const char *typed)
{
    struct tfs_face *face = &call->face;
    struct bc_buffer question = {0};
    struct tfs_asking asking;
    char path[PATH_MAX];
    int result = TFS_FAILED;
    if (tfs_face_find(face, TFS_NEEDS_BRANCH) == TFS_DONE && tfs_ask_path(face, typed, path) &&
        tfs_ask_compose(face, call->lines, path, pattern, &question) &&
        tfs_ask(face, "match", &question, &asking)) {
        pid_t pager = face->json ? 0 : tfs_pager_start();
        if (pager)
            heed_pager();
        result = print_answer(call, path, &asking);
        tfs_pager_wait(pager);
    }
    bc_buffer_release(&question);
    return result;
}

static int run(int argc, char **argv)
{
    enum { NO_FILENAME = TFS_OPTION_OWN };
    static const struct option names[] = {{"limit", required_argument, NULL, 'm'},
                                          {"files", no_argument, NULL, 'l'},
                                          {"with-filename", no_argument, NULL, 'H'},
                                          {"no-filename", no_argument, NULL, NO_FILENAME},
                                          TFS_FACE_WORK_OPTIONS};
    struct call call = {.face = {.command = &tfs_command_match}};
    uint64_t limit;
    for (int option; (option = tfs_face_option(&call.face, argc, argv, TFS_FACE_LETTERS "m:lH",
                                               names)) != -1;) {
        if (option == 'm' &&
            (!tfs_number_parse(optarg, &limit) || limit == 0 || strlen(optarg) > 18))
            return tfs_say_usage("match", "--limit takes a number from 1 on, not '%s'", optarg);
        if (option == 'm')
            (void)snprintf(call.lines, sizeof call.lines, "limit %s\n", optarg);
        else if (option == 'l')
            call.names = FILES_ALONE;
        else if (option == 'H')
            call.names = EACH_LINE;
        else if (option == NO_FILENAME)
            call.names = NONE;
        else
            return tfs_face_end_options(&call.face, option);
    }
    if (optind == argc)
        return tfs_say_usage("match", "no pattern given; '? ? ?' matches everything");
    if (argc - optind > 2)
        return tfs_say_usage("match",
                             "one PATH at most, not '%s' too; a pattern is one argument: "
                             "quote it",
                             argv[optind + 2]);
    return match(&call, argv[optind], argv[optind + 1]);
}

const struct tfs_command tfs_command_match = {
    .name = "match",
    .summary = "the statements that match a pattern",
    .help = help,
    .run = run,
};
