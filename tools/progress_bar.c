#include "tools/progress_bar.h"

#include "tools/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 20, LEAST_COLUMNS = 40, USUAL_COLUMNS = 80, MOST_COLUMNS = 200 };

/* Where there is no terminal to draw over: a line every few seconds. */
#define LINE_INTERVAL_NS INT64_C(5000000000)

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void tfs_progress_bar_init(struct tfs_progress_bar *bar, enum tfs_progress_when when)
{
    bool terminal = isatty(STDERR_FILENO);
    *bar = (struct tfs_progress_bar){
        .shown = when == TFS_PROGRESS_ALWAYS || (when == TFS_PROGRESS_AUTO && terminal),
        .repaint = terminal,
        .last_ns = now(),
    };
}

static unsigned columns_of_terminal(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < LEAST_COLUMNS)
        return USUAL_COLUMNS;
    return size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
}

static void format_time_left(const struct bc_progress_state *state, double seconds, char to[24])
{
    to[0] = '\0';
    if (!state->total || !state->done || seconds < 0.5)
        return;
    double left = seconds * (double)(state->total - state->done) / (double)state->done;
    if (left >= 360000)
        return;
    unsigned whole = (unsigned)(left + 0.5);
    if (whole >= 3600)
        snprintf(to, 24, "  %u:%02u:%02u left", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(to, 24, "  %u:%02u left", whole / 60, whole % 60);
}

static void format_bar(const struct bc_progress_state *state, char to[BAR_CELLS + 10])
{
    to[0] = '\0';
    if (!state->total)
        return;
    unsigned percent = (unsigned)((double)state->done * 100 / (double)state->total);
    char cells[BAR_CELLS + 1];
    for (unsigned i = 0; i < BAR_CELLS; i++)
        cells[i] = i * 100 < percent * BAR_CELLS ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    snprintf(to, BAR_CELLS + 10, " %3u%% [%s]", percent > 100 ? 100 : percent, cells);
}

void tfs_progress_line(const struct bc_progress_state *given, bool bytes, int64_t now_ns,
                       unsigned columns, char *to, size_t room)
{
    struct bc_progress_state state = *given;
    if (state.total && state.done > state.total)
        state.done = state.total;
    double seconds = (double)(now_ns - (bytes ? state.started_ns : state.phase_ns)) / 1e9;
    char left[24], bar[BAR_CELLS + 10], amount[64] = "";
    format_time_left(&state, seconds, left);
    format_bar(&state, bar);
    if (bytes && seconds >= 0.5) {
        char done[16], rate[16];
        tfs_size_format(state.done, done);
        tfs_size_format((uint64_t)((double)state.done / seconds), rate);
        snprintf(amount, sizeof amount, "  %s  %s/s", done, rate);
    }
    char tail[160];
    snprintf(tail, sizeof tail, "%s%s%s", bar, amount, left);
    char head[300];
    snprintf(head, sizeof head, "%s%s%s", state.name, state.phase ? ": " : "",
             state.phase ? state.phase : "");
    for (char *at = head; *at; at++) /* names may hold what a terminal would obey */
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    size_t space = columns > strlen(tail) + 9 ? columns - strlen(tail) - 1 : 8;
    if (strlen(head) > space) { /* the end of a path says more than its start */
        const char *end = head + strlen(head) - (space - 3);
        while (((unsigned char)*end & 0xC0) == 0x80)
            end++;
        snprintf(to, room, "...%s%s", end, tail);
    } else {
        snprintf(to, room, "%s%s", head, tail);
    }
}

struct choice {
    const char *first;
    bool found;
    bool is_first;
    char name[256];
    struct bc_progress_state state;
};

static void choose(void *context, const struct bc_progress_state *state)
{
    struct choice *choice = context;
    bool is_first = choice->first && strcmp(state->name, choice->first) == 0;
    if (choice->is_first ||
        (choice->found && !is_first && state->started_ns < choice->state.started_ns))
        return;
    choice->found = true;
    choice->is_first = is_first;
    snprintf(choice->name, sizeof choice->name, "%s", state->name);
    choice->state = *state;
    choice->state.name = choice->name;
}

static bool is_time(const struct tfs_progress_bar *bar, int64_t time)
{
    return bar->shown && (bar->repaint || time - bar->last_ns >= LINE_INTERVAL_NS);
}

static void draw(struct tfs_progress_bar *bar, const struct bc_progress_state *state, bool bytes,
                 int64_t time)
{
    char line[600];
    tfs_progress_line(state, bytes, time, columns_of_terminal(), line, sizeof line);
    if (bar->repaint)
        fprintf(stderr, "\r\033[K%s", line);
    else
        fprintf(stderr, "%s\n", line);
    bar->drawn = bar->repaint;
    bar->last_ns = time;
}

void tfs_progress_bar_draw(struct tfs_progress_bar *bar, struct bc_progress *progress,
                           const char *first)
{
    int64_t time = now();
    if (!is_time(bar, time))
        return;
    struct choice choice = {.first = first};
    bc_progress_each(progress, choose, &choice);
    if (choice.found)
        draw(bar, &choice.state, choice.is_first, time);
}

/* Where the percentage of a line begins; NULL: it has none. */
static const char *find_percent(const char *line)
{
    const char *at = strrchr(line, '%');
    if (!at)
        return NULL;
    while (at > line && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return *at != '%' && at > line && at[-1] == ' ' ? at : NULL;
}

/* "NAME PHASE PERCENT% LEFT". A state that is as far, and has been under way for as long as makes
 * that time left, is drawn as the line says. */
static void parse_line(const char *line, int64_t time, char name[256],
                       struct bc_progress_state *state)
{
    enum { LEFT_MOST = 1000000 };
    static const char unknown[] = " - -";
    size_t size = strlen(line);
    const char *at = find_percent(line);
    *state = (struct bc_progress_state){.name = name, .started_ns = time, .phase_ns = time};
    if (at) {
        char *end;
        unsigned long percent = strtoul(at, &end, 10);
        long left = strtol(end + 1, NULL, 10);
        state->done = percent;
        state->total = 100;
        if (percent > 0 && percent < 100 && left > 0 && left < LEFT_MOST)
            state->phase_ns -= left * INT64_C(1000000000) / (100 - (long)percent) * (long)percent;
        size = (size_t)(at - line) - 1;
    } else if (size > strlen(unknown) && strcmp(line + size - strlen(unknown), unknown) == 0) {
        size -= strlen(unknown);
    }
    snprintf(name, 256, "%.*s", (int)size, line);
}

void tfs_progress_bar_show(struct tfs_progress_bar *bar, struct bc_slice line)
{
    int64_t time = now();
    if (!is_time(bar, time) || line.size == 0)
        return;
    char text[512], name[256];
    struct bc_progress_state state;
    snprintf(text, sizeof text, "%.*s", (int)(line.size < 511 ? line.size : 511), line.data);
    parse_line(text, time, name, &state);
    draw(bar, &state, false, time);
}

void tfs_progress_bar_clear(struct tfs_progress_bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}
