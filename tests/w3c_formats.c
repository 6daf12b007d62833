/* Runs entries of the W3C suites of Turtle, TriG and RDF/XML on the readers alone. Standard input
 * has a line an entry: "accept BASE FILE", "refuse BASE FILE" or "same BASE FILE RESULT", which
 * also needs what is read to be what RESULT says, N-Triples or N-Quads, but for labels of blank
 * nodes. Every text is read whole, byte by byte and in random pieces. */
#include "tests/format_run.h"
#include "tests/isomorphism.h"
#include "tests/w3c_run.h"

/* By a file's extension. Ends the program if there is none. */
static enum bc_syntax syntax_of(const char *path)
{
    enum bc_syntax syntax = BC_NTRIPLES;
    if (!bc_syntax_of_name(bc_slice(path, strlen(path)), &syntax)) {
        fprintf(stderr, "%s: no syntax\n", path);
        exit(2);
    }
    return syntax;
}

/* NULL, or what is wrong. */
static const char *is_expected(const struct run *run, const char *result)
{
    struct bc_buffer text = w3c_load(result);
    struct run expected = run_text(syntax_of(result), bc_buffer_slice(&text), (struct chunking){0});
    const char *wrong = NULL;
    if (expected.status)
        wrong = "the result cannot be read";
    else if (!same_but_for_labels(bc_buffer_slice(&run->out), bc_buffer_slice(&expected.out)))
        wrong = "another result";
    bc_buffer_release(&expected.out);
    bc_buffer_release(&text);
    return wrong;
}

static const char *check(const char *what, const char *result, const struct run *run)
{
    if (!strcmp(what, "refuse")) {
        if (run->status != BC_SYNTAX)
            return "accepted";
        return run->error.line && run->error.column && *run->error.reason ? NULL : "no place";
    }
    if (run->status)
        return "refused";
    return strcmp(what, "same") != 0 ? NULL : is_expected(run, result);
}

static bool passes(char words[W3C_WORDS][1024])
{
    static const struct chunking pieces[] = {{1, 1}, {2, 7}, {3, 40}};
    const char *what = words[0], *path = words[2], *result = words[3];
    struct bc_reading reading = {.base = bc_slice(words[1], strlen(words[1]))};
    struct bc_buffer text = w3c_load(path);
    struct bc_slice all = bc_buffer_slice(&text);
    struct run run = run_format(syntax_of(path), reading, all, (struct chunking){0}, NULL);
    const char *wrong = check(what, result, &run);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct run again = run_format(syntax_of(path), reading, all, pieces[i], NULL);
        if (!run_same(&run, &again))
            wrong = "chunking matters";
        bc_buffer_release(&again.out);
    }
    if (wrong)
        printf("%s: %s: %s\n%.*s", path, wrong, run.error.line ? run.error.reason : "",
               (int)run.out.size, run.out.size ? run.out.data : "");
    else if (run.status)
        printf("%s: line %d, column %d: %s\n", path, (int)run.error.line, (int)run.error.column,
               run.error.reason);
    bc_buffer_release(&run.out);
    bc_buffer_release(&text);
    return !wrong;
}

int main(void)
{
    static const char *const kinds[] = {"accept", "refuse", "same"};
    return w3c_run(kinds, 2, passes);
}
