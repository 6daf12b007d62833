#include "tools/engine.h"

#include "vec/engine.h"

#include <stdlib.h>

enum bc_status tfs_engine_choose(const char *cpu, const struct bc_compute **engine,
                                 struct bc_error *err)
{
    const char *from = cpu ? "cpu" : TFS_CPU_VARIABLE;
    const char *name = cpu ? cpu : getenv(TFS_CPU_VARIABLE);
    if (!name || (!cpu && !*name))
        name = "auto";
    struct bc_error reason = {0};
    unsigned sets;
    enum bc_status status = vec_sets_parse(name, &sets, &reason);
    if (status)
        return bc_fail(err, status, "%s=%s: %s", from, name, reason.text);
    *engine = vec_engine(sets);
    return BC_OK;
}
