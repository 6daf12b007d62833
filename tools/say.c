#include "tools/say.h"

#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>

static bool to_syslog;

void tfs_say_to_syslog(void)
{
    openlog("triplefs", LOG_PID, LOG_DAEMON);
    to_syslog = true;
}

/* One call, so that lines of several threads or processes do not mix. */
static void say_line(const char *line)
{
    if (to_syslog)
        syslog(LOG_NOTICE, "%s", line);
    else
        fprintf(stderr, "triplefs: %s\n", line);
}

void tfs_say(const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    say_line(line);
}

void tfs_say_error(enum bc_status status, const struct bc_error *error, const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (error && error->text[0])
        tfs_say("%s: %s", line, error->text);
    else
        tfs_say("%s: %s", line, bc_status_text(status));
}

int tfs_say_usage(const char *command, const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (command)
        tfs_say("%s: %s; see 'triplefs help %s'", command, line, command);
    else
        tfs_say("%s; see 'triplefs help' or triplefs(1)", line);
    return TFS_USAGE;
}
