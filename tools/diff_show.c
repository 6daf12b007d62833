#include "tools/diff_show.h"

#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/mount_table.h"
#include "tools/patch_text.h"
#include "tools/store_prefixes.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_MOST = 40, PATH_COLUMNS = 30 };

struct showing {
    const struct tfs_diff_style *style;
    struct tfs_json_list list;
    struct tfs_shortening shortening;
    bool json;
    bool wanted;           /* the patch under way is of a path that is */
    struct bc_buffer held; /* "H path" of a patch that waits for its "H from" */
    struct bc_buffer path;
    struct bc_buffer from;
    struct bc_buffer kind;
    uint64_t added;
    uint64_t removed;
    uint64_t paths;
    uint64_t all_added;
    uint64_t all_removed;
};

static void clear_patch(struct showing *showing)
{
    bc_buffer_clear(&showing->held);
    bc_buffer_clear(&showing->path);
    bc_buffer_clear(&showing->from);
    bc_buffer_clear(&showing->kind);
    showing->added = showing->removed = 0;
}

static bool is_below(struct bc_slice path, const char *wanted)
{
    size_t size = wanted ? strlen(wanted) : 0;
    if (size == 0)
        return true;
    return path.size >= size && memcmp(path.data, wanted, size) == 0 &&
           (path.size == size || path.data[size] == '/');
}

static void print_coloured(const struct showing *showing, enum tfs_patch_line what,
                           struct bc_slice line)
{
    static const enum tfs_colour colours[] = {
        [TFS_PATCH_PATH] = TFS_BOLD, [TFS_PATCH_HEADER] = TFS_BOLD, [TFS_PATCH_MARK] = TFS_CYAN,
        [TFS_PATCH_ADD] = TFS_GREEN, [TFS_PATCH_DELETE] = TFS_RED,
    };
    bool on = showing->style->colours;
    (void)fputs(tfs_colour(on, colours[what]), stdout);
    tfs_put(line, stdout);
    (void)fputs(tfs_colour(on, TFS_PLAIN), stdout);
    (void)fputc('\n', stdout);
}

/* A row A or D, behind the rows that declare its prefixes. */
static bool print_short(struct showing *showing, enum tfs_patch_line what, struct bc_slice row)
{
    if (!tfs_shorten(&showing->shortening, row))
        return false;
    struct bc_slice declarations = bc_buffer_slice(&showing->shortening.declarations), line;
    while (tfs_line_next(&declarations, &line))
        print_coloured(showing, TFS_PATCH_MARK, line);
    print_coloured(showing, what, bc_buffer_slice(&showing->shortening.row));
    return true;
}

static void print_bar(const struct showing *showing)
{
    uint64_t total = showing->added + showing->removed;
    uint64_t cells = total < BAR_MOST ? total : BAR_MOST;
    uint64_t plus = total ? (showing->added * cells + total - 1) / total : 0;
    if (showing->removed && plus == cells && plus > 1)
        plus--;
    bool on = showing->style->colours;
    printf("%s", tfs_colour(on, TFS_GREEN));
    for (uint64_t i = 0; i < plus; i++)
        (void)fputc('+', stdout);
    printf("%s%s", tfs_colour(on, TFS_PLAIN), tfs_colour(on, TFS_RED));
    for (uint64_t i = plus; i < cells; i++)
        (void)fputc('-', stdout);
    printf("%s\n", tfs_colour(on, TFS_PLAIN));
}

static void print_stat(struct showing *showing)
{
    size_t width = showing->path.size;
    printf(" ");
    if (showing->from.size) {
        tfs_put(bc_buffer_slice(&showing->from), stdout);
        printf(" -> ");
        width += showing->from.size + 4;
    }
    tfs_put(bc_buffer_slice(&showing->path), stdout);
    printf("%*s | %6" PRIu64 " ", width < PATH_COLUMNS ? PATH_COLUMNS - (int)width : 0, "",
           showing->added + showing->removed);
    if (showing->kind.size)
        printf("%.*s ", (int)showing->kind.size, showing->kind.data);
    print_bar(showing);
}

static void add_json(struct showing *showing)
{
    json_t *object = tfs_json_object();
    tfs_json_set_text(object, "path", bc_buffer_slice(&showing->path));
    if (showing->from.size)
        tfs_json_set_text(object, "from", bc_buffer_slice(&showing->from));
    tfs_json_set(object, "kind",
                 showing->kind.size ? tfs_json_text(bc_buffer_slice(&showing->kind))
                                    : tfs_json_string(showing->from.size ? "renamed" : "changed"));
    tfs_json_set(object, "added", tfs_json_count(showing->added));
    tfs_json_set(object, "removed", tfs_json_count(showing->removed));
    tfs_json_list_add(&showing->list, object);
}

static void end_patch(struct showing *showing)
{
    if (showing->path.size && showing->wanted) {
        if (showing->json)
            add_json(showing);
        else if (showing->style->stat)
            print_stat(showing);
        showing->paths++;
        showing->all_added += showing->added;
        showing->all_removed += showing->removed;
    }
    clear_patch(showing);
}

