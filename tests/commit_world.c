#include "tests/commit_world.h"

enum bc_status world_try_commit(struct world *world, struct bc_branch *branch, const char *message,
                                int64_t time_ns, struct bc_commit_id *id)
{
    struct bc_commit_info info = {
        .author = text_slice("ada"), .message = text_slice(message), .time_ns = time_ns};
    world->err.text[0] = '\0';
    return bc_branch_commit(branch, &info, id, &world->err);
}

struct bc_commit_id world_commit(struct world *world, struct bc_branch *branch, const char *message)
{
    struct bc_commit_id id;
    enum bc_status st = world_try_commit(world, branch, message, 0, &id);
    if (st)
        fail_msg("commit '%s': %s: %s", message, bc_status_text(st), world->err.text);
    return id;
}

struct bc_commit world_get(struct world *world, const struct bc_commit_id *id)
{
    struct bc_commit commit;
    assert_int_equal(bc_commit_get(world->repo, id, &commit), BC_OK);
    assert_true(bc_commit_id_equal(&commit.id, id));
    return commit;
}

static enum bc_status count_difference(void *context, const struct bc_difference *difference)
{
    (void)difference;
    ++*(int *)context;
    return BC_OK;
}

int world_differences(struct bc_branch *branch)
{
    int count = 0;
    assert_int_equal(bc_branch_status(branch, count_difference, &count), BC_OK);
    return count;
}

void world_expect_head(struct bc_branch *branch, const struct bc_commit_id *id)
{
    struct bc_commit_id head;
    assert_int_equal(bc_branch_head(branch, &head), id ? BC_OK : BC_NO_DATA);
    if (id)
        assert_true(bc_commit_id_equal(&head, id));
}

uint64_t world_collect(struct world *world)
{
    struct bc_collected collected = {0};
    assert_int_equal(bc_repo_collect(world->repo, &collected), BC_OK);
    return collected.layers + collected.runs;
}

void world_numbers(struct bc_buffer *text, int from, int lines)
{
    for (int i = from; i < from + lines; i++)
        assert_int_equal(
            bc_buffer_printf(text, "<http://example.org/%06d> <http://e/p> \"%d\" .\n", i, i),
            BC_OK);
}
