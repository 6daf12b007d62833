#include "branchcore/ref.h"

#include "branchcore/commit_record.h"
#include "branchcore/history.h"
#include "branchcore/iso_time.h"
#include "branchcore/state.h"

#include <ctype.h>

enum { PREFIX_MIN = 7, SHOWN_MAX = 200 };

/* What of a REF a message shows. */
static int shown(struct bc_slice text)
{
    return text.size < SHOWN_MAX ? (int)text.size : SHOWN_MAX;
}

struct ref {
    struct bc_slice text;
    struct bc_slice name; /* empty: "@TIME" */
    enum { REF_ALONE, REF_STEPS, REF_TIME } kind;
    uint64_t steps;
    int64_t time_ns;
};

static bool parse_steps(struct bc_slice digits, uint64_t *steps)
{
    *steps = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' ||
            __builtin_mul_overflow(*steps, 10, steps) ||
            __builtin_add_overflow(*steps, (uint64_t)(digits.data[i] - '0'), steps))
            return false;
    }
    return digits.size > 0;
}

static enum bc_status parse(struct bc_slice text, struct ref *ref, struct bc_error *err)
{
    *ref = (struct ref){.text = text, .name = text};
    if (!text.size)
        return bc_fail(err, BC_INVALID,
                       "a REF is missing: give a branch, a tag, a commit's id, head or @TIME");
    size_t at = 0;
    while (at < text.size && text.data[at] != '~' && text.data[at] != '@')
        at++;
    ref->name.size = at;
    if (at == text.size)
        return BC_OK;
    struct bc_slice rest = bc_slice(text.data + at + 1, text.size - at - 1);
    ref->kind = text.data[at] == '~' ? REF_STEPS : REF_TIME;
    if (ref->kind == REF_TIME && !bc_iso_time_parse(rest, &ref->time_ns))
        return bc_fail(err, BC_INVALID,
                       "'%.*s' is no time: write it like 2026-11-22, 2026-11-22T14:42 or "
                       "2026-11-22T14:42:04Z",
                       shown(rest), rest.data);
    if (ref->kind == REF_STEPS && (!at || !parse_steps(rest, &ref->steps)))
        return bc_fail(err, BC_INVALID,
                       "'%.*s' is no REF: a number of commits goes behind '~', a name before it, "
                       "as in main~1",
                       shown(text), text.data);
    return BC_OK;
}

/* The commits whose ids start with the same digits. */
struct prefix {
    unsigned char bytes[BC_COMMIT_ID_BYTES];
    size_t digits;
    uint64_t found;
    struct bc_commit_id id; /* of the last that was found */
};

static bool parse_prefix(struct bc_slice text, struct prefix *prefix)
{
    *prefix = (struct prefix){.digits = text.size};
    if (!text.size || text.size > BC_COMMIT_HEX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)tolower((unsigned char)text.data[i]);
        if (!isxdigit(c))
            return false;
        unsigned digit = c <= '9' ? c - '0' : c - 'a' + 10;
        prefix->bytes[i / 2] |= (unsigned char)(i % 2 ? digit : digit << 4);
    }
    return true;
}

static bool has_prefix(const struct prefix *prefix, struct bc_slice key)
{
    const unsigned char *id = (const unsigned char *)key.data + 1;
    size_t whole = prefix->digits / 2;
    if (key.size != BC_COMMIT_KEY_BYTES || memcmp(id, prefix->bytes, whole) != 0)
        return false;
    return prefix->digits % 2 == 0 || id[whole] >> 4 == prefix->bytes[whole] >> 4;
}

static enum bc_status find_commits(struct bc_repo *repo, struct prefix *prefix)
{
    enum { ENOUGH = 1000 };
    char lower[BC_COMMIT_KEY_BYTES] = "c";
    memcpy(lower + 1, prefix->bytes, BC_COMMIT_ID_BYTES);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice(lower, sizeof lower),
                                        bc_slice("d", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor);
         cursor->valid && prefix->found < ENOUGH && has_prefix(prefix, cursor->key);
         cursor->ops->next(cursor)) {
        memcpy(prefix->id.bytes, cursor->key.data + 1, BC_COMMIT_ID_BYTES);
        prefix->found++;
    }
    st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* A name that is no branch's and no tag's. */
