#include "branchcore/iso_time.h"

struct reader {
    const char *at;
    const char *end;
    bool failed;
};

static bool skip(struct reader *from, char c)
{
    bool there = from->at < from->end && *from->at == c;
    from->at += there;
    return there;
}

static void expect(struct reader *from, char c)
{
    if (!skip(from, c))
        from->failed = true;
}

/* Exactly so many digits, of a number from lowest to highest. */
static int64_t number(struct reader *from, int digits, int64_t lowest, int64_t highest)
{
    int64_t value = 0;
    for (int i = 0; i < digits; i++) {
        if (from->at == from->end || *from->at < '0' || *from->at > '9') {
            from->failed = true;
            return lowest;
        }
        value = value * 10 + (*from->at++ - '0');
    }
    if (value < lowest || value > highest)
        from->failed = true;
    return value;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    /* Years that start in March end with the leap day. */
    int64_t y = year - (month <= 2);
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

/* The digits behind a point: their nanoseconds, and how many a last digit of one more is. */
static int64_t fraction(struct reader *from, int64_t *unit_ns)
{
    int64_t value = 0;
    *unit_ns = 1000000000;
    while (from->at < from->end && *from->at >= '0' && *from->at <= '9' && *unit_ns > 1) {
        *unit_ns /= 10;
        value += (*from->at++ - '0') * *unit_ns;
    }
    if (*unit_ns == 1000000000)
        from->failed = true;
    return value;
}

/* Seconds since midnight; *ns what is left, *unit_ns how long what was named last is. */
static int64_t time_of_day(struct reader *from, int64_t *ns, int64_t *unit_ns)
{
    int64_t seconds = number(from, 2, 0, 23) * 3600;
    expect(from, ':');
    seconds += number(from, 2, 0, 59) * 60;
    *unit_ns = INT64_C(60) * 1000000000;
    if (!skip(from, ':'))
        return seconds;
    seconds += number(from, 2, 0, 59);
    *unit_ns = 1000000000;
    if (skip(from, '.'))
        *ns = fraction(from, unit_ns);
    return seconds;
}

static int64_t offset_seconds(struct reader *from)
{
    if (from->at == from->end || skip(from, 'Z'))
        return 0;
    bool behind = skip(from, '-');
    if (!behind)
        expect(from, '+');
    int64_t seconds = number(from, 2, 0, 23) * 3600;
    expect(from, ':');
    seconds += number(from, 2, 0, 59) * 60;
    return behind ? -seconds : seconds;
}

bool bc_iso_time_parse(struct bc_slice text, int64_t *end_ns)
{
    if (!text.size)
        return false;
    struct reader from = {text.data, text.data + text.size, false};
    int64_t year = number(&from, 4, 1, 9999);
    expect(&from, '-');
    int64_t month = number(&from, 2, 1, 12);
    expect(&from, '-');
    int64_t day = number(&from, 2, 1, 31);
    if (from.failed || day > days_of_month(year, month))
        return false;
    int64_t seconds = days_since_1970(year, month, day) * 86400;
    int64_t ns = 0;
    int64_t unit_ns = INT64_C(86400) * 1000000000;
    if (skip(&from, 'T'))
        seconds += time_of_day(&from, &ns, &unit_ns);
    seconds -= offset_seconds(&from);
    if (from.failed || from.at != from.end)
        return false;
    return !__builtin_mul_overflow(seconds, INT64_C(1000000000), &seconds) &&
           !__builtin_add_overflow(seconds, ns + unit_ns - 1, end_ns);
}
