/* Fuzz target of the reader of patches. The first byte of an input says whether bare rows have a
 * path; the rest is the text. Built with clang and -Dfuzzers=true it is a libFuzzer target; else
 * its own main replays the files it is given, or without any mutates a small corpus for
 * TRIPLEFS_FUZZ_SECONDS (2). */
#include "branchcore/patch_parse.h"
#include "branchcore/syntax.h"
#include "tests/fuzz_mutator.h"
#include "tests/require.h"

#include <string.h>

/* Whoever follows the path from the branch's folder stays below it. */
static void check_path(struct bc_slice path)
{
    REQUIRE(path.size && path.data[0] != '/' && path.data[path.size - 1] != '/');
    REQUIRE(!memchr(path.data, '\0', path.size));
    const char *end = path.data + path.size;
    for (const char *at = path.data; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t size = (size_t)((slash ? slash : end) - at);
        REQUIRE(size && size <= 255);
        REQUIRE(!(size == 1 && *at == '.') && !(size == 2 && !memcmp(at, "..", 2)));
        at += size + 1;
    }
    REQUIRE(path.size < 7 || memcmp(path.data, ".branch", 7) != 0 ||
            (path.size > 7 && path.data[7] != '/'));
}

static void check_row(const struct bc_patch_part *part, const struct bc_patch_row *row)
{
    struct bc_statement parts;
    enum bc_syntax syntax = BC_NTRIPLES;
    REQUIRE(bc_syntax_of_name(part->path, &syntax));
    REQUIRE(row->sign == '+' || row->sign == '-');
    REQUIRE(row->size && row->data[row->size - 1] == '\n');
    REQUIRE(bc_statement_split(bc_slice(row->data, row->size), &parts) == BC_OK);
    if (row->sign == '+')
        REQUIRE(syntax == BC_NQUADS || !parts.graph.size);
}

static void check_part(const struct bc_patch *patch, const struct bc_patch_part *part)
{
    check_path(part->path);
    if (part->from.size)
        check_path(part->from);
    REQUIRE(part->line && part->mode <= 07777);
    REQUIRE(part->kind != BC_PATCH_ADDED || part->type != BC_PATCH_ANY);
    REQUIRE(!part->row_count || part->type == BC_PATCH_TEXT);
    REQUIRE(!part->has_bytes || part->type == BC_PATCH_BYTES);
    REQUIRE(part->first_row + part->row_count <= patch->row_count);
    REQUIRE(part->first_xattr + part->xattr_count <= patch->xattr_count);
    for (size_t i = 0; i < part->row_count; i++)
        check_row(part, &patch->rows[part->first_row + i]);
    for (size_t i = 0; i < part->xattr_count; i++)
        REQUIRE(patch->xattrs[part->first_xattr + i].name.size > 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_patch patch = {0};
    struct bc_error err = {{0}};
    if (!size)
        return 0;
    struct bc_slice path = data[0] & 1 ? bc_slice("a.nq", 4) : bc_slice("", 0);
    enum bc_status st = bc_patch_parse(bc_slice(data + 1, size - 1), path, &patch, &err);
    if (st) {
        REQUIRE(st == BC_SYNTAX && !strncmp(err.text, "line ", 5) && strstr(err.text, ": "));
        return 0;
    }
    for (size_t i = 0; i < patch.part_count; i++)
        check_part(&patch, &patch.parts[i]);
    bc_patch_release(&patch);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

static const char *const corpus[] = {
    "\1H id <uuid:1> .\nTX .\nPA \"e\" <http://e/> .\nA e:s e:p \"x\"^^e:t e:g .\nD <_:b> e:p e:o "
    ".\n"
    "TC .\n",
    "\2H path \"a/b.nt\" .\nH from \"c.nq\" .\nH mode \"0644\" .\nTX .\n"
    "D <x:s> <x:p> <x:o> <x:g> .\nA <x:s> <x:p> <x:o> .\nTC .\n",
    "\2H path \"d/\" .\nH kind \"added\" .\nH type \"folder\" .\nH xattr \"user.k\" .\n"
    "H value \"dg==\" .\nH xattr \"user.l\" .\nTX .\nTC .\n",
    "\2H path \"e\" .\nH type \"bytes\" .\nH base64 \"aGVsbG8K\" .\nH size \"6\" .\nH sha256 "
    "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\" .\n",
    "\2H path \"l\" .\nH kind \"added\" .\nH type \"link\" .\nH target \"a\\tb\\u0001\" .\n"
    "H path \"m.nt\" .\nH kind \"deleted\" .\n# done\n",
    "\3PA \"e\" <http://e/> .\nA _:r e:p <<(e:s e:p<<( _:b e:p \"v\"@en--ltr)>> )>> e:g .\n",
    "\3A <x:s><x:p>_:o.\rTX .\r\nPD \"e\" .\nD <x:s> <x:p> \"\\u0041\"@EN . # why\nTA .\n",
};

static const char *const words[] = {
    "H path \"x.nt\" .\n",
    "H ",
    "A ",
    "D ",
    "TX .\n",
    "TC .\n",
    "TA .\n",
    "PA e: <x:> .\n",
    "e:a",
    "<<(",
    ")>>",
    "--ltr",
    "<_:",
    "\"",
    "\\",
    "\n",
    "\r",
    " .",
    "/",
    "../",
    ".branch",
    "=",
    "==",
    "#",
    "\\u0000",
    "\\uD800",
    "\\U0010FFFF",
    "\xFF",
    "\xC3\xA9",
    "added",
    "deleted",
    "folder",
    "bytes",
    "link",
    "user.",
    "0",
    "\0",
    ":",
};

const struct fuzz_seeds fuzz_seeds = {corpus, sizeof corpus / sizeof *corpus, words,
                                      sizeof words / sizeof *words};

#endif
