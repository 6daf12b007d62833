/* The on-disk format, pinned: what each codec writes is compared with tests/golden/format-1.txt,
 * and what the file has is read back. A change of the format needs a new version and a file of its
 * own; this one stays. */
#include "branchcore/branch_record.h"
#include "branchcore/commit_record.h"
#include "branchcore/layer_record.h"
#include "branchcore/row.h"
#include "branchcore/run_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t large = UINT64_C(0x0102030405060708);

static const struct bc_node sample_node = {
    .kind = BC_FILE,
    .form = BC_TEXT,
    .flags = BC_NODE_DELTA | BC_NODE_BASE,
    .mode = 0640,
    .uid = 1000,
    .gid = 100,
    .atime_ns = 1,
    .mtime_ns = -2,
    .ctime_ns = 3,
    .btime_ns = 4,
    .parent = BC_ROOT_NODE,
    .size_bytes = 1000,
    .triples = 10,
    .quads = 2,
    .version = 77,
    .run = 88,
    .delta = 99,
    .below = 66,
    .delta_bytes = 55,
    .cut_bytes = 44,
    .name = {"people.nt", 9},
    .target = {"", 0},
};

static const struct bc_branch_record sample_branch = {
    .top = 20,
    .work = 21,
    .base = 19,
    .created_ns = 5,
    .changed_ns = 6,
    .name = {"cleanup", 7},
    .forked_from = {"main", 4},
    .has_head = true,
    .head = {{1, 2, 3, [31] = 32}},
};

static const struct bc_reflog_record sample_entry = {
    .time_ns = 7,
    .action = BC_REFLOG_MERGE,
    .name = {"main", 4},
    .detail = {"w15 cleanup", 11},
    .branch = 2,
    .branch_record = {"before", 6},
};

static const struct bc_commit_record sample_commit = {
    .commit = {.parents = {{{1, [31] = 2}}, {{3, [31] = 4}}},
               .parent_count = 2,
               .layer = 20,
               .generation = 9,
               .time_ns = 8,
               .files = 1,
               .added = 2,
               .removed = 3},
    .form = 1,
    .change = {5, [31] = 6},
    .author = {"ada", 3},
    .message = {"a message", 9},
};

static const struct bc_run_summary sample_run = {1000, 10, 2, 3};
static const struct bc_run_sums sample_sums = {6, 500, 1, {7, [31] = 8}};
static const struct bc_block sample_block = {.offset = 500, .bytes = 250, .line = 5};

/* One pinned piece: a key or a value. */
struct piece {
    const char *name;
    struct bc_buffer bytes;
};

enum { PIECES = 27 };

static void add_bytes(struct piece *piece, const char *name, struct bc_slice bytes)
{
    piece->name = name;
    assert_int_equal(bc_buffer_append(&piece->bytes, bytes.data, bytes.size), BC_OK);
}

static void add_keys(struct piece *to)
{
    struct bc_key key;
    char line[1200];
    memset(line, 'x', sizeof line);
    bc_key_prefix(&key, large, 0);
    add_bytes(&to[0], "prefix", bc_key_slice(&key));
    bc_key_node(&key, 21, BC_ROW_NODE, 30);
    add_bytes(&to[1], "node-key", bc_key_slice(&key));
    bc_key_entry(&key, 21, BC_ROOT_NODE, bc_slice("people.nt", 9));
    add_bytes(&to[2], "entry-key", bc_key_slice(&key));
    bc_key_xattr(&key, 21, 30, bc_slice("user.x", 6));
    add_bytes(&to[3], "xattr-key", bc_key_slice(&key));
    bc_key_chunk(&key, 21, 30, 7);
    add_bytes(&to[4], "chunk-key", bc_key_slice(&key));
    bc_key_line(&key, 21, 30, bc_slice("<a:s> <a:p> <a:o> .\n", 20));
    add_bytes(&to[5], "line-key", bc_key_slice(&key));
    bc_key_line(&key, 21, 30, bc_slice(line, sizeof line));
    add_bytes(&to[6], "long-line-key", bc_key_slice(&key));
    bc_key_run_block(&key, 88, 749);
    add_bytes(&to[7], "block-key", bc_key_slice(&key));
    bc_key_run_index(&key, 88, bc_slice("<a:s", 4), 500);
    add_bytes(&to[8], "index-key", bc_key_slice(&key));
}

static void add_commit(struct piece *to)
{
    struct bc_buffer value = {0};
    struct bc_commit_id id;
    char key[BC_COMMIT_KEY_BYTES];
    assert_int_equal(bc_commit_record_id(&sample_commit, &id), BC_OK);
    add_bytes(&to[0], "commit-id", bc_slice(id.bytes, sizeof id.bytes));
    bc_commit_key(&id, key);
    add_bytes(&to[1], "commit-key", bc_slice(key, sizeof key));
    assert_int_equal(bc_commit_record_encode(&sample_commit, &value), BC_OK);
    add_bytes(&to[2], "commit", bc_buffer_slice(&value));
    bc_buffer_release(&value);
}

