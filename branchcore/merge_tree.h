/* The merge of two trees into a scratch branch, entity by entity. Inside of the model:
 *
 *   merge_tree.c      what is to be looked at, and in which order
 *   merge_place.c     names and folders
 *   merge_content.c   contents, modes, extended attributes
 *   merge_slots.c     the slots in conflict, noted while a text is merged
 *   merge_found.c     conflicts and notes, and how people read of them
 *
 * An entity is one thing on up to three sides: a node that base and sides share, or what took its
 * path where a side replaced it. */
#ifndef BRANCHCORE_MERGE_TREE_H
#define BRANCHCORE_MERGE_TREE_H

#include "branchcore/functional.h"
#include "branchcore/merge_adopt.h"
#include "branchcore/merge_last.h"
#include "branchcore/merge_text.h"

struct bc_entity {
    uint64_t base; /* nodes of the three trees; 0: it is not there */
    uint64_t ours;
    uint64_t theirs;
    uint64_t result; /* the node of the scratch; 0: none (yet) */
    bool placed;
    bool moving;  /* it was taken out of its folder, to be put where theirs has it */
    bool settled; /* as a whole: contents and attributes are not to be looked at any more */
    bool removal; /* a folder that theirs has deleted: it goes if it is empty in the end */
};

enum bc_conflict_kind {
    BC_CONFLICT_SLOTS = 1, /* statements of a text; the rest of it is merged */
    BC_CONFLICT_FILE = 2   /* the whole file, its being there, or its name */
};

/* What waits for somebody to decide. */
struct bc_conflict {
    enum bc_conflict_kind kind;
    uint64_t slots; /* how many; of a whole file 1 */
    uint64_t base;  /* nodes whose contents are shown; 0: the side has none */
    uint64_t ours;
    uint64_t theirs;
    uint64_t node;      /* of the scratch: the text with the slots; or the id that the file is to
                           have when it has to be made */
    bool merged;        /* ours and theirs are both shown as the scratch has `node` */
    const char *reason; /* static; of slots NULL */
    size_t path_at;     /* in the list's paths */
    size_t path_size;
    size_t slots_at; /* what is known of the slots, in bc_tree_merge.slots; size 0: not noted */
    size_t slots_size;
};

struct bc_conflicts {
    struct bc_conflict *list;
    size_t count;
    size_t capacity;
    struct bc_buffer paths;
    struct bc_id_counts by_path; /* a path's hash -> place in list + 1 */
};
static inline struct bc_slice bc_conflict_path(const struct bc_conflicts *conflicts,
                                               const struct bc_conflict *conflict)
{
    return bc_slice(conflicts->paths.data + conflict->path_at, conflict->path_size);
}
/* A path is in conflict once: a further one of it adds no more than a side's file that the first
 * lacks. */
enum bc_status bc_conflicts_add(struct bc_conflicts *conflicts, const struct bc_conflict *conflict,
                                struct bc_slice path);
/* Slots, and whole files. */
uint64_t bc_conflicts_total(const struct bc_conflicts *conflicts);
void bc_conflicts_release(struct bc_conflicts *conflicts);

struct bc_tree_merge {
    struct bc_repo *repo;
    struct bc_branch *base; /* read-only */
    struct bc_branch *ours;
    struct bc_branch *theirs;
    struct bc_branch *scratch; /* over ours, changed by nobody else */
    enum bc_merge_policy policy;
    enum bc_text_merge_way way;       /* of texts */
    const struct bc_compute *compute; /* NULL: the repository's */
    struct bc_progress_item *progress;

    struct bc_conflicts conflicts; /* as they are found */
    struct bc_buffer slots;        /* those in conflict, merge_slots.c */
    struct bc_buffer notes;        /* lines for people: what was decided though both sides changed
                                      it */

    struct bc_entity *entities;
    size_t count;
    size_t capacity;
    struct bc_id_counts by_theirs; /* node of theirs -> place in entities + 1 */
    struct bc_id_counts removals;  /* the same of folders to be removed, by their nodes */
    struct bc_id_counts joined;    /* files of ours that are one with a new one of theirs */
    struct bc_id_counts xattrs;    /* nodes whose extended attributes theirs may have changed */
    struct bc_functional *functional;
    unsigned depth; /* folders of folders that are being placed */
};

/* Fills scratch, conflicts and notes. Conflicting slots and files are as ours has them. BC_CORRUPT,
 * BC_IO, BC_NO_SPACE, BC_TOO_LARGE (folders are nested too deep). */
