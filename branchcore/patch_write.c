/* Writing RDF Patch: one generator, which adds to a buffer step by step, behind both ways of
 * getting the text. */
#include "branchcore/bytes.h"
#include "branchcore/delta_run.h"
#include "branchcore/patch.h"
#include "branchcore/text_diff.h"
#include "branchcore/tree_diff.h"
#include "branchcore/xattr_diff.h"

#include <openssl/evp.h>

#include <string.h>

enum {
    FULL_BYTES = 64 << 10,   /* so much is handed out at once */
    HEADER_BYTES = 48 << 10, /* of a plain file in one header */
    PIECE_BYTES = 4 * HEADER_BYTES
};
/* Pieces are whole chunks, of which none is read twice, and headers but the last need no '='. */
_Static_assert(PIECE_BYTES % BC_CHUNK_BYTES == 0 && HEADER_BYTES % 3 == 0, "sizes of pieces");

/* What is written next of a patch. */
enum phase { HEAD, ATTRIBUTES, BYTES, OPENING, REMOVALS, ADDITIONS, CLOSING };

/* One patch: a difference, or the old or the new half of one whose type is another now. */
struct part {
    char kind; /* as of a difference */
    char type; /* bc_tree_type */
    const char *path;
    const char *old_path; /* of 'R'; else NULL */
    uint64_t old_node;    /* of 'A' 0 */
    uint64_t new_node;    /* of 'D' 0 */
    uint32_t mode;
    unsigned aspects; /* what is told: of BC_ASPECT_CONTENT, _MODE and _XATTR */
};

struct bc_patch_reader {
    struct bc_branch *past;
    struct bc_branch *now;
    struct bc_tree_differences list;
    size_t next;      /* of the list */
    bool second_half; /* of that one, the first was written */
    bool in_part;
    struct part part;
    enum phase phase;
    struct bc_xattr_changes xattrs;
    size_t xattr;
    struct bc_file_text *new_text;
    struct bc_text_diff *diff;
    struct bc_slice lines; /* of diff, that are left */
    EVP_MD_CTX *sha;
    char *piece;
    uint64_t offset;
    struct bc_buffer text;
    size_t taken; /* of text */
    enum bc_status status;
};

static enum bc_status put(struct bc_patch_reader *to, const char *text)
{
    return bc_buffer_append(&to->text, text, strlen(text));
}

static enum bc_status put_escape(struct bc_buffer *to, unsigned char byte)
{
    static const char plain[] = "\t\b\n\r\f\"\\";
    static const char letters[] = "tbnrf\"\\";
    const char *found = byte ? strchr(plain, byte) : NULL;
    return found ? bc_buffer_printf(to, "\\%c", letters[found - plain])
                 : bc_buffer_printf(to, "\\u%04X", byte);
}

static enum bc_status put_string(struct bc_buffer *to, struct bc_slice string)
{
    size_t from = 0;
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < string.size; at++) {
        unsigned char byte = (unsigned char)string.data[at];
        if (byte >= ' ' && byte != '"' && byte != '\\' && byte != 0x7F)
            continue;
        st = bc_buffer_append(to, string.data + from, at - from);
        if (!st)
            st = put_escape(to, byte);
        from = at + 1;
    }
    return st ? st : bc_buffer_append(to, string.data + from, string.size - from);
}

static enum bc_status put_header(struct bc_patch_reader *to, const char *name,
                                 struct bc_slice value)
{
    enum bc_status st = bc_buffer_printf(&to->text, "H %s \"", name);
    if (!st)
        st = put_string(&to->text, value);
    return st ? st : put(to, "\" .\n");
}

static enum bc_status put_base64(struct bc_patch_reader *to, const char *name, const char *bytes,
                                 size_t size)
{
    enum bc_status st = bc_buffer_printf(&to->text, "H %s \"", name);
    /* With room for the NUL that is written behind. */
    if (!st)
        st = bc_buffer_reserve(&to->text, (size + 2) / 3 * 4 + 1);
    if (st)
        return st;
    int written = EVP_EncodeBlock((unsigned char *)to->text.data + to->text.size,
                                  (const unsigned char *)bytes, (int)size);
    to->text.size += (size_t)written;
    return put(to, "\" .\n");
}

