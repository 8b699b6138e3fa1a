/* One command: a shepherd that owns its whole tree, and the command itself.
 *
 *   init ── shepherd (child subreaper, cannot be traced) ── command ── whatever it starts
 *
 * The shepherd reaps the tree, tells init how the command proper ended, and ends when nothing of the tree is left. So what a
 * command leaves behind stays attributable to it, and an exit code comes from wait(2) alone.
 */
#pragma once
#define _GNU_SOURCE
#include "landlock.h"
#include "wire.h"
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct limits {
    rlim_t processes, file_bytes;
};

struct order {
    uint32_t flags;
    const char *cwd;
    char **argv, **env;
    int stdio[3];
    int read_only_rules; /* -1: none asked for */
    struct limits limits;
};

enum { TERMINAL = 1, READ_ONLY = 2 };

/* What a shepherd writes to init. */
struct report {
    char kind; /* 'F' not started, 'X' exited, 'E' tree ended */
    int32_t value;
    uint32_t cpu_ms;
    uint64_t peak_kb;
};

enum { REPORT_FD = 3, RULES_FD = 4 };

static void report(char kind, int value, const struct rusage *usage)
{
    struct report report = {.kind = kind, .value = value};
    if (usage) {
        report.cpu_ms = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
                        (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
        report.peak_kb = usage->ru_maxrss;
    }
    while (write(REPORT_FD, &report, sizeof report) < 0 && errno == EINTR)
        ;
}

/* execvpe, with the PATH that the command itself is given. Returns the reason of failure. */
static int run(char **argv, char **env)
{
    const char *path = "/usr/local/bin:/usr/bin:/bin";
    int reason = ENOENT;
    if (strchr(argv[0], '/')) {
        execve(argv[0], argv, env);
        return errno;
    }
    for (char **entry = env; *entry; entry++)
        if (!strncmp(*entry, "PATH=", 5))
            path = *entry + 5;
    for (const char *end; *argv[0]; path = end + 1) {
        char file[4096];
        end = strchrnul(path, ':');
        if (snprintf(file, sizeof file, "%.*s/%s", (int)(end - path), path, argv[0]) < (int)sizeof file) {
            execve(file, argv, env);
            if (errno == ENOEXEC || errno == E2BIG)
                return errno;
            if (errno == EACCES)
                reason = EACCES;
        }
        if (!*end)
            break;
    }
    return reason;
}

static void limit(int resource, rlim_t value)
{
    if (value != RLIM_INFINITY)
        setrlimit(resource, &(struct rlimit){value, value});
}

/* `why` is shared with the shepherd: why the command was not started. A descriptor for that could be stolen by another command. */
_Noreturn static void command(const struct order *order, int *why)
{
    sigset_t none;
    close(REPORT_FD);
    setsid();
    if (order->flags & TERMINAL)
        ioctl(0, TIOCSCTTY, 0);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, order->limits.processes);
    limit(RLIMIT_FSIZE, order->limits.file_bytes);
    int reason = 0;
    if (order->read_only_rules >= 0 && (landlock_enter(RULES_FD) < 0 || refuse_metadata() < 0))
        reason = errno;
    close(RULES_FD);
    if (!reason && chdir(order->cwd) < 0)
        reason = errno == ENOENT ? ENOTDIR : errno; /* ENOENT is kept for a missing program */
    *why = reason ? reason : run(order->argv, order->env);
    _exit(127);
}

/* Moves descriptors to their places (0 1 2, the report, the rules) and closes all others, init's control socket first. */
static void arrange(const struct order *order, int report_fd)
{
    int from[5] = {order->stdio[0], order->stdio[1], order->stdio[2], report_fd, order->read_only_rules};
    for (int i = 0; i < 5; i++)
        if (from[i] >= 0)
            from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 64);
    for (int i = 0; i < 5; i++)
        if (from[i] < 0 || dup2(from[i], i) < 0)
            close(i);
    syscall(SYS_close_range, 5, ~0U, 0);
}

_Noreturn static void shepherd(const struct order *order, int report_fd)
{
    sigset_t all;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    arrange(order, report_fd);
    prctl(PR_SET_NAME, "shepherd");
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int *why = mmap(NULL, sizeof *why, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = why == MAP_FAILED ? -1 : fork();
    if (child == 0)
        command(order, why);
    if (child < 0)
        report('F', errno, NULL);
    for (int i = 0; i < 3; i++)
        close(i);
    close(RULES_FD);
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, 0, &usage);
        if (pid < 0 && errno == ECHILD)
            break;
        if (pid == child)
            report(*why ? 'F' : 'X', *why ? *why : status, &usage);
    }
    report('E', 0, NULL);
    _exit(0);
}
