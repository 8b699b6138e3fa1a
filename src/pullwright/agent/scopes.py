"""What an answer "for the session" covers: said in words that a person can check, and read back from the log.

    commands that begin with `npm test`      a simple command's program and subcommand, in the workspace's own folder
    the command `rm -r build` in `web`       this one, word for word (programs whose arguments are all that matters), and there
    edits of `src/app.py`                    these files
    calls of `add` of the MCP server `sum`   this tool, whatever its arguments

A line of several commands (`npm test 2>&1 | tail -5`) is covered when each of them is, or is one of a few that only read. Never
covered: substitutions, redirections into files, variables in front, interpreters and programs that run other programs,
options by which a harmless one writes or runs what it is told, and what takes more words to say than anybody reads. Nothing
here widens access or the network: what is remembered only saves a question.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from pathlib import PurePosixPath
from typing import Any

import msgspec

from pullwright.protocol.items import Call, CustomCall
from pullwright.protocol.policy import Effect
from pullwright.tools.mcp.names import MCP_CALL, of_a_server, parted

_COMMANDS = "commands that begin with "
_EXACTLY = "the command "
_EDITS = "edits of "
_CALLS = "calls of "
_CALLED = re.compile(r"calls of `([^`]+)` of the MCP server `([^`]+)`\Z")
_SAID = re.compile(r"(commands that begin with |the command )`([^`]+)`(?: in `([^`]+)`)?\Z")
LONGEST = 200
"""Characters of a scope: more is not read before it is allowed, and is asked about each time."""
_SHELL = re.compile(r"[;&|<>$`(){}\[\]*?!\n\r\\#~\0]")
_BETWEEN = re.compile(r"(&&|\|\||;|\|)")
_QUIETED = re.compile(r"(?:\s+(?:2>&1|[12]?> ?/dev/null|&>/dev/null))+\s*\Z")
_SCRATCH = re.compile(r"/(?:tmp|run|dev|proc|var/tmp)(?:/|\Z)")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9:_-]*\Z")
_PATCHED = re.compile(r"^\s*\*\*\* (?:Add File|Update File|Delete File|Move to): (.+?)\s*$", re.MULTILINE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUNS_OTHERS = _words("""
    bash sh zsh dash ksh fish csh tcsh python pypy ruby perl node nodejs deno bun php lua java Rscript awk gawk sed ed vi vim
    env sudo doas su xargs find parallel nice ionice nohup timeout time watch strace ltrace gdb setsid script ssh scp eval exec
    source command builtin busybox make tclsh expect osascript pwsh powershell git npx pnpx bunx uvx pipx uv poetry rye hatch
    docker podman kubectl
    chroot unshare nsenter flock stdbuf taskset chrt numactl setarch setpriv runuser prlimit pkexec systemd-run unbuffer
    rlwrap tmux screen nc ncat netcat socat ftp sftp scp telnet xvfb-run dbus-run-session catchsegv valgrind perf rr
    less more man emacs nano ex view vimdiff nvim gvim m4 sqlite3 psql mysql mawk nawk
    ts-node tsx coffee julia R octave guile racket sbcl clisp ghci runghc runhaskell ocaml elixir iex erl escript scala
    kotlin groovy jshell irb rbenv pyenv nvm asdf mise direnv nix nix-shell nix-build guix ipython jupyter ansible
    entr watchexec nodemon concurrently dotenv just task rake invoke fab gulp grunt
""")
"""Programs whose arguments are programs: what begins alike may do anything."""
_SAFE_WORDS = {"git": _words("add commit stash status diff log show mv rm restore fetch pull")}
"""The subcommands of a program in `_RUNS_OTHERS` that may be remembered all the same."""
_RUN = _words("run exec x dlx start create init script eval shell tool")
"""Subcommands that run what stands behind them, of whatever program: `npm run`, `go run`, `bundle exec`, `coverage run`."""
_TELLS = {"git": _words("--output --upload-pack --receive-pack --exec --ext-diff --textconv --open-files-in-pager --template")}
"""Options by which what may be remembered writes or runs something else. Git takes each by a beginning of its name, too."""
_WHOLE = _words("""
    rm rmdir mv cp ln dd chmod chown chgrp truncate tee install kill pkill killall touch curl wget rsync tar unzip
