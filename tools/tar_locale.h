/* libarchive takes names through the locale's encoding. Those of a branch are bytes, nearly always
 * UTF-8: within these two calls they are read and written as such whatever the locale is. */
#ifndef TOOLS_TAR_LOCALE_H
#define TOOLS_TAR_LOCALE_H

#include <locale.h>

/* (locale_t)0: the system has no C.UTF-8. The caller frees it by freelocale. */
static inline locale_t tfs_tar_locale(void)
{
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

#endif
