#include "fs/report.h"

#include "fs/line.h"

#include <stdio.h>
#include <string.h>

void tfs_report_init(struct tfs_report *report)
{
    report->text[0] = 0;
    (void)pthread_mutex_init(&report->lock, NULL);
}

void tfs_report_release(struct tfs_report *report)
{
    (void)pthread_mutex_destroy(&report->lock);
}

void tfs_report_set(struct tfs_report *report, const char *format, ...)
{
    char time[TFS_TIME_SIZE];
    va_list args;
    tfs_time_format(tfs_now_ns(), time);
    va_start(args, format);
    (void)pthread_mutex_lock(&report->lock);
    int size = snprintf(report->text, sizeof report->text, "date %s\n", time);
    (void)vsnprintf(report->text + size, sizeof report->text - (size_t)size, format, args);
    (void)pthread_mutex_unlock(&report->lock);
    va_end(args);
}

enum bc_status tfs_report_append(struct tfs_report *report, struct bc_buffer *to)
{
    (void)pthread_mutex_lock(&report->lock);
    enum bc_status st = bc_buffer_append(to, report->text, strlen(report->text));
    (void)pthread_mutex_unlock(&report->lock);
    return st;
}
