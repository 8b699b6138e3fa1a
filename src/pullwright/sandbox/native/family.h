/* Who descends from whom, from /proc; and killing a whole family so that nothing is born meanwhile. */
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kin {
    pid_t pid, parent;
    char zombie, member;
};

struct family {
    struct kin *all;
    size_t count, room;
};

static int read_kin(const char *name, struct kin *kin)
{
    char path[64], text[512], *close_paren;
    snprintf(path, sizeof path, "/proc/%s/stat", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = 0;
    if (!(close_paren = strrchr(text, ')'))) /* the name may hold anything, also parentheses */
        return 0;
    int parent;
    char state;
    if (sscanf(close_paren + 1, " %c %d", &state, &parent) != 2)
        return 0;
    *kin = (struct kin){atoi(name), parent, state == 'Z' || state == 'X', 0};
    return 1;
}

/* Marks everything that descends from `root` (not root itself). */
static void family_read(struct family *family, pid_t root)
{
    DIR *proc = opendir("/proc");
    family->count = 0;
    if (!proc)
        return;
    for (struct dirent *entry; (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (family->count == family->room) {
            family->room = family->room * 2 + 256;
            struct kin *more = realloc(family->all, family->room * sizeof *more);
            if (!more)
                break;
            family->all = more;
        }
        family->count += read_kin(entry->d_name, &family->all[family->count]);
    }
    closedir(proc);
    for (int grew = 1; grew;) {
        grew = 0;
        for (size_t i = 0; i < family->count; i++) {
            struct kin *kin = &family->all[i];
            if (kin->member)
                continue;
            for (size_t j = 0; j < family->count && !kin->member; j++)
                kin->member = kin->parent == root || (family->all[j].member && family->all[j].pid == kin->parent);
            grew |= kin->member;
        }
    }
}

static size_t family_signal(struct family *family, int signal)
{
    size_t count = 0;
    for (size_t i = 0; i < family->count; i++)
        if (family->all[i].member && !family->all[i].zombie)
            count += kill(family->all[i].pid, signal) == 0;
    return count;
}

/* Freezes until nobody new appears, then kills: a fork bomb cannot outrun it. One pass; call until nothing is left. */
static void family_kill(pid_t root)
{
    static struct family family;
    size_t before = (size_t)-1;
    for (int pass = 0; pass < 64; pass++) {
        family_read(&family, root);
        size_t now = family_signal(&family, SIGSTOP);
        if (now == before)
            break;
        before = now;
    }
    family_signal(&family, SIGKILL);
}
