#include "tools/branch_list.h"

#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/terminal.h"

#include <string.h>

struct branch_line {
    struct bc_slice name;
    struct bc_slice head; /* "-": none */
    struct bc_slice from; /* likewise */
    struct bc_slice triples;
    struct bc_slice changed;
};

static bool parse(struct bc_slice line, struct branch_line *branch)
{
    branch->name = tfs_field_next(&line, '\t');
    branch->head = tfs_field_next(&line, '\t');
    branch->from = tfs_field_next(&line, '\t');
    branch->triples = tfs_field_next(&line, '\t');
    branch->changed = line;
    return branch->name.size > 0 && branch->changed.size > 0;
}

static void set_or_null(json_t *object, const char *key, struct bc_slice value)
{
    if (tfs_slice_is(value, "-"))
        tfs_json_set(object, key, json_null());
    else
        tfs_json_set_text(object, key, value);
}

static json_t *branch_json(const struct branch_line *branch, bool current, bool is_default)
{
    json_t *object = tfs_json_object();
    tfs_json_set_text(object, "name", branch->name);
    set_or_null(object, "head", branch->head);
    set_or_null(object, "forked_from", branch->from);
    tfs_json_set(object, "triples", tfs_json_count(tfs_slice_number(branch->triples)));
    tfs_json_set_text(object, "changed", branch->changed);
    tfs_json_set(object, "current", json_boolean(current));
    tfs_json_set(object, "default", json_boolean(is_default));
    return object;
}

static void print_subject(const struct tfs_face *face, struct bc_slice name)
{
    char path[PATH_MAX];
    struct tfs_commit_text last;
    (void)snprintf(path, sizeof path, "%.*s/.branch/commit", (int)name.size, name.data);
    if (!tfs_commit_read(face, path, &last))
        return;
    printf("  ");
    tfs_put(last.subject, stdout);
    bc_buffer_release(&last.text);
}

static void print_branch(const struct tfs_face *face, const struct branch_line *branch,
                         bool details, size_t width)
{
    bool current = tfs_slice_is(branch->name, face->branch);
    bool colours = tfs_colour_wanted(TFS_COLOUR_AUTO);
    printf("%c %s", current ? '*' : ' ', current ? tfs_colour(colours, TFS_GREEN) : "");
    tfs_put(branch->name, stdout);
    printf("%s", current ? tfs_colour(colours, TFS_PLAIN) : "");
    if (details) {
        struct bc_slice id = tfs_id_short(branch->head);
        printf("%*s %-*.*s %12.*s triples", (int)(width - branch->name.size), "", TFS_ID_SHORT,
               (int)id.size, id.data, (int)branch->triples.size, branch->triples.data);
        print_subject(face, branch->name);
    }
    printf("\n");
}

static size_t width_of(struct bc_slice text)
{
    size_t width = 0;
    struct bc_slice line;
    struct branch_line branch;
    while (tfs_line_next(&text, &line))
        if (parse(line, &branch) && branch.name.size > width)
            width = branch.name.size;
    return width;
}

static void print_all(const struct tfs_face *face, struct bc_slice text, struct bc_slice standard,
                      bool details)
{
    struct tfs_json_list list = {0};
    struct bc_slice line;
    struct branch_line branch;
    size_t width = width_of(text);
    if (face->json)
        list = tfs_json_list_begin(stdout);
    while (tfs_line_next(&text, &line)) {
        if (!parse(line, &branch))
            continue;
        if (face->json)
            tfs_json_list_add(&list, branch_json(&branch, tfs_slice_is(branch.name, face->branch),
                                                 bc_slice_equal(branch.name, standard)));
        else
            print_branch(face, &branch, details, width);
    }
    if (face->json)
        tfs_json_list_end(&list);
}

int tfs_branch_list(const struct tfs_face *face, bool details)
{
    struct bc_buffer text = {0}, standard = {0};
    int result = tfs_face_get(face, ".store/branches", &text);
    if (result == TFS_DONE)
        result = tfs_face_get(face, ".store/default", &standard);
    if (result == TFS_DONE) {
        print_all(face, bc_buffer_slice(&text), tfs_slice_trim(bc_buffer_slice(&standard)),
                  details);
        result = tfs_face_done(face);
    }
    bc_buffer_release(&text);
    bc_buffer_release(&standard);
    return result;
}

int tfs_branch_print_default(const struct tfs_face *face)
{
    struct bc_buffer name = {0};
    int result = tfs_face_get(face, ".store/default", &name);
    if (result == TFS_DONE && face->json)
        tfs_json_print(tfs_json_text(tfs_slice_trim(bc_buffer_slice(&name))), stdout);
    else if (result == TFS_DONE)
        tfs_put(bc_buffer_slice(&name), stdout);
    bc_buffer_release(&name);
    return result == TFS_DONE ? tfs_face_done(face) : result;
}
