/* How host and init talk: frames over one AF_UNIX stream, descriptors beside them (SCM_RIGHTS).
 *
 *   frame    u32 size of what follows the header | u32 id | u16 op | u16 descriptors | payload
 *   string   bytes, then one NUL
 *
 * The same table is in linux/control.py. Byte order and alignment are the machine's: both ends are on one machine.
 */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    EXEC = 1,  /* u32 flags, u16 columns, u16 rows, u32 argc, u32 envc, cwd, argv…, env…; descriptors 0 1 2 unless a terminal */
    SIGNAL,    /* u32 command, i32 signal: to the foreground group of its terminal, or to its own group */
    KILL,      /* u32 command: its whole tree */
    OPEN,      /* i32 flags, u32 mode, path -> descriptor */
    STAT,      /* u32 follow, path -> struct file_stat */
    REMOVE,    /* path */
    FOLDERS,   /* path: make it and its parents */
    RENAME,    /* from, to */
    LISTEN,    /* u32 port -> descriptor, on 127.0.0.1 */
    CONNECT,   /* u32 family (4 or 6), u32 port -> descriptor, perhaps still connecting */
    TREE,      /* u32 limit, path; one descriptor that gets NUL-ended relative paths */
    RESOLVE,   /* path -> the path without links */
    DONE = 100, /* i32 errno, then the answer */
    HELLO,      /* u32 landlock ABI */
    FAILED,     /* i32 errno: the command was not started */
    EXITED,     /* i32 wait status, u32 cpu milliseconds, u64 peak resident kilobytes */
    ENDED,      /* u32 lost: nothing of the command's tree is left */
};

struct header {
    uint32_t size, id;
    uint16_t op, fds;
};

struct file_stat {
    uint32_t mode, links;
    uint64_t size;
    int64_t mtime_ns;
};

#define FDS_MAX 8
#define FRAME_MAX (64u << 20)

/* Sends one frame whole; false when the host is gone. */
static int wire_send(int socket, uint32_t id, uint16_t op, const void *data, uint32_t size, int fd)
{
    struct header header = {size, id, op, fd >= 0};
    struct iovec parts[2] = {{&header, sizeof header}, {(void *)data, size}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    for (;;) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return 0;
        message.msg_control = NULL;
        message.msg_controllen = 0;
        while (message.msg_iovlen && (size_t)sent >= message.msg_iov->iov_len) {
            sent -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (!message.msg_iovlen)
            return 1;
        message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
        message.msg_iov->iov_len -= sent;
    }
}

static int wire_done(int socket, uint32_t id, int error, int fd)
{
    int32_t code = error;
    return wire_send(socket, id, DONE, &code, sizeof code, fd);
}

/* What has arrived and is not yet taken. */
struct inbox {
    char *bytes;
    size_t used, room;
    int fds[64];
    size_t held;
};

/* Reads what is there; false when the host is gone or misbehaves. */
static int wire_receive(int socket, struct inbox *inbox)
{
    if (inbox->room - inbox->used < 65536) {
        inbox->room = inbox->room * 2 + 131072;
        if (inbox->room > 2 * (size_t)FRAME_MAX || !(inbox->bytes = realloc(inbox->bytes, inbox->room)))
            return 0;
    }
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
    } control;
    struct iovec part = {inbox->bytes + inbox->used, inbox->room - inbox->used};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0)
        return 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (inbox->held + count > sizeof inbox->fds / sizeof *inbox->fds)
            return 0;
        memcpy(inbox->fds + inbox->held, CMSG_DATA(part), count * sizeof(int));
        inbox->held += count;
    }
    inbox->used += got;
    return 1;
}

/* Reads fields of a payload in order; `bad` once one was not there. */
struct reader {
    const char *at, *end;
    int bad;
};

static uint32_t read_u32(struct reader *reader)
{
    uint32_t value = 0;
    if (reader->end - reader->at < 4)
        reader->bad = 1;
    else
        memcpy(&value, reader->at, 4), reader->at += 4;
    return value;
}

static const char *read_string(struct reader *reader)
{
    const char *start = reader->at, *end = reader->bad ? NULL : memchr(start, 0, reader->end - start);
    if (!end) {
        reader->bad = 1;
        return "";
    }
    reader->at = end + 1;
    return start;
}
