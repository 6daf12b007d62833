/* Benchmark: a bulk load into Virtuoso, as its vendor documents it (Virtuoso Open-Source Wiki,
 * "Bulk Loading RDF Source Files into one or more Graph IRIs"), beside an import of the same lines.
 * The server has a database of its own in the benchmark's folder and is ended whatever happens. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"
#include "tools/say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_MOST = 1000000, START_SECONDS = 120 };

static const char folder[] = "virtuoso";
static const char graph[] = "http://example.org/bench";

struct server {
    pid_t child;
    char address[32]; /* HOST:PORT, as isql has it */
    struct sockaddr_in socket;
};

/* The buffers are the vendor's for 2 GB of memory. */
static const char settings[] = "[Database]\n"
                               "DatabaseFile = virtuoso/virtuoso.db\n"
                               "ErrorLogFile = virtuoso/virtuoso.log\n"
                               "LockFile = virtuoso/virtuoso.lck\n"
                               "TransactionFile = virtuoso/virtuoso.trx\n"
                               "xa_persistent_file = virtuoso/virtuoso.pxa\n"
                               "FileExtend = 200\n"
                               "MaxCheckpointRemap = 2000\n"
                               "TempStorage = TempDatabase\n"
                               "[TempDatabase]\n"
                               "DatabaseFile = virtuoso/temporary.db\n"
                               "TransactionFile = virtuoso/temporary.trx\n"
                               "MaxCheckpointRemap = 2000\n"
                               "[Parameters]\n"
                               "ServerPort = %s\n"
                               "DisableUnixSocket = 1\n"
                               "CheckpointInterval = 0\n"
                               "DirsAllowed = .\n"
                               "NumberOfBuffers = 170000\n"
                               "MaxDirtyBuffers = 130000\n"
                               "ThreadsPerQuery = 2\n"
                               "AsyncQueueMaxThreads = 10\n";

/* One that nobody listens at now. */
static bool find_port(struct server *server)
{
    socklen_t size = sizeof server->socket;
    server->socket =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *address = (struct sockaddr *)&server->socket;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = listener >= 0 && bind(listener, address, size) == 0 &&
                 getsockname(listener, address, &size) == 0;
    if (!found)
        tfs_say("cannot find a port for Virtuoso: %s", strerror(errno));
    if (listener >= 0)
        close(listener);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%u",
             (unsigned)ntohs(server->socket.sin_port));
    return found;
}

static bool write_settings(const struct server *server)
{
    FILE *to = tfs_room_remove(folder) && mkdir(folder, 0755) == 0
                   ? fopen("virtuoso/virtuoso.ini", "we")
                   : NULL;
    bool written = to && fprintf(to, settings, server->address) > 0;
    if (to && fclose(to) != 0)
        written = false;
    if (!written)
        tfs_say("cannot write Virtuoso's settings: %s", strerror(errno));
    return written;
}

static bool answers(const struct server *server)
{
    int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = to >= 0 && connect(to, (const struct sockaddr *)&server->socket,
                                        sizeof server->socket) == 0;
    if (to >= 0)
        close(to);
    return connected;
}

/* A new database is made first. */
static bool await(struct server *server)
{
    double start = tfs_clock();
    while (!tfs_bench_interrupted()) {
        if (answers(server))
            return true;
        if (!tfs_child_runs(&server->child)) {
            tfs_say("virtuoso-t ended before it was ready");
            return false;
        }
        if (tfs_clock() - start > START_SECONDS) {
            tfs_say("virtuoso-t did not answer for %d seconds", START_SECONDS);
            return false;
        }
        usleep(50000);
    }
    return false;
}

static bool query(const struct server *server, const char *text, const char *output,
                  struct tfs_run *run)
{
    char exec[256];
    snprintf(exec, sizeof exec, "exec=%s", text);
    return TFS_RUN(output, run, "isql-vt", server->address, "dba", "dba", "VERBOSE=OFF",
                   "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT", exec);
}

