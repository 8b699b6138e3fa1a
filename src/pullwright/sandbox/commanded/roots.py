"""What a container or a gVisor sandbox sees: a root file system, and the folders bound into it.

Without a base root it is a skeleton: the host's /usr read-only, links to it, chosen parts of /etc, and accounts of our own.
An overlay workspace is mounted in a mount namespace that only the sandbox's own program lives in, so that the mount
goes when it goes, however Pullwright ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from pullwright.protocol.errors import FixMachine, FixSettings
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.sandbox.sandbox import Check, SandboxSpec

HOME = "/home/pullwright"
HOLD = "exec 3<&0; echo ready; cat <&3 >/dev/null & wait"
"""The sandbox's first process: lives until our end of its stdin closes, and reaps what is left to it meanwhile."""

_MOUNT = 'mount -t overlay overlay -o "$1" "$2" && shift 2 && exec "$@"'
_LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_CHOSEN = (
    "alternatives", "ca-certificates", "crypto-policies", "ld.so.cache", "localtime", "mime.types", "os-release",
    "pki/ca-trust/extracted", "pki/java", "pki/tls/cert.pem", "pki/tls/certs", "pki/tls/openssl.cnf", "protocols", "services",
    "ssl/certs", "ssl/openssl.cnf", "timezone",
)  # fmt: skip
_ACCOUNTS = {
    "group": "root:x:0:\npullwright:x:{gid}:\n",
    "hosts": "127.0.0.1 localhost pullwright\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\npullwright:x:{uid}:{gid}:Pullwright:" + HOME + ":/bin/bash\n",
    "resolv.conf": "",
}


class Bind(msgspec.Struct, frozen=True):
    """A host path shown inside."""

    source: Path
    at: str
    writable: bool = False


class Layout(msgspec.Struct, frozen=True):
    """A root file system, what is bound into it, and who owns the workspace."""

    root: Path
    own_root: bool
    binds: tuple[Bind, ...]
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def read_only(self, at: str) -> Layout:
        """The same with everything at and below the workspace read-only."""
        closed = (Bind(bind.source, bind.at) if bind.at == at or bind.at.startswith(at + "/") else bind for bind in self.binds)
        return msgspec.structs.replace(self, binds=tuple(closed), prefix=())


def lay_out(spec: SandboxSpec) -> Layout:
    """Make the folders that a sandbox needs below `spec.folder`. Raises `FixSettings`, `FixMachine`."""
    tree = spec.tree
    owner = (tree.lowers[0] if isinstance(tree, OverlayTree) else tree.path).stat()
    for name in ("home", "tmp"):
        (spec.folder / name).mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(spec.folder / name, owner.st_uid, owner.st_gid)
    home, prefix = _home(spec, owner)
    binds = [Bind(home, HOME, writable=True), Bind(spec.folder / "tmp", "/tmp", writable=True)]  # noqa: S108 - inside
    if isinstance(tree, OverlayTree):
        merged = spec.folder / "merged"
        merged.mkdir(exist_ok=True)
        prefix += _overlay(tree, merged)
        binds.append(Bind(merged, spec.at, writable=spec.access != "read-only"))
        binds += [Bind(path, str(path)) for path in tree.alternates]
    else:
        binds += _plain(tree, spec)
    binds += [Bind(mount.path, mount.at or str(mount.path), mount.writable) for mount in spec.mounts]
    if spec.base_root is None:
        binds = [*_of_host(), *binds]
    root = spec.base_root or _skeleton(spec.folder / "root", owner.st_uid, owner.st_gid, binds)
    ordered = sorted(binds, key=lambda bind: bind.at.count("/"))
    return Layout(root, spec.base_root is None, tuple(ordered), owner.st_uid, owner.st_gid, prefix)


def _home(spec: SandboxSpec, owner: os.stat_result) -> tuple[Path, tuple[str, ...]]:
    """The home's folder; over what it begins with, a merged one and what to put before a program that is to see it."""
    home = spec.folder / "home"
    if not spec.home:
        return home, ()
    for name in ("upper", "work"):
        (home / name).mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(home / name, owner.st_uid, owner.st_gid)
    merged = spec.folder / "merged-home"
    merged.mkdir(exist_ok=True)
    return merged, _overlay(OverlayTree(lowers=spec.home, upper=home / "upper", work=home / "work"), merged)


def clear(spec: SandboxSpec) -> None:
    """Remove what `lay_out` made; not the overlay's upper, nor a home that is kept."""
    for name in ("home", "tmp", "root", "merged", "merged-home", "bundle", "control"):
        if name != "home" or not spec.keep_home:
            shutil.rmtree(spec.folder / name, ignore_errors=True)


def program_check(name: str, *, fix: str) -> Check:
    """A line of `doctor` about a program that a backend needs."""
    found = shutil.which(name)
    return Check(name, found is not None, found or "not installed", "" if found else fix, required=False)


def need(*names: str, fix: str) -> str:
    """The first of these programs that is there. Raises `FixMachine`."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise FixMachine(f"{' or '.join(names)} is not installed", fix=fix)


def _plain(tree: PlainTree, spec: SandboxSpec) -> list[Bind]:
    """The folder itself. What has a mount on it cannot be moved away: the folders on the way to a protected path get one, too."""
    there = [name for name in tree.protect if (tree.path / name).exists()]
    above = {str(path) for name in there for path in PurePosixPath(name).parents} - {".", *there}
    writable = spec.access != "read-only"
    parts = [Bind(tree.path / name, f"{spec.at}/{name}", writable=writable and name in above) for name in (*above, *there)]
    shown = [Bind(path, str(path)) for path in tree.shown]
    instead = [Bind(copy, tree.inside(path, spec.at)) for path, copy in tree.instead]
    return [Bind(tree.path, spec.at, writable=writable), *parts, *shown, *instead]


def _overlay(tree: OverlayTree, merged: Path) -> tuple[str, ...]:
    """What to put before a program so that it sees the overlay at `merged`, alone. Needs root, as mounting does."""
    if os.geteuid() != 0:
        raise FixSettings(
            "this backend can mount an overlay only as root", fix="use the linux backend, or run Pullwright's worker as root"
        )
    lowers = ":".join(_escaped(path) for path in tree.lowers)
    options = f"lowerdir={lowers},upperdir={_escaped(tree.upper)},workdir={_escaped(tree.work)}"
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh", options, str(merged))


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _of_host() -> Iterator[Bind]:
    yield Bind(Path("/usr"), "/usr")
    for name in _CHOSEN:
        if (path := Path("/etc", name)).exists():
            yield Bind(path.resolve(), f"/etc/{name}")


def _skeleton(root: Path, uid: int, gid: int, binds: Sequence[Bind]) -> Path:
    """An empty root with the host's links to /usr, our accounts, and a place for each bind."""
    shutil.rmtree(root, ignore_errors=True)
    for name in ("etc", "proc", "dev", "sys", "run/pullwright", "var/tmp", "root"):
        (root / name).mkdir(parents=True)
    for name in _LINKED:
        if (host := Path("/", name)).is_symlink():
            (root / name).symlink_to(host.readlink())
    for name, text in _ACCOUNTS.items():
        (root / "etc" / name).write_text(text.format(uid=uid or 1000, gid=gid or 1000))
    for bind in binds:
        place = root / bind.at.lstrip("/")
        if any(outer.at != bind.at and bind.at.startswith(outer.at + "/") for outer in binds):
            continue
        if bind.source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        else:
            place.mkdir(parents=True, exist_ok=True)
    return root
