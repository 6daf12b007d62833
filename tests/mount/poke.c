/* poke VERB PATH...: one system call that no ordinary tool makes. A failure is told as its errno's
 * name on standard error, with status 1. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *what)
{
    int number = errno;
    const char *name = strerrorname_np(number);
    fprintf(stderr, "%s: %s (%s)\n", what, name ? name : "?", strerror(number));
    return 1;
}

static int create_new(char **arguments)
{
    int file = open(arguments[0], O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (file < 0 || close(file) != 0)
        return failed(arguments[0]);
    return 0;
}

static int rename_with(char **arguments, unsigned flags)
{
    if (renameat2(AT_FDCWD, arguments[0], AT_FDCWD, arguments[1], flags) != 0)
        return failed(arguments[0]);
    return 0;
}

static int rename_plainly(char **arguments)
{
    return rename_with(arguments, 0);
}

static int rename_noreplace(char **arguments)
{
    return rename_with(arguments, RENAME_NOREPLACE);
}

static int rename_exchange(char **arguments)
{
    return rename_with(arguments, RENAME_EXCHANGE);
}

static char *map(const char *path, int flags, int protection, int *file, size_t *size)
{
    struct stat info;
    *file = open(path, flags);
    if (*file < 0 || fstat(*file, &info) != 0)
        return MAP_FAILED;
    *size = (size_t)info.st_size;
    return mmap(NULL, *size, protection, MAP_SHARED, *file, 0);
}

/* PATH: its bytes as seen through a mapping. */
static int mmap_cat(char **arguments)
{
    int file;
    size_t size;
    char *bytes = map(arguments[0], O_RDONLY, PROT_READ, &file, &size);
    if (bytes == MAP_FAILED)
        return failed(arguments[0]);
    return fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : failed("stdout");
}

/* PATH OFFSET TEXT: puts the text there through a shared mapping. */
static int mmap_put(char **arguments)
{
    int file;
    size_t size;
    char *bytes = map(arguments[0], O_RDWR, PROT_READ | PROT_WRITE, &file, &size);
    if (bytes == MAP_FAILED)
        return failed(arguments[0]);
    size_t offset = strtoul(arguments[1], NULL, 10);
    size_t length = strlen(arguments[2]);
    if (offset > size || length > size - offset) {
        errno = ERANGE;
        return failed(arguments[1]);
    }
    memcpy(bytes + offset, arguments[2], length);
    if (msync(bytes, size, MS_SYNC) != 0 || munmap(bytes, size) != 0 || close(file) != 0)
        return failed(arguments[0]);
    return 0;
}

/* PATH MILLISECONDS: "ready" or "timeout". */
static int wait_ready(char **arguments)
{
    char *end;
    errno = 0;
    long milliseconds = strtol(arguments[1], &end, 10);
    if (errno || end == arguments[1] || *end || milliseconds < 0 || milliseconds > INT_MAX) {
        errno = errno ? errno : EINVAL;
        return failed(arguments[1]);
    }
    struct pollfd file = {.fd = open(arguments[0], O_RDONLY), .events = POLLIN};
    if (file.fd < 0)
        return failed(arguments[0]);
    int count = poll(&file, 1, (int)milliseconds);
    if (count < 0)
        return failed("poll");
    puts(count > 0 ? "ready" : "timeout");
    return 0;
}

/* PATH: flushes the file, or folder, to the disk. */
static int flush_file(char **arguments)
{
    int file = open(arguments[0], O_RDONLY);
    if (file < 0 || fsync(file) != 0 || close(file) != 0)
        return failed(arguments[0]);
    return 0;
}

/* PATH: truncates at open and closes again, as `: > file` does, but tells what close returns. */
static int truncate_open(char **arguments)
{
    int file = open(arguments[0], O_WRONLY | O_TRUNC);
    if (file < 0 || close(file) != 0)
        return failed(arguments[0]);
    return 0;
}

static const struct verb {
    const char *name;
    int arguments;
    int (*run)(char **arguments);
} verbs[] = {
    {"create-new", 1, create_new},
    {"rename", 2, rename_plainly},
    {"rename-noreplace", 2, rename_noreplace},
    {"rename-exchange", 2, rename_exchange},
    {"mmap-cat", 1, mmap_cat},
    {"mmap-put", 3, mmap_put},
    {"poll", 2, wait_ready},
    {"fsync", 1, flush_file},
    {"truncate-open", 1, truncate_open},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0 && argc == verbs[i].arguments + 2)
            return verbs[i].run(argv + 2);
    fputs("usage: poke VERB PATH...\n", stderr);
    return 2;
}
