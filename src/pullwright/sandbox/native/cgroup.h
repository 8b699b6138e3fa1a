/* Control groups of one sandbox: made before it starts, removed after all of it is gone. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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
