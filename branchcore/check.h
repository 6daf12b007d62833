/* Verification of a whole repository: changes nothing. */
#ifndef BRANCHCORE_CHECK_H
#define BRANCHCORE_CHECK_H

#include "branchcore/repo.h"

struct bc_check_counts {
    uint64_t branches;
    uint64_t layers;
    uint64_t nodes;
    uint64_t texts;
    uint64_t lines;
    uint64_t runs;
    uint64_t blocks;
    uint64_t plain_files;
    uint64_t commits;
    uint64_t problems;
};

/* Verifies: the store's checksums; every layer's parent; every folder entry's node and back; every
 * text's order, canonical form, exactness, line, quad and byte counts; runs' headers and indexes;
 * references of layers and runs, both ways; chunk bounds; that indexes and settled texts are what
 * they stand for; that what has a triple file's name is one; commits' ids, parents, generations,
 * changes and trees; that heads and tags are there; the layers, conflicts and reports of merges
 * that wait. Each problem is told to `problem` as one line (what, where). Returns BC_OK when the
 * check could be done, whatever it found; counts->problems says. */
enum bc_status bc_check(struct bc_repo *repo, struct bc_check_counts *counts,
                        void (*problem)(void *context, const char *text), void *context);

#endif