static struct bc_slice slice_of(const char *text)
{
    return bc_slice(text, strlen(text));
}

static enum bc_status put_target(struct bc_patch_reader *to)
{
    struct bc_buffer target = {0};
    enum bc_status st = bc_tree_readlink(to->now, to->part.new_node, &target);
    if (!st)
        st = put_header(to, "target", bc_buffer_slice(&target));
    bc_buffer_release(&target);
    return st;
}

static enum bc_status write_head(struct bc_patch_reader *to)
{
    const struct part *part = &to->part;
    enum bc_status st = put_header(to, "path", slice_of(part->path));
    if (!st && part->old_path)
        st = put_header(to, "from", slice_of(part->old_path));
    if (!st && (part->kind == 'A' || part->kind == 'D'))
        st = put_header(to, "kind", slice_of(part->kind == 'A' ? "added" : "deleted"));
    if (!st && part->type != 't')
        st = put_header(to, "type",
                        slice_of(part->type == 'd'   ? "folder"
                                 : part->type == 'l' ? "link"
                                                     : "bytes"));
    if (!st && (part->aspects & BC_ASPECT_MODE))
        st = bc_buffer_printf(&to->text, "H mode \"%04o\" .\n", part->mode);
    if (!st && part->type == 'l' && (part->aspects & BC_ASPECT_CONTENT))
        st = put_target(to);
    to->phase = ATTRIBUTES;
    return st;
}

static enum bc_status write_attribute(struct bc_patch_reader *to)
{
    struct bc_buffer value = {0};
    if (to->xattr == to->xattrs.count) {
        bool bytes = to->part.type == 'b' && (to->part.aspects & BC_ASPECT_CONTENT);
        to->phase = bytes ? BYTES : OPENING;
        return BC_OK;
    }
    const struct bc_xattr_change *change = &to->xattrs.list[to->xattr++];
    enum bc_status st = put_header(to, "xattr", change->name);
    if (st || change->sign == '-')
        return st;
    st = bc_xattr_get(to->now, to->part.new_node, change->name, &value);
    if (!st)
        st = put_base64(to, "value", value.data, value.size);
    bc_buffer_release(&value);
    return st == BC_NO_DATA ? BC_OK : st; /* removed meanwhile */
}

static enum bc_status write_sums(struct bc_patch_reader *to)
{
    unsigned char digest[32];
    enum bc_status st =
        bc_buffer_printf(&to->text, "H size \"%llu\" .\n", (unsigned long long)to->offset);
    if (!st && !EVP_DigestFinal_ex(to->sha, digest, NULL))
        st = BC_NO_MEMORY;
    if (!st)
        st = put(to, "H sha256 \"");
    for (size_t i = 0; !st && i < sizeof digest; i++)
        st = bc_buffer_printf(&to->text, "%02x", digest[i]);
    to->phase = OPENING;
    return st ? st : put(to, "\" .\n");
}

static enum bc_status write_bytes(struct bc_patch_reader *to)
{
    size_t size;
    enum bc_status st =
        bc_bytes_read(to->now, to->part.new_node, to->offset, to->piece, PIECE_BYTES, &size);
    if (!st && !EVP_DigestUpdate(to->sha, to->piece, size))
        st = BC_NO_MEMORY;
    for (size_t at = 0; !st && at < size; at += HEADER_BYTES)
        st = put_base64(to, "base64", to->piece + at,
                        size - at < HEADER_BYTES ? size - at : HEADER_BYTES);
    to->offset += size;
    return st || size == PIECE_BYTES ? st : write_sums(to);
}

