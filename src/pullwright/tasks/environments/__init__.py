"""How a project's sandboxes are prepared: from an environment's settings to what a turn is run with.

environments/
├── preparing     prepare_environment(…) -> Prepared: what a turn gets (prepared)
│   ├── layers        the setup layer, and maintenance over it: made when they are not there; the last good one
│   ├── trust         whether a commit's set-up inputs are the trusted base's: only then are secrets given
│   ├── keyring       secrets opened: for the setup script, or injected by the proxy; never both
│   ├── roots         base roots: the host's, a folder, an image (images/)
│   └── makings       a row and a log for each script that is run
├── specs         what cannot hold in any sandbox, said of the field that is wrong
├── bounds        what an environment may ask for, by who writes it
├── readiness     what a task would find now: looked at, and nothing run
├── trying        try_setup(…): run an environment's setup now, with a live log
├── asking        what people ask: to try one (a worker takes it), which ran, what one said
└── warming       layers made while turns are still queued
"""

from pullwright.tasks.environments.prepared import Prepared
from pullwright.tasks.environments.preparing import prepare_environment
from pullwright.tasks.environments.trying import try_setup

__all__ = ["Prepared", "prepare_environment", "try_setup"]
