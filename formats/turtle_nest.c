/* Objects, and the blank nodes and lists nested in them, to any depth. */

#include "formats/turtle_write.h"

struct fmt_nest_frame {
    const char *lines; /* of a node; of a list: the label of the next cell, NULL at its end */
    const char *at;    /* the next line */
    const char *end;   /* of the lines, or of the label */
    struct bc_slice predicate;
    uint32_t label_size;
    uint32_t indent; /* of what it holds */
    bool list;
    bool types; /* of the two turns over a node's lines, the first one */
};

enum {
    INLINE_ROOM = 4096,     /* what is tried on one line stays below this */
    INLINE_TERM_MAX = 1024, /* and a term of it below this, before it is abbreviated */
};

void fmt_nest_release(struct fmt_nest *nest)
{
    bc_free(nest->frames);
    *nest = (struct fmt_nest){0};
}

void fmt_turtle_predicate(struct fmt_turtle_writer *turtle, struct bc_slice predicate)
{
    if (fmt_is_type(predicate))
        FMT_OUT_TEXT(&turtle->out, "a ");
    else {
        fmt_spell(&turtle->spelling, &turtle->out, predicate, false);
        fmt_out_byte(&turtle->out, ' ');
    }
}

/* Lists on one line. */

static bool fits(const struct fmt_out *out)
{
    return fmt_out_column(out) + sizeof " ;" - 1 <= FMT_COLUMNS;
}

static bool put_on_line(struct fmt_turtle_writer *turtle, struct bc_slice cell)
{
    struct fmt_out *out = &turtle->out;
    struct bc_slice first;
    struct bc_slice rest = cell;
    fmt_out_byte(out, '(');
    while (fmt_blank_nodes_cell(turtle->blank, rest, &first, &rest)) {
        struct bc_slice ignored;
        fmt_out_byte(out, ' ');
        if (!fits(out))
            return false;
        if (fmt_is_nil(first))
            FMT_OUT_TEXT(out, "()");
        else if (*first.data == '_' && fmt_blank_nodes_nested(turtle->blank, first)) {
            /* Each level takes two columns, so this does not go deep. */
            if (!fmt_blank_nodes_cell(turtle->blank, first, &ignored, &ignored) ||
                !put_on_line(turtle, first))
                return false;
        } else {
            if (first.size > INLINE_TERM_MAX || fmt_spelled_in_lines(first))
                return false;
            fmt_spell(&turtle->spelling, out, first, false);
        }
        if (!fits(out))
            return false;
    }
    FMT_OUT_TEXT(out, " )");
    return fits(out);
}

/* False: nothing was written. */
static bool try_on_line(struct fmt_turtle_writer *turtle, struct bc_slice cell)
{
    struct fmt_out *out = &turtle->out;
    if (FMT_OUT_BYTES - out->size < INLINE_ROOM)
        fmt_out_flush(out);
    size_t size = out->size;
    if (put_on_line(turtle, cell))
        return true;
    out->size = size;
    return false;
}

/* Frames. */

static enum bc_status push(struct fmt_nest *nest, const struct fmt_nest_frame *frame)
{
    if (nest->count == nest->room) {
        size_t room = nest->room ? 2 * nest->room : 16;
        struct fmt_nest_frame *frames = bc_realloc_array(nest->frames, room, sizeof *frames);
        if (!frames)
            return BC_NO_MEMORY;
        nest->frames = frames;
        nest->room = room;
    }
    nest->frames[nest->count++] = *frame;
    return BC_OK;
}

static enum bc_status open_nested(struct fmt_turtle_writer *turtle, struct bc_slice node,
                                  size_t indent)
{
    struct bc_slice first;
    struct bc_slice rest;
    size_t deeper = indent + FMT_INDENT;
    struct fmt_nest_frame frame = {
        .label_size = (uint32_t)node.size,
        .indent = (uint32_t)(deeper > FMT_INDENT_MAX ? FMT_INDENT_MAX : deeper)};
    if (fmt_blank_nodes_cell(turtle->blank, node, &first, &rest)) {
        if (try_on_line(turtle, node))
            return BC_OK;
        fmt_out_byte(&turtle->out, '(');
        frame.list = true;
        frame.lines = node.data;
        frame.end = node.data + node.size;
        return push(&turtle->nest, &frame);
    }
    struct bc_slice lines = fmt_blank_nodes_lines(turtle->blank, node);
    fmt_out_byte(&turtle->out, '[');
    frame.lines = frame.at = lines.data;
    frame.end = lines.data + lines.size;
    frame.types = true;
    return push(&turtle->nest, &frame);
}

