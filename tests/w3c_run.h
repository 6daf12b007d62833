/* Shared by the programs that check entries of W3C suites: files, and the list of entries. */
#ifndef TESTS_W3C_RUN_H
#define TESTS_W3C_RUN_H

#include "branchcore/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { W3C_FILE_MAX = 1 << 20, W3C_KINDS = 3, W3C_WORDS = 4 };

/* A whole file, with a NUL behind it; the caller releases it. Ends the program if there is none. */
static inline struct bc_buffer w3c_load(const char *path)
{
    struct bc_buffer text = {0};
    FILE *file = fopen(path, "rb");
    if (!file || bc_buffer_reserve(&text, W3C_FILE_MAX)) {
        perror(path);
        exit(2);
    }
    text.size = fread(text.data, 1, W3C_FILE_MAX, file);
    if (ferror(file) || text.size == W3C_FILE_MAX) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    text.data[text.size] = '\0';
    fclose(file);
    return text;
}

/* Standard input has a line an entry, of words: one of `kinds`, and `least` more at least, which
 * `passes` gets behind it ("" for those that are not there). Gives the program's exit status: 0 if
 * all pass, and some of every kind. */
static inline int w3c_run(const char *const kinds[W3C_KINDS], int least,
                          bool (*passes)(char words[W3C_WORDS][1024]))
{
    unsigned passed[W3C_KINDS] = {0};
    unsigned failed = 0;
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char words[W3C_WORDS][1024] = {{0}};
        size_t kind = 0;
        if (sscanf(line, "%1023s %1023s %1023s %1023s", words[0], words[1], words[2], words[3]) <=
            least)
            return 2;
        while (kind < W3C_KINDS && strcmp(words[0], kinds[kind]) != 0)
            kind++;
        if (kind == W3C_KINDS)
            return 2;
        if (passes(words))
            passed[kind]++;
        else
            failed++;
    }
    bool all = !failed;
    for (size_t i = 0; i < W3C_KINDS; i++) {
        printf("%s %u, ", kinds[i], passed[i]);
        all &= passed[i] > 0;
    }
    printf("failed %u\n", failed);
    return !all;
}

#endif
