#include "tools/key_values.h"

#include "tools/fields.h"
#include "tools/terminal.h"

bool tfs_key_value_parse(struct bc_slice line, struct bc_slice *key, struct bc_slice *value)
{
    *value = line;
    *key = tfs_field_next(value, ' ');
    for (size_t i = 0; i < key->size; i++)
        if ((key->data[i] < 'a' || key->data[i] > 'z') && key->data[i] != '_')
            return false;
    return key->size > 0 && value->size > 0;
}

void tfs_key_values_set(json_t *object, struct bc_slice report)
{
    struct bc_slice line, key, value;
    char name[64];
    while (tfs_line_next(&report, &line)) {
        if (!tfs_key_value_parse(line, &key, &value) || key.size >= sizeof name)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)key.size, key.data);
        tfs_json_set(object, name, tfs_json_value(value));
    }
}

int tfs_key_values_print(const struct tfs_face *face, struct bc_slice report)
{
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_key_values_set(object, report);
        tfs_json_print(object, stdout);
    } else {
        tfs_put(report, stdout);
    }
    return tfs_face_done(face);
}
