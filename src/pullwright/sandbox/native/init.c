/* The sandbox's PID 1: starts commands for the host, reaps, kills trees, opens files and sockets inside.
 *
 *   init CONTROL-FD PROCESSES FILE-BYTES WORKSPACE WRITABLE…      (0: no limit; WORKSPACE empty: never written)
 *
 * It speaks wire.h over the control socket, which no command ever gets, and ends (and with it everything in its pid
 * namespace) when the host's end is closed. Nothing inside can trace it (not dumpable), kill it (PID 1 of the namespace) or
 * speak for it. Each command runs below a shepherd of its own (command.h); a shepherd that a command kills takes its
 * command's tree with it, and the host is told that it was lost.
 */
#define _GNU_SOURCE
#include "command.h"
#include "family.h"
#include "files.h"
#include "landlock.h"
#include "wire.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>

struct child {
    uint32_t id; /* the host's number of the command; 0 for a tree walker */
    pid_t pid;   /* the shepherd or walker */
    int reports, master;
    pid_t group; /* the command's process group, 0 until it is known */
    int exited, ended, killing, gone;
};

#define COMMAND_SCORE "300"

static struct {
    int control, signals, abi, read_only_rules;
    struct limits limits;
    struct child *children;
    size_t count, room;
    int score;   /* our own oom_score_adj, opened before Landlock closes /proc to writers; -1 where that failed */
    char usual_score[16];
    int orphans; /* a shepherd died: something may have become ours that is nobody's */
} host;

static struct child *find(uint32_t id)
{
    for (size_t i = 0; i < host.count; i++)
        if (host.children[i].id == id && id)
            return &host.children[i];
    return NULL;
}

static struct child *add_child(uint32_t id, pid_t pid, int reports, int master)
{
    if (host.count == host.room) {
        host.room = host.room * 2 + 16;
        if (!(host.children = realloc(host.children, host.room * sizeof *host.children)))
            _exit(70);
    }
    host.children[host.count] = (struct child){.id = id, .pid = pid, .reports = reports, .master = master};
    return &host.children[host.count++];
}

/* Opens a terminal inside; the slave becomes the command's stdio. Returns the master, or -1. */
static int open_terminal(uint16_t columns, uint16_t rows, int *slave)
{
    int unlock = 0, master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return -1;
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || (*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
        close(master);
        return -1;
    }
    ioctl(master, TIOCSWINSZ, &size);
    return master;
}

/* Reads argv and env; the arrays belong to the caller, the strings to the frame. */
static char **read_strings(struct reader *reader, uint32_t count)
{
    char **strings = reader->bad || count > 1u << 20 ? NULL : calloc(count + 1, sizeof *strings);
    if (!strings) {
        reader->bad = 1;
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        strings[i] = (char *)read_string(reader);
    return strings;
}

/* What is forked while this is raised is what the kernel should kill first when memory runs out, and not us. */
static void set_score(const char *text)
{
    if (host.score >= 0 && atoi(host.usual_score) < atoi(COMMAND_SCORE))
        while (write(host.score, text, strlen(text)) < 0 && errno == EINTR)
            ;
}

static void open_score(void)
{
    host.score = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (host.score >= 0 && read(host.score, host.usual_score, sizeof host.usual_score - 1) <= 0)
        close(host.score), host.score = -1;
}

static int start(uint32_t id, struct order *order, uint16_t columns, uint16_t rows, int *master)
{
    int pipe_fds[2], slave = -1;
    if (order->flags & READ_ONLY && (order->read_only_rules = host.read_only_rules) < 0)
        return ENOSYS;
    if (order->flags & TERMINAL) {
        if ((*master = open_terminal(columns, rows, &slave)) < 0)
            return errno;
        order->stdio[0] = order->stdio[1] = order->stdio[2] = slave;
    }
    int reason = 0;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
        reason = errno;
    } else {
        set_score(COMMAND_SCORE);
        pid_t pid = fork();
        if (pid == 0)
            shepherd(order, pipe_fds[1]);
        reason = pid < 0 ? errno : 0;
        set_score(host.usual_score);
        close(pipe_fds[1]);
        if (reason)
            close(pipe_fds[0]);
        else
            add_child(id, pid, pipe_fds[0], *master);
    }
    if (slave >= 0)
        close(slave);
    if (reason && *master >= 0)
        close(*master), *master = -1;
    return reason;
}

