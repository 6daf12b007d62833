/* Rewriting IRIs: in a scratch branch over what the branch is, which then becomes the branch. */
#include "branchcore/rewrite.h"

#include "branchcore/line_parse.h"
#include "branchcore/match_units.h"
#include "branchcore/sorter.h"
#include "branchcore/state.h"
#include "branchcore/term_text.h"
#include "branchcore/text_change.h"
#include "branchcore/triple_term.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct rewriting {
    const struct bc_rewrite_options *options;
    struct bc_branch *scratch;
    struct bc_buffer from; /* both with '<' before them */
    struct bc_buffer to;
    struct bc_pattern pattern;
    struct bc_rewrite_report report;
    pthread_mutex_t error_lock; /* of what follows; taken on any thread */
    struct bc_error error;
};

/* One unit of the search: lines before and afterwards, one for one. */
struct part {
    struct bc_buffer before;
    struct bc_buffer after;
    uint64_t lines;
    uint64_t terms;
    struct bc_buffer line; /* that is being made */
};

static void drop_part(void *unit)
{
    struct part *part = unit;
    if (!part)
        return;
    bc_buffer_release(&part->before);
    bc_buffer_release(&part->after);
    bc_buffer_release(&part->line);
    bc_free(part);
}

/* One line. */

/* Where an IRI begins in a term that is no triple term: at its start, or as the datatype of a
 * literal; NULL: nowhere. */
static const char *iri_of(struct bc_slice term)
{
    if (!term.size || term.data[0] == '<')
        return term.size ? term.data : NULL;
    if (term.data[0] != '"' || term.data[term.size - 1] != '>')
        return NULL;
    return (const char *)memrchr(term.data, '<', term.size);
}

/* Appends a term that is no triple term as it is to be. */
static enum bc_status append_simple(const struct rewriting *rewriting, struct bc_slice term,
                                    struct part *part, unsigned *changed)
{
    const struct bc_buffer *from = &rewriting->from;
    const char *end = term.data + term.size;
    const char *iri = iri_of(term);
    bool begins = iri && (size_t)(end - iri) > from->size && !memcmp(iri, from->data, from->size);
    enum bc_status st = BC_OK;
    const char *rest = term.data;
    if (begins) {
        st = bc_buffer_append(&part->line, term.data, (size_t)(iri - term.data));
        if (!st)
            st = bc_buffer_append(&part->line, rewriting->to.data, rewriting->to.size);
        rest = iri + from->size;
        *changed += 1;
    }
    return st ? st : bc_buffer_append(&part->line, rest, (size_t)(end - rest));
}

/* Appends a term as it is to be, with a space behind it. */
static enum bc_status append_term(const struct rewriting *rewriting, struct bc_slice term,
                                  struct part *part, unsigned *changed)
{
    const char *at = term.data;
    const char *end = at + term.size;
    struct bc_slice rest = term;
    struct bc_slice simple;
    enum bc_status st = BC_OK;
    while (!st && bc_term_part(&rest, &simple)) {
        st = bc_buffer_append(&part->line, at, (size_t)(simple.data - at));
        if (!st)
            st = append_simple(rewriting, simple, part, changed);
        at = simple.data + simple.size;
    }
    if (!st)
        st = bc_buffer_append(&part->line, at, (size_t)(end - at));
    return st ? st : bc_buffer_append(&part->line, " ", 1);
}

static enum bc_status refuse_line(struct rewriting *rewriting, struct bc_slice line,
                                  const struct bc_line_refusal *refusal)
{
    enum { SHOWN = 200 };
    enum bc_status st = line.size >= BC_LINE_MAX ? BC_TOO_LARGE : BC_INVALID;
    pthread_mutex_lock(&rewriting->error_lock);
    (void)bc_fail(&rewriting->error, st, "nothing was changed: this would result: %.*s%s: %s",
                  (int)(line.size < SHOWN ? line.size : SHOWN), line.data,
                  line.size < SHOWN ? "" : "...", refusal->reason);
    pthread_mutex_unlock(&rewriting->error_lock);
    return st;
}

/* Appends the line that was made in canonical spelling. Most are canonical as they are; a datatype
 * that has become xsd:string goes, for one. */
static enum bc_status append_canonical(struct rewriting *rewriting, struct part *part)
{
    struct bc_slice line = bc_buffer_slice(&part->line);
    struct bc_statement statement;
    if (line.size < BC_LINE_MAX && !bc_statement_split(line, &statement)) {
        enum bc_status st = bc_buffer_append(&part->after, line.data, line.size);
        return st ? st : bc_buffer_append(&part->after, "\n", 1);
    }
    struct bc_buffer canonical = {0};
    struct bc_line_refusal refusal = {0};
    bool quad;
    enum bc_status st = bc_line_parse(line, BC_NQUADS, &canonical, &quad, &refusal);
    if (!st)
        st = bc_buffer_append(&part->after, canonical.data, canonical.size);
    bc_buffer_release(&canonical);
    return st == BC_SYNTAX ? refuse_line(rewriting, line, &refusal) : st;
}

