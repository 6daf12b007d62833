#include "fs/line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t second_ns = 1000000000;

void tfs_time_format(int64_t time_ns, char text[TFS_TIME_SIZE])
{
    time_t seconds = (time_t)(time_ns / second_ns);
    int64_t rest = time_ns % second_ns;
    if (rest < 0) {
        rest += second_ns;
        seconds--;
    }
    struct tm parts;
    char day[24] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &parts))
        (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, TFS_TIME_SIZE, "%s.%03dZ", day, (int)(rest / 1000000));
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * second_ns + now.tv_nsec;
}

int64_t tfs_now_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

int64_t tfs_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

enum bc_status tfs_path_append(struct bc_buffer *to, const char *path)
{
    const char *from = path;
    while (*from) {
        size_t plain = 0;
        while ((unsigned char)from[plain] >= 0x20 && from[plain] != 0x7f)
            plain++;
        enum bc_status st = bc_buffer_append(to, from, plain);
        if (st)
            return st;
        from += plain;
        if (!*from)
            break;
        st = bc_buffer_printf(to, "\\x%02X", (unsigned char)*from++);
        if (st)
            return st;
    }
    return BC_OK;
}
