/* Control groups of one sandbox: made before it starts, removed after all of it is gone.
 *
 * As long as launch lives it holds a lock on each, so that whoever finds one without a lock may remove it (linux/sweep.py).
 */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : write(fd, text, strlen(text));
    if (fd >= 0)
        close(fd);
    return size < 0 ? -1 : 0;
}

/* Makes and locks it; again where it was taken for a dead one's between the two. The lock goes when launch ends. */
static int cgroup_make(const char *folder)
{
    struct stat locked, found;
    for (int tries = 0; tries < 100; tries++) {
        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
            return -1;
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
            continue;
        if (fd < 0 || flock(fd, LOCK_SH) < 0 || fstat(fd, &locked) < 0)
            return fd; /* a file system without locks: nobody sweeps there either */
        if (stat(folder, &found) == 0 && found.st_ino == locked.st_ino)
            return fd;
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

static int cgroup_join(const char *folder, pid_t pid)
{
    char path[4200], text[32];
    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    snprintf(text, sizeof text, "%d", pid);
    return write_file(path, text);
}

static void cgroup_remove(const char *folder)
{
    for (int tries = 0; rmdir(folder) < 0 && errno == EBUSY && tries < 500; tries++)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
}
