"""Structured logs: one JSON object a line on stderr, with whatever looks like a secret taken out."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable
from typing import TextIO

import msgspec

FIELDS = ("request", "method", "route", "status", "seconds", "address", "user", "key", "worker", "turn", "task", "session")
"""What a record may carry beside its message (`extra`)."""

OUT = "[taken out]"
_SECRETS = (
    re.compile(r"(?i)(?P<led>\b(?:bearer|basic|token)\s+)[A-Za-z0-9+/._~=-]{8,}"),
    re.compile(r"(?i)(?P<led>\b(?:set-)?cookie\"?\s*[:=]\s*\"?)[^\s\"',]+"),
    re.compile(r"(?i)(?P<led>\b(?:authorization|x-csrf-token|x-gitlab-token|x-hub-signature-256)\"?\s*[:=]\s*\"?)[^\s\"',]+"),
    re.compile(r"\b(?:pw|ghp|gho|ghs|ghu|glpat|sk|xox[bp])[_-][A-Za-z0-9_-]{12,}"),
    re.compile(r"(?i)(?P<led>[?&](?:token|code|state|key|secret|password)=)[^&\s\"']+"),
    re.compile(r"(?i)(?P<led>://[^/\s:@]+:)[^@\s/]+(?=@)"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON. `known` are secrets of the server's own that are taken out wherever they stand."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__()
        self.known = tuple(sorted((one for one in known if len(one) >= 6), key=len, reverse=True))

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.clean(record.getMessage()),
        }
        for name in FIELDS:
            if (value := getattr(record, name, None)) not in (None, ""):
                told[name] = self.clean(value) if isinstance(value, str) else value
        if record.exc_info:
            told["exception"] = self.clean(self.formatException(record.exc_info))
        return msgspec.json.encode(told, enc_hook=str).decode()

    def clean(self, text: str) -> str:
        """`text` without what is or looks like a secret."""
        for secret in self.known:
            text = text.replace(secret, OUT)
        for pattern in _SECRETS:
            text = pattern.sub(_without, text)
        return text


def _without(found: re.Match[str]) -> str:
    """What was found without its secret: the words that led to it stay."""
    return (found["led"] if "led" in found.re.groupindex else "") + OUT


def start_logs(*, level: str = "INFO", known: Iterable[str] = (), out: TextIO | None = None) -> None:
    """Send every log of this process to `out` (stderr) as JSON lines."""
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(JsonLines(known))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # the access log is ours
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")
