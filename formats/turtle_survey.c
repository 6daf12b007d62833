/* A look at the whole set before it is written: what stands at the start of the text depends on all
 * of it. */

#include "branchcore/compute.h"
#include "formats/turtle_write.h"

enum { SPLIT_ROOM = 512 };

struct survey {
    struct fmt_turtle_writer *turtle;
    const struct bc_compute *compute;
    bool version_2;
    struct bc_buffer subject; /* the last one */
    struct bc_buffer predicate;
    bool nested; /* of the last subject */
    bool cell;
};

/* True if it is not what the buffer has; then it is now. */
static bool changed(struct bc_buffer *last, struct bc_slice term, enum bc_status *st)
{
    if (last->size == term.size && bc_slice_equal(bc_buffer_slice(last), term))
        return false;
    bc_buffer_clear(last);
    *st = bc_buffer_append(last, term.data, term.size);
    return true;
}

static enum bc_status look_at_subject(struct survey *survey, struct bc_slice subject)
{
    struct fmt_turtle_writer *turtle = survey->turtle;
    enum bc_status st = BC_OK;
    if (!changed(&survey->subject, subject, &st) || st)
        return st;
    struct bc_slice ignored;
    survey->nested = *subject.data == '_' && fmt_blank_nodes_nested(turtle->blank, subject);
    survey->cell =
        survey->nested && fmt_blank_nodes_cell(turtle->blank, subject, &ignored, &ignored);
    if (!survey->nested)
        fmt_spell_mark(&turtle->spelling, subject);
    return BC_OK;
}

static enum bc_status look_at(struct survey *survey, const char *text, const struct bc_spans *spans)
{
    struct fmt_spelling *spelling = &survey->turtle->spelling;
    enum bc_status st = look_at_subject(survey, bc_spans_term(text, spans, BC_SUBJECT));
    struct bc_slice predicate = bc_spans_term(text, spans, BC_PREDICATE);
    struct bc_slice object = bc_spans_term(text, spans, BC_OBJECT);
    if (!st && !survey->cell && changed(&survey->predicate, predicate, &st) &&
        !fmt_is_type(predicate))
        fmt_spell_mark(spelling, predicate);
    if (*object.data != '_' && !fmt_is_nil(object))
        fmt_spell_mark(spelling, object);
    if (spans->graph)
        fmt_spell_mark(spelling, bc_spans_term(text, spans, BC_GRAPH));
    survey->version_2 |= fmt_spelled_in_version_2(object);
    return st;
}

static enum bc_status look_at_lines(struct survey *survey, struct bc_slice lines)
{
    struct bc_spans spans[SPLIT_ROOM];
    while (lines.size) {
        size_t used;
        size_t count =
            survey->compute->split(survey->compute, lines, BC_NQUADS, spans, SPLIT_ROOM, &used);
        if (!count)
            return BC_CORRUPT;
        for (size_t i = 0; i < count; i++) {
            enum bc_status st = look_at(survey, lines.data, &spans[i]);
            if (st)
                return st;
        }
        lines = bc_slice(lines.data + used, lines.size - used);
    }
    return BC_OK;
}

/* Whether a line that has the needle has it as it is looked for. */
static enum bc_status find_version_2(struct survey *survey, struct bc_slice lines,
                                     struct bc_slice needle)
{
    for (size_t from = 0; !survey->version_2;) {
        size_t at = survey->compute->find(survey->compute, lines, needle, from);
        if (at >= lines.size)
            return BC_OK;
        const char *before = memrchr(lines.data + from, '\n', at - from);
        const char *start = before ? before + 1 : lines.data + from;
        const char *end = memchr(lines.data + at, '\n', lines.size - at);
        struct bc_statement statement;
        if (!end || bc_statement_split(bc_slice(start, (size_t)(end - start)), &statement))
            return BC_CORRUPT;
        survey->version_2 = fmt_spelled_in_version_2(statement.object);
        from = (size_t)(end + 1 - lines.data);
    }
    return BC_OK;
}

static enum bc_status look_for_version_2(struct survey *survey, struct bc_slice lines)
{
    static const char *const needles[] = {" <<( ", "--ltr ", "--rtl "};
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < sizeof needles / sizeof *needles; i++)
        st = find_version_2(survey, lines, bc_slice(needles[i], strlen(needles[i])));
    return st;
}

static bool all_used(const struct fmt_spelling *spelling)
{
    for (size_t i = 0; i < spelling->count; i++)
        if (!spelling->used[spelling->prefixes[i].index])
            return false;
    return true;
}

/* Once nothing more can be learnt of prefixes, the rest is only searched, and in the end not read
 * at all. */
static enum bc_status look_at_all(struct survey *survey, struct bc_text_cursor *cursor)
{
    const struct fmt_spelling *spelling = &survey->turtle->spelling;
    enum bc_status st = BC_OK;
    bool known = false;
    while (!st) {
        known = known || all_used(spelling);
        if (known && survey->version_2)
            return BC_OK;
        struct bc_slice lines;
        st = bc_text_cursor_lines(cursor, &lines);
        if (!st)
            st = known ? look_for_version_2(survey, lines) : look_at_lines(survey, lines);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status fmt_turtle_survey(struct fmt_turtle_writer *turtle, bool *version_2)
{
    const struct bc_writing *writing = turtle->writing;
    struct survey survey = {.turtle = turtle,
                            .compute = writing->compute ? writing->compute : bc_scalar_engine()};
    for (size_t i = 0; !writing->used_prefixes && i < turtle->spelling.count; i++)
        turtle->spelling.used[turtle->spelling.prefixes[i].index] = true;
    struct bc_text_cursor *cursor;
    enum bc_status st = bc_text_cursor_new(writing->text, &cursor);
    if (st)
        return st;
    st = look_at_all(&survey, cursor);
    bc_text_cursor_free(cursor);
    bc_buffer_release(&survey.subject);
    bc_buffer_release(&survey.predicate);
    *version_2 = survey.version_2;
    return st;
}
