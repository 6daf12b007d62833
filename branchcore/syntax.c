#include "branchcore/syntax.h"

#include <string.h>

static bool ends_with(struct bc_slice name, const char *extension)
{
    size_t size = strlen(extension);
    return name.size > size && !memcmp(name.data + name.size - size, extension, size);
}

bool bc_syntax_of_name(struct bc_slice name, enum bc_syntax *syntax)
{
    if (ends_with(name, ".nt"))
        *syntax = BC_NTRIPLES;
    else if (ends_with(name, ".nq"))
        *syntax = BC_NQUADS;
    else
        return false;
    return true;
}
