/* Files as the sandbox's user sees them: opened, looked at and listed inside, so that links end where they end inside. */
#pragma once
#define _GNU_SOURCE
#include "wire.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static int look(const char *path, int follow, struct file_stat *found)
{
    struct stat stat;
    if (fstatat(AT_FDCWD, path, &stat, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
        return errno;
    *found = (struct file_stat){stat.st_mode, stat.st_nlink, stat.st_size, stat.st_mtim.tv_sec * 1000000000LL + stat.st_mtim.tv_nsec};
    return 0;
}

static int make_folders(const char *path)
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return ENAMETOOLONG;
    strcpy(copy, path);
    for (char *slash = copy + 1; *slash; slash++)
        if (*slash == '/') {
            *slash = 0;
            if (mkdir(copy, 0777) < 0 && errno != EEXIST)
                return errno;
            *slash = '/';
        }
    if (mkdir(copy, 0777) == 0)
        return 0;
    struct stat stat;
    int reason = errno;
    return reason == EEXIST && fstatat(AT_FDCWD, copy, &stat, 0) == 0 && S_ISDIR(stat.st_mode) ? 0 : reason == EEXIST ? ENOTDIR : reason;
}

static int wanted(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, ".git");
}

/* Writes the relative paths of the files below `folder` (an open descriptor, closed here), in order of their names. */
static int walk(int folder, char *path, size_t used, uint32_t *left, FILE *out)
{
    struct dirent **entries;
    int count = scandirat(folder, ".", &entries, wanted, alphasort);
    if (count < 0) {
        close(folder);
        return used ? 0 : errno; /* a folder inside that cannot be read is left out */
    }
    for (int i = 0; i < count; i++) {
        struct dirent *entry = entries[i];
        size_t size = strlen(entry->d_name);
        if (*left && used + size + 2 < PATH_MAX) {
            memcpy(path + used, entry->d_name, size + 1);
            int inner = -1;
            if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
                inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (inner >= 0) {
                path[used + size] = '/';
                walk(inner, path, used + size + 1, left, out);
            } else if (entry->d_type != DT_DIR) {
                fwrite(path, 1, used + size + 1, out);
                --*left;
            }
        }
        free(entry);
    }
    free(entries);
    close(folder);
    return 0;
}
