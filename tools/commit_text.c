#include "tools/commit_text.h"

#include "tools/face_control.h"
#include "tools/fields.h"

#include <string.h>

enum { ID_LEAST = 7 };

bool tfs_log_parse(struct bc_slice line, struct tfs_log_line *parsed)
{
    parsed->id = tfs_field_next(&line, '\t');
    parsed->time = tfs_field_next(&line, '\t');
    parsed->author = tfs_field_next(&line, '\t');
    parsed->sums = tfs_field_next(&line, '\t');
    parsed->subject = line;
    return parsed->id.size >= ID_LEAST && parsed->sums.size > 0;
}

struct bc_slice tfs_id_short(struct bc_slice id)
{
    return bc_slice(id.data, id.size < TFS_ID_SHORT ? id.size : TFS_ID_SHORT);
}

void tfs_sums_parse(struct bc_slice sums, uint64_t *added, uint64_t *removed)
{
    *added = tfs_slice_number(tfs_field_next(&sums, ' '));
    *removed = tfs_slice_number(sums);
}

void tfs_sums_json(json_t *object, struct bc_slice sums)
{
    uint64_t added, removed;
    tfs_sums_parse(sums, &added, &removed);
    tfs_json_set(object, "added", tfs_json_count(added));
    tfs_json_set(object, "removed", tfs_json_count(removed));
}

json_t *tfs_log_json(const struct tfs_log_line *line)
{
    json_t *commit = tfs_json_object();
    tfs_json_set_text(commit, "id", line->id);
    tfs_json_set_text(commit, "time", line->time);
    tfs_json_set_text(commit, "author", line->author);
    tfs_sums_json(commit, line->sums);
    tfs_json_set_text(commit, "subject", line->subject);
    return commit;
}

static struct bc_slice value_of(const struct tfs_commit_text *commit, const char *key)
{
    return tfs_value_of(commit->header, key);
}

bool tfs_commit_read(const struct tfs_face *face, const char *path, struct tfs_commit_text *commit)
{
    *commit = (struct tfs_commit_text){0};
    if (tfs_face_take(face, path, &commit->text) != 0 || commit->text.size == 0) {
        bc_buffer_release(&commit->text);
        return false;
    }
    struct bc_slice text = bc_buffer_slice(&commit->text);
    const char *end = tfs_slice_find(text, "\n\n");
    size_t header = end ? (size_t)(end - text.data) + 1 : text.size;
    commit->header = bc_slice(text.data, header);
    commit->message = tfs_slice_trim(bc_slice(text.data + header, text.size - header));
    commit->id = value_of(commit, "commit");
    commit->time = value_of(commit, "date");
    struct bc_slice rest = commit->message;
    commit->subject = tfs_field_next(&rest, '\n');
    return true;
}

bool tfs_last_commit(const struct tfs_face *face, struct tfs_commit_text *commit)
{
    char path[PATH_MAX];
    return tfs_branch_control(face, path, "commit") && tfs_commit_read(face, path, commit);
}

json_t *tfs_commit_json(const struct tfs_commit_text *commit)
{
    json_t *object = tfs_json_object(), *parents = tfs_json_array();
    struct bc_slice header = commit->header, line;
    tfs_json_set_text(object, "id", commit->id);
    while (tfs_line_next(&header, &line))
        if (tfs_slice_is(tfs_field_next(&line, ' '), "parent"))
            tfs_json_add(parents, tfs_json_text(line));
    tfs_json_set(object, "parents", parents);
    tfs_json_set_text(object, "time", commit->time);
    tfs_json_set_text(object, "author", value_of(commit, "author"));
    tfs_json_set(object, "files", tfs_json_value(value_of(commit, "files")));
    tfs_json_set(object, "added", tfs_json_value(value_of(commit, "added")));
    tfs_json_set(object, "removed", tfs_json_value(value_of(commit, "removed")));
    tfs_json_set_text(object, "message", commit->message);
    return object;
}
