"""How a project's sandboxes are prepared: from an environment's settings to what a turn is run with.

environments/
└── preparing     prepare_environment(…) -> Prepared: what a turn gets (prepared)
"""

from pullwright.tasks.environments.prepared import Prepared
from pullwright.tasks.environments.preparing import prepare_environment

__all__ = ["Prepared", "prepare_environment"]
