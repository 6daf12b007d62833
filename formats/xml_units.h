/* Inside formats/: an XML text cut into units, each some text and the tag, comment, instruction or
 * CDATA section that ends it, on its way to the XML parser behind raptor.
 *
 * That parser is given one unit at a time, so how the text comes in pieces changes nothing, and
 * what is refused while it has a unit is refused there. It tells only lines, and it keeps memory
 * and time in bounds only roughly; this does both:
 *
 * - No DOCTYPE reaches it. Entities are replaced here (xml_entities.h), by at most 1 MiB and 16
 *   times the text altogether; one that was not declared is refused.
 * - Elements are nested at most FMT_XML_DEPTH_MAX deep; a unit has at most BC_LINE_MAX bytes.
 * - The text is UTF-8; other encodings are refused, with what to do.
 *
 * raptor takes blanks in attributes for separators of words: it joins them, and drops them at both
 * ends, where XML 1.0 (section 3.3.3) keeps each as a space, and those that are written as
 * references as they are. Where that makes a difference, they are given to it as U+FDD4 (no
 * character of any text, but XML takes it) and a letter. fmt_xml_restore turns them back. */
#ifndef FORMATS_XML_UNITS_H
#define FORMATS_XML_UNITS_H

#include "branchcore/syntax.h"
#include "formats/xml_entities.h"

#include <string.h>

enum { FMT_XML_DEPTH_MAX = 1000 };

struct fmt_xml_units {
    /* Takes the bytes of one unit, to be parsed. */
    enum bc_status (*sink)(void *context, struct bc_slice unit);
    void *context;
    struct bc_syntax_error error; /* line 0: none */
    unsigned depth;               /* elements that are open behind this unit */
    bool ended;                   /* this unit ends an element */

    /* Its own. */
    struct bc_buffer held; /* some of the line before the unit, the unit, and what comes */
    size_t unit;           /* where the unit starts in held */
    size_t markup;         /* its '<', once found */
    size_t scanned;        /* up to here no end was found */
    char quote;            /* within an attribute's value; 0: not */
    bool fresh;            /* its value's quote was just opened */
    bool spaced;           /* some value has blanks that raptor would drop */
    size_t counted;        /* line counts up to here in held */
    uint64_t line;         /* of counted, from 0 */
    uint64_t left;         /* characters of held's first line that are gone */
    uint64_t offset;       /* of held's first byte in the text */
    uint64_t expanded;     /* bytes that entities gave */
    bool started;          /* something but a byte order mark was seen */
    struct fmt_xml_entities entities;
    struct bc_buffer clean; /* a unit with its entities replaced */
};

/* Zero-initialised with sink and context is ready. BC_SYNTAX: error says where. Also what sink
 * returns. */
enum bc_status fmt_xml_units_feed(struct fmt_xml_units *units, const void *data, size_t size);
/* The end of the text. What is left goes to the sink. */
enum bc_status fmt_xml_units_finish(struct fmt_xml_units *units);
/* Refuses the unit that the sink has, or the end of the text. reason is cut where it is too long.
 * Returns BC_SYNTAX. */
enum bc_status fmt_xml_units_refuse(struct fmt_xml_units *units, const char *reason);
void fmt_xml_units_release(struct fmt_xml_units *units);

/* text as it was, from what came through raptor; in place, never longer. Its size. */
size_t fmt_xml_restore(char *text, size_t size);
static inline bool fmt_xml_restorable(struct bc_slice text)
{
    return memmem(text.data, text.size, "\xEF\xB7\x94", 3) != NULL;
}

#endif
