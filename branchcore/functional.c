#include "branchcore/functional.h"

#include "branchcore/merge_seat.h"
#include "branchcore/slot.h"
#include "branchcore/triple_term.h"

#include <ctype.h>

#define RDF_TYPE       "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#define OWL_FUNCTIONAL "<http://www.w3.org/2002/07/owl#FunctionalProperty>"
#define SH_PATH        "<http://www.w3.org/ns/shacl#path>"
#define SH_MAX_COUNT   "<http://www.w3.org/ns/shacl#maxCount>"
#define ONE            "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer>"

static const char setting_name[] = "mfunctional";

/* A set of predicates: each a u32 size and its bytes. Few, so it is searched from the start. */
static enum bc_status add(struct bc_buffer *set, struct bc_slice predicate)
{
    return bc_encode_bytes(set, predicate);
}

static bool has(const struct bc_buffer *set, struct bc_slice predicate)
{
    struct bc_reader from = bc_reader(bc_buffer_slice(set));
    while (from.at < from.end) {
        if (bc_slice_equal(bc_decode_bytes(&from), predicate))
            return true;
    }
    return false;
}

/* What versions of texts declare. */

struct declared {
    uint64_t version;
    struct bc_buffer set;
};

struct bc_functional_memory {
    pthread_mutex_t lock;       /* of what follows */
    struct bc_id_counts silent; /* versions that declare nothing */
    struct declared *declared;
    size_t count;
    size_t capacity;
};

/* Of so many versions together something is known; then it is forgotten. */
enum { MEMORY_MAX = 1 << 20 };

enum bc_status bc_functional_memory_new(struct bc_functional_memory **memory)
{
    *memory = bc_alloc_zero(sizeof **memory);
    if (!*memory)
        return BC_NO_MEMORY;
    pthread_mutex_init(&(*memory)->lock, NULL);
    return BC_OK;
}

static void forget(struct bc_functional_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        bc_buffer_release(&memory->declared[i].set);
    bc_free(memory->declared);
    bc_free(memory->silent.slots);
    memory->silent = (struct bc_id_counts){0};
    memory->declared = NULL;
    memory->count = memory->capacity = 0;
}

void bc_functional_memory_free(struct bc_functional_memory *memory)
{
    if (!memory)
        return;
    forget(memory);
    pthread_mutex_destroy(&memory->lock);
    bc_free(memory);
}

/* *known: what the version declares was added to the set. */
static enum bc_status recall(struct bc_functional_memory *memory, uint64_t version,
                             struct bc_buffer *set, bool *known)
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&memory->lock);
    *known = bc_counts_find(&memory->silent, version);
    for (size_t i = 0; !*known && i < memory->count; i++) {
        if (memory->declared[i].version != version)
            continue;
        const struct bc_buffer *declared = &memory->declared[i].set;
        st = bc_buffer_append(set, declared->data, declared->size);
        *known = true;
    }
    pthread_mutex_unlock(&memory->lock);
    return st;
}

static enum bc_status remember_locked(struct bc_functional_memory *memory, uint64_t version,
                                      struct bc_slice set)
{
    if (memory->silent.used + memory->count >= MEMORY_MAX)
        forget(memory);
    if (!set.size)
        return bc_counts_add(&memory->silent, version);
    if (memory->count == memory->capacity) {
        size_t capacity = memory->capacity ? memory->capacity * 2 : 16;
        struct declared *declared = bc_realloc_array(memory->declared, capacity, sizeof *declared);
        if (!declared)
            return BC_NO_MEMORY;
        memory->declared = declared;
        memory->capacity = capacity;
    }
    struct declared *made = &memory->declared[memory->count];
    *made = (struct declared){.version = version};
    enum bc_status st = bc_buffer_append(&made->set, set.data, set.size);
    if (!st)
        memory->count++;
    return st;
}

static enum bc_status remember(struct bc_functional_memory *memory, uint64_t version,
                               struct bc_slice set)
{
    pthread_mutex_lock(&memory->lock);
    enum bc_status st = remember_locked(memory, version, set);
    pthread_mutex_unlock(&memory->lock);
    return st;
}

/* Reading what a text declares. */

struct reading {
    struct bc_buffer *set;
    struct bc_buffer shape; /* the subject whose lines are being read */
    struct bc_buffer paths; /* its sh:path */
    bool at_most_one;
};

static bool is_term(struct bc_slice term, const char *text)
{
    return bc_slice_equal(term, bc_slice(text, strlen(text)));
}

