#include "branchcore/number.h"

#include "branchcore/term_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"

typedef unsigned __int128 magnitude;

enum form { INTEGER, DECIMAL, DOUBLE, FLOAT };

/* A datatype. Integers have a least and a greatest value, or none: the widest type of all. */
struct type {
    const char *name;
    enum form form;
    bool low;
    bool high;
    __int128 least;
    __int128 most;
};

static const struct type types[] = {
    {"integer", INTEGER, false, false, 0, 0},
    {"decimal", DECIMAL, false, false, 0, 0},
    {"double", DOUBLE, false, false, 0, 0},
    {"float", FLOAT, false, false, 0, 0},
    {"int", INTEGER, true, true, INT32_MIN, INT32_MAX},
    {"long", INTEGER, true, true, INT64_MIN, INT64_MAX},
    {"short", INTEGER, true, true, INT16_MIN, INT16_MAX},
    {"byte", INTEGER, true, true, INT8_MIN, INT8_MAX},
    {"nonNegativeInteger", INTEGER, true, false, 0, 0},
    {"positiveInteger", INTEGER, true, false, 1, 0},
    {"nonPositiveInteger", INTEGER, false, true, 0, 0},
    {"negativeInteger", INTEGER, false, true, 0, -1},
    {"unsignedInt", INTEGER, true, true, 0, UINT32_MAX},
    {"unsignedLong", INTEGER, true, true, 0, UINT64_MAX},
    {"unsignedShort", INTEGER, true, true, 0, UINT16_MAX},
    {"unsignedByte", INTEGER, true, true, 0, UINT8_MAX},
};

/* Takes a literal apart: its text and its type. NULL: it is none of these. */
static const struct type *type_of(struct bc_slice literal, struct bc_slice *text)
{
    static const char start[] = "\"^^<" XSD;
    enum { START = sizeof start - 1 };
    if (literal.size < START + 2 || literal.data[0] != '"' || literal.data[literal.size - 1] != '>')
        return NULL;
    const char *close = memrchr(literal.data + 1, '"', literal.size - 1);
    size_t left = close ? (size_t)(literal.data + literal.size - close) : 0;
    if (left < START + 1 || memcmp(close, start, START) != 0)
        return NULL;
    struct bc_slice name = bc_slice(close + START, left - START - 1);
    *text = bc_slice(literal.data + 1, (size_t)(close - literal.data) - 1);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (bc_slice_equal(name, bc_slice(types[i].name, strlen(types[i].name))))
            return &types[i];
    }
    return NULL;
}

static size_t digits_from(struct bc_slice text, size_t at)
{
    size_t from = at;
    while (at < text.size && bc_is_digit(text.data[at]))
        at++;
    return at - from;
}

/* The parts of a spelling: sign, digits, and digits behind a point. */
struct spelling {
    bool negative;
    struct bc_slice whole;
    struct bc_slice fraction;
    bool point;
    size_t size; /* up to where an exponent may be */
};

static bool spell(struct bc_slice text, struct spelling *spelling)
{
    size_t at = text.size && (text.data[0] == '-' || text.data[0] == '+');
    *spelling = (struct spelling){.negative = at && text.data[0] == '-'};
    spelling->whole = bc_slice(text.data + at, digits_from(text, at));
    at += spelling->whole.size;
    spelling->point = at < text.size && text.data[at] == '.';
    at += spelling->point;
    spelling->fraction = bc_slice(text.data + at, spelling->point ? digits_from(text, at) : 0);
    spelling->size = at + spelling->fraction.size;
    return spelling->whole.size + spelling->fraction.size > 0;
}

static bool append_digits(magnitude *to, struct bc_slice digits)
{
    const magnitude most = ((magnitude)1 << 127) - 1;
    for (size_t i = 0; i < digits.size; i++) {
        unsigned digit = (unsigned)(digits.data[i] - '0');
        if (*to > (most - digit) / 10)
            return false;
        *to = *to * 10 + digit;
    }
    return true;
}

/* A number with the text of a double or decimal; finite. */
static bool read_real(struct bc_slice text, bool is_float, struct bc_number *number)
{
    char copy[BC_NUMBER_SPELLING + 1];
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *number =
        (struct bc_number){.real = is_float ? (double)strtof(copy, NULL) : strtod(copy, NULL)};
    return isfinite(number->real);
}

