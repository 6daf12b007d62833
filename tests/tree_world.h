/* A repository for tests of branches and trees, and short words for what they do with it. Every
 * function but those that return a status requires success. */
#ifndef TESTS_TREE_WORLD_H
#define TESTS_TREE_WORLD_H

#include "branchcore/bytes.h"
#include "branchcore/check.h"
#include "branchcore/edit.h"
#include "branchcore/memory_store.h"
#include "branchcore/model.h"
#include "branchcore/rejected.h"
#include "branchcore/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct bc_store *store;
    struct bc_repo *repo;
    struct bc_branch *main;
    struct bc_error err; /* of the last call with one */
    char problem[1024];  /* the first that world_problems met */
};

/* Over the store, which becomes the world's; NULL: over a new one in memory. */
void world_open(struct world *world, struct bc_store *store);
/* Closes the repository and opens it again over the same store. The caller has released its own
 * branches. */
void world_reopen(struct world *world);
/* Checks, and closes all. */
void world_close(struct world *world);
/* Runs the check; what it found. */
uint64_t world_problems(struct world *world);
/* Requires that it finds nothing, and that nothing is left pinned. */
void world_check(struct world *world);

static inline struct bc_slice text_slice(const char *text)
{
    return bc_slice(text, strlen(text));
}

struct bc_branch *world_branch(struct world *world, const char *name);
/* The caller releases. */
struct bc_branch *world_fork(struct world *world, struct bc_branch *source, const char *name);

/* Paths are those from the root. Make what is not there; 0 from world_find: nothing is there. */
uint64_t world_find(struct bc_branch *branch, const char *path);
uint64_t world_folder(struct bc_branch *branch, const char *path);
uint64_t world_file(struct bc_branch *branch, const char *path);
enum bc_status world_remove(struct bc_branch *branch, const char *path);
enum bc_status world_rename(struct world *world, struct bc_branch *branch, const char *from,
                            const char *to, unsigned flags, struct bc_renamed *renamed);

/* What a shell's redirection does: into a text through an edit, into a plain file as bytes. */
enum bc_status world_edit(struct bc_branch *branch, uint64_t node, enum bc_edit_mode mode,
                          const char *text, size_t size);
/* Makes the file if it is not there and gives it this content. */
uint64_t world_put(struct bc_branch *branch, const char *path, const char *text);
/* The whole content, with a NUL behind it; the caller releases. */
struct bc_buffer world_content(struct bc_branch *branch, uint64_t node);
void world_expect(struct bc_branch *branch, const char *path, const char *text);
struct bc_attr world_stat(struct bc_branch *branch, uint64_t node);
/* Requires that all attributes are the same. */
void world_same(const struct bc_attr *a, const struct bc_attr *b);

/* The seed of random tests: printed, from TRIPLEFS_SEED if that is set. */
uint64_t world_seed(void);
static inline uint64_t world_random(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

#endif