/* The shape is read to its end. */
static enum bc_status end_shape(struct reading *reading)
{
    enum bc_status st = BC_OK;
    if (reading->at_most_one)
        st = bc_buffer_append(reading->set, reading->paths.data, reading->paths.size);
    bc_buffer_clear(&reading->shape);
    bc_buffer_clear(&reading->paths);
    reading->at_most_one = false;
    return st;
}

static enum bc_status read_statement(struct reading *reading, const struct bc_statement *statement)
{
    enum bc_status st = BC_OK;
    if (is_term(statement->predicate, RDF_TYPE))
        return is_term(statement->object, OWL_FUNCTIONAL) ? add(reading->set, statement->subject)
                                                          : BC_OK;
    bool count = is_term(statement->predicate, SH_MAX_COUNT);
    if (!count && !is_term(statement->predicate, SH_PATH))
        return BC_OK;
    if (!bc_slice_equal(bc_buffer_slice(&reading->shape), statement->subject)) {
        st = end_shape(reading);
        if (!st)
            st =
                bc_buffer_append(&reading->shape, statement->subject.data, statement->subject.size);
    }
    if (!st && count)
        reading->at_most_one = reading->at_most_one || is_term(statement->object, ONE);
    else if (!st && statement->object.data[0] == '<' && !bc_is_triple_term(statement->object))
        st = add(&reading->paths, statement->object);
    return st;
}

static bool mentions(struct bc_slice text, const char *term)
{
    return memmem(text.data, text.size, term, strlen(term)) != NULL;
}

static enum bc_status read_line(struct reading *reading, struct bc_slice line)
{
    struct bc_statement statement;
    if (!mentions(line, OWL_FUNCTIONAL) && !mentions(line, SH_MAX_COUNT) &&
        !mentions(line, SH_PATH))
        return BC_OK;
    return bc_statement_split(line, &statement) ? BC_CORRUPT : read_statement(reading, &statement);
}

/* Whether a text has declarations at all. */
static enum bc_status is_schema(const struct bc_text *view, bool *is)
{
    enum { PIECE_BYTES = 256 << 10, TERM_MAX = 64 };
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    size_t done = PIECE_BYTES;
    *is = false;
    /* Pieces overlap, so that no term is cut. */
    for (uint64_t at = 0; !st && !*is && done == PIECE_BYTES; at += PIECE_BYTES - TERM_MAX) {
        st = bc_text_read(view, at, piece, PIECE_BYTES, &done);
        *is = !st && (mentions(bc_slice(piece, done), OWL_FUNCTIONAL) ||
                      mentions(bc_slice(piece, done), SH_MAX_COUNT));
    }
    bc_free(piece);
    return st;
}

static enum bc_status read_text(struct bc_text *view, struct bc_buffer *set)
{
    struct reading reading = {.set = set};
    struct bc_text_cursor *cursor = NULL;
    struct bc_slice line;
    bool is;
    enum bc_status st = is_schema(view, &is);
    if (st || !is)
        return st;
    st = bc_text_cursor_new(view, &cursor);
    while (!st) {
        st = bc_text_cursor_next(cursor, &line);
        if (!st)
            st = read_line(&reading, line);
    }
    bc_text_cursor_free(cursor);
    st = st == BC_NO_DATA ? end_shape(&reading) : st;
    bc_buffer_release(&reading.shape);
    bc_buffer_release(&reading.paths);
    return st;
}

/* One merge. */

/* A text that is too large to be read. */
struct large {
    struct bc_file_text *text;
    struct bc_text_cursor *cursor;
};

struct bc_functional {
    struct bc_repo *repo;
    struct bc_branch *trees[2];
    bool loaded;
    uint64_t bytes;           /* of the files that were read, or are remembered */
    struct bc_buffer set;     /* predicates that are functional */
    struct bc_buffer others;  /* that are not, after look-ups in large files */
    struct bc_id_counts seen; /* versions */
    struct large *large;
    size_t large_count;
    size_t large_capacity;
};

enum bc_status bc_functional_new(struct bc_branch *ours, struct bc_branch *theirs,
                                 struct bc_functional **functional)
{
    struct bc_functional *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->repo = bc_branch_repo(ours);
    made->trees[0] = ours;
    made->trees[1] = theirs;
    *functional = made;
    return BC_OK;
}

