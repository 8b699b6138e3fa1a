/* As root: showing files to an unprivileged uid that it could not reach, as its own.
 *
 * In a private mount namespace a tmpfs goes over /tmp, and each source is bound below it, idmapped so that the files of the
 * source's owner appear as the sandbox's uid and the other way round: whatever the sandbox writes lies on disk as the owner's.
 * bwrap, which runs as that uid, takes its sources from there. Nothing of this is seen inside or by the host.
 */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

struct idmap_attributes {
    uint64_t set, clear, propagation, userns_fd;
};

/* "owner <-> sandbox", everybody else as they are. */
static int write_map(const char *path, unsigned owner, unsigned sandbox)
{
    char text[256];
    int size = snprintf(text, sizeof text, "%u %u 1\n", owner, sandbox);
    if (owner)
        size += snprintf(text + size, sizeof text - size, "0 0 %u\n", owner);
    size += snprintf(text + size, sizeof text - size, "%u %u %u\n", owner + 1, owner + 1, sandbox - owner - 1);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written = fd < 0 ? -1 : write(fd, text, size);
    if (fd >= 0)
        close(fd);
    return written == size ? 0 : -1;
}

/* A user namespace that only carries the map; the process that made it ends at once. */
static int map_namespace(unsigned uid, unsigned gid, unsigned sandbox)
{
    static struct {
        unsigned uid, gid;
        int fd;
    } known[16];
    static int count;
    for (int i = 0; i < count; i++)
        if (known[i].uid == uid && known[i].gid == gid)
            return known[i].fd;
    int ready[2], fd = -1;
    char path[64], byte;
    if (pipe2(ready, O_CLOEXEC) < 0)
        return -1;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        /* The parent may have been killed before it could be tied to us: then nobody would ever end this wait. */
        if (unshare(CLONE_NEWUSER) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
            write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    if (pid > 0 && read(ready[0], &byte, 1) == 1) {
        int good;
        snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
        good = write_map(path, uid, sandbox) == 0;
        snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
        good = good && write_map(path, gid, sandbox) == 0;
        snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
        fd = good ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    }
    close(ready[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    if (fd >= 0 && count < 16) {
        known[count].uid = uid;
        known[count].gid = gid;
        known[count++].fd = fd;
    }
    return fd;
}

struct staged {
    const char *source, *name;
    int must_map; /* it is written, or may hold what only its owner may read */
    int tree, folder;
};

/* Takes a detached copy of the source's mount, idmapped. Returns what failed, or NULL. */
static const char *stage_open(struct staged *staged, unsigned sandbox)
{
    struct stat stat;
    staged->tree = syscall(SYS_open_tree, AT_FDCWD, staged->source, OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE);
    if (staged->tree < 0 || fstat(staged->tree, &stat) < 0)
        return "open_tree";
    staged->folder = S_ISDIR(stat.st_mode);
    struct idmap_attributes attributes = {.set = MOUNT_ATTR_IDMAP};
    int namespace = map_namespace(stat.st_uid, stat.st_gid, sandbox);
    if (namespace < 0)
        return "user namespace for an idmapped mount";
    attributes.userns_fd = namespace;
    if (syscall(SYS_mount_setattr, staged->tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 && staged->must_map)
        return "idmapped mount";
    return NULL;
}

static const char *stage_all(struct staged *all, int count, unsigned sandbox)
{
    static char words[4200];
    const char *failed;
    if (unshare(CLONE_NEWNS) < 0)
        return "unshare";
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return "mount propagation";
    for (int i = 0; i < count; i++)
        if ((failed = stage_open(&all[i], sandbox))) {
            snprintf(words, sizeof words, "%s of %s", failed, all[i].source);
            return words;
        }
    if (mount("pullwright", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") < 0 || chdir("/tmp") < 0)
        return "tmpfs";
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s", all[i].name);
        for (char *slash = path; (slash = strchr(slash, '/')); slash++)
            *slash = 0, mkdir(path, 0755), *slash = '/';
        if (all[i].folder)
            mkdir(path, 0755);
        else
            close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
        if (syscall(SYS_move_mount, all[i].tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
            return all[i].source;
        close(all[i].tree);
    }
    return NULL;
}
