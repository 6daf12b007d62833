/* The headers of a patch: what they say of a path, and whether that can be. */
#include "branchcore/patch_reading.h"

#include "branchcore/own_prefixes.h"
#include "branchcore/patch_string.h"
#include "branchcore/syntax.h"
#include "branchcore/tree.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

enum seen {
    SEEN_PATH = 1,
    SEEN_FROM = 2,
    SEEN_KIND = 4,
    SEEN_TYPE = 8,
    SEEN_MODE = 16,
    SEEN_TARGET = 32,
    SEEN_SIZE = 64,
    SEEN_SHA256 = 128,
    SEEN_MANY = 0 /* may come any number of times */
};

static bool is(struct bc_slice slice, const char *text)
{
    return bc_slice_equal(slice, bc_slice(text, strlen(text)));
}

static bool starts_with(struct bc_slice slice, const char *text)
{
    size_t size = strlen(text);
    return slice.size >= size && !memcmp(slice.data, text, size);
}

/* Why a component cannot be one; NULL: it can. */
static const char *name_problem(struct bc_slice name)
{
    if (!name.size)
        return "has an empty name in it";
    if (is(name, ".") || is(name, ".."))
        return "has '.' or '..' in it, and would leave its place in the branch";
    return name.size > BC_NAME_MAX ? "has a name of more than 255 bytes in it" : NULL;
}

static const char *path_problem(struct bc_slice path)
{
    if (!path.size)
        return "is empty";
    if (path.data[0] == '/')
        return "is absolute; paths start at the branch's own folder, without '/'";
    if (memchr(path.data, '\0', path.size))
        return "has a NUL in it";
    if (is(path, ".branch") || starts_with(path, ".branch/"))
        return "is in .branch, which is no part of the branch's tree";
    const char *problem = NULL;
    const char *end = path.data + path.size;
    for (const char *at = path.data; !problem && at <= end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash ? slash : end;
        problem = name_problem(bc_slice(at, (size_t)(stop - at)));
        at = stop + 1;
    }
    return problem;
}

/* Takes a slash at the end away: *folder says that there was one. */
static enum bc_status check_path(struct bc_patch_reading *reading, struct bc_slice *path,
                                 bool *folder)
{
    struct bc_slice given = *path;
    *folder = path->size > 1 && path->data[path->size - 1] == '/';
    path->size -= *folder;
    const char *problem = path_problem(*path);
    if (!problem)
        return BC_OK;
    return bc_patch_refuse(reading, "the path \"%s\" %s", bc_patch_show(given).text, problem);
}

static struct bc_slice last_name(struct bc_slice path)
{
    const char *slash = memrchr(path.data, '/', path.size);
    if (!slash)
        return path;
    return bc_slice(slash + 1, (size_t)(path.data + path.size - slash - 1));
}

static bool is_triple_file(struct bc_slice path, enum bc_syntax *syntax)
{
    return bc_syntax_of_name(last_name(path), syntax);
}

static enum bc_status add_part(struct bc_patch_reading *reading)
{
    struct bc_patch *patch = reading->patch;
    if (patch->part_count == patch->part_capacity) {
        size_t capacity = patch->part_capacity ? patch->part_capacity * 2 : 4;
        struct bc_patch_part *parts = bc_realloc_array(patch->parts, capacity, sizeof *parts);
        if (!parts)
            return BC_NO_MEMORY;
        patch->parts = parts;
        patch->part_capacity = capacity;
    }
    reading->part = &patch->parts[patch->part_count++];
    *reading->part = (struct bc_patch_part){
        .line = reading->line, .first_row = patch->row_count, .first_xattr = patch->xattr_count};
    reading->headers = (struct bc_patch_headers){.seen = SEEN_PATH};
    return BC_OK;
}

enum bc_status bc_patch_part_begin(struct bc_patch_reading *reading, struct bc_slice path)
{
    bool folder = false;
    enum bc_status st = reading->part ? bc_patch_part_end(reading) : BC_OK;
    if (!st)
        st = check_path(reading, &path, &folder);
    if (!st)
        st = add_part(reading);
    if (st)
        return st;
    reading->part->path = path;
    reading->part->type = folder ? BC_PATCH_FOLDER : BC_PATCH_ANY;
    return BC_OK;
}

