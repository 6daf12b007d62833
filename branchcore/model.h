/* The model's inside: what the files of branchcore that make up a repository share. No other room
 * includes this.
 *
 * Locks, in the order in which they may be taken: a file's commit lock (bc_branch.commit_locks),
 * then a branch's gate, then the list of branches (bc_repo.branches_lock), then a branch
 * (bc_branch.lock), then that of loading and collecting layers (bc_repo.collect_lock), then the
 * leaves (ids, layers, pins), which are never held while another is taken (but that the collector
 * takes pins while it has layers); that of the prefixes, which only that of the ids may follow. A
 * branch's lock is held for look-ups and for the making and applying of one batch, never for work
 * that grows with a file.
 */
#ifndef BRANCHCORE_MODEL_H
#define BRANCHCORE_MODEL_H

#include "branchcore/branch_record.h"
#include "branchcore/bytes.h"
#include "branchcore/edit.h"
#include "branchcore/file_text.h"
#include "branchcore/pool.h"
#include "branchcore/repo.h"
#include "branchcore/row.h"
#include "branchcore/tree.h"

#include <pthread.h>
#include <stdatomic.h>

/* A frozen layer, in memory: shared by all branches whose stack has it. Immutable after its
 * creation, but for what is under bc_repo.layers_lock. A stack is for look-ups and may be shorter
 * than the history (stack_index.h): whoever asks whether two are the same state compares `state`,
 * not `id`. */
struct bc_layer {
    uint64_t id;
    uint64_t state;          /* of an index the layer that it is the same as; else its id */
    struct bc_layer *parent; /* holds a reference; NULL: the lowest */
    uint64_t depth;          /* layers of its stack, itself included */
    uint64_t refs;           /* under layers_lock, as what follows */
    uint64_t rows;           /* entries and records of nodes that it has, at least */
    bool rows_known;         /* it has no more */
    struct bc_layer *next;   /* of its bucket */
};

struct bc_id_count {
    uint64_t id;
    uint64_t count;
    bool drop; /* a run that nothing in the store refers to any more: drop it with the last pin */
};

/* A small map from ids to counts (open addressing). */
struct bc_id_counts {
    struct bc_id_count *slots;
    size_t capacity;
    size_t used;
};

enum { BC_LAYER_BUCKETS = 1024, BC_BRANCH_BUCKETS = 1024, BC_COMMIT_LOCKS = 16 };

struct bc_repo {
    struct bc_store *store;
    char *spool_directory;
    size_t memory_bytes;
    const struct bc_compute *compute;
    struct bc_pool *pool; /* may be NULL */
    uint32_t uid;
    uint32_t gid;
    void (*event)(void *context, uint64_t branch, enum bc_event_kind kind, const char *path);
    bool (*event_wanted)(void *context, uint64_t branch);
    void (*moved)(void *context, struct bc_branch *branch, struct bc_branch *before,
                  struct bc_branch *after);
    void *context;
    struct bc_progress *progress;

    pthread_mutex_t branches_lock; /* names and the list of open branches */
    struct bc_branch *open_branches[BC_BRANCH_BUCKETS];

    /* For reading while layers are loaded from the store: no layer is collected meanwhile. Before
     * the leaves. */
    pthread_rwlock_t collect_lock;

    pthread_mutex_t ids_lock;
    uint64_t next_id;
    uint64_t leased_id; /* the first id that is not leased from the store */

    pthread_mutex_t layers_lock;
    struct bc_layer *layers[BC_LAYER_BUCKETS];

    pthread_mutex_t pins_lock;
    struct bc_id_counts pins; /* runs and layers that are being read or written */

    pthread_mutex_t texts_lock;
    struct bc_file_text *texts; /* open ones, file_text.c */

    const struct bc_formats *formats; /* may be NULL */
    struct bc_renderings *renderings; /* rendering.h */
    pthread_mutex_t table_lock;       /* what follows, of the store's prefixes as they were last */
    uint64_t table_generation;
    uint64_t table_digest[2];

