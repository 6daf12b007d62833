/* The canonical form of a change, of which a commit's id holds the SHA-256. Integers are
 * big-endian; `bytes` is a u32 length and the bytes; nothing is ever told by what is not there, so
 * that two changes never have one form:
 *
 *   "triplefs change 2\n", then for each difference of bc_tree_diff, in its order:
 *
 *   u8 kind        'A', 'D', 'R', 'M'
 *   u8 type        bc_tree_type: of 'D' what it was, else what it is
 *   bytes path     as in bc_tree_diff
 *   bytes old path of 'R'; else of length 0
 *   u8 aspects     what follows: 1 content, 2 mode, 4 extended attributes. 'A' has 7 (a folder 6),
 *                  'D' has 0
 *   mode:          u32
 *   content:       of a link 'T', bytes target. Of a triple file that was one before 'L', u64 lines
 *                  added, u64 lines removed, and the SHA-256 of the lines that differ, in order,
 *                  each with '+' or '-' before its '\n'. Of any other file 'B', u64 size and the
 *                  SHA-256 of all its bytes
 *   attributes:    those that differ, in the order of names: '+', bytes name, bytes value, or '-',
 *                  bytes name; then u8 0
 *
 * Left out are: times, owners and groups (a file is the same change whoever makes it; a change of
 * the owner alone is an 'M' with the mode), what only took the place of an equal thing, and nodes.
 *
 * The lines that differ are what a run of changes has (delta_run.h), which knows their SHA-256, so
 * a large change need not be read again for each commit that has it. Form 1, of older commits,
 * begins with "triplefs change 1\n", and after 'L' it has the lines themselves, each as '+' or '-'
 * and the line with its '\n', then u8 0. */
#include "branchcore/bytes.h"
#include "branchcore/codec.h"
#include "branchcore/delta_run.h"
#include "branchcore/model.h"
#include "branchcore/text_diff.h"
#include "branchcore/tree_diff.h"
#include "branchcore/xattr_diff.h"

#include <openssl/evp.h>

enum { PIECE_BYTES = 256 << 10, PENDING_BYTES = 64 << 10 };

struct digest {
    struct bc_branch *past;
    struct bc_branch *now;
    struct bc_tree_sums sums;
    unsigned form;
    EVP_MD_CTX *sha;
    struct bc_buffer pending; /* bytes that sha has not seen yet */
};

/* OpenSSL's failures here are those of its allocations. */
static enum bc_status flush(struct digest *to)
{
    bool done = EVP_DigestUpdate(to->sha, to->pending.data, to->pending.size);
    bc_buffer_clear(&to->pending);
    return done ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status flush_if_full(struct digest *to)
{
    return to->pending.size < PENDING_BYTES ? BC_OK : flush(to);
}

/* Form 1: the lines themselves. */
static enum bc_status put_lines(struct digest *to, struct bc_text_diff *diff,
                                struct bc_change_sums *sums)
{
    for (;;) {
        struct bc_slice line;
        char sign;
        enum bc_status st = bc_text_diff_next(diff, &sign, &line);
        if (st == BC_NO_DATA)
            return bc_encode_u8(&to->pending, 0);
        if (!st)
            st = bc_buffer_append(&to->pending, &sign, 1);
        if (!st)
            st = bc_buffer_append(&to->pending, line.data, line.size);
        if (!st)
            st = flush_if_full(to);
        if (st)
            return st;
        bc_change_sums_add(sums, sign, line.size, false);
    }
}

static enum bc_status hash_lines(struct bc_text_diff *diff, EVP_MD_CTX *sha,
                                 struct bc_change_sums *sums)
{
    for (;;) {
        struct bc_slice lines;
        struct bc_slice body;
        char sign;
        enum bc_status st = bc_text_diff_lines(diff, &lines);
        if (st)
            return st == BC_NO_DATA ? BC_OK : st;
        if (!EVP_DigestUpdate(sha, lines.data, lines.size))
            return BC_NO_MEMORY;
        while (!st && lines.size) {
            st = bc_delta_run_take(&lines, &sign, &body);
            if (!st)
                bc_change_sums_add(sums, sign, body.size + 1, false);
        }
        if (st)
            return st;
    }
}

static enum bc_status sum_lines(struct bc_text_diff *diff, struct bc_change_sums *sums,
                                unsigned char digest[32])
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    enum bc_status st = BC_NO_MEMORY;
    if (sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL))
        st = hash_lines(diff, sha, sums);
    if (!st && !EVP_DigestFinal_ex(sha, digest, NULL))
        st = BC_NO_MEMORY;
    EVP_MD_CTX_free(sha);
    return st;
}

