"""Git on the host, hardened: whatever a repository contains, git runs nothing from it.

Two ways to run it, and no third:

    Git.own(git_dir)       a git folder that we wrote: its config is ours alone. Everything else is done here,
                           with objects borrowed from elsewhere by `objects` and `alternates`
    Git.foreign(git_dir)   the person's git folder: its config is read by git, so only the few verbs in
                           `FOREIGN_VERBS` may run, and each key in `DANGEROUS` is overridden

Either way the environment is made from nothing: no system or global config, no prompts, no replace refs, no
lazy fetching of missing objects, no protocol allowed but those asked for by `protocols`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pullwright.protocol.errors import FixMachine, FixRepository, PullwrightError
from pullwright.workspace.blocking import current_job, in_thread

DANGEROUS: Mapping[str, str] = {
    # what runs a program
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.pager": "cat",
    "core.editor": "false",
    "core.askPass": "",
    "core.alternateRefsCommand": "false",
    "sequence.editor": "false",
    "diff.external": "",
    "interactive.diffFilter": "",
    "credential.helper": "",
    "gpg.program": "false",
    "gpg.openpgp.program": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "gpg.ssh.defaultKeyCommand": "false",
    "log.showSignature": "false",
    "uploadpack.packObjectsHook": "",
    # what starts background work or goes further than asked
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    # what reads files of the repository's choice
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.useReplaceRefs": "false",
    "mailmap.file": "",
    # what changes how bytes are kept
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "advice.detachedHead": "false",
    "protocol.allow": "never",
}
"""Every key by which a config can make git run, read or fetch what we did not ask for, and its harmless value.

Keys with a name of the repository's choice in the middle (`filter.X.clean`, `diff.X.textconv`, `merge.X.driver`,
`remote.X.uploadpack`, `alias.X`) cannot be listed: the verbs that use them run with `Git.own` only.
"""

FOREIGN_VERBS = frozenset({"rev-parse", "update-ref", "for-each-ref", "symbolic-ref"})
"""What may run where git reads the repository's own config: none of these filters, diffs, fetches or checks out."""


class GitFailed(PullwrightError):
    """Git ended with another exit code than 0. `code`, `stderr` and what was on `stdout` say how."""

    def __init__(self, argv: Sequence[str], code: int, stderr: bytes, stdout: bytes = b"") -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr.decode("utf-8", "replace").strip()
        super().__init__(f"git {argv[0] if argv else ''} failed ({code}): {self.stderr[-500:]}")


class Git:
    """A way to run git in one git folder. Blocking `call` is for worker threads, `run` for the event loop."""

    def __init__(
        self,
        git_dir: Path,
        *,
        foreign: bool,
        objects: Path | None = None,
        work_tree: Path | None = None,
        index: Path | None = None,
        protocols: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.git_dir = git_dir
        self._foreign = foreign
        self.env = _environment(protocols, {**DANGEROUS, **(settings or {})})
        self.env["GIT_DIR"] = str(git_dir)
        if objects is not None:
            self.env["GIT_OBJECT_DIRECTORY"] = str(objects)
        if work_tree is not None:
            self.env["GIT_WORK_TREE"] = str(work_tree)
        if index is not None:
            self.env["GIT_INDEX_FILE"] = str(index)
        self._cwd = work_tree or git_dir

    @classmethod
    def own(
        cls,
        git_dir: Path,
        *,
        objects: Path | None = None,
        work_tree: Path | None = None,
        index: Path | None = None,
        protocols: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Git:
        """Git in a folder made by `make_git_dir`; `settings` are further config values of ours."""
        return cls(
            git_dir, foreign=False, objects=objects, work_tree=work_tree, index=index, protocols=protocols, settings=settings
        )

    @classmethod
    def foreign(cls, git_dir: Path) -> Git:
        """Git in somebody else's git folder, for `FOREIGN_VERBS` alone."""
        return cls(git_dir, foreign=True)

    def call(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        codes: Sequence[int] = (0,),
    ) -> bytes:
        """Run git to its end and return its stdout. Raises `GitFailed` for an exit code that is not in `codes`."""
        if self._foreign and args[0] not in FOREIGN_VERBS:
            raise FixRepository(f"git {args[0]} may not run in a git folder that is not ours")
        job = current_job()
        job.check()
        process = self.start(*args, env=env)
        job.started(process)
        try:
            out, err = process.communicate(stdin)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            job.ended(process)
        if process.returncode not in codes:
            raise GitFailed(args, process.returncode, err, out)
        return out

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start git with pipes at stdin, stdout and stderr; the caller ends it."""
        return subprocess.Popen(
            [program(), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.env, **(env or {})},
            cwd=self._cwd,
            umask=0o022,
        )

    async def run(self, *args: str, stdin: bytes = b"", codes: Sequence[int] = (0,)) -> bytes:
        """The same as `call`, without blocking the event loop. Cancelling kills git."""
        return await in_thread(self.call, *args, stdin=stdin, codes=codes)


@cache
def program() -> str:
    """Where git is. Raises `FixMachine` when there is none."""
    found = shutil.which("git")
    if found is None:
        raise FixMachine("git is not installed", fix="Install git (2.32 or newer), for example: apt install git")
    return found


def _environment(protocols: Sequence[str], settings: Mapping[str, str]) -> dict[str, str]:
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",  # else git finds ~/.config/git/ignore and attributes, whatever GIT_CONFIG_GLOBAL says
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": ":".join(protocols),
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        env[f"GIT_CONFIG_KEY_{number}"] = key
        env[f"GIT_CONFIG_VALUE_{number}"] = value
    return env


OWN_CONFIG = b"""[core]
\trepositoryFormatVersion = 0
\tbare = %s
\tfilemode = true
\tsymlinks = true
\tautocrlf = false
\tcheckStat = minimal
\ttrustctime = false
[gc]
\tauto = 0
"""
# checkStat and trustctime: an overlay, an idmapped mount or a hard link changes device, owner, inode and ctime,
# and git must not take that for an edit.

RAW_ATTRIBUTES = b"* -text !eol -ident !filter !working-tree-encoding\n"
"""Files are kept byte for byte: a repository's attributes convert nothing and run nothing."""


def make_git_dir(folder: Path, *, alternates: Sequence[Path] = (), bare: bool = True, head: str = "refs/heads/main") -> None:
    """Write an empty git folder without starting git. Objects are borrowed from `alternates`."""
    for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "config").write_bytes(OWN_CONFIG % (b"true" if bare else b"false"))
    (folder / "info/attributes").write_bytes(RAW_ATTRIBUTES)
    (folder / "HEAD").write_bytes(f"ref: {head}\n".encode("utf-8", "surrogateescape"))
    if alternates:
        write_alternates(folder / "objects", alternates)


def write_alternates(objects: Path, alternates: Sequence[Path]) -> None:
    """Let an objects folder borrow from others."""
    (objects / "info").mkdir(parents=True, exist_ok=True)
    (objects / "pack").mkdir(exist_ok=True)
    lines = b"".join(os.fsencode(path) + b"\n" for path in alternates)
    (objects / "info/alternates").write_bytes(lines)
