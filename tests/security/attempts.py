"""The hostile attempts, as data: each is a piece of Python that prints WON when it got what it wanted.

`harm` runs inside and must fail. As its own control the same piece runs outside, where that guard is missing, and must win:
as the same user (`OUTSIDE`), or with all capabilities in namespaces of its own (`CAPABLE`), which is what an ordinary
user can give itself where nobody forbids it. What the pieces aim at is in `world` (scene.py).
"""

# ruff: noqa: E501 (a table: an attempt is a row)

from __future__ import annotations

from typing import NamedTuple

OUTSIDE, CAPABLE = "outside", "capable"


class Attempt(NamedTuple):
    """One attempt. `users` are those whose control can win at all."""

    name: str
    harm: str
    control: str = OUTSIDE
    users: tuple[str, ...] = ("root", "ordinary")


ROOT = ("root",)

PREAMBLE = """
import ctypes, errno, json, mmap, os, resource, signal, socket, struct, subprocess, sys, time
world = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(*arguments):
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def won(): print("WON", flush=True)
def read(path): return open(path, "rb").read()
def wait_until(check):
    for _ in range(100):
        if check(): return True
        time.sleep(0.02)
    return False
def alive(pid):
    try: return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except OSError: return False
"""

FILES = [
    Attempt("read a key in the home", "if b'PRIVATE' in read(world['key']): won()"),
    Attempt("read Pullwright's own log", "if b'turn' in read(world['log']): won()"),
    Attempt("read another attempt's files", "if b'theirs' in read(world['other']): won()"),
    Attempt("read the shadow file", "if b'root:' in read('/etc/shadow'): won()", users=ROOT),
    Attempt("read a key through a link", "os.symlink(world['key'], 'link')\nif b'PRIVATE' in read('link'): won()"),
    Attempt("hard-link a key into the workspace", "os.link(world['key'], world['here'] + '/linked')\nif b'PRIVATE' in read('linked'): won()"),
    Attempt("read a key through /proc/self/root", "if b'PRIVATE' in read('/proc/self/root' + world['key']): won()"),
    Attempt("climb out of a working directory", "if b'PRIVATE' in read('../' * 40 + world['key'].lstrip('/')): won()"),
    Attempt("see a host process", "if b'sleep' in read(f\"/proc/{world['victim']}/cmdline\"): won()"),
    Attempt("read a host process's environment", "if b'VICTIM_SECRET' in read(f\"/proc/{world['victim']}/environ\"): won()"),
    Attempt("find host processes by listing", "if str(world['victim']) in os.listdir('/proc') and b'VICTIM_SECRET' in read(f\"/proc/{world['victim']}/environ\"): won()"),
    Attempt("write a file outside", "open(world['target'], 'w').write('harm'); won()"),
    Attempt("write outside through a link", "os.symlink(world['target'], 'out')\nopen('out', 'w').write('harm'); won()"),
    Attempt("write into a read-only mount", "open(world['mount'] + '/harm', 'w').write('harm'); won()"),
    Attempt("change the mode of a read-only mount's file", "os.chmod(world['mount'] + '/tool', 0o777); won()"),
    Attempt("write into /usr", "open('/usr/share/pullwright-harm', 'w').write('x'); os.remove('/usr/share/pullwright-harm'); won()", users=ROOT),
    Attempt("write into /etc", "open('/etc/pullwright-harm', 'w').write('x'); os.remove('/etc/pullwright-harm'); won()", users=ROOT),
    Attempt("make a device", "os.mknod('disk', 0o60600, os.makedev(7, 0)); os.remove('disk'); won()", users=ROOT),
    Attempt("open a file by its handle", "handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0), 136); mount = ctypes.c_int()\ncall(303, -100, world['here'].encode(), handle, ctypes.byref(mount), 0); won()"),
]  # fmt: skip

