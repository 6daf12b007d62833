#include "rocks/internal.h"

#include <string.h>

/* The C interface hands errors out as text alone, "Kind: detail". The first match counts. A full
 * disk comes as an "IO error", and a taken lock too, so they stand before it. */
static const struct {
    const char *part;
    enum bc_status status;
} meanings[] = {
    {"No space left on device", BC_NO_SPACE},
    {"Disk quota exceeded", BC_NO_SPACE},
    {"Max allowed space was reached", BC_NO_SPACE},
    {"While lock file", BC_LOCKED},
    {"lock hold by", BC_LOCKED},
    {"(create_if_missing is false)", BC_NOT_FOUND},
    {"olumn families not opened", BC_NOT_A_STORE},
    {"olumn family not found", BC_NOT_A_STORE},
    {"in read only mode", BC_READ_ONLY},
    {"Corruption", BC_CORRUPT},
    {"Cannot allocate memory", BC_NO_MEMORY},
};

enum bc_status rk_status_of(const char *text)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strstr(text, meanings[i].part))
            return meanings[i].status;
    return BC_IO;
}

/* Some texts have several lines; messages have one. */
static const char *one_line(char *text)
{
    for (char *at = text; (at = strpbrk(at, "\n\r\t")); at++)
        *at = ' ';
    return text;
}

enum bc_status rk_failed(struct rk_store *store, char *text)
{
    if (!text)
        return BC_OK;
    enum bc_status st = rk_status_of(text);
    pthread_mutex_lock(&store->error_lock);
    (void)bc_fail(&store->last_error, st, "%s", one_line(text));
    pthread_mutex_unlock(&store->error_lock);
    atomic_fetch_add(&store->errors, 1);
    rocksdb_free(text);
    return st;
}

enum bc_status rk_wrote(struct rk_store *store, char *text)
{
    if (text)
        atomic_store(&store->write_failed, true);
    return rk_failed(store, text);
}

enum bc_status rk_refused(struct rk_store *store, enum bc_status status, const char *reason)
{
    pthread_mutex_lock(&store->error_lock);
    (void)bc_fail(&store->last_error, status, "%s: %s", store->directory, reason);
    pthread_mutex_unlock(&store->error_lock);
    atomic_fetch_add(&store->errors, 1);
    return status;
}

enum bc_status rk_explain(struct bc_error *err, const char *where, char *text)
{
    if (!text)
        return BC_OK;
    enum bc_status st = bc_fail(err, rk_status_of(text), "%s: %s", where, one_line(text));
    rocksdb_free(text);
    return st;
}

void rk_store_last_error(struct bc_store *base, struct bc_error *err)
{
    struct rk_store *store = rk_self(base);
    pthread_mutex_lock(&store->error_lock);
    *err = store->last_error;
    pthread_mutex_unlock(&store->error_lock);
}