static enum bc_status put_object(struct fmt_turtle_writer *turtle, struct bc_slice object,
                                 size_t indent)
{
    if (*object.data == '_' && fmt_blank_nodes_nested(turtle->blank, object))
        return open_nested(turtle, object, indent);
    if (fmt_is_nil(object))
        FMT_OUT_TEXT(&turtle->out, "()");
    else
        fmt_spell(&turtle->spelling, &turtle->out, object, true);
    return BC_OK;
}

/* The next statement of a node in the order in which they are written. */
static bool next_statement(struct fmt_nest_frame *frame, size_t graph_size,
                           struct bc_slice *predicate, struct bc_slice *object)
{
    for (;;) {
        while (frame->at < frame->end) {
            const char *start = frame->at + frame->label_size + 1;
            const char *end = memchr(start, '\n', (size_t)(frame->end - start));
            const char *space = memchr(start, ' ', (size_t)(end - start));
            frame->at = end + 1;
            *predicate = bc_slice(start, (size_t)(space - start));
            if (fmt_is_type(*predicate) != frame->types)
                continue;
            end -= 2 + (graph_size ? graph_size + 1 : 0);
            *object = bc_slice(space + 1, (size_t)(end - space) - 1);
            return true;
        }
        if (!frame->types)
            return false;
        frame->types = false;
        frame->at = frame->lines;
    }
}

static void close_frame(struct fmt_turtle_writer *turtle, size_t indent, char byte)
{
    fmt_out_line(&turtle->out, indent < FMT_INDENT ? 0 : indent - FMT_INDENT);
    fmt_out_byte(&turtle->out, byte);
    turtle->nest.count--;
}

static enum bc_status step_node(struct fmt_turtle_writer *turtle, struct fmt_nest_frame *frame)
{
    struct fmt_out *out = &turtle->out;
    struct bc_slice predicate;
    struct bc_slice object;
    size_t indent = frame->indent;
    if (!next_statement(frame, turtle->graph_size, &predicate, &object)) {
        FMT_OUT_TEXT(out, " ;");
        close_frame(turtle, indent, ']');
        return BC_OK;
    }
    if (frame->predicate.size && bc_slice_equal(predicate, frame->predicate)) {
        FMT_OUT_TEXT(out, " ,");
        indent += FMT_INDENT;
        fmt_out_line(out, indent);
    } else {
        if (frame->predicate.size)
            FMT_OUT_TEXT(out, " ;");
        fmt_out_line(out, indent);
        fmt_turtle_predicate(turtle, predicate);
        frame->predicate = predicate;
    }
    return put_object(turtle, object, indent);
}

static enum bc_status step_list(struct fmt_turtle_writer *turtle, struct fmt_nest_frame *frame)
{
    struct bc_slice cell = bc_slice(frame->lines, (size_t)(frame->end - frame->lines));
    struct bc_slice first;
    struct bc_slice rest;
    size_t indent = frame->indent;
    if (!fmt_blank_nodes_cell(turtle->blank, cell, &first, &rest)) {
        close_frame(turtle, indent, ')');
        return BC_OK;
    }
    frame->lines = rest.data;
    frame->end = rest.data + rest.size;
    fmt_out_line(&turtle->out, indent);
    return put_object(turtle, first, indent);
}

enum bc_status fmt_turtle_object(struct fmt_turtle_writer *turtle, struct bc_slice object,
                                 size_t indent)
{
    enum bc_status st = put_object(turtle, object, indent);
    while (!st && turtle->nest.count) {
        struct fmt_nest_frame *frame = &turtle->nest.frames[turtle->nest.count - 1];
        st = frame->list ? step_list(turtle, frame) : step_node(turtle, frame);
        if (!st)
            st = turtle->out.status;
    }
    return st;
}
