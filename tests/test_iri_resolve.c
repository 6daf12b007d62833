#include "formats/iri_resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check(const char *base, const char *reference, const char *target)
{
    struct bc_buffer out = {0};
    struct fmt_iri_parts parts = fmt_iri_split(bc_slice(base, strlen(base)));
    assert_int_equal(bc_buffer_append(&out, "+", 1), BC_OK);
    assert_int_equal(fmt_iri_resolve(&parts, bc_slice(reference, strlen(reference)), &out), BC_OK);
    assert_int_equal(bc_buffer_append(&out, "", 1), BC_OK);
    if (strcmp(out.data + 1, target) != 0)
        fail_msg("%s against %s is %s, not %s", reference, base, out.data + 1, target);
    bc_buffer_release(&out);
}

/* RFC 3986, sections 5.4.1 and 5.4.2. */
static void the_examples_of_rfc_3986_resolve_as_it_says(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
}

static void any_base_with_a_scheme_will_do(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"http://a", "g", "http://a/g"},
        {"http://a", "", "http://a"},
        {"http://a?q", "g", "http://a/g"},
        {"http://a?q#f", "", "http://a?q"},
        {"http://a?q#f", "#", "http://a?q#"},
        {"http://a?q#f", "?", "http://a?"},
        {"file:///geo/cities.ttl", "", "file:///geo/cities.ttl"},
        {"file:///geo/cities.ttl", "#x", "file:///geo/cities.ttl#x"},
        {"file:///geo/cities.ttl", "rivers.ttl", "file:///geo/rivers.ttl"},
        {"file:///geo/cities.ttl", "../a", "file:///a"},
        {"file:///geo/cities.ttl", "//host/a", "file://host/a"},
        {"urn:x:y", "z", "urn:z"},
        {"urn:x:y", "#z", "urn:x:y#z"},
        {"urn:a/b", "../../c", "urn:/c"},
        {"x:", "a/../b", "x:/b"},
        {"http://a/b/../c", "", "http://a/b/../c"},
        {"http://a/b/../c/d", "e", "http://a/c/e"},
        {"http://a/\xC3\xA9/\xE2\x82\xAC", "\xC3\xBC", "http://a/\xC3\xA9/\xC3\xBC"},
        {"http://ab//de//ghi", "xyz", "http://ab//de//xyz"},
        {"http://ab//de//ghi", "../xyz", "http://ab//de/xyz"},
        {"http://abc/def/ghi", ".?a=b", "http://abc/def/?a=b"},
        {"http://a/b", "x:y:../z", "x:y:../z"},
        {"http://a/b", "1:b", "http://a/1:b"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check(cases[i][0], cases[i][1], cases[i][2]);
}

static void a_reference_is_split_into_its_parts(void **state)
{
    (void)state;
    static const char text[] = "s+1://a@b:1/p/?q?/#f#?";
    struct fmt_iri_parts parts = fmt_iri_split(bc_slice(text, sizeof text - 1));
    assert_true(bc_slice_equal(parts.scheme, bc_slice("s+1", 3)));
    assert_true(bc_slice_equal(parts.authority, bc_slice("a@b:1", 5)));
    assert_true(bc_slice_equal(parts.path, bc_slice("/p/", 3)));
    assert_true(bc_slice_equal(parts.query, bc_slice("q?/", 3)));
    assert_true(bc_slice_equal(parts.fragment, bc_slice("f#?", 3)));
    parts = fmt_iri_split(bc_slice("", 0));
    assert_null(parts.scheme.data);
    assert_null(parts.authority.data);
    assert_non_null(parts.path.data);
    assert_null(parts.query.data);
    assert_null(parts.fragment.data);
    parts = fmt_iri_split(bc_slice("//?#", 4));
    assert_true(parts.authority.data && !parts.authority.size);
    assert_true(parts.query.data && !parts.query.size);
    assert_true(parts.fragment.data && !parts.fragment.size);
}

static void a_failed_allocation_leaves_the_buffer_as_it_was(void **state)
{
    (void)state;
    struct fmt_iri_parts base = fmt_iri_split(bc_slice("http://a/b", 10));
    enum bc_status st = BC_NO_MEMORY;
    for (unsigned i = 1; st; i++) {
        struct bc_buffer out = {0};
        bc_memory_fail_after(i, 0);
        st = fmt_iri_resolve(&base, bc_slice("../c/./d", 8), &out);
        bc_memory_fail_after(0, 0);
        assert_true(st == BC_OK || (st == BC_NO_MEMORY && !out.size));
        bc_buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_3986_resolve_as_it_says),
        cmocka_unit_test(any_base_with_a_scheme_will_do),
        cmocka_unit_test(a_reference_is_split_into_its_parts),
        cmocka_unit_test(a_failed_allocation_leaves_the_buffer_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
