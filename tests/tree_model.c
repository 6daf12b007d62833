#include "tests/tree_model.h"

static char *lines[MODEL_LINES];

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void make_lines(void)
{
    for (size_t i = 0; i < MODEL_LINES; i++) {
        char line[4096];
        int size = snprintf(line, sizeof line, "<http://example.org/subject/%zu> <http://e/p%zu> ",
                            i * 7919 % 1000, i % 3);
        /* Longer than a line key holds, with a long prefix in common. */
        size += snprintf(line + size, sizeof line - (size_t)size, "\"%0*zu%0*d\"",
                         i % 50 == 7 ? 1500 : 4, i % 100 == 7 ? i : (size_t)0,
                         i % 50 == 7 ? 1200 : 4, (int)i);
        if (i % 4 == 3)
            size += snprintf(line + size, sizeof line - (size_t)size, " <http://e/g%zu>", i % 5);
        (void)snprintf(line + size, sizeof line - (size_t)size, " .\n");
        lines[i] = strdup(line);
        assert_non_null(lines[i]);
    }
    qsort(lines, MODEL_LINES, sizeof *lines, by_text);
}

const char *model_line(size_t number)
{
    if (!lines[0])
        make_lines();
    return lines[number];
}

bool model_line_is_quad(size_t number)
{
    const char *line = model_line(number);
    return line[strlen(line) - 4] == '>';
}

void model_tree_copy(struct model_tree *to, const struct model_tree *from)
{
    *to = *from;
    for (size_t i = 0; i < MODEL_NODES; i++) {
        struct model_node *node = &to->nodes[i];
        if (!node->node)
            continue;
        if (!node->parent && node->node != BC_ROOT_NODE) { /* open in the other one alone */
            *node = (struct model_node){0};
            continue;
        }
        if (node->content) {
            char *content = malloc(node->size + 1);
            assert_non_null(content);
            memcpy(content, node->content, node->size + 1);
            node->content = content;
        }
        for (size_t x = 0; x < MODEL_XATTRS; x++)
            node->xattrs[x] = node->xattrs[x] ? strdup(node->xattrs[x]) : NULL;
    }
}

void model_drop(struct model_node *node)
{
    free(node->content);
    for (size_t x = 0; x < MODEL_XATTRS; x++)
        free(node->xattrs[x]);
    *node = (struct model_node){0};
}

void model_tree_release(struct model_tree *tree)
{
    for (size_t i = 0; i < MODEL_NODES; i++)
        model_drop(&tree->nodes[i]);
}

struct model_node *model_find(struct model_tree *tree, uint64_t node)
{
    for (size_t i = 0; node && i < MODEL_NODES; i++) {
        if (tree->nodes[i].node == node)
            return &tree->nodes[i];
    }
    return NULL;
}

struct model_node *model_lookup(struct model_tree *tree, uint64_t parent, const char *name)
{
    for (size_t i = 0; i < MODEL_NODES; i++) {
        struct model_node *node = &tree->nodes[i];
        if (node->node && node->parent == parent && !strcmp(node->name, name))
            return node;
    }
    return NULL;
}

struct model_node *model_add(struct model_tree *tree)
{
    for (size_t i = 0; i < MODEL_NODES; i++) {
        if (!tree->nodes[i].node)
            return &tree->nodes[i];
    }
    return NULL;
}

void model_set(struct model_node *node, char *content, size_t size)
{
    free(node->content);
    node->content = content;
    node->size = size;
}

bool model_empty(const struct model_tree *tree, uint64_t folder)
{
    for (size_t i = 0; i < MODEL_NODES; i++) {
        if (tree->nodes[i].node && tree->nodes[i].parent == folder)
            return false;
    }
    return true;
}

/* The number of a line, its end put on where it is missing at the end of the text. */
static size_t line_number(const char *raw, size_t size)
{
    char copy[4096];
    char *key = copy;
    if (size >= sizeof copy - 1 || memchr(raw, '\0', size))
        return MODEL_LINES;
    memcpy(copy, raw, size);
    if (!size || copy[size - 1] != '\n')
        copy[size++] = '\n';
    copy[size] = '\0';
    (void)model_line(0);
    char **found = bsearch(&key, lines, MODEL_LINES, sizeof *lines, by_text);
    return found ? (size_t)(found - lines) : MODEL_LINES;
}

char *model_parse(const char *raw, size_t size, bool quads, size_t *canonical_size)
{
    static bool has[MODEL_LINES];
    memset(has, 0, sizeof has);
    for (size_t at = 0; at < size;) {
        const char *newline = memchr(raw + at, '\n', size - at);
        size_t end = newline ? (size_t)(newline - raw) + 1 : size;
        size_t number = line_number(raw + at, end - at);
        if (number == MODEL_LINES || (!quads && model_line_is_quad(number)))
            return NULL;
        has[number] = true;
        at = end;
    }
    size_t total = 0;
    for (size_t i = 0; i < MODEL_LINES; i++)
        total += has[i] ? strlen(lines[i]) : 0;
    char *text = malloc(total + 1);
    assert_non_null(text);
    char *to = text;
    for (size_t i = 0; i < MODEL_LINES; i++) {
        if (has[i])
            to = stpcpy(to, lines[i]);
    }
    *to = '\0';
    *canonical_size = total;
    return text;
}

