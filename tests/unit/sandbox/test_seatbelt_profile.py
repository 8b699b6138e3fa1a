"""Profiles as text: a golden one, what it allows when read back, and paths that try to break out of their quotes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pullwright.protocol.errors import NoIsolation
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.sandbox import Mount, SandboxSpec
from pullwright.sandbox.seatbelt import SeatbeltBackend
from pullwright.sandbox.seatbelt_profile import Profile, parse, profile

GOLDEN = Path(__file__).parent / "seatbelt.golden.sb"


def spec(workspace: str = "/Users/me/project", **more: object) -> SandboxSpec:
    return SandboxSpec(
        folder=Path("/Users/me/.local/state/pullwright/attempt"),
        tree=PlainTree(path=Path(workspace)),
        at=workspace,
        mounts=(Mount(path=Path("/Users/me/.pyenv/versions/3.12.1")),),
        **more,  # type: ignore[arg-type]
    )


def test_the_profile_is_the_golden_one() -> None:
    assert profile(spec(), 50123, read_only=False) == GOLDEN.read_text()


def test_what_it_allows() -> None:
    read = Profile(profile(spec(), 50123, read_only=False))
    for operation, target in (
        ("file-read-data", "/usr/lib/libSystem.dylib"),
        ("file-read-data", "/Users/me/project/a.py"),
        ("file-read-data", "/Users/me/.pyenv/versions/3.12.1/bin/python"),
        ("file-write-create", "/Users/me/project/new.py"),
        ("file-write-data", "/dev/null"),
        ("process-exec", "/bin/sh"),
        ("network-outbound", "localhost:50123"),
    ):
        assert read.allows(operation, target), (operation, target)
    for operation, target in (
        ("file-read-data", "/Users/me/.ssh/id_ed25519"),
        ("file-read-data", "/Users/me/projects-of-others"),
        ("file-read-data", "/private/etc/master.passwd"),
        ("file-write-create", "/Users/me/project/.git/hooks/pre-commit"),
        ("file-write-create", "/Users/me/.pyenv/versions/3.12.1/bin/python"),
        ("file-write-create", "/usr/local/bin/x"),
        ("network-outbound", "localhost:5432"),
        ("network-outbound", "example.test:443"),
        ("mach-lookup", "com.apple.SecurityServer"),
    ):
        assert not read.allows(operation, target), (operation, target)


def test_what_holds_a_credential_is_not_read() -> None:
    config, shown = Path("/Users/me/project/.git/config"), Path("/Users/me/main/.git")
    tree = PlainTree(path=Path("/Users/me/project"), shown=(shown,), instead=((config, Path("/copy")),))
    read = Profile(profile(msgspec.structs.replace(spec(), tree=tree), 0, read_only=False))
    assert not read.allows("file-read-data", str(config))
    assert read.allows("file-read-data", "/Users/me/project/.git/HEAD")
    assert read.allows("file-read-data", "/Users/me/main/.git/HEAD")
    assert not read.allows("file-write-data", "/Users/me/main/.git/HEAD")


def test_without_a_network_and_read_only() -> None:
    read = Profile(profile(spec(), 0, read_only=True))
    assert not read.allows("network-outbound", "localhost:50123")
    assert not read.allows("file-write-create", "/Users/me/project/new.py")
    assert read.allows("file-read-data", "/Users/me/project/a.py")
    assert not Profile(profile(spec(access="read-only"), 0, read_only=False)).allows(
        "file-write-create", "/Users/me/project/new.py"
    )


@settings(max_examples=50, deadline=None)
@given(some.text(some.characters(min_codepoint=32, exclude_characters="/", exclude_categories=("Cs",)), min_size=1, max_size=30))
def test_no_path_breaks_out_of_its_quotes(name: str) -> None:
    text = profile(spec(f"/Users/me/{name}"), 0, read_only=False)
    assert len(parse(text)) == len(parse(profile(spec(), 0, read_only=False)))
    if name not in (".", ".."):
        assert Profile(text).allows("file-write-create", f"/Users/me/{name}/x")
    assert not Profile(text).allows("file-read-data", "/Users/you/.ssh/id")


def test_a_control_character_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        profile(spec('/Users/me/a\n(allow default)"'), 0, read_only=False)


@pytest.mark.parametrize("text", ["(a", "a)", '"a', '(a "b)'])
def test_a_broken_profile_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of the parser's own
        Profile(text + " x")


def test_elsewhere_it_refuses(tmp_path: Path) -> None:
    import asyncio

    async def go() -> None:
        async with SeatbeltBackend().open(spec()):
            pass

    with pytest.raises(NoIsolation):
        asyncio.run(go())
    assert [check.ok for check in asyncio.run(SeatbeltBackend().checks())] == [False]
