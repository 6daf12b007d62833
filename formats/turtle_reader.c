#include "formats/internal.h"

#include "formats/turtle_parse.h"
#include "formats/turtle_place.h"

enum {
    KEPT_BUFFER = 1 << 16, /* a buffer that a long token grew beyond this is given back behind it */
    LEAST_MORE = 4096      /* bytes that a token which is cut is completed from, at least */
};

/* A piece of text: the tokens that are whole in it are taken from where it lies; what is left, the
 * start of a token, is carried until enough more has come. */
struct turtle_reader {
    struct bc_syntax_reader base;
    struct fmt_turtle turtle;
    struct fmt_lexer lexer;
    struct fmt_place place; /* where what was not taken so far begins */
    struct bc_buffer carry;
    size_t enough; /* bytes carried before they are looked at again: twice those looked at before */
    uint64_t began_line; /* of what is open and began in an earlier piece */
    bool finished;
    bool refused; /* the rest of the refused line may be still to come */
    enum bc_status failed;
    struct fmt_refusal refusal;
    struct bc_syntax_error error;
};

static struct turtle_reader *reader_of(struct bc_syntax_reader *reader)
{
    return (struct turtle_reader *)reader;
}

static enum bc_status fail(struct turtle_reader *reader, enum bc_status status)
{
    bc_buffer_release(&reader->carry);
    reader->failed = status;
    return status;
}

/* Lines are counted from 1 for people. */
static uint64_t line_at(const struct turtle_reader *reader, const char *from, const char *at)
{
    struct fmt_place place = reader->place;
    fmt_place_advance(&place, from, (size_t)(at - from));
    return place.line + 1;
}

/* Steps over what was taken. */
static void advance(struct turtle_reader *reader, const char *from, const char *to)
{
    struct fmt_turtle *turtle = &reader->turtle;
    if (turtle->began) {
        reader->began_line = line_at(reader, from, turtle->began);
        turtle->began = NULL;
    }
    fmt_place_advance(&reader->place, from, (size_t)(to - from));
}

/* The refusal ends the reading as soon as the rest of its line is there, so that what it shows does
 * not depend on how the text came. */
static enum bc_status show_refusal(struct turtle_reader *reader, const char *rest, size_t size,
                                   bool last)
{
    fmt_refusal_feed(&reader->refusal, rest, size);
    if (!reader->refusal.whole && !last)
        return BC_OK;
    fmt_refusal_finish(&reader->refusal, &reader->error);
    return BC_SYNTAX;
}

static enum bc_status refuse(struct turtle_reader *reader, const char *from, const char *end)
{
    const char *spot = reader->lexer.spot;
    bool last = reader->lexer.last;
    memcpy(reader->error.reason, reader->lexer.reason, sizeof reader->error.reason);
    reader->refused = true;
    reader->refusal.place = reader->place;
    fmt_place_advance(&reader->refusal.place, from, (size_t)(spot - from));
    return show_refusal(reader, spot, (size_t)(end - spot), last);
}

static enum bc_status check_end(struct turtle_reader *reader, const char *from, const char *end)
{
    struct fmt_turtle *turtle = &reader->turtle;
    const char *open = fmt_turtle_open(turtle);
    if (!open)
        return BC_OK;
    uint64_t line = turtle->began ? line_at(reader, from, turtle->began) : reader->began_line;
    fmt_lexer_refuse(&reader->lexer, end, "the text ends within a %s that began on line %llu", open,
                     (unsigned long long)line);
    return BC_SYNTAX;
}

/* Takes the tokens that are whole in a piece of text; *used: up to where. */
static enum bc_status take_tokens(struct turtle_reader *reader, struct bc_slice text, bool last,
                                  size_t *used)
{
    struct fmt_lexer *lexer = &reader->lexer;
    const char *from = text.data;
    const char *end = from + text.size;
    struct fmt_token token;
    enum fmt_lexed lexed;
    enum bc_status st = BC_OK;
    lexer->at = from;
    lexer->end = end;
    lexer->last = last;
    do {
        lexed = fmt_turtle_lex(lexer, &token);
        if (lexed == FMT_LEX_TOKEN)
            st = fmt_turtle_take(&reader->turtle, &token);
    } while (!st && lexed == FMT_LEX_TOKEN);
    if (lexed == FMT_LEX_BAD)
        st = BC_SYNTAX;
    if (!st && last)
        st = check_end(reader, from, end);
    if (st)
        return st == BC_SYNTAX && *lexer->reason ? refuse(reader, from, end) : st;
    advance(reader, from, lexer->at);
    *used = (size_t)(lexer->at - from);
    return BC_OK;
}

