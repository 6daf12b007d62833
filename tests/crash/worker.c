#include "worker.h"

#include "branchcore/bytes.h"
#include "branchcore/edit.h"
#include "branchcore/prefixes.h"
#include "branchcore/rejected.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 5000, /* of the plain file: blocks cross the chunks of the store */
    BULK_LINES = 16000, /* over the size from which texts are parsed on another thread */
    SMALL_LINES = 3,
    LINE_ROOM = 160
};

static const char plain_name[] = "plain";
static const char copy_name[] = "copy.nt";
static const char bad_name[] = "bad.nt";
static const char shared_name[] = "shared.nt";

enum operation {
    APPEND,
    SHARE,
    DROP,
    BULK,
    RENAME,
    COPY,
    CONVERT,
    FORK,
    UNFORK,
    BLOCK,
    MODE,
    REFUSE,
    GRAPH,        /* a whole text with a prefix of its own */
    GRAPH_APPEND, /* lines and a prefix more */
    GRAPH_CONVERT /* another name, another syntax */
};

static const char *const operation_names[] = {
    "append", "share", "drop", "bulk",   "rename", "copy",         "convert",       "fork",
    "unfork", "block", "mode", "refuse", "graph",  "graph append", "graph convert",
};

static bool complain(struct worker_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool complain(struct worker_report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->text, sizeof report->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool failed(struct worker_report *report, const char *what, enum bc_status status,
                   const struct bc_error *err)
{
    return complain(report, "%s: %s%s%s", what, bc_status_text(status), err ? ": " : "",
                    err ? err->text : "");
}

static struct bc_slice slice(const char *text)
{
    return bc_slice(text, strlen(text));
}

/* splitmix64 */
static uint64_t mixed(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static enum operation next_operation(const struct worker *worker, const struct worker_state *state)
{
    static const enum operation lot[] = {
        APPEND, APPEND, APPEND, APPEND, SHARE, SHARE,        SHARE,        DROP,
        DROP,   BULK,   RENAME, RENAME, COPY,  CONVERT,      FORK,         FORK,
        BLOCK,  BLOCK,  MODE,   REFUSE, GRAPH, GRAPH_APPEND, GRAPH_APPEND, GRAPH_CONVERT,
    };
    uint64_t random = mixed(worker->seed ^ (uint64_t)worker->number << 56 ^ state->done);
    enum operation operation = lot[random % (sizeof lot / sizeof *lot)];
    if (state->graph_as_lines && (operation == GRAPH || operation == GRAPH_APPEND))
        return GRAPH_CONVERT;
    return operation == FORK && state->fork ? UNFORK : operation;
}

const char *worker_next(const struct worker *worker, const struct worker_state *state)
{
    return operation_names[next_operation(worker, state)];
}

/* Of a whole text: now and then over the size from which texts are parsed on another thread. */
static uint64_t graph_lines(const struct worker_state *state)
{
    return state->done % 8 == 0 ? BULK_LINES : 2 * SMALL_LINES;
}

void worker_predict(const struct worker *worker, struct worker_state *state)
{
    uint64_t present = state->high - state->low;
    switch (next_operation(worker, state)) {
    case APPEND:
        state->high += SMALL_LINES;
        break;
    case SHARE:
        state->shared++;
        break;
    case DROP:
        state->low += present / 2;
        break;
    case BULK:
        state->low = state->high;
        state->high += BULK_LINES;
        break;
    case RENAME:
        state->name++;
        break;
    case COPY:
    case CONVERT:
        state->copied = true;
        state->copy_low = state->low;
        state->copy_high = state->high;
        break;
    case FORK:
        state->fork = state->done + 1;
        state->fork_low = state->low;
        state->fork_high = state->high;
        break;
    case UNFORK:
        state->fork = 0;
        break;
    case BLOCK:
        state->blocks++;
        break;
    case MODE:
        state->mode = (state->mode + 1) % 512;
        break;
    case REFUSE:
        state->rejected = state->done + 1;
        break;
    case GRAPH:
        state->graph_low = state->graph_high;
        state->graph_high += graph_lines(state);
        state->graph_whole = state->graph_high;
        break;
    case GRAPH_APPEND:
        state->graph_high += SMALL_LINES;
        break;
    case GRAPH_CONVERT:
        state->graph_as_lines = !state->graph_as_lines;
        break;
    }
    state->done++;
}

/* Names go round, and into a folder and out again. */
static void text_name(const struct worker_state *state, char name[32], bool *in_folder)
{
    *in_folder = state->name % 3 == 1;
    snprintf(name, 32, "text%" PRIu64 ".nt", state->name % 5);
}

static void fork_name(const struct worker *worker, uint64_t fork, char name[48])
{
    snprintf(name, 48, "fork-%u-%" PRIu64, worker->number, fork);
}

static size_t format_line(char to[LINE_ROOM], unsigned worker, uint64_t number)
{
    return (size_t)snprintf(to, LINE_ROOM,
                            "<http://example.org/worker/%u/%012" PRIu64
                            "> <http://example.org/has-value> \"the value of %" PRIu64 "\" .\n",
                            worker, number, number);
}

/* --- finding */

static bool find(struct bc_branch *branch, uint64_t folder, const char *name, struct bc_attr *attr,
                 struct worker_report *report)
{
    enum bc_status st = bc_tree_lookup(branch, folder, slice(name), attr);
    return !st || failed(report, name, st, NULL);
}

static bool find_text(const struct worker *worker, struct bc_branch *branch,
                      const struct worker_state *state, uint64_t *folder, struct bc_attr *attr,
                      struct worker_report *report)
{
    (void)worker;
    char name[32];
    bool in_folder;
    text_name(state, name, &in_folder);
    *folder = BC_ROOT_NODE;
    if (in_folder) {
        if (!find(branch, BC_ROOT_NODE, "folder", attr, report))
            return false;
        *folder = attr->node;
    }
    return find(branch, *folder, name, attr, report);
}

/* --- doing */

static bool write_lines(const struct worker *worker, struct bc_edit *edit, uint64_t from,
                        uint64_t to, struct worker_report *report)
{
    struct bc_error err = {0};
    struct bc_buffer text = {0};
    enum bc_status st = BC_OK;
    uint64_t offset = 0;
    for (uint64_t i = from; i < to && !st; i++) {
        char line[LINE_ROOM];
        st = bc_buffer_append(&text, line, format_line(line, worker->number, i));
        if (st || (text.size < (64 << 10) && i + 1 < to))
            continue;
        st = bc_edit_write(edit, offset, text.data, text.size, &err);
        offset += text.size;
        bc_buffer_clear(&text);
    }
    bc_buffer_release(&text);
    return !st || failed(report, "write", st, &err);
}

static bool commit(struct bc_edit *edit, struct worker_report *report)
{
    struct bc_error err = {0};
    enum bc_status st = bc_edit_commit(edit, false, NULL, &err);
    return !st || failed(report, "commit", st, &err);
}

static bool edit_text(const struct worker *worker, struct bc_branch *branch, uint64_t node,
                      enum bc_edit_mode mode, uint64_t from, uint64_t to,
                      struct worker_report *report)
{
    struct bc_edit *edit;
    enum bc_status st = bc_edit_new(branch, node, BC_NTRIPLES, mode, &edit);
    if (st)
        return failed(report, "edit", st, NULL);
    bool good = write_lines(worker, edit, from, to, report) && commit(edit, report);
    bc_edit_free(edit);
    return good;
}

static bool do_text(const struct worker *worker, const struct worker_state *state,
                    enum bc_edit_mode mode, uint64_t from, uint64_t to,
                    struct worker_report *report)
{
    uint64_t folder;
    struct bc_attr attr;
    return find_text(worker, worker->branch, state, &folder, &attr, report) &&
           edit_text(worker, worker->branch, attr.node, mode, from, to, report);
}

static bool do_share(const struct worker *worker, const struct worker_state *state,
                     struct worker_report *report)
{
    struct bc_attr attr;
    return find(worker->shared, BC_ROOT_NODE, shared_name, &attr, report) &&
           edit_text(worker, worker->shared, attr.node, BC_EDIT_APPEND, state->shared,
                     state->shared + 1, report);
}

static bool do_rename(const struct worker *worker, const struct worker_state *state,
                      struct worker_report *report)
{
    struct worker_state after = *state;
    after.name++;
    char from[32], to[32];
    bool from_folder, to_folder;
    text_name(state, from, &from_folder);
    text_name(&after, to, &to_folder);
    struct bc_attr folder;
    if (!find(worker->branch, BC_ROOT_NODE, "folder", &folder, report))
        return false;
    struct bc_renamed renamed;
    struct bc_error err = {0};
    enum bc_status st = bc_tree_rename(worker->branch, from_folder ? folder.node : BC_ROOT_NODE,
                                       slice(from), to_folder ? folder.node : BC_ROOT_NODE,
                                       slice(to), BC_RENAME_NOREPLACE, &renamed, &err);
    return !st || failed(report, "rename", st, &err);
}

/* A file beside the others; one that is there already is made empty only by what is written. */
static bool make_file(struct bc_branch *branch, const char *name, struct bc_attr *attr,
                      struct worker_report *report)
{
    struct bc_make make = {.kind = BC_FILE, .mode = 0644};
    enum bc_status st = bc_tree_make(branch, BC_ROOT_NODE, slice(name), &make, attr);
    if (st == BC_EXISTS)
        return find(branch, BC_ROOT_NODE, name, attr, report);
    return !st || failed(report, name, st, NULL);
}

static bool do_copy(const struct worker *worker, const struct worker_state *state,
                    struct worker_report *report)
{
    uint64_t folder;
    struct bc_attr from, to;
    if (!find_text(worker, worker->branch, state, &folder, &from, report) ||
        !find(worker->branch, BC_ROOT_NODE, copy_name, &to, report))
        return false;
    struct bc_error err = {0};
    struct bc_shown *text = NULL;
    struct bc_edit *edit = NULL;
    uint64_t done = 0;
    enum bc_status st = bc_shown_open(worker->branch, from.node, BC_NTRIPLES, &text, &from, &err);
    if (!st)
        st = bc_edit_new(worker->branch, to.node, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
    if (!st)
        st = bc_edit_copy(edit, 0, text, 0, from.size_bytes, &done, &err);
    bool good = !st ? commit(edit, report) : failed(report, "copy", st, &err);
    bc_edit_free(edit);
    bc_shown_release(text);
    return good;
}

/* As sed -i does: a plain file is renamed over a triple file. The temporary file alone is not part
 * of the state. */
static bool do_convert(const struct worker *worker, const struct worker_state *state,
                       struct worker_report *report)
{
    struct bc_attr attr;
    if (!make_file(worker->branch, "sedTemp", &attr, report))
        return false;
    struct bc_change empty = {.mask = BC_CHANGE_SIZE};
    enum bc_status st = bc_tree_change(worker->branch, attr.node, &empty, &attr);
    struct bc_buffer text = {0};
    for (uint64_t i = state->low; i < state->high && !st; i++) {
        char line[LINE_ROOM];
        st = bc_buffer_append(&text, line, format_line(line, worker->number, i));
    }
    if (!st)
        st = bc_bytes_write(worker->branch, attr.node, 0, text.data, text.size, false, NULL);
    bc_buffer_release(&text);
    struct bc_renamed renamed;
    struct bc_error err = {0};
    if (!st)
        st = bc_tree_rename(worker->branch, BC_ROOT_NODE, slice("sedTemp"), BC_ROOT_NODE,
                            slice(copy_name), 0, &renamed, &err);
    return !st || failed(report, "convert", st, &err);
}

static bool do_fork(const struct worker *worker, const struct worker_state *state,
                    struct worker_report *report)
{
    char name[48];
    fork_name(worker, state->done + 1, name);
    struct bc_error err = {0};
    enum bc_status st =
        bc_branch_fork(worker->branch, slice(name), &(struct bc_owner){0}, NULL, &err);
    return !st || failed(report, "fork", st, &err);
}

static bool do_unfork(const struct worker *worker, const struct worker_state *state,
                      struct worker_report *report)
{
    char name[48];
    fork_name(worker, state->fork, name);
    struct bc_error err = {0};
    enum bc_status st = bc_branch_delete(worker->repo, slice(name), true, &err);
    return !st || failed(report, "delete", st, &err);
}

static void fill_block(char block[BLOCK_BYTES], unsigned worker, uint64_t number)
{
    uint64_t value = number << 8 | worker;
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        if (i % 8 == 0)
            value = mixed(value);
        block[i] = (char)(value >> i % 8 * 8);
    }
}

static bool do_block(const struct worker *worker, const struct worker_state *state,
                     struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->branch, BC_ROOT_NODE, plain_name, &attr, report))
        return false;
    char block[BLOCK_BYTES];
    fill_block(block, worker->number, state->blocks);
    enum bc_status st =
        bc_bytes_write(worker->branch, attr.node, 0, block, BLOCK_BYTES, true, NULL);
    return !st || failed(report, "block", st, NULL);
}

static bool do_mode(const struct worker *worker, const struct worker_state *state,
                    struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->branch, BC_ROOT_NODE, plain_name, &attr, report))
        return false;
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = (uint32_t)(state->mode + 1) % 512};
    enum bc_status st = bc_tree_change(worker->branch, attr.node, &change, &attr);
    return !st || failed(report, "mode", st, NULL);
}

