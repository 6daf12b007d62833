#include "formats/turtle_lex.h"

#include "branchcore/term_text.h"

#include <stdio.h>

/* What a byte may be within a name. */
enum {
    INNER = 1,  /* ASCII of PN_CHARS, and '.' */
    LOCAL = 2,  /* what a local name has beside them without an escape: ':' */
    BLANK = 4,  /* between tokens */
    ESCAPED = 8 /* behind '\' in a local name: PN_LOCAL_ESC */
};

static const unsigned char classes[256] = {
    ['a' ... 'z'] = INNER,   ['A' ... 'Z'] = INNER,   ['0' ... '9'] = INNER,
    ['_'] = INNER | ESCAPED, ['-'] = INNER | ESCAPED, ['.'] = INNER | ESCAPED,
    [':'] = LOCAL,           [' '] = BLANK,           ['\t'] = BLANK,
    ['\n'] = BLANK,          ['\r'] = BLANK,          ['~'] = ESCAPED,
    ['!'] = ESCAPED,         ['$'] = ESCAPED,         ['&'] = ESCAPED,
    ['\''] = ESCAPED,        ['('] = ESCAPED,         [')'] = ESCAPED,
    ['*'] = ESCAPED,         ['+'] = ESCAPED,         [','] = ESCAPED,
    [';'] = ESCAPED,         ['='] = ESCAPED,         ['/'] = ESCAPED,
    ['?'] = ESCAPED,         ['#'] = ESCAPED,         ['@'] = ESCAPED,
    ['%'] = ESCAPED,
};

static bool is(char byte, unsigned char class)
{
    return classes[(unsigned char)byte] & class;
}

/* The token that is being read: from `at` up to `end`, which is the end of the text if `last`. */
struct scan {
    struct fmt_lexer *lexer;
    struct fmt_token *token;
    const char *at;
    const char *end;
    bool last;
};

void fmt_lexer_refuse(struct fmt_lexer *lexer, const char *spot, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(lexer->reason, sizeof lexer->reason, format, args);
    va_end(args);
    lexer->spot = spot;
}

#define REFUSE(scan, ...) (fmt_lexer_refuse((scan)->lexer, __VA_ARGS__), FMT_LEX_BAD)

static enum fmt_lexed whole(struct scan *scan, enum fmt_token_kind kind, const char *end)
{
    scan->token->kind = kind;
    scan->token->at = scan->lexer->at;
    scan->token->end = end;
    scan->lexer->at = end;
    return FMT_LEX_TOKEN;
}

/* Whether bytes that are no character may become one by those that follow. */
static bool may_continue(const char *at, size_t size)
{
    char bytes[BC_UTF8_MAX];
    uint32_t code_point;
    if (size >= BC_UTF8_MAX)
        return false;
    memcpy(bytes, at, size);
    memset(bytes + size, 0x80, sizeof bytes - size);
    if (bc_utf8_decode(bytes, sizeof bytes, &code_point))
        return true;
    memset(bytes + size, 0xBF, sizeof bytes - size);
    return bc_utf8_decode(bytes, sizeof bytes, &code_point);
}

static enum fmt_lexed refuse_bytes(struct fmt_lexer *lexer, const char *at, const char *end)
{
    char bytes[BC_UTF8_MAX * 5 + 1] = "";
    size_t size = bc_utf8_broken(at, (size_t)(end - at));
    for (size_t i = 0; i < size; i++)
        snprintf(bytes + 5 * i, sizeof bytes - 5 * i, " 0x%02X", (unsigned char)at[i]);
    fmt_lexer_refuse(lexer, at, "byte%s is not valid UTF-8", bytes);
    return FMT_LEX_BAD;
}

/* The character at the cursor; 0 bytes: there is none, which is refused or asks for more. */
static size_t character(struct scan *scan, uint32_t *code_point, enum fmt_lexed *why)
{
    size_t left = (size_t)(scan->end - scan->at);
    size_t size = bc_utf8_decode(scan->at, left, code_point);
    if (size)
        return size;
    *why = !scan->last && may_continue(scan->at, left)
               ? FMT_LEX_MORE
               : refuse_bytes(scan->lexer, scan->at, scan->end);
    return 0;
}

uint32_t fmt_numeric_escape(const char *at, const char **behind)
{
    size_t digits = at[1] == 'u' ? 4 : 8;
    uint32_t value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value << 4 | (uint32_t)bc_hex_value(at[2 + i]);
    *behind = at + 2 + digits;
    return value;
}

