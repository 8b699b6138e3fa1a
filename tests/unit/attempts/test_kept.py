"""A kept run is found again only for the same files, packages and version, for a day; what is kept is bounded."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pullwright.attempts import kept
from pullwright.attempts.kept import Kept, KeptRun, fingerprint
from pullwright.attempts.results.tests import Results
from pullwright.sandbox.sandbox import Mount

RUN = KeptRun(exit_code=1, seconds=2.5, results=Results({"t": "failed"}, {"t": "why"}), output=b"1 failed\n")


def test_what_was_put_is_got_until_it_is_old_or_dropped(tmp_path: Path) -> None:
    runs = Kept(tmp_path)
    assert runs.get("k") is None
    runs.put("k", RUN)
    assert Kept(tmp_path).get("k") == RUN
    (path,) = runs.folder.iterdir()
    for age in (kept.LONGEST_AGE + 60, -3600):
        os.utime(path, (time.time() - age, time.time() - age))
        assert runs.get("k") is None
    runs.put("k", RUN)
    runs.drop("k")
    assert runs.get("k") is None


def test_a_damaged_run_is_none_and_a_large_one_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Kept(tmp_path)
    runs.put("k", RUN)
    next(runs.folder.iterdir()).write_bytes(b"half")
    assert runs.get("k") is None
    monkeypatch.setattr(kept, "LARGEST", 10)
    runs.put("large", RUN)
    assert runs.get("large") is None


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    runs = Kept(tmp_path)
    for age, key in ((30, "a"), (20, "b"), (10, "c")):
        runs.put(key, RUN)
        os.utime(runs.folder / f"{key}.msgpack", (time.time() - age,) * 2)
    runs.put("d", RUN)
    assert {path.stem for path in runs.folder.iterdir()} == {"c", "d"}


def test_the_key_is_another_one_for_another_fact_or_another_package(tmp_path: Path) -> None:
    site = tmp_path / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    mounts = (Mount(path=tmp_path),)
    first = fingerprint("tree", "pytest", mounts=mounts)
    assert fingerprint("tree", "pytest", mounts=mounts) == first
    assert fingerprint("other", "pytest", mounts=mounts) != first
    (site / "new.py").write_text("1")
    second = fingerprint("tree", "pytest", mounts=mounts)
    assert second != first
    (site / "new.py").write_text("12")
    assert fingerprint("tree", "pytest", mounts=mounts) not in (first, second)