static size_t format_bad(char text[64], uint64_t number)
{
    return (size_t)snprintf(text, 64, "this is no triple: %" PRIu64 "\n", number);
}

static bool do_refuse(const struct worker *worker, const struct worker_state *state,
                      struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->branch, BC_ROOT_NODE, bad_name, &attr, report))
        return false;
    struct bc_edit *edit;
    enum bc_status st = bc_edit_new(worker->branch, attr.node, BC_NTRIPLES, BC_EDIT_REPLACE, &edit);
    if (st)
        return failed(report, "edit", st, NULL);
    char bad[64];
    size_t size = format_bad(bad, state->done + 1);
    (void)bc_edit_write(edit, 0, bad, size, NULL);
    st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st == BC_SYNTAX || failed(report, "refuse", st, NULL);
}

static const char *graph_name(const struct worker_state *state)
{
    return state->graph_as_lines ? "graph.nt" : "graph.ttl";
}

/* A prefix that a text declares is called by the number that its lines go up to. */
static enum bc_status declare(struct bc_buffer *to, const char *before, const char *behind,
                              uint64_t high)
{
    return bc_buffer_printf(to, "%sp%" PRIu64 ": <http://example.org/%" PRIu64 ">%s\n", before,
                            high, high, behind);
}

static bool do_graph(const struct worker *worker, const struct worker_state *state,
                     enum bc_edit_mode mode, uint64_t count, struct worker_report *report)
{
    struct bc_attr attr;
    struct bc_edit *edit;
    struct bc_error err = {0};
    struct bc_buffer text = {0};
    uint64_t from = state->graph_high;
    if (!find(worker->branch, BC_ROOT_NODE, graph_name(state), &attr, report))
        return false;
    enum bc_status st = bc_edit_new(worker->branch, attr.node, BC_TURTLE, mode, &edit);
    if (st)
        return failed(report, "edit", st, NULL);
    st = declare(&text, "@prefix ", " .", from + count);
    for (uint64_t i = from; i < from + count && !st; i++) {
        char line[LINE_ROOM];
        st = bc_buffer_append(&text, line, format_line(line, worker->number, i));
    }
    if (!st)
        st = bc_edit_write(edit, 0, text.data, text.size, &err);
    bool good = !st ? commit(edit, report) : failed(report, "write graph", st, &err);
    bc_edit_free(edit);
    bc_buffer_release(&text);
    return good;
}

