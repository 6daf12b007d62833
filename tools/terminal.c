#include "tools/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tfs_colour_parse(const char *text, enum tfs_colour_when *when)
{
    if (!text || strcmp(text, "always") == 0)
        *when = TFS_COLOUR_ALWAYS;
    else if (strcmp(text, "auto") == 0)
        *when = TFS_COLOUR_AUTO;
    else if (strcmp(text, "never") == 0)
        *when = TFS_COLOUR_NEVER;
    else
        return false;
    return true;
}

bool tfs_colour_wanted(enum tfs_colour_when when)
{
    if (when != TFS_COLOUR_AUTO)
        return when == TFS_COLOUR_ALWAYS;
    const char *terminal = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0 &&
           !(refused && refused[0]);
}

const char *tfs_colour(bool on, enum tfs_colour colour)
{
    static const char *const sequences[TFS_COLOURS] = {
        [TFS_PLAIN] = "\033[m",   [TFS_BOLD] = "\033[1m",    [TFS_RED] = "\033[31m",
        [TFS_GREEN] = "\033[32m", [TFS_YELLOW] = "\033[33m", [TFS_CYAN] = "\033[36m",
    };
    return on ? sequences[colour] : "";
}

static bool ahead;

void tfs_terminal_ahead(void)
{
    ahead = true;
}

bool tfs_is_terminal_ahead(void)
{
    return ahead;
}

static bool obeyed(char byte)
{
    return ((unsigned char)byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
}

void tfs_put(struct bc_slice text, FILE *to)
{
    if (!ahead && !isatty(fileno(to))) {
        (void)fwrite(text.data, 1, text.size, to);
        return;
    }
    while (text.size > 0) {
        size_t plain = 0;
        while (plain < text.size && !obeyed(text.data[plain]))
            plain++;
        (void)fwrite(text.data, 1, plain, to);
        if (plain < text.size) {
            (void)fputc('?', to);
            plain++;
        }
        text = bc_slice(text.data + plain, text.size - plain);
    }
}
