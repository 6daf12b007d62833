/* Inside fs/: the inodes that the kernel knows.
 *
 * A folder, a plain file, a link and a control file have one inode each. Of a triple file each
 * version has its own, so that the kernel's page cache of one inode never mixes two versions, and
 * so has each writer (versions.h). All of them have one st_ino, so that tools see one file. */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "branchcore/commit.h"
#include "branchcore/syntax.h"
#include "branchcore/tree.h"
#include "fs/errors.h"
#include "fs/report.h"
#include "fs/retries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct tfs_control;
struct tfs_handle;

enum tfs_tree {
    TFS_TREE_BRANCH,
    TFS_TREE_PAST,     /* a state, below at/ (at.h); read-only */
    TFS_TREE_CONFLICTS /* of a waiting merge (conflicts.h) */
};

/* A tree that has been looked up: a branch's own, or one that lies below a branch's `.branch`. A
 * branch's lives until the mount ends, or, once it is retired, until its last inode and the last
 * caller of tfs_branch_of let it go; others only as long as they are used.
 *
 * Who asks a branch for attributes and tells the table of inodes of them does both with `moving`
 * held for reading, so that a move (moved.h) never comes between the two. */
struct tfs_branch {
    struct tfs_branch *next; /* in its slot of the table */
    uint64_t id;             /* of the past: its state (bc_state.id) */
    struct bc_branch *branch;
    enum tfs_tree tree;
    struct tfs_branch *here;  /* not of a branch's own: in whose `.branch` it lies, holding a use */
    struct tfs_branch *files; /* of the past: whose inodes its files have, holding a use */
    char *ref;                /* of the past: its name in at/; owned */
    bool has_head;            /* of the past: its last commit */
    struct bc_commit_id head;
    bool retired;  /* it was deleted; one that came back has another struct */
    uint64_t uses; /* inodes, callers of tfs_branch_of, and trees below it */
    /* Grows with every change that goes through this mount; see dir.c. */
    atomic_uint_fast64_t generation;
    pthread_rwlock_t moving; /* see above; never held while the branch is being changed */
    atomic_uint_fast64_t
        moves; /* bc_branch_moves as far as the table follows; grows under moving */
    struct tfs_errors errors;
    struct tfs_report patched;   /* of `.branch/patch` */
    struct tfs_report rewritten; /* of `.branch/rewrite` */
};

/* Fields above the line never change; those below are under the table's lock. */
struct tfs_inode {
    struct tfs_branch *branch; /* NULL: the root of the mount, and the controls of the store */
    const struct tfs_control *control; /* NULL: not a control */
    const char *path;                  /* of a control that stands for a path or a name; else "" */
    uint64_t node;
    enum bc_kind kind;
    bool text; /* a triple file */
    /* A plain file that a move changed while it was open: those who have it open go on reading this
     * state (moved.h). Set once, atomically; holds a reference. */
    struct bc_branch *past;

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
    uint64_t version; /* the version of a triple file that it shows (0: one that was left behind
                         by a move), and what that has: */
    uint64_t size_bytes;
    bool sized; /* size_bytes is that of what is shown; else it is still to be asked for */
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
    /* Held for reading by who asks what a file shows and tells the table of it, for writing while
     * the store gets other prefixes (reshown.h). Taken after a branch's `moving`. */
    pthread_rwlock_t showing;
    atomic_uint truncating; /* sum over all inodes */
};

enum bc_status tfs_table_init(struct tfs_table *table);
/* Frees every inode and branch; no handle may be left. */
void tfs_table_release(struct tfs_table *table);

/* The struct of a branch, whose reference is not consumed; given back with tfs_branch_put.
 * BC_NO_MEMORY. */
enum bc_status tfs_branch_of(struct tfs_table *table, struct bc_branch *branch,
                             struct tfs_branch **found);
void tfs_branch_put(struct tfs_table *table, struct tfs_branch *branch);
/* The known struct of a branch, to be given back likewise, or NULL. */
struct tfs_branch *tfs_branch_known(struct tfs_table *table, uint64_t id);

