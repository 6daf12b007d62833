/* Runs entries of the W3C N-Triples and N-Quads suites. Standard input has a line an entry:
 * "accept FILE", "refuse FILE" or "canonical FILE RESULT", which also needs the canonical form to
 * be RESULT's bytes. What is accepted is canonicalised twice. The last extension says the syntax.
 */
#include "tests/ntriples_run.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

static bool load(const char *path, struct bc_buffer *text)
{
    FILE *file = fopen(path, "rb");
    if (!file || bc_buffer_reserve(text, FILE_MAX)) {
        perror(path);
        exit(2);
    }
    text->size = fread(text->data, 1, FILE_MAX, file);
    bool whole = !ferror(file) && text->size < FILE_MAX;
    fclose(file);
    return whole;
}

static enum bc_syntax syntax_of(const char *path)
{
    size_t size = strlen(path);
    return size > 3 && !strcmp(path + size - 3, ".nq") ? BC_NQUADS : BC_NTRIPLES;
}

static bool is_stable(enum bc_syntax syntax, const struct run *run)
{
    struct run again = run_text(syntax, bc_buffer_slice(&run->out), (struct chunking){0});
    bool same = again.status == BC_OK && again.statements == run->statements &&
                bc_slice_equal(bc_buffer_slice(&run->out), bc_buffer_slice(&again.out));
    bc_buffer_release(&again.out);
    return same;
}

/* NULL, or what is wrong. */
static const char *accepts(enum bc_syntax syntax, const struct run *run, const char *result)
{
    if (run->status)
        return "refused";
    if (!is_stable(syntax, run))
        return "its canonical form is not stable";
    if (!*result)
        return NULL;
    struct bc_buffer text = {0};
    bool same =
        load(result, &text) && bc_slice_equal(bc_buffer_slice(&text), bc_buffer_slice(&run->out));
    bc_buffer_release(&text);
    return same ? NULL : "its canonical form differs";
}

static bool passes(const char *what, const char *path, const char *result)
{
    enum bc_syntax syntax = syntax_of(path);
    struct bc_buffer text = {0};
    if (!load(path, &text))
        exit(2);
    struct run run = run_text(syntax, bc_buffer_slice(&text), (struct chunking){0});
    struct run pieces = run_text(syntax, bc_buffer_slice(&text), (struct chunking){1, 7});
    const char *wrong = NULL;
    if (!run_same(&run, &pieces))
        wrong = "chunking matters";
    else if (strcmp(what, "refuse") != 0)
        wrong = accepts(syntax, &run, result);
    else if (run.status != BC_SYNTAX)
        wrong = "accepted";
    if (wrong)
        printf("%s: %s: %s\n", path, wrong, run.error.line ? run.error.reason : "");
    else if (run.status)
        printf("%s: refused: %s\n", path, run.error.reason);
    bc_buffer_release(&run.out);
    bc_buffer_release(&pieces.out);
    bc_buffer_release(&text);
    return !wrong;
}

int main(void)
{
    static const char *const kinds[] = {"accept", "refuse", "canonical"};
    unsigned passed[3] = {0};
    unsigned failed = 0;
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char what[16];
        char path[1024];
        char result[1024] = "";
        size_t kind = 0;
        if (sscanf(line, "%15s %1023s %1023s", what, path, result) < 2)
            return 2;
        while (kind < 3 && strcmp(what, kinds[kind]) != 0)
            kind++;
        if (kind == 3)
            return 2;
        if (passes(what, path, result))
            passed[kind]++;
        else
            failed++;
    }
    printf("accepted %u, refused %u, canonical %u, failed %u\n", passed[0], passed[1], passed[2],
           failed);
    return failed || !passed[0] || !passed[1] || !passed[2];
}