/* \u or \U at the cursor, which moves behind it. */
static enum fmt_lexed numeric_escape(struct scan *scan, uint32_t *code_point)
{
    const char *start = scan->at;
    ptrdiff_t size = start[1] == 'u' ? 6 : 10;
    for (ptrdiff_t i = 2; i < size; i++) {
        if (start + i == scan->end && !scan->last)
            return FMT_LEX_MORE;
        if (start + i == scan->end || bc_hex_value(start[i]) < 0)
            return REFUSE(scan, start, "\\%c needs %s hexadecimal digits", start[1],
                          size == 6 ? "four" : "eight");
    }
    uint32_t value = fmt_numeric_escape(start, &scan->at);
    if (value >= 0xD800 && value < 0xE000)
        return REFUSE(scan, start, "U+%04X is half a surrogate pair, not a character",
                      (unsigned)value);
    if (value > 0x10FFFF)
        return REFUSE(scan, start, "U+%04X is beyond the last character, U+10FFFF",
                      (unsigned)value);
    *code_point = value;
    return FMT_LEX_TOKEN;
}

static enum fmt_lexed iri_escape(struct scan *scan)
{
    const char *start = scan->at;
    if (scan->end - start < 2 && !scan->last)
        return FMT_LEX_MORE;
    if (scan->end - start < 2 || (start[1] != 'u' && start[1] != 'U'))
        return REFUSE(scan, start, "an IRI cannot contain '\\', except in \\uXXXX and \\UXXXXXXXX");
    uint32_t code_point = 0;
    enum fmt_lexed lexed = numeric_escape(scan, &code_point);
    if (lexed == FMT_LEX_TOKEN && bc_forbidden_in_iri(code_point))
        return REFUSE(scan, start, "an IRI cannot contain %s, not even escaped",
                      bc_utf8_name(code_point).text);
    return lexed;
}

static enum fmt_lexed iri(struct scan *scan)
{
    scan->at++;
    for (;;) {
        scan->at = bc_iri_run(scan->at, scan->end);
        if (scan->at == scan->end)
            return scan->last ? REFUSE(scan, scan->lexer->at,
                                       "the IRI that starts here has no closing '>'")
                              : FMT_LEX_MORE;
        if (*scan->at == '>')
            return whole(scan, FMT_TOKEN_IRI, scan->at + 1);
        enum fmt_lexed lexed = FMT_LEX_BAD;
        if (*scan->at == '\\') {
            scan->token->escaped = true;
            lexed = iri_escape(scan);
            if (lexed != FMT_LEX_TOKEN)
                return lexed;
            continue;
        }
        uint32_t code_point;
        if (character(scan, &code_point, &lexed))
            return REFUSE(scan, scan->at, "an IRI cannot contain %s",
                          bc_utf8_name(code_point).text);
        return lexed;
    }
}

/* "<", "<<" or "<<(". */
static enum fmt_lexed less_than(struct scan *scan)
{
    const char *at = scan->at;
    if (scan->end - at < 2)
        return scan->last ? iri(scan) : FMT_LEX_MORE;
    if (at[1] != '<')
        return iri(scan);
    if (scan->end - at < 3 && !scan->last)
        return FMT_LEX_MORE;
    return scan->end - at >= 3 && at[2] == '(' ? whole(scan, FMT_TOKEN_OPEN_TERM, at + 3)
                                               : whole(scan, FMT_TOKEN_OPEN_REIFIED, at + 2);
}

static enum fmt_lexed string_escape(struct scan *scan)
{
    const char *start = scan->at;
    uint32_t code_point;
    if (scan->end - start < 2)
        return scan->last ? REFUSE(scan, start, "a literal ends within an escape") : FMT_LEX_MORE;
    if (start[1] == 'u' || start[1] == 'U')
        return numeric_escape(scan, &code_point);
    if (start[1] && strchr("tbnrf\"'\\", start[1])) {
        scan->at += 2;
        return FMT_LEX_TOKEN;
    }
    enum fmt_lexed lexed = FMT_LEX_BAD;
    scan->at++;
    if (character(scan, &code_point, &lexed))
        return REFUSE(scan, start, "'\\' before %s is no escape; write '\\\\' for a backslash",
                      bc_utf8_name(code_point).text);
    return lexed;
}

