/* JSON on standard output, by libjansson. Memory that runs out ends the process with a message:
 * half a document helps nobody. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include "branchcore/memory.h"

#include <jansson.h>
#include <stdio.h>

json_t *tfs_json_object(void);
json_t *tfs_json_array(void);
/* What is not UTF-8 becomes U+FFFD. */
json_t *tfs_json_text(struct bc_slice text);
json_t *tfs_json_string(const char *text);
json_t *tfs_json_count(uint64_t count);
/* Printed with 9 digits. */
json_t *tfs_json_real(double value);
/* A number if the text is one, of 18 characters at most and without a sign; else a string. */
json_t *tfs_json_value(struct bc_slice text);

/* Take the value over. */
void tfs_json_set(json_t *object, const char *key, json_t *value);
void tfs_json_set_text(json_t *object, const char *key, struct bc_slice text);
void tfs_json_add(json_t *array, json_t *value);

/* Writes a document and releases it. False: it could not be written. */
bool tfs_json_print(json_t *document, FILE *to);
/* The same on one line. */
bool tfs_json_print_line(json_t *document, FILE *to);

/* An array that is written while its elements come. */
struct tfs_json_list {
    FILE *to;
    bool any;
};
struct tfs_json_list tfs_json_list_begin(FILE *to);
void tfs_json_list_add(struct tfs_json_list *list, json_t *element); /* takes it over */
bool tfs_json_list_end(struct tfs_json_list *list);

#endif
