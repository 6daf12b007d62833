/* What is different where standard output is a terminal: colours, and what it must not be made to
 * obey. */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include "branchcore/memory.h"

#include <stdio.h>

enum tfs_colour_when { TFS_COLOUR_AUTO, TFS_COLOUR_ALWAYS, TFS_COLOUR_NEVER };
enum tfs_colour { TFS_PLAIN, TFS_BOLD, TFS_RED, TFS_GREEN, TFS_YELLOW, TFS_CYAN, TFS_COLOURS };

/* "auto", "always", "never"; NULL is always. False: none of them. */
bool tfs_colour_parse(const char *text, enum tfs_colour_when *when);
/* AUTO: if standard output is a terminal that has colours, and NO_COLOR is not set. */
bool tfs_colour_wanted(enum tfs_colour_when when);

/* The sequence that switches to a colour; "" if not `on`. */
const char *tfs_colour(bool on, enum tfs_colour colour);

/* Standard output leads to a terminal, though it is none itself: a pager stands between. */
void tfs_terminal_ahead(void);
bool tfs_is_terminal_ahead(void);

/* Writes text that somebody else chose. For a terminal its control characters, but for newline and
 * tab, become '?'. */
void tfs_put(struct bc_slice text, FILE *to);

#endif
