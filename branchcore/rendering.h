/* Renderings: texts that were written from sets in a syntax that is not lines. Inside of the model,
 * for shown.h: of one key there is one, which all who want it share; whoever comes first writes it,
 * the others wait. What nobody uses any more is kept until others need the room, the one that was
 * used last the longest. Any thread. */
#ifndef BRANCHCORE_RENDERING_H
#define BRANCHCORE_RENDERING_H

#include "branchcore/repo.h"
#include "branchcore/stop.h"

/* One text: of a version of a file, which stands for its set, and of what it is written with. */
struct bc_rendering_key {
    uint64_t node;
    uint64_t layer;
    uint64_t version;
    enum bc_syntax syntax;
    uint64_t
        digest[2]; /* of the prefixes, whether all are declared, and of the writer's revision */
};

struct bc_rendering;
struct bc_renderings;

/* What of unused ones is kept. */
struct bc_rendering_limits {
    uint64_t memory_bytes; /* of small ones */
    uint64_t disk_bytes;   /* of those in files, ... */
    unsigned files;        /* ... and how many of these may be open */
};

enum bc_status bc_renderings_new(const struct bc_rendering_limits *limits,
                                 struct bc_renderings **renderings);
/* None may be in use. NULL is allowed. */
void bc_renderings_free(struct bc_renderings *renderings);

/* The caller releases. If nobody has it, it is written: writing, but for its sink. *wrote: by this
 * call. BC_SYNTAX with err: the set cannot be said in the syntax. BC_UNSUPPORTED, BC_CORRUPT,
 * BC_IO, BC_NO_SPACE, BC_NO_MEMORY; who waited for one that failed gets its failure. BC_CANCELLED:
 * stop (may be NULL) asked for it; what others wait for is written to its end first. */
enum bc_status bc_rendering_open(struct bc_renderings *renderings, const struct bc_formats *formats,
                                 const struct bc_rendering_key *key,
                                 const struct bc_writing *writing, const struct bc_stop *stop,
                                 struct bc_rendering **rendering, bool *wrote,
                                 struct bc_error *err);
void bc_rendering_release(struct bc_renderings *renderings, struct bc_rendering *rendering);
/* True if it is there, wholly written; *bytes: its size. */
bool bc_rendering_known(struct bc_renderings *renderings, const struct bc_rendering_key *key,
                        uint64_t *bytes);

uint64_t bc_rendering_bytes(const struct bc_rendering *rendering);
/* *done is less than size only at the end. BC_IO. */
enum bc_status bc_rendering_read(struct bc_rendering *rendering, uint64_t offset, void *to,
                                 size_t size, size_t *done);

/* What is kept of unused ones now. */
struct bc_rendering_limits bc_renderings_unused(struct bc_renderings *renderings);

#endif
