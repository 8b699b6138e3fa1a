"""A review of a change: turns of the one runner, and what is made of the answers.

review(spec, order, log, inbox) -> Review
    target.py          what is to be reviewed, in words: uncommitted, against a base, a commit, a range
    matter.py          what is read from its two sides, once
    ├── sides.py           a snapshot of the reviewed state, and the tree to compare it with
    ├── patch.py           git's patch as files, hunks and numbered lines
    └── guidelines.py      `Review guidelines` of the AGENTS.md files of the base
    listing.py         the diff as the model reads it               passes.py   as much of it as fits, in one or more turns
    prompt.py          the rules, and what goes around the diff     answer.py   the schema of the answer
    turns.py           a turn of the one runner for each part
    checking.py        from what the model claims to findings, or why not
    ├── placing.py         where in the diff a finding stands       citing.py   guidelines and commands that it names
    └── fingerprint.py     the same for the same finding when lines move
    record.py          the result: Review, Finding, Dropped
    review.py          the way through all of it
"""