static enum bc_status find_by_digits(struct bc_repo *repo, struct bc_slice name,
                                     struct bc_commit_id *id, struct bc_error *err)
{
    struct prefix prefix;
    bool hex = parse_prefix(name, &prefix);
    if (!hex)
        return bc_fail(err, BC_NOT_FOUND, "there is no branch, tag or commit '%.*s'", shown(name),
                       name.data);
    if (prefix.digits < PREFIX_MIN)
        return bc_fail(err, BC_NOT_FOUND,
                       "there is no branch or tag '%.*s'; of a commit's id give at least %d digits",
                       shown(name), name.data, PREFIX_MIN);
    enum bc_status st = find_commits(repo, &prefix);
    if (st)
        return st;
    if (!prefix.found)
        return bc_fail(err, BC_NOT_FOUND, "there is no branch, tag or commit '%.*s'", shown(name),
                       name.data);
    if (prefix.found > 1)
        return bc_fail(err, BC_INVALID, "'%.*s' is the start of %llu commits: give more digits",
                       shown(name), name.data, (unsigned long long)prefix.found);
    *id = prefix.id;
    return BC_OK;
}

/* What a name is: a branch (with a reference) or a commit. */
struct named {
    struct bc_branch *branch;
    struct bc_commit_id commit;
};

static enum bc_status branch_head(struct bc_branch *branch, struct bc_commit_id *id,
                                  struct bc_error *err)
{
    char name[BC_BRANCH_NAME_MAX + 1];
    enum bc_status st = bc_branch_head(branch, id);
    if (st != BC_NO_DATA)
        return st;
    bc_branch_name(branch, name);
    return bc_fail(err, BC_NOT_FOUND, "branch '%s' has no commit yet: commit first", name);
}

/* "head", and the nothing before "@TIME". */
static enum bc_status find_here(struct bc_branch *here, const struct ref *ref, struct named *named,
                                struct bc_error *err)
{
    if (!here)
        return bc_fail(err, BC_NOT_FOUND,
                       "'%.*s' is about the branch that it is used in, and here is none: put a "
                       "branch's name in front, as in main%s",
                       shown(ref->text), ref->text.data, ref->kind == REF_TIME ? "@TIME" : "~0");
    return branch_head(here, &named->commit, err);
}

static enum bc_status find_name(struct bc_repo *repo, struct bc_branch *here, const struct ref *ref,
                                struct named *named, struct bc_error *err)
{
    struct bc_slice name = ref->name;
    bool is_head = bc_slice_equal(name, bc_slice("head", 4));
    *named = (struct named){0};
    if (!name.size || (is_head && here))
        return find_here(here, ref, named, err);
    enum bc_status tag = bc_tag_get(repo, name, &named->commit);
    if (tag && tag != BC_NOT_FOUND)
        return tag;
    enum bc_status st = bc_branch_open(repo, name, &named->branch);
    if (st && st != BC_NOT_FOUND)
        return st;
    if (!st && !tag) {
        bc_branch_release(named->branch);
        named->branch = NULL;
        return bc_fail(err, BC_INVALID,
                       "'%.*s' is a branch and a tag: rename one of them, or give the commit's id",
                       shown(name), name.data);
    }
    if (!st || !tag)
        return BC_OK;
    return is_head ? find_here(here, ref, named, err)
                   : find_by_digits(repo, name, &named->commit, err);
}

/* From the commit of a name to the one that the whole REF means. */
static enum bc_status follow(struct bc_repo *repo, const struct ref *ref, struct bc_commit_id *id,
                             struct bc_error *err)
{
    struct bc_commit_id from = *id;
    enum bc_status st = BC_OK;
    if (ref->kind == REF_STEPS)
        st = bc_history_first_parent(repo, &from, ref->steps, id);
    else if (ref->kind == REF_TIME)
        st = bc_history_at(repo, &from, ref->time_ns, id);
    if (st != BC_NOT_FOUND)
        return st;
    return bc_fail(err, st,
                   ref->kind == REF_STEPS ? "'%.*s': the history has fewer commits than that"
                                          : "'%.*s': the first commit was made later",
                   shown(ref->text), ref->text.data);
}