enum bc_status bc_patch_rows_allowed(struct bc_patch_reading *reading)
{
    const struct bc_patch_part *part = reading->part;
    struct bc_shown path = bc_patch_show(part->path);
    if (!is_triple_file(part->path, &reading->syntax))
        return bc_patch_refuse(
            reading, "\"%s\" is no triple file (.nt, .nq), so it has no rows A and D", path.text);
    if (part->kind == BC_PATCH_DELETED)
        return bc_patch_refuse(reading,
                               "\"%s\" is deleted by line %" PRIu64 ", so it has no rows A and D",
                               path.text, part->line);
    if (part->type != BC_PATCH_ANY && part->type != BC_PATCH_TEXT)
        return bc_patch_refuse(reading,
                               "\"%s\" is no triple file by its H type, so it has no rows A and D",
                               path.text);
    reading->old_syntax = reading->syntax;
    if (part->from.size)
        (void)is_triple_file(part->from, &reading->old_syntax);
    return BC_OK;
}

static enum bc_status take_from(struct bc_patch_reading *reading, struct bc_slice value)
{
    bool folder;
    enum bc_status st = check_path(reading, &value, &folder);
    if (!st && !bc_slice_equal(value, reading->part->path))
        reading->part->from = value;
    return st;
}

static enum bc_status take_kind(struct bc_patch_reading *reading, struct bc_slice value)
{
    if (is(value, "added"))
        reading->part->kind = BC_PATCH_ADDED;
    else if (is(value, "deleted"))
        reading->part->kind = BC_PATCH_DELETED;
    else
        return bc_patch_refuse(reading, "H kind is \"added\" or \"deleted\", not \"%s\"",
                               bc_patch_show(value).text);
    return BC_OK;
}

static enum bc_status take_type(struct bc_patch_reading *reading, struct bc_slice value)
{
    struct bc_patch_part *part = reading->part;
    bool folder = part->type == BC_PATCH_FOLDER;
    reading->headers.type_line = reading->line;
    if (is(value, "folder"))
        part->type = BC_PATCH_FOLDER;
    else if (is(value, "link"))
        part->type = BC_PATCH_LINK;
    else if (is(value, "bytes"))
        part->type = BC_PATCH_BYTES;
    else
        return bc_patch_refuse(reading,
                               "H type is \"folder\", \"link\" or \"bytes\", not \"%s\"; a triple "
                               "file has none",
                               bc_patch_show(value).text);
    if (folder && part->type != BC_PATCH_FOLDER)
        return bc_patch_refuse(reading, "the path \"%s/\" is a folder's, by its slash",
                               bc_patch_show(part->path).text);
    return BC_OK;
}

/* Octal, up to 7777. */
static enum bc_status take_mode(struct bc_patch_reading *reading, struct bc_slice value)
{
    uint32_t mode = 0;
    bool good = value.size >= 1 && value.size <= 5;
    for (size_t i = 0; good && i < value.size; i++) {
        good = value.data[i] >= '0' && value.data[i] <= '7';
        mode = mode << 3 | (uint32_t)(value.data[i] - '0');
    }
    if (!good || mode > 07777)
        return bc_patch_refuse(reading,
                               "H mode is permission bits in octal, such as \"0644\", not "
                               "\"%s\"",
                               bc_patch_show(value).text);
    reading->part->has_mode = true;
    reading->part->mode = mode;
    return BC_OK;
}

static enum bc_status take_target(struct bc_patch_reading *reading, struct bc_slice value)
{
    enum { TARGET_MAX = 4095 };
    if (!value.size || value.size > TARGET_MAX || memchr(value.data, '\0', value.size))
        return bc_patch_refuse(reading, "a link's target has 1 to 4095 bytes, none of them NUL");
    reading->headers.target_line = reading->line;
    reading->part->has_target = true;
    reading->part->target = value;
    return BC_OK;
}

