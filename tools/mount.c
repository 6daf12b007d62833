/* triplefs mount, also as mount(8)'s helper: wires the rooms together and serves. */
#include "tools/background.h"
#include "tools/collector.h"
#include "tools/command.h"
#include "tools/engine.h"
#include "tools/mount_options.h"
#include "tools/mountpoint.h"
#include "tools/store_dir.h"

#include "fs/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Files of RocksDB, spool files and FUSE's own; a mount with many branches must not run out. */
enum { FILES_WANTED = 65536 };

static const char help[] =
    "usage: triplefs mount [-f] [-o OPTION[,OPTION...]] STORE MOUNTPOINT\n\n"
    "Mounts a store at a directory. Returns when the files can be used; a process in the\n"
    "background goes on serving them, and tells what it has to tell to the system log.\n\n"
    "  -f, --foreground    stay in the foreground; messages go to standard error\n"
    "  -o OPTIONS          a comma-separated list of:\n"
    "     memory=SIZE      what the process may use (default 512M)\n"
    "     threads=N        threads that answer the kernel (default: by the number of cores)\n"
    "     workers=N        threads that work on large texts (default: one a core; 0: none, the\n"
    "                      threads that answer the kernel do it)\n"
    "     read_ahead=SIZE  how far the kernel reads ahead (default 8M; set where permitted)\n"
    "     cpu=SET          instruction set: auto (the default: the best one), avx512, avx2,\n"
    "                      sse4.2, neon or scalar\n"
    "     ro               read-only\n"
    "     allow_other      for other users too, as permissions allow (root's mounts always)\n"
    "     debug            trace of every request; with -f only\n"
    "                      and fuse(8)'s other general options\n\n"
    "Also: mount -t fuse.triplefs [-o OPTIONS] STORE MOUNTPOINT, and a line in /etc/fstab:\n\n"
    "  STORE MOUNTPOINT fuse.triplefs defaults 0 0\n\n"
    "Unmount with: triplefs umount MOUNTPOINT\n";

struct call {
    const char *store;
    const char *mountpoint;
    struct tfs_mount_options options;
    bool foreground;
    bool fake;    /* mount -f: everything but the mounting */
    bool lenient; /* mount -s */
};

static int take_options(struct call *call, const char *list)
{
    struct bc_error error = {0};
    if (tfs_mount_options_add(&call->options, list, call->lenient, &error))
        return tfs_say_usage("mount", "%s", error.text);
    return TFS_DONE;
}

static int take_names(struct call *call, int argc, char **argv)
{
    if (optind == argc)
        return tfs_say_usage("mount", "no store given");
    if (optind + 1 == argc)
        return tfs_say_usage("mount", "no mountpoint given for store %s", argv[optind]);
    if (optind + 2 < argc)
        return tfs_say_usage("mount", "unexpected '%s' behind the mountpoint", argv[optind + 2]);
    call->store = argv[optind];
    call->mountpoint = argv[optind + 1];
    if (call->options.debug && !call->foreground)
        return tfs_say_usage("mount", "debug needs -f, since the trace goes to standard error");
    return TFS_DONE;
}

/* mount -N: the mount is made in another process's mount namespace. */
static int enter_namespace(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool entered = file >= 0 && setns(file, CLONE_NEWNS) == 0;
    if (!entered)
        tfs_say("cannot enter mount namespace %s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    return entered ? TFS_DONE : TFS_FAILED;
}

/* The flags that mount(8) gives to its helpers; they mean other things than those of our own. */
static int parse_helper_call(struct call *call, int argc, char **argv)
{
    static const struct option names[] = {{0}};
    char *name = argv[0];
    argv[0] = (char *)"mount"; /* for the messages */
    int result = TFS_DONE;
    for (int option;
         !result && (option = tfs_next_option(argc, argv, ":sfnvN:o:t:", names)) != -1;) {
        if (option == 's')
            call->lenient = true;
        else if (option == 'f')
            call->fake = true;
        else if (option == 'o')
            result = take_options(call, optarg);
        else if (option == 'N')
            result = enter_namespace(optarg);
        else if (option == '?')
            result = TFS_USAGE;
    }
    if (!result)
        result = take_names(call, argc, argv);
    argv[0] = name;
    return result;
}

static int parse_call(struct call *call, int argc, char **argv, bool *help_wanted)
{
    static const struct option names[] = {
        {"foreground", no_argument, NULL, 'f'},
        {"options", required_argument, NULL, 'o'},
        TFS_HELP_OPTION,
        {0},
    };
    int result = TFS_DONE;
    for (int option; !result && (option = tfs_next_option(argc, argv, ":fo:h", names)) != -1;) {
        if (option == 'f')
            call->foreground = true;
        else if (option == 'o')
            result = take_options(call, optarg);
        else if (option == 'h') {
            *help_wanted = true;
            return TFS_DONE;
        } else
            result = TFS_USAGE;
    }
    return result ? result : take_names(call, argc, argv);
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_WANTED)
        return;
    struct rlimit wanted = {FILES_WANTED, limit.rlim_max};
    if (limit.rlim_max < FILES_WANTED) {
        wanted.rlim_max = FILES_WANTED; /* root may */
        if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
            return;
        wanted = (struct rlimit){limit.rlim_max, limit.rlim_max};
    }
    if (setrlimit(RLIMIT_NOFILE, &wanted) != 0)
        tfs_say("cannot raise the limit of open files over %lu: %s", (unsigned long)limit.rlim_cur,
                strerror(errno));
}

