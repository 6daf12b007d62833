#include "branchcore/branch_record.h"

#include "branchcore/codec.h"

enum { RECORD_VERSION = 1 };

enum bc_status bc_branch_record_encode(const struct bc_branch_record *record, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_reserve(to, 96 + record->name.size + record->forked_from.size);
    if (st)
        return st;
    (void)bc_encode_u8(to, RECORD_VERSION);
    (void)bc_encode_u64(to, record->top);
    (void)bc_encode_u64(to, record->work);
    (void)bc_encode_u64(to, record->base);
    (void)bc_encode_u64(to, (uint64_t)record->created_ns);
    (void)bc_encode_u64(to, (uint64_t)record->changed_ns);
    (void)bc_encode_bytes(to, record->name);
    (void)bc_encode_bytes(to, record->forked_from);
    return bc_encode_bytes(to,
                           bc_slice(record->head.bytes, record->has_head ? BC_COMMIT_ID_BYTES : 0));
}

static enum bc_status version_of(struct bc_reader *from)
{
    uint8_t version = bc_decode_u8(from);
    if (version > RECORD_VERSION)
        return BC_NEWER_FORMAT;
    return version == RECORD_VERSION ? BC_OK : BC_CORRUPT;
}

enum bc_status bc_branch_record_decode(struct bc_slice value, struct bc_branch_record *record)
{
    struct bc_reader from = bc_reader(value);
    *record = (struct bc_branch_record){0};
    enum bc_status st = version_of(&from);
    if (st)
        return st;
    record->top = bc_decode_u64(&from);
    record->work = bc_decode_u64(&from);
    record->base = bc_decode_u64(&from);
    record->created_ns = (int64_t)bc_decode_u64(&from);
    record->changed_ns = (int64_t)bc_decode_u64(&from);
    record->name = bc_decode_bytes(&from);
    record->forked_from = bc_decode_bytes(&from);
    struct bc_slice head = bc_decode_bytes(&from);
    record->has_head = head.size == BC_COMMIT_ID_BYTES;
    if (record->has_head)
        memcpy(record->head.bytes, head.data, head.size);
    else if (head.size)
        return BC_CORRUPT;
    return bc_reader_done(&from) && record->work ? BC_OK : BC_CORRUPT;
}

enum bc_status bc_reflog_record_encode(const struct bc_reflog_record *record, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_reserve(to, 64 + record->name.size + record->detail.size +
                                                  record->branch_record.size);
    if (st)
        return st;
    (void)bc_encode_u8(to, RECORD_VERSION);
    (void)bc_encode_u64(to, (uint64_t)record->time_ns);
    (void)bc_encode_u8(to, record->action);
    (void)bc_encode_bytes(to, record->name);
    (void)bc_encode_bytes(to, record->detail);
    (void)bc_encode_u64(to, record->branch);
    return bc_encode_bytes(to, record->branch_record);
}

enum bc_status bc_reflog_record_decode(struct bc_slice value, struct bc_reflog_record *record)
{
    struct bc_reader from = bc_reader(value);
    *record = (struct bc_reflog_record){0};
    enum bc_status st = version_of(&from);
    if (st)
        return st;
    record->time_ns = (int64_t)bc_decode_u64(&from);
    record->action = bc_decode_u8(&from);
    record->name = bc_decode_bytes(&from);
    record->detail = bc_decode_bytes(&from);
    record->branch = bc_decode_u64(&from);
    record->branch_record = bc_decode_bytes(&from);
    return bc_reader_done(&from) ? BC_OK : BC_CORRUPT;
}
