/* Removing what a sandbox left on disk: trees of any depth, with hostile modes, no link followed, bounded memory.
 *
 * Everything that could change the tree meanwhile is dead when this runs, so walking by chdir is safe.
 */
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Goes into a folder, not through a link; makes it readable first. */
static int enter(int parent, const char *name)
{
    struct stat stat;
    if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(stat.st_mode))
        return -1;
    if ((stat.st_mode & 0700) != 0700)
        fchmodat(parent, name, 0700, 0);
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return -1;
    int done = fchdir(folder);
    close(folder);
    return done;
}

/* Empties the current folder and all below it. */
static void empty_here(void)
{
    for (long depth = 0;;) {
        int deeper = 0, stuck = 0;
        DIR *here = opendir(".");
        for (struct dirent *entry; here && (entry = readdir(here));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
                continue;
            if (unlinkat(AT_FDCWD, entry->d_name, 0) == 0 || unlinkat(AT_FDCWD, entry->d_name, AT_REMOVEDIR) == 0)
                continue;
            if ((errno == ENOTEMPTY || errno == EEXIST) && enter(AT_FDCWD, entry->d_name) == 0) {
                deeper = 1;
                break;
            }
            stuck = 1;
        }
        if (here)
            closedir(here);
        if (deeper) {
            depth++;
            continue;
        }
        if (stuck || depth-- == 0 || chdir("..") < 0)
            return; /* stuck: something that even its owner cannot remove (immutable, a mount) */
    }
}

static void empty_folder(const char *path)
{
    if (enter(AT_FDCWD, path) == 0) {
        empty_here();
        if (chdir("/") < 0)
            _exit(75);
    }
}

static void remove_folder(const char *path)
{
    empty_folder(path);
    rmdir(path);
}
