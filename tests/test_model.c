/* A long random sequence over several branches, compared with a naive model of them. With the
 * argument `rocks`, over a store on disk. */
#include "branchcore/maintain.h"
#include "branchcore/state.h"
#include "tests/tree_model.h"

#ifdef TRIPLEFS_ROCKS
#include "rocks/store.h"

#include <ftw.h>
#endif

enum { BRANCHES = 6, NAMES = 10, PLAIN_MAX = 200 << 10 };

struct line_of_history {
    bool used;
    char name[32];
    uint64_t id;
    uint64_t work;    /* of a deleted one: what its state is called by */
    uint64_t deleted; /* when: the latest of a name counts */
    struct model_tree tree;
    struct bc_branch *branch; /* NULL: deleted */
};

struct game {
    struct world world;
    uint64_t random;
    struct line_of_history branches[BRANCHES];
    struct line_of_history deleted[BRANCHES];
    uint64_t serial;
    uint64_t refused;
    uint64_t counts[32];
};

static uint64_t dice(struct game *game, uint64_t below)
{
    return world_random(&game->random, below);
}

static struct line_of_history *some_branch(struct game *game)
{
    for (;;) {
        struct line_of_history *line = &game->branches[dice(game, BRANCHES)];
        if (line->used)
            return line;
    }
}

/* Names for files of each kind and for folders, so few that they are taken often. */
static void some_name(struct game *game, char name[256])
{
    static const char *const endings[] = {".nt", ".nq", "", ".txt", ".nt", ""};
    (void)snprintf(name, 256, "%c%s", (char)('a' + dice(game, NAMES)), endings[dice(game, 6)]);
    if (!dice(game, 200))
        memset(name, 'L', 255), name[255] = '\0';
}

static bool name_is_text(const char *name, bool *quads)
{
    size_t size = strlen(name);
    *quads = size > 3 && !strcmp(name + size - 3, ".nq");
    return *quads || (size > 3 && !strcmp(name + size - 3, ".nt"));
}

static struct model_node *some_node(struct game *game, struct model_tree *tree, enum bc_kind kind)
{
    for (int i = 0; i < 40; i++) {
        struct model_node *node = &tree->nodes[dice(game, MODEL_NODES)];
        if (node->node && (!kind || node->kind == kind))
            return node;
    }
    return kind == BC_DIRECTORY || !kind ? &tree->nodes[0] : NULL;
}

static uint64_t some_folder(struct game *game, struct model_tree *tree)
{
    struct model_node *folder = some_node(game, tree, BC_DIRECTORY);
    return folder->parent || folder->node == BC_ROOT_NODE ? folder->node : BC_ROOT_NODE;
}

static void make_something(struct game *game, struct line_of_history *line)
{
    static const enum bc_kind kinds[] = {BC_FILE, BC_FILE, BC_FILE, BC_DIRECTORY, BC_SYMLINK};
    char name[256];
    bool quads;
    struct bc_attr attr;
    uint64_t parent = some_folder(game, &line->tree);
    some_name(game, name);
    struct bc_make make = {.kind = kinds[dice(game, 5)], .mode = 0600 + (uint32_t)dice(game, 64)};
    if (make.kind == BC_SYMLINK)
        make.target = text_slice("the/target");
    struct model_node *place = model_add(&line->tree);
    struct model_node *taken = model_lookup(&line->tree, parent, name);
    if (!place)
        return;
    enum bc_status st = bc_tree_make(line->branch, parent, text_slice(name), &make, &attr);
    assert_int_equal(st, taken ? BC_EXISTS : BC_OK);
    if (st)
        return;
    *place = (struct model_node){.node = attr.node,
                                 .parent = parent,
                                 .kind = make.kind,
                                 .text = make.kind == BC_FILE && name_is_text(name, &quads),
                                 .mode = make.mode};
    memcpy(place->name, name, sizeof name);
    if (make.kind == BC_SYMLINK)
        model_set(place, strdup("the/target"), 10);
}

