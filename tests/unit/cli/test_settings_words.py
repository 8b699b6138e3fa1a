"""Budgets, networks and sizes, as people write them; and one key changed in a file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli.settings.budget import parse_budget, raised
from pullwright.cli.settings.change import set_key, with_key
from pullwright.cli.settings.network import network_text, parse_network
from pullwright.cli.settings.notify import parse_notify
from pullwright.cli.settings.sizes import parse_size, size_text
from pullwright.cli.settings.toml_file import line_of
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import Budget, NetworkPolicy, NetworkRule


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("", Budget()),
        ("2usd", Budget(usd=2.0)),
        ("$0.50", Budget(usd=0.5)),
        ("100ktokens", Budget(tokens=100_000)),
        ("1.5mtokens", Budget(tokens=1_500_000)),
        ("10m", Budget(seconds=600.0)),
        ("90s,3h".replace("90s,", ""), Budget(seconds=10800.0)),
        ("2usd, 50steps,10m", Budget(usd=2.0, steps=50, seconds=600.0)),
    ],
)
def test_budgets(text: str, budget: Budget) -> None:
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["2", "usd", "-2usd", "0usd", "2usd,3usd", "2 parrots", "nanusd"])
def test_what_is_no_budget_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"budget|twice|unit|nothing"):
        parse_budget(text)


def test_raising_a_budget_leaves_what_has_no_ceiling() -> None:
    assert raised(Budget(usd=1.0, steps=10), 2) == Budget(usd=2.0, steps=20)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", NetworkPolicy()),
        ("off", NetworkPolicy()),
        ("registries", NetworkPolicy(presets=("registries",))),
        ("Example.org", NetworkPolicy(rules=(NetworkRule(host="example.org"),))),
        (
            "*.example.org, x.dev:8443",
            NetworkPolicy(rules=(NetworkRule(host="*.example.org"), NetworkRule(host="x.dev", ports=(8443,)))),
        ),
        ("localhost:5432", NetworkPolicy(host_ports=(5432,))),
    ],
)
def test_networks(text: str, policy: NetworkPolicy) -> None:
    assert parse_network(text) == policy
    assert parse_network(network_text(policy)) == policy


@pytest.mark.parametrize(
    "text",
    [
        "off,example.org",
        "127.0.0.1",
        "10.0.0.1:80",
        "[::1]",
        "http://x.org",
        "x.org:99999",
        "x.org:",
        "localhost",
        "*",
        "a..b",
        "x y",
    ],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|address|port|off"):
        parse_network(text)


@given(st.text(max_size=40))
def test_no_network_text_ever_opens_more_than_it_names(text: str) -> None:
    try:
        policy = parse_network(text)
    except ValueError:
        return
    for rule in policy.rules:
        assert rule.host in text.lower()
        assert not rule.allow_private
        assert rule.host not in ("*", "*.")


@pytest.mark.parametrize(
    ("text", "count"), [("0", None), ("512", 512), ("4GiB", 4 << 30), ("4gb", 4 * 10**9), ("1.5 MiB", 3 << 19), ("2k", 2000)]
)
def test_sizes(text: str, count: int | None) -> None:
    assert parse_size(text) == count


def test_sizes_for_reading() -> None:
    assert [size_text(count) for count in (0, 1023, 1536, 3 << 30)] == ["0 B", "1023 B", "1.5 KiB", "3.0 GiB"]
    with pytest.raises(ValueError, match="not a size"):
        parse_size("4 potatoes")


FILE = """\
# my settings
model = "fast"  # quick

[limits]
memory = "1GiB"
"""


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("model", "deep", 'model = "deep"  # quick'),
        ("approval", "suggest", 'approval = "suggest"'),
        ("limits.memory", "2GiB", 'memory = "2GiB"'),
        ("limits.disk", "1GiB", 'disk = "1GiB"'),
        ("providers.local.base_url", "http://x/v1", 'base_url = "http://x/v1"'),
        ("verify", "false", "verify = false"),
    ],
)
def test_a_key_is_changed_and_the_rest_of_the_file_stays(tmp_path: Path, key: str, value: str, line: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    set_key(path, key, value)
    after = path.read_text()
    assert line in after.splitlines()
    assert "# my settings" in after
    kept = [old for old in FILE.splitlines() if old and not old.startswith(line.split(" = ")[0])]
    assert all(old in after.splitlines() for old in kept)
    set_key(path, key, value)
    assert path.read_text() == after


def test_a_wrong_value_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    for key, value in [("approval", "nonsense"), ("nonsense", "x"), ("limits.memory", "big")]:
        with pytest.raises(FixSettings):
            set_key(path, key, value)
    assert path.read_text() == FILE
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(max_size=60))
def test_any_text_comes_back_out_of_the_file(value: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in value):
        return
    assert tomllib.loads(with_key(FILE, "test_command", value))["test_command"] == value
    assert tomllib.loads(with_key(FILE, "signature.name", value))["signature"]["name"] == value


def test_lines_are_found_in_tables_dotted_keys_and_quoted_names() -> None:
    text = 'a = 1\nlimits.cpus = 2\n[providers."my-own"]\nbase_url = "x"\n'
    assert line_of(text, "limits.cpus") == 2
    assert line_of(text, "providers.my-own.base_url") == 4
    assert line_of(text, "nowhere") == 0


@pytest.mark.parametrize(
    ("text", "ways"), [("off", set()), ("", set()), ("bell", {"bell"}), ("desktop, bell", {"bell", "desktop"})]
)
def test_ways_to_be_told(text: str, ways: set[str]) -> None:
    assert parse_notify(text) == ways


@pytest.mark.parametrize("text", ["off,bell", "trumpet", "bell;desktop"])
def test_a_way_that_is_none_is_refused_with_the_ways(text: str) -> None:
    with pytest.raises(ValueError, match="bell,desktop"):
        parse_notify(text)


def test_the_terminals_numbers_are_not_negative(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="less than 0"):
        set_key(tmp_path / "config.toml", "terminal.history", "-1")
    assert set_key(tmp_path / "config.toml", "terminal.history", "0") == 0
    assert tomllib.loads((tmp_path / "config.toml").read_text()) == {"terminal": {"history": 0}}