static void on_exec(uint32_t id, struct reader *reader, int *fds, int count)
{
    struct order order = {.read_only_rules = -1, .limits = host.limits};
    order.flags = read_u32(reader);
    uint32_t size = read_u32(reader), argc = read_u32(reader), envc = read_u32(reader);
    order.cwd = read_string(reader);
    order.argv = read_strings(reader, argc);
    order.env = read_strings(reader, envc);
    int master = -1, reason = EINVAL;
    if (!reader->bad && argc && (order.flags & TERMINAL || count == 3)) {
        if (count == 3)
            memcpy(order.stdio, fds, sizeof order.stdio);
        reason = start(id, &order, size & 0xffff, size >> 16, &master);
    }
    wire_done(host.control, id, reason, reason ? -1 : master);
    free(order.argv);
    free(order.env);
}

static int on_signal(struct reader *reader)
{
    struct child *child = find(read_u32(reader));
    int number = (int)read_u32(reader);
    if (!child || child->exited)
        return ESRCH;
    pid_t group = 0;
    if (child->master >= 0 && ioctl(child->master, TIOCGPGRP, &group) < 0)
        group = 0;
    if (group <= 1) { /* the command leads its own group; it is its shepherd's first child */
        char path[64], text[32];
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", child->pid, child->pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            close(fd);
        if (size > 0)
            text[size] = 0, group = atoi(text);
    }
    if (group <= 1)
        return ESRCH;
    return kill(-group, number) < 0 ? errno : 0;
}

static int on_listen(uint32_t port, int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return errno;
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(made, (struct sockaddr *)&address, sizeof address) < 0 || listen(made, 128) < 0) {
        int reason = errno;
        close(made);
        return reason;
    }
    *fd = made;
    return 0;
}

static int on_connect(uint32_t family, uint32_t port, int *fd)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int made = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return errno;
    struct sockaddr *address = family == 6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    if (connect(made, address, family == 6 ? sizeof six : sizeof four) < 0 && errno != EINPROGRESS) {
        int reason = errno;
        close(made);
        return reason;
    }
    *fd = made;
    return 0;
}

/* A walk may be long: a child does it. */
static int on_tree(uint32_t limit, const char *path, int out_fd)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno;
    pid_t pid = fork();
    if (pid == 0) {
        char where[PATH_MAX] = "";
        close(host.control);
        FILE *out = fdopen(out_fd, "w");
        if (out)
            walk(folder, where, 0, &limit, out), fclose(out);
        _exit(0);
    }
    close(folder);
    if (pid < 0)
        return errno;
    add_child(0, pid, -1, -1);
    return 0;
}

static void on_file(uint32_t id, uint16_t op, struct reader *reader, int *fds, int count)
{
    int reason = 0, fd = -1;
    struct {
        int32_t reason;
        union {
            struct file_stat stat;
            char path[PATH_MAX];
        };
    } __attribute__((packed)) answer;
    size_t size = 0;
    uint32_t first = op == REMOVE || op == FOLDERS || op == RENAME || op == RESOLVE ? 0 : read_u32(reader);
    uint32_t second = op == OPEN || op == CONNECT ? read_u32(reader) : 0;
    const char *path = op == LISTEN || op == CONNECT ? "" : read_string(reader);
    const char *to = op == RENAME ? read_string(reader) : "";
    if (reader->bad)
        reason = EINVAL;
    else if (op == OPEN)
        reason = (fd = open(path, (int)first | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, second)) < 0 ? errno : 0;
    else if (op == STAT) {
        struct file_stat stat;
        if (!(reason = look(path, first, &stat)))
            answer.stat = stat, size = sizeof stat;
    } else if (op == REMOVE)
        reason = unlink(path) < 0 ? errno : 0;
    else if (op == FOLDERS)
        reason = make_folders(path);
    else if (op == RENAME)
        reason = rename(path, to) < 0 ? errno : 0;
    else if (op == LISTEN)
        reason = on_listen(first, &fd);
    else if (op == CONNECT)
        reason = on_connect(first, second, &fd);
    else if (op == TREE)
        reason = count == 1 ? on_tree(first, path, fds[0]) : EINVAL;
    else if (op == RESOLVE)
        reason = realpath(path, answer.path) ? (size = strlen(answer.path), 0) : errno;
    answer.reason = reason;
    wire_send(host.control, id, DONE, &answer, sizeof answer.reason + size, fd);
    if (fd >= 0)
        close(fd);
}

