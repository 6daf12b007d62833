/* What the benchmark found out: its rows, as a table for people and as JSON for programs. */
#ifndef TOOLS_BENCH_REPORT_H
#define TOOLS_BENCH_REPORT_H

#include "tools/bench_samples.h"

#include <stdint.h>
#include <stdio.h>

enum tfs_unit {
    TFS_UNIT_SECONDS,
    TFS_UNIT_BYTES,
    TFS_UNIT_BYTES_PER_SECOND,
    TFS_UNIT_PER_SECOND, /* triples */
    TFS_UNIT_PER_TRIPLE, /* bytes */
};

/* What a row is to reach. Those about a ratio take ours/peer, whichever is better. */
struct tfs_bar {
    enum {
        TFS_NO_BAR,
        TFS_OURS_AT_MOST,
        TFS_OURS_BELOW,
        TFS_OURS_AT_LEAST,
        TFS_RATIO_AT_MOST,
        TFS_RATIO_AT_LEAST
    } kind;
    double value;
};

enum { TFS_ROWS_MOST = 160, TFS_BARS_MOST = 2 };

struct tfs_row {
    char name[32];
    char what[128];
    enum tfs_unit unit;
    struct tfs_samples ours; /* none: not measured, and the note says why */
    char peer_name[64];      /* "": none */
    struct tfs_samples peer;
    struct tfs_bar bars[TFS_BARS_MOST];
    char note[200];
};

struct tfs_machine {
    char date[32]; /* of the run's start, local time, ISO 8601 */
    char cpu[128];
    long cores;
    uint64_t memory_bytes;
    char kernel[128];
    char file_system[128]; /* of the directory: type, device */
    char load[32]; /* average of the last minute before the run: above 0.1 or so it was not alone */
    char versions[400];
};

struct tfs_report {
    struct tfs_machine machine;
    char run[200]; /* sizes and numbers of runs */
    double seconds;
    unsigned count;
    struct tfs_row rows[TFS_ROWS_MOST];
};

/* A new row without values; aborts if there are too many. name: what `--json` and people call it.
 */
struct tfs_row *tfs_report_add(struct tfs_report *report, const char *name, enum tfs_unit unit,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether a bar is reached. */
bool tfs_bar_met(const struct tfs_row *row, const struct tfs_bar *bar);

/* Fills in what is known of this machine; path is in the file system to be told of. Writes a file
 * in the working directory for a moment. */
void tfs_machine_describe(struct tfs_machine *machine, const char *path);

/* A Markdown table, which can be read as it is, with the machine above it. False: not written. */
bool tfs_report_table(const struct tfs_report *report, FILE *to);
bool tfs_report_json(const struct tfs_report *report, FILE *to);

/* "1,234,567" in a ring of four texts, for the arguments of one call of printf(3). */
const char *tfs_count(uint64_t count);
/* "61.3 µs", "5.31 GB/s" and so on; to has room for at least 32 bytes. */
void tfs_unit_format(enum tfs_unit unit, double value, char to[32]);
/* "≤ 150 µs", "≥ 0.95 ×"; "" for none. to has room for at least 48 bytes. */
void tfs_bar_format(const struct tfs_row *row, const struct tfs_bar *bar, char to[48]);

#endif
