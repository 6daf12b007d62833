#include "tools/bench_changes.h"

#include "tools/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t mixed(uint64_t seed, uint64_t number)
{
    uint64_t x = seed * UINT64_C(0xD1B54A32D192ED03) + (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

enum what { NOTHING, CONFLICT, OURS_REMOVED, OURS_ADDED, THEIRS_REMOVED, THEIRS_ADDED };

static enum what what_becomes_of(const struct tfs_changes *changes, uint64_t number)
{
    uint64_t pick = mixed(changes->seed, number) % changes->lines;
    uint64_t half = (changes->a_side - changes->conflicts) / 2;
    if (pick < changes->conflicts)
        return CONFLICT;
    pick -= changes->conflicts;
    return pick < 4 * half ? OURS_REMOVED + (enum what)(pick / half) : NOTHING;
}

/* A line's subject, and its predicate where that is wanted: up to and with the blank behind it. */
static int start_of(const char *line, bool predicate)
{
    const char *at = strchr(line, ' ');
    if (at && predicate)
        at = strchr(at + 1, ' ');
    return at ? (int)(at - line) + 1 : 0;
}

static void write_side(FILE *to, const char *line, bool changed, bool removed, bool conflict,
                       const char *side, uint64_t number)
{
    if (!changed || (!removed && !conflict))
        fputs(line, to);
    if (changed && conflict)
        fprintf(to, "%.*s\"%s %llu\" .\n", start_of(line, true), line, side,
                (unsigned long long)number);
    else if (changed && !removed)
        fprintf(to, "%.*s<http://example.org/changed> \"%s %llu\" .\n", start_of(line, false), line,
                side, (unsigned long long)number);
}

static void write_line(const struct tfs_changes *changes, FILE *ours, FILE *theirs,
                       const char *line, uint64_t number)
{
    enum what what = what_becomes_of(changes, number);
    write_side(ours, line, what == CONFLICT || what == OURS_REMOVED || what == OURS_ADDED,
               what == OURS_REMOVED, what == CONFLICT, "ours", number);
    write_side(theirs, line, what == CONFLICT || what == THEIRS_REMOVED || what == THEIRS_ADDED,
               what == THEIRS_REMOVED, what == CONFLICT, "theirs", number);
}

static bool tell(const char *path)
{
    tfs_say("cannot make changed copies: %s: %s", path, strerror(errno));
    return false;
}

static bool close_written(FILE *file, const char *path)
{
    bool bad = ferror(file);
    return (fclose(file) == 0 && !bad) || tell(path);
}

bool tfs_changes_make(const struct tfs_changes *changes, const char *from, const char *ours,
                      const char *theirs)
{
    FILE *text = fopen(from, "re");
    FILE *one = fopen(ours, "we");
    FILE *other = fopen(theirs, "we");
    bool good = (text || tell(from)) && (one || tell(ours)) && (other || tell(theirs));
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    while (good && getline(&line, &room, text) > 0)
        write_line(changes, one, other, line, number++);
    free(line); /* of getline(3) */
    if (text && ferror(text))
        good = tell(from);
    if (text)
        (void)fclose(text);
    if (one)
        good = close_written(one, ours) && good;
    if (other)
        good = close_written(other, theirs) && good;
    return good;
}