/* A character that bc_literal_run stops at and that ends nothing: taken, or refused. */
static enum fmt_lexed string_character(struct scan *scan, char quote)
{
    enum fmt_lexed lexed = FMT_LEX_TOKEN;
    uint32_t code_point;
    if (*scan->at == '\\') {
        scan->token->escaped = true;
        return string_escape(scan);
    }
    size_t size = character(scan, &code_point, &lexed);
    if (!size)
        return lexed;
    if (scan->token->quotes == 1 && (code_point == '\n' || code_point == '\r'))
        return REFUSE(scan, scan->at,
                      "a line break cannot stand in a literal in %c...%c; write \\n, or use %s",
                      quote, quote, quote == '"' ? "\"\"\"...\"\"\"" : "'''...'''");
    scan->token->escaped = true;
    scan->at += size;
    return FMT_LEX_TOKEN;
}

/* The end of the run of characters that need no look: before the quote, too. */
static const char *string_run(const char *at, const char *end, char quote)
{
    enum { LOOK = 256 };
    if (quote == '"')
        return bc_literal_run(at, end);
    /* A stretch at a time, lest a quote that is near is found by going through all that follows. */
    for (;;) {
        const char *limit = end - at > LOOK ? at + LOOK : end;
        const char *behind = bc_literal_run(at, limit);
        const char *found = memchr(at, quote, (size_t)(behind - at));
        if (found)
            return found;
        if (behind == at || limit == end || limit - behind >= BC_UTF8_MAX)
            return behind;
        at = behind;
    }
}

static enum fmt_lexed unclosed(struct scan *scan, char quote)
{
    if (!scan->last)
        return FMT_LEX_MORE;
    bool tripled = scan->token->quotes == 3;
    return REFUSE(scan, scan->lexer->at, "the literal that starts here has no closing %c%.*s",
                  quote, tripled ? 2 : 0, quote == '"' ? "\"\"" : "''");
}

/* Whether the quote at the cursor closes the string; else it is one of its characters. Longest
 * match: of more than three in a row, the first three do. */
static enum fmt_lexed string_quote(struct scan *scan, char quote, bool *closes)
{
    *closes = true;
    if (scan->token->quotes == 1) {
        scan->at++;
        return FMT_LEX_TOKEN;
    }
    ptrdiff_t count = 1;
    while (count < 3 && scan->at + count < scan->end && scan->at[count] == quote)
        count++;
    if (count < 3 && scan->at + count == scan->end)
        return unclosed(scan, quote);
    *closes = count == 3;
    scan->token->escaped |= !*closes && quote == '"';
    scan->at += count;
    return FMT_LEX_TOKEN;
}

static enum fmt_lexed string_text(struct scan *scan, char quote)
{
    for (;;) {
        enum fmt_lexed lexed;
        scan->at = string_run(scan->at, scan->end, quote);
        if (scan->at == scan->end)
            return unclosed(scan, quote);
        if (*scan->at == quote) {
            bool closes;
            lexed = string_quote(scan, quote, &closes);
            if (lexed == FMT_LEX_TOKEN && closes)
                return whole(scan, FMT_TOKEN_STRING, scan->at);
        } else {
            lexed = string_character(scan, quote);
        }
        if (lexed != FMT_LEX_TOKEN)
            return lexed;
    }
}

static enum fmt_lexed string(struct scan *scan)
{
    const char *at = scan->at;
    char quote = *at;
    scan->token->quotes = 1;
    if (scan->end - at < 2 || (at[1] == quote && scan->end - at < 3 && !scan->last))
        return unclosed(scan, quote);
    if (at[1] == quote) {
        if (scan->end - at < 3 || at[2] != quote)
            return whole(scan, FMT_TOKEN_STRING, at + 2);
        scan->token->quotes = 3;
    }
    scan->at += scan->token->quotes;
    return string_text(scan, quote);
}

/* The end of the run of PN_CHARS and '.', and with LOCAL of ':'; stops at what is no character. */
static const char *name_run(const char *at, const char *end, unsigned char class)
{
    for (;;) {
        while (at < end && is(*at, class))
            at++;
        uint32_t code_point;
        if (at == end || !(*at & 0x80))
            return at;
        size_t size = bc_utf8_decode(at, (size_t)(end - at), &code_point);
        if (!size || !bc_label_character(code_point))
            return at;
        at += size;
    }
}

