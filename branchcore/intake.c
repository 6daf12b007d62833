#include "branchcore/intake.h"

enum {
    PIECE_BYTES = 512 << 10,
    PIECES = 4, /* waiting for the parser */
    LEAST_MEMORY = 8 << 20
};

struct bc_intake {
    struct bc_repo *repo;
    bool insist;
    struct bc_syntax_reader *reader; /* of the thread while that runs */
    enum bc_status failed;           /* of the caller's side */
    bool finished;
    atomic_uint_fast64_t parsed;

    /* While small. */
    struct bc_buffer text; /* canonical lines, one behind the other */
    size_t line_count;
    struct bc_line *lines; /* after finish */
    size_t next;           /* of the stream */

    /* Once large. */
    struct bc_sorter *sorter;
    size_t memory_bytes; /* of the repository's budget */
    struct bc_buffer filling;
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t changed;
    struct bc_buffer queue[PIECES];
    size_t queue_first;
    size_t queue_count;
    struct bc_buffer spare; /* memory of a piece that was parsed */
    bool closing;
    enum bc_status thread_failed;
};

static enum bc_status take_line(void *context, struct bc_slice line, bool quad)
{
    struct bc_intake *intake = context;
    (void)quad;
    if (intake->sorter)
        return bc_sorter_add(intake->sorter, line);
    enum bc_status st = bc_buffer_append(&intake->text, line.data, line.size);
    intake->line_count += !st;
    return st;
}

