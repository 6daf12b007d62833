#include "formats/formats.h"

#include "formats/internal.h"

static enum bc_status reader_new(enum bc_syntax syntax, const struct bc_reading *reading,
                                 struct bc_syntax_reader **reader)
{
    switch (syntax) {
    case BC_TURTLE:
    case BC_TRIG:
        return fmt_turtle_reader_new(syntax == BC_TRIG, reading, reader);
    case BC_RDFXML:
        return fmt_rdfxml_reader_new(reading, reader);
    default:
        return BC_UNSUPPORTED;
    }
}

static enum bc_status write_set(enum bc_syntax syntax, const struct bc_writing *writing,
                                struct bc_error *err)
{
    switch (syntax) {
    case BC_TURTLE:
    case BC_TRIG:
        return fmt_turtle_write(syntax == BC_TRIG, writing, err);
    case BC_RDFXML:
        return fmt_rdfxml_write(writing, err);
    default:
        return BC_UNSUPPORTED;
    }
}

const struct bc_formats *fmt_formats(void)
{
    static const struct bc_formats formats = {reader_new, write_set, .revision = 1};
    return &formats;
}
