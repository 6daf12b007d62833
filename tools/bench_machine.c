#include "tools/bench_process.h"
#include "tools/bench_report.h"
#include "vec/engine.h"

#include <limits.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void find_cpu(char *to, size_t room)
{
    snprintf(to, room, "unknown processor");
    FILE *from = fopen("/proc/cpuinfo", "re");
    if (!from)
        return;
    char line[256];
    while (fgets(line, sizeof line, from)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value)
            continue;
        value[strcspn(value, "\n")] = '\0';
        snprintf(to, room, "%s", value + 1 + strspn(value + 1, " "));
        break;
    }
    fclose(from);
}

/* The mount with the longest point that the path is in. */
static void find_file_system(const char *path, char *to, size_t room)
{
    char real[PATH_MAX];
    snprintf(to, room, "unknown file system");
    FILE *table = realpath(path, real) ? setmntent("/proc/self/mounts", "re") : NULL;
    if (!table)
        return;
    size_t longest = 0;
    for (struct mntent *mount; (mount = getmntent(table));) {
        size_t length = strlen(mount->mnt_dir);
        bool root = strcmp(mount->mnt_dir, "/") == 0;
        bool inside = strncmp(real, mount->mnt_dir, length) == 0 &&
                      (root || real[length] == '/' || real[length] == '\0');
        if (!inside || length < longest)
            continue;
        longest = length;
        snprintf(to, room, "%s on %s", mount->mnt_type, mount->mnt_fsname);
    }
    endmntent(table);
}

static void find_load(char *to, size_t room)
{
    double load[1];
    snprintf(to, room, "unknown");
    if (getloadavg(load, 1) == 1)
        snprintf(to, room, "%.2f", load[0]);
}

/* The first number with a dot in it: "1.5.4" of "*** Zstandard CLI (64-bit) v1.5.4, by". */
static const char *version_in(const char *line, int *length)
{
    for (line += strcspn(line, "0123456789"); *line; line += strcspn(line, "0123456789")) {
        *length = (int)strspn(line, "0123456789.");
        if (memchr(line, '.', (size_t)*length))
            return line;
        line += *length;
    }
    return NULL;
}

static void find_versions(char *to, size_t room)
{
    static const struct {
        const char *name;
        const char *flag;
    } programs[] = {{"zstd", "--version"},
                    {"sort", "--version"},
                    {"serdi", "-v"},
                    {"rapper", "--version"},
                    {"git", "--version"}};
    size_t used = (size_t)snprintf(to, room, "triplefs %s (optimization %s, %s)", TRIPLEFS_VERSION,
                                   TRIPLEFS_OPTIMIZATION, vec_engine(vec_sets_here())->set);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char line[80];
        tfs_program_version(programs[i].name, programs[i].flag, line, sizeof line);
        int length;
        const char *version = version_in(line, &length);
        if (version && used < room)
            used += (size_t)snprintf(to + used, room - used, ", %s %.*s", programs[i].name, length,
                                     version);
    }
}

void tfs_machine_describe(struct tfs_machine *machine, const char *path)
{
    time_t now = time(NULL);
    struct tm parts;
    if (localtime_r(&now, &parts))
        strftime(machine->date, sizeof machine->date, "%Y-%m-%dT%H:%M:%S%z", &parts);
    find_cpu(machine->cpu, sizeof machine->cpu);
    machine->cores = sysconf(_SC_NPROCESSORS_ONLN);
    machine->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(machine->kernel, sizeof machine->kernel, "%s", name.release);
    find_file_system(path, machine->file_system, sizeof machine->file_system);
    find_load(machine->load, sizeof machine->load);
    find_versions(machine->versions, sizeof machine->versions);
}
