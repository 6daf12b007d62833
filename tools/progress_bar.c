#include "tools/progress_bar.h"

#include "tools/size.h"

#include <stdio.h>
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

void tfs_progress_bar_draw(struct tfs_progress_bar *bar, struct bc_progress *progress,
                           const char *first)
{
    int64_t time = now();
    if (!bar->shown || (!bar->repaint && time - bar->last_ns < LINE_INTERVAL_NS))
        return;
    struct choice choice = {.first = first};
    bc_progress_each(progress, choose, &choice);
    if (!choice.found)
        return;
    char line[600];
    tfs_progress_line(&choice.state, choice.is_first, time, columns_of_terminal(), line,
                      sizeof line);
    if (bar->repaint)
        fprintf(stderr, "\r\033[K%s", line);
    else
        fprintf(stderr, "%s\n", line);
    bar->drawn = bar->repaint;
    bar->last_ns = time;
}

void tfs_progress_bar_clear(struct tfs_progress_bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}
