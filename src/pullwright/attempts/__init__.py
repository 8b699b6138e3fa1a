"""One try at a task: `run_turn(spec, log, inbox) -> Outcome`, verification, the report."""
