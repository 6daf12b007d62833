#include "formats/xml_entities.h"

#include "branchcore/term_text.h"

#include <string.h>

bool fmt_xml_predefined(struct bc_slice name)
{
    static const char *const names[] = {"lt", "gt", "amp", "quot", "apos"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == name.size && !memcmp(names[i], name.data, name.size))
            return true;
    return false;
}

/* XML 1.0's Char. */
static bool is_xml_character(uint32_t code_point)
{
    if (code_point < 0x20)
        return code_point == '\t' || code_point == '\n' || code_point == '\r';
    return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF) &&
           code_point != 0xFFFE && code_point != 0xFFFF;
}

size_t fmt_xml_character(struct bc_slice text, uint32_t *code_point)
{
    if (text.size < 4 || text.data[0] != '&' || text.data[1] != '#')
        return 0;
    bool hex = text.data[2] == 'x';
    uint32_t value = 0;
    size_t at = hex ? 3 : 2;
    size_t first = at;
    for (; at < text.size && text.data[at] != ';'; at++) {
        int digit = bc_hex_value(text.data[at]);
        if (digit < 0 || (!hex && digit > 9))
            return 0;
        value = value * (hex ? 16 : 10) + (uint32_t)digit;
        if (value > 0x10FFFF)
            return 0;
    }
    if (at == first || at == text.size || !is_xml_character(value))
        return 0;
    *code_point = value;
    return at + 1;
}

/* Names that are ASCII end where they must; what else they may hold, the XML parser checks. */
struct bc_slice fmt_xml_reference(struct bc_slice text)
{
    size_t at = 1;
    while (at < text.size && text.data[at] != ';' && !fmt_xml_blank(text.data[at]) &&
           !strchr("<>&\"'#%", text.data[at]))
        at++;
    if (at == text.size || text.data[at] != ';')
        return bc_slice(text.data, 0);
    return bc_slice(text.data + 1, at - 1);
}

struct bc_slice fmt_xml_entities_find(const struct fmt_xml_entities *entities, struct bc_slice name)
{
    for (size_t i = 0; i < entities->count; i++)
        if (strlen(entities->list[i].name) == name.size &&
            !memcmp(entities->list[i].name, name.data, name.size))
            return bc_slice(entities->list[i].value.data ? entities->list[i].value.data : "",
                            entities->list[i].value.size);
    return (struct bc_slice){0};
}

void fmt_xml_entities_release(struct fmt_xml_entities *entities)
{
    for (size_t i = 0; i < entities->count; i++) {
        bc_free(entities->list[i].name);
        bc_buffer_release(&entities->list[i].value);
    }
    bc_free(entities->list);
    *entities = (struct fmt_xml_entities){0};
}

/* The DOCTYPE being read. */
struct reading {
    struct fmt_xml_entities *entities;
    const char *at;
    const char *end;
    const char *spot;
    const char *reason;
};

static enum bc_status refuse(struct reading *reading, const char *spot, const char *reason)
{
    reading->spot = spot;
    reading->reason = reason;
    return BC_SYNTAX;
}

static bool starts(const struct reading *reading, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(reading->end - reading->at) >= size && !memcmp(reading->at, word, size);
}

static void skip_blanks(struct reading *reading)
{
    while (reading->at < reading->end && fmt_xml_blank(*reading->at))
        reading->at++;
}

static struct bc_slice take_name(struct reading *reading)
{
    const char *from = reading->at;
    while (reading->at < reading->end && !fmt_xml_blank(*reading->at) &&
           !strchr("<>&\"'[];%#", *reading->at))
        reading->at++;
    return bc_slice(from, (size_t)(reading->at - from));
}

/* False if there is no whole quoted text. */
static bool take_quoted(struct reading *reading, struct bc_slice *text)
{
    if (reading->at == reading->end || (*reading->at != '"' && *reading->at != '\''))
        return false;
    const char *from = reading->at + 1;
    const char *to = memchr(from, *reading->at, (size_t)(reading->end - from));
    if (!to)
        return false;
    *text = bc_slice(from, (size_t)(to - from));
    reading->at = to + 1;
    return true;
}

/* Behind `word`; false if there is none. */
static bool skip_to(struct reading *reading, const char *word)
{
    while (reading->at < reading->end && !starts(reading, word))
        reading->at++;
    if (reading->at == reading->end)
        return false;
    reading->at += strlen(word);
    return true;
}