void bc_functional_free(struct bc_functional *functional)
{
    if (!functional)
        return;
    for (size_t i = 0; i < functional->large_count; i++) {
        bc_text_cursor_free(functional->large[i].cursor);
        bc_file_text_release(functional->large[i].text);
    }
    bc_free(functional->large);
    bc_free(functional->seen.slots);
    bc_buffer_release(&functional->set);
    bc_buffer_release(&functional->others);
    bc_free(functional);
}

static enum bc_status load_settings(struct bc_functional *functional)
{
    struct bc_buffer iris = {0};
    struct bc_buffer term = {0};
    enum bc_status st = bc_functional_get(functional->repo, &iris);
    for (size_t at = 0; !st && at < iris.size;) {
        const char *newline = memchr(iris.data + at, '\n', iris.size - at);
        size_t size = newline ? (size_t)(newline - iris.data) - at : iris.size - at;
        bc_buffer_clear(&term);
        st = bc_buffer_printf(&term, "<%.*s>", (int)size, iris.data + at);
        if (!st)
            st = add(&functional->set, bc_buffer_slice(&term));
        at += size + 1;
    }
    bc_buffer_release(&iris);
    bc_buffer_release(&term);
    return st;
}

static enum bc_status keep_large(struct bc_functional *functional, struct bc_branch *tree,
                                 uint64_t node)
{
    if (functional->large_count == functional->large_capacity) {
        size_t capacity = functional->large_capacity ? functional->large_capacity * 2 : 4;
        struct large *large = bc_realloc_array(functional->large, capacity, sizeof *large);
        if (!large)
            return BC_NO_MEMORY;
        functional->large = large;
        functional->large_capacity = capacity;
    }
    struct large made = {0};
    enum bc_status st = bc_file_text_open(tree, node, &made.text, NULL);
    if (!st)
        st = bc_text_cursor_new(bc_file_text_view(made.text), &made.cursor);
    if (st) {
        bc_file_text_release(made.text);
        return st;
    }
    functional->large[functional->large_count++] = made;
    return BC_OK;
}

static enum bc_status load_small(struct bc_functional *functional, struct bc_branch *tree,
                                 const struct bc_attr *attr)
{
    struct bc_functional_memory *memory = bc_merges_functional(functional->repo);
    size_t start = functional->set.size;
    struct bc_file_text *text = NULL;
    bool known;
    enum bc_status st = recall(memory, attr->version, &functional->set, &known);
    if (st || known)
        return st;
    st = bc_file_text_open(tree, attr->node, &text, NULL);
    if (!st)
        st = read_text(bc_file_text_view(text), &functional->set);
    bc_file_text_release(text);
    struct bc_slice declared = bc_slice(functional->set.data ? functional->set.data + start : "",
                                        functional->set.size - start);
    return st ? st : remember(memory, attr->version, declared);
}

static enum bc_status load_file(struct bc_functional *functional, struct bc_branch *tree,
                                const struct bc_attr *attr)
{
    if (bc_counts_find(&functional->seen, attr->version))
        return BC_OK;
    enum bc_status st = bc_counts_add(&functional->seen, attr->version);
    if (st)
        return st;
    if (attr->size_bytes > BC_SCHEMA_BYTES || functional->bytes > BC_SCHEMA_ALL)
        return keep_large(functional, tree, attr->node);
    functional->bytes += attr->size_bytes;
    return load_small(functional, tree, attr);
}

/* Folders that are still to be listed, and the tree they are of. */
struct listing {
    struct bc_functional *functional;
    struct bc_branch *tree;
    struct bc_buffer folders; /* u64 each */
};

static enum bc_status list_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct listing *listing = context;
    (void)name;
    if (attr->kind == BC_DIRECTORY)
        return bc_encode_u64(&listing->folders, attr->node);
    if (attr->kind == BC_FILE && attr->form == BC_TEXT)
        return load_file(listing->functional, listing->tree, attr);
    return BC_OK;
}

static enum bc_status load_tree(struct bc_functional *functional, struct bc_branch *tree)
{
    struct listing listing = {functional, tree, {0}};
    struct bc_attr root;
    enum bc_status st = bc_tree_stat(tree, BC_ROOT_NODE, &root);
    if (st) /* a tree without a root folder is empty */
        return st == BC_STALE ? BC_OK : st;
    st = bc_encode_u64(&listing.folders, BC_ROOT_NODE);
    for (size_t at = 0; !st && at < listing.folders.size; at += 8)
        st = bc_tree_list_attr(tree, bc_get_u64(listing.folders.data + at), list_entry, &listing);
    bc_buffer_release(&listing.folders);
    return st;
}