/* The next line that differs, as a row if it has the sign. */
static enum bc_status write_row(struct bc_patch_reader *to, char wanted)
{
    struct bc_slice body;
    char sign;
    enum bc_status st = bc_delta_run_take(&to->lines, &sign, &body);
    if (st || sign != wanted)
        return st;
    st = bc_buffer_reserve(&to->text, body.size + 3);
    if (st)
        return st;
    char *row = to->text.data + to->text.size;
    row[0] = wanted == '+' ? 'A' : 'D';
    row[1] = ' ';
    memcpy(row + 2, body.data, body.size);
    row[body.size + 2] = '\n';
    to->text.size += body.size + 3;
    return BC_OK;
}

/* So many rows of one sign as make a buffer full. */
static enum bc_status write_rows(struct bc_patch_reader *to, char wanted, enum phase after)
{
    enum bc_status st = BC_OK;
    if (!to->diff)
        st = bc_text_diff_new(NULL, to->new_text, &to->diff);
    while (!st && to->text.size < FULL_BYTES)
        st = to->lines.size ? write_row(to, wanted) : bc_text_diff_lines(to->diff, &to->lines);
    if (st != BC_NO_DATA)
        return st;
    to->phase = after;
    return bc_text_diff_rewind(to->diff);
}

static void end_part(struct bc_patch_reader *to)
{
    bc_text_diff_free(to->diff);
    bc_file_text_release(to->new_text);
    to->diff = NULL;
    to->new_text = NULL;
    to->lines = bc_slice("", 0);
    bc_xattr_changes_release(&to->xattrs);
    to->in_part = false;
}

static enum bc_status write_opening(struct bc_patch_reader *to)
{
    bool rows = to->part.type == 't' && (to->part.aspects & BC_ASPECT_CONTENT);
    to->phase = !rows ? CLOSING : to->part.old_node ? REMOVALS : ADDITIONS;
    return put(to, "TX .\n");
}

static enum bc_status write_closing(struct bc_patch_reader *to)
{
    end_part(to);
    return put(to, "TC .\n");
}

static enum bc_status write_phase(struct bc_patch_reader *to)
{
    switch (to->phase) {
    case HEAD:
        return write_head(to);
    case ATTRIBUTES:
        return write_attribute(to);
    case BYTES:
        return write_bytes(to);
    case OPENING:
        return write_opening(to);
    case REMOVALS:
        return write_rows(to, '-', ADDITIONS);
    case ADDITIONS:
        return write_rows(to, '+', CLOSING);
    default:
        return write_closing(to);
    }
}

/* The next half of a difference, or all of it; false: it says nothing in a patch. */
static bool take_part(struct bc_patch_reader *to, struct part *part)
{
    const struct bc_tree_difference *from = &to->list.items[to->next];
    const struct bc_attr *old = &from->old_attr;
    const struct bc_attr *new = &from->new_attr;
    const char *old_path = from->old_path ? from->old_path : from->path;
    char old_type = from->kind == 'A' ? '\0' : bc_tree_type(old, old_path);
    char new_type = from->kind == 'D' ? '\0' : bc_tree_type(new, from->path);
    bool halves = old_type && new_type && old_type != new_type;
    char kind = !halves ? from->kind : to->second_half ? 'A' : 'D';
    bool gone = kind == 'D';
    *part = (struct part){.kind = kind,
                          .type = gone ? old_type : new_type,
                          .path = gone ? old_path : from->path,
                          .old_path = kind == 'R' ? old_path : NULL,
                          .old_node = kind == 'A' ? 0 : old->node,
                          .new_node = gone ? 0 : new->node,
                          .mode = new->mode};
    bool added = kind == 'A';
    if (!gone && (added || (from->aspects & BC_ASPECT_CONTENT)))
        part->aspects |= BC_ASPECT_CONTENT;
    if (!gone && part->type != 'l' && (added || old->mode != new->mode))
        part->aspects |= BC_ASPECT_MODE;
    if (!gone && (added || (from->aspects & BC_ASPECT_XATTR)))
        part->aspects |= BC_ASPECT_XATTR;
    to->second_half = halves && !to->second_half;
    if (!to->second_half)
        to->next++;
    return kind != 'M' || part->aspects;
}

