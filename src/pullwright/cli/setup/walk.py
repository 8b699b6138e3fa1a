"""The questions in their order: forth, back, and past what is skipped."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pullwright.cli.setup.approval import ask_approval
from pullwright.cli.setup.asker import Asker, Back, Skipped
from pullwright.cli.setup.model import ask_model, models_for
from pullwright.cli.setup.others import ask_import
from pullwright.cli.setup.plan import Plan
from pullwright.cli.setup.scene import Scene
from pullwright.cli.setup.signin import ask_sign_in, complete

Question = Callable[[Plan], Plan]


def walk(asker: Asker, scene: Scene, given: Plan, word: str = "") -> Plan:
    """The person's answers over what was `given` as flags; `word` is the model that was. Raises `KeyboardInterrupt`."""
    questions = _questions(asker, scene, given, word)
    plans = [given]
    silent: set[int] = set()
    while (at := len(plans) - 1) < len(questions):
        asked = asker.asked
        asker.back = any(number not in silent for number in range(at))
        try:
            plan = questions[at](plans[at])
        except Skipped:
            plan = plans[at]
            asker.say("Skipped: left as it is.", "dim")
        except Back:
            # What was answered without a question cannot be gone back to: then the one before it.
            earlier = [number for number in range(at) if number not in silent]
            plans = plans[: (earlier[-1] if earlier else 0) + 1]
            continue
        silent = silent - {at} if asker.asked > asked else silent | {at}
        plans.append(plan)
        if asker.asked > asked:
            asker.say()
    return plans[-1]


def _questions(asker: Asker, scene: Scene, given: Plan, word: str) -> list[Question]:
    def sign_in(plan: Plan) -> Plan:
        answer = complete(asker, scene, given.sign_in) if given.sign_in else ask_sign_in(asker, scene)
        return msgspec.structs.replace(plan, sign_in=answer)

    def model(plan: Plan) -> Plan:
        answer = models_for(scene, plan.sign_in, word) if word else ask_model(asker, scene, plan.sign_in)
        return msgspec.structs.replace(plan, models=answer)

    def approval(plan: Plan) -> Plan:
        return plan if given.approval else msgspec.structs.replace(plan, approval=ask_approval(asker, scene))

    def imports(plan: Plan) -> Plan:
        return msgspec.structs.replace(plan, imports=ask_import(asker))

    return [sign_in, model, approval, imports]
