#include "formats/out.h"

enum bc_status fmt_out_init(struct fmt_out *out,
                            enum bc_status (*sink)(void *context, const void *data, size_t size),
                            void *context)
{
    *out = (struct fmt_out){.sink = sink, .context = context, .data = bc_alloc(FMT_OUT_BYTES)};
    return out->data ? BC_OK : BC_NO_MEMORY;
}

static void send(struct fmt_out *out, struct bc_slice text)
{
    if (!out->status && text.size)
        out->status = out->sink(out->context, text.data, text.size);
    out->sent += text.size;
}

void fmt_out_flush(struct fmt_out *out)
{
    send(out, bc_slice(out->data, out->size));
    out->size = 0;
}

void fmt_out_put_long(struct fmt_out *out, struct bc_slice text)
{
    fmt_out_flush(out);
    if (text.size > FMT_OUT_BYTES) {
        send(out, text);
        return;
    }
    memcpy(out->data, text.data, text.size);
    out->size = text.size;
}

enum bc_status fmt_out_finish(struct fmt_out *out)
{
    fmt_out_flush(out);
    return out->status;
}

void fmt_out_release(struct fmt_out *out)
{
    bc_free(out->data);
    out->data = NULL;
}