/* The value with its character references replaced (XML 1.0, section 4.5). */
static enum bc_status replace_characters(struct reading *reading, struct bc_slice value,
                                         struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0, used; !st && at < value.size; at += used) {
        uint32_t code_point;
        char bytes[BC_UTF8_MAX];
        struct bc_slice rest = bc_slice(value.data + at, value.size - at);
        used = 1;
        if (rest.size > 1 && rest.data[0] == '&' && rest.data[1] == '#') {
            used = fmt_xml_character(rest, &code_point);
            if (!used)
                return refuse(reading, rest.data, "this is no reference to a character");
            st = bc_buffer_append(to, bytes, bc_utf8_encode(code_point, bytes));
        } else {
            st = bc_buffer_append(to, rest.data, 1);
        }
    }
    return st;
}

static enum bc_status append_text(struct bc_buffer *to, char byte)
{
    if (byte == '"')
        return bc_buffer_append(to, "&quot;", 6);
    if (byte == '\'')
        return bc_buffer_append(to, "&apos;", 6);
    return bc_buffer_append(to, &byte, 1);
}

/* Replacement text to what is put in place of a reference: what it mentions is replaced, too. spot:
 * of the declaration. */
static enum bc_status expand(struct reading *reading, struct bc_slice text, const char *spot,
                             struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0, used; !st && at < text.size; at += used) {
        struct bc_slice rest = bc_slice(text.data + at, text.size - at);
        uint32_t code_point;
        used = 1;
        if (*rest.data == '<')
            return refuse(reading, spot, "an entity's value must be text without elements");
        if (*rest.data != '&') {
            st = append_text(to, *rest.data);
            continue;
        }
        used = fmt_xml_character(rest, &code_point);
        struct bc_slice put = bc_slice(rest.data, used);
        if (!used) {
            struct bc_slice name = fmt_xml_reference(rest);
            used = name.size + 2;
            put = fmt_xml_predefined(name) ? bc_slice(rest.data, used)
                                           : fmt_xml_entities_find(reading->entities, name);
            if (!name.size || !put.data)
                return refuse(reading, spot,
                              "an entity's value mentions one that is not declared before it");
        }
        st = bc_buffer_append(to, put.data, put.size);
        if (reading->entities->bytes + to->size > FMT_XML_ENTITIES_MAX)
            return refuse(reading, spot, "the entities' values are longer than 1 MiB");
    }
    return st;
}

static enum bc_status add(struct reading *reading, struct bc_slice name, struct bc_buffer *value)
{
    struct fmt_xml_entities *entities = reading->entities;
    struct fmt_xml_entity *list =
        bc_realloc_array(entities->list, entities->count + 1, sizeof *list);
    if (!list)
        return BC_NO_MEMORY;
    entities->list = list;
    char *copy = bc_copy_string(name.data, name.size);
    if (!copy)
        return BC_NO_MEMORY;
    /* Each has a price beside its text, so that there are not too many of them to look through. */
    entities->bytes += value->size + 2048;
    list[entities->count++] = (struct fmt_xml_entity){copy, *value};
    *value = (struct bc_buffer){0};
    return BC_OK;
}

/* The first declaration counts (XML 1.0, section 4.2). */
static enum bc_status declare(struct reading *reading, struct bc_slice name, struct bc_slice value)
{
    struct bc_buffer text = {0};
    struct bc_buffer expanded = {0};
    enum bc_status st = replace_characters(reading, value, &text);
    if (!st && !fmt_xml_predefined(name) && !fmt_xml_entities_find(reading->entities, name).data) {
        st = expand(reading, bc_buffer_slice(&text), value.data, &expanded);
        if (!st)
            st = add(reading, name, &expanded);
    }
    bc_buffer_release(&text);
    bc_buffer_release(&expanded);
    return st;
}

static enum bc_status read_entity(struct reading *reading, const char *spot)
{
    skip_blanks(reading);
    if (starts(reading, "%"))
        return refuse(reading, spot, "parameter entities are not read");
    struct bc_slice name = take_name(reading);
    skip_blanks(reading);
    if (starts(reading, "SYSTEM") || starts(reading, "PUBLIC"))
        return refuse(reading, spot, "an entity in another file is not read");
    struct bc_slice value;
    if (!name.size || !take_quoted(reading, &value))
        return refuse(reading, spot, "an entity is declared as <!ENTITY name \"value\">");
    skip_blanks(reading);
    if (!starts(reading, ">"))
        return refuse(reading, reading->at, "\">\" must follow an entity's value");
    reading->at++;
    return declare(reading, name, value);
}

