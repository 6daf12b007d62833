/* The conformance suite of the store port (branchcore/store.h): what every implementation must do,
 * whatever it is made of. Each implementation's test program runs it over stores of its kind. */
#ifndef TESTS_STORE_CONFORMANCE_H
#define TESTS_STORE_CONFORMANCE_H

#include "branchcore/store.h"

/* How to get an empty store for one test and how to get rid of it. */
struct store_factory {
    const char *name;
    void *context;
    struct bc_store *(*open)(void *context);
    void (*done)(void *context, struct bc_store *store); /* closes; removes what is on disk */
};

/* Runs the suite and returns the number of tests that failed. */
int store_conformance_run(const struct store_factory *factory);

/* Helpers for other tests of stores. Strings are keys and values without their NUL. */
struct bc_slice text(const char *string);
void assert_status(enum bc_status got, enum bc_status expected);
void assert_slice(struct bc_slice got, struct bc_slice expected);
void put_one(struct bc_store *store, enum bc_family family, const char *key, const char *value);
/* value NULL: there must be no such row. */
void assert_row(struct bc_store *store, struct bc_snapshot *snapshot, enum bc_family family,
                const char *key, const char *value);
/* Rows in order, as "key=value key=value". */
void assert_rows(struct bc_store *store, struct bc_snapshot *snapshot, enum bc_family family,
                 const char *expected);
/* A bulk of `rows` rows of the run whose values have value_size pseudo-random, half compressible
 * bytes. The key of row i is run_key(run, i); its value starts with i as u64. */
void bulk_rows(struct bc_store *store, uint64_t run, uint64_t rows, size_t value_size);
struct run_key {
    char bytes[17];
};
struct run_key run_key(uint64_t run, uint64_t row);
uint64_t count_rows(struct bc_store *store, enum bc_family family);
/* TRIPLEFS_SEED, or else of the clock; printed. */
uint64_t test_seed(const char *test);
uint64_t test_random(uint64_t *state);

#endif