uint64_t model_triples(const struct model_node *node, uint64_t *quads)
{
    uint64_t count = 0;
    *quads = 0;
    for (size_t at = 0; at < node->size; count++) {
        const char *newline = memchr(node->content + at, '\n', node->size - at);
        assert_non_null(newline);
        *quads += newline[-3] == '>';
        at = (size_t)(newline - node->content) + 1;
    }
    return count;
}

struct listing {
    const struct model_tree *tree;
    uint64_t folder;
    size_t count;
    char last[256];
};

static void compare_attr(const struct model_node *node, const struct bc_attr *attr)
{
    uint64_t quads;
    assert_int_equal(attr->node, node->node);
    assert_int_equal(attr->parent, node->parent);
    assert_int_equal(attr->kind, node->kind);
    assert_int_equal(attr->mode, node->mode);
    if (node->kind == BC_DIRECTORY)
        return;
    assert_int_equal(attr->form, node->text ? BC_TEXT : BC_BYTES);
    assert_int_equal(attr->size_bytes, node->size);
    assert_int_equal(attr->triples, node->text ? model_triples(node, &quads) : 0);
}

static enum bc_status compare_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct listing *listing = context;
    char copy[256];
    memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    assert_true(strcmp(listing->last, copy) < 0);
    memcpy(listing->last, copy, sizeof copy);
    struct model_node *node =
        model_lookup((struct model_tree *)listing->tree, listing->folder, copy);
    if (node)
        compare_attr(node, attr);
    else
        fail_msg("'%s' in %llu should not be there", copy, (unsigned long long)listing->folder);
    listing->count++;
    return BC_OK;
}

static void compare_folder(const struct model_tree *tree, struct bc_branch *branch, uint64_t folder)
{
    struct listing listing = {.tree = tree, .folder = folder};
    size_t expected = 0;
    assert_int_equal(bc_tree_list_attr(branch, folder, compare_entry, &listing), BC_OK);
    for (size_t i = 0; i < MODEL_NODES; i++)
        expected += tree->nodes[i].node && tree->nodes[i].parent == folder;
    assert_int_equal(listing.count, expected);
}

static void compare_xattrs(const struct model_node *node, struct bc_branch *branch)
{
    struct bc_buffer names = {0};
    struct bc_buffer value = {0};
    size_t expected = 0;
    assert_int_equal(bc_xattr_list(branch, node->node, &names), BC_OK);
    for (size_t x = 0; x < MODEL_XATTRS; x++) {
        char name[16];
        (void)snprintf(name, sizeof name, "user.%zu", x);
        bc_buffer_clear(&value);
        enum bc_status st = bc_xattr_get(branch, node->node, text_slice(name), &value);
        assert_int_equal(st, node->xattrs[x] ? BC_OK : BC_NO_DATA);
        if (!node->xattrs[x])
            continue;
        expected += strlen(name) + 1;
        assert_int_equal(value.size, strlen(node->xattrs[x]));
        assert_memory_equal(value.data, node->xattrs[x], value.size);
    }
    assert_int_equal(names.size, expected);
    bc_buffer_release(&names);
    bc_buffer_release(&value);
}

static void compare_content(const struct model_node *node, struct bc_branch *branch)
{
    if (node->kind == BC_SYMLINK) {
        struct bc_buffer target = {0};
        assert_int_equal(bc_tree_readlink(branch, node->node, &target), BC_OK);
        assert_int_equal(target.size, node->size);
        assert_memory_equal(target.data, node->content, node->size);
        bc_buffer_release(&target);
    }
    if (node->kind != BC_FILE)
        return;
    struct bc_buffer content = world_content(branch, node->node);
    if (content.size != node->size ||
        (node->size && memcmp(content.data, node->content, node->size) != 0))
        fail_msg("'%s' (%llu) has another content", node->name, (unsigned long long)node->node);
    bc_buffer_release(&content);
}

static void compare_totals(const struct model_tree *tree, struct bc_branch *branch)
{
    struct bc_branch_totals totals;
    struct bc_branch_totals sum = {0};
    for (size_t i = 0; i < MODEL_NODES; i++) {
        const struct model_node *node = &tree->nodes[i];
        uint64_t quads;
        if (!node->node || !node->parent)
            continue;
        sum.folders += node->kind == BC_DIRECTORY;
        sum.files += node->kind != BC_DIRECTORY;
        sum.bytes += node->size;
        sum.triples += node->text ? model_triples(node, &quads) : 0;
    }
    assert_int_equal(bc_branch_measure(branch, &totals), BC_OK);
    assert_int_equal(totals.folders, sum.folders);
    assert_int_equal(totals.files, sum.files);
    assert_int_equal(totals.bytes, sum.bytes);
    assert_int_equal(totals.triples, sum.triples);
}

void model_compare(const struct model_tree *tree, struct bc_branch *branch)
{
    for (size_t i = 0; i < MODEL_NODES; i++) {
        const struct model_node *node = &tree->nodes[i];
        if (!node->node)
            continue;
        struct bc_attr attr;
        if (bc_tree_stat(branch, node->node, &attr))
            fail_msg("'%s' (%llu) is gone", node->name, (unsigned long long)node->node);
        compare_attr(node, &attr);
        if (node->kind == BC_DIRECTORY)
            compare_folder(tree, branch, node->node);
        compare_content(node, branch);
        compare_xattrs(node, branch);
        if (node->parent) {
            assert_int_equal(bc_tree_lookup(branch, node->parent, text_slice(node->name), &attr),
                             BC_OK);
            assert_int_equal(attr.node, node->node);
        }
    }
    compare_totals(tree, branch);
}
