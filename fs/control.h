/* Inside fs/: the control files of a branch (`.branch/`) and of the store (`.store/`).
 *
 * A control is a row of a table. Reading one shows what its `read` appends at the moment of the
 * open; a write is one command, done or refused by its `write` inside write(2). Who may read the
 * root folder of a branch may read its controls, who may write it may write them. */
#ifndef FS_CONTROL_H
#define FS_CONTROL_H

#include "fs/handle.h"

enum tfs_control_kind {
    TFS_CONTROL_FOLDER,   /* `.branch`, `.store` */
    TFS_CONTROL_TEXT,     /* a file with a read and perhaps a write function */
    TFS_CONTROL_REWRITE,  /* likewise, whose command may come in several writes (control_text.c) */
    TFS_CONTROL_EVENTS,   /* control_events.c */
    TFS_CONTROL_REJECTED, /* control_rejected.c: a folder of it, or a refused text, by path */
    TFS_CONTROL_FORK,     /* `fork/`, and what mkdir in it answers with */
    TFS_CONTROL_LOG,      /* control_log.c */
    TFS_CONTROL_PATCH,    /* control_patch.c */
    TFS_CONTROL_CANON,    /* control_canon.c: a folder of it, or a canonical form, by path */
    TFS_CONTROL_CHECK,    /* control_check.c */
    TFS_CONTROL_TAGS,     /* control_tags.c: the folder, or a tag, by its name */
    TFS_CONTROL_AT,       /* at.h */
    TFS_CONTROL_DIFF,     /* diff.h: the folder, or a patch, by its REF */
    TFS_CONTROL_MATCH,    /* control_query.c, as the next one */
    TFS_CONTROL_COUNT,
    TFS_CONTROL_CONFLICTS, /* conflicts.h: an empty folder, when no merge waits */
    TFS_CONTROL_MERGE      /* control_merge.c */
};

/* Who writes a command, and where. */
struct tfs_caller {
    fuse_req_t req; /* for tfs_may_use_ref */
    uid_t uid;
    gid_t gid;
    const char *path; /* of the control's inode: of a tag its name; else "" */
    bool more;        /* the open file was written before */
    bool appends;     /* it was opened with O_APPEND */
};

struct tfs_control {
    const char *name;
    enum tfs_control_kind kind;
    /* Both are given the branch whose control it is; NULL for the store's. */
    enum bc_status (*read)(struct tfs_mount *mount, struct tfs_branch *branch,
                           struct bc_buffer *to);
    /* command has no newline at its end. */
    enum bc_status (*write)(struct tfs_mount *mount, struct tfs_branch *branch,
                            struct bc_slice command, const struct tfs_caller *caller,
                            struct bc_error *err);
};

/* The folders, and what is in them: ended by a row without a name. */
extern const struct tfs_control tfs_branch_folder;
extern const struct tfs_control tfs_store_folder;
extern const struct tfs_control tfs_branch_controls[];
extern const struct tfs_control tfs_store_controls[];

/* The inode of a name in a control folder, or of the control folder's own name in its parent, with
 * one look-up counted. BC_NOT_FOUND. */
enum bc_status tfs_control_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                                struct tfs_inode **inode);
/* BC_STALE: the branch is gone. BC_NOT_FOUND: a refused text that is not there any more. */
enum bc_status tfs_control_stat(struct tfs_mount *mount, const struct tfs_inode *inode,
                                struct stat *st);
enum bc_status tfs_control_open(fuse_req_t req, struct tfs_inode *inode, struct fuse_file_info *fi);

/* What a control folder lists. */
typedef enum bc_status (*tfs_control_sink)(void *context, const char *name, bool folder,
                                           uint64_t number);
enum bc_status tfs_control_list(struct tfs_mount *mount, const struct tfs_inode *folder,
                                tfs_control_sink sink, void *context);

/* The requests that change names in a control folder; others are EPERM. */
void tfs_control_mkdir(fuse_req_t req, struct tfs_inode *folder, const char *name);
void tfs_control_create(fuse_req_t req, struct tfs_inode *folder, const char *name,
                        struct fuse_file_info *fi);
