#include "tools/size.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char units[] = "KMGT";

enum bc_status tfs_size_parse(const char *text, uint64_t *bytes)
{
    if (*text < '0' || *text > '9')
        return BC_INVALID;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno)
        return BC_INVALID;
    unsigned shift = 0;
    if (*end) {
        const char *unit = strchr(units, *end >= 'a' ? *end - 32 : *end);
        if (unit && *unit) {
            shift = 10 * (unsigned)(unit - units + 1);
            end++;
            if (*end == 'i')
                end++;
        }
        if (*end == 'B')
            end++;
    }
    if (*end || value > (UINT64_C(1) << 62) >> shift)
        return BC_INVALID;
    *bytes = (uint64_t)value << shift;
    return BC_OK;
}

void tfs_size_format(uint64_t bytes, char to[16])
{
    if (bytes < 1024) {
        snprintf(to, 16, "%u B", (unsigned)bytes);
        return;
    }
    double value = (double)bytes / 1024;
    size_t unit = 0;
    for (; value >= 1000 && units[unit + 1]; unit++)
        value /= 1024;
    snprintf(to, 16,
             value < 10    ? "%.2f %ciB"
             : value < 100 ? "%.1f %ciB"
                           : "%.0f %ciB",
             value, units[unit]);
}

void tfs_count_format(uint64_t count, char to[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}
