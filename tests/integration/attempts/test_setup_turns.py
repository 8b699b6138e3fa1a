"""Whole turns over a setup layer: the agent and each clean run find what setup made; the change holds none of it."""

from __future__ import annotations

import asyncio
import os

from sample import FILES, FIX, RUN, Sample, exec_  # pyright: ignore

from pullwright.attempts.setup.layer import SetupLayer
from pullwright.attempts.setup.order import SetupOrder
from pullwright.attempts.setup.running import base_of, set_up
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import CommandRan, Noticed, VerificationRan, Verified
from pullwright.protocol.outcomes import Succeeded
from pullwright.sandbox.toolchains import toolchains

NEEDS = "import os, extra.gear  # made by setup\nopen(os.path.expanduser('~/settings')).close()\n"
SETUP = """
mkdir -p extra ~/.local/bin
echo 'x = 1' > extra/gear.py
echo mine > ~/settings
ln -s /bin/true ~/.local/bin/gear
"""


def prepared(sample: Sample) -> SetupLayer:
    """The project's setup layer."""

    async def body() -> SetupLayer:
        head = sample.git("rev-parse", "HEAD").strip()
        cache = sample.folder / "cache"
        tools = toolchains(sample.project, os.environ)
        order = SetupOrder(project=sample.project, commit=head, cache=cache, at="/workspace", script=SETUP, tools=tools)
        base = await base_of(sample.project, cache, head)
        made = await set_up(order, base)
        made.layer.release()
        base.release()
        return SetupLayer(folders=(made.layer.folder,), bins=made.layer.meta.bins, hash=made.layer.key)

    return asyncio.run(body())


def test_attempt_and_clean_runs_stand_on_the_layer(sample: Sample) -> None:
    (sample.project / "test_calc.py").write_text(NEEDS + FILES["test_calc.py"])
    sample.git("commit", "-qam", "The tests need what setup makes")
    answers = (
        Answer(calls=(exec_(f"gear && {RUN}"),)),
        Answer(calls=(FIX, exec_(f"echo 'x = 2' >> extra/gear.py; echo more >> ~/settings; {RUN}"))),
        Answer(text="Fix add, which subtracted."),
    )
    outcome = sample.turn(answers, setup=prepared(sample), at="/workspace", verify=True)
    assert isinstance(outcome, Succeeded), outcome
    assert [event.exit_code for event in sample.of(CommandRan)] == [1, 0]
    assert outcome.verdict == "verified", sample.of(Verified)
    assert {event.run.exit_code for event in sample.of(VerificationRan)} == {0, 1}
    assert outcome.change
    assert outcome.change.files == ("calc.py", "extra/gear.py"), "what the agent itself changed beside tracked files counts"


def test_a_change_to_what_setup_reads_is_flagged(sample: Sample) -> None:
    answers = (Answer(calls=(FIX, exec_("echo one > requirements.txt"))), Answer(text="Fix add."))
    sample.turn(answers, setup=prepared(sample), at="/workspace", verify=True)
    (event,) = sample.of(Verified)
    assert "requirements.txt: setup reads it; the clean runs stand on what the base's setup made" in event.flags


def test_without_the_layer_nothing_works_and_a_lost_one_is_said(sample: Sample) -> None:
    (sample.project / "test_calc.py").write_text(NEEDS + FILES["test_calc.py"])
    sample.git("commit", "-qam", "The tests need what setup makes")
    answers = (Answer(calls=(exec_(RUN),)), Answer(text="It cannot be run."))
    sample.turn(answers, at="/workspace")
    (ran,) = sample.of(CommandRan)
    assert ran.exit_code == 1
    layer = prepared(sample)
    (layer.folders[0] / "meta").unlink()
    sample.session += "2"
    sample.turn(answers, setup=layer, at="/workspace")
    assert any("the setup layer is not in the cache any more" in event.text for event in sample.of(Noticed))
