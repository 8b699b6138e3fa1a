"""One try at a task: `run_turn(spec, log, inbox) -> Outcome`, verification, the report.

runner.py              the one runner: the walk of a turn on one screen
spec.py                what a turn is run with
taking_up.py           where it begins: fresh, after a finished turn, in the middle of one that was cut off
outfit.py              the agent of a turn, with everything it works with
facts.py               what the model is told of its environment            detection.py  testing.py  how the tests are run
├── tree.py            its names, in short                                  named.py  tools that it names and nobody has
extending.py           hooks, skills, the custom agent and sub-agents of a turn
setup/                 setup scripts, and the layers kept of them
place.py               workspace and sandbox, opened while the model thinks
├── standing.py        kept open between the turns of a pairing
├── servers.py         MCP servers beside it
└── pairing.py         what is different about a turn of one
workloads/             templates of a task: instructions of their own, and what the change is held to
review/                a review of a change: turns of the same runner, their answers checked
citations.py           what an answer cites, held against the files
ends.py                from the loop's ending to the turn's outcome
delivery.py            what is handed over
├── change.py          slug, branch name, commit message                    branch.py  making and moving the branch
├── verification.py    four clean runs in fresh sandboxes
│   ├── composition.py     their trees                                      flags.py  tells.py  what weakens or deceives tests
│   │   └── inline.py          tests inside the source (Rust)
│   ├── canary.py          deciding tests that must fail
│   ├── results/           what runners tell, not believed alone            unittest_junit.py  writes a file, inside
│   └── verdict.py         what the runs say together
└── report.py          evidence from the log                                statements.py  in sentences, each with its own
    ├── claims.py          the agent's words, held against what ran
    └── markdown.py        as a page                                      pull_request.py  as a body (made harmless: prose.py)
bundle/                the proof as one file, and run again
"""