static enum bc_status put_sums(struct digest *to, struct bc_text_diff *diff,
                               struct bc_change_sums *sums)
{
    unsigned char digest[32];
    uint64_t run = bc_text_diff_run(diff);
    enum bc_status st = run ? bc_delta_run_sums(to->now->repo->store, run, sums, digest)
                            : sum_lines(diff, sums, digest);
    if (!st)
        st = bc_encode_u64(&to->pending, sums->added);
    if (!st)
        st = bc_encode_u64(&to->pending, sums->removed);
    return st ? st : bc_buffer_append(&to->pending, digest, sizeof digest);
}

static enum bc_status put_text_change(struct digest *to, uint64_t old_node, uint64_t new_node)
{
    struct bc_text_diff *diff = NULL;
    struct bc_change_sums sums = {0};
    enum bc_status st = bc_text_diff_of(to->past, old_node, to->now, new_node, &diff);
    if (!st)
        st = bc_encode_u8(&to->pending, 'L');
    if (!st)
        st = to->form == 1 ? put_lines(to, diff, &sums) : put_sums(to, diff, &sums);
    bc_text_diff_free(diff);
    to->sums.added += sums.added;
    to->sums.removed += sums.removed;
    return st;
}

static int digit(char hex)
{
    return hex <= '9' ? hex - '0' : hex - 'a' + 10;
}

static enum bc_status put_whole_text(struct digest *to, uint64_t node)
{
    struct bc_file_text *text = NULL;
    char hex[65];
    enum bc_status st = bc_file_text_open(to->now, node, &text, NULL);
    if (!st)
        st = bc_encode_u64(&to->pending, bc_text_bytes(bc_file_text_view(text)));
    if (!st)
        st = bc_file_text_sha256(text, hex);
    for (size_t i = 0; !st && i < 64; i += 2)
        st = bc_encode_u8(&to->pending, (uint8_t)(digit(hex[i]) << 4 | digit(hex[i + 1])));
    bc_file_text_release(text);
    return st;
}

static enum bc_status hash_bytes(struct digest *to, uint64_t node, EVP_MD_CTX *sha, char *piece)
{
    uint64_t at = 0;
    size_t done = PIECE_BYTES;
    while (done == PIECE_BYTES) {
        enum bc_status st = bc_bytes_read(to->now, node, at, piece, PIECE_BYTES, &done);
        if (st)
            return st;
        if (!EVP_DigestUpdate(sha, piece, done))
            return BC_NO_MEMORY;
        at += done;
    }
    unsigned char bytes[32];
    if (!EVP_DigestFinal_ex(sha, bytes, NULL))
        return BC_NO_MEMORY;
    enum bc_status st = bc_encode_u64(&to->pending, at);
    return st ? st : bc_buffer_append(&to->pending, bytes, sizeof bytes);
}

static enum bc_status put_whole_bytes(struct digest *to, uint64_t node)
{
    char *piece = bc_alloc(PIECE_BYTES);
    EVP_MD_CTX *sha = piece ? EVP_MD_CTX_new() : NULL;
    enum bc_status st = BC_NO_MEMORY;
    if (sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL))
        st = hash_bytes(to, node, sha, piece);
    EVP_MD_CTX_free(sha);
    bc_free(piece);
    return st;
}

static enum bc_status put_target(struct digest *to, uint64_t node)
{
    struct bc_buffer target = {0};
    enum bc_status st = bc_tree_readlink(to->now, node, &target);
    if (!st)
        st = bc_encode_u8(&to->pending, 'T');
    if (!st)
        st = bc_encode_bytes(&to->pending, bc_buffer_slice(&target));
    bc_buffer_release(&target);
    return st;
}

static enum bc_status put_content(struct digest *to, const struct bc_tree_difference *difference,
                                  bool lines)
{
    const struct bc_attr *new = &difference->new_attr;
    if (new->kind == BC_SYMLINK)
        return put_target(to, new->node);
    if (lines)
        return put_text_change(to, difference->old_attr.node, new->node);
    enum bc_status st = bc_encode_u8(&to->pending, 'B');
    if (st)
        return st;
    return new->form == BC_TEXT ? put_whole_text(to, new->node) : put_whole_bytes(to, new->node);
}

static enum bc_status put_xattr(struct digest *to, uint64_t node,
                                const struct bc_xattr_change *change)
{
    struct bc_buffer value = {0};
    enum bc_status st = bc_encode_u8(&to->pending, (uint8_t)change->sign);
    if (!st)
        st = bc_encode_bytes(&to->pending, change->name);
    if (!st && change->sign == '+') {
        st = bc_xattr_get(to->now, node, change->name, &value);
        if (!st)
            st = bc_encode_bytes(&to->pending, bc_buffer_slice(&value));
        bc_buffer_release(&value);
    }
    return st ? st : flush_if_full(to);
}