enum bc_status bc_intake_new(struct bc_repo *repo, enum bc_syntax syntax,
                             const struct bc_reading *reading, bool insist,
                             struct bc_intake **intake)
{
    struct bc_reading with = reading ? *reading : (struct bc_reading){0};
    struct bc_intake *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->repo = repo;
    made->insist = insist;
    with.compute = repo->compute;
    with.sink = take_line;
    with.context = made;
    enum bc_status st = bc_syntax_reader_new(repo->formats, syntax, &with, &made->reader);
    if (st) {
        bc_free(made);
        return st;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    *intake = made;
    return BC_OK;
}

/* The share of the repository's memory is what other intakes leave, halved. */
static enum bc_status reserve_memory(struct bc_intake *intake)
{
    struct bc_repo *repo = intake->repo;
    size_t used = atomic_load(&repo->intake_bytes);
    size_t share;
    do {
        size_t left = used < repo->memory_bytes ? repo->memory_bytes - used : 0;
        if (!left && !intake->insist)
            return BC_BUSY;
        share = left / 2 > LEAST_MEMORY ? left / 2 : LEAST_MEMORY;
    } while (!atomic_compare_exchange_weak(&repo->intake_bytes, &used, used + share));
    intake->memory_bytes = share;
    return BC_OK;
}

static void return_memory(struct bc_intake *intake)
{
    atomic_fetch_sub(&intake->repo->intake_bytes, intake->memory_bytes);
    intake->memory_bytes = 0;
}

/* The parser's thread. */

static enum bc_status parse(struct bc_intake *intake, const void *data, size_t size)
{
    enum bc_status st = intake->reader->ops->feed(intake->reader, data, size);
    if (!st)
        atomic_fetch_add_explicit(&intake->parsed, size, memory_order_relaxed);
    return st;
}

/* Takes the first piece, waiting for one; false if there will be none, or nobody wants it. */
static bool take_piece(struct bc_intake *intake, struct bc_buffer *piece)
{
    pthread_mutex_lock(&intake->lock);
    while (!intake->queue_count && !intake->closing && !intake->thread_failed)
        pthread_cond_wait(&intake->changed, &intake->lock);
    bool any = intake->queue_count > 0 && !intake->thread_failed;
    if (any) {
        *piece = intake->queue[intake->queue_first];
        intake->queue[intake->queue_first] = (struct bc_buffer){0};
        intake->queue_first = (intake->queue_first + 1) % PIECES;
        intake->queue_count--;
        pthread_cond_broadcast(&intake->changed);
    }
    pthread_mutex_unlock(&intake->lock);
    return any;
}

/* Keeps the memory of a parsed piece for the next one, and a failure for the caller. */
static void give_spare(struct bc_intake *intake, struct bc_buffer *piece, enum bc_status st)
{
    pthread_mutex_lock(&intake->lock);
    struct bc_buffer old = intake->spare;
    bc_buffer_clear(piece);
    intake->spare = *piece;
    if (st && !intake->thread_failed) {
        intake->thread_failed = st;
        pthread_cond_broadcast(&intake->changed);
    }
    pthread_mutex_unlock(&intake->lock);
    bc_buffer_release(&old);
}

static void *run_thread(void *context)
{
    struct bc_intake *intake = context;
    struct bc_buffer piece;
    while (take_piece(intake, &piece)) {
        enum bc_status st = parse(intake, piece.data, piece.size);
        give_spare(intake, &piece, st);
    }
    return NULL;
}

/* The caller's side. */

static enum bc_status move_lines_to_sorter(struct bc_intake *intake, struct bc_sorter *sorter)
{
    const char *at = intake->text.data;
    for (size_t i = 0; i < intake->line_count; i++) {
        const char *behind = (const char *)rawmemchr(at, '\n') + 1;
        enum bc_status st = bc_sorter_add(sorter, bc_slice(at, (size_t)(behind - at)));
        if (st)
            return st;
        at = behind;
    }
    bc_buffer_release(&intake->text);
    return BC_OK;
}

static enum bc_status become_large(struct bc_intake *intake)
{
    enum bc_status st = reserve_memory(intake);
    if (st)
        return st;
    struct bc_sorter_options options = {
        .directory = intake->repo->spool_directory,
        .memory_bytes = intake->memory_bytes,
        .compute = intake->repo->compute,
        .pool = intake->repo->pool,
    };
    struct bc_sorter *sorter;
    st = bc_sorter_new(&options, &sorter);
    if (st)
        return st;
    st = move_lines_to_sorter(intake, sorter);
    intake->sorter = sorter;
    /* Without a thread, for want of one, the caller parses. */
    if (!st)
        intake->has_thread = !pthread_create(&intake->thread, NULL, run_thread, intake);
    return st;
}

static enum bc_status push_filling(struct bc_intake *intake)
{
    pthread_mutex_lock(&intake->lock);
    while (intake->queue_count == PIECES && !intake->thread_failed)
        pthread_cond_wait(&intake->changed, &intake->lock);
    enum bc_status st = intake->thread_failed;
    if (!st) {
        size_t last = (intake->queue_first + intake->queue_count) % PIECES;
        intake->queue[last] = intake->filling;
        intake->queue_count++;
        intake->filling = intake->spare;
        intake->spare = (struct bc_buffer){0};
        pthread_cond_broadcast(&intake->changed);
    }
    pthread_mutex_unlock(&intake->lock);
    return st;
}

static enum bc_status feed_thread(struct bc_intake *intake, const char *data, size_t size)
{
    while (size) {
        size_t room = PIECE_BYTES - intake->filling.size;
        size_t part = size < room ? size : room;
        enum bc_status st = bc_buffer_append(&intake->filling, data, part);
        if (!st && part == room)
            st = push_filling(intake);
        if (st)
            return st;
        data += part;
        size -= part;
    }
    return BC_OK;
}

static enum bc_status feed(struct bc_intake *intake, const void *data, size_t size)
{
    uint64_t before = atomic_load_explicit(&intake->parsed, memory_order_relaxed);
    enum bc_status st = BC_OK;
    if (!intake->sorter && (size > BC_INTAKE_SMALL || before + size > BC_INTAKE_SMALL))
        st = become_large(intake);
    if (!st && intake->has_thread)
        return feed_thread(intake, data, size);
    return st ? st : parse(intake, data, size);
}

enum bc_status bc_intake_feed(struct bc_intake *intake, const void *data, size_t size)
{
    if (intake->finished)
        return BC_INVALID;
    if (!intake->failed)
        intake->failed = feed(intake, data, size);
    return intake->failed;
}

static void join_thread(struct bc_intake *intake)
{
    if (!intake->has_thread)
        return;
    pthread_mutex_lock(&intake->lock);
    intake->closing = true;
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->lock);
    pthread_join(intake->thread, NULL);
    intake->has_thread = false;
}

