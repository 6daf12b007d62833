/* Parsing a whole raw text at once. */
#ifndef BRANCHCORE_RAW_PARSE_H
#define BRANCHCORE_RAW_PARSE_H

#include "branchcore/intake.h"

/* Reads up to size bytes at offset; *done less than size only at the end. */
typedef enum bc_status (*bc_raw_source)(void *context, uint64_t offset, void *to, size_t size,
                                        size_t *done);

/* Feeds everything that source gives to a fresh intake and finishes it. *size: the raw text's
 * bytes, all of them also when it is refused. BC_SYNTAX with err "PATH: line L, column C: REASON"
 * and the excerpt with its caret. */
enum bc_status bc_raw_parse(struct bc_intake *intake, struct bc_slice path, bc_raw_source source,
                            void *context, uint64_t *size, struct bc_error *err);

#endif