static void on_frame(const struct header *header, const char *payload, int *fds)
{
    struct reader reader = {payload, payload + header->size, 0};
    struct child *child;
    switch (header->op) {
    case EXEC:
        on_exec(header->id, &reader, fds, header->fds);
        break;
    case SIGNAL:
        wire_done(host.control, header->id, on_signal(&reader), -1);
        break;
    case KILL:
        if ((child = find(read_u32(&reader))))
            child->killing = 1;
        wire_done(host.control, header->id, child ? 0 : ESRCH, -1);
        break;
    default:
        on_file(header->id, header->op, &reader, fds, header->fds);
    }
}

/* Takes the whole frames that have arrived; false when the host speaks nonsense. */
static int take_frames(struct inbox *inbox)
{
    size_t at = 0;
    struct header header;
    while (inbox->used - at >= sizeof header) {
        memcpy(&header, inbox->bytes + at, sizeof header);
        if (header.size > FRAME_MAX || header.fds > FDS_MAX)
            return 0;
        if (inbox->used - at < sizeof header + header.size)
            break;
        if (header.fds > inbox->held)
            return 0;
        on_frame(&header, inbox->bytes + at + sizeof header, inbox->fds);
        for (int i = 0; i < header.fds; i++)
            close(inbox->fds[i]);
        inbox->held -= header.fds;
        memmove(inbox->fds, inbox->fds + header.fds, inbox->held * sizeof(int));
        at += sizeof header + header.size;
    }
    inbox->used -= at;
    memmove(inbox->bytes, inbox->bytes + at, inbox->used);
    return 1;
}

static void take_reports(struct child *child)
{
    struct report report;
    ssize_t size = read(child->reports, &report, sizeof report);
    if (size == sizeof report) {
        struct {
            int32_t status;
            uint32_t cpu_ms;
            uint64_t peak_kb;
        } exited = {report.value, report.cpu_ms, report.peak_kb};
        if (report.kind == 'F')
            wire_send(host.control, child->id, FAILED, &report.value, sizeof report.value, -1), child->exited = 1;
        else if (report.kind == 'X' && !child->exited)
            wire_send(host.control, child->id, EXITED, &exited, sizeof exited, -1), child->exited = 1;
        else if (report.kind == 'E')
            child->ended = 1;
    } else if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) {
        close(child->reports);
        child->reports = -1;
        host.orphans |= !child->ended;
    }
}

static void reap(void)
{
    struct signalfd_siginfo ignored;
    while (read(host.signals, &ignored, sizeof ignored) > 0)
        ;
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
        for (size_t i = 0; i < host.count; i++)
            if (host.children[i].pid == pid)
                host.children[i].gone = 1;
}

