/* The host's side of one sandbox: prepares, starts bwrap, and cleans up whatever happens to Pullwright.
 *
 *   launch LIFE-FD HIGHEST-FD [option…] -- PROGRAM ARGUMENT…
 *
 *   --drop                       as root: take an unprivileged uid that no other sandbox has, without groups or capabilities
 *   --stage SOURCE NAME          as root: show SOURCE to that uid at /tmp/NAME as its own (stage.h); fail where that is impossible
 *   --stage-try SOURCE NAME      the same, shown with the ids it has where the file system knows no idmapped mounts
 *   --cgroup FOLDER              make it, put the sandbox's init into it, remove it afterwards
 *   --set FILE TEXT              write a file (of a cgroup) before joining
 *   --hold FD                    keep this descriptor (the lock of the attempt's folder) as long as launch lives, and hand it to nobody
 *   --remove FOLDER              remove this tree afterwards
 *   --empty FOLDER               empty this tree afterwards
 *
 * With cgroups PROGRAM gets one more descriptor, HIGHEST-FD + 1, for bwrap's --info-fd. Joining waits for the kernel to come to
 * rest (10 to 20 ms), so it goes on beside bwrap's own work; once init is in, "joined" is written to standard output.
 *
 * Descriptors from 3 to below LIFE-FD and above HIGHEST-FD are closed. When the other end of LIFE-FD is closed (Pullwright
 * closed the sandbox, or died) everything is killed. launch ends when nothing is left: no process, mount, cgroup, folder.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "removal.h"
#include "stage.h"
#include <grp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/random.h>

/* Ids that neither distributions nor systemd give away (systemd's UIDS-GIDS lists 1879048192..2147352575 as unused). */
#define FIRST_UID 2000000000u
#define UIDS 1000000u

enum { MOST = 512 };

static struct {
    int life, highest, drop, hold;
    struct staged staged[MOST];
    int stages;
    char *cgroups[16], *set_files[32], *set_texts[32], *removed[32], *emptied[16];
    int groups, sets, removals, empties;
    char **program;
} plan;

