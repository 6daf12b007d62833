/* triplefs count */
#include "tools/ask.h"
#include "tools/fields.h"
#include "tools/key_values.h"
#include "tools/term_json.h"
#include "tools/terminal.h"

#include "branchcore/aggregate.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: triplefs count [OPTIONS] [-C DIR] [--branch NAME] [--json] [PATTERN [PATH]]\n\n"
    "Counts the statements of the branch, or of a file or folder of it, that match a pattern (see\n"
    "triplefs match); all of them without one.\n\n"
    "  triplefs count --by class\n"
    "  triplefs count --by predicate --top 10 '<http://example.org/*> ? ?'\n"
    "  triplefs count --numbers '? ex:price ?'\n\n"
    "  -b, --by=GROUP   in groups: subject, predicate, object, class, graph, file, language,\n"
    "                   datatype; the largest come first\n"
    "  -t, --top=N      the N largest groups\n"
    "  -n, --numbers    add up the objects that are numbers: sum, least, most and average, in all\n"
    "                   or a group\n"
    "  -m, --limit=N    count N statements at most\n" TFS_FACE_WORK_HELP;

struct call {
    struct tfs_face face;
    char lines[160]; /* the question's, before the pattern */
    const char *by;  /* NULL: no groups */
    bool numbers;
};

static bool take_answer(struct tfs_asking *asking, struct bc_buffer *text)
{
    enum { PIECE = 64 << 10 };
    size_t got = 1;
    while (got > 0) {
        if (bc_buffer_reserve(text, PIECE)) {
            (void)tfs_ask_end(asking);
            tfs_face_fail(asking->face, "%s", bc_status_text(BC_NO_MEMORY));
            return false;
        }
        got = fread(text->data + text->size, 1, PIECE, asking->answer);
        text->size += got;
    }
    return tfs_ask_end(asking);
}

/* Keys that are terms are told as such. */
static json_t *key_json(struct bc_slice key)
{
    bool term = key.size > 0 && strchr("<\"_", key.data[0]);
    return term ? tfs_term_json(key) : tfs_json_text(key);
}

/* Sums are texts: as JSON's numbers most programs would round them. */
static const char *const figures[] = {"sum", "min", "max", "average"};
enum { FIGURES = sizeof figures / sizeof *figures };

static void set_figures(json_t *object, struct bc_slice head)
{
    for (size_t i = 0; i < FIGURES; i++) {
        struct bc_slice figure = tfs_value_of(head, figures[i]);
        if (figure.size > 0)
            tfs_json_set_text(object, figures[i], figure);
    }
    tfs_json_set(object, "inexact", json_boolean(tfs_value_of(head, "inexact").size > 0));
}

static json_t *group_json(const struct call *call, struct bc_slice line)
{
    json_t *object = tfs_json_object();
    tfs_json_set(object, "count", tfs_json_value(tfs_field_next(&line, '\t')));
    for (size_t i = 0; call->numbers && i < FIGURES; i++) {
        struct bc_slice figure = tfs_field_next(&line, '\t');
        if (figure.size > 0)
            tfs_json_set_text(object, figures[i], figure);
    }
    tfs_json_set(object, call->by, key_json(line));
    return object;
}

static void print_json(const struct call *call, struct bc_slice answer)
{
    json_t *object = tfs_json_object();
    const char *groups = tfs_slice_find(answer, "\n\n");
    struct bc_slice head = answer;
    if (groups)
        head.size = (size_t)(groups - answer.data) + 1;
    tfs_key_values_set(object, head);
    if (call->numbers)
        set_figures(object, head);
    if (groups) {
        struct bc_slice rest = bc_slice(groups + 2, answer.size - head.size - 1);
        struct bc_slice line;
        json_t *list = tfs_json_array();
        while (tfs_line_next(&rest, &line))
            tfs_json_add(list, group_json(call, line));
        tfs_json_set(object, "by", tfs_json_string(call->by));
        tfs_json_set(object, "list", list);
    }
    tfs_json_print(object, stdout);
}