enum bc_status bc_tree_merge_run(struct bc_tree_merge *merge);
/* All but the branches, which are the caller's. */
void bc_tree_merge_release(struct bc_tree_merge *merge);

/* Between the files of the merge. */

static inline bool bc_merge_waits(const struct bc_tree_merge *merge)
{
    return merge->policy == BC_MERGE_AUTO || merge->policy == BC_MERGE_STRICT;
}

/* The entity of a node of theirs, added if it is not there. */
enum bc_status bc_entity_of(struct bc_tree_merge *merge, uint64_t base, uint64_t theirs,
                            size_t *index);
/* The node that is in a side what the node is in base: itself, or what took its path; 0: none. */
enum bc_status bc_counterpart(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                              uint64_t *counterpart);
/* The other way round: the base's node that a side's node is, or whose path it took; 0: none. */
enum bc_status bc_origin(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                         uint64_t *origin);

/* An entity on all sides. */
struct bc_three {
    struct bc_node_look base;
    struct bc_node_look ours;
    struct bc_node_look theirs;
};
enum bc_status bc_entity_look(struct bc_tree_merge *merge, const struct bc_entity *entity,
                              struct bc_three *three);
/* Whether the content of a side is another one than base's. */
enum bc_status bc_content_changed(struct bc_tree_merge *merge, struct bc_branch *side,
                                  const struct bc_node_look *base, const struct bc_node_look *now,
                                  bool *changed);
/* Whether it has another name or folder than in base. */
enum bc_status bc_place_changed(struct bc_tree_merge *merge, struct bc_branch *side,
                                const struct bc_node_look *base, const struct bc_node_look *now,
                                bool *changed);

/* merge_place.c: before any name is given, what theirs moved or deleted leaves its place; then
 * everything is put where it belongs; last, emptied folders go. */
enum bc_status bc_merge_unplace(struct bc_tree_merge *merge, size_t index);
enum bc_status bc_merge_place(struct bc_tree_merge *merge, size_t index);
enum bc_status bc_merge_remove_folders(struct bc_tree_merge *merge);
/* The scratch's node is as ours has it again: name, folder, content. */
enum bc_status bc_merge_restore_ours(struct bc_tree_merge *merge, const struct bc_entity *entity);

/* merge_content.c */

/* Whether a name and a content belong together: a triple file has to hold a text that its syntax
 * can say. */
bool bc_merge_name_fits(const struct bc_node_look *node);
enum bc_status bc_merge_content(struct bc_tree_merge *merge, size_t index);
/* What a policy without conflicts makes of a file that one side deleted and the other changed; the
 * entity's result is the file, or 0. */
enum bc_status bc_merge_union_gone(struct bc_tree_merge *merge, struct bc_entity *entity);
/* Tells every conflicting slot of a conflict of slots. */
enum bc_status bc_merge_each_slot(struct bc_tree_merge *merge, const struct bc_conflict *conflict,
                                  bc_slot_sink sink, void *context);

/* merge_slots.c: a note of each slot in conflict, behind what merge->slots has; SLOTS_MAX bytes in
 * all. bc_slot_note is a bc_slot_sink. */
struct bc_slot_notes {
    struct bc_buffer *to;
    size_t start;
    size_t last; /* where the last note is */
    bool any;
    bool full; /* there were more than may be noted */
};
enum bc_status bc_slot_note(void *context, const struct bc_slot_conflict *slot);
/* The same into a buffer, the context, however much it is. */
enum bc_status bc_slot_keep(void *context, const struct bc_slot_conflict *slot);
/* Gives them again. */
enum bc_status bc_slots_each(struct bc_slice notes, bc_slot_sink sink, void *context);

/* merge_found.c */
enum bc_status bc_merge_conflict(struct bc_tree_merge *merge, const struct bc_conflict *conflict,
                                 struct bc_branch *branch, uint64_t node);
enum bc_status bc_merge_note_line(struct bc_tree_merge *merge, struct bc_branch *branch,
                                  uint64_t node, const char *what);
/* Adds a line for each conflict, then those of the notes, to `all`; appends the first
 * BC_MERGE_LINES_MAX, a line that says how many there are besides, and the notes to `first`. */
enum bc_status bc_merge_lines(struct bc_tree_merge *merge, struct bc_merge_last *all,
                              struct bc_buffer *first);

#endif
