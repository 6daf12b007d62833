/* triplefs canon: the canonical form of RDFC-1.0; without a store. */
#include "tools/canon_file.h"
#include "tools/command.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: triplefs canon [--limit N] [--hash sha256|sha384] [--map] [FILE ...]\n\n"
    "Prints the statements of all files ('-' or none: standard input) in the canonical form of\n"
    "RDF Dataset Canonicalization (RDFC-1.0): sorted N-Quads in which blank nodes are _:c14n0,\n"
    "_:c14n1 and so on by what is said of them, not by what they were called. Two sets of\n"
    "statements that differ by nothing but the labels of their blank nodes print the same.\n"
    "Files are in the syntax that their names say, by default N-Quads.\n\n"
    "  --limit=N     the steps that may be spent on telling apart blank nodes that look alike\n"
    "                (default 2000000, or 16 a statement with blank nodes if that is more)\n"
    "  --hash=HASH   sha256 (the default) or sha384\n"
    "  --map         print, in place of the statements, each blank node's label and what it is\n"
    "                called in the canonical form\n";

static int print_lines(struct tfs_canon *canon)
{
    struct bc_buffer lines = {0};
    int result;
    do {
        result = tfs_canon_next(canon, &lines);
        if (lines.size > 0)
            (void)fwrite(lines.data, 1, lines.size, stdout);
    } while (result == TFS_DONE && lines.size > 0 && !ferror(stdout));
    bc_buffer_release(&lines);
    return result == TFS_DONE ? tfs_end_output() : result;
}

static int print_map(const struct tfs_canon *canon)
{
    size_t count = bc_canon_label_count(canon->canon);
    for (size_t i = 0; i < count && !ferror(stdout); i++) {
        struct bc_slice label = bc_canon_label(canon->canon, i);
        (void)fwrite(label.data, 1, label.size, stdout);
        printf(" _:c14n%zu\n", i);
    }
    return tfs_end_output();
}

static int canonize(const struct tfs_canon_choice *choice, bool map, char **names, int count)
{
    static char *standard_input[] = {(char *)"-"};
    struct tfs_canon canon;
    if (count == 0) {
        names = standard_input;
        count = 1;
    }
    int result = tfs_canon_begin(&canon, choice);
    for (int i = 0; i < count && result == TFS_DONE; i++)
        result = tfs_canon_read(&canon, names[i]);
    if (result == TFS_DONE)
        result = tfs_canon_finish(&canon, count == 1 ? names[0] : "the statements");
    if (result == TFS_DONE)
        result = map ? print_map(&canon) : print_lines(&canon);
    tfs_canon_end(&canon);
    return result;
}

static int run(int argc, char **argv)
{
    enum { LIMIT = 256, HASH, MAP };
    static const struct option names[] = {{"limit", required_argument, NULL, LIMIT},
                                          {"hash", required_argument, NULL, HASH},
                                          {"map", no_argument, NULL, MAP},
                                          TFS_HELP_OPTION,
                                          {0}};
    struct tfs_canon_choice choice = {0};
    bool map = false;
    for (int option; (option = tfs_next_option(argc, argv, ":h", names)) != -1;) {
        if (option == 'h')
            return tfs_help(&tfs_command_canon);
        if (option == MAP)
            map = true;
        else if (option == '?' ||
                 (option == LIMIT && !tfs_canon_take_limit("canon", optarg, &choice)) ||
                 (option == HASH && !tfs_canon_take_hash("canon", optarg, &choice)))
            return TFS_USAGE;
    }
    return canonize(&choice, map, argv + optind, argc - optind);
}

const struct tfs_command tfs_command_canon = {
    .name = "canon",
    .summary = "the form that does not depend on labels of blank nodes (RDFC-1.0)",
    .help = help,
    .run = run,
};
