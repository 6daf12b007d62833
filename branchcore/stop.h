/* Whether long work is still wanted: whoever does it asks now and then, on any of its threads. */
#ifndef BRANCHCORE_STOP_H
#define BRANCHCORE_STOP_H

#include <stdbool.h>

struct bc_stop {
    bool (*asked)(void *context); /* true: the work is to end soon, as BC_CANCELLED */
    void *context;
};

/* NULL: it goes on to its end. */
static inline bool bc_stop_asked(const struct bc_stop *stop)
{
    return stop && stop->asked(stop->context);
}

#endif
