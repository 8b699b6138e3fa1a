"""What is planted makes the test fail whatever it does, and nothing is planted where the place is not sure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.attempts.canary import plant
from pullwright.attempts.composition import compose, text_of
from pullwright.attempts.testing import Runner
from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.objects import EMPTY_TREE, FILE, Entry, Objects
from pullwright.workspace.trees import lookup

GO = "package calc\n\nfunc TestAdd(t *testing.T) {\n\tif add(1, 1) != 2 {\n\t\tt.Fatal()\n\t}\n}\n"
RUST = "#[test]\nfn adds() {\n    assert_eq!(1, 1);\n}\n#[test]\n#[should_panic]\nfn panics() { panic!() }\n"
FILES = {
    "tests/test_a.py": "import x\nclass A:\n    def test_x(self):\n        return\n",
    "calc/add_test.go": GO,
    "other/add_test.go": GO,
    "root_test.go": GO.replace("TestAdd", "TestRoot"),
    "tests/it.rs": RUST,
    "web/a.test.ts": "test('adds', () => {});\n",
    "web/b.test.ts": "test.concurrent('adds', async () => {});\n",
}


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[Objects]:
    make_git_dir(tmp_path / "git")
    found = Objects(tmp_path / "git/objects", Git.own(tmp_path / "git"))
    found.write(b"tree", b"")
    yield found
    found.close()


@pytest.mark.parametrize(
    ("runner", "test", "path", "planted"),
    [
        ("pytest", "tests/test_a.py::A::test_x[1]", "tests/test_a.py", "finally:\n            assert False"),
        ("unittest", "tests/test_a.py::A::test_gone", "tests/test_a.py", ""),
        ("go", "example.com/x/calc::TestAdd/two", "calc/add_test.go", "*testing.T) { t.Fail();"),
        ("go", "example.com/x/calc::TestGone", "calc/add_test.go", ""),
        ("go", "example.com/x::TestRoot", "root_test.go", "*testing.T) { t.Fail();"),
        ("cargo", "tests/it.rs::adds", "tests/it.rs", "fn adds() { struct Planted;"),
        ("cargo", "tests/it.rs::panics", "tests/it.rs", ""),
        ("jest", "web/a.test.ts::adds", "web/a.test.ts", "\nafterEach(() => { throw"),
        ("vitest", "web/a.test.ts::adds", "web/a.test.ts", "from 'vitest'; planted(() => { throw"),
        ("jest", "web/b.test.ts::adds", "web/b.test.ts", ""),
        ("mocha", "web/a.test.ts::adds", "web/a.test.ts", ""),
        ("other", "adds", "web/a.test.ts", ""),
    ],
)
def test_the_end_that_must_fail_is_in_the_test_and_nowhere_else(
    objects: Objects, runner: Runner, test: str, path: str, planted: str
) -> None:
    entries: dict[bytes, Entry | None] = {
        name.encode(): Entry(FILE, objects.write(b"blob", text.encode())) for name, text in FILES.items()
    }
    tree = compose(objects, EMPTY_TREE, entries)
    found = plant(objects, tree, [test], runner)
    assert (found is not None) == bool(planted)
    if found is None:
        return
    assert planted in text_of(objects, lookup(objects, found.tree, path.encode()))
    assert found.holds(test)
    assert compose(objects, found.tree, {path.encode(): entries[path.encode()]}) == tree, "nothing else is touched"
