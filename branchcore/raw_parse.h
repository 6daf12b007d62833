/* Parsing a whole raw text into a sorter. */
#ifndef BRANCHCORE_RAW_PARSE_H
#define BRANCHCORE_RAW_PARSE_H

#include "branchcore/ntriples.h"
#include "branchcore/sorter.h"

/* Reads up to size bytes at offset; *done less than size only at the end. */
typedef enum bc_status (*bc_raw_source)(void *context, uint64_t offset, void *to, size_t size,
                                        size_t *done);

/* Feeds everything that source gives to the sorter, as canonical lines; the caller finishes the
 * sorter. *size: the raw text's bytes, all of them also when it is refused. BC_SYNTAX with err
 * "PATH: line L, column C: REASON" and the excerpt with its caret. */
enum bc_status bc_raw_parse(enum bc_syntax syntax, struct bc_slice path, bc_raw_source source,
                            void *context, struct bc_sorter *sorter, uint64_t *size,
                            struct bc_error *err);

#endif
