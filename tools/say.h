/* What the program tells people: on standard error, or in the system log once it serves in the
 * background. A message is "what, where: why; what to do" without its final newline. */
#ifndef TOOLS_SAY_H
#define TOOLS_SAY_H

#include "branchcore/status.h"

/* The exit status of every command. */
enum tfs_exit { TFS_DONE = 0, TFS_FAILED = 1, TFS_USAGE = 2 };

/* "triplefs: MESSAGE" on standard error or in the system log. */
void tfs_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with the reason of a failure behind it: ": " and the error's own text, or the status's
 * where it has none. */
void tfs_say_error(enum bc_status status, const struct bc_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A mistake in the call of a command; points at its help and returns TFS_USAGE. command NULL: of no
 * command in particular. */
int tfs_say_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* From now on messages go to the system log. */
void tfs_say_to_syslog(void);

#endif
