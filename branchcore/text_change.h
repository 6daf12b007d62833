/* What a write does to a text: the difference between what it has and what it is to have, found in
 * bounded memory, and then put into one batch.
 *
 * Three steps, of which only the last holds the branch's lock: parse the raw text into sorted lines
 * (intake.h); compare them with the file's present view (bc_text_change_make), which gives either
 * few changed lines, kept in memory, or a new run, already written and pinned; put
 * (bc_text_change_put) into an update, if the file is still of the version that was compared with.
 *
 * Lines rather than a run: while all line rows that a reader must overlay stay within
 * bc_text_delta_limit. A text of at most BC_TEXT_SMALL bytes never becomes a run. */
#ifndef BRANCHCORE_TEXT_CHANGE_H
#define BRANCHCORE_TEXT_CHANGE_H

#include "branchcore/delta_run.h"
#include "branchcore/model.h"
#include "branchcore/sorter.h"

enum { BC_TEXT_SMALL = 64 << 10 };

/* Bytes of line rows (bc_node.delta_bytes) that a base run of this size carries: an eighth of it,
 * at least BC_TEXT_SMALL, at most 8 MiB. */
uint64_t bc_text_delta_limit(uint64_t base_bytes);

/* Sorted lines without duplicates, each with its '\n', that can be read more than once. */
struct bc_line_stream {
    /* BC_NO_DATA at the end. line is valid until the next call. */
    enum bc_status (*next)(void *context, struct bc_slice *line);
    enum bc_status (*rewind)(void *context); /* to the first line */
    void *context;
    uint64_t lines; /* there are at most so many */
};

/* Of a finished sorter, borrowed. */
struct bc_line_stream bc_sorter_stream(struct bc_sorter *sorter);

struct bc_text_change {
    uint64_t version; /* of the view it was made against; 0: of none */
    bool unchanged;   /* the set is the same: nothing to put but times */
    bool whole;       /* `run` is the new base (0: empty) and `lines` what is on top of it; else
                         `lines` change the old text */
    uint64_t run;     /* pinned until bc_text_change_release */
    bool run_is_new;  /* nothing in the store refers to it but what this change is put into */
    bool overlay;     /* the old text stays, and what this changes of it is the run `delta` */
    uint64_t delta;   /* with `whole` or `overlay`: a run of what this changes (delta_run.h), pinned
                         likewise; 0: none */
    bool delta_is_shared; /* others refer to it, too */
    struct bc_buffer
        lines; /* for each changed line, in order: sign char, u32 size, the line without '\n' */
    uint64_t added; /* lines; of a whole change 0 */
    uint64_t removed;
    uint64_t size_bytes; /* afterwards */
    uint64_t triples;
    uint64_t quads;
};

/* union: what the stream holds is added to the old text; else it replaces it. old NULL: the empty
 * text. progress may be NULL. The stream is read from where it is, perhaps twice. The caller
 * releases change on success. BC_NO_SPACE, BC_IO, BC_CORRUPT, and what the stream returns. */
enum bc_status bc_text_change_from(struct bc_repo *repo, const struct bc_line_stream *stream,
                                   struct bc_file_text *old, bool union_,
                                   struct bc_progress_item *progress,
                                   struct bc_text_change *change);
/* Changed lines in order, each once, that can be read more than once. */
struct bc_signed_stream {
    /* sign: '+' the text has not the line and is to have it, '-' the other way. BC_NO_DATA at the
     * end. line has its '\n' and is valid until the next call. */
    enum bc_status (*next)(void *context, char *sign, struct bc_slice *line);
    /* The same as many at a time: whole lines as a run of changes has them (delta_run.h), at least
     * one. quads: some may have a graph. NULL: only next is there. Between two rewinds only one of
     * the two is called. */
    enum bc_status (*next_lines)(void *context, struct bc_slice *lines, bool *quads);
    enum bc_status (*rewind)(void *context); /* to the first line */
    void *context;
    uint64_t bytes; /* of the lines, about; 0: not known */
};
/* The old text with a run of changes that is there already on top of it, all of which are changes
 * of this text, too. BC_TOO_LARGE: it is more than an overlay may be, or so little that line rows
 * are better. BC_CORRUPT, BC_IO. */
enum bc_status bc_text_change_share(struct bc_repo *repo, struct bc_file_text *old, uint64_t run,
                                    const struct bc_change_sums *sums,
                                    struct bc_text_change *change);
/* The old text (NULL: the empty one) changed by these lines. While they are few enough to be kept
 * as lines, or as a run of changes on top of the old text (an overlay, which can only be put where
 * the working set has not changed the text yet), the old text is not looked at: that signs are
 * right is the caller's word (BC_CORRUPT where it shows that they are not). Else as
 * bc_text_change_from. */
enum bc_status bc_text_change_signed(struct bc_repo *repo, const struct bc_signed_stream *stream,
                                     struct bc_file_text *old, struct bc_progress_item *progress,
                                     struct bc_text_change *change);
/* The content of another text, by sharing its base run and copying its line rows, to replace what
 * there is wholly. If more lies on top of its base than lines rows may, a new run is written. */
enum bc_status bc_text_change_clone(struct bc_repo *repo, struct bc_file_text *from,
                                    struct bc_text_change *change);
/* Puts rows and the record's content fields (form, flags, run, sizes, version, mtime, ctime) of
 * found, with bc_node_put. The caller has checked that found->record.version is change->version
 * where that matters: a whole change may be put on any version. A record of a plain file becomes
 * one of a text; lines are then all that it has. BC_INVALID: an overlay on a text that the working
 * set has changed; BC_CORRUPT, BC_IO. */
enum bc_status bc_text_change_put(struct bc_update *update, struct bc_found *found,
                                  const struct bc_text_change *change);
/* Puts it in an update of its own, where nobody else changes the branch (a scratch); nothing if it
 * is unchanged. */
enum bc_status bc_text_change_apply(struct bc_branch *branch, uint64_t node,
                                    const struct bc_text_change *change);
/* After the update's commit or abort. A new run that was not put is dropped. */
void bc_text_change_release(struct bc_repo *repo, struct bc_text_change *change);

#endif
