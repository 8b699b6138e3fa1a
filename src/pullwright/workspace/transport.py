"""Git over the network on Pullwright's own account: which addresses, with which credential, and what a failure means.

A credential reaches git through its environment alone, as a header that is bound to the address's own host and port. It is
never part of a command line, an address, a config file or a message, and no redirect is followed while there is one.
"""

from __future__ import annotations

import base64
import os
import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from pullwright.protocol.errors import AskAdministrator, FixRepository, FixSettings, PullwrightError, TryAgainLater
from pullwright.workspace.git import Git, GitFailed

NETWORK = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
"""What of the host's environment says how the network is reached."""

STALLED = {"http.lowSpeedLimit": "100", "http.lowSpeedTime": "60", "http.version": "HTTP/1.1"}
"""A transfer that stands still for a minute has failed. HTTP/1.1: git servers behind proxies break long HTTP/2 pushes."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A user name and password (mostly a token) for git over https. `expires` in Unix seconds, 0 for never.

    `over_http`: whoever set up the connection chose an address without TLS, so that it may be sent there.
    """

    username: str
    password: str
    expires: float = 0.0
    over_http: bool = False

    def __repr__(self) -> str:
        return f"Credential({self.username!r}, …)"

    @property
    def header(self) -> str:
        """The value of the `Authorization` header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    def hide(self, text: str) -> str:
        """The text without the secret."""
        for secret in (self.password, self.header.removeprefix("Basic ")):
            text = text.replace(secret, "[credential]") if secret else text
        return text


class PushRefused(AskAdministrator):
    """The other side declined the push: a protected branch, a missing right, a hook. The message has its own reason."""


class BranchMoved(PullwrightError):
    """The branch is not where the lease says: somebody else has pushed. Nothing was changed."""


def own_git(git_dir: Path, url: str, credential: Credential | None, *, local: bool) -> Git:
    """Git that may reach `url`'s kind of address alone. Raises `FixSettings` for an address that is not allowed."""
    kind = check(url, credential, local=local)
    settings = {f"protocol.{kind}.allow": "always", **STALLED}
    if credential is not None and kind != "file":
        parts = urlsplit(url)
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: {credential.header}"
        settings["http.followRedirects"] = "false"
    return Git.own(git_dir, protocols=(kind,), settings=settings)


def check(url: str, credential: Credential | None, *, local: bool) -> str:
    """The address's protocol: https, http or file. Raises `FixSettings` for any other, and for one that carries a secret."""
    if "://" not in url:
        if local and Path(url).is_absolute():
            return "file"
        raise FixSettings(f"{_short(url)} is not an address that Pullwright fetches from", fix="Give it as https://…")
    parts = urlsplit(url)
    if parts.scheme == "file" and local and not parts.netloc:
        return "file"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise FixSettings(f"{_short(url)} is not an address that Pullwright fetches from", fix="Give it as https://…")
    if parts.username is not None or parts.password is not None:
        raise FixSettings(
            f"the address of the repository at {parts.hostname} has a user name or password in it",
            fix="Leave it out of the address and give it to the connection, where it is kept encrypted.",
        )
    if credential is not None and parts.scheme == "http" and not credential.over_http and not _loopback(parts.hostname):
        raise FixSettings(f"{_short(url)} has no TLS, and the credential would be readable on the way", fix="Use https://…")
    return parts.scheme


def network() -> dict[str, str]:
    """How this machine reaches the network."""
    return {name: os.environ[name] for name in NETWORK if name in os.environ}


def failure(error: GitFailed, url: str, credential: Credential | None) -> PullwrightError:
    """What git's complaint means for the reader. Fetching and asking; `refusal` knows more about pushes."""
    said = error.stderr if credential is None else credential.hide(error.stderr)
    where = _short(url)
    for pattern, kind, fix in MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            return kind(f"{where}: {_last(said)}", fix=fix)
    return TryAgainLater(f"{where} could not be reached: {_last(said)}")


def refusal(error: GitFailed, out: bytes, url: str, branch: str, credential: Credential | None) -> PullwrightError:
    """What a push that failed means; `out` is its answer in git's porcelain format."""
    for line in out.decode("utf-8", "replace").splitlines():
        if not line.startswith("!"):
            continue
        why = line.rsplit("\t", 1)[-1]
        if re.search(r"stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to update ref", why):
            return BranchMoved(
                f"branch {branch} at {_short(url)} was changed by somebody else: {why}", fix="Fetch, and look again."
            )
        said = error.stderr if credential is None else credential.hide(error.stderr)
        more = " ".join(line[8:].strip() for line in said.splitlines() if line.startswith("remote: "))
        edited = re.search(r"(unstaged|staged) changes|working directory|checked out", why, re.IGNORECASE)
        return PushRefused(
            f"{_short(url)} refused the push to {branch}: {' '.join((why, more)).strip()[:1000]}",
            fix="Commit or stash what is edited there, then do it again; or merge the task's branch with git."
            if edited
            else "Let the account push to this branch, or choose another branch prefix for the project.",
        )
    return failure(error, url, credential)


MEANINGS: tuple[tuple[str, type[PullwrightError], str], ...] = (
    (
        r"authentication failed|could not read username|askpass|returned error: 40[13]|denied to|http basic",
        AskAdministrator,
        "The forge does not accept the connection's credential for this repository: renew it, or give it the right.",
    ),
    (
        r"couldn't find remote ref|remote ref does not exist",
        FixRepository,
        "See that the branch is still there.",
    ),
    (
        r"repository .*not found|returned error: 404|does not appear to be a git repository|not valid: is this a git repository",
        FixRepository,
        "See that the address is right and that the connection's account may read the repository.",
    ),
    (
        r"returned error: 30\d|redirect",
        FixSettings,
        "The repository has moved: give the project its new address.",
    ),
    (r"dubious ownership", FixRepository, "Give the repository's folder to the user that runs Pullwright."),
    (r"ssl certificate|certificate verif", FixSettings, "Name your company's certificates in GIT_SSL_CAINFO."),
)
"""Git's words, what kind of error they are, and what to do."""


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _short(url: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"//[^/@]*@", "//", url)[:200]


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    return " ".join(lines)[-400:] if lines else "git gave no reason"