/* A run that stops here may go on in the next piece. */
static bool is_cut(const struct scan *scan)
{
    size_t left = (size_t)(scan->end - scan->at);
    uint32_t code_point;
    if (scan->last)
        return false;
    return !left || ((*scan->at & 0x80) && !bc_utf8_decode(scan->at, left, &code_point) &&
                     may_continue(scan->at, left));
}

/* %XX or an escape in a local name, at the cursor. */
static enum fmt_lexed local_escape(struct scan *scan)
{
    const char *at = scan->at;
    bool percent = *at == '%';
    ptrdiff_t size = percent ? 3 : 2;
    for (ptrdiff_t i = 1; i < size; i++) {
        if (at + i == scan->end && !scan->last)
            return FMT_LEX_MORE;
        bool good = at + i < scan->end && (percent ? bc_hex_value(at[i]) >= 0 : is(at[i], ESCAPED));
        if (!good)
            return REFUSE(scan, at, "%s",
                          percent ? "'%' in a name needs two hexadecimal digits behind it"
                                  : "'\\' in a name must stand before one of _~.-!$&'()*+,;=/?#@%");
    }
    scan->token->escaped |= !percent;
    scan->at += size;
    return FMT_LEX_TOKEN;
}

/* PN_LOCAL behind the ':' of a name, possibly none. */
static enum fmt_lexed local_name(struct scan *scan)
{
    const char *start = scan->at;
    uint32_t code_point;
    if (is_cut(scan))
        return FMT_LEX_MORE;
    if (start == scan->end)
        return whole(scan, FMT_TOKEN_NAME, start);
    size_t size = bc_utf8_decode(start, (size_t)(scan->end - start), &code_point);
    if (*start != '%' && *start != '\\' && *start != ':' && (!size || !bc_label_start(code_point)))
        return whole(scan, FMT_TOKEN_NAME, start);
    for (;;) {
        scan->at = name_run(scan->at, scan->end, INNER | LOCAL);
        if (is_cut(scan))
            return FMT_LEX_MORE;
        if (scan->at == scan->end || (*scan->at != '%' && *scan->at != '\\'))
            break;
        enum fmt_lexed lexed = local_escape(scan);
        if (lexed != FMT_LEX_TOKEN)
            return lexed;
    }
    while (scan->at[-1] == '.' && scan->at[-2] != '\\')
        scan->at--;
    return whole(scan, FMT_TOKEN_NAME, scan->at);
}

/* A name or a word. */
static enum fmt_lexed name(struct scan *scan)
{
    const char *start = scan->at;
    scan->at = name_run(start, scan->end, INNER);
    if (is_cut(scan))
        return FMT_LEX_MORE;
    if (scan->at < scan->end && *scan->at == ':' && (scan->at == start || scan->at[-1] != '.')) {
        scan->token->colon = scan->at++;
        return local_name(scan);
    }
    while (scan->at[-1] == '.')
        scan->at--;
    return whole(scan, FMT_TOKEN_WORD, scan->at);
}

static enum fmt_lexed label(struct scan *scan)
{
    uint32_t code_point;
    enum fmt_lexed lexed = FMT_LEX_MORE;
    if (scan->end - scan->at < 2 && !scan->last)
        return FMT_LEX_MORE;
    if (scan->end - scan->at < 2 || scan->at[1] != ':')
        return REFUSE(scan, scan->at, "'_' must be followed by ':' (a blank node is _:label)");
    scan->at += 2;
    if (scan->at == scan->end)
        return scan->last ? REFUSE(scan, scan->at, "a blank node needs a label behind '_:'")
                          : FMT_LEX_MORE;
    size_t size = character(scan, &code_point, &lexed);
    if (!size)
        return lexed;
    if (!bc_label_start(code_point))
        return REFUSE(scan, scan->at, "a blank node label cannot start with %s",
                      bc_utf8_name(code_point).text);
    scan->at = name_run(scan->at + size, scan->end, INNER);
    if (is_cut(scan))
        return FMT_LEX_MORE;
    while (scan->at[-1] == '.')
        scan->at--;
    return whole(scan, FMT_TOKEN_LABEL, scan->at);
}

static const char *digits(const char *at, const char *end)
{
    while (at < end && bc_is_digit(*at))
        at++;
    return at;
}