static bool do_graph_convert(const struct worker *worker, const struct worker_state *state,
                             struct worker_report *report)
{
    struct worker_state after = *state;
    struct bc_error err = {0};
    after.graph_as_lines = !after.graph_as_lines;
    enum bc_status st =
        bc_tree_rename(worker->branch, BC_ROOT_NODE, slice(graph_name(state)), BC_ROOT_NODE,
                       slice(graph_name(&after)), BC_RENAME_NOREPLACE, NULL, &err);
    return !st || failed(report, "convert graph", st, &err);
}

bool worker_do(const struct worker *worker, const struct worker_state *state,
               struct worker_report *report)
{
    uint64_t present = state->high - state->low;
    switch (next_operation(worker, state)) {
    case APPEND:
        return do_text(worker, state, BC_EDIT_APPEND, state->high, state->high + SMALL_LINES,
                       report);
    case SHARE:
        return do_share(worker, state, report);
    case DROP:
        return do_text(worker, state, BC_EDIT_REPLACE, state->low + present / 2, state->high,
                       report);
    case BULK:
        return do_text(worker, state, BC_EDIT_REPLACE, state->high, state->high + BULK_LINES,
                       report);
    case RENAME:
        return do_rename(worker, state, report);
    case COPY:
        return do_copy(worker, state, report);
    case CONVERT:
        return do_convert(worker, state, report);
    case FORK:
        return do_fork(worker, state, report);
    case UNFORK:
        return do_unfork(worker, state, report);
    case BLOCK:
        return do_block(worker, state, report);
    case MODE:
        return do_mode(worker, state, report);
    case REFUSE:
        return do_refuse(worker, state, report);
    case GRAPH:
        return do_graph(worker, state, BC_EDIT_REPLACE, graph_lines(state), report);
    case GRAPH_APPEND:
        return do_graph(worker, state, BC_EDIT_APPEND, SMALL_LINES, report);
    case GRAPH_CONVERT:
        return do_graph_convert(worker, state, report);
    }
    return false;
}