/* Takes tokens out of what is carried, completed by up to `size` bytes; *used says how many of
 * these were used up. Where nothing of what was carried is left, the rest need not be. */
static enum bc_status take_carried(struct turtle_reader *reader, const char *data, size_t size,
                                   size_t *used)
{
    struct bc_buffer *carry = &reader->carry;
    size_t before = carry->size;
    size_t more = before > LEAST_MORE ? before : LEAST_MORE;
    size_t taken = 0;
    more = more < size ? more : size;
    enum bc_status st = bc_buffer_append(carry, data, more);
    *used = more;
    if (st || carry->size < reader->enough)
        return st;
    st = take_tokens(reader, bc_buffer_slice(carry), false, &taken);
    if (st || reader->refused)
        return st;
    if (taken >= before) {
        *used = taken - before;
        bc_buffer_clear(carry);
        if (carry->capacity > KEPT_BUFFER)
            bc_buffer_release(carry);
        return BC_OK;
    }
    memmove(carry->data, carry->data + taken, carry->size - taken);
    carry->size -= taken;
    reader->enough = 2 * carry->size;
    return BC_OK;
}

static enum bc_status take_text(struct turtle_reader *reader, const char *data, size_t size)
{
    while (size) {
        size_t used = size;
        enum bc_status st;
        if (reader->refused)
            return show_refusal(reader, data, size, false);
        if (reader->carry.size) {
            st = take_carried(reader, data, size, &used);
            if (!st && reader->refused)
                return show_refusal(reader, data + used, size - used, false);
        } else {
            st = take_tokens(reader, bc_slice(data, size), false, &used);
            if (st || reader->refused)
                return st;
            reader->enough = 2 * (size - used);
            st = bc_buffer_append(&reader->carry, data + used, size - used);
            used = size;
        }
        if (st)
            return st;
        data += used;
        size -= used;
    }
    return BC_OK;
}

static enum bc_status feed(struct bc_syntax_reader *base, const void *data, size_t size)
{
    struct turtle_reader *reader = reader_of(base);
    if (reader->failed)
        return reader->failed;
    if (reader->finished)
        return BC_INVALID;
    enum bc_status st = take_text(reader, data, size);
    return st ? fail(reader, st) : BC_OK;
}

static enum bc_status finish(struct bc_syntax_reader *base)
{
    struct turtle_reader *reader = reader_of(base);
    if (reader->failed || reader->finished)
        return reader->failed;
    reader->finished = true;
    struct bc_slice rest = reader->carry.size ? bc_buffer_slice(&reader->carry) : bc_slice("", 0);
    size_t used;
    enum bc_status st = reader->refused ? show_refusal(reader, "", 0, true)
                                        : take_tokens(reader, rest, true, &used);
    return st ? fail(reader, st) : BC_OK;
}

static const struct bc_syntax_error *error(const struct bc_syntax_reader *base)
{
    const struct turtle_reader *reader = (const struct turtle_reader *)base;
    return reader->error.line ? &reader->error : NULL;
}

static const struct bc_prefixes *prefixes(const struct bc_syntax_reader *base)
{
    return &((const struct turtle_reader *)base)->turtle.names.prefixes;
}

static void free_reader(struct bc_syntax_reader *base)
{
    struct turtle_reader *reader = reader_of(base);
    bc_buffer_release(&reader->carry);
    fmt_turtle_release(&reader->turtle);
    bc_free(reader);
}

enum bc_status fmt_turtle_reader_new(bool graphs, const struct bc_reading *reading,
                                     struct bc_syntax_reader **reader)
{
    static const struct bc_syntax_reader_ops ops = {feed, finish, error, prefixes, free_reader};
    struct turtle_reader *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->base.ops = &ops;
    enum bc_status st = fmt_turtle_init(&made->turtle, graphs, reading, &made->lexer);
    if (st)
        free_reader(&made->base);
    else
        *reader = &made->base;
    return st;
}
