#include "tools/canon_file.h"

#include "formats/formats.h"
#include "tools/cores.h"
#include "tools/engine.h"
#include "tools/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20, MEMORY_BYTES = 128 << 20 };

bool tfs_canon_take_hash(const char *command, const char *text, struct tfs_canon_choice *choice)
{
    if (strcmp(text, "sha256") == 0)
        choice->hash = BC_CANON_SHA256;
    else if (strcmp(text, "sha384") == 0)
        choice->hash = BC_CANON_SHA384;
    else
        return tfs_say_usage(command, "--hash takes sha256 or sha384, not '%s'", text) == TFS_DONE;
    return true;
}

bool tfs_canon_take_limit(const char *command, const char *text, struct tfs_canon_choice *choice)
{
    if (strlen(text) <= 18 && tfs_number_parse(text, &choice->limit) && choice->limit > 0)
        return true;
    return tfs_say_usage(command, "--limit takes a number from 1 on, not '%s'", text) == TFS_DONE;
}

static const char *temporary_directory(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && directory[0] ? directory : "/var/tmp";
}

int tfs_canon_begin(struct tfs_canon *self, const struct tfs_canon_choice *choice)
{
    struct bc_error error = {0};
    *self = (struct tfs_canon){0};
    enum bc_status st = tfs_engine_choose(NULL, &self->compute, &error);
    if (!st)
        st = bc_pool_new(tfs_core_count(), &self->pool);
    struct bc_canon_options options = {
        .hash = choice->hash,
        .limit = choice->limit,
        .sorting = {.directory = temporary_directory(),
                    .memory_bytes = MEMORY_BYTES,
                    .compute = self->compute,
                    .pool = self->pool},
    };
    if (!st)
        st = bc_canon_new(&options, &self->canon);
    self->piece = st ? NULL : bc_alloc(PIECE_BYTES);
    if (!st && !self->piece)
        st = BC_NO_MEMORY;
    if (!st)
        return TFS_DONE;
    tfs_say_error(st, &error, "cannot make a canonical form");
    return TFS_FAILED;
}

void tfs_canon_end(struct tfs_canon *self)
{
    bc_canon_free(self->canon);
    bc_pool_free(self->pool);
    bc_free(self->piece);
    *self = (struct tfs_canon){0};
}

static enum bc_status take_line(void *context, struct bc_slice line, bool quad)
{
    const struct tfs_canon *self = context;
    (void)quad;
    return bc_canon_add(self->canon, line);
}

static int fail(enum bc_status status, const char *name)
{
    tfs_say_error(status, NULL, "cannot read %s", name);
    return TFS_FAILED;
}

static int refuse(const struct bc_syntax_reader *reader, const char *name)
{
    struct bc_buffer text = {0};
    const struct bc_syntax_error *error = reader->ops->error(reader);
    if (!error || bc_syntax_error_format(error, name, &text))
        return fail(BC_SYNTAX, name);
    tfs_say("%.*s", (int)text.size - 1, text.data);
    bc_buffer_release(&text);
    return TFS_FAILED;
}

static int feed(struct tfs_canon *self, struct bc_syntax_reader *reader, int file, const char *name)
{
    enum bc_status st = BC_OK;
    ssize_t got = 1;
    while (!st && got) {
        got = read(file, self->piece, PIECE_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            tfs_say("cannot read %s: %s", name, strerror(errno));
            return TFS_FAILED;
        }
        st = reader->ops->feed(reader, self->piece, (size_t)got);
    }
    if (!st)
        st = reader->ops->finish(reader);
    if (st == BC_SYNTAX)
        return refuse(reader, name);
    return st ? fail(st, name) : TFS_DONE;
}

/* Relative IRIs are about the file where it is. */
static enum bc_status base_of(const char *name, struct bc_buffer *base)
{
    char path[PATH_MAX];
    if (!realpath(name, path))
        return BC_OK;
    return bc_base_of_path(bc_slice(path + 1, strlen(path) - 1), base);
}

static int read_open(struct tfs_canon *self, int file, const char *name, const char *path)
{
    struct bc_buffer base = {0};
    enum bc_syntax syntax = BC_NQUADS;
    struct bc_syntax_reader *reader = NULL;
    enum bc_status st = path ? base_of(path, &base) : BC_OK;
    if (path && !bc_syntax_of_name(bc_slice(path, strlen(path)), &syntax))
        syntax = BC_NQUADS;
    struct bc_reading reading = {.compute = self->compute,
                                 .sink = take_line,
                                 .context = self,
                                 .base = bc_buffer_slice(&base)};
    if (!st)
        st = bc_syntax_reader_new(fmt_formats(), syntax, &reading, &reader);
    int result = st ? fail(st, name) : feed(self, reader, file, name);
    bc_syntax_reader_free(reader);
    bc_buffer_release(&base);
    return result;
}

int tfs_canon_read(struct tfs_canon *self, const char *name)
{
    if (strcmp(name, "-") == 0)
        return read_open(self, STDIN_FILENO, "standard input", NULL);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        tfs_say("cannot read %s: %s", name, strerror(errno));
        return TFS_FAILED;
    }
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    int result = read_open(self, file, name, name);
    close(file);
    return result;
}

int tfs_canon_finish(struct tfs_canon *self, const char *name)
{
    struct bc_error error = {0};
    enum bc_status st = bc_canon_finish(self->canon, &error);
    const char *shown = strcmp(name, "-") == 0 ? "standard input" : name;
    if (!st)
        return TFS_DONE;
    if (st == BC_TOO_LARGE && strstr(error.text, " steps "))
        tfs_say("%s: %s; --limit raises it", shown, error.text);
    else if (error.text[0])
        tfs_say("%s: %s", shown, error.text);
    else
        tfs_say_error(st, NULL, "cannot make the canonical form of %s", shown);
    return TFS_FAILED;
}

int tfs_canon_next(struct tfs_canon *self, struct bc_buffer *lines)
{
    bc_buffer_clear(lines);
    enum bc_status st = bc_canon_next_block(self->canon, PIECE_BYTES, lines);
    if (!st || st == BC_NO_DATA)
        return TFS_DONE;
    tfs_say_error(st, NULL, "cannot read what was sorted");
    return TFS_FAILED;
}
