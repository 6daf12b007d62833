/* Patches as they are written: their form, and the same text by both ways of getting it. */
#include "branchcore/patch.h"

#include "tests/failing_store.h"
#include "tests/tree_world.h"

#include <openssl/evp.h>

#define A         "<http://e/a> <http://e/p> \"1\" .\n"
#define B         "<http://e/b> <http://e/p> \"2\" .\n"
#define C         "<http://e/c> <http://e/p> \"3\" .\n"
#define G         "<http://e/c> <http://e/p> \"3\" <http://e/g> .\n"
#define EMPTY_SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct pieces {
    struct bc_buffer text;
    size_t shortest; /* of all but the last */
    size_t longest;
    size_t last;
};

static enum bc_status take(void *context, struct bc_slice bytes)
{
    struct pieces *to = context;
    assert_true(bytes.size > 0);
    if (to->last && to->last < to->shortest)
        to->shortest = to->last;
    if (bytes.size > to->longest)
        to->longest = bytes.size;
    to->last = bytes.size;
    return bc_buffer_append(&to->text, bytes.data, bytes.size);
}

/* The whole text, with a NUL behind it, after comparing both ways. */
static struct bc_buffer patch_of(struct bc_branch *past, struct bc_branch *now, size_t step)
{
    struct pieces pieces = {.shortest = SIZE_MAX};
    struct bc_buffer read = {0};
    struct bc_patch_reader *reader = NULL;
    size_t done;
    assert_int_equal(bc_patch_write(past, now, take, &pieces), BC_OK);
    assert_true(pieces.shortest >= 64 << 10);
    assert_int_equal(bc_patch_reader_new(past, now, &reader), BC_OK);
    do {
        assert_int_equal(bc_buffer_reserve(&read, step), BC_OK);
        assert_int_equal(bc_patch_reader_read(reader, read.data + read.size, step, &done), BC_OK);
        read.size += done;
    } while (done);
    bc_patch_reader_free(reader);
    assert_int_equal(read.size, pieces.text.size);
    if (read.size)
        assert_memory_equal(read.data, pieces.text.data, read.size);
    bc_buffer_release(&pieces.text);
    assert_int_equal(bc_buffer_append(&read, "", 1), BC_OK);
    return read;
}

static void assert_patch(struct bc_branch *past, struct bc_branch *now, const char *expected)
{
    struct bc_buffer text = patch_of(past, now, 7);
    assert_string_equal(text.data, expected);
    bc_buffer_release(&text);
}

static void equal_states_have_no_patch(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_patch(world.main, fork, "");
    /* Owners and times are no part of a patch. */
    struct bc_attr attr;
    struct bc_change owner = {.mask = BC_CHANGE_UID | BC_CHANGE_MTIME, .uid = 99};
    assert_int_equal(bc_tree_change(fork, world_find(fork, "a.nt"), &owner, &attr), BC_OK);
    world_put(fork, "tmp.nt", A);
    assert_int_equal(world_rename(&world, fork, "tmp.nt", "a.nt", 0, NULL), BC_OK);
    assert_patch(world.main, fork, "");
    bc_branch_release(fork);
    world_close(&world);
}