static bool begin_patch(struct showing *showing, struct bc_slice line)
{
    end_patch(showing);
    if (!tfs_patch_header(line, "path", &showing->path) ||
        bc_buffer_append(&showing->held, line.data, line.size))
        return false;
    showing->wanted = is_below(bc_buffer_slice(&showing->path), showing->style->path);
    return true;
}

/* The second line of a patch says whether its path was another one. */
static bool second_line(struct showing *showing, struct bc_slice line)
{
    if (tfs_patch_header(line, "from", &showing->from) &&
        is_below(bc_buffer_slice(&showing->from), showing->style->path))
        showing->wanted = true;
    if (showing->wanted && !showing->style->stat && !showing->json)
        print_coloured(showing, TFS_PATCH_PATH, bc_buffer_slice(&showing->held));
    bc_buffer_clear(&showing->held);
    return true;
}

static bool take_line(struct showing *showing, struct bc_slice line)
{
    enum tfs_patch_line what = tfs_patch_line(line);
    if (what == TFS_PATCH_PATH)
        return begin_patch(showing, line);
    if (showing->held.size && !second_line(showing, line))
        return false;
    if (what == TFS_PATCH_HEADER)
        (void)tfs_patch_header(line, "kind", &showing->kind);
    showing->added += what == TFS_PATCH_ADD;
    showing->removed += what == TFS_PATCH_DELETE;
    if (!showing->wanted || showing->style->stat || showing->json)
        return true;
    if (showing->style->prefixes && (what == TFS_PATCH_ADD || what == TFS_PATCH_DELETE))
        return print_short(showing, what, line);
    print_coloured(showing, what, line);
    return true;
}

static bool take_all(struct showing *showing, FILE *patch)
{
    char *line = NULL;
    size_t room = 0;
    bool well = true;
    for (ssize_t size; well && !ferror(stdout) && (size = getline(&line, &room, patch)) > 0;) {
        if (line[size - 1] == '\n')
            size--;
        well = take_line(showing, bc_slice(line, (size_t)size));
    }
    free(line);
    return well && !ferror(patch);
}

static void print_totals(const struct showing *showing)
{
    if (showing->paths)
        printf(" %" PRIu64 " path%s changed, %" PRIu64 " triple%s added, %" PRIu64 " removed\n",
               showing->paths, showing->paths == 1 ? "" : "s", showing->all_added,
               showing->all_added == 1 ? "" : "s", showing->all_removed);
}

int tfs_diff_show(const struct tfs_face *face, const char *control,
                  const struct tfs_diff_style *style)
{
    struct bc_prefixes prefixes = {0};
    struct showing showing = {
        .style = style, .json = face->json, .shortening = {.prefixes = &prefixes}};
    int found = style->prefixes ? tfs_store_prefixes(face, true, &prefixes) : TFS_DONE;
    FILE *patch = found == TFS_DONE ? tfs_face_stream(face, control) : NULL;
    if (!patch) {
        bc_prefixes_release(&prefixes);
        return TFS_FAILED;
    }
    if (showing.json)
        showing.list = tfs_json_list_begin(stdout);
    bool whole = take_all(&showing, patch);
    end_patch(&showing);
    if (showing.json)
        tfs_json_list_end(&showing.list);
    else if (style->stat)
        print_totals(&showing);
    (void)fclose(patch);
    bc_buffer_release(&showing.held);
    bc_buffer_release(&showing.path);
    bc_buffer_release(&showing.from);
    bc_buffer_release(&showing.kind);
    tfs_shortening_release(&showing.shortening);
    bc_prefixes_release(&prefixes);
    if (!whole && !ferror(stdout))
        return tfs_face_fail(face, "the difference cannot be read to its end");
    return tfs_face_done(face);
}

/* Takes "." and ".." out of a path, by its names alone. False: it leads above its start. */
static bool collapse(const char *from, char to[PATH_MAX])
{
    size_t size = 0;
    for (;;) {
        while (*from == '/')
            from++;
        size_t length = strcspn(from, "/");
        if (length == 0)
            break;
        if (length == 2 && from[0] == '.' && from[1] == '.') {
            if (size == 0)
                return false;
            while (size > 0 && to[--size] != '/')
                continue;
        } else if (length != 1 || from[0] != '.') {
            if (size > 0)
                to[size++] = '/';
            memcpy(to + size, from, length);
            size += length;
        }
        from += length;
    }
    to[size] = '\0';
    return true;
}

bool tfs_diff_path(const struct tfs_face *face, const char *typed, char path[PATH_MAX])
{
    char joined[PATH_MAX], tree[PATH_MAX];
    const char *inside = typed;
    int size = snprintf(tree, sizeof tree, "%s/%s", face->mounted.point, face->place);
    bool well = size < (int)sizeof tree;
    if (typed[0] == '/') {
        well = well && tfs_path_inside(typed, tree);
        inside = well ? typed + size : typed;
    }
    well = well &&
           snprintf(joined, sizeof joined, "%s/%s", typed[0] == '/' ? "" : face->below, inside) <
               (int)sizeof joined &&
           collapse(joined, path);
    if (!well)
        tfs_face_fail(face, "%s is not in %s", typed, tree);
    return well;
}