/* Key and value of the one row that a batch puts. */
static void add_row(struct piece *to, const char *key, const char *value, struct bc_batch *batch)
{
    size_t position = 0;
    struct bc_batch_entry entry;
    assert_true(bc_batch_each(batch, &position, &entry));
    add_bytes(&to[0], key, entry.key);
    add_bytes(&to[1], value, entry.value);
    bc_batch_clear(batch);
}

static void add_layers(struct piece *to)
{
    struct bc_key key;
    struct bc_batch batch = {0};
    char redirect[BC_REDIRECT_BYTES];
    assert_int_equal(bc_layer_record_put(&batch, 20, 19), BC_OK);
    add_row(&to[0], "layer-key", "layer", &batch);
    assert_int_equal(bc_layer_record_put_index(&batch, 22, &(struct bc_layer_record){11, 20, 9}),
                     BC_OK);
    add_row(&to[2], "index-layer-key", "index-layer", &batch);
    bc_batch_release(&batch);
    bc_redirect_encode(20, redirect);
    add_bytes(&to[4], "redirect", bc_slice(redirect, sizeof redirect));
    bc_key_line_of(&key, 20, BC_ROW_JOINED, 30, bc_slice("<a:s> <a:p> <a:o> .\n", 20));
    add_bytes(&to[5], "joined-line-key", bc_key_slice(&key));
}

static void add_values(struct piece *to)
{
    struct bc_buffer value = {0};
    char header[BC_RUN_HEADER_BYTES];
    char index[BC_RUN_INDEX_BYTES];
    assert_int_equal(bc_node_encode(&sample_node, &value), BC_OK);
    add_bytes(&to[0], "node", bc_buffer_slice(&value));
    assert_int_equal(bc_line_value(&value, '-', bc_slice("<a:s> <a:p> <a:o> .\n", 20)), BC_OK);
    add_bytes(&to[1], "line", bc_buffer_slice(&value));
    assert_int_equal(bc_branch_record_encode(&sample_branch, &value), BC_OK);
    add_bytes(&to[2], "branch", bc_buffer_slice(&value));
    bc_run_header_encode(&sample_run, header);
    add_bytes(&to[3], "run-header", bc_slice(header, sizeof header));
    bc_run_index_encode(&sample_block, index);
    add_bytes(&to[4], "run-index", bc_slice(index, sizeof index));
    add_commit(to + 5);
    assert_int_equal(bc_reflog_record_encode(&sample_entry, &value), BC_OK);
    add_bytes(&to[8], "reflog", bc_buffer_slice(&value));
    add_layers(to + 9);
    bc_buffer_release(&value);
}

/* What came with the second form of the digest of a change. */
static void add_change_forms(struct piece *to)
{
    struct bc_key key;
    struct bc_buffer value = {0};
    char sums[BC_RUN_SUMS_BYTES];
    struct bc_commit_record commit = sample_commit;
    bc_key_run_sums(&key, 88);
    add_bytes(&to[0], "sums-key", bc_key_slice(&key));
    bc_run_sums_encode(&sample_sums, sums);
    add_bytes(&to[1], "run-sums", bc_slice(sums, sizeof sums));
    commit.form = BC_CHANGE_FORM;
    assert_int_equal(bc_commit_record_encode(&commit, &value), BC_OK);
    add_bytes(&to[2], "commit-form-2", bc_buffer_slice(&value));
    bc_buffer_release(&value);
}

static void print_hex(struct bc_buffer *to, const struct piece *piece)
{
    assert_int_equal(bc_buffer_printf(to, "%s ", piece->name), BC_OK);
    for (size_t i = 0; i < piece->bytes.size; i++)
        assert_int_equal(bc_buffer_printf(to, "%02x", (unsigned char)piece->bytes.data[i]), BC_OK);
    assert_int_equal(bc_buffer_append(to, "\n", 1), BC_OK);
}

