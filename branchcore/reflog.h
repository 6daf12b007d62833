/* The reflog: what happened to branches' names, so that nothing that had one is lost. */
#ifndef BRANCHCORE_REFLOG_H
#define BRANCHCORE_REFLOG_H

#include "branchcore/branch_record.h"
#include "branchcore/repo.h"

/* Puts an entry into a batch; its time is now. */
enum bc_status bc_reflog_put(struct bc_repo *repo, struct bc_batch *batch,
                             enum bc_reflog_action action, struct bc_slice name,
                             struct bc_slice detail, uint64_t branch,
                             struct bc_slice branch_record);

/* Calls sink for each entry, oldest first; sequence is its key's number. */
typedef enum bc_status (*bc_reflog_sink)(void *context, uint64_t sequence,
                                         const struct bc_reflog_record *record);
enum bc_status bc_reflog_walk(struct bc_repo *repo, bc_reflog_sink sink, void *context);

#endif
