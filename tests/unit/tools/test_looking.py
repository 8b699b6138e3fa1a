"""Reading and searching: numbered, bounded, and honest about what is left out."""

import asyncio
import base64
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from workbench import Workbench, text_of

from pullwright.protocol.items import ImagePart, TextPart
from pullwright.tools.fetch import Fetch
from pullwright.tools.page import page_text
from pullwright.tools.read import Read
from pullwright.tools.ripgrep import ripgrep
from pullwright.tools.search import Search

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_lines_are_numbered_and_ranges_exact(work: Workbench) -> None:
    work.files({"a.py": "".join(f"line {n}\n" for n in range(1, 31)), "b": "only", "empty": ""})
    assert text_of(work.run(Read(), paths=["a.py:3-5"])) == "3\tline 3\n4\tline 4\n5\tline 5"
    assert text_of(work.run(Read(), paths=["a.py:7"])) == "7\tline 7"
    assert text_of(work.run(Read(), paths=["a.py:29-"])) == "29\tline 29\n30\tline 30"
    assert text_of(work.run(Read(), paths=["b", "a.py:1-1"])) == "b:\n1\tonly\n\na.py:\n1\tline 1"
    assert text_of(work.run(Read(), path="a.py", lines="2-2")) == "2\tline 2"
    assert text_of(work.run(Read(), paths="empty")) == "(empty)"
    assert "has 30 lines" in text_of(work.run(Read(), paths=["a.py:99"]))
    assert not work.run(Read(), paths=["a.py:9-3"]).ok
    assert not work.run(Read(), paths=[]).ok


def test_a_name_that_ends_like_a_range_is_still_a_name(work: Workbench) -> None:
    work.files({"odd:1-2": "x\n"})
    assert text_of(work.run(Read(), paths=["odd:1-2"])) == "1\tx"


def test_a_long_file_is_cut_at_a_line_with_the_call_for_the_rest(work: Workbench) -> None:
    work.files({"long": "".join(f"line {n}\n" for n in range(1, 10001))})
    first = text_of(work.run(Read(), paths=["long"]))
    assert len(first) < 16_200
    note = first.splitlines()[-1]
    shown = int(note.removeprefix("[lines 1-").split(" ")[0])
    assert f'The rest: read {{"paths": ["long:{shown + 1}-10000"]}}' in note
    second = text_of(work.run(Read(), paths=[f"long:{shown + 1}-{shown + 2000}"]))
    assert second.splitlines()[0] == f"{shown + 1}\tline {shown + 1}"
    assert second.splitlines()[-1] == f"{shown + 2000}\tline {shown + 2000}", "a range that was asked for is not cut at 16 kB"
    assert 900 < len(text_of(work.run(Read(), paths=["long"], limit=1000))) < 1200


def test_images_are_shown_binaries_told_folders_listed(work: Workbench) -> None:
    work.files({"p.png": PNG, "x.o": b"\x7fELF\0\0", "d/one": "1", "d/two": "2", "crlf": b"a\r\nb\r\n"})
    result = work.run(Read(), paths=["p.png", "crlf"])
    assert result.output == (
        TextPart(f"p.png: png, {len(PNG)} bytes"),
        ImagePart(f"data:image/png;base64,{base64.b64encode(PNG).decode()}"),
        TextPart("crlf:\n1\ta\n2\tb"),
    )
    assert "a binary file, 6 bytes, beginning with 7f 45" in text_of(work.run(Read(), paths=["x.o"]))
    assert text_of(work.run(Read(), paths=["d"])) == "d is a folder:\none\ntwo"


def test_a_missing_file_names_what_is_near(work: Workbench) -> None:
    work.files({"src/deep/config.py": "x"})
    assert "does not exist; there is src/deep/config.py" in text_of(work.run(Read(), paths=["config.py"]))
    both = work.run(Read(), paths=["nope", "src/deep/config.py"])
    assert both.ok
    assert "nope does not exist" in text_of(both)


def test_kept_output_can_be_read_by_its_path_inside(work: Workbench) -> None:
    (work.scratch / "c.txt").write_text("kept\n")
    assert text_of(work.run(Read(), paths=["/run/pullwright/outputs/c.txt"])) == "1\tkept"
    assert "does not exist" in text_of(work.run(Read(), paths=["/run/pullwright/outputs/../../etc/nope"]))


def test_secrets_are_not_read(tmp_path: Path) -> None:
    work = Workbench(tmp_path, secrets=["hunter2-hunter2"])
    work.files({"a": "hunter2-hunter2"})
    assert text_of(work.run(Read(), paths=["a"])) == "1\t[redacted]"
    assert "hunter2" not in text_of(work.run(Search(), pattern="hunter2"))


# --- search --------------------------------------------------------------------------------------