_Noreturn static void fail(const char *what)
{
    dprintf(2, "launch: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static void read_plan(char **argv)
{
    plan.life = atoi(argv[1]);
    plan.highest = atoi(argv[2]);
    for (char **at = argv + 3; *at; at++) {
        if (!strcmp(*at, "--")) {
            plan.program = at + 1;
            break;
        }
        int full = plan.stages >= MOST || plan.groups >= 16 || plan.sets >= 32 || plan.removals >= 32 || plan.empties >= 16;
        if (full || (!at[1] && strcmp(*at, "--drop"))) {
            errno = EINVAL;
            fail(*at);
        }
        if (!strcmp(*at, "--drop"))
            plan.drop = 1;
        else if (!strcmp(*at, "--cgroup"))
            plan.cgroups[plan.groups++] = *++at;
        else if (!strcmp(*at, "--hold"))
            plan.hold = atoi(*++at);
        else if (!strcmp(*at, "--remove"))
            plan.removed[plan.removals++] = *++at;
        else if (!strcmp(*at, "--empty"))
            plan.emptied[plan.empties++] = *++at;
        else if (!strcmp(*at, "--set"))
            plan.set_files[plan.sets] = at[1], plan.set_texts[plan.sets++] = at[2], at += 2;
        else if (!strncmp(*at, "--stage", 7))
            plan.staged[plan.stages++] = (struct staged){at[1], at[2], !(*at)[7], -1, 0}, at += 2;
    }
    if (!plan.program || !*plan.program) {
        errno = EINVAL;
        fail("nothing to start");
    }
}

/* A uid of this sandbox alone: the name of an abstract socket is the lock, and is freed whatever happens to us. */
static unsigned take_uid(void)
{
    for (int tries = 0; tries < 100; tries++) {
        unsigned chance;
        if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
            continue;
        unsigned uid = FIRST_UID + chance % UIDS;
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        int size = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "pullwright-uid-%u", uid);
        int lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (lock >= 0 && bind(lock, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + 1 + size) == 0)
            return uid; /* the socket stays open as long as launch lives */
        if (lock >= 0)
            close(lock);
    }
    fail("no free uid");
}

_Noreturn static void start(unsigned uid, const sigset_t *signals, int info, pid_t launch)
{
    static char *none[] = {NULL};
    if (plan.groups && dup2(info, plan.highest + 1) < 0)
        fail("info");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    errno = 0;
    const char *failed = plan.stages ? stage_all(plan.staged, plan.stages, uid) : NULL;
    if (failed)
        fail(failed);
    if (plan.drop) {
        prctl(PR_SET_KEEPCAPS, 0);
        if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
            fail("dropping privileges");
        if (setuid(0) == 0)
            _exit(126);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* changing ids clears it */
    }
    if (getppid() != launch)
        _exit(126); /* it died before it was tied to us */
    close(plan.life);
    if (plan.hold)
        close(plan.hold);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    execve(plan.program[0], plan.program, none);
    fail(plan.program[0]);
}

/* Puts init, which bwrap names, into the cgroups. False when that failed: then the sandbox must not live. */
static int join(int info)
{
    char text[512], *found;
    ssize_t size = read(info, text, sizeof text - 1);
    if (size <= 0)
        return 1; /* bwrap has ended, and says why itself */
    text[size] = 0;
    pid_t pid = (found = strstr(text, "\"child-pid\":")) ? atoi(found + 12) : 0;
    for (int i = 0; i < plan.groups; i++)
        if (pid <= 1 || cgroup_join(plan.cgroups[i], pid) < 0) {
            dprintf(2, "launch: joining %s: %s\n", plan.cgroups[i], strerror(errno));
            return 0;
        }
    return write(1, "joined\n", 7) == 7;
}

/* Kills what is directly below us: the program, and what fell to us as its subreaper when it went. */
static void kill_children(void)
{
    char text[4096];
    int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t size = list < 0 ? 0 : read(list, text, sizeof text - 1);
    if (list >= 0)
        close(list);
    text[size > 0 ? size : 0] = 0;
    for (char *at = text, *end; (end = at, strtol(at, &end, 10)) > 0; at = end)
        kill(strtol(at, NULL, 10), SIGKILL);
}

/* Waits until every process is gone; kills once Pullwright is. Returns the program's wait status. */
static int supervise(pid_t program, int signals, int info)
{
    int status, result = 0, alone = 0;
    struct signalfd_siginfo ignored;
    struct pollfd polled[3] = {{plan.life, POLLIN, 0}, {signals, POLLIN, 0}, {info, POLLIN, 0}};
    for (;;) {
        pid_t pid;
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            if (pid == program) {
                result = status;
                program = 0;
            }
        if (pid < 0 && errno == ECHILD)
            return result;
        if (alone)
            kill_children(); /* again at each one's end: who lived below it is ours now */
        if (poll(polled, 3, -1) < 0)
            continue;
        int joined = 1;
        if (polled[2].revents) {
            joined = join(info);
            polled[2].fd = -1;
        }
        if (polled[0].revents || !joined) {
            alone = 1;
            polled[0].fd = -1;
        }
        while (read(signals, &ignored, sizeof ignored) > 0)
            ;
    }
}

static void clean_up(void)
{
    for (int i = plan.groups - 1; i >= 0; i--)
        cgroup_remove(plan.cgroups[i]);
    for (int i = 0; i < plan.empties; i++)
        empty_folder(plan.emptied[i]);
    for (int i = 0; i < plan.removals; i++)
        remove_folder(plan.removed[i]);
}

int main(int argc, char **argv)
{
    sigset_t signals;
    if (argc < 5)
        return 64;
    read_plan(argv);
    syscall(SYS_close_range, 3, plan.life - 1, 0);
    syscall(SYS_close_range, plan.highest + 1, ~0U, 0);
    fcntl(plan.life, F_SETFD, FD_CLOEXEC);
    if (plan.hold)
        fcntl(plan.hold, F_SETFD, FD_CLOEXEC);
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigfillset(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    unsigned uid = plan.drop ? take_uid() : 0;
    for (int i = 0; i < plan.groups; i++)
        if (cgroup_make(plan.cgroups[i]) < 0) {
            clean_up();
            fail(plan.cgroups[i]);
        }
    for (int i = 0; i < plan.sets; i++)
        if (write_file(plan.set_files[i], plan.set_texts[i]) < 0)
            dprintf(2, "launch: %s: %s\n", plan.set_files[i], strerror(errno));
    int info[2] = {-1, -1};
    if (plan.groups && pipe2(info, O_CLOEXEC) < 0)
        fail("pipe");
    pid_t launch = getpid(), program = fork();
    if (program == 0)
        start(uid, &signals, info[1], launch);
    close(info[1]);
    int status = program < 0 ? 1 << 8 : supervise(program, signal_fd, info[0]);
    clean_up();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
