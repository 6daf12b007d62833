#include "tools/bench_room.h"

#include "tools/say.h"
#include "tools/store_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS = 16 };

static const char drop_caches[] = "/proc/sys/vm/drop_caches";

bool tfs_room_enter(struct tfs_bench *bench, const char *dir)
{
    ssize_t length = readlink("/proc/self/exe", bench->self, sizeof bench->self - 1);
    bench->home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (length < 0 || bench->home < 0) {
        tfs_say("cannot find this program or the working directory: %s", strerror(errno));
        return false;
    }
    bench->self[length] = '\0';
    char made[PATH_MAX];
    if (snprintf(made, sizeof made, "%s/triplefs-bench-XXXXXX", dir) >= (int)sizeof made ||
        !mkdtemp(made)) {
        tfs_say("cannot make a folder in %s: %s", dir, strerror(errno));
        return false;
    }
    if (!realpath(made, bench->room) || chdir(made) != 0 || mkdir("mnt", 0755) != 0) {
        tfs_say("cannot use folder %s: %s", made, strerror(errno));
        rmdir(made);
        bench->room[0] = '\0';
        return false;
    }
    return true;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

bool tfs_room_remove(const char *path)
{
    if (nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 ||
        errno == ENOENT)
        return true;
    tfs_say("cannot remove %s: %s", path, strerror(errno));
    return false;
}

/* A mount that does not end in the ordinary way is detached all the same, so that nothing stays
 * behind. */
static void unmount_by_force(void)
{
    if (umount2("mnt", MNT_DETACH) != 0 && errno == EPERM)
        TFS_RUN(NULL, NULL, "fusermount3", "-u", "-z", "mnt");
}

void tfs_room_leave(struct tfs_bench *bench)
{
    if (bench->room[0]) {
        tfs_bench_end_interruption();
        if (bench->mounted && !tfs_room_unmount(bench))
            unmount_by_force();
        if (fchdir(bench->home) != 0)
            tfs_say("cannot go back to the working directory: %s", strerror(errno));
        tfs_room_remove(bench->room);
        bench->room[0] = '\0';
    }
    if (bench->home >= 0)
        close(bench->home);
    bench->home = -1;
}

static bool mount_store(struct tfs_bench *bench)
{
    /* Set first: an interruption may come when the mount is there already. */
    bench->mounted = true;
    const char *options = bench->mount_options;
    const char *const plain[] = {bench->self, "mount", "store", "mnt", NULL};
    const char *const with[] = {bench->self, "mount", "-o", options, "store", "mnt", NULL};
    if (tfs_run_to_end(options ? with : plain))
        return true;
    bench->mounted = tfs_bench_interrupted();
    return false;
}

bool tfs_room_unmount(struct tfs_bench *bench)
{
    if (!bench->mounted)
        return true;
    if (!TFS_RUN(NULL, NULL, bench->self, "umount", "mnt"))
        return false;
    bench->mounted = false;
    return true;
}

bool tfs_room_remount(struct tfs_bench *bench)
{
    return tfs_room_unmount(bench) && mount_store(bench);
}

bool tfs_room_store(struct tfs_bench *bench, const char *like)
{
    if (!tfs_room_unmount(bench) || !tfs_room_remove("store"))
        return false;
    bool made = like ? TFS_RUN(NULL, NULL, "cp", "-a", like, "store")
                     : TFS_RUN(NULL, NULL, bench->self, "init", "store");
    return made && mount_store(bench);
}

bool tfs_room_keep(struct tfs_bench *bench, const char *as)
{
    if (!tfs_room_unmount(bench) || !tfs_room_remove(as))
        return false;
    if (rename("store", as) == 0)
        return true;
    tfs_say("cannot rename store to %s: %s", as, strerror(errno));
    return false;
}

static int forget_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)where;
    int file = kind == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        close(file);
    }
    return 0;
}

bool tfs_room_may_drop(void)
{
    return access(drop_caches, W_OK) == 0;
}

bool tfs_room_drop_caches(bool *names)
{
    sync();
    int to = open(drop_caches, O_WRONLY | O_CLOEXEC);
    bool dropped = to >= 0 && write(to, "3", 1) == 1;
    if (to >= 0)
        close(to);
    if (names)
        *names = dropped;
    if (!dropped && nftw(".", forget_one, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT) != 0) {
        tfs_say("cannot drop the kernel's caches: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool read_figure(pid_t pid, const char *figure, double *bytes)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *from = fopen(path, "re");
    if (!from)
        return false;
    bool found = false;
    while (!found && fgets(line, sizeof line, from)) {
        size_t length = strlen(figure);
        if (strncmp(line, figure, length) != 0 || line[length] != ':')
            continue;
        *bytes = strtod(line + length + 1, NULL) * 1024;
        found = true;
    }
    fclose(from);
    return found;
}

bool tfs_room_memory(const char *figure, double *bytes)
{
    struct tfs_lock_holder holder = {0};
    if (tfs_lock_holder("store", &holder) && read_figure(holder.pid, figure, bytes))
        return true;
    tfs_say("cannot find %s of the process that serves the store", figure);
    return false;
}

/* The 14th and 15th field of /proc/PID/stat, in ticks; the second may have spaces in it. */
static bool read_cpu(pid_t pid, double *seconds)
{
    enum { BEHIND_NAME = 12 };
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *from = fopen(path, "re");
    bool read = from && fgets(line, sizeof line, from);
    if (from)
        fclose(from);
    char *at = read ? strrchr(line, ')') : NULL;
    for (int field = 0; at && field < BEHIND_NAME; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return false;
    unsigned long user = strtoul(at, &at, 10);
    unsigned long system = strtoul(at, NULL, 10);
    *seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

bool tfs_room_cpu(double *seconds)
{
    struct tfs_lock_holder holder = {0};
    if (tfs_lock_holder("store", &holder) && read_cpu(holder.pid, seconds))
        return true;
    tfs_say("cannot find the processor time of the process that serves the store");
    return false;
}

/* nftw(3) has no argument for its callback. */
static uint64_t disk_bytes;

static int add_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)path;
    (void)kind;
    (void)where;
    disk_bytes += (uint64_t)about->st_blocks * 512;
    return 0;
}

uint64_t tfs_room_disk_bytes(const char *path)
{
    sync(); /* what is not written yet has no blocks */
    disk_bytes = 0;
    nftw(path, add_one, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
    return disk_bytes;
}

bool tfs_room_size(const char *path, uint64_t *bytes)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        tfs_say("cannot look at %s: %s", path, strerror(errno));
        return false;
    }
    *bytes = (uint64_t)about.st_size;
    return true;
}