static bool read_exact(struct bc_slice text, const struct spelling *spelling,
                       struct bc_number *number)
{
    struct bc_slice fraction = spelling->fraction;
    magnitude units = 0;
    while (fraction.size && fraction.data[fraction.size - 1] == '0')
        fraction.size--;
    if (fraction.size > BC_NUMBER_SCALE_MAX || !append_digits(&units, spelling->whole) ||
        !append_digits(&units, fraction)) {
        bool finite = read_real(text, false, number);
        number->rounded = true;
        return finite;
    }
    *number = (struct bc_number){
        .exact = true,
        .units = spelling->negative ? -(__int128)units : (__int128)units,
        .scale = (int)fraction.size,
    };
    return true;
}

static bool is_within(const struct type *type, const struct bc_number *number)
{
    if (number->exact)
        return (!type->low || number->units >= type->least) &&
               (!type->high || number->units <= type->most);
    return number->real < 0 ? !type->low : !type->high;
}

static bool has_exponent_at(struct bc_slice text, size_t at)
{
    if (at == text.size)
        return true;
    if ((text.data[at++] | 0x20) != 'e')
        return false;
    at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
    size_t digits = digits_from(text, at);
    return digits && at + digits == text.size;
}

bool bc_number_read(struct bc_slice literal, struct bc_number *number)
{
    struct bc_slice text;
    struct spelling spelling;
    const struct type *type = type_of(literal, &text);
    if (!type || text.size > BC_NUMBER_SPELLING || !spell(text, &spelling))
        return false;
    if (type->form == DOUBLE || type->form == FLOAT)
        return has_exponent_at(text, spelling.size) && read_real(text, type->form == FLOAT, number);
    if (spelling.size != text.size || (type->form == INTEGER && spelling.point))
        return false;
    return read_exact(text, &spelling, number) && is_within(type, number);
}

/* Scales. */

static bool scale_up(__int128 *units, int by)
{
    for (; by > 0; by--) {
        if (__builtin_mul_overflow(*units, 10, units))
            return false;
    }
    return true;
}

static double to_real(const struct bc_number *number)
{
    char text[BC_NUMBER_TEXT];
    if (!number->exact)
        return number->real;
    if (!number->scale)
        return (double)number->units;
    bc_number_format(number, text);
    return strtod(text, NULL);
}

static int compare_exact(const struct bc_number *a, const struct bc_number *b)
{
    __int128 left = a->units, right = b->units;
    /* What becomes too large by being scaled up is further from zero than the other. */
    if (!scale_up(&left, b->scale - a->scale))
        return a->units < 0 ? -1 : 1;
    if (!scale_up(&right, a->scale - b->scale))
        return b->units < 0 ? 1 : -1;
    return left < right ? -1 : left > right;
}

int bc_number_compare(const struct bc_number *a, const struct bc_number *b)
{
    if (a->exact && b->exact)
        return compare_exact(a, b);
    double left = to_real(a), right = to_real(b);
    return left < right ? -1 : left > right;
}

/* Sums. */

/* Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54,
 * 1974. */
static void add_real(struct bc_sums *sums, double real)
{
    double sum = sums->real_sum + real;
    sums->real_rest += fabs(sums->real_sum) >= fabs(real) ? (sums->real_sum - sum) + real
                                                          : (real - sum) + sums->real_sum;
    sums->real_sum = sum;
}

static bool add_exact(struct bc_number *to, const struct bc_number *number)
{
    __int128 left = to->units, right = number->units;
    if (!scale_up(&left, number->scale - to->scale) ||
        !scale_up(&right, to->scale - number->scale) || __builtin_add_overflow(left, right, &left))
        return false;
    to->units = left;
    to->scale = number->scale > to->scale ? number->scale : to->scale;
    return true;
}

static void note_extremes(struct bc_sums *sums, const struct bc_number *least,
                          const struct bc_number *most)
{
    if (!sums->numbers || bc_number_compare(least, &sums->least) < 0)
        sums->least = *least;
    if (!sums->numbers || bc_number_compare(most, &sums->most) > 0)
        sums->most = *most;
}

