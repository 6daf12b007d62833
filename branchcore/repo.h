/* The repository: everything that one store holds. It is the door of branchcore: open it over a
 * store (store.h), then work with its branches (branch.h), their trees (tree.h), plain files
 * (bytes.h) and texts (file_text.h, edit.h).
 *
 * Threads: every function of these headers may be called from any thread at once, unless its
 * comment says otherwise. Readers of a branch never wait for a bulk write to it; a change takes
 * effect at one moment, as one batch. */
#ifndef BRANCHCORE_REPO_H
#define BRANCHCORE_REPO_H

#include "branchcore/compute.h"
#include "branchcore/pool.h"
#include "branchcore/progress.h"
#include "branchcore/store.h"
#include "branchcore/syntax.h"

enum { BC_FORMAT_VERSION = 1 };

struct bc_repo;
struct bc_branch;

enum bc_event_kind {
    BC_EVENT_CREATE,
    BC_EVENT_DELETE,
    BC_EVENT_CHANGE,    /* content */
    BC_EVENT_ATTRIBUTE, /* mode, owner, times, extended attributes */
    BC_EVENT_MOVE,      /* path is the new one */
    BC_EVENT_REFUSE,    /* a text went to rejected/ */
    /* The branch went to another state at once; path is what it was told, such as the REF merged.
     * What changed by it follows. */
    BC_EVENT_MERGE,
    BC_EVENT_RESET,
    BC_EVENT_PATCH,
    BC_EVENT_REVERT,
    BC_EVENT_REWRITE
};

/* "create", "delete", "change", "attribute", "move", "refuse", "merge", "reset", "patch",
 * "revert", "rewrite" */
const char *bc_event_name(enum bc_event_kind kind);

struct bc_repo_options {
    const char *spool_directory;      /* for temporary files, on the store's disk; must exist */
    size_t memory_bytes;              /* budget of imports and views; 0: 256 MiB */
    const struct bc_compute *compute; /* NULL: scalar */
    struct bc_pool *pool;             /* borrowed; NULL: work stays on the callers' threads */
    const struct bc_formats *formats; /* of all syntaxes but lines (syntax.h); NULL: none */
    uint32_t uid;                     /* who owns what a new repository starts with */
    uint32_t gid;
    /* Told of every change of a branch's tree after it happened, with no lock held; NULL: nobody.
     * path has no leading slash. Must not call back into the repository. */
    void (*event)(void *context, uint64_t branch, enum bc_event_kind kind, const char *path);
    /* Asked first, since building a path costs look-ups; NULL: always true. */
    bool (*event_wanted)(void *context, uint64_t branch);
    /* Told after a branch went from one state to another at once (a merge, a reset, a patch, a
     * revert), before the call that did it returns, with no lock held; NULL: nobody. before and
     * after are read-only and may be compared (tree_diff.h) and read, but nothing may be changed.
     * Texts and trees of the branch read anew are those of `after`, or later. */
    void (*moved)(void *context, struct bc_branch *branch, struct bc_branch *before,
                  struct bc_branch *after);
    void *context; /* of these, and of trouble */
    /* Whether a thread of the repository keeps stacks and texts quick to read (maintain.h). */
    bool maintain;
    /* Told by that thread what it could not do, and will try again; NULL: nobody. */
    void (*trouble)(void *context, enum bc_status status, const char *what);
};

/* Opens the repository of a store, which the caller keeps owning and closes after bc_repo_close; an
 * empty store becomes one with the empty branch `main`. Unreferenced leftovers of a crash are
 * collected later, by bc_repo_collect. options are copied, the strings too. BC_NEWER_FORMAT,
 * BC_CORRUPT, BC_IO, with err. */
enum bc_status bc_repo_open(struct bc_store *store, const struct bc_repo_options *options,
                            struct bc_repo **repo, struct bc_error *err);
/* All branches, texts and edits of it must be released. */
void bc_repo_close(struct bc_repo *repo);

struct bc_store *bc_repo_store(struct bc_repo *repo);
struct bc_progress *bc_repo_progress(struct bc_repo *repo);
/* The engine that it was opened with. */
const struct bc_compute *bc_repo_compute(const struct bc_repo *repo);
/* Likewise; may be NULL. */
struct bc_pool *bc_repo_pool(const struct bc_repo *repo);
/* For temporary files; the options'. */
const char *bc_repo_spool_directory(const struct bc_repo *repo);

/* Everything done so far is safe from a power cut when it returns. BC_IO, BC_NO_SPACE. */
enum bc_status bc_repo_sync(struct bc_repo *repo);

struct bc_collected {
    uint64_t layers;
    uint64_t runs;
    uint64_t commits;
};

/* Frees layers, runs and commits that no branch, no tag, no entry of the reflog, no rejected text
 * and nothing open leads to (live.h). Safe beside everything else. What it freed is added to
 * *collected (may be NULL). */
enum bc_status bc_repo_collect(struct bc_repo *repo, struct bc_collected *collected);

/* The attributes of the root of the mount itself. */
struct bc_root_attr {
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    int64_t mtime_ns; /* also of the list of branches: grows when it changes */
};

enum bc_status bc_repo_root(struct bc_repo *repo, struct bc_root_attr *attr);
enum bc_status bc_repo_root_set(struct bc_repo *repo, const struct bc_root_attr *attr);

/* The reflog, newest last: one call a line, without '\n': "TIME ACTION NAME detail". A status of
 * sink other than BC_OK ends it and is returned. */
enum bc_status bc_reflog_each(struct bc_repo *repo,
                              enum bc_status (*sink)(void *context, const char *line),
                              void *context);

#endif