struct served {
    struct tfs_store store;
    const char *mountpoint;
    struct tfs_collector *collector;
};

static void ready(void *context)
{
    struct served *served = context;
    tfs_background_ready();
    tfs_say("serving store %s at %s", served->store.path, served->mountpoint);
    if (tfs_collector_start(served->store.repo, &served->collector))
        tfs_say("cannot start the thread that frees unused layers; the next mount will");
}

static int serve_open_store(struct served *served, struct tfs_hub *hub, const struct call *call)
{
    struct bc_error error = {0};
    enum bc_status status =
        tfs_serve(&(struct tfs_serve_options){.repo = served->store.repo,
                                              .hub = hub,
                                              .store_path = served->store.path,
                                              .mountpoint = served->mountpoint,
                                              .fuse_options = call->options.fuse.data,
                                              .threads = call->options.threads,
                                              .read_ahead_kb = call->options.read_ahead_kb,
                                              .debug = call->options.debug,
                                              .version = TRIPLEFS_VERSION,
                                              .ready = ready,
                                              .context = served},
                  &error);
    if (status)
        tfs_say_error(status, &error, "cannot serve store %s at %s", served->store.path,
                      served->mountpoint);
    tfs_collector_stop(served->collector);
    return status ? TFS_FAILED : TFS_DONE;
}

/* Of the thread that keeps stacks and texts quick to read. */
static void say_trouble(void *context, enum bc_status status, const char *what)
{
    (void)context;
    tfs_say_error(status, NULL, "%s", what);
}

static int serve(const struct call *call, const char *store, const char *mountpoint)
{
    raise_file_limit();
    struct tfs_hub *hub;
    enum bc_status status = tfs_hub_new(&hub);
    if (status) {
        tfs_say_error(status, NULL, "cannot mount store %s", store);
        return TFS_FAILED;
    }
    struct served served = {.mountpoint = mountpoint};
    struct bc_error error = {0};
    status =
        tfs_store_open(store,
                       &(struct tfs_store_options){
                           .command = "triplefs mount",
                           .mountpoint = mountpoint,
                           .memory_bytes = call->options.memory_bytes,
                           .compute = call->options.compute,
                           .workers = call->options.workers_given ? &call->options.workers : NULL,
                           .event = tfs_hub_event,
                           .event_wanted = tfs_hub_event_wanted,
                           .moved = tfs_hub_moved,
                           .context = hub,
                           .maintain = true,
                           .trouble = say_trouble},
                       &served.store, &error);
    int result = TFS_FAILED;
    if (status) {
        tfs_say("%s", error.text);
    } else {
        result = serve_open_store(&served, hub, call);
        tfs_store_close(&served.store);
        tfs_say("store %s is closed", store);
    }
    tfs_hub_free(hub);
    return result;
}

/* What can be told without opening the store is told before the process splits. */
static int mount_store(struct call *call)
{
    struct bc_error error = {0};
    char store[PATH_MAX], mountpoint[PATH_MAX];
    enum bc_status status = tfs_store_find(call->store, store, &error);
    if (!status)
        status = tfs_mountpoint_check(call->mountpoint, store, mountpoint, &error);
    if (!status && !call->options.compute)
        status = tfs_engine_choose(NULL, &call->options.compute, &error);
    if (status) {
        tfs_say("%s", error.text);
        return TFS_FAILED;
    }
    if (call->fake)
        return TFS_DONE;
    int result;
    if (!call->foreground && !tfs_background_start(&result)) {
        if (result >= 0)
            return result;
        tfs_say("cannot start a process in the background: %s", strerror(errno));
        return TFS_FAILED;
    }
    return serve(call, store, mountpoint);
}

static int run(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    bool helper = strncmp(slash ? slash + 1 : argv[0], "mount.", 6) == 0;
    struct call call = {0};
    bool help_wanted = false;
    int result =
        helper ? parse_helper_call(&call, argc, argv) : parse_call(&call, argc, argv, &help_wanted);
    if (!result)
        result = help_wanted ? tfs_help(&tfs_command_mount) : mount_store(&call);
    tfs_mount_options_release(&call.options);
    return result;
}

const struct tfs_command tfs_command_mount = {
    .name = "mount",
    .summary = "mount a store at a directory",
    .help = help,
    .run = run,
};