static bool is_open(struct line_of_history *line, uint64_t node)
{
    return bc_counts_find(&line->branch->open_nodes, node) != NULL;
}

/* What had a name has none: gone, or without a name while it is open. */
static void unname(struct line_of_history *line, struct model_node *node)
{
    if (!is_open(line, node->node)) {
        model_drop(node);
        return;
    }
    node->parent = 0;
    node->name[0] = '\0';
}

static void remove_something(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_node(game, &line->tree, 0);
    if (!node->parent)
        return;
    bool folder = dice(game, 4) ? node->kind == BC_DIRECTORY : dice(game, 2);
    enum bc_status expected = BC_OK;
    if (folder != (node->kind == BC_DIRECTORY))
        expected = folder ? BC_NOT_DIRECTORY : BC_IS_DIRECTORY;
    else if (folder && !model_empty(&line->tree, node->node))
        expected = BC_NOT_EMPTY;
    uint64_t removed = 0;
    assert_int_equal(
        bc_tree_remove(line->branch, node->parent, text_slice(node->name), folder, &removed),
        expected);
    if (expected)
        return;
    assert_int_equal(removed, node->node);
    unname(line, node);
}

static bool is_below(struct model_tree *tree, uint64_t node, uint64_t folder)
{
    while (folder && folder != BC_ROOT_NODE) {
        if (folder == node)
            return true;
        folder = model_find(tree, folder)->parent;
    }
    return false;
}

static bool has_quads(const struct model_node *node)
{
    uint64_t quads;
    (void)model_triples(node, &quads);
    return quads > 0;
}

/* Whether a node can have the name, as far as its content is concerned. */
static enum bc_status name_fits(const struct model_node *node, const char *name, bool exchange,
                                bool *convert, char **text, size_t *size)
{
    bool quads;
    *convert = false;
    if (node->kind != BC_FILE || !name_is_text(name, &quads))
        return BC_OK;
    if (node->text)
        return !quads && has_quads(node) ? BC_SYNTAX : BC_OK;
    if (exchange)
        return BC_INVALID;
    *convert = true;
    *text = model_parse(node->content ? node->content : "", node->size, quads, size);
    return *text ? BC_OK : BC_SYNTAX;
}

static enum bc_status rename_allowed(struct model_tree *tree, const struct model_node *from,
                                     const struct model_node *to, uint64_t folder, unsigned flags)
{
    bool exchange = flags & BC_RENAME_EXCHANGE;
    if (!to && exchange)
        return BC_NOT_FOUND;
    if (to && (flags & BC_RENAME_NOREPLACE))
        return BC_EXISTS;
    if (from->kind == BC_DIRECTORY && is_below(tree, from->node, folder))
        return BC_INVALID;
    if (exchange && to->kind == BC_DIRECTORY && is_below(tree, to->node, from->parent))
        return BC_INVALID;
    if (!to || exchange || to == from)
        return BC_OK;
    if (from->kind == BC_DIRECTORY && to->kind != BC_DIRECTORY)
        return BC_NOT_DIRECTORY;
    if (from->kind != BC_DIRECTORY && to->kind == BC_DIRECTORY)
        return BC_IS_DIRECTORY;
    return to->kind == BC_DIRECTORY && !model_empty(tree, to->node) ? BC_NOT_EMPTY : BC_OK;
}

static void move_in_model(struct line_of_history *line, struct model_node *from,
                          struct model_node *to, uint64_t folder, const char *name, bool exchange)
{
    char old_name[256];
    uint64_t old_parent = from->parent;
    memcpy(old_name, from->name, sizeof old_name);
    if (to && !exchange)
        unname(line, to);
    from->parent = folder;
    (void)snprintf(from->name, sizeof from->name, "%s", name);
    if (exchange) {
        to->parent = old_parent;
        memcpy(to->name, old_name, sizeof old_name);
    }
}

