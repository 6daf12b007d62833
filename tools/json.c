#include "tools/json.h"

#include "branchcore/utf8.h"
#include "tools/say.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, NUMBER_MOST = 18, REAL_DIGITS = 9 };

static void end_without_memory(void)
{
    tfs_say("out of memory");
    exit(TFS_FAILED);
}

static void *allocate(size_t size)
{
    void *memory = bc_alloc(size);
    if (!memory)
        end_without_memory();
    return memory;
}

static void set_up(void)
{
    json_set_alloc_funcs(allocate, bc_free);
}

static json_t *made(json_t *value)
{
    if (!value)
        end_without_memory();
    return value;
}

static void begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, set_up);
}

json_t *tfs_json_object(void)
{
    begin();
    return made(json_object());
}

json_t *tfs_json_array(void)
{
    begin();
    return made(json_array());
}

json_t *tfs_json_text(struct bc_slice text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    begin();
    struct bc_buffer valid = {0};
    while (text.size > 0) {
        size_t whole = bc_utf8_valid_prefix(text.data, text.size);
        if (bc_buffer_append(&valid, text.data, whole))
            end_without_memory();
        text = bc_slice(text.data + whole, text.size - whole);
        if (text.size == 0)
            break;
        size_t broken = bc_utf8_broken(text.data, text.size);
        if (bc_buffer_append(&valid, replacement, strlen(replacement)))
            end_without_memory();
        text = bc_slice(text.data + broken, text.size - broken);
    }
    json_t *value = made(json_stringn(valid.size ? valid.data : "", valid.size));
    bc_buffer_release(&valid);
    return value;
}

json_t *tfs_json_string(const char *text)
{
    return tfs_json_text(bc_slice(text, strlen(text)));
}

json_t *tfs_json_count(uint64_t count)
{
    begin();
    return made(json_integer((json_int_t)count));
}

json_t *tfs_json_real(double value)
{
    begin();
    return isfinite(value) ? made(json_real(value)) : json_null();
}

/* Digits, and perhaps a point and more digits behind it. */
static bool is_number(struct bc_slice text, bool *real)
{
    bool digit = false;
    *real = false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.' && digit && !*real && i + 1 < text.size)
            *real = true;
        else if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        digit = true;
    }
    return digit && text.size <= NUMBER_MOST &&
           (text.data[0] != '0' || text.size == 1 || text.data[1] == '.');
}

json_t *tfs_json_value(struct bc_slice text)
{
    char number[NUMBER_MOST + 1];
    bool real;
    if (!is_number(text, &real))
        return tfs_json_text(text);
    (void)snprintf(number, sizeof number, "%.*s", (int)text.size, text.data);
    return real ? tfs_json_real(strtod(number, NULL)) : tfs_json_count(strtoull(number, NULL, 10));
}

void tfs_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        end_without_memory();
}

void tfs_json_set_text(json_t *object, const char *key, struct bc_slice text)
{
    tfs_json_set(object, key, tfs_json_text(text));
}

void tfs_json_add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        end_without_memory();
}

static bool print(json_t *document, size_t flags, FILE *to)
{
    bool written = json_dumpf(document, to, flags | JSON_REAL_PRECISION(REAL_DIGITS)) == 0 &&
                   fputc('\n', to) != EOF;
    json_decref(document);
    return fflush(to) != EOF && written;
}

bool tfs_json_print(json_t *document, FILE *to)
{
    return print(document, JSON_INDENT(INDENT), to);
}

bool tfs_json_print_line(json_t *document, FILE *to)
{
    return print(document, JSON_COMPACT, to);
}

struct tfs_json_list tfs_json_list_begin(FILE *to)
{
    (void)fputc('[', to);
    return (struct tfs_json_list){.to = to};
}

void tfs_json_list_add(struct tfs_json_list *list, json_t *element)
{
    (void)fputs(list->any ? ",\n" : "\n", list->to);
    (void)json_dumpf(element, list->to, 0);
    json_decref(element);
    list->any = true;
}

bool tfs_json_list_end(struct tfs_json_list *list)
{
    (void)fputs(list->any ? "\n]\n" : "]\n", list->to);
    return fflush(list->to) != EOF && !ferror(list->to);
}