/* isql-vt exits 0 whatever happened: what counts is what is there. */
static bool count_statements(const struct server *server, uint64_t *count)
{
    static const char output[] = "virtuoso/count";
    char text[160], line[160] = "";
    snprintf(text, sizeof text, "select count(*) from DB.DBA.RDF_QUAD where G = iri_to_id('%s');",
             graph);
    if (!query(server, text, output, NULL))
        return false;
    FILE *from = fopen(output, "re");
    bool read = from && fgets(line, sizeof line, from);
    if (from)
        fclose(from);
    char *end = line;
    *count = read ? strtoull(line, &end, 10) : 0;
    if (end != line)
        return true;
    tfs_say("Virtuoso does not tell how many statements it has: %s", line);
    return false;
}

static bool load(const struct server *server, const char *file, struct tfs_run *run,
                 uint64_t *count)
{
    char text[160];
    snprintf(text, sizeof text, "ld_dir('.', '%s', '%s'); rdf_loader_run(); checkpoint;", file,
             graph);
    return query(server, text, "virtuoso/answers", run) && count_statements(server, count);
}

/* Loads the file into a new database. *seconds: from the start of the load to its checkpoint. */
static bool load_beside(const char *file, double *seconds, uint64_t *count)
{
    static const char *const arguments[] = {"virtuoso-t",  "+foreground",           "+wait",
                                            "+configfile", "virtuoso/virtuoso.ini", NULL};
    struct server server;
    struct tfs_run run;
    if (!find_port(&server) || !write_settings(&server) ||
        !tfs_child_start(arguments, "virtuoso/output", &server.child))
        return false;
    bool loaded = await(&server) && load(&server, file, &run, count);
    tfs_child_end(&server.child);
    if (!loaded)
        return false;
    *seconds = run.seconds;
    return tfs_room_remove(folder);
}

static bool import_once(struct tfs_bench *bench, const char *file, double *seconds, uint64_t *count)
{
    static const char inside[] = "mnt/main/virtuoso.nt";
    struct tfs_run run;
    if (!tfs_room_store(bench, NULL) || !TFS_RUN(NULL, &run, "cp", file, inside))
        return false;
    *seconds = run.seconds;
    return tfs_data_count(inside, count);
}

static bool by_turns(struct tfs_bench *bench, struct tfs_row *row, const char *file, uint64_t lines)
{
    for (unsigned run = 0; run < bench->runs; run++) {
        double seconds[2];
        uint64_t counts[2];
        if (!load_beside(file, &seconds[1], &counts[1]) ||
            !import_once(bench, file, &seconds[0], &counts[0]))
            return false;
        tfs_samples_add(&row->ours, (double)lines / seconds[0]);
        tfs_samples_add(&row->peer, (double)lines / seconds[1]);
        if (counts[0] != counts[1]) {
            tfs_say("Virtuoso has %s statements of %s, the store %s", tfs_count(counts[1]), file,
                    tfs_count(counts[0]));
            return false;
        }
        snprintf(row->note, sizeof row->note,
                 "from the start of the load to the end of its checkpoint; a new database with "
                 "170,000 buffers each time; %s statements in both",
                 tfs_count(counts[0]));
    }
    return true;
}

bool tfs_bench_virtuoso(struct tfs_bench *bench)
{
    bool all = bench->large <= LINES_MOST;
    const char *file = all ? "large.nt" : "virtuoso.nt";
    uint64_t lines = all ? bench->large : LINES_MOST;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "import-virtuoso", TFS_UNIT_PER_SECOND,
                       "cp of %s lines beside a bulk load into Virtuoso", tfs_count(lines));
    snprintf(row->peer_name, sizeof row->peer_name, "Virtuoso");
    if (!tfs_program_exists("virtuoso-t") || !tfs_program_exists("isql-vt")) {
        snprintf(row->note, sizeof row->note, "virtuoso-t or isql-vt is not installed");
        return true;
    }
    tfs_bench_progress("%s", row->what);
    return tfs_data_file(bench, file, lines) && by_turns(bench, row, file, lines);
}