static enum bc_status sort_lines(struct bc_intake *intake)
{
    struct bc_line *lines = bc_alloc_array(intake->line_count, sizeof *lines);
    if (!lines)
        return BC_NO_MEMORY;
    const char *at = intake->text.data;
    for (size_t i = 0; i < intake->line_count; i++) {
        const char *behind = (const char *)rawmemchr(at, '\n') + 1;
        lines[i] = (struct bc_line){at, (uint32_t)(behind - at)};
        at = behind;
    }
    const struct bc_compute *compute = intake->repo->compute;
    intake->lines = lines;
    return compute->sort_unique(compute, lines, &intake->line_count);
}

static enum bc_status finish(struct bc_intake *intake)
{
    enum bc_status st = intake->has_thread ? push_filling(intake) : BC_OK;
    join_thread(intake);
    if (!st)
        st = intake->thread_failed;
    if (!st)
        st = intake->reader->ops->finish(intake->reader);
    if (st)
        return st;
    return intake->sorter ? bc_sorter_finish(intake->sorter) : sort_lines(intake);
}

enum bc_status bc_intake_finish(struct bc_intake *intake)
{
    if (!intake->failed && !intake->finished)
        intake->failed = finish(intake);
    intake->finished = true;
    return intake->failed;
}

const struct bc_syntax_error *bc_intake_error(const struct bc_intake *intake)
{
    /* The reader is the thread's until that has failed or ended. */
    return intake->failed == BC_SYNTAX ? intake->reader->ops->error(intake->reader) : NULL;
}

uint64_t bc_intake_parsed(const struct bc_intake *intake)
{
    return atomic_load_explicit(&intake->parsed, memory_order_relaxed);
}

bool bc_intake_is_large(const struct bc_intake *intake)
{
    return intake->sorter;
}

bool bc_intake_lines(const struct bc_intake *intake, const struct bc_line **lines, size_t *count)
{
    if (intake->sorter)
        return false;
    *lines = intake->lines;
    *count = intake->line_count;
    return true;
}

const struct bc_prefixes *bc_intake_prefixes(const struct bc_intake *intake)
{
    return intake->reader->ops->prefixes(intake->reader);
}

static enum bc_status next_line(void *context, struct bc_slice *line)
{
    struct bc_intake *intake = context;
    if (intake->next == intake->line_count)
        return BC_NO_DATA;
    const struct bc_line *next = &intake->lines[intake->next++];
    *line = bc_slice(next->data, next->size);
    return BC_OK;
}

static enum bc_status rewind_lines(void *context)
{
    struct bc_intake *intake = context;
    intake->next = 0;
    return BC_OK;
}

enum bc_status bc_intake_stream(struct bc_intake *intake, struct bc_line_stream *stream)
{
    if (intake->sorter)
        *stream = bc_sorter_stream(intake->sorter);
    else
        *stream = (struct bc_line_stream){next_line, rewind_lines, intake, intake->line_count};
    return stream->rewind(stream->context);
}

void bc_intake_free(struct bc_intake *intake)
{
    if (!intake)
        return;
    pthread_mutex_lock(&intake->lock);
    if (!intake->thread_failed)
        intake->thread_failed = BC_CANCELLED;
    pthread_mutex_unlock(&intake->lock);
    join_thread(intake);
    bc_sorter_free(intake->sorter);
    if (intake->memory_bytes)
        return_memory(intake);
    for (size_t i = 0; i < PIECES; i++)
        bc_buffer_release(&intake->queue[i]);
    bc_buffer_release(&intake->filling);
    bc_buffer_release(&intake->spare);
    bc_buffer_release(&intake->text);
    bc_free(intake->lines);
    bc_syntax_reader_free(intake->reader);
    pthread_mutex_destroy(&intake->lock);
    pthread_cond_destroy(&intake->changed);
    bc_free(intake);
}
