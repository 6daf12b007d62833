/* Runs entries of the W3C suite of RDFC-1.0. Standard input has a line an entry: "canonical HASH
 * FILE RESULT", "map HASH FILE RESULT", where RESULT has the issued identifiers as JSON, or
 * "poison HASH FILE", which must be refused for its work, within a second of it. HASH is SHA256 or
 * SHA384. */
#include "tests/canon_run.h"
#include "tests/w3c_run.h"

#include <time.h>

enum { SECONDS_MAX = 1 };

static bool is_watched(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true; /* and slow: then times say nothing */
#else
    return false;
#endif
}

/* The JSON is an object of strings without escapes: "e0": "c14n1", ... */
static const char *next_string(const char *at, struct bc_slice *string)
{
    const char *start = strchr(at, '"');
    const char *end = start ? strchr(start + 1, '"') : NULL;
    if (!end)
        return NULL;
    *string = bc_slice(start + 1, (size_t)(end - start - 1));
    return end + 1;
}

static bool has_label(const struct bc_canon *canon, struct bc_slice from, struct bc_slice to)
{
    for (size_t i = 0; i < bc_canon_label_count(canon); i++) {
        char name[32];
        int size = snprintf(name, sizeof name, "c14n%zu", i);
        struct bc_slice label = bc_canon_label(canon, i);
        if (bc_slice_equal(bc_slice(name, (size_t)size), to))
            return bc_slice_equal(bc_slice(label.data + 2, label.size - 2), from);
    }
    return false;
}

static bool same_map(const struct bc_canon *canon, const char *json)
{
    struct bc_slice from, to;
    size_t count = 0;
    while ((json = next_string(json, &from)) && (json = next_string(json, &to))) {
        if (!has_label(canon, from, to))
            return false;
        count++;
    }
    return count == bc_canon_label_count(canon);
}

/* NULL, or what is wrong. */
static const char *judge(const char *what, const struct canon_run *run, const char *result,
                         double seconds)
{
    if (strcmp(what, "poison") == 0) {
        if (run->status != BC_TOO_LARGE)
            return "not refused";
        return seconds > SECONDS_MAX && !is_watched() ? "refused too late" : NULL;
    }
    if (run->status)
        return "refused";
    struct bc_buffer wanted = w3c_load(result);
    bool same = strcmp(what, "map") == 0
                    ? same_map(run->canon, wanted.data)
                    : bc_slice_equal(bc_buffer_slice(&wanted), bc_buffer_slice(&run->lines));
    bc_buffer_release(&wanted);
    return same ? NULL : "the result differs";
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool passes(char words[W3C_WORDS][1024])
{
    const char *what = words[0], *hash = words[1], *path = words[2], *result = words[3];
    struct bc_buffer text = w3c_load(path);
    double start = now();
    struct canon_run run = canon_text(
        bc_buffer_slice(&text), strcmp(hash, "SHA384") == 0 ? BC_CANON_SHA384 : BC_CANON_SHA256, 0);
    double seconds = now() - start;
    const char *wrong = judge(what, &run, result, seconds);
    if (wrong)
        printf("%s %s: %s (%.2f s): %s\n", what, path, wrong, seconds,
               run.error.text[0] ? run.error.text : bc_status_text(run.status));
    else if (run.status)
        printf("%s %s: %.2f s: %s\n", what, path, seconds, run.error.text);
    canon_run_release(&run);
    bc_buffer_release(&text);
    return !wrong;
}

int main(void)
{
    static const char *const kinds[] = {"canonical", "map", "poison"};
    return w3c_run(kinds, 2, passes);
}
