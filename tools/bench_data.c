#include "tools/bench_data.h"

#include "tools/bench_room.h"
#include "tools/generate.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

bool tfs_data_file(struct tfs_bench *bench, const char *name, uint64_t lines)
{
    if (is_there(name))
        return true;
    tfs_bench_progress("making %s of %s lines", name, tfs_count(lines));
    FILE *to = fopen(name, "we");
    if (!to) {
        tfs_say("cannot write %s: %s", name, strerror(errno));
        return false;
    }
    enum bc_status status =
        tfs_generate(&(struct tfs_generate_options){.lines = lines, .seed = bench->seed}, to);
    int number = errno;
    if (fclose(to) != 0 && !status) {
        status = BC_IO;
        number = errno;
    }
    if (!status)
        return true;
    tfs_say("cannot make %s: %s", name,
            status == BC_IO ? strerror(number) : bc_status_text(status));
    unlink(name);
    return false;
}

static bool make_store(struct tfs_bench *bench, const char *name, uint64_t lines)
{
    char file[32], store[32], inside[48];
    snprintf(file, sizeof file, "%s.nt", name);
    snprintf(store, sizeof store, "%s.store", name);
    snprintf(inside, sizeof inside, "mnt/main/%s.nt", name);
    if (is_there(store))
        return true;
    if (!tfs_data_file(bench, file, lines))
        return false;
    tfs_bench_progress("importing %s", file);
    return tfs_room_store(bench, NULL) && TFS_RUN(NULL, NULL, "cp", file, inside) &&
           tfs_room_keep(bench, store);
}

bool tfs_data_large_store(struct tfs_bench *bench)
{
    return make_store(bench, "large", bench->large);
}

bool tfs_data_middle_store(struct tfs_bench *bench)
{
    return make_store(bench, "middle", bench->middle);
}

bool tfs_data_native(struct tfs_bench *bench)
{
    if (!tfs_data_large_store(bench) || !tfs_room_store(bench, "large.store"))
        return false;
    if (is_there("native.nt"))
        return true;
    tfs_bench_progress("copying the canonical text to the native file system");
    if (TFS_RUN(NULL, NULL, "cp", "mnt/main/large.nt", "native.nt"))
        return true;
    unlink("native.nt");
    return false;
}

bool tfs_data_native_zst(struct tfs_bench *bench)
{
    if (!tfs_data_native(bench))
        return false;
    if (is_there("native.nt.zst"))
        return true;
    tfs_bench_progress("compressing it with zstd -3");
    return TFS_RUN(NULL, NULL, "zstd", "-3", "-q", "-f", "native.nt", "-o", "native.nt.zst");
}

bool tfs_data_nomisma(struct tfs_bench *bench, bool *found)
{
    (void)bench;
    *found = is_there("nomisma.nt");
    const char *folder = getenv("TRIPLEFS_DATA");
    char path[PATH_MAX];
    if (*found || !folder ||
        snprintf(path, sizeof path, "%s/graphs/nomisma.nt.zst", folder) >= (int)sizeof path ||
        !is_there(path))
        return true;
    *found = TFS_RUN(NULL, NULL, "zstd", "-d", "-q", "-f", path, "-o", "nomisma.nt");
    return *found;
}

bool tfs_data_count(const char *path, uint64_t *lines)
{
    enum { CHUNK = 1 << 18 };
    static char chunk[CHUNK];
    *lines = 0;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        tfs_say("cannot read %s: %s", path, strerror(errno));
        return false;
    }
    ssize_t size;
    while ((size = read(from, chunk, sizeof chunk)) != 0) {
        if (size < 0 && errno == EINTR && !tfs_bench_interrupted())
            continue;
        if (size < 0)
            break;
        for (const char *at = chunk; (at = memchr(at, '\n', (size_t)(chunk + size - at))); at++)
            ++*lines;
    }
    if (size < 0)
        tfs_say("cannot read %s: %s", path, strerror(errno));
    close(from);
    return size == 0;
}

bool tfs_data_append(const char *path, unsigned number, double *seconds)
{
    char line[128];
    int length = snprintf(line, sizeof line,
                          "<http://example.org/thing%u> <http://example.org/label> \"%u\" .\n",
                          number, number);
    double start = tfs_clock();
    int to = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool done = to >= 0 && write(to, line, (size_t)length) == length;
    int problem = errno;
    if (to >= 0 && close(to) != 0 && done) {
        done = false;
        problem = errno;
    }
    *seconds = tfs_clock() - start;
    if (!done)
        tfs_say("cannot append to %s: %s", path, strerror(problem));
    return done;
}