/* Kills what a killed shepherd left to us: every child that is neither shepherd nor walker. True while there is one. */
static int kill_orphans(void)
{
    static struct family family;
    family_read(&family, 1);
    int found = 0;
    for (size_t i = 0; i < family.count; i++) {
        struct kin *kin = &family.all[i];
        int known = kin->parent != 1 || kin->zombie || kin->pid == 1;
        for (size_t j = 0; j < host.count && !known; j++)
            known = host.children[j].pid == kin->pid && !host.children[j].gone;
        if (known)
            continue;
        found = 1;
        kill(kin->pid, SIGSTOP);
        family_kill(kin->pid);
        kill(kin->pid, SIGKILL);
        family_read(&family, 1);
        i = (size_t)-1;
        struct timespec nap = {0, 1000000};
        nanosleep(&nap, NULL);
        reap();
    }
    return found;
}

/* Goes on with what is being killed and tells the host of what has ended. */
static void settle(void)
{
    if (host.orphans)
        host.orphans = kill_orphans();
    for (size_t i = 0; i < host.count; i++) {
        struct child *child = &host.children[i];
        if (child->killing && !child->gone && child->reports >= 0) {
            family_kill(child->pid);
            kill(child->pid, SIGCONT); /* a stopped shepherd would not reap */
            if (++child->killing > 400)
                kill(child->pid, SIGKILL);
        }
        if (!child->gone || child->reports >= 0 || host.orphans)
            continue;
        uint32_t lost = !child->ended;
        if (child->id)
            wire_send(host.control, child->id, ENDED, &lost, sizeof lost, -1);
        if (child->master >= 0)
            close(child->master);
        host.children[i--] = host.children[--host.count];
    }
}

static int busy(void)
{
    for (size_t i = 0; i < host.count; i++)
        if (host.children[i].killing)
            return 1;
    return host.orphans;
}

_Noreturn static void serve(void)
{
    struct inbox inbox = {0};
    struct pollfd *polled = NULL;
    for (;;) {
        size_t count = host.count;
        if (!(polled = realloc(polled, (count + 2) * sizeof *polled)))
            _exit(70);
        polled[0] = (struct pollfd){host.control, POLLIN, 0};
        polled[1] = (struct pollfd){host.signals, POLLIN, 0};
        for (size_t i = 0; i < count; i++)
            polled[i + 2] = (struct pollfd){host.children[i].reports, POLLIN, 0};
        if (poll(polled, count + 2, busy() ? 5 : -1) < 0 && errno != EINTR)
            _exit(71);
        for (size_t i = 0; i < count; i++)
            if (polled[i + 2].revents && host.children[i].reports >= 0)
                take_reports(&host.children[i]);
        if (polled[1].revents)
            reap();
        settle();
        if (polled[0].revents && !(wire_receive(host.control, &inbox) && take_frames(&inbox)))
            _exit(0);
    }
}

static rlim_t number(const char *text)
{
    unsigned long long value = strtoull(text, NULL, 10);
    return value ? value : RLIM_INFINITY;
}

int main(int argc, char **argv)
{
    sigset_t child_signal;
    open_score(); /* only a dumpable process may */
    prctl(PR_SET_DUMPABLE, 0);
    if (argc < 5)
        return 64;
    host.control = atoi(argv[1]);
    fcntl(host.control, F_SETFD, FD_CLOEXEC);
    host.limits = (struct limits){number(argv[2]), number(argv[3])};
    limit(RLIMIT_CORE, 0);
    if (host.limits.processes != RLIM_INFINITY)
        limit(RLIMIT_NPROC, host.limits.processes + 64); /* so that init can start and end commands under a fork bomb */
    host.abi = landlock_abi();
    char **writable = argv + 4;
    if (!**writable)
        writable++; /* the workspace is read-only for all */
    if ((host.read_only_rules = landlock_rules(host.abi, argv + 5)) >= 0) {
        int rules = landlock_rules(host.abi, writable);
        if (rules < 0 || landlock_enter(rules) < 0)
            return 72;
        close(rules);
        fcntl(host.read_only_rules, F_SETFD, FD_CLOEXEC);
    }
    umask(022);
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, NULL);
    host.signals = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    if (null > 2)
        close(null);
    uint32_t abi = host.abi;
    if (host.signals < 0 || !wire_send(host.control, 0, HELLO, &abi, sizeof abi, -1))
        return 73;
    serve();
}
