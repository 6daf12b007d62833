#include "tools/export_output.h"

#include "tools/new_file.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tfs_last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int open_parent(const char *path, const char **name)
{
    *name = tfs_last_name(path);
    if (*name == path)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *folder = bc_copy_string(path, (size_t)(*name - path));
    if (!folder) {
        errno = ENOMEM;
        return -1;
    }
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bc_free(folder);
    return directory;
}

int tfs_output_parent(const char *path, const char **name)
{
    int directory = open_parent(path, name);
    if (directory < 0)
        tfs_say("cannot create %s: %s", path, strerror(errno));
    return directory;
}

bool tfs_output_is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

enum tfs_compression tfs_output_compression(const struct tfs_output *output)
{
    size_t stem;
    enum tfs_compression compression;
    if (output->compression || !output->path)
        return output->compression;
    const char *name = tfs_last_name(output->path);
    struct bc_slice slice = bc_slice(name, strlen(name));
    return tfs_is_tar_name(slice, &compression) ? compression
                                                : tfs_compression_of_name(slice, &stem);
}

int tfs_output_tell(enum bc_status status, const struct bc_error *error)
{
    if (!status)
        return TFS_DONE;
    tfs_say("%s", error->text[0] ? error->text : bc_status_text(status));
    return TFS_FAILED;
}

static enum bc_status write_stream(int file, const char *name, enum tfs_compression compression,
                                   tfs_output_sink sink, void *context, struct bc_error *err)
{
    struct tfs_stream_out *stream;
    enum bc_status status = tfs_stream_out_new(file, name, compression, &stream, err);
    if (status)
        return status;
    status = sink(context, stream, err);
    if (!status)
        status = tfs_stream_out_finish(stream, err);
    tfs_stream_out_free(stream);
    return status;
}

static int write_stdout(const struct tfs_output *output, bool binary, tfs_output_sink sink,
                        void *context)
{
    struct bc_error error = {0};
    if ((binary || output->compression) && isatty(STDOUT_FILENO)) {
        tfs_say("a terminal cannot show what would be written; give -o FILE");
        return TFS_FAILED;
    }
    return tfs_output_tell(write_stream(STDOUT_FILENO, "to standard output", output->compression,
                                        sink, context, &error),
                           &error);
}

static int write_special(const struct tfs_output *output, tfs_output_sink sink, void *context)
{
    struct bc_error error = {0};
    int file = open(output->path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        tfs_say("cannot write %s: %s", output->path, strerror(errno));
        return TFS_FAILED;
    }
    int result = tfs_output_tell(
        write_stream(file, output->path, tfs_output_compression(output), sink, context, &error),
        &error);
    close(file);
    return result;
}

static int write_file(const struct tfs_output *output, tfs_output_sink sink, void *context)
{
    const char *name;
    int directory = tfs_output_parent(output->path, &name);
    if (directory < 0)
        return TFS_FAILED;
    struct bc_error error = {0};
    struct tfs_new_file file;
    enum bc_status status = tfs_new_file_open(&file, directory, 0666, output->path, &error);
    if (!status) {
        status = write_stream(file.file, output->path, tfs_output_compression(output), sink,
                              context, &error);
        if (!status)
            status = tfs_new_file_keep(&file, name, output->path, &error);
        else
            tfs_new_file_drop(&file);
    }
    close(directory);
    return tfs_output_tell(status, &error);
}

int tfs_output_write(const struct tfs_output *output, bool binary, tfs_output_sink sink,
                     void *context)
{
    if (!output->path)
        return write_stdout(output, binary, sink, context);
    return tfs_output_is_special(output->path) ? write_special(output, sink, context)
                                               : write_file(output, sink, context);
}
