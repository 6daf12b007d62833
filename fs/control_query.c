/* `match` and `count`: a question is written, and the answer read from the same open file.
 *
 * All that is written before the answer is read is one question: a shell writes each line by
 * itself. The first read begins the answer, about the branch as it is then; the next write begins
 * another question. `match` answers with statements while they are found, those of each file behind
 * a line "# PATH", unless the question is about one file: so the answer is N-Quads. Who may read
 * the branch may ask.
 *
 * A search can take long. It runs on a thread of the pool for questions, and the read waits
 * without occupying any other. A signal takes the read away and not what is found meanwhile, which
 * the next read gets; closing the file ends the search. */
#include "branchcore/repo_prefixes.h"
#include "fs/control.h"
#include "fs/count_answer.h"
#include "fs/line.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

enum { QUESTION_MAX = BC_PATTERN_BYTES_MAX + (64 << 10), BUFFER_BYTES = 4096 };

static const char how_to_match[] =
    "# Open this file for reading and writing, write a pattern, and read what matches, such as\n"
    "#   exec 3<>match; echo '?s rdf:type ?class' >&3; cat <&3; exec 3>&-\n"
    "# or call: triplefs match '?s rdf:type ?class'\n";
static const char how_to_count[] =
    "# Open this file for reading and writing, write a pattern, and read how many match, such as\n"
    "#   exec 3<>count; printf 'by class\\n? a ?\\n' >&3; cat <&3; exec 3>&-\n"
    "# or call: triplefs count --by class '? a ?'\n";

struct query_handle;

/* A read, or a write of text. */
struct request {
    struct request *next;
    fuse_req_t req;
    struct query_handle *handle;
    bool writes;
    size_t size;
    char text[];
};

struct query_handle {
    struct tfs_handle base; /* its lock guards what is before `stop` */
    struct request *first;  /* that wait, in order */
    bool busy;              /* the job is queued or runs */
    pthread_cond_t rest;    /* it is not busy any more */
    struct tfs_job job;     /* answers one request after the other */
    atomic_bool stop;       /* what is being searched for is not wanted any more */

    /* The job's alone. */
    bool counting;
    bool answering;        /* nothing can be added to the question any more */
    struct bc_buffer text; /* the question, which `query` is made of if it is parsed */
    bool parsed;
    struct tfs_query query;
    struct bc_progress_item *progress;
    struct bc_match *match; /* NULL: nothing more comes */
    bool one_file;
    struct bc_buffer file; /* whose statements were given last */
    struct bc_buffer head; /* what is given next, before `lines` */
    size_t head_at;
    struct bc_slice lines;  /* of the match's last part */
    enum bc_status failure; /* of the question or its answer */
    bool refused;           /* the question: nothing is added to it until that was read */
};

/* Questions. */

static struct bc_branch *branch_of(const struct query_handle *self)
{
    return self->base.inode->branch->branch;
}

static void end_search(struct query_handle *self)
{
    bc_match_free(self->match);
    self->match = NULL;
    bc_progress_end(self->progress);
    self->progress = NULL;
    self->lines = bc_slice("", 0);
}

/* Forgets the question and its answer. */
static void drop_question(struct query_handle *self)
{
    end_search(self);
    tfs_query_release(&self->query);
    bc_buffer_clear(&self->text);
    bc_buffer_clear(&self->file);
    bc_buffer_clear(&self->head);
    self->head_at = 0;
    self->parsed = false;
    self->answering = false;
    self->failure = BC_OK;
    self->refused = false;
}

static enum bc_status check_path(struct query_handle *self, struct bc_error *err)
{
    struct bc_slice path = self->query.path;
    struct bc_attr attr;
    enum bc_status st = path.size > 0 ? bc_tree_find(branch_of(self), path, &attr) : BC_OK;
    if (st != BC_NOT_FOUND && st != BC_NOT_DIRECTORY)
        return st;
    return bc_fail(err, st, "there is no '%.*s' in the branch: name a triple file or a folder",
                   path.size < 300 ? (int)path.size : 300, path.data);
}