static void say_bytes(struct bc_patch_reading *reading)
{
    reading->part->has_bytes = true;
    if (!reading->headers.bytes_line)
        reading->headers.bytes_line = reading->line;
}

static enum bc_status take_size(struct bc_patch_reading *reading, struct bc_slice value)
{
    uint64_t size = 0;
    bool good = value.size >= 1 && value.size <= 18;
    for (size_t i = 0; good && i < value.size; i++) {
        good = value.data[i] >= '0' && value.data[i] <= '9';
        size = size * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (!good)
        return bc_patch_refuse(reading, "H size is a number of bytes, not \"%s\"",
                               bc_patch_show(value).text);
    say_bytes(reading);
    reading->headers.size_line = reading->line;
    reading->headers.size_bytes = size;
    return BC_OK;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char letter = (char)(digit | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static enum bc_status take_sha256(struct bc_patch_reading *reading, struct bc_slice value)
{
    unsigned char *digest = reading->headers.digest;
    bool good = value.size == 2 * sizeof reading->headers.digest;
    for (size_t i = 0; good && i < value.size; i++) {
        int digit = hex_digit(value.data[i]);
        good = digit >= 0;
        digest[i / 2] = (unsigned char)(digest[i / 2] << 4 | (digit & 15));
    }
    if (!good)
        return bc_patch_refuse(reading, "H sha256 is 64 hexadecimal digits, not \"%s\"",
                               bc_patch_show(value).text);
    say_bytes(reading);
    reading->headers.digest_line = reading->line;
    return BC_OK;
}

static enum bc_status take_base64(struct bc_patch_reading *reading, struct bc_slice value)
{
    say_bytes(reading);
    enum bc_status st = bc_patch_base64_decode(value, &reading->part->bytes);
    return st == BC_SYNTAX ? bc_patch_refuse(reading, "H base64 is not base64") : st;
}

static enum bc_status take_xattr(struct bc_patch_reading *reading, struct bc_slice value)
{
    struct bc_patch *patch = reading->patch;
    if (!starts_with(value, "user.") || value.size <= 5 || value.size > BC_NAME_MAX ||
        memchr(value.data, '\0', value.size))
        return bc_patch_refuse(reading,
                               "an attribute's name is \"user.\" and more, 255 bytes at most, not "
                               "\"%s\"",
                               bc_patch_show(value).text);
    if (starts_with(value, "user.triplefs.") && !bc_prefixes_is_attribute(value))
        return bc_patch_refuse(reading, "the attribute \"%s\" is computed; it cannot be set",
                               bc_patch_show(value).text);
    if (patch->xattr_count == patch->xattr_capacity) {
        size_t capacity = patch->xattr_capacity ? patch->xattr_capacity * 2 : 8;
        struct bc_patch_xattr *xattrs = bc_realloc_array(patch->xattrs, capacity, sizeof *xattrs);
        if (!xattrs)
            return BC_NO_MEMORY;
        patch->xattrs = xattrs;
        patch->xattr_capacity = capacity;
    }
    patch->xattrs[patch->xattr_count++] =
        (struct bc_patch_xattr){.name = value, .line = reading->line};
    reading->part->xattr_count++;
    reading->headers.xattr_line = reading->line;
    return BC_OK;
}

static enum bc_status take_value(struct bc_patch_reading *reading, struct bc_slice value)
{
    struct bc_patch *patch = reading->patch;
    if (!reading->headers.xattr_line)
        return bc_patch_refuse(reading,
                               "H value without the H xattr that it is of right before it");
    reading->headers.xattr_line = 0;
    struct bc_buffer plain = {0};
    enum bc_status st = bc_patch_base64_decode(value, &plain);
    if (st == BC_SYNTAX)
        st = bc_patch_refuse(reading, "H value is not base64");
    else if (!st && plain.size > BC_XATTR_MAX)
        st = bc_patch_refuse(reading, "an attribute's value has 65536 bytes at most, this has %zu",
                             plain.size);
    struct bc_patch_xattr *xattr = &patch->xattrs[patch->xattr_count - 1];
    if (!st && bc_prefixes_is_attribute(xattr->name) && !bc_prefixes_valid(bc_buffer_slice(&plain)))
        st = bc_patch_refuse(reading, "the attribute \"" BC_PREFIXES_ATTRIBUTE
                                      "\" has lines \"NAME: <IRI>\" alone");
    if (!st) {
        const char *kept = bc_patch_keep(patch, bc_buffer_slice(&plain));
        xattr->value = bc_slice(kept, plain.size);
        xattr->set = true;
        st = kept ? BC_OK : BC_NO_MEMORY;
    }
    bc_buffer_release(&plain);
    return st;
}

static const struct header {
    const char *name;
    unsigned seen;
    enum bc_status (*take)(struct bc_patch_reading *reading, struct bc_slice value);
} headers[] = {
    {"path", SEEN_MANY, bc_patch_part_begin}, {"from", SEEN_FROM, take_from},
    {"kind", SEEN_KIND, take_kind},           {"type", SEEN_TYPE, take_type},
    {"mode", SEEN_MODE, take_mode},           {"target", SEEN_TARGET, take_target},
    {"size", SEEN_SIZE, take_size},           {"sha256", SEEN_SHA256, take_sha256},
    {"base64", SEEN_MANY, take_base64},       {"xattr", SEEN_MANY, take_xattr},
    {"value", SEEN_MANY, take_value},
};

static const struct header *find_header(struct bc_slice name)
{
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (is(name, headers[i].name))
            return &headers[i];
    }
    return NULL;
}

static struct bc_slice header_name(struct bc_patch_reading *reading)
{
    bc_patch_skip_blanks(reading);
    const char *start = reading->at;
    while (reading->at < reading->end && *reading->at != ' ' && *reading->at != '\t' &&
           *reading->at != '"')
        reading->at++;
    return bc_slice(start, (size_t)(reading->at - start));
}

static enum bc_status in_its_place(struct bc_patch_reading *reading, const struct header *header)
{
    if (reading->transaction)
        return bc_patch_refuse(reading,
                               "H %s within the transaction that line %" PRIu64
                               " begins; headers stand before TX",
                               header->name, reading->transaction);
    if (header->take == bc_patch_part_begin)
        return BC_OK;
    if (!reading->part)
        return bc_patch_refuse(reading, "H %s before any H path; that comes first", header->name);
    if (reading->headers.closed)
        return bc_patch_refuse(reading, "H %s behind the rows of \"%s\"; headers stand before them",
                               header->name, bc_patch_show(reading->part->path).text);
    if (reading->headers.seen & header->seen)
        return bc_patch_refuse(reading, "a second H %s for \"%s\"", header->name,
                               bc_patch_show(reading->part->path).text);
    return BC_OK;
}

enum bc_status bc_patch_header(struct bc_patch_reading *reading)
{
    struct bc_slice name = header_name(reading);
    struct bc_slice value = {0};
    /* Other tools chain their patches with these; what they mean is up to them. */
    if (is(name, "id") || is(name, "prev"))
        return BC_OK;
    const struct header *header = find_header(name);
    if (!header)
        return bc_patch_refuse(reading, "no header is called \"%s\"", bc_patch_show(name).text);
    enum bc_status st = in_its_place(reading, header);
    if (!st)
        st = bc_patch_string(reading, header->name, &value);
    if (!st)
        st = bc_patch_end_of_row(reading);
    if (st)
        return st;
    if (header->take != take_value)
        reading->headers.xattr_line = 0;
    reading->headers.seen |= header->seen;
    return header->take(reading, value);
}

/* What is not said in so many words. */
static void guess_type(struct bc_patch_part *part, bool triple_file)
{
    if (part->type != BC_PATCH_ANY)
        return;
    if (part->row_count || (triple_file && part->kind == BC_PATCH_ADDED))
        part->type = BC_PATCH_TEXT;
    else if (part->has_target)
        part->type = BC_PATCH_LINK;
    else if (part->has_bytes)
        part->type = BC_PATCH_BYTES;
}

static enum bc_status check_deleted(struct bc_patch_reading *reading)
{
    unsigned allowed = SEEN_PATH | SEEN_KIND | SEEN_TYPE;
    const struct bc_patch_part *part = reading->part;
    if (part->kind != BC_PATCH_DELETED ||
        (!(reading->headers.seen & ~allowed) && !part->has_bytes && !part->xattr_count))
        return BC_OK;
    return bc_patch_refuse_at(reading, part->line,
                              "\"%s\" is deleted; of the other headers only H type can be there",
                              bc_patch_show(part->path).text);
}

static enum bc_status check_type(struct bc_patch_reading *reading, bool triple_file)
{
    const struct bc_patch_part *part = reading->part;
    const struct bc_patch_headers *said = &reading->headers;
    struct bc_shown path = bc_patch_show(part->path);
    bool added = part->kind == BC_PATCH_ADDED;
    if (added && said->seen & SEEN_FROM)
        return bc_patch_refuse_at(reading, part->line,
                                  "\"%s\" is added and renamed at once; leave out one of the two",
                                  path.text);
    if (part->type == BC_PATCH_ANY && added)
        return bc_patch_refuse_at(reading, part->line,
                                  "\"%s\" is no triple file (.nt, .nq) by its name; say what it is "
                                  "with H type \"bytes\", \"folder\" or \"link\"",
                                  path.text);
    if (part->type == BC_PATCH_BYTES && triple_file && part->kind != BC_PATCH_DELETED)
        return bc_patch_refuse_at(reading, said->type_line ? said->type_line : said->bytes_line,
                                  "\"%s\" is a triple file by its name; its content is rows A and "
                                  "D, not bytes",
                                  path.text);
    if (part->has_bytes && part->type != BC_PATCH_BYTES)
        return bc_patch_refuse_at(reading, said->bytes_line,
                                  "\"%s\" is no plain file, so it has no size, sha256 and base64",
                                  path.text);
    if (part->has_target && part->type != BC_PATCH_LINK)
        return bc_patch_refuse_at(reading, said->target_line,
                                  "\"%s\" is no link, so it has no target", path.text);
    if (added && part->type == BC_PATCH_LINK && !part->has_target)
        return bc_patch_refuse_at(reading, part->line, "the link \"%s\" is added without H target",
                                  path.text);
    return BC_OK;
}

/* OpenSSL's failures here are those of its allocations. */
static enum bc_status check_digest(struct bc_patch_reading *reading)
{
    const struct bc_buffer *bytes = &reading->part->bytes;
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!reading->headers.digest_line)
        return BC_OK;
    if (!EVP_Digest(bytes->data ? bytes->data : "", bytes->size, digest, NULL, EVP_sha256(), NULL))
        return BC_NO_MEMORY;
    if (!memcmp(digest, reading->headers.digest, sizeof reading->headers.digest))
        return BC_OK;
    return bc_patch_refuse_at(reading, reading->headers.digest_line,
                              "the bytes of \"%s\" have another sha256; the patch is damaged",
                              bc_patch_show(reading->part->path).text);
}

static enum bc_status check_bytes(struct bc_patch_reading *reading)
{
    const struct bc_patch_part *part = reading->part;
    const struct bc_patch_headers *said = &reading->headers;
    if (said->size_line && said->size_bytes != part->bytes.size)
        return bc_patch_refuse_at(reading, said->size_line,
                                  "\"%s\" has %" PRIu64 " bytes by its H size, and %zu by its H "
                                  "base64; the patch is damaged",
                                  bc_patch_show(part->path).text, said->size_bytes,
                                  part->bytes.size);
    return check_digest(reading);
}

enum bc_status bc_patch_part_end(struct bc_patch_reading *reading)
{
    struct bc_patch_part *part = reading->part;
    enum bc_syntax syntax;
    bool triple_file = is_triple_file(part->path, &syntax);
    part->row_count = reading->patch->row_count - part->first_row;
    guess_type(part, triple_file);
    enum bc_status st = check_deleted(reading);
    if (!st)
        st = check_type(reading, triple_file);
    return st ? st : check_bytes(reading);
}
