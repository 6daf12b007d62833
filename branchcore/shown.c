#include "branchcore/shown.h"

#include "branchcore/model.h"
#include "branchcore/own_prefixes.h"
#include "branchcore/rendering.h"
#include "branchcore/repo_prefixes.h"
#include "branchcore/shown_size.h"
#include "branchcore/text_history.h"

#include <xxhash.h>

struct bc_shown {
    struct bc_repo *repo;
    atomic_uint_fast64_t refs;
    enum bc_syntax syntax;
    struct bc_file_text *text;
    struct bc_rendering *rendering; /* NULL: the text itself is shown */
    struct bc_own_prefixes own;     /* of a rendering */
};

/* A file at one moment. */
struct look {
    struct bc_attr attr;
    struct bc_rendering_key key;
    struct bc_own_prefixes own;
    struct bc_file_text *text; /* if it was wanted */
};

static void look_release(struct look *look)
{
    bc_own_prefixes_release(&look->own);
    bc_file_text_release(look->text);
}

static enum bc_status look_found(struct bc_branch *branch, const struct bc_found *found,
                                 bool want_text, struct look *look)
{
    bc_attr_of(found, &look->attr);
    look->key.node = found->id;
    look->key.layer = found->layer;
    look->key.version = found->record.version;
    enum bc_status st = want_text ? bc_file_text_of(branch, found, &look->text) : BC_OK;
    if (st || look->attr.kind != BC_FILE || look->attr.form != BC_TEXT)
        return st;
    return bc_own_prefixes_find(branch, found, &look->own);
}

static void digest_of(const struct bc_formats *formats, char kind, struct bc_slice text,
                      uint64_t digest[2])
{
    uint64_t seed = (uint64_t)formats->revision << 8 | (unsigned char)kind;
    XXH128_hash_t hash = XXH3_128bits_withSeed(text.data, text.size, seed);
    digest[0] = hash.low64;
    digest[1] = hash.high64;
}

/* Of the store's table with the known ones, which seldom changes: written down once for each. */
static enum bc_status digest_table(struct bc_repo *repo, uint64_t digest[2])
{
    struct bc_prefixes table = {0};
    struct bc_buffer text = {0};
    uint64_t generation;
    enum bc_status st = bc_repo_prefixes(repo, true, NULL, &generation);
    if (st)
        return st;
    pthread_mutex_lock(&repo->table_lock);
    bool known = repo->table_generation == generation;
    if (known)
        memcpy(digest, repo->table_digest, sizeof repo->table_digest);
    pthread_mutex_unlock(&repo->table_lock);
    if (known)
        return BC_OK;
    st = bc_repo_prefixes(repo, true, &table, &generation);
    if (!st)
        st = bc_prefixes_write(&table, &text);
    if (!st) {
        digest_of(repo->formats, 't', bc_buffer_slice(&text), digest);
        pthread_mutex_lock(&repo->table_lock);
        repo->table_generation = generation;
        memcpy(repo->table_digest, digest, sizeof repo->table_digest);
        pthread_mutex_unlock(&repo->table_lock);
    }
    bc_prefixes_release(&table);
    bc_buffer_release(&text);
    return st;
}

static enum bc_status look_at(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                              bool want_text, struct look *look)
{
    struct bc_repo *repo = branch->repo;
    struct bc_found found;
    *look = (struct look){.key.syntax = syntax};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        st = look_found(branch, &found, want_text, look);
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    if (!st && look->own.has)
        digest_of(repo->formats, 'o', bc_buffer_slice(&look->own.text), look->key.digest);
    else if (!st)
        st = digest_table(repo, look->key.digest);
    if (st)
        look_release(look);
    return st;
}

static enum bc_status fail_unsupported(enum bc_syntax syntax, struct bc_error *err)
{
    return bc_fail(err, BC_UNSUPPORTED, "there is no writer of %s in this triplefs",
                   bc_syntax_name(syntax));
}