/* What tells trees below a `.branch` apart. */
struct tfs_tree_key {
    enum tfs_tree tree;
    uint64_t id;
    struct tfs_branch *here;
    struct tfs_branch *files;
    const char *ref;                 /* NULL: none */
    const struct bc_commit_id *head; /* NULL: none */
};
/* The struct of such a tree, as tfs_branch_of. tree's reference is not consumed. */
enum bc_status tfs_tree_of(struct tfs_table *table, struct bc_branch *tree,
                           const struct tfs_tree_key *key, struct tfs_branch **found);
/* The branch's own tree that a tree lies below, NULL for one that several share. */
struct tfs_branch *tfs_tree_top(struct tfs_branch *branch);

/* The branch is deleted: should it come back, it gets another struct and other inodes. (The kernel
 * marks the inode of a removed folder as dead for good.) */
void tfs_branch_retire(struct tfs_table *table, uint64_t id);
/* The name that a branch has now, "#ID" if it is gone. True: it is the tree of conflicts of the
 * branch of that name. */
bool tfs_branch_name(struct tfs_table *table, struct bc_repo *repo, uint64_t id,
                     char name[BC_BRANCH_NAME_MAX + 1]);

/* See struct tfs_branch. Not to be nested. */
static inline void tfs_branch_steady(struct tfs_branch *branch)
{
    (void)pthread_rwlock_rdlock(&branch->moving);
}

static inline void tfs_branch_go_on(struct tfs_branch *branch)
{
    (void)pthread_rwlock_unlock(&branch->moving);
}

static inline void tfs_showing(struct tfs_table *table)
{
    (void)pthread_rwlock_rdlock(&table->showing);
}

static inline void tfs_shown(struct tfs_table *table)
{
    (void)pthread_rwlock_unlock(&table->showing);
}

static inline void tfs_branch_changed(struct tfs_branch *branch)
{
    (void)atomic_fetch_add(&branch->generation, 1);
}

/* The inode of what a look-up of `name` gave, with one reference for the kernel. sized: the size is
 * that of what a triple file shows. thread: who asks; 0: a listing. One who was sent away from what
 * he tried to open (versions.h) gets an inode that is his alone until he opens it. BC_BUSY: attr is
 * older than what the table knows already, so look again. BC_NO_MEMORY. */
enum bc_status tfs_inode_see(struct tfs_table *table, struct tfs_branch *branch,
                             const struct bc_attr *attr, bool sized, struct bc_slice name,
                             pid_t thread, struct tfs_inode **inode);
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
/* The inode that look-ups of a node find, pinned, if the kernel knows it; else NULL. */
struct tfs_inode *tfs_inode_known(struct tfs_table *table, const struct tfs_branch *branch,
                                  uint64_t node);
/* A pinned inode that no look-up finds, of what is gone; NULL: no memory. */
struct tfs_inode *tfs_inode_gone(struct tfs_table *table, struct tfs_branch *branch,
                                 const struct bc_attr *attr);
/* The nodeid of a folder, for invalidations; 0 if the kernel does not know it. Takes the lock. */
uint64_t tfs_folder_nodeid(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node);

size_t tfs_inode_count(struct tfs_table *table);

/* A triple file that shows something else than its set's lines. */
static inline bool tfs_is_rendered(const struct tfs_inode *inode)
{
    return inode->text && !bc_syntax_is_lines(inode->syntax);
}

/* The tree that an inode's content and attributes are read from. */
static inline struct bc_branch *tfs_tree(const struct tfs_inode *inode)
{
    struct bc_branch *past = __atomic_load_n(&inode->past, __ATOMIC_ACQUIRE);
    return past ? past : inode->branch->branch;
}

/* st_ino: one for a node of a branch, whatever the version; never that of the root or of a control.
 */
uint64_t tfs_number_of(uint64_t branch, uint64_t node);
uint64_t tfs_number(const struct tfs_inode *inode);

#endif