static enum bc_status take_line(struct rewriting *rewriting, struct part *part, const char *text,
                                const struct bc_spans *spans)
{
    unsigned changed = 0;
    enum bc_status st = BC_OK;
    unsigned last = spans->graph ? BC_GRAPH : BC_OBJECT;
    bc_buffer_clear(&part->line);
    for (unsigned i = BC_SUBJECT; !st && i <= last; i++)
        st = append_term(rewriting, bc_spans_term(text, spans, (enum bc_term)i), part, &changed);
    if (st || !changed)
        return st;
    struct bc_slice before = bc_spans_line(text, spans);
    st = bc_buffer_append(&part->line, ".", 1);
    if (!st)
        st = append_canonical(rewriting, part);
    if (!st)
        st = bc_buffer_append(&part->before, before.data, before.size);
    part->lines++;
    part->terms += changed;
    return st;
}

static enum bc_status take(void *context, void **unit, const char *text,
                           const struct bc_spans *spans, size_t count)
{
    struct part *part = *unit ? *unit : bc_alloc_zero(sizeof *part);
    if (!part)
        return BC_NO_MEMORY;
    *unit = part;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++)
        st = take_line(context, part, text, &spans[i]);
    return st;
}

/* One file. */

/* What changes of it, in order: lines that go and lines that come, side by side. */
struct file {
    struct rewriting *rewriting;
    uint64_t node; /* 0: there is none */
    struct bc_sorter *before;
    struct bc_sorter *after;
    uint64_t lines;
    uint64_t terms;
    struct bc_file_text *text;
    struct bc_text_cursor *cursor; /* of the text before */
    bool started;
    struct bc_slice heads[2]; /* of before and after; empty: the end */
    bool passed[2];           /* the head was given: the next one is to be read */
    uint64_t removed;
    uint64_t added;
};