PRIVILEGES = [
    Attempt("trace a process of its own", "child = os.fork()\nif not child: time.sleep(60); os._exit(0)\ntry:\n    call(101, 0x4206, child, 0, 0); won()\nfinally: os.kill(child, 9)"),
    Attempt("read a process's memory", "child = os.fork()\nif not child: time.sleep(60); os._exit(0)\nbuffer = ctypes.create_string_buffer(b'abcd'); local = ctypes.create_string_buffer(16)\nlocal_io = (ctypes.c_size_t * 2)(ctypes.addressof(local), 4); remote = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 4)\ntry:\n    call(310, child, local_io, 1, remote, 1, 0); won()\nfinally: os.kill(child, 9)"),
    Attempt("mount a file system", "os.mkdir('m')\nif libc.mount(b'none', b'm', b'tmpfs', 0, b'') == 0: won()", CAPABLE),
    Attempt("mount with the new calls", "fd = call(430, b'tmpfs', 0); won()", CAPABLE),
    Attempt("unmount what hides things", "if libc.umount2(b'/proc', 2) == 0: won()", CAPABLE),
    Attempt("change the root", "os.chroot('/usr'); won()", CAPABLE),
    Attempt("clone a mount tree", "call(428, -100, b'/usr', 1); won()", CAPABLE),
    Attempt("make a user namespace", "call(272, 0x10000000); won()"),
    Attempt("make a user namespace with clone", "pid = call(56, 0x10000000 | 17, 0, 0, 0, 0)\nif pid == 0: os._exit(0)\nwon()"),
    Attempt("make a user namespace with clone3", "arguments = struct.pack('8Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0)\npid = call(435, arguments, 64)\nif pid == 0: os._exit(0)\nwon()"),
    Attempt("make a network namespace", "call(272, 0x40000000); won()", CAPABLE),
    Attempt("enter a namespace", "call(308, os.open('/proc/self/ns/uts', os.O_RDONLY), 0); won()", CAPABLE),
    Attempt("make a set-user-id file", "open('suid', 'w').close(); os.chmod('suid', 0o4755)\nif os.stat('suid').st_mode & 0o4000: won()"),
    Attempt("make a set-group-id file", "open('sgid', 'w').close(); os.chmod('sgid', 0o2755)\nif os.stat('sgid').st_mode & 0o2000: won()"),
    Attempt("open a file set-user-id", "os.umask(0); os.open('suid', os.O_CREAT | os.O_WRONLY, 0o4755)\nif os.stat('suid').st_mode & 0o4000: won()"),
    Attempt("open a file set-user-id with openat2", "os.umask(0); call(437, -100, b'suid', struct.pack('3Q', os.O_CREAT | os.O_WRONLY, 0o4755, 0), 24)\nif os.stat('suid').st_mode & 0o4000: won()"),
    Attempt("become root through a set-user-id program", "said = subprocess.run([world['suid'], '-u'], capture_output=True, text=True, user=world['nobody']).stdout\nif said.strip() == '0': won()", users=ROOT),
    Attempt("gain new privileges", "if b'NoNewPrivs:\\t0' in read('/proc/self/status'): won()"),
    Attempt("keep a capability", "if b'CapEff:\\t0000000000000000' not in read('/proc/self/status'): won()", CAPABLE),
    Attempt("read the kernel's keys", "call(250, 0, -3, 1); won()"),
    Attempt("add a key", "call(248, b'user', b'pullwright', b'x', 1, -2); won()"),
    Attempt("load a BPF program", "call(321, 0, struct.pack('IIIII', 2, 4, 4, 1, 0) + bytes(100), 72); won()", users=ROOT),
    Attempt("submit I/O past the filter", "call(425, 4, ctypes.create_string_buffer(120)); won()"),
    Attempt("handle its own page faults", "call(323, 1 | os.O_CLOEXEC); won()"),
    Attempt("change its personality", "call(135, 0x0400000); won()"),
    Attempt("call the kernel as a 32-bit program", "code = mmap.mmap(-1, 4096, prot=7); code.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\nget = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))\nif get() == os.getpid(): won()"),
    Attempt("set the clock", "call(227, 0, struct.pack('qq', 0, -1))", users=()),
    Attempt("rename the host", "libc.sethostname(b'harm', 4) == 0 and won()", CAPABLE),
]  # fmt: skip

NETWORK = [
    Attempt("reach a service on the host's loopback", "s = socket.create_connection(('127.0.0.1', world['port']), 3); won()"),
    Attempt("reach a service on the host's IPv6 loopback", "s = socket.create_connection(('::1', world['port6']), 3); won()"),
    Attempt("reach a private address", "s = socket.create_connection((world['address'], world['address_port']), 3); won()"),
    Attempt("connect to an abstract socket", "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + world['abstract']); won()"),
    Attempt("connect to a host's unix socket", "s = socket.socket(socket.AF_UNIX); s.connect(world['unix']); won()"),
    Attempt("send a datagram to the host", "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect((world['address'], 9)); s.send(b'x'); won()"),
    Attempt("open a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); won()", CAPABLE),
    Attempt("open a packet socket", "socket.socket(17, socket.SOCK_RAW, 0x300); won()", CAPABLE),
    Attempt("open a socket to the hypervisor", "socket.socket(40, socket.SOCK_STREAM, 0); won()"),
    Attempt("listen to the kernel's events", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15).bind((0, 1)); won()"),
]  # fmt: skip

PROCESSES = [
    Attempt("kill a host process", "os.kill(world['victim'], 0)\nif b'sleep' in read(f\"/proc/{world['victim']}/cmdline\"): os.kill(world['victim'], signal.SIGCONT); won()"),
    Attempt("type into the terminal that it came from", "master, slave = os.openpty(); pid = os.fork()\nif not pid:\n    os.setsid(); import fcntl\n    fcntl.ioctl(slave, 0x540E, 0); fcntl.ioctl(slave, 0x5412, b'x'); won(); os._exit(0)\nos.waitpid(pid, 0)", users=ROOT),
    Attempt("take over a process by its descriptor", "child = os.fork()\nif not child: time.sleep(60); os._exit(0)\ntry:\n    call(438, os.pidfd_open(child), 1, 0); won()\nfinally: os.kill(child, 9)"),
]  # fmt: skip

# Against the init: `parent` is PID 1 inside; outside it is an ordinary process that keeps a secret descriptor.
INIT = [
    Attempt("kill the init", "os.kill(world['init'], 9)\nif wait_until(lambda: not alive(world['init'])): won()"),
    Attempt("stop the init", "os.kill(world['init'], signal.SIGSTOP); time.sleep(0.1)\nif open(f\"/proc/{world['init']}/stat\").read().rpartition(')')[2].split()[0] == 'T': won()"),
    Attempt("trace the init", "call(101, 0x4206, world['init'], 0, 0); won()"),
    Attempt("open the init's memory", "open(f\"/proc/{world['init']}/mem\", 'rb'); won()"),
    Attempt("look at the init's descriptors", "if os.listdir(f\"/proc/{world['init']}/fd\"): won()"),
    Attempt("take the init's descriptor", "call(438, os.pidfd_open(world['init']), 0, 0); won()"),
    Attempt("read the init's environment", "read(f\"/proc/{world['init']}/environ\"); won()"),
    Attempt("lower the init's chance to live", "open(f\"/proc/{world['init']}/oom_score_adj\", 'w').write('1000'); won()"),
]  # fmt: skip

ATTEMPTS = [attempt for attempt in (*FILES, *PRIVILEGES, *NETWORK, *PROCESSES, *INIT) if attempt.users]