/* --- verifying */

/* The text at name has the lines of exactly [low, high) of this worker. */
static bool has_lines(const struct worker *worker, struct bc_branch *branch,
                      const struct bc_attr *attr, uint64_t low, uint64_t high,
                      struct worker_report *report)
{
    struct bc_file_text *text;
    enum bc_status st = bc_file_text_open(branch, attr->node, &text, NULL);
    if (st)
        return failed(report, "open text", st, NULL);
    struct bc_text_cursor *cursor = NULL;
    st = bc_text_cursor_new(bc_file_text_view(text), &cursor);
    bool same = true;
    uint64_t number = low;
    for (struct bc_slice line; same && !st; number++) {
        st = bc_text_cursor_next(cursor, &line);
        if (st)
            break;
        char expected[LINE_ROOM];
        size_t size = format_line(expected, worker->number, number);
        same = bc_slice_equal(line, bc_slice(expected, size)) && number < high;
        if (!same)
            complain(report, "line %" PRIu64 " of [%" PRIu64 ", %" PRIu64 ") is %.*s", number, low,
                     high, (int)(line.size < 100 ? line.size : 100), line.data);
    }
    bc_text_cursor_free(cursor);
    bc_file_text_release(text);
    if (!same)
        return false;
    if (st != BC_NO_DATA)
        return failed(report, "read text", st, NULL);
    return number == high ||
           complain(report, "the text of [%" PRIu64 ", %" PRIu64 ") ends before %" PRIu64, low,
                    high, number);
}

