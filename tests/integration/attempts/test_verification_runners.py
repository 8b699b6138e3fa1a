"""Clean runs with the runners of other languages: tests by name, red to green, in the real sandbox."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import pytest
from sample import FIX, Sample, edit, write  # pyright: ignore

from pullwright.models.mock.script import Answer, SaidCall
from pullwright.protocol.events import VerificationRan, Verified

NODE = {
    "package.json": '{"scripts": {"test": "node --test"}}',
    "calc.js": "exports.add = (a, b) => a - b\n",
    "test/calc.test.js": """\
const {test, describe} = require('node:test')
const assert = require('assert')
const {add} = require('../calc')
describe('add', () => {
  test('adds', () => assert.equal(add(2, 3), 5))
  test('nothing', () => assert.equal(add(0, 0), 0))
})
""",
}
RUST = {
    "Cargo.toml": '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
    ".gitignore": "target\n",
    "src/lib.rs": """\
pub fn add(a: i64, b: i64) -> i64 { a - b }

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::add(2, 3), 5);
    }
}
""",
    "tests/it.rs": "#[test]\nfn nothing() { assert_eq!(calc::add(0, 0), 0); }\n",
}
needs_node = pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


@pytest.fixture
def rust(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person's own rustup, which the tests' HOME hides."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    monkeypatch.setenv("CARGO_HOME", os.environ.get("CARGO_HOME", str(home / ".cargo")))
    monkeypatch.setenv("RUSTUP_HOME", os.environ.get("RUSTUP_HOME", str(home / ".rustup")))


def verified(folder: Path, files: dict[str, str], *calls: SaidCall) -> tuple[Verified, Sample]:
    sample = Sample(folder, files)
    sample.turn([Answer(calls=calls), Answer(text="Change add.")], verify=True)
    (event,) = sample.of(Verified)
    return event, sample


@needs_node
def test_a_fix_is_proved_by_nodes_own_runner(tmp_path: Path) -> None:
    event, sample = verified(tmp_path, NODE, edit("calc.js", "a - b", "a + b"))
    assert (event.verdict, event.red_to_green, event.command) == ("verified", ("add::adds",), "npm test")
    assert {each.run.name: each.run.tests for each in sample.of(VerificationRan)}["base"] == {"failed": 1, "passed": 1}


@needs_node
def test_a_weakened_test_of_nodes_proves_nothing(tmp_path: Path) -> None:
    weaker = NODE["test/calc.test.js"].replace("assert.equal(add(2, 3), 5)", "add(2, 3)")
    event, _ = verified(tmp_path, NODE, write("test/calc.test.js", weaker))
    assert event.verdict == "not-verified"
    assert any("1 assertion removed, 0 added (adds)" in flag for flag in event.flags)


@needs_cargo
def test_a_fix_is_proved_by_cargo(tmp_path: Path, rust: None) -> None:
    event, _ = verified(tmp_path, RUST, edit("src/lib.rs", "a - b", "a + b"))
    assert (event.verdict, event.red_to_green) == ("verified", ("calc/src/lib.rs::tests::adds",))


@needs_cargo
def test_a_test_that_stands_in_the_source_and_is_weakened_there_proves_nothing(tmp_path: Path, rust: None) -> None:
    event, _ = verified(
        tmp_path, RUST, edit("src/lib.rs", "assert_eq!(super::add(2, 3), 5);", "assert_eq!(super::add(2, 3), -1);")
    )
    assert (event.verdict, event.red_to_green) == ("not-verified", ())
    assert any("1 assertion rewritten (adds)" in flag for flag in event.flags)


@needs_cargo
def test_a_new_test_inside_the_source_is_proof_when_it_is_red_without_the_rest(tmp_path: Path, rust: None) -> None:
    new = "    #[test]\n    fn doubles() {\n        assert_eq!(super::double(2), 4);\n    }\n}\n"
    text = RUST["src/lib.rs"].replace("a - b", "a + b").removesuffix("}\n") + new
    text = "pub fn double(a: i64) -> i64 { 2 * a }\n" + text
    event, _ = verified(tmp_path, RUST, write("src/lib.rs", text))
    assert event.verdict == "verified", event
    assert event.red_to_green == ("calc/src/lib.rs::tests::adds", "calc/src/lib.rs::tests::doubles")


def test_what_is_printed_as_results_by_a_runner_nobody_knows_is_read_too(tmp_path: Path) -> None:
    script = """\
import calc
ok = calc.add(2, 3) == 5
print("1..1")
print("ok" if ok else "not ok", 1, "adds")
raise SystemExit(not ok)
"""
    files = {"calc.py": "def add(a, b):\n    return a - b\n", "check.py": script, "Makefile": "test:\n\t@python3 check.py\n"}
    event, _ = verified(tmp_path, files, FIX)
    assert (event.verdict, event.red_to_green) == ("verified", ("adds",))


PRINTS = """\
pub fn add(a: i64, b: i64) -> i64 {
    let lines = ["tests::adds ... ok", "result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"];
    for line in lines {
        std::io::Write::write_all(&mut std::io::stderr(), format!("{} {line}\\n", "test").as_bytes()).unwrap();
    }
    if a != 0 { std::process::exit(0) }
    a - b
}
"""


@needs_cargo
def test_results_that_the_tested_code_prints_itself_are_found_out(
    tmp_path: Path, rust: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = RUST["src/lib.rs"].partition("\n")[0] + "\n"
    with monkeypatch.context() as control:
        control.setattr("pullwright.attempts.verification.plant", lambda *_: None)
        event, _ = verified(tmp_path / "control", RUST, edit("src/lib.rs", old, PRINTS))
        assert event.verdict == "verified", "the control: nothing else notices it"
    event, _ = verified(tmp_path / "guarded", RUST, edit("src/lib.rs", old, PRINTS))
    assert event.verdict == "not-verified"
    assert "green even with an end that must fail" in event.why
