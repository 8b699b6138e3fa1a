"""A web page as text, fetched inside the sandbox: so the egress policy decides, as for any command."""

from __future__ import annotations

import re

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.sandbox.sandbox import Command
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.exec import exec_reading
from pullwright.tools.output import bounded, honoured, keep_path
from pullwright.tools.page import page_text
from pullwright.tools.tool import Bench, ToolResult

_LARGEST = 5 << 20
_TIMEOUT = 60.0
_TRAILER = re.compile(rb"\n@@ (\d{3}) (\S*) ?([^\n]*)\n?\Z")
_CURL = ("curl", "-sSL", "--max-redirs", "10", "--max-filesize", str(_LARGEST), "-w")
_FORMAT = "\n@@ %{http_code} %{url_effective} %{content_type}\n"
_PYTHON = """
import sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], headers={"User-Agent": "pullwright"})
try:
    answer = urllib.request.urlopen(request, timeout=50)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    sys.exit(str(error))
sys.stdout.buffer.write(answer.read(int(sys.argv[2])))
sys.stdout.buffer.write(f"\\n@@ {answer.status} {answer.url} {answer.headers.get('content-type', '')}\\n".encode())
"""


class _Arguments(msgspec.Struct):
    url: str
    limit: int | None = None


class Fetch:
    """`fetch`: a page by GET, HTML as text. Offered only when the network policy allows anything."""

    spec = ToolSpec(
        name="fetch",
        description="Get a web page as text, if the network policy allows its host.",
        parameters={
            "type": "object",
            "properties": {"url": {"type": "string"}, "limit": {"type": "integer"}},
            "required": ["url"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """A GET changes nothing here."""
        return "read"

    def title(self, call: Call) -> str:
        """The address."""
        try:
            return read_arguments(call, _Arguments, self.spec)[0].url
        except WrongCall:
            return "a page"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Fetch it with the sandbox's curl, or its python3. What is cut can be read from the kept file."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            if not arguments.url.startswith(("http://", "https://")):
                raise WrongCall("fetch: the address must begin with http:// or https://")
            data, status = await _get(bench, call.call_id, arguments.url)
        except WrongCall as wrong:
            return wrong.result
        clean = bench.redact(data)
        limit = honoured(arguments.limit)
        where = ""
        if len(clean) > limit:
            kept = keep_path(bench, call.call_id)
            kept.write_bytes(clean)
            where = f"{bench.outputs_at}/{kept.name}"
        text = bounded(clean, len(clean), limit, where)
        return ToolResult(output=f"{note}{text}\n[{status}]", ok=status.startswith("2"))


async def _get(bench: Bench, call_id: str, url: str) -> tuple[bytes, str]:
    """The page as text, and its status line. Raises `WrongCall` when nothing came."""
    kept = keep_path(bench, call_id)
    try:
        for argv in ((*_CURL, _FORMAT, "--", url), ("python3", "-c", _PYTHON, url, str(_LARGEST))):
            command = Command(argv=argv, timeout=_TIMEOUT, keep=kept, keep_bytes=_LARGEST + 4096, read_only=True)
            finished = await exec_reading(bench, command)
            if finished.why == "missing":
                continue
            output = kept.read_bytes() if kept.exists() else finished.output
            trailer = _TRAILER.search(output)
            if finished.why == "timeout" or trailer is None or trailer[1] == b"000":
                why = "no answer in time" if finished.why == "timeout" else output.decode(errors="replace").strip()[-300:]
                raise WrongCall(
                    f"fetch: {url} could not be fetched: {_TRAILER.sub(b'', why.encode()).decode(errors='replace').strip()}"
                )
            return _as_text(output[: trailer.start()], trailer)
    finally:
        kept.unlink(missing_ok=True)
    raise WrongCall("fetch: the sandbox has neither curl nor python3")


def _as_text(body: bytes, trailer: re.Match[bytes]) -> tuple[bytes, str]:
    address, kind = trailer[2].decode(errors="replace"), trailer[3].decode(errors="replace")
    status = f"{trailer[1].decode()} {address} {kind}".strip()
    if "html" in kind or (not kind and body.lstrip()[:1] == b"<"):
        charset = re.search(r"charset=\"?([\w-]+)", kind)
        try:
            html = body.decode(charset[1] if charset else "utf-8", errors="replace")
        except LookupError:
            html = body.decode(errors="replace")
        return page_text(html, address).encode(errors="replace"), status
    if b"\0" in body[:4096]:
        return f"(binary, {len(body):,} bytes)".encode(), status
    return body, status