/* The number alone where it is all that was asked for; groups alone where there are some. */
static void print_text(const struct call *call, struct bc_slice answer)
{
    const char *groups = tfs_slice_find(answer, "\n\n");
    if (groups) {
        size_t head = (size_t)(groups - answer.data) + 2;
        tfs_put(bc_slice(groups + 2, answer.size - head), stdout);
    } else if (call->numbers) {
        fwrite(answer.data, 1, answer.size, stdout);
    } else {
        struct bc_slice count = tfs_value_of(answer, "count");
        printf("%.*s\n", (int)count.size, count.data);
    }
}

static int count(struct call *call, const char *pattern, const char *typed)
{
    struct tfs_face *face = &call->face;
    struct bc_buffer question = {0};
    struct bc_buffer text = {0};
    struct tfs_asking asking;
    char path[PATH_MAX];
    bool good = tfs_face_find(face, TFS_NEEDS_BRANCH) == TFS_DONE &&
                tfs_ask_path(face, typed, path) &&
                tfs_ask_compose(face, call->lines, path, pattern, &question) &&
                tfs_ask(face, "count", &question, &asking) && take_answer(&asking, &text);
    if (good && face->json)
        print_json(call, bc_buffer_slice(&text));
    else if (good)
        print_text(call, bc_buffer_slice(&text));
    bc_buffer_release(&question);
    bc_buffer_release(&text);
    return good ? tfs_face_done(face) : TFS_FAILED;
}

static void add_line(struct call *call, const char *word, const char *value)
{
    size_t used = strlen(call->lines);
    (void)snprintf(call->lines + used, sizeof call->lines - used, "%s%s%s\n", word,
                   value[0] ? " " : "", value);
}

/* TFS_DONE, or what run returns. */
static int take_option(struct call *call, int option)
{
    uint64_t number;
    switch (option) {
    case 'b': {
        enum bc_group_by by;
        if (!bc_group_by_of(bc_slice(optarg, strlen(optarg)), &by))
            return tfs_say_usage("count",
                                 "--by takes subject, predicate, object, class, graph, "
                                 "file, language or datatype, not '%s'",
                                 optarg);
        call->by = bc_group_by_name(by);
        return TFS_DONE;
    }
    case 't':
    case 'm':
        if (!tfs_number_parse(optarg, &number) || number == 0 || strlen(optarg) > 18)
            return tfs_say_usage("count", "--%s takes a number from 1 on, not '%s'",
                                 option == 't' ? "top" : "limit", optarg);
        add_line(call, option == 't' ? "top" : "limit", optarg);
        return TFS_DONE;
    case 'n':
        call->numbers = true;
        return TFS_DONE;
    default:
        return TFS_USAGE;
    }
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"by", required_argument, NULL, 'b'},
                                          {"top", required_argument, NULL, 't'},
                                          {"numbers", no_argument, NULL, 'n'},
                                          {"limit", required_argument, NULL, 'm'},
                                          TFS_FACE_WORK_OPTIONS};
    struct call call = {.face = {.command = &tfs_command_count}};
    for (int option; (option = tfs_face_option(&call.face, argc, argv,
                                               TFS_FACE_LETTERS "b:t:nm:", names)) != -1;) {
        if (option == 'h' || option == '?')
            return tfs_face_end_options(&call.face, option);
        int result = take_option(&call, option);
        if (result)
            return result;
    }
    if (argc - optind > 2)
        return tfs_say_usage("count",
                             "one PATH at most, not '%s' too; a pattern is one argument: quote it",
                             argv[optind + 2]);
    if (call.by)
        add_line(&call, "by", call.by);
    if (call.numbers)
        add_line(&call, "numbers", "");
    bool all = optind == argc;
    return count(&call, all ? "" : argv[optind], all ? NULL : argv[optind + 1]);
}

const struct tfs_command tfs_command_count = {
    .name = "count",
    .summary = "how many statements match, in groups if wanted",
    .help = help,
    .run = run,
};
