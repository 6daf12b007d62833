/* The progress bar: one line on standard error that is drawn over and over. */
#ifndef TOOLS_PROGRESS_BAR_H
#define TOOLS_PROGRESS_BAR_H

#include "branchcore/progress.h"

struct tfs_progress_bar {
    bool shown;   /* false: every function does nothing */
    bool drawn;   /* a line stands there now */
    bool repaint; /* of a terminal: over the same place; else a line each, and fewer of them */
    int64_t last_ns;
};

enum tfs_progress_when { TFS_PROGRESS_AUTO, TFS_PROGRESS_ALWAYS, TFS_PROGRESS_NEVER };

/* AUTO: shown if standard error is a terminal. */
void tfs_progress_bar_init(struct tfs_progress_bar *bar, enum tfs_progress_when when);
/* Draws what is under way: the operation named `first`, else the one that was begun last. Nothing
 * happens while none is. */
void tfs_progress_bar_draw(struct tfs_progress_bar *bar, struct bc_progress *progress,
                           const char *first);
/* Draws an operation of another process, from a line of what bc_progress_format wrote there. */
void tfs_progress_bar_show(struct tfs_progress_bar *bar, struct bc_slice line);
/* Makes room for another message. */
void tfs_progress_bar_clear(struct tfs_progress_bar *bar);

/* The line for one state, without a line end; now_ns is CLOCK_MONOTONIC, columns the room that
 * there is. done and total are taken as bytes if bytes. */
void tfs_progress_line(const struct bc_progress_state *state, bool bytes, int64_t now_ns,
                       unsigned columns, char *to, size_t room);

#endif
