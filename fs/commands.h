/* Inside fs/: what the tables of controls (control_branch.c, control_store.c) are made of: the
 * functions that append what a control shows, and those that do what is written to it.
 *
 * They are called as control.h says. A command that is refused changes nothing; err says why. */
#ifndef FS_COMMANDS_H
#define FS_COMMANDS_H

#include "fs/control.h"

typedef enum bc_status tfs_show(struct tfs_mount *mount, struct tfs_branch *branch,
                                struct bc_buffer *to);
typedef enum bc_status tfs_do(struct tfs_mount *mount, struct tfs_branch *branch,
                              struct bc_slice command, const struct tfs_caller *caller,
                              struct bc_error *err);

/* control_commit.c */
/* The last commit of what a branch's controls are about: of the past, the one that it is or came
 * from. BC_NO_DATA: there is none. */
enum bc_status tfs_head_of(struct tfs_branch *branch, struct bc_commit_id *id);
tfs_show tfs_head_show;
tfs_show tfs_commit_show;
tfs_do tfs_commit_do;

/* control_merge.c */
tfs_do tfs_merge_do;
tfs_do tfs_reset_do;
tfs_do tfs_revert_do;

/* control_patch.c */
tfs_do tfs_patch_do; /* command: a whole text */

/* control_rewrite.c */
tfs_show tfs_rewrite_show;
tfs_do tfs_rewrite_do;
/* Whether there is only what stands before the two: options and prefixes, each in its line. */
bool tfs_rewrite_is_begun(struct bc_slice text);

/* control_discard.c */
tfs_show tfs_discard_show;
tfs_do tfs_discard_do;

/* control_gc.c */
tfs_show tfs_gc_show;
tfs_do tfs_gc_do;

/* control_config.c */
tfs_show tfs_config_show;
tfs_do tfs_config_do;

/* control_prefixes.c */
tfs_show tfs_prefixes_show;
tfs_do tfs_prefixes_do;

/* control_tags.c */
tfs_do tfs_tag_do;

/* The author of a caller's commits: his user name, or his number if he has none. */
enum { TFS_AUTHOR_SIZE = 256 };
struct bc_slice tfs_author(uid_t uid, char name[TFS_AUTHOR_SIZE]);

#endif
