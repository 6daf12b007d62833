#include "branchcore/slot.h"

#include "branchcore/line_row.h"
#include "branchcore/lines.h"

#include <string.h>

/* Behind the next space, or the end. */
static size_t behind_space(struct bc_slice line, size_t at)
{
    const char *space = memchr(line.data + at, ' ', line.size - at);
    return space ? (size_t)(space - line.data) + 1 : line.size;
}

struct bc_slice bc_slot_prefix(struct bc_slice line)
{
    return bc_slice(line.data, behind_space(line, behind_space(line, 0)));
}

struct bc_slice bc_slot_predicate(struct bc_slice prefix)
{
    size_t at = behind_space(prefix, 0);
    return bc_slice(prefix.data + at, prefix.size - 1 - at);
}

struct bc_slice bc_slot_graph(struct bc_slice line)
{
    line = bc_line_body(line);
    if (line.size < 2 || !bc_line_is_quad(line))
        return bc_slice(line.data + line.size, 0);
    /* " .": no space is in a graph's name. */
    size_t end = line.size - 2;
    size_t start = end;
    while (start && line.data[start - 1] != ' ')
        start--;
    return bc_slice(line.data + start, end - start);
}