/* Declarations that say nothing of the text's meaning are stepped over. */
static enum bc_status skip_declaration(struct reading *reading, const char *spot)
{
    struct bc_slice quoted;
    while (reading->at < reading->end && *reading->at != '>')
        if (!take_quoted(reading, &quoted))
            reading->at++;
    if (reading->at == reading->end)
        return refuse(reading, spot, "a declaration without its end");
    reading->at++;
    return BC_OK;
}

static enum bc_status read_declaration(struct reading *reading)
{
    const char *spot = reading->at;
    if (starts(reading, "<!ENTITY")) {
        reading->at += strlen("<!ENTITY");
        return read_entity(reading, spot);
    }
    if (starts(reading, "<!ATTLIST"))
        return refuse(reading, spot, "declarations of attributes are not read");
    if (starts(reading, "<!--"))
        return skip_to(reading, "-->") ? BC_OK : refuse(reading, spot, "a comment without its end");
    if (starts(reading, "<?"))
        return skip_to(reading, "?>") ? BC_OK
                                      : refuse(reading, spot, "an instruction without its end");
    if (starts(reading, "<!ELEMENT") || starts(reading, "<!NOTATION"))
        return skip_declaration(reading, spot);
    return refuse(reading, spot,
                  *spot == '%' ? "parameter entities are not read"
                               : "a DOCTYPE's brackets hold declarations, such as <!ENTITY ...>");
}

/* "SYSTEM "x"" or "PUBLIC "x" "y"": another file, which is never read. */
static enum bc_status skip_external(struct reading *reading)
{
    struct bc_slice quoted;
    bool public = starts(reading, "PUBLIC");
    if (!public && !starts(reading, "SYSTEM"))
        return BC_OK;
    const char *spot = reading->at;
    reading->at += strlen("PUBLIC");
    for (int i = public ? 2 : 1; i; i--) {
        skip_blanks(reading);
        if (!take_quoted(reading, &quoted))
            return refuse(reading, spot, "SYSTEM or PUBLIC without its text in quotes");
    }
    skip_blanks(reading);
    return BC_OK;
}

static enum bc_status read_doctype(struct reading *reading)
{
    reading->at += strlen("<!DOCTYPE");
    skip_blanks(reading);
    if (!take_name(reading).size)
        return refuse(reading, reading->at, "a DOCTYPE has the name of the first element");
    skip_blanks(reading);
    enum bc_status st = skip_external(reading);
    if (!st && starts(reading, "[")) {
        reading->at++;
        for (skip_blanks(reading); !st && reading->at < reading->end && *reading->at != ']';
             skip_blanks(reading))
            st = read_declaration(reading);
        if (!st && reading->at < reading->end)
            reading->at++;
        if (!st)
            skip_blanks(reading);
    }
    if (!st && (!starts(reading, ">") || reading->at + 1 != reading->end))
        st = refuse(reading, reading->at < reading->end ? reading->at : reading->end - 1,
                    "\">\" must end a DOCTYPE here");
    return st;
}

enum bc_status fmt_xml_entities_read(struct fmt_xml_entities *entities, struct bc_slice doctype,
                                     const char **spot, const char **reason)
{
    struct reading reading = {
        .entities = entities, .at = doctype.data, .end = doctype.data + doctype.size};
    enum bc_status st = read_doctype(&reading);
    *spot = reading.spot;
    *reason = reading.reason;
    return st;
}

/* What stands in quotes, comments and instructions ends nothing. */
size_t fmt_xml_doctype_end(struct bc_slice text)
{
    struct reading reading = {.at = text.data + 2, .end = text.data + text.size};
    bool inside = false;
    struct bc_slice quoted;
    while (reading.at < reading.end) {
        char byte = *reading.at;
        bool whole = true;
        if (starts(&reading, "<!--"))
            whole = skip_to(&reading, "-->");
        else if (starts(&reading, "<?"))
            whole = skip_to(&reading, "?>");
        else if (byte == '"' || byte == '\'')
            whole = take_quoted(&reading, &quoted);
        else if (byte == '>' && !inside)
            return (size_t)(reading.at + 1 - text.data);
        else
            reading.at++;
        if (!whole)
            return 0;
        if (byte == '[')
            inside = true;
        else if (byte == ']')
            inside = false;
    }
    return 0;
}
