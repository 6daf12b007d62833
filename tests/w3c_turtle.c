/* Runs entries of the W3C Turtle and TriG suites on the reader alone. Standard input has a line an
 * entry: "accept BASE FILE", "refuse BASE FILE" or "same BASE FILE RESULT", which also needs what
 * is read to be what RESULT says, N-Triples or N-Quads, but for labels of blank nodes. Every text
 * is read whole, byte by byte and in random pieces. */
#include "tests/isomorphism.h"
#include "tests/turtle_run.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

static void load(const char *path, struct bc_buffer *text)
{
    FILE *file = fopen(path, "rb");
    if (!file || bc_buffer_reserve(text, FILE_MAX)) {
        perror(path);
        exit(2);
    }
    text->size = fread(text->data, 1, FILE_MAX, file);
    if (ferror(file) || text->size == FILE_MAX) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    fclose(file);
}

static bool ends_with(const char *path, const char *extension)
{
    size_t size = strlen(path);
    size_t tail = strlen(extension);
    return size > tail && !strcmp(path + size - tail, extension);
}

/* NULL, or what is wrong. */
static const char *is_expected(const struct run *run, const char *result)
{
    struct bc_buffer text = {0};
    load(result, &text);
    struct run expected = run_text(ends_with(result, ".nq") ? BC_NQUADS : BC_NTRIPLES,
                                   bc_buffer_slice(&text), (struct chunking){0});
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

static bool passes(const char *what, const char *base, const char *path, const char *result)
{
    static const struct chunking pieces[] = {{1, 1}, {2, 7}, {3, 40}};
    bool graphs = ends_with(path, ".trig");
    struct bc_buffer text = {0};
    load(path, &text);
    struct run run = run_turtle(graphs, base, bc_buffer_slice(&text), (struct chunking){0});
    const char *wrong = check(what, result, &run);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct run again = run_turtle(graphs, base, bc_buffer_slice(&text), pieces[i]);
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
    unsigned passed[3] = {0};
    unsigned failed = 0;
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char what[16];
        char base[1024];
        char path[1024];
        char result[1024] = "";
        size_t kind = 0;
        if (sscanf(line, "%15s %1023s %1023s %1023s", what, base, path, result) < 3)
            return 2;
        while (kind < 3 && strcmp(what, kinds[kind]) != 0)
            kind++;
        if (kind == 3 || (kind == 2 && !*result))
            return 2;
        if (passes(what, base, path, result))
            passed[kind]++;
        else
            failed++;
    }
    printf("accepted %u, refused %u, same %u, failed %u\n", passed[0], passed[1], passed[2],
           failed);
    return failed || !passed[0] || !passed[1] || !passed[2];
}
