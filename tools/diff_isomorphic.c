#include "tools/diff_isomorphic.h"
#include "tools/command.h"

#include "tools/terminal.h"

#include <stdio.h>
#include <string.h>

/* One file's canonical form, a line after the other. */
struct side {
    struct tfs_canon canon;
    struct bc_buffer lines;
    size_t at;
    struct bc_slice line; /* size 0: the end */
};

static int next_line(struct side *side)
{
    side->line = bc_slice("", 0);
    if (side->at == side->lines.size) {
        int result = tfs_canon_next(&side->canon, &side->lines);
        side->at = 0;
        if (result != TFS_DONE || side->lines.size == 0)
            return result;
    }
    const char *start = side->lines.data + side->at;
    const char *end = memchr(start, '\n', side->lines.size - side->at);
    side->line = bc_slice(start, (size_t)(end + 1 - start));
    side->at += side->line.size;
    return TFS_DONE;
}

static int open_side(struct side *side, const char *name, const struct tfs_canon_choice *choice)
{
    int result = tfs_canon_begin(&side->canon, choice);
    if (result == TFS_DONE)
        result = tfs_canon_read(&side->canon, name);
    if (result == TFS_DONE)
        result = tfs_canon_finish(&side->canon, name);
    return result == TFS_DONE ? next_line(side) : result;
}

static void close_side(struct side *side)
{
    tfs_canon_end(&side->canon);
    bc_buffer_release(&side->lines);
}

static void print_row(const char *sign, struct bc_slice line, enum tfs_colour colour, bool colours)
{
    (void)fputs(tfs_colour(colours, colour), stdout);
    (void)fputs(sign, stdout);
    tfs_put(bc_slice(line.data, line.size - 1), stdout);
    (void)fputs(tfs_colour(colours, TFS_PLAIN), stdout);
    (void)fputc('\n', stdout);
}

static int print_rows(struct side *past, struct side *now, bool colours)
{
    int result = TFS_DONE;
    while (result == TFS_DONE && (past->line.size > 0 || now->line.size > 0) && !ferror(stdout)) {
        int order = past->line.size == 0  ? 1
                    : now->line.size == 0 ? -1
                                          : bc_slice_compare(past->line, now->line);
        if (order < 0)
            print_row("D ", past->line, TFS_RED, colours);
        if (order > 0)
            print_row("A ", now->line, TFS_GREEN, colours);
        if (order <= 0)
            result = next_line(past);
        if (order >= 0 && result == TFS_DONE)
            result = next_line(now);
    }
    return result == TFS_DONE ? tfs_end_output() : result;
}

int tfs_diff_isomorphic(const char *past, const char *now, const struct tfs_canon_choice *choice,
                        bool colours)
{
    struct side left = {0}, right = {0};
    int result = open_side(&left, past, choice);
    if (result == TFS_DONE)
        result = open_side(&right, now, choice);
    if (result == TFS_DONE)
        result = print_rows(&left, &right, colours);
    close_side(&left);
    close_side(&right);
    return result;
}
