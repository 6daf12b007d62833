/* The SIMD engine: the compute port (branchcore/compute.h) for the instruction sets of this
 * processor. The operations are compiled once for each set; which is used is decided when the
 * program runs, and can be narrowed down, for tests and for machines whose widest set is not their
 * quickest. */
#ifndef VEC_ENGINE_H
#define VEC_ENGINE_H

#include "branchcore/compute.h"

/* From the plainest to the best. */
enum vec_set {
    VEC_SCALAR = 1, /* none: branchcore's scalar engine; every machine has it */
    VEC_NEON = 2,   /* every aarch64 machine */
    VEC_SSE42 = 4,  /* SSE4.2, POPCNT */
    VEC_AVX2 = 8,   /* AVX2, BMI1, BMI2, LZCNT, POPCNT */
    VEC_AVX512 = 16 /* these, and AVX-512 F, BW, VL, DQ, VBMI, VBMI2 */
};

/* The sets that the processor has and that the system keeps the registers of. */
unsigned vec_sets_here(void);

/* "scalar", "sse4.2", "avx2", "avx512", "neon": that set alone; "auto": all that are here.
 * BC_INVALID with err: no such name. BC_UNSUPPORTED with err: not on this machine. */
enum bc_status vec_sets_parse(const char *text, unsigned *sets, struct bc_error *err);

/* The best engine of the sets that are in `sets` and here; the scalar one if none is. Static
 * storage, as that of vec_engine_of. */
const struct bc_compute *vec_engine(unsigned sets);
/* NULL: the set is not here. */
const struct bc_compute *vec_engine_of(enum vec_set set);

#endif