    atomic_uint_fast64_t pasts; /* branches that were made by bc_branch_past */
    atomic_size_t intake_bytes; /* memory that large intakes hold, intake.c */

    struct bc_merges *merges; /* merge_seat.h */

    pthread_mutex_t prefixes_lock; /* one change of the table at a time (repo_prefixes.h) */

    struct bc_maintainer *maintainer; /* maintain.h; NULL: nobody asked for one */
    pthread_mutex_t maintain_lock;    /* one maintenance at a time; taken before all others */
    uint64_t index_at;                /* layers: stack_index.h */
    uint64_t settle_at;               /* layers: settle.h */
    void (*trouble)(void *context, enum bc_status status, const char *what);
};

struct bc_branch {
    struct bc_repo *repo;
    uint64_t id;
    uint64_t refs;          /* under branches_lock */
    struct bc_branch *next; /* open_branches */

    pthread_mutex_t commit_locks[BC_COMMIT_LOCKS]; /* by node: one commit of a text at a time */

    pthread_mutex_t gate; /* held while gate_closed; whoever waits at the gate waits for it */
    /* Of whoever closed it: the moves that listeners are told of when it opens; NULL: none. */
    struct bc_branch *moved_before;
    struct bc_branch *moved_after;
    atomic_uint_fast64_t moves; /* bc_branch_moves; grows under lock */

    pthread_rwlock_t lock; /* all below */
    bool gate_closed;      /* only gate_owner may change the branch (state.h) */
    pthread_t gate_owner;
    bool gone;
    bool scratch;   /* has no record: its working set, which is pinned, goes with it (state.h) */
    bool work_used; /* the working set has rows */
    char name[BC_BRANCH_NAME_MAX + 1];
    char forked_from[BC_BRANCH_NAME_MAX + 1];
    struct bc_layer *top; /* NULL: nothing frozen */
    uint64_t work;
    uint64_t base; /* the layer that `status` compares with: the last commit's; 0: nothing */
    bool has_head;
    struct bc_commit_id head; /* the last commit */
    int64_t created_ns;
    int64_t changed_ns;
    struct bc_id_counts open_nodes;
};

int64_t bc_now_ns(void); /* CLOCK_REALTIME */

/* A new id for a layer, run, node, branch or version: unique in the store, growing, never 0. */
enum bc_status bc_repo_next_id(struct bc_repo *repo, uint64_t *id);

/* Pins keep a run or layer from being dropped or collected while it is used and nothing in the
 * store refers to it yet or any more. */
enum bc_status bc_pin(struct bc_repo *repo, uint64_t id);
void bc_unpin(struct bc_repo *repo, uint64_t id);
/* To be called after a batch that removed a reference to a run: drops it now, or with its last pin,
 * if none is left. */
void bc_run_unreferenced(struct bc_repo *repo, uint64_t run);

enum bc_status bc_counts_add(struct bc_id_counts *counts, uint64_t id);
/* The count that is left. */
uint64_t bc_counts_remove(struct bc_id_counts *counts, uint64_t id);
struct bc_id_count *bc_counts_find(struct bc_id_counts *counts, uint64_t id);

/* A node's record as a branch sees it, and where it was found. Released with bc_found_release; the
 * slices of `record` live as long. */
struct bc_found {
    uint64_t id;
    uint64_t layer; /* branch->work, or a frozen layer's */
    struct bc_node record;
    struct bc_value value;
};
static inline void bc_found_release(struct bc_found *found)
{
    bc_value_release(&found->value);
}

/* The branch's lock is held, for reading at least. BC_STALE: the branch or the node is gone. */
enum bc_status bc_node_find(struct bc_branch *branch, uint64_t node, struct bc_found *found);
/* Copies what a record says to the caller's attributes. */
void bc_attr_of(const struct bc_found *found, struct bc_attr *attr);

/* One change of a branch in the making: bc_update_begin waits at the branch's gate (state.h) and
 * takes its lock for writing (BC_STALE if it is gone: no lock is held then), commit applies the
 * batch and releases the lock, abort releases it. Runs whose last reference the change removed are
 * dropped after commit. */
