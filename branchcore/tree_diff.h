/* What differs between two states of the tree. Costs what the layers between the two hold, never
 * what the trees hold: the two stacks are followed down to where they meet. */
#ifndef BRANCHCORE_TREE_DIFF_H
#define BRANCHCORE_TREE_DIFF_H

#include "branchcore/file_text.h"

enum bc_aspect {
    BC_ASPECT_CONTENT = 1, /* bytes, a text's lines, a link's target */
    BC_ASPECT_MODE = 2,    /* permission bits, owner, group */
    BC_ASPECT_XATTR = 4,
    BC_ASPECT_NAME = 8,   /* another name or another folder */
    BC_ASPECT_PLACE = 16, /* another node has the path now (`old.node` is not `new.node`); alone:
                             and nothing else differs, so that people see no difference */
    /* A triple file shows other bytes, be its set the same: its name says another syntax, or it has
     * other prefixes, which its syntax shows. Comes with _NAME or _XATTR. */
    BC_ASPECT_SHOWN = 32
};

struct bc_tree_difference {
    char kind;        /* 'A' added, 'D' deleted, 'R' renamed (and perhaps changed), 'M' changed */
    unsigned aspects; /* of 'R' and 'M' */
    const char
        *path; /* without a leading slash, a folder's with a slash behind; of 'D' the old one */
    const char *old_path;    /* of 'R'; else NULL */
    struct bc_attr old_attr; /* of 'A' all 0 */
    struct bc_attr new_attr; /* of 'D' all 0 */
};
typedef enum bc_status (*bc_tree_diff_sink)(void *context,
                                            const struct bc_tree_difference *difference);

/* In the order of paths, a folder before what is in it; the root folder itself is left out. What
 * lies in a folder that was renamed has not been renamed itself. A path is there twice where one
 * thing was deleted and another was renamed to it: the deletion comes first. Times are no
 * difference, nor are contents that were written anew and are the same. A status of sink other than
 * BC_OK ends it and is returned. BC_STALE, BC_CORRUPT, BC_IO.
 *
 * past and now may be any branches of one repository; if one changes meanwhile, each node is
 * compared as it is then. */
enum bc_status bc_tree_diff(struct bc_branch *past, struct bc_branch *now, bc_tree_diff_sink sink,
                            void *context);

/* The same as a list, for those that go through it step by step. *list is released by the caller,
 * and is empty after a failure. */
struct bc_tree_differences {
    struct bc_tree_difference *items;
    size_t count;
};
enum bc_status bc_tree_diff_list(struct bc_branch *past, struct bc_branch *now,
                                 struct bc_tree_differences *list);
void bc_tree_differences_release(struct bc_tree_differences *list);

/* How a side of a difference is kept apart by people: 'd' a folder, 'l' a link, 't' a triple file,
 * 'b' any other file. path: that side's. */
char bc_tree_type(const struct bc_attr *attr, const char *path);

/* The triples that a difference adds and removes; of plain files 0. BC_STALE: a file is gone since.
 */
enum bc_status bc_tree_difference_triples(struct bc_branch *past, struct bc_branch *now,
                                          const struct bc_tree_difference *difference,
                                          uint64_t *added, uint64_t *removed);

/* Adds up the differences of two trees: paths and triples. What has BC_ASPECT_PLACE alone does not
 * count, here and in the digest. */
struct bc_tree_sums {
    uint64_t paths;
    uint64_t added;
    uint64_t removed;
};
enum bc_status bc_tree_diff_sums(struct bc_branch *past, struct bc_branch *now,
                                 struct bc_tree_sums *sums);

/* SHA-256 over the canonical form of the differences (written down in tree_digest.c): the same
 * change gives the same digest in whatever layers it is stored. form: BC_CHANGE_FORM, or 1, that of
 * older commits. sums may be NULL. */
enum { BC_CHANGE_FORM = 2 };
enum bc_status bc_tree_digest(struct bc_branch *past, struct bc_branch *now, unsigned form,
                              unsigned char digest[32], struct bc_tree_sums *sums);

#endif