static void add_value(struct bc_sums *sums, const struct bc_number *number)
{
    sums->exact_sum.exact = true;
    if (number->exact && add_exact(&sums->exact_sum, number))
        return;
    sums->inexact = sums->inexact || number->exact || number->rounded;
    sums->any_real = sums->any_real || (!number->exact && !number->rounded);
    add_real(sums, to_real(number));
}

void bc_sums_add(struct bc_sums *sums, const struct bc_number *number)
{
    note_extremes(sums, number, number);
    add_value(sums, number);
    sums->numbers++;
}

void bc_sums_merge(struct bc_sums *to, const struct bc_sums *from)
{
    if (!from->numbers)
        return;
    note_extremes(to, &from->least, &from->most);
    add_value(to, &from->exact_sum);
    add_real(to, from->real_sum);
    to->real_rest += from->real_rest;
    to->inexact = to->inexact || from->inexact;
    to->any_real = to->any_real || from->any_real;
    to->numbers += from->numbers;
}

struct bc_number bc_sums_total(const struct bc_sums *sums)
{
    struct bc_number total = sums->exact_sum;
    total.exact = true;
    if (!sums->inexact && !sums->any_real)
        return total;
    /* The rest of a sum that is infinite is no number. */
    double real = sums->real_sum;
    if (isfinite(real))
        real = real + sums->real_rest + to_real(&total);
    return (struct bc_number){.real = real, .rounded = sums->inexact};
}

struct bc_number bc_sums_average(const struct bc_sums *sums)
{
    enum { DIGITS = 18 };
    struct bc_number total = bc_sums_total(sums);
    if (!total.exact) {
        total.real /= (double)sums->numbers;
        return total;
    }
    bool negative = total.units < 0;
    magnitude units = negative ? -(magnitude)total.units : (magnitude)total.units;
    magnitude count = sums->numbers;
    magnitude quotient = units / count, rest = units % count;
    int scale = total.scale;
    while (rest && scale < DIGITS && quotient < ((magnitude)1 << 120)) {
        rest *= 10;
        quotient = quotient * 10 + rest / count;
        rest %= count;
        scale++;
    }
    quotient += rest * 2 >= count;
    return (struct bc_number){
        .exact = true,
        .units = negative ? -(__int128)quotient : (__int128)quotient,
        .scale = scale,
    };
}

/* Text. */

static void format_exact(const struct bc_number *number, char text[BC_NUMBER_TEXT])
{
    char digits[BC_NUMBER_TEXT];
    size_t count = 0;
    int scale = number->scale;
    magnitude units = number->units < 0 ? -(magnitude)number->units : (magnitude)number->units;
    for (; scale && units % 10 == 0; scale--)
        units /= 10;
    /* From the last one on; at least one before the point. */
    do {
        digits[count++] = (char)('0' + (int)(units % 10));
        units /= 10;
    } while (units || count <= (size_t)scale);
    char *to = text;
    if (number->units < 0)
        *to++ = '-';
    while (count) {
        *to++ = digits[--count];
        if (scale && count == (size_t)scale)
            *to++ = '.';
    }
    *to = '\0';
}

/* The fewest digits that give the same number back. */
static void format_real(double real, char text[BC_NUMBER_TEXT])
{
    char plain[40];
    if (!isfinite(real)) {
        (void)snprintf(text, BC_NUMBER_TEXT, "%s", isnan(real) ? "NaN" : real < 0 ? "-INF" : "INF");
        return;
    }
    int precision = 0;
    do {
        (void)snprintf(plain, sizeof plain, "%.*e", precision, real);
    } while (precision++ < 17 && strtod(plain, NULL) != real);
    char *e = strchr(plain, 'e');
    bool point = e && memchr(plain, '.', (size_t)(e - plain));
    int exponent = e ? (int)strtol(e + 1, NULL, 10) : 0;
    if (e)
        *e = '\0';
    (void)snprintf(text, BC_NUMBER_TEXT, "%s%sE%d", plain, point ? "" : ".0", exponent);
}

void bc_number_format(const struct bc_number *number, char text[BC_NUMBER_TEXT])
{
    if (number->exact)
        format_exact(number, text);
    else
        format_real(number->real, text);
}
