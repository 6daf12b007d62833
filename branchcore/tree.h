/* The tree of a branch: folders, files, symbolic links, their attributes. Nodes have identities
 * that renames and forks keep; BC_ROOT_NODE (row.h) is the branch's own folder. Names are 1-255
 * bytes without '/' and NUL, not "." or "..".
 *
 * All functions return BC_STALE when the branch or the node is gone, BC_CORRUPT and BC_IO as the
 * store does, and BC_NO_SPACE where they write. A failure changes nothing. Permission bits are the
 * caller's business. */
#ifndef BRANCHCORE_TREE_H
#define BRANCHCORE_TREE_H

#include "branchcore/branch.h"
#include "branchcore/row.h"

struct bc_attr {
    uint64_t node;
    uint64_t parent;
    enum bc_kind kind;
    enum bc_form form;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    int64_t atime_ns;
    int64_t mtime_ns;
    int64_t ctime_ns;
    int64_t btime_ns;
    uint64_t size_bytes; /* of a link: of its target */
    uint64_t triples;
    /* Another one for each state of the content, and of a triple file's own prefixes: two files of
     * one version show the same in one syntax. */
    uint64_t version;
};

/* BC_NOT_FOUND, BC_NOT_DIRECTORY, BC_NAME_TOO_LONG. */
enum bc_status bc_tree_lookup(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              struct bc_attr *attr);
enum bc_status bc_tree_stat(struct bc_branch *branch, uint64_t node, struct bc_attr *attr);
/* By path from the root, without a leading slash; "" is the root. */
enum bc_status bc_tree_find(struct bc_branch *branch, struct bc_slice path, struct bc_attr *attr);
/* Appends the path from the root, without a leading slash; the root's is empty. */
enum bc_status bc_tree_path(struct bc_branch *branch, uint64_t node, struct bc_buffer *path);

/* In the order of names, as at one moment. name is valid during the call. */
typedef enum bc_status (*bc_entry_sink)(void *context, struct bc_slice name, uint64_t node,
                                        enum bc_kind kind);
enum bc_status bc_tree_list(struct bc_branch *branch, uint64_t folder, bc_entry_sink sink,
                            void *context);
/* The same with attributes, so that a listing costs one walk. */
typedef enum bc_status (*bc_attr_sink)(void *context, struct bc_slice name,
                                       const struct bc_attr *attr);
enum bc_status bc_tree_list_attr(struct bc_branch *branch, uint64_t folder, bc_attr_sink sink,
                                 void *context);

struct bc_make {
    enum bc_kind kind;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    struct bc_slice target; /* of a symbolic link */
};
/* BC_EXISTS, BC_NOT_DIRECTORY, BC_NAME_TOO_LONG. A file whose name is a triple file's (syntax.h) is
 * a text. */
enum bc_status bc_tree_make(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                            const struct bc_make *make, struct bc_attr *attr);

/* Removes a name. folder: must be an empty folder (BC_NOT_EMPTY, BC_NOT_DIRECTORY), else must be
 * none (BC_IS_DIRECTORY). A file that is open (bc_node_open) lives on without a name. node (may be
 * NULL): what it was. */
enum bc_status bc_tree_remove(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              bool folder, uint64_t *node);

enum bc_rename_flag { BC_RENAME_NOREPLACE = 1, BC_RENAME_EXCHANGE = 2 };

struct bc_renamed {
    uint64_t node;     /* what moved */
    uint64_t replaced; /* what was there before and is gone; 0: nothing */
    bool converted;    /* what moved shows other bytes now: in another syntax, or parsed */
};
/* A plain file that gets a triple file's name is parsed, as large as it may be: BC_SYNTAX with err
 * saying where, and the text is also kept under rejected/. A text that gets a name of another
 * syntax is shown in that: BC_SYNTAX with err if it has what the syntax cannot say. One that is not
 * shown as lines and gets a plain file's name becomes the bytes that it showed. BC_NOT_FOUND,
 * BC_EXISTS, BC_NOT_EMPTY, BC_IS_DIRECTORY, BC_NOT_DIRECTORY, BC_INVALID (a folder into itself). */
enum bc_status bc_tree_rename(struct bc_branch *branch, uint64_t from, struct bc_slice from_name,
                              uint64_t to, struct bc_slice to_name, unsigned flags,
                              struct bc_renamed *renamed, struct bc_error *err);

/* Appends the target. BC_INVALID: not a link. */
enum bc_status bc_tree_readlink(struct bc_branch *branch, uint64_t node, struct bc_buffer *target);

enum bc_change_mask {
    BC_CHANGE_MODE = 1,
    BC_CHANGE_UID = 2,
    BC_CHANGE_GID = 4,
    BC_CHANGE_ATIME = 8,
    BC_CHANGE_MTIME = 16,
    BC_CHANGE_SIZE = 32, /* plain files; of a text only by bc_edit_truncate: BC_INVALID */
    BC_CHANGE_CTIME = 64
};
struct bc_change {
    unsigned mask;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    int64_t atime_ns;
    int64_t mtime_ns;
    int64_t ctime_ns; /* without BC_CHANGE_CTIME: now */
    uint64_t size_bytes;
};
enum bc_status bc_tree_change(struct bc_branch *branch, uint64_t node,
                              const struct bc_change *change, struct bc_attr *attr);

/* A node that is open keeps living when its last name goes, until it is closed as often as it was
 * opened. */
enum bc_status bc_node_open(struct bc_branch *branch, uint64_t node);
void bc_node_close(struct bc_branch *branch, uint64_t node);

/* Extended attributes: any name that the caller allows, 1-255 bytes; values up to 64 KiB
 * (BC_TOO_LARGE). BC_NO_DATA: none of that name. create/replace as of setxattr(2): BC_EXISTS,
 * BC_NO_DATA. BC_PREFIXES_ATTRIBUTE (prefixes.h) takes prefixes alone, else BC_INVALID; with other
 * ones a triple file is of another version. */
enum { BC_XATTR_MAX = 64 << 10 };
enum bc_status bc_xattr_get(struct bc_branch *branch, uint64_t node, struct bc_slice name,
                            struct bc_buffer *value);
enum bc_status bc_xattr_set(struct bc_branch *branch, uint64_t node, struct bc_slice name,
                            struct bc_slice value, bool create, bool replace);
enum bc_status bc_xattr_remove(struct bc_branch *branch, uint64_t node, struct bc_slice name);
/* Appends the names, each with a NUL behind it. */
enum bc_status bc_xattr_list(struct bc_branch *branch, uint64_t node, struct bc_buffer *names);

#endif