""")
"""Programs of which only the whole command is remembered."""
_MODULES = _words("pytest unittest mypy ruff black isort flake8 pyright coverage tox nox")
_READERS = _words("cat cut echo grep head ls nl pwd sleep tail tr true wc")
"""Programs that only read, whatever their arguments: they may stand beside what is covered."""
_PATH = re.compile(r"(?:[A-Za-z0-9._-]+/)+")
"""Folders in front of a program, below the working directory."""


class Scope(msgspec.Struct, frozen=True):
    """What is covered: commands by their first words (all of them when `exact`) in the folder `where` (empty: the workspace's
    own), edits by their paths, or calls of a server's tool (`tool` is server and tool). Empty: nothing."""

    words: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    exact: bool = False
    tool: tuple[str, str] | None = None
    where: str = ""

    @property
    def text(self) -> str:
        """For a reader, and for `Scope.read`; empty when nothing is covered."""
        if self.tool:
            return f"{_CALLS}`{self.tool[1]}` of the MCP server `{self.tool[0]}`"
        if self.words:
            where = f" in `{self.where}`" if self.where else ""
            return f"{_EXACTLY if self.exact else _COMMANDS}`{shlex.join(self.words)}`{where}"
        return _EDITS + ", ".join(f"`{path}`" for path in self.paths) if self.paths else ""

    @classmethod
    def read(cls, text: str) -> Scope:
        """The scope that `text` says."""
        if said := _SAID.match(text):
            return cls(words=tuple(shlex.split(said[2])), exact=said[1] == _EXACTLY, where=said[3] or "")
        if called := _CALLED.match(text):
            return cls(tool=(called[2], called[1]))
        if text.startswith(_EDITS):
            return cls(paths=tuple(re.findall(r"`([^`]+)`", text)))
        return cls()

    def covers(self, call: Call, effect: Effect) -> bool:
        """Whether this answer holds for `call` too: for all of its commands, all of its paths."""
        if self.tool:
            return mcp_tool(call) == self.tool
        if effect == "execute" and self.words:
            commands = commands_of(call)
            return bool(commands) and folder_of(call) == self.where and all(self._within(line) for line in commands)
        paths = paths_of(call) if effect == "edit" else []
        return bool(paths) and set(paths) <= set(self.paths)

    def _within(self, line: str) -> bool:
        effects = effects_of(line)
        return bool(effects) and all(self._begins(words) for words in effects)

    def _begins(self, words: list[str]) -> bool:
        if _tells(words) or (len(self.words) == 1 and not self.exact and _RUN.intersection(words)):
            return False
        return tuple(words if self.exact else words[: len(self.words)]) == self.words


def scope_of(call: Call, effect: Effect) -> Scope:
    """The narrowest thing worth remembering about `call`; empty when it must be asked each time."""
    found = _narrowest(call, effect)
    return found if len(found.text) <= LONGEST else Scope()


def _narrowest(call: Call, effect: Effect) -> Scope:
    if tool := mcp_tool(call):
        return Scope(tool=tool)
    if effect == "execute":
        where = folder_of(call)
        scopes = {_head(words) for line in commands_of(call) for words in effects_of(line) or [[]]}
        head = scopes.pop() if len(scopes) == 1 else Scope()
        return msgspec.structs.replace(head, where=where) if head.words and _may_be_named(where) else Scope()
    paths = paths_of(call) if effect == "edit" else []
    return Scope(paths=tuple(paths)) if all("`" not in path and path.isprintable() for path in paths) else Scope()


def _may_be_named(folder: str) -> bool:
    """Whether what runs in a folder is the project's: in the scratch folders a command that only reads, and so never asks, can
    put anything."""
    return folder.isprintable() and "`" not in folder and ".." not in folder.split("/") and not _SCRATCH.match(folder)


def effects_of(line: str) -> list[list[str]]:
    """The commands of a line, each by its words, without those that only read: where all do, the first. None where the shell
    would do more than run them one after the other, and where one that does not only read gets another's output: what it is
    fed (`echo … | tee app.py`, `echo … | patch`) says what it does, and no words of the answer do."""
    found: list[list[str]] = []
    fed = False
    for number, part in enumerate(_BETWEEN.split(line)):  # inside quotes as well; the halves have open quotes then
        if number % 2:
            fed = part == "|"
            continue
        words = _simple(_QUIETED.sub("", part))
        if words is None or (fed and words[0] not in _READERS):
            return []
        found.append(words)
    return [words for words in found if words[0] not in _READERS] or found[:1]