static void rename_something(struct game *game, struct line_of_history *line)
{
    static const unsigned all_flags[] = {0, 0, 0, 0, BC_RENAME_NOREPLACE, BC_RENAME_EXCHANGE};
    struct model_tree *tree = &line->tree;
    struct model_node *from = some_node(game, tree, 0);
    uint64_t folder = some_folder(game, tree);
    unsigned flags = all_flags[dice(game, 6)];
    char name[256];
    if (!from->parent)
        return;
    some_name(game, name);
    struct model_node *to = model_lookup(tree, folder, name);
    bool exchange = flags & BC_RENAME_EXCHANGE;
    bool convert = false;
    bool ignored;
    char *text = NULL;
    size_t size = 0;
    enum bc_status expected = rename_allowed(tree, from, to, folder, flags);
    bool same = to == from;
    bool allowed = !expected && !same;
    if (allowed)
        expected = name_fits(from, name, exchange, &convert, &text, &size);
    if (allowed && exchange && !(expected == BC_SYNTAX && !convert)) {
        /* Texts are looked at before plain files. */
        enum bc_status other = name_fits(to, from->name, true, &ignored, &text, &size);
        if (other == BC_SYNTAX || !expected)
            expected = other;
    }
    struct bc_renamed renamed = {0};
    enum bc_status st = bc_tree_rename(line->branch, from->parent, text_slice(from->name), folder,
                                       text_slice(name), flags, &renamed, &game->world.err);
    if (st != expected)
        fail_msg("rename of %s to %s, flags %u: %s, expected %s", from->name, name, flags,
                 bc_status_text(st), bc_status_text(expected));
    game->refused += st == BC_SYNTAX;
    if (st || same) {
        free(text);
        return;
    }
    assert_int_equal(renamed.converted, convert);
    if (convert && to && to->kind == BC_FILE && to->text) {
        assert_int_equal(renamed.node, to->node);
        assert_int_equal(renamed.replaced, 0);
        model_set(to, text, size);
        to->mode = from->mode;
        unname(line, from);
        return;
    }
    assert_int_equal(renamed.node, from->node);
    assert_int_equal(renamed.replaced, to && !exchange ? to->node : 0);
    if (convert) {
        model_set(from, text, size);
        from->text = true;
    }
    move_in_model(line, from, to, folder, name, exchange);
}

/* Some lines in any order, with repetitions. */
static struct bc_buffer some_lines(struct game *game, bool quads, size_t count)
{
    struct bc_buffer raw = {0};
    size_t start = dice(game, MODEL_LINES);
    while (count) {
        size_t number = dice(game, 2) ? dice(game, MODEL_LINES) : start++ % MODEL_LINES;
        if (model_line_is_quad(number) && !quads)
            continue;
        const char *line = model_line(number);
        assert_int_equal(bc_buffer_append(&raw, line, strlen(line)), BC_OK);
        count--;
    }
    assert_int_equal(bc_buffer_append(&raw, "", 1), BC_OK);
    raw.size--;
    return raw;
}

static size_t some_count(struct game *game)
{
    uint64_t kind = dice(game, 20);
    if (!kind)
        return 1000 + dice(game, 2000);
    return kind < 4 ? dice(game, 200) : dice(game, 8);
}

/* The first lines of the present text stay, others come behind. */
static enum bc_status edit_in_place(struct game *game, struct bc_edit *edit,
                                    struct model_node *node, const struct bc_buffer *raw,
                                    struct bc_buffer *whole)
{
    size_t keep = node->size ? dice(game, node->size) : 0;
    while (keep && node->content[keep - 1] != '\n')
        keep--;
    assert_int_equal(bc_buffer_append(whole, node->content ? node->content : "", keep), BC_OK);
    assert_int_equal(bc_buffer_append(whole, raw->data, raw->size), BC_OK);
    assert_int_equal(bc_edit_truncate(edit, keep), BC_OK);
    return bc_edit_write(edit, keep, raw->data, raw->size, &game->world.err);
}

