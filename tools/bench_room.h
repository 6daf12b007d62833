/* The benchmark's room: its temporary folder, and in it the store `store` mounted at `mnt`. All
 * functions tell what went wrong before they return false. */
#ifndef TOOLS_BENCH_ROOM_H
#define TOOLS_BENCH_ROOM_H

#include "tools/bench.h"

/* Makes the folder in dir and goes there. */
bool tfs_room_enter(struct tfs_bench *bench, const char *dir);
/* Unmounts, removes the folder and goes back, whatever state all is in. */
void tfs_room_leave(struct tfs_bench *bench);

/* Makes the store anew, as a copy of the store `like` (NULL: empty), and mounts it. */
bool tfs_room_store(struct tfs_bench *bench, const char *like);
bool tfs_room_unmount(struct tfs_bench *bench);
/* Ends the serving process and starts another one, so that nothing of its own is cached. */
bool tfs_room_remount(struct tfs_bench *bench);
/* Unmounts and keeps the store under another name, to be copied. */
bool tfs_room_keep(struct tfs_bench *bench, const char *as);

/* Writes out and drops what the kernel caches of files: through /proc/sys/vm/drop_caches, or, for
 * who may not, of the room's files one by one. *names (may be NULL): true if names and attributes
 * were dropped too, which takes the former. */
bool tfs_room_drop_caches(bool *names);
/* Whether the former is permitted. */
bool tfs_room_may_drop(void);

/* A figure of /proc/PID/status of the serving process, such as "VmHWM" or "VmRSS", in bytes. */
bool tfs_room_memory(const char *figure, double *bytes);
/* Seconds of processor time that the serving process has used so far. */
bool tfs_room_cpu(double *seconds);
/* What a file or a folder takes on disk, in bytes, as du(1) counts; 0 if it is not there. */
uint64_t tfs_room_disk_bytes(const char *path);
/* Removes a file, or a folder with all in it but what is mounted there; it may be missing. */
bool tfs_room_remove(const char *path);
/* Bytes of a file; false if it is not there. */
bool tfs_room_size(const char *path, uint64_t *bytes);

#endif
