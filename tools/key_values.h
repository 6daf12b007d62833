/* Reports of control files: lines "KEY VALUE". */
#ifndef TOOLS_KEY_VALUES_H
#define TOOLS_KEY_VALUES_H

#include "tools/face.h"
#include "tools/json.h"

/* A line "KEY VALUE", the key a word of small letters and '_'. False: it is something else. */
bool tfs_key_value_parse(struct bc_slice line, struct bc_slice *key, struct bc_slice *value);
/* Sets each of a report's in an object; numbers as such. Other lines are passed over. */
void tfs_key_values_set(json_t *object, struct bc_slice report);
/* Prints a report, as it is or as JSON. */
int tfs_key_values_print(const struct tfs_face *face, struct bc_slice report);

#endif