void tfs_control_remove(fuse_req_t req, struct tfs_inode *folder, const char *name, bool subfolder);

/* control_rejected.c. path: of a rejected folder, "" for the topmost. */
enum bc_status tfs_rejected_find(struct tfs_mount *mount, struct tfs_inode *folder,
                                 const char *name, struct tfs_inode **inode);
enum bc_status tfs_rejected_stat(const struct tfs_inode *inode, uint64_t *size_bytes,
                                 int64_t *time_ns);
enum bc_status tfs_rejected_list(struct tfs_mount *mount, const struct tfs_inode *folder,
                                 tfs_control_sink sink, void *context);
enum bc_status tfs_rejected_remove(struct tfs_mount *mount, struct tfs_inode *folder,
                                   const char *name, bool subfolder);
enum bc_status tfs_rejected_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                 struct fuse_file_info *fi);

/* control_canon.c. path: as in the branch. */
enum bc_status tfs_canon_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              struct tfs_inode **inode);
/* Of what it stands for in the branch, whose mode it has. */
enum bc_status tfs_canon_attr(const struct tfs_inode *inode, struct bc_attr *attr);
enum bc_status tfs_canon_list(const struct tfs_inode *folder, tfs_control_sink sink, void *context);
enum bc_status tfs_canon_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);

/* control_events.c */
enum bc_status tfs_events_open(struct tfs_mount *mount, struct tfs_inode *inode,
                               struct fuse_file_info *fi);

/* control_text.c: reading shows content, which is taken over (released also on failure); each write
 * is a command for the control's `write`. */
enum bc_status tfs_text_control_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                     struct bc_buffer *content, struct fuse_file_info *fi);
/* The same of a content that may be too large for the memory: read on demand, by any thread. `of`
 * is taken over, and given to close in the end (also on failure). */
struct tfs_content {
    void *of;
    enum bc_status (*read)(void *of, uint64_t offset, void *to, size_t size, size_t *done);
    void (*close)(void *of);
};
enum bc_status tfs_large_control_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                      const struct tfs_content *content, struct fuse_file_info *fi);
/* Answers a read with a part of what is there already: with a copy, since once the kernel has the
 * answer the handle may be closed, and the content freed, before the call that answers returns. */
enum bc_status tfs_content_part(const struct bc_buffer *content, size_t size, uint64_t offset,
                                struct bc_buffer *part);
void tfs_reply_content(fuse_req_t req, const struct bc_buffer *content, size_t size,
                       uint64_t offset);
/* Notes a command that was refused, always with a reason; returns status. */
enum bc_status tfs_note_command(struct tfs_mount *mount, const struct tfs_inode *inode,
                                enum bc_status status, struct bc_error *err);

/* control_merge.c */
enum bc_status tfs_merge_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);

/* control_log.c */
enum bc_status tfs_log_open(struct tfs_mount *mount, struct tfs_inode *inode,
                            struct fuse_file_info *fi);

/* control_patch.c */
enum bc_status tfs_patch_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);

/* control_query.c */
enum bc_status tfs_query_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);

/* control_check.c */
enum bc_status tfs_check_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);

/* control_tags.c */
enum bc_status tfs_tag_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                            struct tfs_inode **inode);
enum bc_status tfs_tag_list(struct tfs_mount *mount, tfs_control_sink sink, void *context);
enum bc_status tfs_tag_open(struct tfs_mount *mount, struct tfs_inode *inode,
                            struct fuse_file_info *fi);
/* The inode of a tag that its first write makes, with one look-up counted. */
enum bc_status tfs_tag_create(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              struct tfs_inode **inode);
enum bc_status tfs_tag_remove(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              bool subfolder);

/* `.branch/error`, `.store/error`. */
enum bc_status tfs_control_errors(struct tfs_mount *mount, struct tfs_branch *branch,
                                  struct bc_buffer *to);

#endif
