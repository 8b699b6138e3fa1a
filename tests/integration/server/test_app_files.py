"""The web app's files as they are sent: small where the browser can read that, and not twice where it has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.server.web import site
from pullwright.server.web.files import built_files
from server_world import World

SCRIPT = b"export const words = 'the same again and again';\n" * 100


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web app of three files, one of them with its Brotli form beside it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets/a-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets/a-1.js.br").write_bytes(b"brotli")
    (tmp_path / "assets/b-2.js").write_bytes(SCRIPT)
    monkeypatch.setattr(site, "built_files", lambda: built_files(tmp_path))


def test_each_browser_gets_the_smallest_form_that_it_reads(world: World) -> None:
    with world.client() as nobody:
        best = nobody.stream("GET", "/app/assets/a-1.js", headers={"Accept-Encoding": "gzip, br;q=0.9"})
        with best as answer:
            assert (answer.headers["content-encoding"], b"".join(answer.iter_raw())) == ("br", b"brotli")
        zipped = nobody.get("/app/assets/b-2.js", headers={"Accept-Encoding": "gzip, br"})
        plain = nobody.get("/app/assets/a-1.js", headers={"Accept-Encoding": "identity"})
    assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", SCRIPT)
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT
    assert "immutable" in plain.headers["cache-control"]


def test_a_page_that_is_as_it_was_is_not_sent_again(world: World) -> None:
    with world.client() as nobody:
        first = nobody.get("/app/")
        again = nobody.get("/app/tasks/any", headers={"If-None-Match": first.headers["etag"]})
        other = nobody.get("/app/", headers={"If-None-Match": '"another"'})
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert other.status_code == 200


def test_what_lies_beside_a_file_has_no_address(world: World) -> None:
    with world.client() as nobody:
        assert nobody.get("/app/assets/a-1.js.br").status_code == 404
