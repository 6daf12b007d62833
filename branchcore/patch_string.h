/* Inside branchcore: the strings of a patch (patch.h): their escapes, base64, and how a message
 * shows them. */
#ifndef BRANCHCORE_PATCH_STRING_H
#define BRANCHCORE_PATCH_STRING_H

#include "branchcore/memory.h"

/* What stands between a literal's quotes, escapes and all, as the bytes that it means: appended.
 * BC_SYNTAX: *reason (static) says why, the buffer is as it was. Bytes that are no UTF-8 stand for
 * themselves. */
enum bc_status bc_patch_unescape(struct bc_slice text, struct bc_buffer *to, const char **reason);

/* RFC 4648, with padding and without anything else: appended. BC_SYNTAX: it is not that, the buffer
 * is as it was. */
enum bc_status bc_patch_base64_decode(struct bc_slice text, struct bc_buffer *to);

/* A path or another string within a message, cut where it is long. */
struct bc_shown {
    char text[168];
};
struct bc_shown bc_patch_show(struct bc_slice text);

#endif