struct bc_update {
    struct bc_branch *branch;
    struct bc_batch batch;
    uint64_t dropped[8];
    size_t dropped_count;
    int64_t now_ns;
};
enum bc_status bc_update_begin(struct bc_branch *branch, struct bc_update *update);
enum bc_status bc_update_commit(struct bc_update *update, bool sync);
void bc_update_abort(struct bc_update *update);

/* Puts found->record as the working set's record of found->id. If it was found in a lower layer,
 * this makes the first record of the node in the working set: `below` is set, flags, run and
 * cut_bytes become those of a record that changes no content (call bc_node_own first if you are to
 * set them). References of runs follow the record. */
enum bc_status bc_node_put(struct bc_update *update, struct bc_found *found);
/* Makes found->record the working set's own (see above) without putting it yet; no effect if it is
 * already. */
void bc_node_own(struct bc_update *update, struct bc_found *found);
/* Removes the node with all its rows from the working set; a tombstone stays if a lower layer has
 * it. */
enum bc_status bc_node_delete(struct bc_update *update, struct bc_found *found);
/* Deletes the working set's rows of one kind of a node: 'L', 'P' (from `first` on) or 'X'. */
enum bc_status bc_rows_delete(struct bc_update *update, char kind, uint64_t node, uint64_t first);

/* Where the content of a text is, as the branch has it now (its lock is held). found is the file's.
 * The caller releases content. */
enum bc_status bc_content_resolve(struct bc_branch *branch, const struct bc_found *found,
                                  struct bc_content *content);

/* The text of a file that was found, while the branch's lock is held. As bc_file_text_open. */
enum bc_status bc_file_text_of(struct bc_branch *branch, const struct bc_found *found,
                               struct bc_file_text **text);

/* Extended attributes, while the branch's lock is held. Appends the value; BC_NO_DATA. */
enum bc_status bc_xattr_find(struct bc_branch *branch, const struct bc_found *found,
                             struct bc_slice name, struct bc_buffer *to);
/* Puts the row and the record; value NULL: the attribute is removed (BC_NO_DATA: there is none). */
enum bc_status bc_xattr_put(struct bc_update *update, struct bc_found *found, struct bc_slice name,
                            const struct bc_slice *value);

/* The full path of a node, for messages and events; the branch's lock is held. */
enum bc_status bc_path_of(struct bc_branch *branch, uint64_t node, struct bc_buffer *path);
/* Whether anybody listens. */
bool bc_event_wanted(struct bc_branch *branch);
/* Tells the repository's listener; no lock is held. */
void bc_event_node(struct bc_branch *branch, enum bc_event_kind kind, uint64_t node);
void bc_event_path(struct bc_branch *branch, enum bc_event_kind kind, const char *path);

/* Layers in memory. bc_layer_get loads the stack below as needed; each returns a reference. */
enum bc_status bc_layer_get(struct bc_repo *repo, uint64_t id, struct bc_layer **layer);
/* A new layer over parent (which it retains), or the known one of that id; NULL: no memory. */
struct bc_layer *bc_layer_add(struct bc_repo *repo, uint64_t id, struct bc_layer *parent);
/* The same of an index of so many rows that is the same as the layer `state`. */
struct bc_layer *bc_layer_add_index(struct bc_repo *repo, uint64_t id, struct bc_layer *parent,
                                    uint64_t state, uint64_t rows);
/* How many entries and records of nodes a layer has; counts no more than one over limit. */
enum bc_status bc_layer_rows(struct bc_repo *repo, struct bc_layer *layer, uint64_t limit,
                             uint64_t *rows);
/* Whether `state` (as bc_layer_state gives it) is the layer's state or in the history of it. Costs
 * about the depth of its stack. */
enum bc_status bc_layer_contains(struct bc_repo *repo, struct bc_layer *layer, uint64_t state,
                                 bool *contains);
struct bc_layer *bc_layer_retain(struct bc_repo *repo, struct bc_layer *layer);
void bc_layer_release(struct bc_repo *repo, struct bc_layer *layer);