/* EXPONENT at `at`: its end, or `at` if there is none; NULL: more must come to tell. */
static const char *exponent(const struct scan *scan, const char *at)
{
    if (at < scan->end && *at != 'e' && *at != 'E')
        return at;
    const char *from = at + 1;
    if (from < scan->end && (*from == '+' || *from == '-'))
        from++;
    const char *behind = from < scan->end ? digits(from, scan->end) : scan->end;
    if (behind == scan->end && !scan->last)
        return NULL;
    return from < scan->end && behind > from ? behind : at;
}

/* The longest of INTEGER, DECIMAL and DOUBLE: "1." is 1 and a dot, "1.e0" is a double. */
static enum fmt_lexed number(struct scan *scan)
{
    const char *whole_part = scan->at + (*scan->at == '+' || *scan->at == '-');
    const char *point = digits(whole_part, scan->end);
    if (point == scan->end && !scan->last)
        return FMT_LEX_MORE;
    const char *good = point;
    enum fmt_token_kind kind = FMT_TOKEN_INTEGER;
    const char *mantissa = point;
    if (point < scan->end && *point == '.') {
        mantissa = digits(point + 1, scan->end);
        if (mantissa == scan->end && !scan->last)
            return FMT_LEX_MORE;
        if (mantissa > point + 1) {
            good = mantissa;
            kind = FMT_TOKEN_DECIMAL;
        }
    }
    if (point == whole_part && kind == FMT_TOKEN_INTEGER)
        return REFUSE(scan, scan->at, "'%c' must be followed by a number", *scan->at);
    const char *behind = mantissa < scan->end ? exponent(scan, mantissa) : mantissa;
    if (!behind)
        return FMT_LEX_MORE;
    return behind > mantissa ? whole(scan, FMT_TOKEN_DOUBLE, behind) : whole(scan, kind, good);
}

/* A dot, or a number that begins with one. */
static enum fmt_lexed dot(struct scan *scan)
{
    if (scan->end - scan->at < 2 && !scan->last)
        return FMT_LEX_MORE;
    if (scan->end - scan->at >= 2 && bc_is_digit(scan->at[1]))
        return number(scan);
    return whole(scan, FMT_TOKEN_DOT, scan->at + 1);
}

/* '@' and words of letters and digits with '-' between: LANG_DIR, or a directive's word. */
static enum fmt_lexed at_word(struct scan *scan)
{
    const char *at = scan->at + 1;
    while (at < scan->end && (bc_is_letter(*at) || bc_is_digit(*at) || *at == '-'))
        at++;
    if (at == scan->end && !scan->last)
        return FMT_LEX_MORE;
    if (at == scan->at + 1 || !bc_is_letter(scan->at[1]))
        return REFUSE(scan, scan->at,
                      "'@' must be followed by a language such as en, or by prefix, base or "
                      "version");
    return whole(scan, FMT_TOKEN_AT, at);
}

/* The byte `distance` behind the cursor, '\0' behind the text; *cut: it has not come yet. */
static char peek(const struct scan *scan, ptrdiff_t distance, bool *cut)
{
    if (scan->end - scan->at > distance)
        return scan->at[distance];
    *cut |= !scan->last;
    return '\0';
}

/* A token of more than one byte that are all there, else another one of one, if there is such. */
static enum fmt_lexed joined(struct scan *scan, const char *text, enum fmt_token_kind kind,
                             int otherwise)
{
    size_t size = strlen(text);
    bool cut = false;
    for (size_t i = 1; i < size; i++) {
        if (peek(scan, (ptrdiff_t)i, &cut) == text[i])
            continue;
        if (cut)
            return FMT_LEX_MORE;
        if (otherwise < 0)
            return REFUSE(scan, scan->at, "expected '%s', found '%c' alone", text, text[0]);
        return whole(scan, (enum fmt_token_kind)otherwise, scan->at + 1);
    }
    return whole(scan, kind, scan->at + size);
}

static enum fmt_lexed no_token(struct scan *scan)
{
    uint32_t code_point;
    enum fmt_lexed lexed = FMT_LEX_BAD;
    size_t size = character(scan, &code_point, &lexed);
    if (!size)
        return lexed;
    /* A name may begin with this character, too. */
    if (code_point == 0xFEFF && !scan->lexer->started)
        return REFUSE(scan, scan->at,
                      "a byte order mark is not allowed; save the text as UTF-8 without it");
    if (bc_label_start(code_point))
        return name(scan);
    return REFUSE(scan, scan->at, "%s means nothing here", bc_utf8_name(code_point).text);
}