static enum bc_status load(struct bc_functional *functional)
{
    enum bc_status st = load_settings(functional);
    for (size_t i = 0; !st && i < 2; i++)
        st = load_tree(functional, functional->trees[i]);
    functional->loaded = !st;
    return st;
}

static enum bc_status is_in_large(const struct large *large, struct bc_slice wanted, bool *is)
{
    struct bc_slice line;
    enum bc_status st = bc_text_cursor_seek(large->cursor, wanted);
    if (!st)
        st = bc_text_cursor_next(large->cursor, &line);
    *is = !st && bc_slot_begins(line, wanted);
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_functional_is(struct bc_functional *functional, struct bc_slice predicate,
                                bool *is)
{
    enum bc_status st = functional->loaded ? BC_OK : load(functional);
    *is = !st && has(&functional->set, predicate);
    if (st || *is || !functional->large_count || has(&functional->others, predicate))
        return st;
    struct bc_buffer wanted = {0};
    st = bc_buffer_append(&wanted, predicate.data, predicate.size);
    if (!st)
        st = bc_buffer_printf(&wanted, " %s %s ", RDF_TYPE, OWL_FUNCTIONAL);
    for (size_t i = 0; !st && !*is && i < functional->large_count; i++)
        st = is_in_large(&functional->large[i], bc_buffer_slice(&wanted), is);
    bc_buffer_release(&wanted);
    return st ? st : add(*is ? &functional->set : &functional->others, predicate);
}

/* The setting. */

enum bc_status bc_functional_get(struct bc_repo *repo, struct bc_buffer *iris)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, setting_name, &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    st = bc_buffer_append(iris, value.slice.data, value.slice.size);
    bc_value_release(&value);
    return st;
}

static struct bc_slice trim(struct bc_slice line)
{
    while (line.size && isspace((unsigned char)line.data[0]))
        line = bc_slice(line.data + 1, line.size - 1);
    while (line.size && isspace((unsigned char)line.data[line.size - 1]))
        line.size--;
    if (line.size > 1 && line.data[0] == '<' && line.data[line.size - 1] == '>')
        line = bc_slice(line.data + 1, line.size - 2);
    return line;
}

static enum bc_status check_iri(struct bc_slice iri, size_t number, struct bc_error *err)
{
    struct bc_buffer line = {0};
    struct bc_statement statement;
    enum bc_status st = bc_buffer_append(&line, "<s:s> <", 7);
    if (!st)
        st = bc_buffer_append(&line, iri.data, iri.size);
    if (!st)
        st = bc_buffer_append(&line, "> <o:o> .", 9);
    if (!st && (bc_statement_split(bc_buffer_slice(&line), &statement) || statement.graph.size))
        st = bc_fail(err, BC_INVALID,
                     "line %zu: '%.*s' is no absolute IRI; write one predicate a line, such as "
                     "http://xmlns.com/foaf/0.1/mbox",
                     number, (int)(iri.size < 100 ? iri.size : 100), iri.data);
    bc_buffer_release(&line);
    return st;
}

static enum bc_status put_setting(struct bc_repo *repo, struct bc_slice value)
{
    struct bc_batch batch = {0};
    enum bc_status st = bc_setting_put(&batch, setting_name, value);
    if (!st)
        st = bc_store_apply(repo->store, &batch, true);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_functional_set(struct bc_repo *repo, struct bc_slice iris, struct bc_error *err)
{
    enum { SETTING_MAX = 1 << 20 };
    struct bc_buffer kept = {0};
    enum bc_status st = BC_OK;
    if (iris.size > SETTING_MAX)
        return bc_fail(err, BC_TOO_LARGE, "the list of functional predicates has at most 1 MiB");
    size_t number = 1;
    for (size_t at = 0; !st && at < iris.size; number++) {
        const char *newline = memchr(iris.data + at, '\n', iris.size - at);
        size_t size = newline ? (size_t)(newline - iris.data) - at : iris.size - at;
        struct bc_slice iri = trim(bc_slice(iris.data + at, size));
        at += size + 1;
        if (!iri.size)
            continue;
        st = check_iri(iri, number, err);
        if (!st)
            st = bc_buffer_append(&kept, iri.data, iri.size);
        if (!st)
            st = bc_buffer_append(&kept, "\n", 1);
    }
    if (!st)
        st = put_setting(repo, bc_buffer_slice(&kept));
    bc_buffer_release(&kept);
    return st;
}
