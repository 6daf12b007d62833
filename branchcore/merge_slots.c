/* The slots in conflict, noted while a text is merged, so that they need not be found again. A
 * note: bytes prefix, bytes graph, u8 reason, u32 lines, and for each u8 side, u8 sign, bytes line.
 */
#include "branchcore/merge_tree.h"

enum { SLOTS_MAX = 64 << 20 };

static enum bc_status put_line(struct bc_buffer *to, const struct bc_slot_line *line)
{
    enum bc_status st = bc_encode_u8(to, line->theirs);
    if (!st)
        st = bc_encode_u8(to, (uint8_t)line->sign);
    return st ? st : bc_encode_bytes(to, line->line);
}

static enum bc_status put(struct bc_buffer *to, const struct bc_slot_conflict *slot)
{
    enum bc_status st = bc_encode_bytes(to, slot->prefix);
    if (!st)
        st = bc_encode_bytes(to, slot->graph);
    if (!st)
        st = bc_encode_u8(to, (uint8_t)slot->reason);
    if (!st)
        st = bc_encode_u32(to, (uint32_t)slot->count);
    for (size_t i = 0; !st && i < slot->count; i++)
        st = put_line(to, &slot->lines[i]);
    return st;
}

enum bc_status bc_slot_keep(void *context, const struct bc_slot_conflict *slot)
{
    return put(context, slot);
}

/* A merge that is begun anew tells its slots anew: they come in order, so the first that is not
 * behind the last tells. */
static bool begins_anew(const struct bc_slot_notes *notes, const struct bc_slot_conflict *slot)
{
    if (!notes->any)
        return false;
    struct bc_reader from =
        bc_reader(bc_slice(notes->to->data + notes->last, notes->to->size - notes->last));
    struct bc_slice prefix = bc_decode_bytes(&from);
    struct bc_slice graph = bc_decode_bytes(&from);
    int order = bc_slice_compare(slot->prefix, prefix);
    return order < 0 || (order == 0 && bc_slice_compare(slot->graph, graph) <= 0);
}

enum bc_status bc_slot_note(void *context, const struct bc_slot_conflict *slot)
{
    struct bc_slot_notes *notes = context;
    if (begins_anew(notes, slot)) {
        notes->to->size = notes->start;
        notes->full = false;
    }
    if (notes->full || notes->to->size > SLOTS_MAX) {
        notes->full = true;
        return BC_OK;
    }
    notes->last = notes->to->size;
    notes->any = true;
    return put(notes->to, slot);
}

static enum bc_status give(struct bc_reader *from, struct bc_buffer *scratch, bc_slot_sink sink,
                           void *context)
{
    struct bc_slot_conflict slot = {0};
    slot.prefix = bc_decode_bytes(from);
    slot.graph = bc_decode_bytes(from);
    slot.reason = (enum bc_slot_reason)bc_decode_u8(from);
    slot.count = bc_decode_u32(from);
    bc_buffer_clear(scratch);
    enum bc_status st = bc_buffer_reserve(scratch, slot.count * sizeof(struct bc_slot_line));
    if (st)
        return st;
    struct bc_slot_line *lines = (struct bc_slot_line *)(void *)scratch->data;
    for (size_t i = 0; i < slot.count; i++) {
        lines[i].theirs = bc_decode_u8(from);
        lines[i].sign = (char)bc_decode_u8(from);
        lines[i].line = bc_decode_bytes(from);
    }
    slot.lines = lines;
    return sink(context, &slot);
}

enum bc_status bc_slots_each(struct bc_slice notes, bc_slot_sink sink, void *context)
{
    struct bc_reader from = bc_reader(notes);
    struct bc_buffer scratch = {0};
    enum bc_status st = BC_OK;
    while (!st && from.at < from.end)
        st = give(&from, &scratch, sink, context);
    bc_buffer_release(&scratch);
    return st;
}
