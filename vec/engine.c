#include "vec/engine.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
extern const struct bc_compute vec_engine_sse42;
extern const struct bc_compute vec_engine_avx2;
extern const struct bc_compute vec_engine_avx512;
#elif defined(__aarch64__)
extern const struct bc_compute vec_engine_neon;
#endif

/* From the plainest to the best. */
static const struct {
    enum vec_set set;
    const char *name;
} known[] = {
    {VEC_SCALAR, "scalar"}, {VEC_NEON, "neon"},     {VEC_SSE42, "sse4.2"},
    {VEC_AVX2, "avx2"},     {VEC_AVX512, "avx512"},
};

enum { KNOWN = sizeof known / sizeof known[0] };

static const struct bc_compute *engine_of(enum vec_set set)
{
    switch (set) {
#if defined(__x86_64__)
    case VEC_SSE42:
        return &vec_engine_sse42;
    case VEC_AVX2:
        return &vec_engine_avx2;
    case VEC_AVX512:
        return &vec_engine_avx512;
#elif defined(__aarch64__)
    case VEC_NEON:
        return &vec_engine_neon;
#endif
    default:
        return bc_scalar_engine();
    }
}

#if defined(__x86_64__)
/* Not every compiler's __builtin_cpu_supports knows it. */
static bool has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & 1 << 5);
}

/* __builtin_cpu_supports says no to sets whose registers the system does not keep (XGETBV). */
unsigned vec_sets_here(void)
{
    unsigned sets = VEC_SCALAR;
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt"))
        return sets;
    sets |= VEC_SSE42;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2") || !has_lzcnt())
        return sets;
    sets |= VEC_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2"))
        sets |= VEC_AVX512;
    return sets;
}
#elif defined(__aarch64__)
unsigned vec_sets_here(void)
{
    return VEC_SCALAR | VEC_NEON;
}
#else
unsigned vec_sets_here(void)
{
    return VEC_SCALAR;
}
#endif

/* "auto, scalar, ..." */
static void list_names(unsigned sets, char *to, size_t room)
{
    size_t size = (size_t)snprintf(to, room, "auto");
    for (size_t i = 0; i < KNOWN; i++) {
        if ((sets & known[i].set) && size < room)
            size += (size_t)snprintf(to + size, room - size, ", %s", known[i].name);
    }
}

enum bc_status vec_sets_parse(const char *text, unsigned *sets, struct bc_error *err)
{
    char names[100];
    unsigned here = vec_sets_here();
    if (strcmp(text, "auto") == 0) {
        *sets = here;
        return BC_OK;
    }
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcmp(text, known[i].name) != 0)
            continue;
        if (here & known[i].set) {
            *sets = known[i].set;
            return BC_OK;
        }
        list_names(here, names, sizeof names);
        return bc_fail(err, BC_UNSUPPORTED,
                       "this machine has no instruction set '%s': give one of %s", text, names);
    }
    list_names(~0u, names, sizeof names);
    return bc_fail(err, BC_INVALID, "there is no instruction set '%s': they are %s", text, names);
}

const struct bc_compute *vec_engine(unsigned sets)
{
    enum vec_set best = VEC_SCALAR;
    sets &= vec_sets_here();
    for (size_t i = 0; i < KNOWN; i++) {
        if (sets & known[i].set)
            best = known[i].set;
    }
    return engine_of(best);
}

const struct bc_compute *vec_engine_of(enum vec_set set)
{
    return (vec_sets_here() & set) == set ? vec_engine(set) : NULL;
}