/* What it is to be written with; the key follows, should the table be another one by now. */
static enum bc_status prefixes_of(struct bc_repo *repo, struct look *look,
                                  struct bc_prefixes *prefixes)
{
    struct bc_buffer table = {0};
    enum bc_status st = bc_prefixes_in_force(repo, &look->own, prefixes);
    if (st || look->own.has)
        return st;
    st = bc_prefixes_write(prefixes, &table);
    if (!st)
        digest_of(repo->formats, 't', bc_buffer_slice(&table), look->key.digest);
    bc_buffer_release(&table);
    return st;
}

/* With the text and the own prefixes of the look, which become the shown one's. */
static enum bc_status render(struct look *look, struct bc_shown *shown, const struct bc_stop *stop,
                             struct bc_error *err)
{
    struct bc_repo *repo = shown->repo;
    struct bc_prefixes prefixes = {0};
    bool wrote = false;
    enum bc_status st = prefixes_of(repo, look, &prefixes);
    struct bc_writing writing = {
        .text = bc_file_text_view(look->text),
        .prefixes = &prefixes,
        .used_prefixes = !look->own.has,
        .compute = repo->compute,
        .directory = repo->spool_directory,
    };
    if (!st)
        st = bc_rendering_open(repo->renderings, repo->formats, &look->key, &writing, stop,
                               &shown->rendering, &wrote, err);
    bc_prefixes_release(&prefixes);
    if (wrote && (!st || st == BC_SYNTAX))
        bc_shown_size_put(repo, &look->key, st ? 0 : bc_rendering_bytes(shown->rendering));
    if (st)
        return st;
    shown->text = look->text;
    shown->own = look->own;
    look->attr.size_bytes = bc_rendering_bytes(shown->rendering);
    look->text = NULL;
    look->own = (struct bc_own_prefixes){0};
    return BC_OK;
}

static enum bc_status open_rendered(struct bc_branch *branch, uint64_t node, struct bc_shown *shown,
                                    const struct bc_stop *stop, struct bc_attr *attr,
                                    struct bc_error *err)
{
    struct look look;
    if (!branch->repo->formats)
        return fail_unsupported(shown->syntax, err);
    enum bc_status st = look_at(branch, node, shown->syntax, true, &look);
    if (st)
        return st;
    st = render(&look, shown, stop, err);
    *attr = look.attr;
    look_release(&look);
    return st;
}

enum bc_status bc_shown_open_until(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                                   const struct bc_stop *stop, struct bc_shown **shown,
                                   struct bc_attr *attr, struct bc_error *err)
{
    struct bc_attr seen;
    struct bc_shown *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->repo = branch->repo;
    made->syntax = syntax;
    atomic_store(&made->refs, 1);
    enum bc_status st = bc_syntax_is_lines(syntax)
                            ? bc_file_text_open(branch, node, &made->text, &seen)
                            : open_rendered(branch, node, made, stop, &seen, err);
    if (st) {
        bc_free(made);
        return st;
    }
    if (attr)
        *attr = seen;
    *shown = made;
    return BC_OK;
}

enum bc_status bc_shown_open(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                             struct bc_shown **shown, struct bc_attr *attr, struct bc_error *err)
{
    return bc_shown_open_until(branch, node, syntax, NULL, shown, attr, err);
}

struct bc_shown *bc_shown_retain(struct bc_shown *shown)
{
    atomic_fetch_add(&shown->refs, 1);
    return shown;
}

void bc_shown_release(struct bc_shown *shown)
{
    if (!shown || atomic_fetch_sub(&shown->refs, 1) > 1)
        return;
    bc_rendering_release(shown->repo->renderings, shown->rendering);
    bc_file_text_release(shown->text);
    bc_own_prefixes_release(&shown->own);
    bc_free(shown);
}