static void triple_files_are_rows(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A B);
    world_put(world.main, "gone.nt", A);
    world_put(world.main, "q.nq", A);
    world_put(world.main, "old.nt", A B);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", C B);
    assert_int_equal(world_remove(fork, "gone.nt"), BC_OK);
    world_put(fork, "new.nt", B A);
    world_put(fork, "q.nq", A G);
    world_put(fork, "empty.nt", "");
    assert_int_equal(world_rename(&world, fork, "old.nt", "renamed.nt", 0, NULL), BC_OK);
    world_put(fork, "renamed.nt", B);
    assert_patch(world.main, fork,
                 "H path \"a.nt\" .\nTX .\nD " A "A " C "TC .\n"
                 "H path \"empty.nt\" .\nH kind \"added\" .\nH mode \"0644\" .\nTX .\nTC .\n"
                 "H path \"gone.nt\" .\nH kind \"deleted\" .\nTX .\nTC .\n"
                 "H path \"new.nt\" .\nH kind \"added\" .\nH mode \"0644\" .\nTX .\nA " A "A " B
                 "TC .\n"
                 "H path \"q.nq\" .\nTX .\nA " G "TC .\n"
                 "H path \"renamed.nt\" .\nH from \"old.nt\" .\nTX .\nD " A "TC .\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void everything_else_is_headers(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    uint64_t plain = world_put(world.main, "plain", "12345");
    world_put(world.main, "gone", "x");
    world_folder(world.main, "folder");
    struct bc_slice name = text_slice("user.a");
    struct bc_slice other = text_slice("user.b");
    assert_int_equal(bc_xattr_set(world.main, plain, name, text_slice("1"), false, false), BC_OK);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "plain", "abc");
    assert_int_equal(bc_xattr_remove(fork, plain, name), BC_OK);
    assert_int_equal(bc_xattr_set(fork, plain, other, text_slice("value"), false, false), BC_OK);
    assert_int_equal(world_remove(fork, "gone"), BC_OK);
    assert_int_equal(world_rename(&world, fork, "folder", "renamed", 0, NULL), BC_OK);
    world_put(fork, "renamed/empty", "");
    struct bc_change chmod = {.mask = BC_CHANGE_MODE, .mode = 04711};
    assert_int_equal(bc_tree_change(fork, world_find(fork, "renamed"), &chmod, &attr), BC_OK);
    struct bc_make link = {.kind = BC_SYMLINK, .mode = 0777, .target = text_slice("../x")};
    assert_int_equal(bc_tree_make(fork, BC_ROOT_NODE, text_slice("link"), &link, &attr), BC_OK);
    assert_int_equal(bc_xattr_set(fork, attr.node, name, text_slice(""), false, false), BC_OK);
    assert_patch(
        world.main, fork,
        "H path \"gone\" .\nH kind \"deleted\" .\nH type \"bytes\" .\nTX .\nTC .\n"
        "H path \"link\" .\nH kind \"added\" .\nH type \"link\" .\nH target \"../x\" .\n"
        "H xattr \"user.a\" .\nH value \"\" .\nTX .\nTC .\n"
        "H path \"plain\" .\nH type \"bytes\" .\nH xattr \"user.a\" .\n"
        "H xattr \"user.b\" .\nH value \"dmFsdWU=\" .\nH base64 \"YWJj\" .\nH size \"3\" .\n"
        "H sha256 \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\" .\n"
        "TX .\nTC .\n"
        "H path \"renamed/\" .\nH from \"folder/\" .\nH type \"folder\" .\nH mode \"4711\" .\n"
        "TX .\nTC .\n"
        "H path \"renamed/empty\" .\nH kind \"added\" .\nH type \"bytes\" .\nH mode \"0644\" .\n"
        "H size \"0\" .\nH sha256 \"" EMPTY_SHA "\" .\nTX .\nTC .\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void what_is_of_another_type_is_deleted_and_added(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    world_put(world.main, "a.txt", B A);
    world_put(world.main, "b", "x");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_rename(&world, fork, "a.txt", "a.nt", 0, NULL), BC_OK);
    assert_int_equal(world_remove(fork, "b"), BC_OK);
    struct bc_make link = {.kind = BC_SYMLINK, .mode = 0777, .target = text_slice("t")};
    assert_int_equal(bc_tree_make(fork, BC_ROOT_NODE, text_slice("b"), &link, &attr), BC_OK);
    assert_patch(world.main, fork,
                 "H path \"a.txt\" .\nH kind \"deleted\" .\nH type \"bytes\" .\nTX .\nTC .\n"
                 "H path \"a.nt\" .\nH kind \"added\" .\nH mode \"0644\" .\nTX .\nA " A "A " B
                 "TC .\n"
                 "H path \"b\" .\nH kind \"deleted\" .\nH type \"bytes\" .\nTX .\nTC .\n"
                 "H path \"b\" .\nH kind \"added\" .\nH type \"link\" .\nH target \"t\" .\n"
                 "TX .\nTC .\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void a_text_under_a_plain_name_is_bytes(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "x.nt", A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", A);
    assert_int_equal(world_rename(&world, fork, "a.nt", "a.txt", 0, NULL), BC_OK);
    struct bc_buffer text = patch_of(world.main, fork, 1000);
    assert_non_null(strstr(text.data, "H type \"bytes\" .\n"));
    assert_non_null(strstr(text.data, "H base64 \"PGh0dHA6Ly9lL2E+IDxodHRwOi8vZS9wPiAiMSIgLgo=\""));
    assert_non_null(strstr(text.data, "H size \"32\" .\n"));
    bc_buffer_release(&text);
    bc_branch_release(fork);
    world_close(&world);
}

static void names_are_escaped(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_folder(fork, "\"\\\n\t\x01\x7f\xc3\xa9\xff");
    assert_patch(world.main, fork,
                 "H path \"\\\"\\\\\\n\\t\\u0001\\u007F\xc3\xa9\xff/\" .\nH kind \"added\" .\n"
                 "H type \"folder\" .\nH mode \"0755\" .\nTX .\nTC .\n");
    bc_branch_release(fork);
    world_close(&world);
}

static size_t decode_all(const char *text, unsigned char *to)
{
    size_t size = 0;
    for (const char *at = text; (at = strstr(at, "H base64 \"")); at++) {
        const char *from = at + strlen("H base64 \"");
        int length = (int)(strchr(from, '"') - from);
        assert_true(length > 0 && length <= 64 << 10);
        int decoded = EVP_DecodeBlock(to + size, (const unsigned char *)from, length);
        assert_true(decoded >= 0);
        size += (size_t)decoded - (from[length - 1] == '=') - (from[length - 2] == '=');
    }
    return size;
}

