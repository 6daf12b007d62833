/* `rewrite`: IRIs that begin with one prefix begin with another afterwards (branchcore/rewrite.h).
 * Lines `path PATH` and `dry-run` may stand before the two, and declarations of prefixes. */
#include "branchcore/repo_prefixes.h"
#include "branchcore/rewrite.h"
#include "fs/commands.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum bc_status tfs_rewrite_show(struct tfs_mount *mount, struct tfs_branch *branch,
                                struct bc_buffer *to)
{
    (void)mount;
    return tfs_report_append(&branch->rewritten, to);
}

/* Takes the first line off the text. */
static struct bc_slice take_line(struct bc_slice *text)
{
    const char *newline = memchr(text->data, '\n', text->size);
    struct bc_slice line =
        bc_slice(text->data, newline ? (size_t)(newline - text->data) : text->size);
    size_t size = line.size + (newline != NULL);
    *text = bc_slice(text->data + size, text->size - size);
    return line;
}

static bool begins(struct bc_slice line, const char *word)
{
    return line.size >= strlen(word) && memcmp(line.data, word, strlen(word)) == 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct bc_slice trim_end(struct bc_slice line)
{
    while (line.size > 0 && is_blank(line.data[line.size - 1]))
        line.size--;
    return line;
}

/* False: the line is no option. */
static bool take_option(struct bc_slice line, struct bc_rewrite_options *options)
{
    struct bc_slice trimmed = trim_end(line);
    if (begins(line, "path ")) {
        options->path = bc_slice(line.data + 5, line.size - 5);
        return true;
    }
    if (trimmed.size != strlen("dry-run") || !begins(trimmed, "dry-run"))
        return false;
    options->dry_run = true;
    return true;
}

/* The options' lines off the text. */
static void take_options(struct bc_slice *text, struct bc_rewrite_options *options)
{
    struct bc_slice rest = *text;
    while (rest.size > 0 && take_option(take_line(&rest), options))
        *text = rest;
}

static size_t count_words(struct bc_slice line)
{
    size_t words = 0;
    for (size_t i = 0; i < line.size; i++)
        words += !is_blank(line.data[i]) && (i == 0 || is_blank(line.data[i - 1]));
    return words;
}

/* `PREFIX p: <iri>` or `@prefix p: <iri> .` and nothing else. */
static bool is_declaration(struct bc_slice line)
{
    static const char word[] = "prefix";
    while (line.size > 0 && is_blank(line.data[0]))
        line = bc_slice(line.data + 1, line.size - 1);
    line = trim_end(line);
    bool at = line.size > 0 && line.data[0] == '@';
    if (line.size < at + strlen(word) || strncasecmp(line.data + at, word, strlen(word)) != 0)
        return false;
    size_t words = count_words(line);
    bool dot = line.data[line.size - 1] == '.';
    return words <= 3 || (at && dot && words == 4);
}

bool tfs_rewrite_is_begun(struct bc_slice text)
{
    struct bc_rewrite_options options;
    while (text.size > 0) {
        struct bc_slice line = take_line(&text);
        if (trim_end(line).size > 0 && !take_option(line, &options) && !is_declaration(line))
            return false;
    }
    return true;
}

enum bc_status tfs_rewrite_do(struct tfs_mount *mount, struct tfs_branch *branch,
                              struct bc_slice command, const struct tfs_caller *caller,
                              struct bc_error *err)
{
    (void)caller;
    struct bc_rewrite_options options = {.path = bc_slice("", 0)};
    struct bc_rewrite_report report;
    struct bc_prefixes prefixes = {0};
    struct bc_buffer from = {0};
    struct bc_buffer to = {0};
    take_options(&command, &options);
    enum bc_status st = bc_repo_prefixes(mount->repo, false, &prefixes, NULL);
    if (!st)
        st = bc_rewrite_parse(command, &prefixes, &from, &to, err);
    bc_prefixes_release(&prefixes);
    options.from = bc_buffer_slice(&from);
    options.to = bc_buffer_slice(&to);
    if (!st) {
        options.progress = bc_progress_begin(bc_repo_progress(mount->repo), "rewrite");
        st = bc_rewrite(branch->branch, &options, &report, err);
        bc_progress_end(options.progress);
    }
    if (!st)
        tfs_report_set(&branch->rewritten,
                       "files %" PRIu64 "\nstatements %" PRIu64 "\nterms %" PRIu64
                       "\ncollided %" PRIu64 "\ndry_run %s\n",
                       report.files, report.lines, report.terms, report.collided,
                       options.dry_run ? "yes" : "no");
    bc_buffer_release(&from);
    bc_buffer_release(&to);
    return st;
}
