/* Inside formats/: the entities that an XML text declares in its DOCTYPE (XML 1.0, section 4), as
 * OWL tools write them: <!ENTITY owl "http://www.w3.org/2002/07/owl#">.
 *
 * An entity is plain text here: its value holds no markup and mentions only entities declared
 * before it, so none can contain itself. What would need another file, parameter entities and
 * declarations of attributes are refused. */
#ifndef FORMATS_XML_ENTITIES_H
#define FORMATS_XML_ENTITIES_H

#include "branchcore/memory.h"

#include <stdbool.h>

enum { FMT_XML_ENTITIES_MAX = 1 << 20 /* bytes of all values, what they mention included */ };

struct fmt_xml_entity {
    char *name;
    struct bc_buffer value; /* for text and for attributes: <, & and quotes are references */
};

/* {0} is an empty one. */
struct fmt_xml_entities {
    struct fmt_xml_entity *list;
    size_t count;
    size_t bytes;
};

/* Takes a whole "<!DOCTYPE ... >". BC_SYNTAX: *spot and *reason (static) say where and why. */
enum bc_status fmt_xml_entities_read(struct fmt_xml_entities *entities, struct bc_slice doctype,
                                     const char **spot, const char **reason);
/* Its value; data NULL if it was not declared. Not for the five that XML itself has. */
struct bc_slice fmt_xml_entities_find(const struct fmt_xml_entities *entities,
                                      struct bc_slice name);
void fmt_xml_entities_release(struct fmt_xml_entities *entities);

/* lt, gt, amp, quot, apos. */
bool fmt_xml_predefined(struct bc_slice name);
/* The character that "&#...;" at the start of text means, and its bytes; 0: it is none. */
size_t fmt_xml_character(struct bc_slice text, uint32_t *code_point);
/* The name of "&name;" at the start of text, empty if it is none. */
struct bc_slice fmt_xml_reference(struct bc_slice text);

static inline bool fmt_xml_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* The end of a DOCTYPE that begins at data[0], behind its '>'; 0: not within these bytes. */
size_t fmt_xml_doctype_end(struct bc_slice text);

#endif