/* The history of a state: a layer that only shortens a stack (its `same` is another) stands for the
 * layer that it is the same as; *state gets that, or the layer itself. 0: nothing, whose state is
 * 0. */
enum bc_status bc_layer_state(struct bc_repo *repo, uint64_t layer, uint64_t *state);
/* The state before: what the layer `state` (as bc_layer_state gives it) was made on; 0: nothing.
 * Its own rows are exactly the difference. Always a smaller id, so two histories meet where walking
 * up from the greater id, step by step, brings both to the same. */
enum bc_status bc_layer_previous(struct bc_repo *repo, uint64_t state, uint64_t *previous);

/* A walk over a layer's rows of one kind (0: of all), as they are now. */
enum bc_status bc_layer_cursor(struct bc_repo *repo, uint64_t layer, char kind, bool streaming,
                               struct bc_cursor **cursor);
/* What a layer's own record of a node says, without its name and target. BC_NOT_FOUND: it has none;
 * BC_CORRUPT: also an index layer's, BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_record_numbers(struct bc_repo *repo, uint64_t layer, uint64_t node,
                                 struct bc_node *record);

/* The row of one chunk of a plain file's bytes in one layer. BC_NOT_FOUND, BC_CORRUPT. */
enum bc_status bc_chunk_get(struct bc_repo *repo, uint64_t layer, uint64_t node, uint64_t chunk,
                            struct bc_value *value);

/* Takes a node's last name away: deletes it, or keeps it as an orphan while it is open. */
enum bc_status bc_node_unname(struct bc_update *update, struct bc_found *found);
/* A folder whose entries changed. */
enum bc_status bc_folder_touch(struct bc_update *update, struct bc_found *folder);
/* BC_OK, or BC_NOT_EMPTY. */
enum bc_status bc_folder_empty(struct bc_branch *branch, uint64_t folder);

/* Settings of the store: rows "m..." of refs. */
enum bc_status bc_setting_get(struct bc_repo *repo, const char *name, struct bc_value *value);
enum bc_status bc_setting_put(struct bc_batch *batch, const char *name, struct bc_slice value);

/* The rules of branches' and tags' names; what: "branch" or "tag", for err. */
enum bc_status bc_ref_name_check(struct bc_slice name, const char *what, struct bc_error *err);

/* Branches, for branch*.c; the list's lock is held by the caller of all that say `locked` or touch
 * the list. */
enum bc_status bc_branch_id_of(struct bc_repo *repo, struct bc_slice name, uint64_t *id);
enum bc_status bc_branch_record_get(struct bc_repo *repo, uint64_t id, struct bc_value *value,
                                    struct bc_branch_record *record);
enum bc_status bc_branch_record_put(struct bc_batch *batch, uint64_t id,
                                    const struct bc_branch_record *record);
/* id 0 removes the name. */
enum bc_status bc_branch_name_put(struct bc_batch *batch, struct bc_slice name, uint64_t id);
struct bc_branch_record bc_branch_record_of(const struct bc_branch *branch);
/* Takes over what a record says, for a new or a restored branch. A failure changes nothing. */
enum bc_status bc_branch_fill(struct bc_branch *branch, const struct bc_branch_record *record);
struct bc_branch *bc_branch_alloc(struct bc_repo *repo, uint64_t id);
void bc_branch_dispose(struct bc_branch *branch);
struct bc_branch *bc_branch_find_open(struct bc_repo *repo, uint64_t id);
void bc_branch_link(struct bc_branch *branch);
/* The branch of that id, with a reference; its record is read if it is not open. BC_NOT_FOUND. */
enum bc_status bc_branch_load_locked(struct bc_repo *repo, uint64_t id, struct bc_branch **branch);
enum bc_status bc_branch_open_locked(struct bc_repo *repo, struct bc_slice name,
                                     struct bc_branch **branch);
void bc_branch_release_locked(struct bc_branch *branch);

/* Removes nodes without a name that a crash left behind. */
enum bc_status bc_orphans_remove(struct bc_repo *repo);

#endif
