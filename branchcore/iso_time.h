/* Times as people write them: ISO 8601. */
#ifndef BRANCHCORE_ISO_TIME_H
#define BRANCHCORE_ISO_TIME_H

#include "branchcore/memory.h"

/* YYYY-MM-DD, or with "T" and HH:MM, HH:MM:SS or HH:MM:SS.FRACTION (up to 9 digits), then perhaps
 * "Z" or an offset +HH:MM or -HH:MM; without one it is UTC. *end_ns is the last nanosecond (since
 * 1970) of the day, minute, second or fraction that the text names. False: it is no such text, or
 * a time that nanoseconds cannot tell (they go from 1677 to 2262). */
bool bc_iso_time_parse(struct bc_slice text, int64_t *end_ns);

#endif