static bool text_matches(const struct worker *worker, const struct worker_state *state,
                         struct worker_report *report)
{
    uint64_t folder;
    struct bc_attr attr;
    if (!find_text(worker, worker->branch, state, &folder, &attr, report) ||
        !has_lines(worker, worker->branch, &attr, state->low, state->high, report))
        return false;
    if (!find(worker->branch, BC_ROOT_NODE, copy_name, &attr, report))
        return false;
    return has_lines(worker, worker->branch, &attr, state->copied ? state->copy_low : 0,
                     state->copied ? state->copy_high : 0, report);
}

/* That nothing is there that should not be: the root has these, perhaps sedTemp and shared.nt, and
 * the text is in one place. */
struct listing {
    unsigned texts;
    unsigned others;
};

static enum bc_status count_entry(void *context, struct bc_slice name, uint64_t node,
                                  enum bc_kind kind)
{
    struct listing *listing = context;
    (void)node;
    (void)kind;
    if (name.size > 4 && memcmp(name.data, "text", 4) == 0)
        listing->texts++;
    else if (!bc_slice_equal(name, slice("sedTemp")) && !bc_slice_equal(name, slice(shared_name)))
        listing->others++;
    return BC_OK;
}

static bool tree_matches(const struct worker *worker, struct worker_report *report)
{
    struct listing listing = {0};
    struct bc_attr folder;
    if (!find(worker->branch, BC_ROOT_NODE, "folder", &folder, report))
        return false;
    enum bc_status st = bc_tree_list(worker->branch, BC_ROOT_NODE, count_entry, &listing);
    if (!st)
        st = bc_tree_list(worker->branch, folder.node, count_entry, &listing);
    if (st)
        return failed(report, "list", st, NULL);
    return (listing.texts == 1 && listing.others == 5) ||
           complain(report, "the branch has %u texts and %u other entries", listing.texts,
                    listing.others);
}