static enum bc_status parse(struct query_handle *self, struct bc_error *err)
{
    struct bc_slice text = bc_buffer_slice(&self->text);
    tfs_query_release(&self->query);
    self->parsed = false;
    if (memchr(text.data, 0, text.size))
        return bc_fail(err, BC_INVALID, "a NUL is in it");
    struct bc_prefixes prefixes = {0};
    enum bc_status st = bc_repo_prefixes(self->base.mount->repo, false, &prefixes, NULL);
    if (!st)
        st = tfs_query_parse(text, self->counting, &prefixes, &self->query, err);
    bc_prefixes_release(&prefixes);
    if (!st)
        st = check_path(self, err);
    self->parsed = !st;
    return st;
}

/* What a tool writes by whole buffers may be cut within a line. */
static bool may_be_cut(struct bc_slice part)
{
    return part.size % BUFFER_BYTES == 0 && part.size > 0 && part.data[part.size - 1] != '\n';
}

static enum bc_status add_text(struct query_handle *self, struct bc_slice part,
                               struct bc_error *err)
{
    if (self->answering)
        drop_question(self);
    if (part.size > QUESTION_MAX - self->text.size)
        return bc_fail(err, BC_TOO_LARGE, "a question may have %d bytes, not %zu",
                       (int)QUESTION_MAX, self->text.size + part.size);
    enum bc_status st = bc_buffer_append(&self->text, part.data, part.size);
    if (st)
        return st;
    self->parsed = false;
    return may_be_cut(part) ? BC_OK : parse(self, err);
}

/* Answers. */

static enum bc_status count(struct query_handle *self, const struct bc_match_source *source,
                            struct bc_error *err)
{
    struct bc_aggregate counts;
    struct bc_aggregate_options options = {
        .match = {.limit = self->query.limit, .progress = self->progress, .stop = &self->stop},
        .by = self->query.by,
        .top = self->query.top,
        .numbers = self->query.numbers,
    };
    enum bc_status st = bc_aggregate(source, self->query.pattern, &options, &counts, err);
    if (st)
        return st;
    st = tfs_count_answer(&self->query, &counts, &self->head);
    bc_aggregate_release(&counts);
    end_search(self);
    return st;
}

static bool is_file(struct bc_branch *branch, struct bc_slice path)
{
    struct bc_attr attr;
    return path.size > 0 && bc_tree_find(branch, path, &attr) == BC_OK && attr.kind == BC_FILE;
}

static enum bc_status start_match(struct query_handle *self, const struct bc_match_source *source,
                                  struct bc_error *err)
{
    struct bc_match_options options = {
        .limit = self->query.limit, .progress = self->progress, .stop = &self->stop};
    self->one_file = is_file(source->branch, source->path);
    return bc_match_new(source, self->query.pattern, &options, &self->match, err);
}

static enum bc_status begin_answer(struct query_handle *self, struct bc_error *err)
{
    struct tfs_mount *mount = self->base.mount;
    self->answering = true;
    if (self->text.size == 0)
        return bc_fail(err, BC_NO_DATA, "nothing was asked: write a pattern before you read");
    enum bc_status st = self->parsed ? BC_OK : parse(self, err);
    if (st)
        return st;
    struct bc_match_source source = {.branch = branch_of(self), .path = self->query.path};
    self->progress =
        bc_progress_begin(bc_repo_progress(mount->repo), self->base.inode->control->name);
    return self->counting ? count(self, &source, err) : start_match(self, &source, err);
}

/* The line that names the file of a part, if it is another than before. */
static enum bc_status put_file(struct query_handle *self, struct bc_slice path)
{
    bc_buffer_clear(&self->head);
    self->head_at = 0;
    if (self->one_file || bc_slice_equal(path, bc_buffer_slice(&self->file)))
        return BC_OK;
    char *name = bc_copy_string(path.data, path.size);
    if (!name)
        return BC_NO_MEMORY;
    bc_buffer_clear(&self->file);
    enum bc_status st = bc_buffer_append(&self->file, path.data, path.size);
    if (!st)
        st = bc_buffer_append(&self->head, "# ", 2);
    if (!st)
        st = tfs_path_append(&self->head, name);
    bc_free(name);
    return st ? st : bc_buffer_append(&self->head, "\n", 1);
}

static enum bc_status next_part(struct query_handle *self)
{
    struct bc_match_part part;
    enum bc_status st = bc_match_next(self->match, &part);
    if (st == BC_NO_DATA) {
        end_search(self);
        return BC_OK;
    }
    if (!st)
        st = put_file(self, part.path);
    if (!st)
        self->lines = part.lines;
    return st;
}