static void edit_text(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_node(game, &line->tree, BC_FILE);
    bool quads = false;
    if (!node || !node->text || (node->parent && !name_is_text(node->name, &quads)) ||
        !node->parent)
        return;
    enum bc_edit_mode mode = (enum bc_edit_mode)dice(game, 3);
    struct bc_buffer raw = some_lines(game, quads, some_count(game));
    struct bc_buffer whole = {0};
    struct bc_edit *edit = NULL;
    bool bad = !dice(game, 30);
    if (bad)
        assert_int_equal(bc_buffer_append(&raw, "oops", 4), BC_OK);
    assert_int_equal(
        bc_edit_new(line->branch, node->node, quads ? BC_NQUADS : BC_NTRIPLES, mode, &edit), BC_OK);
    enum bc_status st;
    if (mode == BC_EDIT_IN_PLACE) {
        st = edit_in_place(game, edit, node, &raw, &whole);
    } else {
        st = bc_edit_write(edit, 0, raw.data, raw.size, &game->world.err);
        if (mode == BC_EDIT_APPEND)
            assert_int_equal(
                bc_buffer_append(&whole, node->content ? node->content : "", node->size), BC_OK);
        assert_int_equal(bc_buffer_append(&whole, raw.data, raw.size), BC_OK);
    }
    assert_true(!st || (bad && st == BC_SYNTAX));
    struct bc_attr attr;
    st = bc_edit_commit(edit, false, &attr, &game->world.err);
    assert_int_equal(st, bad ? BC_SYNTAX : BC_OK);
    bc_edit_free(edit);
    game->refused += bad;
    if (!bad) {
        size_t size;
        char *text = model_parse(whole.data, whole.size, quads, &size);
        assert_non_null(text);
        model_set(node, text, size);
        assert_int_equal(attr.size_bytes, size);
    }
    bc_buffer_release(&raw);
    bc_buffer_release(&whole);
}

static void resize_model(struct model_node *node, size_t size)
{
    char *content = calloc(1, size + 1);
    assert_non_null(content);
    size_t keep = size < node->size ? size : node->size;
    if (keep)
        memcpy(content, node->content, keep);
    model_set(node, content, size);
    node->text = false;
}

/* A file with a plain name, whatever its content. */
static struct model_node *some_plain(struct game *game, struct line_of_history *line)
{
    bool quads;
    struct model_node *node = some_node(game, &line->tree, BC_FILE);
    return node && node->parent && !name_is_text(node->name, &quads) ? node : NULL;
}

static void write_bytes(struct game *game, struct line_of_history *line)
{
    static char bytes[PLAIN_MAX];
    struct model_node *node = some_plain(game, line);
    if (!node)
        return;
    bool append = !dice(game, 4);
    bool small = dice(game, 3);
    uint64_t offset = dice(game, small ? 2000 : PLAIN_MAX);
    if (dice(game, 4) == 0)
        offset -= offset % BC_CHUNK_BYTES;
    size_t size = dice(game, small ? 300 : PLAIN_MAX);
    if (append || offset + size > PLAIN_MAX)
        size %= 5000;
    /* No UTF-8: no text can be made of it. */
    memset(bytes, 0xF8 + (int)dice(game, 8), size);
    struct bc_attr attr;
    assert_int_equal(bc_bytes_write(line->branch, node->node, offset, bytes, size, append, &attr),
                     BC_OK);
    if (!size)
        return;
    uint64_t at = append ? node->size : offset;
    if (at + size > node->size)
        resize_model(node, at + size);
    memcpy(node->content + at, bytes, size);
    node->text = false;
    assert_int_equal(attr.size_bytes, node->size);
}

