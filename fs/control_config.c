/* `config`: the settings of the store, "KEY VALUE" a line. What a write says replaces what there
 * was; what is appended, or comes in a further write to the same open file, is added to it.
 *
 *   functional <IRI>   a predicate that has at most one object a subject, for merges */
#include "branchcore/merge.h"
#include "fs/commands.h"

#include <string.h>

static const char functional[] = "functional ";

/* Takes the first line off *rest, without its '\n'. */
static struct bc_slice next_line(struct bc_slice *rest)
{
    const char *newline = memchr(rest->data, '\n', rest->size);
    size_t size = newline ? (size_t)(newline - rest->data) : rest->size;
    struct bc_slice line = bc_slice(rest->data, size);
    size_t step = newline ? size + 1 : size;
    *rest = bc_slice(rest->data + step, rest->size - step);
    return line;
}

enum bc_status tfs_config_show(struct tfs_mount *mount, struct tfs_branch *branch,
                               struct bc_buffer *to)
{
    (void)branch;
    struct bc_buffer iris = {0};
    enum bc_status st = bc_functional_get(mount->repo, &iris);
    struct bc_slice rest = bc_buffer_slice(&iris);
    while (!st && rest.size > 0) {
        struct bc_slice iri = next_line(&rest);
        if (iri.size > 0)
            st = bc_buffer_printf(to, "%s<%.*s>\n", functional, (int)iri.size, iri.data);
    }
    bc_buffer_release(&iris);
    return st;
}

/* The angle brackets say that the line was not cut; bc_functional_set looks at what is in them. */
static enum bc_status take_iri(struct bc_slice value, struct bc_buffer *iris, struct bc_error *err)
{
    if (value.size <= 2 || value.data[0] != '<' || value.data[value.size - 1] != '>')
        return bc_fail(err, BC_INVALID, "'%.*s' is not an IRI as in N-Triples: <http://...>",
                       (int)(value.size < 200 ? value.size : 200), value.data);
    enum bc_status st = bc_buffer_append(iris, value.data + 1, value.size - 2);
    return st ? st : bc_buffer_append(iris, "\n", 1);
}

static enum bc_status take_line(struct bc_slice line, struct bc_buffer *iris, struct bc_error *err)
{
    size_t key = strlen(functional);
    while (line.size > 0 && strchr(" \t\r", line.data[line.size - 1]))
        line.size--;
    if (line.size == 0 || line.data[0] == '#')
        return BC_OK;
    if (line.size > key && memcmp(line.data, functional, key) == 0)
        return take_iri(bc_slice(line.data + key, line.size - key), iris, err);
    return bc_fail(err, BC_INVALID, "'%.*s': the settings are: functional <IRI>",
                   (int)(line.size < 200 ? line.size : 200), line.data);
}

enum bc_status tfs_config_do(struct tfs_mount *mount, struct tfs_branch *branch,
                             struct bc_slice command, const struct tfs_caller *caller,
                             struct bc_error *err)
{
    (void)branch;
    struct bc_buffer iris = {0};
    enum bc_status st =
        caller->more || caller->appends ? bc_functional_get(mount->repo, &iris) : BC_OK;
    if (!st && iris.size > 0 && iris.data[iris.size - 1] != '\n')
        st = bc_buffer_append(&iris, "\n", 1);
    while (!st && command.size > 0)
        st = take_line(next_line(&command), &iris, err);
    if (!st)
        st = bc_functional_set(mount->repo, bc_buffer_slice(&iris), err);
    bc_buffer_release(&iris);
    return st;
}