@pytest.fixture(params=["rg", "git", "grep"])
def searched(work: Workbench, request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    """A tree to search, with each of the programs that may be there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"rg": ["rg"], "git": ["git"], "grep": ["grep"]}[request.param]:
        there = ripgrep() if name == "rg" else Path("/usr/bin", name)
        assert there
        (programs / name).symlink_to(there)
    work.files(
        {"src/a.py": "import os\ndef run():\n    pass\n", "src/b.txt": "run\nRUN\n", ".hidden/c": "run\n", ".git/x": "run\n"}
    )
    os.system(f"git init -q {work.root}")
    work.sandbox.env = {"PATH": str(programs)}
    return work


def test_contents(searched: Workbench) -> None:
    text = text_of(searched.run(Search(), pattern=r"def \w+|^run$"))
    for part in ("src/a.py", "2:def run():", "src/b.txt", "1:run", ".hidden/c"):
        assert part in text
    assert ".git/" not in text
    assert "RUN" in text_of(searched.run(Search(), pattern="^run$", ignore_case=True, paths=["src"]))
    assert text_of(searched.run(Search(), pattern="nothing like it")) == "no matches"
    only = text_of(searched.run(Search(), pattern="run", glob="*.py"))
    assert "a.py" in only
    assert "b.txt" not in only
    assert "[not a valid regular expression; searched as plain text]" in text_of(searched.run(Search(), pattern="run("))


def test_names(searched: Workbench) -> None:
    assert text_of(searched.run(Search(), glob="*.py")) == "src/a.py"
    assert text_of(searched.run(Search())).splitlines() == [".hidden/c", "src/a.py", "src/b.txt"]
    assert text_of(searched.run(Search(), glob="*.zig")) == "no files"
    assert text_of(searched.run(Search(), limit=1)).endswith("[2 more files; narrow the glob, or ask for them with `limit`]")


def test_hits_are_bounded_and_the_others_counted(work: Workbench) -> None:
    rg = ripgrep()
    assert rg
    work.sandbox.env = {"PATH": str(rg.parent)}
    work.files({"a": "hit\n" * 500, "wide": "x" * 100_000 + "hit"})
    text = text_of(work.run(Search(), pattern="hit"))
    assert text.count(":hit") == 100
    assert "[401 more hits" in text
    assert text_of(work.run(Search(), pattern="hit", paths=["a"], limit=1000)).count(":hit") == 500
    assert len(text_of(work.run(Search(), pattern="hit", paths=["wide"]))) < 1000
    around = text_of(work.run(Search(), pattern="hit", paths=["a"], limit=1, context=1))
    assert "1:hit" in around
    assert "No such file" in text_of(work.run(Search(), pattern="hit", paths=["nowhere"]))
    assert list(work.scratch.iterdir()) == []


# --- pages ---------------------------------------------------------------------------------------

PAGE = """<html><head><title>A  page</title><style>p {}</style><body><nav>menu</nav>
<h1>Title</h1><p>One &amp; <b>two</b>,
folded. <a href="/x">link</a><ul><li>first<li>second</ul><pre>a
  b</pre><script>alert("<p>no</p>")</script><table><tr><td>c<td>d</table></p></nav>end"""


def test_a_page_as_text() -> None:
    text = page_text(PAGE, "https://h/dir/page")
    for part in (
        "A page",
        "# Title",
        "One & two, folded. link <https://h/x>",
        "- first",
        "- second",
        "```\na\n  b\n```",
        "| c | d",
        "end",
    ):
        assert part in text
    for part in ("menu", "alert", "{}"):
        assert part not in text


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/page")
                self.end_headers()
                return
            self.send_response(404 if self.path == "/nothing" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8" if self.path == "/page" else "text/plain")
            self.end_headers()
            self.wfile.write(PAGE.encode() if self.path == "/page" else b"plain\n" * (10_000 if self.path == "/long" else 1))

        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("program", ["curl", "python3"])
def test_fetching(work: Workbench, site: str, program: str, tmp_path: Path) -> None:
    import shutil
    import sys

    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / program).symlink_to(shutil.which("curl") or "" if program == "curl" else sys.executable)
    work.sandbox.env = {"PATH": str(programs), "no_proxy": "127.0.0.1"}
    page = work.run(Fetch(), url=f"{site}/moved")
    assert page.ok
    assert "# Title" in text_of(page)
    assert text_of(page).endswith(f"[200 {site}/page text/html; charset=utf-8]")
    assert text_of(work.run(Fetch(), url=f"{site}/x")).startswith("plain\n")
    missing = work.run(Fetch(), url=f"{site}/nothing")
    assert not missing.ok
    assert "[404 " in text_of(missing)
    long = text_of(work.run(Fetch(), url=f"{site}/long"))
    assert len(long) < 17_000
    kept = long.split("The whole: ")[1].split(",")[0]
    assert text_of(work.run(Read(), paths=[f"{kept}:1-1"])) == "1\tplain"


def test_what_cannot_be_fetched_says_why(work: Workbench) -> None:
    refused = work.run(Fetch(), url="http://127.0.0.1:9/")
    assert not refused.ok
    assert "could not be fetched" in text_of(refused)
    assert "http://" in text_of(work.run(Fetch(), url="file:///etc/passwd"))
    work.sandbox.env = {"PATH": "/nowhere"}
    assert "neither curl nor python3" in text_of(work.run(Fetch(), url="http://x/"))


def test_a_search_leaves_nothing_when_cancelled(work: Workbench) -> None:
    async def main() -> None:
        task = asyncio.create_task(work.call(Search(), pattern="x"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await work.sandbox.close()

    asyncio.run(main())
    assert list(work.scratch.iterdir()) == []