def _simple(command: str) -> list[str] | None:
    """The words of a command without any shell syntax; None for anything more."""
    if _SHELL.search(command):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    return words if words and "=" not in words[0] else None


def _head(words: list[str]) -> Scope:
    """A simple command by the first words that say what it does; empty when no first words do."""
    if not words or _tells(words) or ".." in words[0].split("/"):
        return Scope()
    program = _PATH.sub("", words[0])
    base = re.sub(r"[0-9.]+\Z", "", program)
    if base in {"python", "pypy"} and len(words) > 2 and words[1] == "-m" and words[2] in _MODULES:
        return Scope(words=tuple(words), exact=True) if _RUN.intersection(words[3:4]) else Scope(words=tuple(words[:3]))
    if program != words[0]:  # a file of the project: what it does is known of tools alone
        known = program in _MODULES and not _RUN.intersection(words)
        return Scope(words=(words[0],)) if known else Scope()
    plain = len(words) > 1 and _PLAIN.match(words[1]) is not None
    if program in _READERS:
        return Scope(words=(program,))
    if program in _SAFE_WORDS:
        return Scope(words=tuple(words[:2])) if plain and words[1] in _SAFE_WORDS[program] else Scope()
    if "/" in program or base in _RUNS_OTHERS or program in _RUNS_OTHERS:
        return Scope()
    if program in _WHOLE or (plain and words[1].partition(":")[0] in _RUN):
        return Scope(words=tuple(words), exact=True)
    return Scope(words=tuple(words[:2]) if plain else (program,))


def _tells(words: list[str]) -> bool:
    """Whether an option says what else is to be written or run."""
    options = [word.partition("=")[0] for word in words if word.startswith("--") and len(word) > 3]
    return any(tells.startswith(option) for option in options for tells in _TELLS.get(words[0], ()))


def mcp_tool(call: Call) -> tuple[str, str] | None:
    """Server and tool that a call is for, directly or through `mcp_call`; None for tools of our own."""
    if call.name != MCP_CALL:
        return parted(call.name)
    named = _read(call).get("tool")
    return parted(named) if isinstance(named, str) else None


def _arguments(call: Call) -> dict[str, Any]:
    """The arguments of a tool of ours. What those of a server's tool are called says nothing of what they do."""
    return {} if of_a_server(call.name) else _read(call)


def _read(call: Call) -> dict[str, Any]:
    if isinstance(call, CustomCall):
        return {}
    try:
        read = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def commands_of(call: Call) -> list[str]:
    """The command lines that a call would run; none when it runs none, or when they cannot be read.

    Of `exec` alone: another tool passes over an argument of that name, and does something else.
    """
    found: object = _arguments(call).get("command") if call.name == "exec" else None
    if isinstance(found, str):
        return [found]
    lines: list[object] = found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]
    return [line for line in lines if isinstance(line, str)] if all(isinstance(line, str) for line in lines) else []


def folder_of(call: Call) -> str:
    """The folder that a call's commands run in, as the call names it; empty for the workspace's own."""
    named = _arguments(call).get("cwd") if call.name == "exec" else None
    folder = posixpath.normpath(named) if isinstance(named, str) and named else "."
    return "" if folder == "." else folder


def paths_of(call: Call) -> list[str]:
    """The paths that an edit call would change, as it names them; none when they cannot all be read.

    Each tool's own arguments only: what it passes over must not say what it changes.
    """
    arguments = _arguments(call)
    if call.name == "apply_patch":
        patch = call.input if isinstance(call, CustomCall) else arguments.get("input")
        return sorted({_normal(path) for path in _PATCHED.findall(patch)}) if isinstance(patch, str) else []
    named: list[object] = [arguments["path"]] if "path" in arguments else []
    edits: object = arguments.get("edits") if call.name == "edit" else None
    if isinstance(edits, list):
        named += [edit.get("path") for edit in edits if isinstance(edit, dict) and "path" in edit]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    paths = [path for path in named if isinstance(path, str)]
    return sorted({_normal(path) for path in paths}) if len(paths) == len(named) else []


def _normal(path: str) -> str:
    """`./a//b` as `a/b`; a path that climbs stays as it is and so matches nothing else."""
    return str(PurePosixPath(path))
