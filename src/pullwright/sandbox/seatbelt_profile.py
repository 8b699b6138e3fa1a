"""Profiles of macOS's sandbox (SBPL): written for a spec, and read back to check what they allow.

The language is a kind of Scheme; rules are read from the top, and the last one that matches decides. A profile of ours
starts with `(deny default)`, then opens what programs need, then what this sandbox may see, and closes what is protected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.sandbox import SandboxSpec

Expression = str | list["Expression"]

_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/System",
    "/Library/Frameworks",
    "/Library/Developer",
    "/opt/homebrew",
    "/private/etc/ssl",
    "/dev",
)
_SYSTEM_FILES = (
    "/private/etc/hosts",
    "/private/etc/passwd",
    "/private/etc/protocols",
    "/private/etc/services",
    "/private/etc/localtime",
)
_ABOVE = ("/", "/private", "/private/var", "/etc", "/tmp")  # noqa: S108 - macOS's own links
_DEVICES = ("/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/random", "/dev/urandom")
_SERVICES = ("com.apple.system.notification_center", "com.apple.system.logger", "com.apple.system.opendirectoryd.libinfo")


def profile(spec: SandboxSpec, proxy_port: int, *, read_only: bool) -> str:
    """The profile of a sandbox. `proxy_port` is the one loopback port that may be connected to, 0 for none."""
    assert isinstance(spec.tree, PlainTree), "an overlay is refused before"
    workspace = spec.tree.path
    private = [spec.folder / "home", spec.folder / "tmp"]
    readable = [Path(path) for path in _SYSTEM] + [mount.path for mount in spec.mounts] + [workspace, *spec.tree.shown, *private]
    if proxy_port:
        readable.append(spec.folder / "egress")
    may_write = not (read_only or spec.access == "read-only")
    writable = [*private, *([workspace] if may_write else []), *(mount.path for mount in spec.mounts if mount.writable)]
    lines = [
        "(version 1)",
        "(deny default)",
        "(allow process-exec process-fork)",
        "(allow signal (target same-sandbox))",
        "(allow sysctl-read)",
        f"(allow mach-lookup {' '.join(f'(global-name {_quoted(name)})' for name in _SERVICES)})",
        f"(allow file-read-metadata {_all('literal', _ABOVE)})",
        f"(allow file-read* {_all('literal', _SYSTEM_FILES)})",
        f"(allow file-read* {_all('subpath', readable)})",
        f"(allow file-write-data file-ioctl {_all('literal', _DEVICES)})",
        f"(allow file-write* {_all('subpath', writable)})",
    ]
    if may_write and spec.tree.protect:
        lines.append(f"(deny file-write* {_all('subpath', [workspace / name for name in spec.tree.protect])})")
    if spec.tree.instead:  # nothing can be put in its place here: what holds a credential is not read at all
        lines.append(f"(deny file-read* {_all('literal', [path for path, _ in spec.tree.instead])})")
    if proxy_port:
        lines.append(f'(allow network-outbound (remote ip "localhost:{proxy_port}"))')
    lines.append('(allow network-bind network-inbound (local ip "localhost:*"))')
    return "\n".join(lines) + "\n"


def parse(text: str) -> list[Expression]:
    """A profile as nested lists of words. Raises `ValueError` where brackets or quotes do not match."""
    top: list[Expression] = []
    stack: list[list[Expression]] = [top]
    for word in _words(text):
        if word == "(":
            inner: list[Expression] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif word == ")":
            if len(stack) == 1:
                raise ValueError("a bracket closes that was not opened")
            stack.pop()
        else:
            stack[-1].append(word)
    if len(stack) != 1:
        raise ValueError("a bracket is not closed")
    return top


class Profile:
    """A profile read back: which operation on which path or address it allows. Knows the part of the language that we write."""

    def __init__(self, text: str) -> None:
        self._rules: list[tuple[bool, list[str], list[list[str]]]] = []
        for rule in parse(text):
            if not isinstance(rule, list) or not rule or rule[0] == "version":
                continue
            filters = [[str(word) for word in part] for part in rule if isinstance(part, list)]
            operations = [part for part in rule[1:] if isinstance(part, str)]
            if rule[0] not in ("allow", "deny") or not operations:
                raise ValueError(f"not a rule: {rule!r}")
            self._rules.append((rule[0] == "allow", operations, filters))

    def allows(self, operation: str, target: str = "") -> bool:
        """Whether an operation (`file-write-create`) on a path, `host:port` or name is allowed: the last match decides."""
        verdict = False
        for allow, operations, filters in self._rules:
            if any(_covers(pattern, operation) for pattern in operations) and (
                not filters or any(_matches(each, target) for each in filters)
            ):
                verdict = allow
        return verdict


def _covers(pattern: str, operation: str) -> bool:
    return pattern in ("default", operation) or (pattern.endswith("*") and operation.startswith(pattern[:-1]))


def _matches(filter_: list[str], target: str) -> bool:
    kind, value = filter_[0], _unquoted(filter_[-1])
    if kind == "subpath":
        return PurePosixPath(target).is_relative_to(value)
    if kind in ("remote", "local"):
        return value == target or (value.endswith(":*") and target.startswith(value[:-1]))
    if kind in ("literal", "global-name", "target"):
        return value == target
    raise ValueError(f"an unknown filter: {filter_!r}")


def _words(text: str) -> Iterator[str]:
    at = 0
    pattern = re.compile(r'\s+|;[^\n]*|([()])|("(?:[^"\\]|\\.)*")|([^\s()";]+)')
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            raise ValueError(f"a quote is not closed at {at}")
        if match.lastindex:
            yield match[match.lastindex]
        at = match.end()


def _all(kind: str, paths: Iterable[str | Path]) -> str:
    return " ".join(f"({kind} {_quoted(str(path))})" for path in dict.fromkeys(paths))


def _quoted(text: str) -> str:
    """A string of the language. Raises `ValueError` for a path with a control character: none is worth the risk."""
    if any(letter < " " for letter in text):
        raise ValueError(f"{text!r} cannot be written into a profile")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