static void large_plain_files_come_in_pieces(void **state)
{
    (void)state;
    enum { LARGEST = 1 << 20 };
    static const size_t sizes[] = {1, 49151, 49152, 49153, 196608, 196609, 700001, LARGEST};
    struct world world;
    uint64_t random = world_seed();
    world_open(&world, NULL);
    char *bytes = malloc(LARGEST);
    unsigned char *decoded = malloc(LARGEST + 3);
    for (int i = 0; i < LARGEST; i++)
        bytes[i] = (char)world_random(&random, 256);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "fork%d", (int)i);
        struct bc_branch *fork = world_fork(&world, world.main, name);
        uint64_t node = world_file(fork, "plain");
        assert_int_equal(bc_bytes_write(fork, node, 0, bytes, sizes[i], false, NULL), BC_OK);
        struct bc_buffer text = patch_of(world.main, fork, 1 + world_random(&random, 200000));
        assert_int_equal(decode_all(text.data, decoded), sizes[i]);
        assert_memory_equal(decoded, bytes, sizes[i]);
        bc_buffer_release(&text);
        bc_branch_release(fork);
    }
    free(bytes);
    free(decoded);
    world_close(&world);
}

static void large_texts_are_written_in_bounded_memory(void **state)
{
    (void)state;
    enum { LINES = 40000 };
    struct world world;
    struct bc_buffer old = {0};
    struct bc_buffer new = {0};
    struct bc_buffer expected = {0};
    world_open(&world, NULL);
    assert_int_equal(bc_buffer_printf(&expected, "H path \"a.nt\" .\nTX .\n"), BC_OK);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < LINES; i++) {
            char line[100];
            int size = snprintf(line, sizeof line, "<http://e/%06d> <http://e/p> \"%d\" .\n", i, i);
            if (pass == 0 && i % 3)
                assert_int_equal(bc_buffer_append(&old, line, (size_t)size), BC_OK);
            if (pass == 0 && i % 5)
                assert_int_equal(bc_buffer_append(&new, line, (size_t)size), BC_OK);
            if (pass == 0 ? i % 3 && i % 5 == 0 : i % 3 == 0 && i % 5)
                assert_int_equal(bc_buffer_printf(&expected, "%c %s", pass ? 'A' : 'D', line),
                                 BC_OK);
        }
    }
    assert_int_equal(bc_buffer_append(&expected, "TC .\n", 6), BC_OK);
    uint64_t node = world_file(world.main, "a.nt");
    assert_int_equal(world_edit(world.main, node, BC_EDIT_REPLACE, old.data, old.size), BC_OK);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_edit(fork, node, BC_EDIT_REPLACE, new.data, new.size), BC_OK);
    struct pieces pieces = {0};
    assert_int_equal(bc_patch_write(world.main, fork, take, &pieces), BC_OK);
    assert_true(pieces.longest < 256 << 10);
    bc_buffer_release(&pieces.text);
    struct bc_buffer text = patch_of(world.main, fork, 4096);
    assert_int_equal(text.size, expected.size);
    assert_memory_equal(text.data, expected.data, text.size);
    bc_buffer_release(&text);
    bc_buffer_release(&old);
    bc_buffer_release(&new);
    bc_buffer_release(&expected);
    bc_branch_release(fork);
    world_close(&world);
}

static enum bc_status refuse(void *context, struct bc_slice bytes)
{
    (void)context;
    (void)bytes;
    return BC_CANCELLED;
}

static void failures_are_told_and_leave_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    world_put(world.main, "a.nt", A B);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "a.nt", B C);
    uint64_t node = world_put(fork, "plain", "12345");
    assert_int_equal(bc_xattr_set(fork, node, text_slice("user.a"), text_slice("1"), false, false),
                     BC_OK);
    struct pieces whole = {0};
    assert_int_equal(bc_patch_write(world.main, fork, refuse, NULL), BC_CANCELLED);
    assert_int_equal(bc_patch_write(world.main, fork, take, &whole), BC_OK);
    for (int kind = 0; kind < 2; kind++) {
        bool failed = true;
        for (uint64_t at = 1; failed; at++) {
            struct pieces pieces = {0};
            if (kind)
                failing_store_fail_after(world.store, at, 0, BC_IO);
            else
                bc_memory_fail_after(at, 0);
            enum bc_status st = bc_patch_write(world.main, fork, take, &pieces);
            bc_memory_fail_after(0, 0);
            failing_store_fail_after(world.store, 0, 0, BC_IO);
            failed = st;
            assert_true(st == BC_OK || st == (kind ? BC_IO : BC_NO_MEMORY));
            assert_true(st || (pieces.text.size == whole.text.size &&
                               !memcmp(pieces.text.data, whole.text.data, whole.text.size)));
            bc_buffer_release(&pieces.text);
        }
    }
    bc_buffer_release(&whole.text);
    bc_branch_release(fork);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_states_have_no_patch),
        cmocka_unit_test(triple_files_are_rows),
        cmocka_unit_test(everything_else_is_headers),
        cmocka_unit_test(what_is_of_another_type_is_deleted_and_added),
        cmocka_unit_test(a_text_under_a_plain_name_is_bytes),
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(large_plain_files_come_in_pieces),
        cmocka_unit_test(large_texts_are_written_in_bounded_memory),
        cmocka_unit_test(failures_are_told_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