/* A plain file becomes what a text could be made of. */
static void write_lines_as_bytes(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_plain(game, line);
    struct bc_change cut = {.mask = BC_CHANGE_SIZE};
    struct bc_attr attr;
    if (!node)
        return;
    struct bc_buffer raw = some_lines(game, !dice(game, 3), some_count(game));
    assert_int_equal(bc_tree_change(line->branch, node->node, &cut, &attr), BC_OK);
    assert_int_equal(bc_bytes_write(line->branch, node->node, 0, raw.data, raw.size, false, NULL),
                     BC_OK);
    resize_model(node, 0);
    resize_model(node, raw.size);
    memcpy(node->content, raw.data, raw.size);
    bc_buffer_release(&raw);
}

static void truncate_bytes(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_plain(game, line);
    if (!node)
        return;
    size_t size = node->size ? dice(game, node->size * 5 / 4 + 2) : dice(game, 5000);
    if (!dice(game, 4))
        size -= size % BC_CHUNK_BYTES;
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = size};
    struct bc_attr attr;
    assert_int_equal(bc_tree_change(line->branch, node->node, &change, &attr), BC_OK);
    resize_model(node, size);
    assert_int_equal(attr.size_bytes, size);
}

static void change_mode(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_node(game, &line->tree, 0);
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = (uint32_t)dice(game, 07777)};
    struct bc_attr attr;
    assert_int_equal(bc_tree_change(line->branch, node->node, &change, &attr), BC_OK);
    node->mode = change.mode;
}

static void change_xattr(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_node(game, &line->tree, 0);
    size_t x = dice(game, MODEL_XATTRS);
    char name[16];
    char value[64];
    (void)snprintf(name, sizeof name, "user.%zu", x);
    if (dice(game, 3)) {
        bool create = !dice(game, 4);
        bool replace = !create && !dice(game, 4);
        (void)snprintf(value, sizeof value, "value %llu", (unsigned long long)game->serial++);
        enum bc_status expected = create && node->xattrs[x]     ? BC_EXISTS
                                  : replace && !node->xattrs[x] ? BC_NO_DATA
                                                                : BC_OK;
        assert_int_equal(bc_xattr_set(line->branch, node->node, text_slice(name), text_slice(value),
                                      create, replace),
                         expected);
        if (expected)
            return;
        free(node->xattrs[x]);
        node->xattrs[x] = strdup(value);
    } else {
        assert_int_equal(bc_xattr_remove(line->branch, node->node, text_slice(name)),
                         node->xattrs[x] ? BC_OK : BC_NO_DATA);
        free(node->xattrs[x]);
        node->xattrs[x] = NULL;
    }
}

static void open_or_close(struct game *game, struct line_of_history *line)
{
    struct model_node *node = some_node(game, &line->tree, 0);
    if (!is_open(line, node->node) || !dice(game, 4)) {
        assert_int_equal(bc_node_open(line->branch, node->node), BC_OK);
        return;
    }
    bc_node_close(line->branch, node->node);
    if (!node->parent && node->node != BC_ROOT_NODE && !is_open(line, node->node)) {
        struct bc_attr attr;
        assert_int_equal(bc_tree_stat(line->branch, node->node, &attr), BC_STALE);
        model_drop(node);
    }
}

static void fork_branch(struct game *game, struct line_of_history *source)
{
    struct bc_owner owner = {(uint32_t)dice(game, 2), 0};
    for (size_t i = 0; i < BRANCHES; i++) {
        struct line_of_history *line = &game->branches[i];
        if (line->used)
            continue;
        *line = (struct line_of_history){.used = true};
        (void)snprintf(line->name, sizeof line->name, "b%llu", (unsigned long long)game->serial++);
        assert_int_equal(bc_branch_fork(source->branch, text_slice(line->name), &owner,
                                        &line->branch, &game->world.err),
                         BC_OK);
        line->id = bc_branch_id(line->branch);
        model_tree_copy(&line->tree, &source->tree);
        return;
    }
}

