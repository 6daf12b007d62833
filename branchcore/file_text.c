#include "branchcore/model.h"
#include "branchcore/text_history.h"

#include <openssl/evp.h>

struct bc_file_text {
    struct bc_repo *repo;
    struct bc_file_text *next; /* repo->texts; with refs, under its lock */
    uint64_t refs;
    uint64_t branch;
    uint64_t node;
    uint64_t layer; /* of the node's record */
    uint64_t version;
    struct bc_text *view;
    uint64_t quads;
    uint64_t delta_bytes;
    pthread_mutex_t digest_lock; /* what follows */
    bool digested;
    char digest[65];
};

/* What keeps the base run of a view: it lives as long as the view, whoever holds that. */
struct run_pin {
    struct bc_repo *repo;
    uint64_t run;
};

static void release_pin(void *context)
{
    struct run_pin *pin = context;
    bc_unpin(pin->repo, pin->run);
    bc_free(pin);
}

static enum bc_status new_view(struct bc_repo *repo, const struct bc_content *content,
                               struct bc_text **view)
{
    struct run_pin *pin = bc_alloc(sizeof *pin);
    if (!pin)
        return BC_NO_MEMORY;
    *pin = (struct run_pin){repo, content->run};
    enum bc_status st = bc_pin(repo, content->run);
    if (st) {
        bc_free(pin);
        return st;
    }
    st = bc_text_new(repo->store, content, release_pin, pin, view);
    if (st)
        release_pin(pin);
    return st;
}

static void free_text(struct bc_file_text *text)
{
    bc_text_release(text->view);
    pthread_mutex_destroy(&text->digest_lock);
    bc_free(text);
}

/* With a reference, or NULL. */
static struct bc_file_text *find_open_locked(struct bc_repo *repo, uint64_t branch,
                                             const struct bc_found *found)
{
    struct bc_file_text *text = repo->texts;
    while (text && (text->node != found->id || text->version != found->record.version ||
                    text->branch != branch))
        text = text->next;
    if (text)
        text->refs++;
    return text;
}

static struct bc_file_text *find_open(struct bc_branch *branch, const struct bc_found *found)
{
    struct bc_repo *repo = branch->repo;
    pthread_mutex_lock(&repo->texts_lock);
    struct bc_file_text *text = find_open_locked(repo, branch->id, found);
    pthread_mutex_unlock(&repo->texts_lock);
    return text;
}

/* Two threads may have made a view of one version at once: the second one takes the first's. */
static struct bc_file_text *publish(struct bc_branch *branch, const struct bc_found *found,
                                    struct bc_file_text *made)
{
    struct bc_repo *repo = branch->repo;
    pthread_mutex_lock(&repo->texts_lock);
    struct bc_file_text *text = find_open_locked(repo, branch->id, found);
    if (!text) {
        made->next = repo->texts;
        repo->texts = made;
        text = made;
    }
    pthread_mutex_unlock(&repo->texts_lock);
    if (text != made)
        free_text(made);
    return text;
}

static enum bc_status make_text(struct bc_branch *branch, const struct bc_found *found,
                                struct bc_file_text **text)
{
    struct bc_content content;
    enum bc_status st = bc_content_resolve(branch, found, &content);
    if (st)
        return st;
    struct bc_file_text *made = bc_alloc_zero(sizeof *made);
    st = made ? new_view(branch->repo, &content, &made->view) : BC_NO_MEMORY;
    bc_content_release(&content);
    if (!st && pthread_mutex_init(&made->digest_lock, NULL)) {
        bc_text_release(made->view);
        st = BC_NO_MEMORY;
    }
    if (st) {
        bc_free(made);
        return st;
    }
    made->repo = branch->repo;
    made->refs = 1;
    made->branch = branch->id;
    made->node = found->id;
    made->layer = found->layer;
    made->version = found->record.version;
    made->quads = found->record.quads;
    made->delta_bytes = found->record.delta_bytes;
    *text = publish(branch, found, made);
    return BC_OK;
}

