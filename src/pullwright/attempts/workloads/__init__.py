"""Templates of a task: instructions of their own, and checks that become evidence.

templates.py       refactor · test-backfill · dependency-upgrade · bug-triage: what the agent is told
checking.py        after the clean runs: the template's checks, one event, the verdict in the end
├── refactor.py        nothing half-renamed, the worklist done, the tests as before
│   ├── renames.py         what was renamed, by the words of person and agent
│   ├── following.py       a conftest.py that only follows the renaming is a test file
│   ├── definitions.py     names that are gone though nobody says so
│   └── leftovers.py       where an old name still stands: code, comment, string, text
├── backfill.py        only tests changed, coverage before and after, tests that can fail
│   ├── coverage.py        lines that ran, by coverage.py, our own tracer or V8
│   │   ├── tracing.py         the tracer, run inside by the project's Python
│   │   └── v8.py              what Node writes
│   ├── mutants.py         small faults put into covered lines
│   └── trying.py          the new tests against each of them
├── upgrade.py         changelog read, lock consistent, versions before and after
│   ├── manifests.py       what a project asks for and what its lock file says
│   └── changelogs.py      evidence that one was read
└── triage.py          red on the base first, then the patch, then green
case.py            what a check looks at
section.py         the report's part
"""

from pullwright.attempts.workloads.templates import find as workload

__all__ = ["workload"]
