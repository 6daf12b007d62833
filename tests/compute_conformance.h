/* What every compute engine must do (branchcore/compute.h): random and adversarial input against a
 * plain reference. Random input prints its seed; TRIPLEFS_SEED gives one. */
#ifndef TESTS_COMPUTE_CONFORMANCE_H
#define TESTS_COMPUTE_CONFORMANCE_H

#include "branchcore/compute.h"

/* Runs all tests over an engine; returns how many failed, for main to return. */
int run_compute_conformance(const struct bc_compute *engine);

#endif
