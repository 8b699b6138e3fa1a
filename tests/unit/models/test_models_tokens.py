"""Estimates of a conversation: what is remembered of it never changes what it weighs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pullwright.models.model import ModelRequest
from pullwright.models.tokens import IMAGE_TOKENS, Estimator
from pullwright.protocol.items import Item, user_message

TEXTS = st.lists(st.sampled_from(["", "a", "bb" * 50, "ü" * 9]), max_size=60)


def request(items: list[Item]) -> ModelRequest:
    return ModelRequest(instructions="Be brief.", tools=(), items=items)


@given(st.lists(st.tuples(TEXTS, st.integers(0, 80), st.booleans()), min_size=1, max_size=6))
def test_growing_shrinking_and_changed_conversations_weigh_what_they_weigh_afresh(
    steps: list[tuple[list[str], int, bool]],
) -> None:
    estimator = Estimator()
    items: list[Item] = []
    for texts, cut, change in steps:
        items = [*items[: len(items) - cut if cut < len(items) else 0], *map(user_message, texts)]
        if change and items:  # masked: as many items as before, and the same last one
            items[len(items) // 2] = user_message("x")
        assert estimator.estimate(request(items)) == Estimator().estimate(request(items))


def test_an_image_weighs_the_same_whatever_its_bytes() -> None:
    small, large = (user_message("look", (f"data:image/png;base64,{'A' * size}",)) for size in (100, 1_000_000))
    few, many = Estimator().estimate(request([small])), Estimator().estimate(request([large] * 40))
    assert abs(few - Estimator().estimate(request([large]))) <= 1
    assert 40 * IMAGE_TOKENS < many < 40 * IMAGE_TOKENS + 4_000
