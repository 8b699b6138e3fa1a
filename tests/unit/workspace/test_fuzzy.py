"""Names are found by letters in order; beginnings of words and runs of letters count; long searches go on in steps."""

from __future__ import annotations

import random

from hypothesis import example, given
from hypothesis import strategies as st

from pullwright.cli.terminal.screen.completion import Asked, asked, file_offers, quoted, ranked
from pullwright.workspace.fuzzy import BEST, Search, mask, score

NAMES = st.text("abcAB./_- é", min_size=1, max_size=20)


def fits(name: str, letters: str) -> bool:
    rest = iter(name.lower())
    return all(letter in rest for letter in letters)


@given(NAMES, st.text("abcé./", min_size=1, max_size=5))
@example("BA_A", "aa")
def test_exactly_the_names_with_the_letters_in_order_fit(name: str, letters: str) -> None:
    assert (score(name, letters) is not None) == fits(name, letters)
    if fits(name, letters):
        assert mask(name.lower()) & mask(letters) == mask(letters)


def test_a_letter_that_grows_when_it_is_small_does_no_harm() -> None:
    assert score("İİİ/x.py", "xpy") is not None


def best(letters: str, *names: str) -> str:
    search = Search(names, [mask(name.lower()) for name in names], letters)
    search.step(10)
    return search.best[0]


def test_what_a_person_means_comes_first() -> None:
    assert best("app", "src/mapping/apples.py", "web/app.py", "src/wrapper.py") == "web/app.py"
    assert best("scrapp", "web/mascot/wrapper_p.py", "cli/terminal/screen/app.py") == "cli/terminal/screen/app.py"
    assert best("readme", "docs/decisions/README.md", "README.md", "bench/README.md") == "README.md"
    assert best("pc", "a/topic.py", "a/ParseCommand.py") == "a/ParseCommand.py"
    assert best("testfoo", "tests/unit/test_foo.py", "tests/foot_test.py") == "tests/unit/test_foo.py"


def test_a_search_in_steps_and_narrowed_finds_what_one_at_once_finds() -> None:
    chance = random.Random(7)
    names = [
        "/".join(chance.choice(("src", "core", "view", "node")) for _ in range(3)) + f"/{number}.py" for number in range(9_000)
    ]
    masks = [mask(name) for name in names]
    whole = Search(names, masks, "scv1")
    whole.step(60)
    steps = Search(names, masks, "sc")
    steps.step(0)
    assert not steps.done
    narrowed = steps.narrowed("scv1")
    while not narrowed.step(0):
        pass
    assert narrowed.best == whole.best
    assert len(whole.best) <= BEST


def test_what_is_asked_stands_before_the_cursor() -> None:
    assert asked("look at @src/ap", 15) == Asked("file", "src/ap", 8)
    assert asked("look at @src/ap and", 15) == Asked("file", "src/ap", 8)
    assert asked('see @"a na', 10) == Asked("file", "a na", 4)
    assert asked("mail me@example.org", 19) is None
    assert asked("@", 1) == Asked("file", "", 0)
    assert asked("/mo", 3) == Asked("slash", "mo", 0)
    assert asked("and /mo", 7) is None
    assert asked("/model de", 9) == Asked("argument", "de", 7, "model")
    assert asked("!cat src/a", 10) == Asked("path", "src/a", 5)
    assert asked("!make", 5) is None


def test_names_with_spaces_are_quoted_and_folders_stay_open() -> None:
    assert quoted("a b.txt") == '@"a b.txt"'
    offers = file_offers(["a.py", "lib/", "my lib/", "my file"], Asked("file", "", 4))
    assert [offer.text for offer in offers] == ["@a.py ", "@lib/", '@"my lib/', '@"my file" ']


def test_words_that_begin_so_come_before_those_that_only_have_the_letters() -> None:
    words = [("compact", ""), ("model", ""), ("permissions", ""), ("commit", "")]
    assert [word for word, _ in ranked(words, "com")] == ["compact", "commit"]
    assert next(word for word, _ in ranked(words, "mo")) == "model"
