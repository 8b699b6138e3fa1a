"""JUnit XML as test runners write it, read as what it is: a file made by code that nobody has judged yet.

    parse(xml, at) -> Results    tests by name, with states and durations

Bounded in size, depth and number; a document type or an entity is refused, so that nothing expands. Source of the
format: what pytest (`xunit1`), unittest-xml-reporting, vitest, mocha and Jenkins share; there is no standard.
"""

from __future__ import annotations

from xml.parsers import expat

from pullwright.attempts.results.tests import LARGEST, LONGEST_NAME, Found, Results, State, Unreadable, seconds_of, worst

__all__ = ["LARGEST", "Results", "State", "Unreadable", "parse"]

DEEPEST = 32
_STATES: dict[str, State] = {"skipped": "skipped", "failure": "failed", "error": "error"}


class _Case:
    """One `<testcase>` while it is read."""

    def __init__(self, attributes: dict[str, str], at: str) -> None:
        self.name = _name(attributes, at)
        self.seconds = seconds_of(attributes.get("time"))
        self.marks: list[tuple[str, dict[str, str]]] = []

    def state(self) -> State:
        """The worst that is said of it; what is marked as still to be done may fail (node's runner writes both)."""
        states: list[State] = ["passed"]
        for tag, attributes in self.marks:
            if tag == "skipped" and attributes.get("type") == "todo":
                return "xfailed"
            expected = tag == "skipped" and attributes.get("type") == "pytest.xfail"
            states.append("xfailed" if expected else _STATES[tag])
        return worst(states)

    def message(self) -> str:
        """What is said of why it is red."""
        return next((attributes.get("message", "") for tag, attributes in self.marks if tag != "skipped"), "")


class _Reader:
    """Collects test cases from expat's callbacks."""

    def __init__(self, at: str) -> None:
        self.at = f"{at.rstrip('/')}/" if at else ""
        self.found = Found()
        self.case: _Case | None = None
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"nested deeper than {DEEPEST} elements")
        if self.depth == 1 and tag not in ("testsuites", "testsuite"):
            raise Unreadable(f"the outermost element is <{tag[:40]}>, not <testsuites>")
        if tag == "testcase":
            if self.case:
                raise Unreadable("a <testcase> inside a <testcase>")
            self.case = _Case(attributes, self.at)
        elif self.case and tag in _STATES and len(self.case.marks) < 10:
            self.case.marks.append((tag, attributes))

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag == "testcase" and self.case:
            case, self.case = self.case, None
            self.found.add(case.name, case.state(), message=case.message(), seconds=case.seconds)


def _name(attributes: dict[str, str], at: str) -> str:
    """`file::Class::test` where the file is known, else `classname::test`. The same in every run of one suite."""
    classname, name, file = (attributes.get(key, "") for key in ("classname", "name", "file"))
    file = file.removeprefix(at)
    if file:  # a file that could not be loaded is an entry of its own, named like its module: it is called by its path
        module = file.removesuffix(".py").replace("/", ".").replace("\\", ".")
        classes = classname.removeprefix(module).lstrip(".") if classname.startswith(module) else classname
        parts = [file, *filter(None, classes.split(".")), "" if name == module and not classname else name]
    else:  # a file that could not be loaded is called the same in both (vitest)
        parts = [classname, "" if name == classname else name]
    return "::".join(filter(None, parts))[:LONGEST_NAME] or "unnamed"


def parse(xml: bytes, at: str = "") -> Results:
    """The tests of a JUnit file; files are told relative to `at`. A test that is named twice has its worst state.

    Raises `Unreadable`.
    """
    if len(xml) > LARGEST:
        raise Unreadable(f"{len(xml)} bytes, more than {LARGEST}")
    reader = _Reader(at)

    def refuse(*_: object) -> None:
        raise Unreadable("it declares a document type or an entity")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not well-formed XML: {error}") from None
    except UnicodeError as error:
        raise Unreadable(f"not readable text: {error}") from None
    return reader.found.results()