static void read_golden(struct bc_buffer *to)
{
    const char *path = getenv("TRIPLEFS_GOLDEN");
    assert_non_null(path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char part[4096];
    for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
        assert_int_equal(bc_buffer_append(to, part, size), BC_OK);
    assert_int_equal(fclose(file), 0);
}

static void codecs_write_what_is_pinned(void **state)
{
    (void)state;
    struct piece pieces[PIECES] = {0};
    struct bc_buffer golden = {0};
    struct bc_buffer written = {0};
    add_keys(pieces);
    add_values(pieces + 9);
    add_change_forms(pieces + 24);
    for (size_t i = 0; i < PIECES; i++) {
        print_hex(&written, &pieces[i]);
        bc_buffer_release(&pieces[i].bytes);
    }
    read_golden(&golden);
    assert_int_equal(bc_buffer_append(&golden, "", 1), BC_OK);
    assert_int_equal(bc_buffer_append(&written, "", 1), BC_OK);
    assert_string_equal(written.data, golden.data);
    bc_buffer_release(&written);
    bc_buffer_release(&golden);
}

/* The bytes of a line "NAME HEX" of the golden file; false if there is none. */
static bool golden_bytes(const struct bc_buffer *golden, const char *name, struct bc_buffer *bytes)
{
    size_t size = strlen(name);
    for (const char *line = golden->data; line && *line;) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        if (!strncmp(line, name, size) && line[size] == ' ') {
            for (const char *at = line + size + 1; at < end; at += 2) {
                char digits[3] = {at[0], at[1], '\0'};
                char byte = (char)strtoul(digits, NULL, 16);
                assert_int_equal(bc_buffer_append(bytes, &byte, 1), BC_OK);
            }
            return true;
        }
        line = end + 1;
    }
    return false;
}

static void read_commit(const struct bc_buffer *golden)
{
    struct bc_buffer bytes = {0};
    struct bc_commit_record record;
    assert_true(golden_bytes(golden, "commit", &bytes));
    assert_int_equal(bc_commit_record_decode(bc_buffer_slice(&bytes), &record), BC_OK);
    assert_int_equal(record.commit.parent_count, 2);
    assert_memory_equal(record.commit.parents, sample_commit.commit.parents,
                        sizeof record.commit.parents);
    assert_int_equal(record.commit.generation, sample_commit.commit.generation);
    assert_memory_equal(record.change, sample_commit.change, sizeof record.change);
    assert_true(bc_slice_equal(record.message, sample_commit.message));
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(bc_commit_record_decode(bc_slice(bytes.data, size), &record), BC_OK);
    if (bytes.data)
        bytes.data[0] = 3; /* a version that is yet to come */
    assert_int_equal(bc_commit_record_decode(bc_buffer_slice(&bytes), &record), BC_NEWER_FORMAT);
    bc_buffer_release(&bytes);
}

static void codecs_read_what_is_pinned(void **state)
{
    (void)state;
    struct bc_buffer golden = {0};
    struct bc_buffer bytes = {0};
    struct bc_node node;
    struct bc_branch_record branch;
    struct bc_run_summary run;
    struct bc_run_sums sums;
    struct bc_commit_record commit;
    read_golden(&golden);
    assert_int_equal(bc_buffer_append(&golden, "", 1), BC_OK);

    assert_true(golden_bytes(&golden, "node", &bytes));
    assert_int_equal(bc_node_decode(bc_buffer_slice(&bytes), &node), BC_OK);
    assert_int_equal(node.mtime_ns, sample_node.mtime_ns);
    assert_int_equal(node.cut_bytes, sample_node.cut_bytes);
    assert_true(bc_slice_equal(node.name, sample_node.name));
    if (bytes.data)
        bytes.data[0] = 2; /* a version that is yet to come */
    assert_int_equal(bc_node_decode(bc_buffer_slice(&bytes), &node), BC_NEWER_FORMAT);

    bc_buffer_clear(&bytes);
    assert_true(golden_bytes(&golden, "branch", &bytes));
    assert_int_equal(bc_branch_record_decode(bc_buffer_slice(&bytes), &branch), BC_OK);
    assert_int_equal(branch.work, sample_branch.work);
    assert_true(bc_slice_equal(branch.forked_from, sample_branch.forked_from));
    assert_true(branch.has_head && bc_commit_id_equal(&branch.head, &sample_branch.head));
    read_commit(&golden);

    bc_buffer_clear(&bytes);
    assert_true(golden_bytes(&golden, "run-header", &bytes));
    assert_int_equal(bc_run_header_decode(bc_buffer_slice(&bytes), &run), BC_OK);
    assert_int_equal(run.blocks, sample_run.blocks);

    bc_buffer_clear(&bytes);
    assert_true(golden_bytes(&golden, "run-sums", &bytes));
    assert_int_equal(bc_run_sums_decode(bc_buffer_slice(&bytes), &sums), BC_OK);
    assert_int_equal(sums.added_bytes, sample_sums.added_bytes);
    assert_memory_equal(sums.digest, sample_sums.digest, sizeof sums.digest);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(bc_run_sums_decode(bc_slice(bytes.data, size), &sums), BC_OK);

    bc_buffer_clear(&bytes);
    assert_true(golden_bytes(&golden, "commit-form-2", &bytes));
    assert_int_equal(bc_commit_record_decode(bc_buffer_slice(&bytes), &commit), BC_OK);
    assert_int_equal(commit.form, 2);
    assert_memory_equal(commit.change, sample_commit.change, sizeof commit.change);
    bc_buffer_release(&bytes);
    bc_buffer_release(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_write_what_is_pinned),
        cmocka_unit_test(codecs_read_what_is_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
