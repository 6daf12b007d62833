#include "formats/rdfxml_world.h"

#include "branchcore/memory.h"

#include <pthread.h>

static struct {
    pthread_mutex_t mutex;
    raptor_world **idle;
    size_t count;
    size_t made; /* idle has room for all */
} worlds = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static raptor_world *open_world(void)
{
    raptor_world *world = raptor_new_world();
    /* curl is of no use here, and its start is not for threads; libxml2's handlers of errors are
     * those of a thread, which another world may share. */
    if (world && !raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_WWW_SKIP_INIT_FINISH, 1) &&
        !raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_GENERIC_ERROR_SAVE, 0) &&
        !raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_STRUCTURED_ERROR_SAVE, 0) &&
        !raptor_world_open(world))
        return world;
    return NULL;
}

static enum bc_status make(raptor_world **world)
{
    raptor_world **idle = bc_realloc_array(worlds.idle, worlds.made + 1, sizeof(raptor_world *));
    if (!idle)
        return BC_NO_MEMORY;
    worlds.idle = idle;
    *world = open_world();
    if (!*world)
        return BC_NO_MEMORY;
    worlds.made++;
    return BC_OK;
}

enum bc_status fmt_rdfxml_world_take(raptor_world **world)
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&worlds.mutex);
    if (worlds.count)
        *world = worlds.idle[--worlds.count];
    else
        st = make(world);
    pthread_mutex_unlock(&worlds.mutex);
    return st;
}

void fmt_rdfxml_world_give(raptor_world *world)
{
    pthread_mutex_lock(&worlds.mutex);
    worlds.idle[worlds.count++] = world;
    pthread_mutex_unlock(&worlds.mutex);
}
