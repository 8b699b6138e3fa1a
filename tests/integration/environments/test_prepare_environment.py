"""From settings to a prepared environment, for real: rows, logs, layers, secrets that go one way only."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from service_place import Place  # pyright: ignore

from egress_world import World, open_world
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import FixSettings, SetupFailed
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.tasks.store.setups import begin_setup

TOKEN = "s3cr3t-planted-value-4711"
HEADER = "injected-planted-value-0815"


@pytest.fixture
def sqlite(sqlite_url: str) -> Database:
    return Database(sqlite_url)


def test_made_once_with_a_row_and_a_log_on_either_database(tmp_path: Path, database: Database) -> None:
    async def body() -> None:
        place = await Place(tmp_path, database).begin(
            setup="echo $GREETING; mkdir build; echo made > build/x; echo ran >> ~/count", variables={"GREETING": "hello there"}
        )
        first, second = await asyncio.gather(place.prepare(), place.prepare())
        assert first.layer is not None
        assert first == second
        assert await place.sh(first, "cat build/x ~/count; echo $GREETING") == "made\nran\nhello there"
        (row,) = await place.setups()
        assert (row.state, row.worker_id, row.line) == ("ready", "w1", 0)
        assert place.blobs.get(row.log) == b"hello there\n"
        assert "hello there\n" in place.said
        place.said = ""
        other = await place.commit(app_DOT_py="print('other')\n")
        third = await place.prepare(other)
        assert third.layer == first.layer
        assert place.said == ""
        assert len(await place.setups()) == 1

    asyncio.run(body())
    database.close()


def test_a_failing_script_says_its_line_and_the_last_good_layer_is_kept(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        place = await Place(tmp_path, sqlite).begin(setup="mkdir build; echo good > build/x")
        good = await place.prepare()
        broken = "true\necho looking\ncat /not-there\n"
        await place.change(setup=broken)
        with pytest.raises(SetupFailed, match=r"line 3 \(cat /not-there\): exit code 1") as failure:
            await place.prepare()
        assert failure.value.line == 3
        assert "use_last_good" in failure.value.fix
        row = (await place.setups())[-1]
        assert (row.state, row.line, row.log) == ("failed", 3, failure.value.log_name)
        assert place.blobs.get(row.log).startswith(b"looking\ncat: /not-there")
        await place.change(setup=broken, use_last_good=True)
        prepared = await place.prepare()
        assert prepared.layer == good.layer
        assert any("the last good setup is used" in note and "line 3" in note for note in prepared.notes)
        tried = await place.try_it()
        assert (tried.setup.state, tried.setup.line) == ("failed", 3)
        await place.change(setup="mkdir build; date +%N > build/x; echo tried")
        one, two = await place.try_it(), await place.try_it()
        assert (one.setup.state, two.setup.state) == ("ready", "ready")
        assert one.setup.id != two.setup.id
        assert one.size > 0
        await place.prepare()
        assert [row.state for row in await place.setups()][-2:] == ["ready", "ready"], "what was tried is used"

    asyncio.run(body())
    sqlite.close()


def test_maintenance_runs_for_another_commit_and_its_failure_stops_nothing(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        setup = "mkdir build; echo 1 > build/x; echo old > build/old"
        upkeep = "echo tending; cat app.py > build/seen; rm build/old; echo up > ~/upkeep"
        place = await Place(tmp_path, sqlite).begin(setup=setup, maintenance=upkeep)
        first = await place.prepare()
        assert await place.sh(first, "ls build") == "old\nx", "setup was run on this very commit"
        other = await place.commit(app_DOT_py="print('other')\n")
        second = await place.prepare(other)
        assert second.layer is not None
        assert len(second.layer.folders) == 2
        assert await place.sh(second, "ls build; cat build/seen ~/upkeep", at=other) == "seen\nx\nprint('other')\nup"
        assert (await place.prepare(other)).layer == second.layer
        assert [place.blobs.get(row.log) for row in await place.setups()] == [b"", b"tending\n"]
        await place.change(setup=setup, maintenance="true\nexit 3")
        third = await place.prepare(other)
        assert third.layer == first.layer
        assert any("the maintenance script failed at line 2 (exit 3)" in note for note in third.notes)
        rows = len(await place.setups())
        assert (await place.prepare(other)).notes == third.notes
        assert len(await place.setups()) == rows, "a failure is not tried again at once"

    asyncio.run(body())
    sqlite.close()


def test_what_a_killed_worker_was_at_is_said_to_have_failed(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        place = await Place(tmp_path, sqlite).begin(setup="mkdir build")
        await place.prepare()
        (row,) = await place.setups()
        left = msgspec.structs.replace(row, id="setup_left", state="running", finished=None)
        await sqlite.write(begin_setup, left)
        assert (await place.try_it()).setup.state == "ready"
        states = {setup.id: (setup.state, setup.why) for setup in await place.setups()}
        assert states.pop("setup_left") == ("failed", "its worker was ended")
        assert len(states) == 2

    asyncio.run(body())
    sqlite.close()


LEAK = """
echo "token is $TOKEN"; env; printf %s "$TOKEN" | base64
mkdir build; test -n "$TOKEN" && echo with > build/with || echo without > build/with
"""


def planted(folder: Path) -> list[str]:
    """Where the planted values are found below a folder, in the forms in which they might be kept."""
    found: list[str] = []
    for value in (TOKEN, HEADER):
        for form in (value, base64.b64encode(value.encode()).decode(), value.encode().hex()):
            said = subprocess.run(["grep", "-rlaF", form, str(folder)], capture_output=True, text=True, check=False).stdout
            found += said.split()
    return found


def test_secrets_are_found_nowhere(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        place = await Place(tmp_path, sqlite).begin(setup=LEAK)
        await place.secret("TOKEN", TOKEN)
        await place.secret("API", HEADER, kind="intercept", host="api.example.com", header="X-Key", format="Key {}")
        prepared = await place.prepare()
        assert prepared.secrets == (HEADER, TOKEN)
        (rule,) = prepared.network.rules
        assert (rule.host, rule.kind, rule.headers) == ("api.example.com", "intercept", (("X-Key", f"Key {HEADER}"),))
        assert TOKEN not in repr(prepared.network) + repr(prepared.env)
        seen = await place.sh(prepared, "cat build/with; env; cat /run/pullwright/*/* 2>/dev/null")
        assert seen.startswith("with\n")
        assert TOKEN not in seen
        assert HEADER not in seen
        assert "[redacted]" in place.said
        assert TOKEN not in place.said
        sqlite.close()
        assert planted(tmp_path) == []
        (tmp_path / "control").write_text(TOKEN)
        assert planted(tmp_path) == [str(tmp_path / "control")], "the search finds what is there"

    asyncio.run(body())


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_an_injected_secret_reaches_its_host_and_no_sandbox(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = "curl -fsS https://mirror.test/package > build/package; env; cat ~/.* 2>/dev/null || true"

    async def body(world: World) -> None:
        server = world.https("mirror.test")
        network = NetworkPolicy(rules=(NetworkRule(host="mirror.test", allow_private=True),))
        place = await Place(tmp_path, sqlite).begin(setup=f"mkdir build; {fetch}", setup_network=network, network=network)
        await place.secret("API", HEADER, kind="intercept", host="mirror.test", paths=("/package",))
        prepared = await place.prepare()
        assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {HEADER}"]
        other = "curl -sS https://mirror.test/other; cat /run/pullwright/*.pem"
        said = await place.sh(prepared, f"cat build/package; {fetch}; {other}")
        assert said.startswith("hello from mirror.test")
        assert HEADER not in said + place.said
        assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {HEADER}"] * 2
        sqlite.close()
        assert planted(tmp_path) == []

    with open_world(tmp_path) as world:
        monkeypatch.setattr("pullwright.sandbox.egress.dialer.resolve_by_host", world.resolve)
        monkeypatch.setenv("SSL_CERT_FILE", str(world.roots.file))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        asyncio.run(body(world))


@pytest.mark.parametrize("leak", ["~/.npmrc", "vendor/config", 'build/"$TOKEN"', "encoded"])
def test_a_layer_with_a_secret_in_it_is_refused(tmp_path: Path, sqlite: Database, leak: str) -> None:
    async def body() -> None:
        write = 'printf "a:$TOKEN" | base64 > build/b' if leak == "encoded" else f'echo "auth=$TOKEN" > {leak}'
        place = await Place(tmp_path, sqlite).begin(setup=f"mkdir build vendor; {write}")
        await place.secret("TOKEN", TOKEN)
        with pytest.raises(FixSettings, match=r"setup left secrets in what would be kept: .* \(TOKEN\)") as refusal:
            await place.prepare()
        assert TOKEN not in str(refusal.value)
        assert (await place.setups())[-1].state == "failed"
        assert not list(place.config.cache.glob("setups/*/meta"))
        assert planted(place.config.cache) == []

    asyncio.run(body())
    sqlite.close()


def test_a_change_to_what_setup_reads_runs_without_secrets_and_apart(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        script = 'mkdir build; sh scripts/install.sh; echo "${TOKEN:+with}${TOKEN:-without}" | cut -c1-7 > build/x'
        place = await Place(tmp_path, sqlite).begin(setup=script)
        await place.secret("TOKEN", TOKEN)
        source = await place.commit("feature", app_DOT_py="print('more')\n")
        hostile = await place.commit("hostile", scripts__env_DOT_sh="echo $TOKEN > build/stolen\n")
        trusted = await place.prepare()
        assert (await place.sh(trusted, "cat build/x")).startswith("withs3")
        same = await place.prepare(source)
        assert same.layer == trusted.layer, "its set-up inputs are the trusted ones"
        other = await place.prepare(hostile)
        assert other.layer is not None
        assert other.layer != trusted.layer, "what it made never gets below others' attempts"
        assert await place.sh(other, "cat build/x", at=hostile) == "without"
        (note,) = other.notes
        assert note == "setup ran without its secrets: scripts/env.sh differ from the trusted base's"
        await place.change(setup=script, trusted=hostile)
        assert (await place.prepare(hostile)).notes == ()

    asyncio.run(body())
    sqlite.close()


def test_what_cannot_be_is_said(tmp_path: Path, sqlite: Database) -> None:
    async def body() -> None:
        place = await Place(tmp_path, sqlite).begin(base_root="folder:/")
        for root in ("folder:/", "folder:../..", "folder:etc", "image:/etc/passwd", "image:", "chroot:x", "image:-x"):
            await place.change(base_root=root)
            with pytest.raises(FixSettings):
                await place.prepare()
        await place.change(setup="sleep 30", setup_seconds=0.5)
        with pytest.raises(SetupFailed, match="ran longer than"):
            await place.prepare()
        await place.change(setup="#!/bin/not-there\n")
        with pytest.raises(SetupFailed, match="interpreter"):
            await place.prepare()
        await place.change(test_command="")
        assert (await place.prepare()).test_command.startswith("python3 -m ")

    asyncio.run(body())
    sqlite.close()
