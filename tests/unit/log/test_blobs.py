"""Blobs: what is put is got, whole, wherever they lie."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.log.blobs import Blobs, open_blobs
from pullwright.protocol.errors import FixMachine, FixSettings, TryAgainLater


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    pytest.importorskip("moto")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bucket(s3_endpoint: str, keys: None) -> str:
    import boto3

    name = f"b{os.urandom(4).hex()}"
    boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}/some/where?endpoint={s3_endpoint}"


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return open_blobs(tmp_path / "blobs")
    return open_blobs(str(request.getfixturevalue("bucket")))


def test_what_is_put_is_got(blobs: Blobs, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(os.urandom(1 << 16) * 160)
    assert blobs.names() == []
    blobs.put("a/b/one", b"1")
    blobs.put("a/b/one", b"2")
    blobs.put("a/bc", b"")
    blobs.put_file("large", large)
    blobs.put_file("large", large)
    assert blobs.get("a/b/one") == b"2"
    assert blobs.get("a/bc") == b""
    assert blobs.names() == ["a/b/one", "a/bc", "large"]
    assert blobs.names("a/b") == ["a/b/one", "a/bc"]
    assert blobs.names("a/b/") == ["a/b/one"]
    assert blobs.names("none/") == []
    blobs.fetch_file("large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == large.read_bytes()
    assert (tmp_path / "back").stat().st_nlink == 1, "the copy is the reader's own"
    assert blobs.has("a/bc")
    blobs.remove("a/bc")
    blobs.remove("a/bc")
    assert not blobs.has("a/bc")
    blobs.remove_all("a/")
    assert blobs.names() == ["large"]


def test_what_is_not_there_is_said(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put("a/b", b"")
    for name in ("none", "a", "a/b/c"):
        with pytest.raises(KeyError):
            blobs.get(name)
        with pytest.raises(KeyError):
            blobs.fetch_file(name, tmp_path / "x")
        assert not blobs.has(name)
    assert not (tmp_path / "x").exists()
    assert not list(tmp_path.glob(".*")), "no draft stays"


@pytest.mark.parametrize("name", ["", "/x", "../x", "a/../b", "a//b", ".a", "a\0b", "z" * 300])
def test_unsafe_names_are_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(ValueError, match="not a blob"):
        blobs.put(name, b"")
    with pytest.raises(ValueError, match="at once"):
        blobs.remove_all("")


def test_readers_see_whole_blobs_only(blobs: Blobs) -> None:
    values = [bytes([n]) * 200_000 for n in range(4)]
    blobs.put("x", values[0])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for value in values:
                blobs.put("x", value)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(blobs.get("x") in values for _ in range(30))
    finally:
        stop.set()
        writer.join()


def test_what_is_wrong_names_the_fix(s3_endpoint: str, keys: None, tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="gs://"):
        open_blobs("gs://bucket")
    with pytest.raises(FixSettings, match="no option"):
        open_blobs("s3://bucket/x?secret=1")
    with pytest.raises(FixSettings, match="no bucket"):
        open_blobs(f"s3://nobodys/x?endpoint={s3_endpoint}").get("a")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FixMachine, match="kept"):
        open_blobs(tmp_path / "file").put("a/b", b"")


@pytest.mark.slow
def test_a_store_that_does_not_answer_is_tried_again_and_then_said(keys: None) -> None:
    with pytest.raises(TryAgainLater, match="does not answer"):
        open_blobs("s3://bucket/x?endpoint=http://127.0.0.1:9").get("a")
