/* The second layer: Landlock. Writing is allowed below the listed paths only, whatever the mounts say.
 *
 * init puts itself (and so everything) into one domain; a read-only command gets a nested one without the workspace.
 * One domain for all keeps /proc readable between commands (lsof, ss -p, fuser), which a domain for each would not. Nothing in
 * /proc may be written, though: through /proc/PID/mem a command could else rewrite what another one is doing.
 */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define FILE_WRITES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define ALL_WRITES                                                                                                          \
    (FILE_WRITES | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |            \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)

/* 0 where the kernel has none. */
static int landlock_abi(void)
{
    int abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : abi;
}

/* A ruleset that allows writing below `paths` (NULL-ended); -1 where Landlock is missing. */
static int landlock_rules(int abi, char **paths)
{
    uint64_t writes = ALL_WRITES;
    if (abi < 1)
        return -1;
    if (abi < 2)
        writes &= ~LANDLOCK_ACCESS_FS_REFER;
    if (abi < 3)
        writes &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
    uint64_t handled = writes; /* handled_access_fs alone: valid for every ABI */
    int ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0)
        return -1;
    for (; *paths; paths++) {
        struct landlock_path_beneath_attr rule = {.allowed_access = writes, .parent_fd = open(*paths, O_PATH | O_CLOEXEC)};
        if (rule.parent_fd < 0)
            continue;
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0) {
            rule.allowed_access = writes & FILE_WRITES; /* a file, not a folder */
            syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        }
        close(rule.parent_fd);
    }
    return ruleset;
}

static int landlock_enter(int ruleset)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return syscall(SYS_landlock_restrict_self, ruleset, 0);
}

/* What Landlock knows nothing of: modes, owners, times and extended attributes. For read-only commands all of it is refused. */
static int refuse_metadata(void)
{
    static const int calls[] = {
#ifdef SYS_chmod
        SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
        SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr,
        SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, 463 /* setxattrat */, 466 /* removexattrat */,
    };
    enum { CALLS = sizeof calls / sizeof *calls };
    struct sock_filter filter[CALLS * 2 + 2];
    int size = 0;
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++) {
        filter[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {size, filter}; /* other architectures are refused by the sandbox's own filter */
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
