/* A store that fails on demand: wraps any other store, passes every call on, and makes chosen calls
 * fail as the port (branchcore/store.h) says that they may. For tests of what stands on the port.
 *
 * Calls that count: get, cursor_new, each step of a cursor (first, last, seek, seek_last, next,
 * previous), apply, sync, bulk_new, add and finish of a bulk, run_drop, disk_bytes, verify. A call
 * that fails does nothing below: a failed apply changed nothing, a failed finish made nothing
 * visible, a failed step leaves the cursor at no row for good. */
#ifndef TESTS_FAILING_STORE_H
#define TESTS_FAILING_STORE_H

#include "branchcore/store.h"

/* NULL when out of memory. Closing it closes `inner` too. */
struct bc_store *failing_store_new(struct bc_store *inner);

/* The countdown-th counted call from now on fails with status (1: the next one), and `times` that
 * follow it likewise (0: just that one; UINT64_MAX: all). countdown 0 switches it off. With
 * BC_NO_SPACE only the calls that write count: apply, sync, bulk_new, add, finish. Thread-safe. */
void failing_store_fail_after(struct bc_store *store, uint64_t countdown, uint64_t times,
                              enum bc_status status);

/* Counted calls since the last failing_store_fail_after (0: of its making), of the kind that its
 * status counts; lets a test loop over each call. */
uint64_t failing_store_calls(struct bc_store *store);
/* Failures since then. */
uint64_t failing_store_failures(struct bc_store *store);

#endif