/* As bc_ref_commit; if the REF is a branch's name alone, *branch (not NULL) is that instead. */
static enum bc_status resolve(struct bc_repo *repo, struct bc_branch *here, struct bc_slice text,
                              struct bc_branch **branch, struct bc_commit_id *id,
                              struct bc_error *err)
{
    struct ref ref;
    struct named named = {0};
    if (err)
        err->text[0] = '\0';
    enum bc_status st = parse(text, &ref, err);
    if (!st)
        st = find_name(repo, here, &ref, &named, err);
    if (!st && named.branch && branch && ref.kind == REF_ALONE) {
        *branch = named.branch;
        return BC_OK;
    }
    *id = named.commit;
    if (!st && named.branch)
        st = branch_head(named.branch, id, err);
    bc_branch_release(named.branch);
    if (!st)
        st = follow(repo, &ref, id, err);
    if (st && err && !err->text[0])
        (void)bc_fail(err, st, "'%.*s': %s", shown(text), text.data, bc_status_text(st));
    return st;
}

enum bc_status bc_ref_commit(struct bc_repo *repo, struct bc_branch *here, struct bc_slice ref,
                             struct bc_commit_id *id, struct bc_error *err)
{
    struct bc_commit_id found;
    enum bc_status st = resolve(repo, here, ref, NULL, &found, err);
    if (!st)
        *id = found;
    return st;
}

/* Of a tree that is not to be changed. */
static uint64_t state_of(const struct bc_branch *tree)
{
    return tree->top ? tree->top->state : 0;
}

static enum bc_status open_branch(struct bc_branch *branch, struct bc_state *state)
{
    struct bc_branch *tree = NULL;
    uint64_t base = 0;
    enum bc_status st = bc_branch_snapshot(branch, &tree);
    if (!st)
        st = bc_layer_state(tree->repo, tree->base, &base);
    if (st) {
        bc_branch_release(tree);
        return st;
    }
    *state = (struct bc_state){
        .tree = tree,
        .layer = bc_branch_layer(tree),
        .id = state_of(tree),
        .has_commit = tree->has_head,
        .commit = tree->head,
        .is_commit = tree->has_head && base == state_of(tree),
        .is_branch = true,
    };
    return BC_OK;
}

static enum bc_status open_commit(struct bc_repo *repo, const struct bc_commit_id *id,
                                  struct bc_slice ref, struct bc_state *state)
{
    struct bc_branch *tree = NULL;
    uint64_t layer;
    enum bc_status st = bc_commit_layer(repo, NULL, id, &layer);
    if (!st)
        st = bc_branch_past(repo, layer, &tree);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    /* Nobody else knows it yet. */
    tree->has_head = true;
    tree->head = *id;
    tree->base = layer;
    if (ref.size <= BC_BRANCH_NAME_MAX) {
        memcpy(tree->name, ref.data, ref.size);
        tree->name[ref.size] = '\0';
    }
    *state = (struct bc_state){.tree = tree,
                               .layer = layer,
                               .id = state_of(tree),
                               .has_commit = true,
                               .commit = *id,
                               .is_commit = true};
    return BC_OK;
}

enum bc_status bc_ref_open(struct bc_repo *repo, struct bc_branch *here, struct bc_slice ref,
                           struct bc_state *state, struct bc_error *err)
{
    struct bc_branch *branch = NULL;
    struct bc_commit_id id;
    enum bc_status st = resolve(repo, here, ref, &branch, &id, err);
    if (st)
        return st;
    st = branch ? open_branch(branch, state) : open_commit(repo, &id, ref, state);
    bc_branch_release(branch);
    if (st)
        (void)bc_fail(err, st, "'%.*s': %s", shown(ref), ref.data, bc_status_text(st));
    return st;
}

void bc_state_release(struct bc_state *state)
{
    bc_branch_release(state->tree);
    *state = (struct bc_state){0};
}
