/* Runs entries of the W3C N-Triples and N-Quads suites. Standard input has a line an entry:
 * "accept FILE", "refuse FILE" or "canonical FILE RESULT", which also needs the canonical form to
 * be RESULT's bytes. What is accepted is canonicalised twice. The last extension says the syntax.
 */
#include "tests/ntriples_run.h"
#include "tests/w3c_run.h"

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
    struct bc_buffer text = w3c_load(result);
    bool same = bc_slice_equal(bc_buffer_slice(&text), bc_buffer_slice(&run->out));
    bc_buffer_release(&text);
    return same ? NULL : "its canonical form differs";
}

static bool passes(char words[W3C_WORDS][1024])
{
    const char *what = words[0], *path = words[1], *result = words[2];
    enum bc_syntax syntax = syntax_of(path);
    struct bc_buffer text = w3c_load(path);
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
    return w3c_run(kinds, 1, passes);
}