static struct bc_slice head_left(const struct query_handle *self)
{
    return bc_slice(self->head.data + self->head_at, self->head.size - self->head_at);
}

/* Sees to it that there is something to read, or `failure` says why there is not, or it is the end.
 * May take long. */
static void find_some(struct query_handle *self)
{
    struct bc_error err = {{0}};
    enum bc_status st = self->failure;
    if (st)
        return;
    if (!self->answering)
        st = begin_answer(self, &err);
    while (!st && self->match && head_left(self).size == 0 && self->lines.size == 0)
        st = next_part(self);
    if (!st)
        return;
    self->failure = st;
    end_search(self);
    bc_buffer_clear(&self->head);
    self->head_at = 0;
    if (st == BC_CANCELLED)
        return;
    if (!err.text[0])
        (void)bc_fail(&err, st, "%s", bc_status_text(st));
    tfs_note(self->base.mount, self->base.inode->branch, "read", self->base.inode->control->name,
             st, &err);
}

static size_t at_most(size_t size, size_t room)
{
    return size < room ? size : room;
}

static void reply_read(struct query_handle *self, const struct request *request)
{
    struct bc_slice head = head_left(self);
    head.size = at_most(head.size, request->size);
    size_t more = at_most(self->lines.size, request->size - head.size);
    self->refused = false;
    if (self->failure) {
        tfs_reply_status(request->req, self->failure);
        return;
    }
    struct iovec parts[2] = {{(void *)(uintptr_t)head.data, head.size},
                             {(void *)(uintptr_t)self->lines.data, more}};
    tfs_count(self->base.mount, TFS_COUNT_READ_BYTES, head.size + more);
    (void)fuse_reply_iov(request->req, parts, 2);
    self->head_at += head.size;
    self->lines = bc_slice(self->lines.data + more, self->lines.size - more);
}

/* Shells write each line by itself and may go on when one was refused: what is left of a question
 * must not be answered as if it were all of it. */
static void refuse_question(struct query_handle *self, enum bc_status status)
{
    drop_question(self);
    self->answering = true;
    self->refused = true;
    self->failure = status;
}

static void do_write(struct query_handle *self, const struct request *request)
{
    struct bc_error err = {{0}};
    atomic_store(&self->stop, false);
    if (self->refused) {
        tfs_reply_status(request->req, self->failure);
        return;
    }
    enum bc_status st = add_text(self, bc_slice(request->text, request->size), &err);
    if (st)
        refuse_question(self, st);
    if (tfs_note_command(self->base.mount, self->base.inode, st, &err))
        tfs_reply_status(request->req, st);
    else
        (void)fuse_reply_write(request->req, request->size);
}

/* Requests. */

static bool first_reads(struct query_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    bool reads = self->first && !self->first->writes;
    (void)pthread_mutex_unlock(&self->base.lock);
    return reads;
}

static struct request *take_first(struct query_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    struct request *first = self->first;
    self->first = first ? first->next : NULL;
    (void)pthread_mutex_unlock(&self->base.lock);
    return first;
}

/* Goes on with what came meanwhile, behind the jobs of others. Once it is not busy any more the
 * handle may be gone. */
static void go_on(struct query_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    self->busy = self->first != NULL;
    if (self->busy)
        tfs_pool_submit(self->base.mount->questions, &self->job);
    else
        (void)pthread_cond_broadcast(&self->rest);
    (void)pthread_mutex_unlock(&self->base.lock);
}

/* Whoever waits is taken when there is something to answer with, not before: until then a signal
 * may take him away. */
static void run_request(struct tfs_job *job)
{
    struct query_handle *self =
        (struct query_handle *)((char *)job - offsetof(struct query_handle, job));
    if (first_reads(self))
        find_some(self);
    struct request *request = take_first(self);
    if (request) {
        /* From here on nobody calls `interrupted` with it. */
        fuse_req_interrupt_func(request->req, NULL, NULL);
        if (request->writes)
            do_write(self, request);
        else
            reply_read(self, request);
        bc_free(request);
    }
    go_on(self);
}