/* Its lines, and the prefixes of the same moment. */
static bool graph_matches(const struct worker *worker, const struct worker_state *state,
                          struct worker_report *report)
{
    struct bc_attr attr;
    struct bc_buffer expected = {0};
    struct bc_buffer seen = {0};
    if (!find(worker->branch, BC_ROOT_NODE, graph_name(state), &attr, report) ||
        !has_lines(worker, worker->branch, &attr, state->graph_low, state->graph_high, report))
        return false;
    enum bc_status st = BC_OK;
    for (uint64_t high = state->graph_whole; !st && high <= state->graph_high; high += SMALL_LINES)
        if (high)
            st = declare(&expected, "", "", high);
    if (!st)
        st = bc_xattr_get(worker->branch, attr.node, slice(BC_PREFIXES_ATTRIBUTE), &seen);
    if (st == BC_NO_DATA)
        st = BC_OK;
    bool same = bc_slice_equal(bc_buffer_slice(&expected), bc_buffer_slice(&seen));
    if (st)
        failed(report, "prefixes", st, NULL);
    else if (!same)
        complain(report, "the prefixes are '%.*s', not '%.*s'", (int)seen.size, seen.data,
                 (int)expected.size, expected.data);
    bc_buffer_release(&expected);
    bc_buffer_release(&seen);
    return !st && same;
}

static bool plain_matches(const struct worker *worker, const struct worker_state *state,
                          struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->branch, BC_ROOT_NODE, plain_name, &attr, report))
        return false;
    if (attr.size_bytes != state->blocks * BLOCK_BYTES)
        return complain(report, "the plain file has %" PRIu64 " bytes, not %" PRIu64 " blocks",
                        attr.size_bytes, state->blocks);
    if (attr.mode != state->mode)
        return complain(report, "the plain file has mode %o, not %o", attr.mode,
                        (unsigned)state->mode);
    for (uint64_t i = 0; i < state->blocks; i++) {
        char expected[BLOCK_BYTES], seen[BLOCK_BYTES];
        size_t done;
        fill_block(expected, worker->number, i);
        enum bc_status st =
            bc_bytes_read(worker->branch, attr.node, i * BLOCK_BYTES, seen, BLOCK_BYTES, &done);
        if (st)
            return failed(report, "read block", st, NULL);
        if (done != BLOCK_BYTES || memcmp(seen, expected, BLOCK_BYTES) != 0)
            return complain(report, "block %" PRIu64 " of the plain file is another", i);
    }
    return true;
}

static bool refusal_matches(const struct worker *worker, const struct worker_state *state,
                            struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->branch, BC_ROOT_NODE, bad_name, &attr, report))
        return false;
    if (attr.size_bytes != 0)
        return complain(report, "the file of the refused text has content");
    char expected[64], seen[64];
    size_t size = format_bad(expected, state->rejected), done;
    enum bc_status st =
        bc_rejected_read(worker->branch, slice(bad_name), 0, seen, sizeof seen, &done);
    if (!state->rejected)
        return st == BC_NOT_FOUND || failed(report, "rejected without a refusal", st, NULL);
    if (st)
        return failed(report, "rejected", st, NULL);
    return (done == size && memcmp(seen, expected, size) == 0) ||
           complain(report, "the refused text is '%.*s', not '%s'", (int)done, seen, expected);
}

struct fork_search {
    const char *prefix;
    const char *wanted;
    unsigned found;
    unsigned others;
};

static enum bc_status count_fork(void *context, const struct bc_branch_info *info)
{
    struct fork_search *search = context;
    if (strcmp(info->name, search->wanted) == 0)
        search->found++;
    else if (strncmp(info->name, search->prefix, strlen(search->prefix)) == 0)
        search->others++;
    return BC_OK;
}

static bool fork_has_lines(const struct worker *worker, const struct worker_state *state,
                           const char *name, struct worker_report *report)
{
    struct bc_branch *fork;
    enum bc_status st = bc_branch_open(worker->repo, slice(name), &fork);
    if (st)
        return failed(report, name, st, NULL);
    /* The text's name then is not known any more: it is the only one whose name starts so. */
    bool good = false;
    for (uint64_t i = 0; i < 15 && !good; i++) {
        struct worker_state then = *state;
        then.name = i;
        uint64_t folder;
        struct bc_attr attr;
        if (find_text(worker, fork, &then, &folder, &attr, report))
            good = has_lines(worker, fork, &attr, state->fork_low, state->fork_high, report);
    }
    bc_branch_release(fork);
    return good;
}

