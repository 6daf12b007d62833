#include "branchcore/pattern_read.h"
#include "branchcore/rewrite.h"

enum bc_status bc_rewrite_parse(struct bc_slice text, const struct bc_prefixes *prefixes,
                                struct bc_buffer *from, struct bc_buffer *to, struct bc_error *err)
{
    const char *start = text.data ? text.data : "";
    struct bc_pattern_reader reader = {
        .start = start, .at = start, .end = start + text.size, .given = prefixes, .err = err};
    size_t sizes[2] = {from->size, to->size};
    enum bc_status st = bc_pattern_read_prefixes(&reader);
    if (!st)
        st = bc_pattern_read_iri(&reader, from);
    if (!st) {
        bc_pattern_skip(&reader, true);
        st = bc_pattern_read_iri(&reader, to);
    }
    if (!st) {
        bc_pattern_skip(&reader, true);
        if (reader.at != reader.end)
            st = bc_pattern_refuse(&reader, reader.at,
                                   "two IRIs are expected, OLD and NEW, and nothing behind them");
    }
    if (!st && from->size == sizes[0])
        st = bc_pattern_refuse(&reader, start,
                               "the old beginning of IRIs is empty: every IRI "
                               "begins so");
    if (st) {
        from->size = sizes[0];
        to->size = sizes[1];
    }
    bc_pattern_reader_release(&reader);
    return st;
}