enum bc_status bc_file_text_of(struct bc_branch *branch, const struct bc_found *found,
                               struct bc_file_text **text)
{
    if (found->record.kind == BC_DIRECTORY)
        return BC_IS_DIRECTORY;
    if (found->record.kind != BC_FILE || found->record.form != BC_TEXT)
        return BC_INVALID;
    *text = find_open(branch, found);
    return *text ? BC_OK : make_text(branch, found, text);
}

enum bc_status bc_file_text_open(struct bc_branch *branch, uint64_t node,
                                 struct bc_file_text **text, struct bc_attr *attr)
{
    struct bc_found found;
    /* The lock is held while the view is made, since rows of the working set may change as soon as
     * it is not; their number is bounded (text_change.h). */
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        st = bc_file_text_of(branch, &found, text);
        if (!st && attr)
            bc_attr_of(&found, attr);
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

struct bc_file_text *bc_file_text_retain(struct bc_file_text *text)
{
    pthread_mutex_lock(&text->repo->texts_lock);
    text->refs++;
    pthread_mutex_unlock(&text->repo->texts_lock);
    return text;
}

void bc_file_text_release(struct bc_file_text *text)
{
    if (!text)
        return;
    struct bc_repo *repo = text->repo;
    pthread_mutex_lock(&repo->texts_lock);
    bool last = --text->refs == 0;
    if (last) {
        struct bc_file_text **link = &repo->texts;
        while (*link != text)
            link = &(*link)->next;
        *link = text->next;
    }
    pthread_mutex_unlock(&repo->texts_lock);
    if (last)
        free_text(text);
}

struct bc_text *bc_file_text_view(const struct bc_file_text *text)
{
    return text->view;
}

struct bc_text_version bc_file_text_version(const struct bc_file_text *text)
{
    return (struct bc_text_version){text->node, text->layer, text->version};
}

struct bc_repo *bc_file_text_repo(const struct bc_file_text *text)
{
    return text->repo;
}

uint64_t bc_file_text_quads(const struct bc_file_text *text)
{
    return text->quads;
}

uint64_t bc_file_text_delta_bytes(const struct bc_file_text *text)
{
    return text->delta_bytes;
}

/* OpenSSL's failures here are those of its allocations. */
static enum bc_status digest_text(const struct bc_text *view, EVP_MD_CTX *digest, char *piece,
                                  size_t piece_bytes)
{
    if (!EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
        return BC_NO_MEMORY;
    size_t done = piece_bytes;
    for (uint64_t at = 0; done == piece_bytes; at += done) {
        enum bc_status st = bc_text_read(view, at, piece, piece_bytes, &done);
        if (st)
            return st;
        if (!EVP_DigestUpdate(digest, piece, done))
            return BC_NO_MEMORY;
    }
    return BC_OK;
}

static enum bc_status sha256(const struct bc_text *view, unsigned char bytes[32])
{
    enum { PIECE_BYTES = 256 << 10 };
    char *piece = bc_alloc(PIECE_BYTES);
    EVP_MD_CTX *digest = piece ? EVP_MD_CTX_new() : NULL;
    enum bc_status st = digest ? digest_text(view, digest, piece, PIECE_BYTES) : BC_NO_MEMORY;
    if (!st && !EVP_DigestFinal_ex(digest, bytes, NULL))
        st = BC_NO_MEMORY;
    EVP_MD_CTX_free(digest);
    bc_free(piece);
    return st;
}

static void to_hex(const unsigned char bytes[32], char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[64] = '\0';
}

enum bc_status bc_file_text_sha256(struct bc_file_text *text, char hex[65])
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&text->digest_lock);
    if (!text->digested) {
        unsigned char bytes[32];
        st = sha256(text->view, bytes);
        if (!st)
            to_hex(bytes, text->digest);
        text->digested = !st;
    }
    if (!st)
        memcpy(hex, text->digest, sizeof text->digest);
    pthread_mutex_unlock(&text->digest_lock);
    return st;
}