static bool fork_matches(const struct worker *worker, const struct worker_state *state,
                         struct worker_report *report)
{
    char prefix[48], name[48] = "";
    snprintf(prefix, sizeof prefix, "fork-%u-", worker->number);
    if (state->fork)
        fork_name(worker, state->fork, name);
    struct fork_search search = {.prefix = prefix, .wanted = name};
    enum bc_status st = bc_branch_each(worker->repo, count_fork, &search);
    if (st)
        return failed(report, "branches", st, NULL);
    if (search.found != (state->fork != 0) || search.others)
        return complain(report, "of '%s' there are %u branches, and %u that should not be", name,
                        search.found, search.others);
    return !state->fork || fork_has_lines(worker, state, name, report);
}

/* The shared file has the lines of all workers; here it is this one's that count. */
static bool share_matches(const struct worker *worker, const struct worker_state *state,
                          struct worker_report *report)
{
    struct bc_attr attr;
    if (!find(worker->shared, BC_ROOT_NODE, shared_name, &attr, report))
        return false;
    struct bc_file_text *text;
    enum bc_status st = bc_file_text_open(worker->shared, attr.node, &text, NULL);
    if (st)
        return failed(report, "open shared text", st, NULL);
    struct bc_text_cursor *cursor = NULL;
    st = bc_text_cursor_new(bc_file_text_view(text), &cursor);
    char prefix[64];
    int length = snprintf(prefix, sizeof prefix, "<http://example.org/worker/%u/", worker->number);
    if (!st)
        st = bc_text_cursor_seek(cursor, bc_slice(prefix, (size_t)length));
    bool same = true;
    uint64_t number = 0;
    for (struct bc_slice line; same && !st; number++) {
        st = bc_text_cursor_next(cursor, &line);
        if (st || line.size < (size_t)length || memcmp(line.data, prefix, (size_t)length) != 0)
            break;
        char expected[LINE_ROOM];
        size_t size = format_line(expected, worker->number, number);
        same = bc_slice_equal(line, bc_slice(expected, size));
    }
    bc_text_cursor_free(cursor);
    bc_file_text_release(text);
    if (st && st != BC_NO_DATA)
        return failed(report, "read shared text", st, NULL);
    return (same && number == state->shared) ||
           complain(report, "the shared text has %" PRIu64 " lines of the worker, not %" PRIu64,
                    number, state->shared);
}

bool worker_matches(const struct worker *worker, const struct worker_state *state,
                    struct worker_report *report)
{
    return text_matches(worker, state, report) && tree_matches(worker, report) &&
           graph_matches(worker, state, report) && plain_matches(worker, state, report) &&
           refusal_matches(worker, state, report) && fork_matches(worker, state, report) &&
           share_matches(worker, state, report);
}

/* --- coming and going */

static void own_name(const struct worker *worker, char name[32])
{
    snprintf(name, 32, "worker-%u", worker->number);
}

bool worker_open(struct worker *worker, struct worker_report *report)
{
    char name[32];
    own_name(worker, name);
    enum bc_status st = bc_branch_open(worker->repo, slice("main"), &worker->shared);
    if (!st)
        st = bc_branch_open(worker->repo, slice(name), &worker->branch);
    return !st || failed(report, name, st, NULL);
}

void worker_close(struct worker *worker)
{
    bc_branch_release(worker->branch);
    bc_branch_release(worker->shared);
    worker->branch = worker->shared = NULL;
}

bool worker_create(struct worker *worker, struct worker_state *state, struct worker_report *report)
{
    char name[32];
    own_name(worker, name);
    struct bc_error err = {0};
    struct bc_attr attr;
    enum bc_status st = bc_branch_open(worker->repo, slice("main"), &worker->shared);
    if (!st)
        st = bc_branch_fork(worker->shared, slice(name), &(struct bc_owner){0}, &worker->branch,
                            &err);
    struct bc_make folder = {.kind = BC_DIRECTORY, .mode = 0755};
    if (!st)
        st = bc_tree_make(worker->branch, BC_ROOT_NODE, slice("folder"), &folder, &attr);
    if (st)
        return failed(report, "create", st, &err);
    *state = (struct worker_state){.mode = 0644};
    bool in_folder;
    char text[32];
    text_name(state, text, &in_folder);
    return make_file(worker->branch, text, &attr, report) &&
           make_file(worker->branch, copy_name, &attr, report) &&
           make_file(worker->branch, bad_name, &attr, report) &&
           make_file(worker->branch, plain_name, &attr, report) &&
           make_file(worker->branch, graph_name(state), &attr, report) &&
           make_file(worker->shared, shared_name, &attr, report);
}
