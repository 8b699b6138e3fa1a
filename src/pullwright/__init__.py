"""Pullwright: a self-hosted software-engineering agent.

The rooms, top to bottom; each knows only the ones below it (`pyproject.toml`, import-linter):

    cli                                     a face: the terminal
    attempts                                run_turn(spec, log, inbox) -> Outcome
    agent                                   the loop, its context, permissions, instructions
    tools                                   what the model may call
    models | sandbox | workspace | log      model wires | isolation | git | the event log
    protocol                                items, events, inputs, outcomes, errors: data only
"""

__version__ = "0.1.0"