static enum fmt_lexed scan_token(struct scan *scan)
{
    switch (*scan->at) {
    case '<':
        return less_than(scan);
    case '"':
    case '\'':
        return string(scan);
    case '_':
        return label(scan);
    case '@':
        return at_word(scan);
    case '.':
        return dot(scan);
    case ',':
        return whole(scan, FMT_TOKEN_COMMA, scan->at + 1);
    case ';':
        return whole(scan, FMT_TOKEN_SEMICOLON, scan->at + 1);
    case '[':
        return whole(scan, FMT_TOKEN_OPEN_BRACKET, scan->at + 1);
    case ']':
        return whole(scan, FMT_TOKEN_CLOSE_BRACKET, scan->at + 1);
    case '(':
        return whole(scan, FMT_TOKEN_OPEN_LIST, scan->at + 1);
    case ')':
        return joined(scan, ")>>", FMT_TOKEN_CLOSE_TERM, FMT_TOKEN_CLOSE_LIST);
    case '{':
        return joined(scan, "{|", FMT_TOKEN_OPEN_ANNOTATION, FMT_TOKEN_OPEN_BLOCK);
    case '}':
        return whole(scan, FMT_TOKEN_CLOSE_BLOCK, scan->at + 1);
    case '|':
        return joined(scan, "|}", FMT_TOKEN_CLOSE_ANNOTATION, -1);
    case '>':
        return joined(scan, ">>", FMT_TOKEN_CLOSE_REIFIED, -1);
    case '^':
        return joined(scan, "^^", FMT_TOKEN_CARETS, -1);
    case '~':
        return whole(scan, FMT_TOKEN_TILDE, scan->at + 1);
    case '+':
    case '-':
    case '0' ... '9':
        return number(scan);
    case 'a' ... 'z':
    case 'A' ... 'Z':
    case ':':
        return name(scan);
    default:
        return no_token(scan);
    }
}

/* The rest of a comment up to its line break; false: it is not whole, or refused. */
static bool skip_comment(struct fmt_lexer *lexer, enum fmt_lexed *lexed)
{
    const char *at = lexer->at;
    const char *stop = at;
    while (stop < lexer->end && *stop != '\n' && *stop != '\r')
        stop++;
    at += bc_utf8_valid_prefix(at, (size_t)(stop - at));
    lexer->at = at;
    lexer->in_comment = at == lexer->end;
    if (at == stop && at < lexer->end)
        return true;
    if (at == stop ||
        (stop == lexer->end && !lexer->last && may_continue(at, (size_t)(stop - at)))) {
        lexer->in_comment = !lexer->last;
        *lexed = FMT_LEX_MORE;
    } else {
        *lexed = refuse_bytes(lexer, at, stop);
    }
    return false;
}

/* Steps over blanks and comments. */
static bool skip_blanks(struct fmt_lexer *lexer, enum fmt_lexed *lexed)
{
    for (;;) {
        if (lexer->in_comment && !skip_comment(lexer, lexed))
            return false;
        const char *at = lexer->at;
        while (at < lexer->end && is(*at, BLANK))
            at++;
        lexer->at = at;
        if (at == lexer->end) {
            *lexed = FMT_LEX_MORE;
            return false;
        }
        if (*at != '#')
            return true;
        lexer->in_comment = true;
    }
}

enum fmt_lexed fmt_turtle_lex(struct fmt_lexer *lexer, struct fmt_token *token)
{
    enum fmt_lexed lexed = FMT_LEX_MORE;
    if (!skip_blanks(lexer, &lexed))
        return lexed;
    bool clamped = lexer->end - lexer->at > BC_LINE_MAX;
    struct scan scan = {lexer, token, lexer->at, clamped ? lexer->at + BC_LINE_MAX : lexer->end,
                        lexer->last && !clamped};
    token->escaped = false;
    lexed = scan_token(&scan);
    lexer->started |= lexed == FMT_LEX_TOKEN;
    if (lexed == FMT_LEX_MORE && clamped) {
        fmt_lexer_refuse(lexer, lexer->at, "what starts here is longer than 16 MiB");
        return FMT_LEX_BAD;
    }
    return lexed;
}
