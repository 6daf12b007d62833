/* Taking nodes of one state over into another: what a merge does with everything that only one side
 * changed. Inside of the model. `to` is a scratch branch (state.h) that one thread uses; `from` is
 * not changed meanwhile.
 *
 * All return BC_STALE (there is no such node), BC_CORRUPT, BC_IO, BC_NO_SPACE; after a failure `to`
 * is to be thrown away. */
#ifndef BRANCHCORE_MERGE_ADOPT_H
#define BRANCHCORE_MERGE_ADOPT_H

#include "branchcore/state.h"

/* A node as a branch sees it. */
struct bc_node_look {
    bool there; /* it has a name, or is the root; else all is 0 */
    struct bc_attr attr;
    uint64_t quads;
    size_t name_size;
    char name[BC_NAME_MAX];
};
static inline struct bc_slice bc_look_name(const struct bc_node_look *look)
{
    return bc_slice(look->name, look->name_size);
}
/* node 0 is not there. */
enum bc_status bc_node_look(struct bc_branch *branch, uint64_t node, struct bc_node_look *look);
/* What a folder has under a name: 0: nothing, or it is no folder of the branch. */
enum bc_status bc_entry_look(struct bc_branch *branch, uint64_t folder, struct bc_slice name,
                             uint64_t *node);

/* An empty state has no root folder to put anything in: it gets the mode and owner of from's. BC_OK
 * also if it has one, or from has none. */
enum bc_status bc_adopt_root(struct bc_branch *to, struct bc_branch *from);
/* from's node becomes one of `to`, which has none of that id, named so in that folder, where the
 * name is free: kind, form, mode, owner, birth time; content and extended attributes too. */
enum bc_status bc_adopt_node(struct bc_branch *to, struct bc_branch *from, uint64_t node,
                             uint64_t as, uint64_t folder, struct bc_slice name);
/* The content of to's node `as` becomes that of from's `node` (of the same kind; folders have
 * none), and keeps its version. A text shares its base run and costs its line rows; of a plain
 * file, chunks that both branches have in common are shared. */
enum bc_status bc_adopt_content(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                uint64_t node);
/* What differs between `past` and `now` of extended attributes is done to `as`, but (without
 * `force`) only where its present value is that of past. *both counts those where it was another
 * one than either's; prefixes (BC_PREFIXES_ATTRIBUTE) are united then, and do not count. node 0:
 * none. */
enum bc_status bc_adopt_xattrs(struct bc_branch *to, uint64_t as, struct bc_branch *past,
                               uint64_t past_node, struct bc_branch *now, uint64_t now_node,
                               bool force, uint64_t *both);

/* A text's content, attributes and name may have come from different sides: if it (now) has the
 * version of a side's file and does not show the same as that one, it gets another version. */
enum bc_status bc_node_settle_version(struct bc_branch *to, const struct bc_node_look *now,
                                      struct bc_branch *side, const struct bc_node_look *look,
                                      bool *renewed);
/* Another version, for the same content. */
enum bc_status bc_node_renew(struct bc_branch *to, uint64_t node);
/* Prefixes (BC_PREFIXES_ATTRIBUTE) become those of from's node. */
enum bc_status bc_adopt_prefixes(struct bc_branch *to, uint64_t as, struct bc_branch *from,
                                 uint64_t node);

/* Names: a node leaves its folder (it is to get another name, or to be deleted), and enters one,
 * where the name is free. */
enum bc_status bc_node_detach(struct bc_branch *to, uint64_t node);
enum bc_status bc_node_attach(struct bc_branch *to, uint64_t node, uint64_t folder,
                              struct bc_slice name);
/* A node without an entry is deleted. */
enum bc_status bc_node_drop(struct bc_branch *to, uint64_t node);
/* Both, of a file, a link, or a folder with everything in it. */
enum bc_status bc_node_remove_all(struct bc_branch *to, uint64_t node);

/* Whether the contents of two files or links are the same: by version, size, and then by looking. A
 * text is the same as a plain file that has its bytes. */
enum bc_status bc_same_content(struct bc_branch *a, const struct bc_node_look *of_a,
                               struct bc_branch *b, const struct bc_node_look *of_b, bool *same);

#endif