static enum bc_status read_head(struct bc_sorter *sorter, struct bc_slice *head)
{
    enum bc_status st = bc_sorter_next(sorter, head);
    if (st)
        *head = (struct bc_slice){0};
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status read_heads(struct file *file)
{
    enum bc_status st = BC_OK;
    if (!file->started || file->passed[0])
        st = read_head(file->before, &file->heads[0]);
    if (!st && (!file->started || file->passed[1]))
        st = read_head(file->after, &file->heads[1]);
    file->started = true;
    file->passed[0] = false;
    file->passed[1] = false;
    return st;
}

static enum bc_status is_there(struct file *file, struct bc_slice line, bool *there)
{
    struct bc_slice found;
    enum bc_status st = bc_text_cursor_seek(file->cursor, line);
    if (!st)
        st = bc_text_cursor_next(file->cursor, &found);
    *there = !st && bc_slice_equal(found, line);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status next_change(void *context, char *sign, struct bc_slice *line)
{
    struct file *file = context;
    for (;;) {
        bool there = false;
        enum bc_status st = read_heads(file);
        if (st)
            return st;
        bool goes = file->heads[0].size > 0;
        bool comes = file->heads[1].size > 0;
        if (!goes && !comes)
            return BC_NO_DATA;
        int order =
            goes && comes ? bc_slice_compare(file->heads[0], file->heads[1]) : (goes ? -1 : 1);
        file->passed[0] = order <= 0;
        file->passed[1] = order >= 0;
        /* What goes as one line and comes back from another stays. */
        if (!order)
            continue;
        *sign = order < 0 ? '-' : '+';
        *line = file->heads[order > 0];
        if (order > 0)
            st = is_there(file, *line, &there);
        file->removed += order < 0;
        file->added += order > 0 && !st && !there;
        if (st || !there)
            return st;
    }
}

static enum bc_status rewind_changes(void *context)
{
    struct file *file = context;
    file->started = false;
    file->removed = 0;
    file->added = 0;
    enum bc_status st = bc_sorter_rewind(file->before);
    return st ? st : bc_sorter_rewind(file->after);
}

static enum bc_status open_file(struct file *file, uint64_t node)
{
    struct bc_repo *repo = file->rewriting->scratch->repo;
    struct bc_sorter_options options = {
        .directory = repo->spool_directory,
        .memory_bytes = repo->memory_bytes / 4,
        .compute = repo->compute,
        .pool = repo->pool,
    };
    file->node = node;
    enum bc_status st = bc_sorter_new(&options, &file->before);
    return st ? st : bc_sorter_new(&options, &file->after);
}

static void close_file(struct file *file)
{
    bc_text_cursor_free(file->cursor);
    bc_file_text_release(file->text);
    bc_sorter_free(file->before);
    bc_sorter_free(file->after);
    *file = (struct file){.rewriting = file->rewriting};
}

static enum bc_status count_changes(struct file *file)
{
    char sign;
    struct bc_slice line;
    enum bc_status st = BC_OK;
    while (!st)
        st = next_change(file, &sign, &line);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status change_file(struct file *file)
{
    struct bc_repo *repo = file->rewriting->scratch->repo;
    struct bc_signed_stream stream = {
        .next = next_change, .rewind = rewind_changes, .context = file};
    struct bc_text_change change;
    enum bc_status st = bc_text_change_signed(repo, &stream, file->text, NULL, &change);
    if (st)
        return st;
    st = bc_text_change_apply(file->rewriting->scratch, file->node, &change);
    bc_text_change_release(repo, &change);
    return st;
}

/* All of the file is known: changes it. */
static enum bc_status finish_file(struct file *file)
{
    struct rewriting *rewriting = file->rewriting;
    if (!file->node)
        return BC_OK;
    enum bc_status st = bc_sorter_finish(file->before);
    if (!st)
        st = bc_sorter_finish(file->after);
    if (!st)
        st = bc_file_text_open(rewriting->scratch, file->node, &file->text, NULL);
    if (!st)
        st = bc_text_cursor_new(bc_file_text_view(file->text), &file->cursor);
    if (!st)
        st = rewriting->options->dry_run ? count_changes(file) : change_file(file);
    if (!st) {
        rewriting->report.files++;
        rewriting->report.lines += file->lines;
        rewriting->report.terms += file->terms;
        rewriting->report.collided += file->removed - file->added;
    }
    close_file(file);
    return st;
}

static enum bc_status add_lines(struct bc_sorter *sorter, struct bc_slice lines)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < lines.size;) {
        const char *newline = memchr(lines.data + at, '\n', lines.size - at);
        size_t size = (size_t)(newline + 1 - lines.data) - at;
        st = bc_sorter_add(sorter, bc_slice(lines.data + at, size));
        at += size;
    }
    return st;
}

static enum bc_status add_part(struct file *file, uint64_t node, const struct part *part)
{
    enum bc_status st = BC_OK;
    if (!part->lines)
        return BC_OK;
    if (file->node != node) {
        st = finish_file(file);
        if (!st)
            st = open_file(file, node);
    }
    if (!st)
        st = add_lines(file->before, bc_buffer_slice(&part->before));
    if (!st)
        st = add_lines(file->after, bc_buffer_slice(&part->after));
    file->lines += part->lines;
    file->terms += part->terms;
    return st;
}

static enum bc_status rewrite_found(struct rewriting *rewriting, struct bc_match *match)
{
    struct file file = {.rewriting = rewriting};
    struct bc_match_part found;
    enum bc_status st = BC_OK;
    while (!st) {
        void *part = NULL;
        st = bc_match_next_unit(match, &found, &part);
        if (!st && part)
            st = add_part(&file, found.node, part);
        drop_part(part);
    }
    if (st == BC_NO_DATA)
        st = finish_file(&file);
    close_file(&file);
    return st;
}

static enum bc_status rewrite_all(struct rewriting *rewriting, struct bc_error *err)
{
    const struct bc_rewrite_options *options = rewriting->options;
    struct bc_match_source source = {.branch = rewriting->scratch, .path = options->path};
    struct bc_match_options matching = {
        .pool = options->pool, .compute = options->compute, .progress = options->progress};
    struct bc_match_work work = {rewriting, take, drop_part};
    struct bc_match *match = NULL;
    enum bc_status st =
        bc_match_new_work(&source, &rewriting->pattern, &matching, &work, &match, err);
    if (st)
        return st;
    st = rewrite_found(rewriting, match);
    bc_match_free(match);
    if (st && rewriting->error.text[0])
        return bc_fail(err, st, "%s", rewriting->error.text);
    return st;
}

/* The branch. */

static uint64_t layer_id(const struct bc_layer *layer)
{
    return layer ? layer->id : 0;
}

static enum bc_status move(struct bc_branch *branch, const struct bc_layer *past,
                           const struct rewriting *rewriting)
{
    enum { SHOWN = 200 };
    const struct bc_rewrite_options *options = rewriting->options;
    char detail[2 * SHOWN + 100];
    struct bc_layer *now = NULL;
    enum bc_status st = bc_branch_freeze(rewriting->scratch, &now);
    if (st)
        return st;
    int size = snprintf(
        detail, sizeof detail, "<%.*s> <%.*s> %" PRIu64 " files %" PRIu64 " lines",
        (int)(options->from.size < SHOWN ? options->from.size : SHOWN), options->from.data,
        (int)(options->to.size < SHOWN ? options->to.size : SHOWN),
        options->to.data ? options->to.data : "", rewriting->report.files, rewriting->report.lines);
    struct bc_move to = {.expected = layer_id(past),
                         .to = layer_id(now),
                         .action = BC_REFLOG_REWRITE,
                         .detail = bc_slice(detail, (size_t)size)};
    st = bc_branch_move(branch, &to);
    bc_layer_release(branch->repo, now);
    return st;
}

/* BC_BUSY: the branch has changed meanwhile. */
static enum bc_status attempt(struct bc_branch *branch, struct rewriting *rewriting,
                              struct bc_error *err)
{
    struct bc_layer *past = NULL;
    rewriting->report = (struct bc_rewrite_report){0};
    enum bc_status st = bc_branch_freeze(branch, &past);
    if (st)
        return st;
    st = bc_scratch_new(branch->repo, layer_id(past), &rewriting->scratch);
    if (!st)
        st = rewrite_all(rewriting, err);
    if (!st && rewriting->report.files && !rewriting->options->dry_run)
        st = move(branch, past, rewriting);
    bc_branch_release(rewriting->scratch);
    rewriting->scratch = NULL;
    bc_layer_release(branch->repo, past);
    return st;
}

static enum bc_status apply(struct bc_branch *branch, struct rewriting *rewriting,
                            struct bc_error *err)
{
    enum { TRIES = 8 };
    enum bc_status st = BC_BUSY;
    for (int i = 0; st == BC_BUSY && i < TRIES; i++)
        st = attempt(branch, rewriting, err);
    if (st != BC_BUSY)
        return st;
    bc_branch_gate_close(branch);
    st = attempt(branch, rewriting, err);
    bc_branch_gate_open(branch);
    return st;
}

/* What no IRI has, in a part of one. */
static enum bc_status check_part(struct bc_slice part, const char *what, struct bc_error *err)
{
    for (size_t at = 0; at < part.size;) {
        uint32_t code_point;
        size_t size = bc_utf8_decode(part.data + at, part.size - at, &code_point);
        if (!size)
            return bc_fail(err, BC_INVALID, "the %s beginning of IRIs is not UTF-8", what);
        if (bc_forbidden_in_iri(code_point))
            return bc_fail(err, BC_INVALID,
                           "the %s beginning of IRIs has U+%04X in it, which no IRI has", what,
                           (unsigned)code_point);
        at += size;
    }
    return BC_OK;
}

static enum bc_status bracketed(struct bc_slice part, struct bc_buffer *to)
{
    enum bc_status st = bc_buffer_append(to, "<", 1);
    return st ? st : bc_buffer_append(to, part.data, part.size);
}

/* Lines in which the old beginning is anywhere; which of them change is seen then. */
static void ask_for(struct rewriting *rewriting, struct bc_pattern_clause clauses[4])
{
    for (unsigned i = 0; i < 4; i++) {
        clauses[i] = (struct bc_pattern_clause){.test_count = 1, .same = {0, 1, 2, 3}};
        clauses[i].tests[0].test = (struct bc_term_test){(enum bc_term)i, BC_TEST_CONTAINS,
                                                         bc_buffer_slice(&rewriting->from)};
    }
    rewriting->pattern = (struct bc_pattern){.clauses = clauses, .count = 4, .including = 4};
}

enum bc_status bc_rewrite(struct bc_branch *branch, const struct bc_rewrite_options *options,
                          struct bc_rewrite_report *report, struct bc_error *err)
{
    struct rewriting rewriting = {.options = options, .error_lock = PTHREAD_MUTEX_INITIALIZER};
    struct bc_pattern_clause clauses[4];
    struct bc_error why = {{0}};
    if (!options->from.size)
        return bc_fail(err, BC_INVALID, "the old beginning of IRIs is empty: every IRI begins so");
    enum bc_status st = check_part(options->from, "old", err);
    if (!st)
        st = check_part(options->to, "new", err);
    if (st)
        return st;
    st = bracketed(options->from, &rewriting.from);
    if (!st)
        st = bracketed(options->to, &rewriting.to);
    if (!st) {
        ask_for(&rewriting, clauses);
        if (!bc_slice_equal(options->from, options->to))
            st = apply(branch, &rewriting, &why);
    }
    bc_buffer_release(&rewriting.from);
    bc_buffer_release(&rewriting.to);
    pthread_mutex_destroy(&rewriting.error_lock);
    if (st)
        return bc_fail(err, st, "%s", why.text[0] ? why.text : bc_status_text(st));
    *report = rewriting.report;
    return BC_OK;
}
