"""The tree of errors, named by what the reader does next.

    PullwrightError                 anything that Pullwright raises on purpose; `fix` says what to do
    ├── FixSettings                 a setting, flag or file is wrong: correct it and run again
    │   ├── NotTrusted              the project's configuration asks for more than an untrusted project may
    │   ├── MissingCredential       no key for the provider: sign in or set the variable
    │   ├── WrongField              one field of what was sent; `at` says which
    │   └── SetupFailed             a setup script did not end well; `line` and `log` say where and how
    ├── FixRepository               the repository is not usable as it is (not git, no commits, missing source)
    ├── FixMachine                  the machine lacks something (isolation, git, disk): see `pullwright doctor`
    │   └── NoIsolation             no sandbox can be had here; nothing was run
    ├── TryAgainLater               a passing fault outside: the provider or network did not answer
    │   ├── ModelUnavailable        connection, 408, 409, 429, 5xx, cut streams, after all retries
    │   ├── ModelBusy               429 after all retries; `retry_after` in seconds where known
    │   └── TooMany                 a key's limit for a minute is reached; `retry_after` in seconds
    ├── AskAdministrator            a credential was refused, a quota is spent, a policy forbids it
    │   ├── ModelRefused            401, 403: the provider does not accept the key
    │   ├── Forbidden               the role or the key's scopes do not allow it
    │   └── BudgetSpent             an account's ceiling is reached
    ├── NotSignedIn                 nobody is signed in, or the credential holds no longer
    ├── NotFound                    there is no such thing, or not for the one who asks
    ├── Conflict                    the thing's state does not allow it now, or somebody was first
    ├── ChangeRequest               the provider refuses this request as it is (400, 404, 413, 422)
    │   ├── Unsupported             this upstream cannot do what the request's field `param` asks for
    │   ├── ContextTooLong          the conversation does not fit; compaction may help
    │   └── ContentFiltered         the provider's content filter refused the prompt or the answer
    ├── SandboxLost                 the sandbox died or cannot be reached; the work up to the last checkpoint is safe
    ├── LogConflict                 another writer appended first, or holds a newer generation
    ├── LogDamaged                  a log's middle is unreadable (a torn last line is repaired, not an error)
    └── Bug                         an invariant of ours does not hold: please report it

A failed command is a value, not an error (`sandbox.Finished`); so is a tool call that the model
got wrong (`tools.ToolResult`).
"""

from __future__ import annotations


class PullwrightError(Exception):
    """Anything that Pullwright raises on purpose.

    `str(error)` says what is wrong in one sentence; `fix`, where there is one, says what to do about it.
    """

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class FixSettings(PullwrightError):
    """A setting, flag or file is wrong."""


class NotTrusted(FixSettings):
    """The project's configuration asks for more than an untrusted project may."""


class MissingCredential(FixSettings):
    """No key for the provider is known."""


class WrongField(FixSettings):
    """One field of what was sent cannot be used as it is: `at` is where it stands, as in `$.network.rules[0].host`."""

    def __init__(self, message: str, *, at: str, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.at = at


class SetupFailed(FixSettings):
    """A setup script did not end well. `line` is the script's (0: not known), `log` what it said, without secrets, and
    `log_name` the blob in which that is kept."""

    def __init__(self, message: str, *, fix: str = "", line: int = 0, log: bytes = b"", log_name: str = "") -> None:
        super().__init__(message, fix=fix)
        self.line = line
        self.log = log
        self.log_name = log_name


class FixRepository(PullwrightError):
    """The repository cannot be used as it is."""


class FixMachine(PullwrightError):
    """The machine lacks something; `pullwright doctor` shows what."""


class NoIsolation(FixMachine):
    """No sandbox can be had here, and nothing was run."""


class TryAgainLater(PullwrightError):
    """A passing fault outside Pullwright."""


class ModelUnavailable(TryAgainLater):
    """The provider did not give a whole answer, after all retries. `retry` is false where it says that none is of use, `began`
    where it cannot have begun one: there was no connection, or it refused."""

    retry = True
    began = True


class ModelBusy(ModelUnavailable):
    """The provider says 429, after all retries. `retry_after` is in seconds, None where unknown."""

    def __init__(self, message: str, *, fix: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, fix=fix)
        self.retry_after = retry_after
        self.began = False


class TooMany(TryAgainLater):
    """A limit for a minute is reached: `limits` are its `x-ratelimit-…` headers. `retry_after` is in seconds."""

    def __init__(self, message: str, *, fix: str = "", retry_after: float = 1.0, limits: dict[str, str] | None = None) -> None:
        super().__init__(message, fix=fix)
        self.retry_after = retry_after
        self.limits = limits or {}


class AskAdministrator(PullwrightError):
    """A credential was refused, a quota is spent, or a policy forbids it."""


class ModelRefused(AskAdministrator):
    """The provider does not accept the credential (401, 403)."""


class Forbidden(AskAdministrator):
    """The one who asks may see the thing, but their role or their key's scopes do not allow this."""


class BudgetSpent(AskAdministrator):
    """The ceiling of a key, user, project or the server is reached."""


class NotSignedIn(PullwrightError):
    """No credential was given, or it is wrong, expired or revoked (which of them is not said)."""


class NotFound(PullwrightError):
    """There is no such thing; said also of what the one who asks may not see."""


class Conflict(PullwrightError):
    """The state of the thing does not allow it (it says why), or a name is taken."""


class ChangeRequest(PullwrightError):
    """The provider refuses this request as it is (400, 404, 413, 422). `code` and `param` are its own, where it says them."""

    def __init__(self, message: str, *, fix: str = "", code: str = "", param: str = "", status: int = 400) -> None:
        super().__init__(message, fix=fix)
        self.code = code
        self.param = param
        self.status = status


class Unsupported(ChangeRequest):
    """This upstream cannot do what the field `param` of the request asks for."""


class ContextTooLong(ChangeRequest):
    """The conversation does not fit the model's window."""


class ContentFiltered(ChangeRequest):
    """The provider's content filter refused the prompt or cut the answer."""


class SandboxLost(PullwrightError):
    """The sandbox died or cannot be reached. Work up to the last checkpoint is safe."""


class LogConflict(PullwrightError):
    """Another writer appended first, or holds a newer generation."""


class LogDamaged(PullwrightError):
    """A record in the middle of a log is unreadable."""


class Bug(PullwrightError):
    """An invariant of Pullwright's does not hold."""