static void drop_opens(struct line_of_history *line)
{
    for (size_t i = 0; i < MODEL_NODES; i++) {
        struct model_node *node = &line->tree.nodes[i];
        if (node->node && !node->parent && node->node != BC_ROOT_NODE)
            model_drop(node);
    }
}

static void delete_branch(struct game *game, struct line_of_history *line)
{
    struct line_of_history *to = &game->deleted[dice(game, BRANCHES)];
    if (line == &game->branches[0])
        return;
    line->work = line->branch->work;
    line->deleted = ++game->serial;
    assert_int_equal(bc_branch_delete(game->world.repo, text_slice(line->name), true, NULL), BC_OK);
    /* What was open in it has no name to come back under. */
    bc_branch_release(line->branch);
    line->branch = NULL;
    drop_opens(line);
    if (to->used)
        model_tree_release(&to->tree);
    *to = *line;
    *line = (struct line_of_history){0};
}

static void restore_branch(struct game *game)
{
    struct line_of_history *line = &game->deleted[dice(game, BRANCHES)];
    struct line_of_history *to = &game->branches[dice(game, BRANCHES)];
    char state[32];
    if (!line->used || to->used)
        return;
    (void)snprintf(state, sizeof state, "w%llx", (unsigned long long)line->work);
    if (dice(game, 2))
        memcpy(state, line->name, sizeof state);
    (void)snprintf(line->name, sizeof line->name, "r%llu", (unsigned long long)game->serial++);
    assert_int_equal(bc_branch_restore(game->world.repo, text_slice(state), text_slice(line->name),
                                       &game->world.err),
                     BC_OK);
    *to = *line;
    *line = (struct line_of_history){0};
    to->branch = world_branch(&game->world, to->name);
    assert_int_equal(bc_branch_id(to->branch), to->id);
}

static void rename_branch(struct game *game, struct line_of_history *line)
{
    char name[32];
    struct line_of_history *other = some_branch(game);
    if (line == &game->branches[0] || other == &game->branches[0])
        return;
    if (other != line && dice(game, 2)) {
        assert_int_equal(bc_branch_rename(game->world.repo, text_slice(line->name),
                                          text_slice(other->name), true, NULL),
                         BC_OK);
        memcpy(name, line->name, sizeof name);
        memcpy(line->name, other->name, sizeof name);
        memcpy(other->name, name, sizeof name);
        return;
    }
    (void)snprintf(name, sizeof name, "n%llu", (unsigned long long)game->serial++);
    assert_int_equal(
        bc_branch_rename(game->world.repo, text_slice(line->name), text_slice(name), false, NULL),
        BC_OK);
    memcpy(line->name, name, sizeof name);
}

/* As after a crash: what is open is not closed. */
/* So that few layers are enough for it. */
static void maintain_soon(struct game *game)
{
    game->world.repo->index_at = 3;
    game->world.repo->settle_at = 3;
}

static void reopen(struct game *game)
{
    for (size_t i = 0; i < BRANCHES; i++) {
        if (game->branches[i].used) {
            drop_opens(&game->branches[i]);
            bc_branch_release(game->branches[i].branch);
        }
    }
    world_reopen(&game->world);
    maintain_soon(game);
    for (size_t i = 0; i < BRANCHES; i++) {
        if (game->branches[i].used)
            game->branches[i].branch = world_branch(&game->world, game->branches[i].name);
    }
}

static void compare_all(struct game *game)
{
    for (size_t i = 0; i < BRANCHES; i++) {
        if (game->branches[i].used)
            model_compare(&game->branches[i].tree, game->branches[i].branch);
    }
    world_check(&game->world);
}

static void collect_all(struct game *game)
{
    struct bc_collected collected = {0};
    compare_all(game);
    assert_int_equal(bc_repo_collect(game->world.repo, &collected), BC_OK);
    compare_all(game);
    /* Nothing is left over without a crash, but indexes that others have replaced. */
    assert_int_equal(collected.runs, 0);
}

