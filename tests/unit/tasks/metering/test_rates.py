"""Estimates are near what a provider counts, once it has counted a few calls, whatever it counts by."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pullwright.tasks.metering.rates import Exact, Rates

Kind = Callable[[random.Random], Exact]


def a_kind(bytes_in: float, bytes_out: float, *, head: int = 7, hidden: int = 0, image: int = 0) -> Kind:
    """Calls of any size of one kind of text, whose rate differs a little from one to the next."""

    def make(chance: random.Random) -> Exact:
        sent, heard = int(10 ** chance.uniform(1.7, 4.5)), int(10 ** chance.uniform(2, 4))
        images = chance.randrange(3) if image else 0
        unseen = int(chance.gauss(hidden, hidden / 20)) if hidden else 0
        counted = head + sent / chance.gauss(bytes_in, 0.03 * bytes_in) + images * image
        came = unseen + heard / chance.gauss(bytes_out, 0.03 * bytes_out)
        return Exact(key_id="", sent=sent, images=images, input=round(counted), heard=heard, output=round(came), reasoning=unseen)

    return make


KINDS = {
    "prose": a_kind(4.9, 4.9),
    "code": a_kind(4.1, 4.1),
    "json": a_kind(2.8, 2.6),
    "another tokenizer": a_kind(1.9, 1.9),
    "a provider that puts much around it": a_kind(4.5, 4.5, head=700),
    "unseen reasoning": a_kind(4.1, 4.5, hidden=600),
    "images": a_kind(4.1, 4.5, image=765),
    "words, as a mock counts": a_kind(6.5, 6.5, head=0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_few_calls_an_estimate_is_within_a_fifth(kind: str) -> None:
    make, chance = KINDS[kind], random.Random(5)
    rates = Rates(make(chance) for _ in range(8))
    off = 0
    for _ in range(200):
        call = make(chance)
        near = abs(rates.input(call.sent, call.images) / call.input - 1) <= 0.2
        off += not (near and abs(rates.output(call.heard) / call.output - 1) <= 0.2)
    assert off <= 10


def test_without_any_call_it_is_between_the_kinds_of_text() -> None:
    rates = Rates()
    assert rates.input(38_000, 0) == 10_008
    assert rates.output(3_800) == 1000
    assert rates.input(0, 0) > 0
    assert rates.output(1) == 1
    assert rates.output(0) == 0
    assert rates.typical() > 0


def test_the_same_key_tells_more_than_others() -> None:
    mine, others = a_kind(2.8, 2.6), a_kind(4.9, 4.9)
    chance = random.Random(5)
    rates = Rates()
    for number in range(60):
        call = (others if number % 3 else mine)(chance)
        fields = {name: getattr(call, name) for name in call.__struct_fields__}
        rates.learn(Exact(**{**fields, "key_id": "" if number % 3 else "mine"}))
    assert rates.output(10_000, "mine") == pytest.approx(10_000 / 2.6, rel=0.2)
    assert rates.output(10_000) < rates.output(10_000, "mine")
