/* Inside fs/: the inodes that the kernel knows.
 *
 * A folder, a plain file, a link and a control file have one inode each. Of a triple file each
 * version has its own, so that the kernel's page cache of one inode never mixes two versions, and
 * so has each writer (versions.h). All of them have one st_ino, so that tools see one file. */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "branchcore/syntax.h"
#include "branchcore/tree.h"
#include "fs/errors.h"
#include "fs/retries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct tfs_control;
struct tfs_handle;

/* A branch that has been looked up. Lives until the mount ends, or, once it is retired, until its
 * last inode and the last caller of tfs_branch_of let it go. */
struct tfs_branch {
    struct tfs_branch *next; /* in its slot of the table */
    uint64_t id;
    struct bc_branch *branch;
    bool retired;  /* it was deleted; one that came back has another struct */
    uint64_t uses; /* inodes, and callers of tfs_branch_of */
    /* Grows with every change that goes through this mount; see dir.c. */
    atomic_uint_fast64_t generation;
    struct tfs_errors errors;
};

/* Fields above the line never change; those below are under the table's lock. */
struct tfs_inode {
    struct tfs_branch *branch; /* NULL: the root of the mount, and the controls of the store */
    const struct tfs_control *control; /* NULL: not a control */
    const char *path;                  /* of a control below rejected/ or fork/; else "" */
    uint64_t node;
    enum bc_kind kind;
    bool text; /* a triple file */

    struct tfs_inode *next; /* in its slot of the table */
    uint64_t lookups;       /* the kernel's references */
    unsigned pins;          /* ours */
    bool current;           /* a lookup finds it */
    bool gone;              /* is not the file any more: renamed to another kind, or removed */
    bool unclean;           /* its page cache may hold another version, or a writer's raw text */
    bool held;              /* tfs_inode_hold */
    bool mtime_set;         /* since the last write: what the next commit is to leave */
    int64_t set_mtime_ns;
    bool dropping;      /* its page cache is being emptied */
    pid_t reserved_for; /* the thread that opens it next; 0: any. Until: */
    int64_t reserved_until_ns;
    enum bc_syntax syntax; /* of a triple file */
    uint64_t version;      /* the version of a triple file that it shows, and what that has: */
    uint64_t size_bytes;
    int64_t mtime_ns;
    int64_t ctime_ns;
    unsigned readers;    /* handles that read this version */
    unsigned writers;    /* handles of writers */
    unsigned closing;    /* of these: flushed and not used since, so about to go */
    unsigned truncating; /* of these: flushed with nothing but their O_TRUNC to say */
    int64_t truncating_until_ns;
    struct tfs_handle *writer; /* one of the writers, whose raw size is shown */
};

enum { TFS_BRANCH_SLOTS = 4096 };

struct tfs_table {
    pthread_mutex_t lock;
    pthread_cond_t settled; /* a writer or reader left; CLOCK_MONOTONIC */
    struct tfs_inode root;
    struct tfs_inode **slots;
    size_t slot_mask;
    size_t count;
    struct tfs_branch *branches[TFS_BRANCH_SLOTS];
    struct tfs_handle *handles; /* all that are open (handle.h) */
    struct tfs_retries retries; /* has a lock of its own */
    atomic_uint truncating;     /* sum over all inodes */
};

enum bc_status tfs_table_init(struct tfs_table *table);
/* Frees every inode and branch; no handle may be left. */
void tfs_table_release(struct tfs_table *table);

/* The struct of a branch, whose reference is not consumed; given back with tfs_branch_put.
 * BC_NO_MEMORY. */
enum bc_status tfs_branch_of(struct tfs_table *table, struct bc_branch *branch,
                             struct tfs_branch **found);
void tfs_branch_put(struct tfs_table *table, struct tfs_branch *branch);
/* The branch is deleted: should it come back, it gets another struct and other inodes. (The kernel
 * marks the inode of a removed folder as dead for good.) */
void tfs_branch_retire(struct tfs_table *table, uint64_t id);
/* The name that a branch has now, "#ID" if it is gone. */
void tfs_branch_name(struct tfs_table *table, struct bc_repo *repo, uint64_t id,
                     char name[BC_BRANCH_NAME_MAX + 1]);

static inline void tfs_branch_changed(struct tfs_branch *branch)
{
    (void)atomic_fetch_add(&branch->generation, 1);
}

/* The inode of what a look-up of `name` gave, with one reference for the kernel. thread: who asks;
 * 0: a listing. One who was sent away from what he tried to open (versions.h) gets an inode that is
 * his alone until he opens it. BC_BUSY: attr is older than what the table knows already, so look
 * again. BC_NO_MEMORY. */
enum bc_status tfs_inode_see(struct tfs_table *table, struct tfs_branch *branch,
                             const struct bc_attr *attr, struct bc_slice name, pid_t thread,
                             struct tfs_inode **inode);
/* The inode of a control, likewise. path is copied. */
enum bc_status tfs_inode_see_control(struct tfs_table *table, struct tfs_branch *branch,
                                     const struct tfs_control *control, const char *path,
                                     bool folder, struct tfs_inode **inode);
/* Keeps the file of an inode alive even if its name goes, until the inode is forgotten. BC_STALE:
 * it is gone. */
enum bc_status tfs_inode_hold(struct tfs_table *table, struct tfs_inode *inode);
/* True if the kernel knows an inode of this control. */
bool tfs_control_known(struct tfs_table *table, struct tfs_branch *branch,
                       const struct tfs_control *control, const char *path);
/* What it was is gone: from now on it gets another inode. */
void tfs_control_forget(struct tfs_table *table, struct tfs_branch *branch,
                        const struct tfs_control *control, const char *path);
void tfs_inode_forget(struct tfs_table *table, struct tfs_inode *inode, uint64_t lookups);
void tfs_inode_pin(struct tfs_table *table, struct tfs_inode *inode);
void tfs_inode_unpin(struct tfs_table *table, struct tfs_inode *inode);

/* For versions.c, with the lock held: the inodes of a node one by one, in no order. previous NULL:
 * the first. NULL at the end. */
struct tfs_inode *tfs_inode_each(struct tfs_table *table, const struct tfs_branch *branch,
                                 uint64_t node, struct tfs_inode *previous);
/* The nodeid of a folder, for invalidations; 0 if the kernel does not know it. Takes the lock. */
uint64_t tfs_folder_nodeid(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node);

size_t tfs_inode_count(struct tfs_table *table);

/* st_ino: one for a node of a branch, whatever the version; never that of the root or of a control.
 */
uint64_t tfs_number_of(uint64_t branch, uint64_t node);
uint64_t tfs_number(const struct tfs_inode *inode);

#endif