static enum bc_status put_xattrs(struct digest *to, uint64_t old_node, uint64_t new_node)
{
    struct bc_xattr_changes changes = {0};
    enum bc_status st = bc_xattr_diff(to->past, old_node, to->now, new_node, &changes);
    for (size_t i = 0; !st && i < changes.count; i++)
        st = put_xattr(to, new_node, &changes.list[i]);
    bc_xattr_changes_release(&changes);
    return st ? st : bc_encode_u8(&to->pending, 0);
}

static unsigned aspects_of(const struct bc_tree_difference *difference)
{
    enum { ALL = BC_ASPECT_CONTENT | BC_ASPECT_MODE | BC_ASPECT_XATTR };
    if (difference->kind == 'D')
        return 0;
    if (difference->kind == 'A')
        return difference->new_attr.kind == BC_DIRECTORY ? ALL & ~BC_ASPECT_CONTENT : ALL;
    return difference->aspects & ALL;
}

static enum bc_status put_head(struct digest *to, const struct bc_tree_difference *difference,
                               char type, unsigned aspects)
{
    const char *old_path = difference->old_path ? difference->old_path : "";
    enum bc_status st = bc_encode_u8(&to->pending, (uint8_t)difference->kind);
    if (!st)
        st = bc_encode_u8(&to->pending, (uint8_t)type);
    if (!st)
        st = bc_encode_bytes(&to->pending, bc_slice(difference->path, strlen(difference->path)));
    if (!st)
        st = bc_encode_bytes(&to->pending, bc_slice(old_path, strlen(old_path)));
    if (!st)
        st = bc_encode_u8(&to->pending, (uint8_t)aspects);
    if (!st && (aspects & BC_ASPECT_MODE))
        st = bc_encode_u32(&to->pending, difference->new_attr.mode);
    return st;
}

/* The triples of what is not told line by line. */
static enum bc_status count(struct digest *to, const struct bc_tree_difference *difference)
{
    uint64_t added;
    uint64_t removed;
    enum bc_status st = bc_tree_difference_triples(to->past, to->now, difference, &added, &removed);
    if (st)
        return st;
    to->sums.added += added;
    to->sums.removed += removed;
    return BC_OK;
}

static enum bc_status put_difference(void *context, const struct bc_tree_difference *difference)
{
    struct digest *to = context;
    const struct bc_attr *old = &difference->old_attr;
    const struct bc_attr *new = &difference->new_attr;
    const char *old_path = difference->old_path ? difference->old_path : difference->path;
    if (difference->aspects == BC_ASPECT_PLACE)
        return BC_OK;
    to->sums.paths++;
    unsigned aspects = aspects_of(difference);
    char old_type = difference->kind == 'A' ? '\0' : bc_tree_type(old, old_path);
    char type = difference->kind == 'D' ? old_type : bc_tree_type(new, difference->path);
    bool lines = (aspects & BC_ASPECT_CONTENT) && old_type == 't' && type == 't';
    enum bc_status st = put_head(to, difference, type, aspects);
    if (!st && (aspects & BC_ASPECT_CONTENT))
        st = put_content(to, difference, lines);
    if (!st && !lines)
        st = count(to, difference);
    if (!st && (aspects & BC_ASPECT_XATTR))
        st = put_xattrs(to, old->node, new->node);
    return st ? st : flush_if_full(to);
}

static enum bc_status digest_all(struct digest *to, unsigned char bytes[32])
{
    if (!to->sha || !EVP_DigestInit_ex(to->sha, EVP_sha256(), NULL))
        return BC_NO_MEMORY;
    enum bc_status st = bc_buffer_printf(&to->pending, "triplefs change %u\n", to->form);
    if (!st)
        st = bc_tree_diff(to->past, to->now, put_difference, to);
    if (!st)
        st = flush(to);
    if (!st && !EVP_DigestFinal_ex(to->sha, bytes, NULL))
        st = BC_NO_MEMORY;
    return st;
}

enum bc_status bc_tree_digest(struct bc_branch *past, struct bc_branch *now, unsigned form,
                              unsigned char digest[32], struct bc_tree_sums *sums)
{
    struct digest to = {.past = past, .now = now, .form = form, .sha = EVP_MD_CTX_new()};
    unsigned char made[32];
    enum bc_status st = digest_all(&to, made);
    EVP_MD_CTX_free(to.sha);
    bc_buffer_release(&to.pending);
    if (st)
        return st;
    memcpy(digest, made, sizeof made);
    if (sums)
        *sums = to.sums;
    return BC_OK;
}
