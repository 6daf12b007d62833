/* The compute engine that a process works with. */
#ifndef TOOLS_ENGINE_H
#define TOOLS_ENGINE_H

#include "branchcore/compute.h"

/* The environment variable that every command minds: an instruction set, as vec/engine.h has them.
 */
#define TFS_CPU_VARIABLE "TRIPLEFS_CPU"

/* The best engine of the instruction sets that `cpu` names; NULL: that the environment names, or if
 * it names none, that this machine has. BC_INVALID, BC_UNSUPPORTED, with err as a whole sentence
 * that says where the name is from. */
enum bc_status tfs_engine_choose(const char *cpu, const struct bc_compute **engine,
                                 struct bc_error *err);

#endif