static enum bc_status open_contents(struct bc_patch_reader *to)
{
    const struct part *part = &to->part;
    bool wanted = part->aspects & BC_ASPECT_CONTENT;
    enum bc_status st = BC_OK;
    if (part->aspects & BC_ASPECT_XATTR)
        st = bc_xattr_diff(to->past, part->old_node, to->now, part->new_node, &to->xattrs);
    if (!st && wanted && part->type == 't' && part->old_node)
        st = bc_text_diff_of(to->past, part->old_node, to->now, part->new_node, &to->diff);
    else if (!st && wanted && (part->type == 't' || part->type == 'b'))
        st = bc_file_text_open(to->now, part->new_node, &to->new_text, NULL);
    /* A plain file that once was a triple file is a text still; that it is open keeps it from being
     * put together anew for each piece. */
    return st == BC_INVALID && part->type == 'b' ? BC_OK : st;
}

static enum bc_status begin_part(struct bc_patch_reader *to)
{
    if (!take_part(to, &to->part))
        return BC_OK;
    to->in_part = true;
    to->phase = HEAD;
    to->xattr = 0;
    to->offset = 0;
    enum bc_status st = open_contents(to);
    if (!st && to->part.type == 'b' && !EVP_DigestInit_ex(to->sha, EVP_sha256(), NULL))
        st = BC_NO_MEMORY;
    if (st)
        end_part(to);
    /* It went since it was compared, so the branch is changing. */
    return st == BC_STALE ? BC_OK : st;
}

/* Writes until the buffer is full or all is written. */
static enum bc_status fill(struct bc_patch_reader *to)
{
    while (!to->status && to->text.size < FULL_BYTES) {
        if (to->in_part)
            to->status = write_phase(to);
        else if (to->next < to->list.count)
            to->status = begin_part(to);
        else
            break;
    }
    return to->status;
}

enum bc_status bc_patch_reader_new(struct bc_branch *past, struct bc_branch *now,
                                   struct bc_patch_reader **reader)
{
    struct bc_patch_reader *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->past = bc_branch_retain(past);
    made->now = bc_branch_retain(now);
    made->piece = bc_alloc(PIECE_BYTES);
    made->sha = EVP_MD_CTX_new();
    enum bc_status st =
        made->piece && made->sha ? bc_tree_diff_list(past, now, &made->list) : BC_NO_MEMORY;
    if (st) {
        bc_patch_reader_free(made);
        return st;
    }
    *reader = made;
    return BC_OK;
}

enum bc_status bc_patch_reader_read(struct bc_patch_reader *reader, void *to, size_t size,
                                    size_t *done)
{
    *done = 0;
    while (*done < size) {
        if (reader->taken == reader->text.size) {
            bc_buffer_clear(&reader->text);
            reader->taken = 0;
            if (fill(reader)) {
                *done = 0;
                return reader->status;
            }
            if (!reader->text.size)
                break;
        }
        size_t part = reader->text.size - reader->taken;
        if (part > size - *done)
            part = size - *done;
        memcpy((char *)to + *done, reader->text.data + reader->taken, part);
        reader->taken += part;
        *done += part;
    }
    return BC_OK;
}

void bc_patch_reader_free(struct bc_patch_reader *reader)
{
    if (!reader)
        return;
    end_part(reader);
    bc_tree_differences_release(&reader->list);
    EVP_MD_CTX_free(reader->sha);
    bc_free(reader->piece);
    bc_buffer_release(&reader->text);
    bc_branch_release(reader->past);
    bc_branch_release(reader->now);
    bc_free(reader);
}

enum bc_status bc_patch_write(struct bc_branch *past, struct bc_branch *now, bc_patch_sink sink,
                              void *context)
{
    struct bc_patch_reader *reader = NULL;
    enum bc_status st = bc_patch_reader_new(past, now, &reader);
    while (!st) {
        st = fill(reader);
        if (st || !reader->text.size)
            break;
        st = sink(context, bc_buffer_slice(&reader->text));
        bc_buffer_clear(&reader->text);
    }
    bc_patch_reader_free(reader);
    return st;
}