/* Puts a layer on the branch's stack, and makes stacks and texts quick to read. */
static void freeze_and_maintain(struct game *game, struct line_of_history *line)
{
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(line->branch, &top), BC_OK);
    bc_layer_release(game->world.repo, top);
    if (!dice(game, 3))
        assert_int_equal(bc_branch_maintain(line->branch, NULL), BC_OK);
}

static void step(struct game *game)
{
    struct line_of_history *line = some_branch(game);
    uint64_t what = dice(game, 1000);
    if (what < 180)
        make_something(game, line);
    else if (what < 260)
        remove_something(game, line);
    else if (what < 430)
        rename_something(game, line);
    else if (what < 600)
        edit_text(game, line);
    else if (what < 690)
        write_bytes(game, line);
    else if (what < 740)
        write_lines_as_bytes(game, line);
    else if (what < 800)
        truncate_bytes(game, line);
    else if (what < 830)
        change_mode(game, line);
    else if (what < 880)
        change_xattr(game, line);
    else if (what < 940)
        open_or_close(game, line);
    else if (what < 955)
        freeze_and_maintain(game, line);
    else if (what < 968)
        fork_branch(game, line);
    else if (what < 975)
        delete_branch(game, line);
    else if (what < 987)
        restore_branch(game);
    else if (what < 993)
        rename_branch(game, line);
    else if (what < 996)
        reopen(game);
    else
        collect_all(game);
}

static void play(struct bc_store *store, int steps)
{
    struct game *game = calloc(1, sizeof *game);
    assert_non_null(game);
    game->random = world_seed();
    world_open(&game->world, store);
    maintain_soon(game);
    struct line_of_history *first = &game->branches[0];
    first->used = true;
    (void)snprintf(first->name, sizeof first->name, "main");
    first->branch = bc_branch_retain(game->world.main);
    first->tree.nodes[0] =
        (struct model_node){.node = BC_ROOT_NODE, .kind = BC_DIRECTORY, .mode = 0755};
    for (int i = 1; i <= steps; i++) {
        step(game);
        if (i % 400 == 0)
            compare_all(game);
    }
    compare_all(game);
    reopen(game);
    collect_all(game);
    assert_true(game->refused > 0);
    for (size_t i = 0; i < BRANCHES; i++) {
        model_tree_release(&game->branches[i].tree);
        model_tree_release(&game->deleted[i].tree);
        bc_branch_release(game->branches[i].branch);
    }
    world_close(&game->world);
    free(game);
}

static int steps_to_play(void)
{
    const char *given = getenv("TRIPLEFS_STEPS");
    return given ? (int)strtol(given, NULL, 10) : 4000;
}

static void a_long_game_in_memory(void **state)
{
    (void)state;
    play(NULL, steps_to_play());
}

#ifdef TRIPLEFS_ROCKS
static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void a_long_game_on_disk(void **state)
{
    (void)state;
    char directory[] = "/tmp/triplefs-model-XXXXXX";
    struct rk_options options = {.create = true, .memory_bytes = 32 << 20, .bulk_bytes = 8 << 20};
    struct bc_store *store = NULL;
    struct bc_error err;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(rk_store_open(directory, &options, &store, &err), BC_OK);
    play(store, steps_to_play());
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest memory[] = {cmocka_unit_test(a_long_game_in_memory)};
#ifdef TRIPLEFS_ROCKS
    const struct CMUnitTest disk[] = {cmocka_unit_test(a_long_game_on_disk)};
    if (argc > 1 && !strcmp(argv[1], "rocks"))
        return cmocka_run_group_tests(disk, NULL, NULL);
#endif
    (void)argc;
    (void)argv;
    return cmocka_run_group_tests(memory, NULL, NULL);
}