/* False: it was taken already. */
static bool unlink_request(struct request *request)
{
    struct query_handle *self = request->handle;
    (void)pthread_mutex_lock(&self->base.lock);
    struct request **link = &self->first;
    while (*link && *link != request)
        link = &(*link)->next;
    bool found = *link != NULL;
    if (found)
        *link = request->next;
    (void)pthread_mutex_unlock(&self->base.lock);
    return found;
}

static void interrupted(fuse_req_t req, void *context)
{
    struct request *request = context;
    if (!unlink_request(request))
        return;
    (void)fuse_reply_err(req, EINTR);
    bc_free(request);
}

/* With the lock held. */
static void add_request(struct query_handle *self, struct request *request)
{
    /* A search that nobody waits for must not hold up the next question. */
    if (request->writes && !self->first && self->busy)
        atomic_store(&self->stop, true);
    struct request **last = &self->first;
    while (*last)
        last = &(*last)->next;
    *last = request;
    if (!self->busy)
        tfs_pool_submit(self->base.mount->questions, &self->job);
    self->busy = true;
}

static struct request *new_request(fuse_req_t req, struct tfs_handle *handle, const char *text,
                                   size_t size)
{
    size_t copied = text ? size : 0;
    struct request *request = bc_alloc_zero(sizeof *request + copied);
    if (!request)
        return NULL;
    request->req = req;
    request->handle = (struct query_handle *)handle;
    request->writes = text != NULL;
    request->size = size;
    if (copied > 0)
        memcpy(request->text, text, copied);
    return request;
}

/* Whom a signal calls away is known before he is in the row, so that the signal either finds him
 * there or is seen here. */
static void query_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    (void)offset;
    struct query_handle *self = (struct query_handle *)handle;
    struct request *request = new_request(req, handle, NULL, size);
    if (!request) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    fuse_req_interrupt_func(req, interrupted, request);
    (void)pthread_mutex_lock(&handle->lock);
    bool cut = fuse_req_interrupted(req);
    if (!cut)
        add_request(self, request);
    (void)pthread_mutex_unlock(&handle->lock);
    if (!cut)
        return;
    fuse_req_interrupt_func(req, NULL, NULL);
    (void)fuse_reply_err(req, EINTR);
    bc_free(request);
}

static void query_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                        uint64_t offset)
{
    (void)offset;
    struct request *request = new_request(req, handle, from, size);
    if (!request) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    (void)pthread_mutex_lock(&handle->lock);
    add_request((struct query_handle *)handle, request);
    (void)pthread_mutex_unlock(&handle->lock);
}

/* At the end of the mount somebody may still wait. */
static struct request *come_to_rest(struct query_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    struct request *left = self->first;
    self->first = NULL;
    atomic_store(&self->stop, true);
    while (self->busy)
        (void)pthread_cond_wait(&self->rest, &self->base.lock);
    (void)pthread_mutex_unlock(&self->base.lock);
    return left;
}

static void query_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct query_handle *self = (struct query_handle *)handle;
    struct request *left = come_to_rest(self);
    while (left) {
        struct request *next = left->next;
        fuse_req_interrupt_func(left->req, NULL, NULL);
        (void)fuse_reply_err(left->req, ENODEV);
        bc_free(left);
        left = next;
    }
    drop_question(self);
    bc_buffer_release(&self->text);
    bc_buffer_release(&self->file);
    bc_buffer_release(&self->head);
    (void)pthread_cond_destroy(&self->rest);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops reader_ops = {
    .read = query_read, .close = query_close, .slow_close = true};
static const struct tfs_handle_ops writer_ops = {
    .read = query_read, .write = query_write, .close = query_close, .slow_close = true};

enum bc_status tfs_query_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    bool writes = tfs_may_write(fi->flags);
    struct query_handle *self =
        tfs_handle_new(mount, inode, fi->flags, sizeof *self, writes ? &writer_ops : &reader_ops);
    if (!self)
        return BC_NO_MEMORY;
    (void)pthread_cond_init(&self->rest, NULL);
    self->job.run = run_request;
    self->counting = inode->control->kind == TFS_CONTROL_COUNT;
    self->lines = bc_slice("", 0);
    self->answering = !writes;
    const char *how = self->counting ? how_to_count : how_to_match;
    enum bc_status st = writes ? BC_OK : bc_buffer_append(&self->head, how, strlen(how));
    if (st) {
        query_close(mount, &self->base);
        return st;
    }
    fi->nonseekable = 1;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