uint64_t bc_shown_bytes(const struct bc_shown *shown)
{
    return shown->rendering ? bc_rendering_bytes(shown->rendering)
                            : bc_text_bytes(bc_file_text_view(shown->text));
}

enum bc_status bc_shown_read(const struct bc_shown *shown, uint64_t offset, void *to, size_t size,
                             size_t *done)
{
    return shown->rendering ? bc_rendering_read(shown->rendering, offset, to, size, done)
                            : bc_text_read(bc_file_text_view(shown->text), offset, to, size, done);
}

struct bc_file_text *bc_shown_text(const struct bc_shown *shown)
{
    return shown->text;
}

enum bc_syntax bc_shown_syntax(const struct bc_shown *shown)
{
    return shown->syntax;
}

bool bc_shown_prefixes(const struct bc_shown *shown, struct bc_slice *text)
{
    *text = bc_buffer_slice(&shown->own.text);
    return shown->own.has;
}

bool bc_shown_same(const struct bc_shown *a, const struct bc_shown *b)
{
    return a->text == b->text && a->syntax == b->syntax && a->rendering == b->rendering;
}

/* Sizes. */

static enum bc_status write_for_size(struct bc_branch *branch, enum bc_syntax syntax, bool wait,
                                     const struct look *look, struct bc_attr *attr)
{
    struct bc_shown *shown = NULL;
    if (!wait && look->attr.size_bytes > BC_SHOWN_QUICK_BYTES)
        return BC_BUSY;
    enum bc_status st = bc_shown_open(branch, look->attr.node, syntax, &shown, attr, NULL);
    bc_shown_release(shown);
    if (st != BC_SYNTAX)
        return st;
    *attr = look->attr;
    attr->size_bytes = 0;
    return BC_OK;
}

static enum bc_status size_of(struct bc_branch *branch, enum bc_syntax syntax, bool wait,
                              const struct look *look, struct bc_attr *attr)
{
    struct bc_repo *repo = branch->repo;
    uint64_t bytes;
    enum bc_status st = BC_OK;
    if (!bc_rendering_known(repo->renderings, &look->key, &bytes))
        st = bc_shown_size_get(repo, &look->key, &bytes);
    if (st)
        return st == BC_NOT_FOUND ? write_for_size(branch, syntax, wait, look, attr) : st;
    *attr = look->attr;
    attr->size_bytes = bytes;
    return BC_OK;
}

enum bc_status bc_shown_size(struct bc_branch *branch, enum bc_syntax syntax, bool wait,
                             struct bc_attr *attr)
{
    struct look look;
    if (bc_syntax_is_lines(syntax) || attr->kind != BC_FILE || attr->form != BC_TEXT)
        return BC_OK;
    if (!branch->repo->formats)
        return BC_UNSUPPORTED;
    enum bc_status st = look_at(branch, attr->node, syntax, false, &look);
    if (st)
        return st;
    if (look.attr.kind == BC_FILE && look.attr.form == BC_TEXT)
        st = size_of(branch, syntax, wait, &look, attr);
    else
        *attr = look.attr;
    look_release(&look);
    return st;
}

/* Conversions. */

static enum bc_status take_nothing(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return BC_OK;
}

enum bc_status bc_shown_try(struct bc_file_text *text, enum bc_syntax syntax, struct bc_error *err)
{
    struct bc_repo *repo = bc_file_text_repo(text);
    struct bc_prefixes none = {0};
    struct bc_writing writing = {
        .text = bc_file_text_view(text),
        .prefixes = &none,
        .compute = repo->compute,
        .directory = repo->spool_directory,
        .sink = take_nothing,
    };
    if (bc_syntax_is_lines(syntax))
        return BC_OK;
    if (!repo->formats)
        return fail_unsupported(syntax, err);
    if (bc_syntax_says_all(syntax))
        return BC_OK;
    enum bc_status st = repo->formats->write(syntax, &writing, err);
    return st == BC_INVALID ? BC_SYNTAX : st;
}
