"""The `agent` model: a request runs a whole task in its sandbox; its response is told from the task's log.

agent/
├── link         which turn a response is
├── ordering     a request as the order of a task
├── beginning    a task dispatched, and cancelled
├── following    a request that goes on with an earlier response
├── standing     how a response stands, from the rows of its turns
├── ending       rows of responses follow their turns
├── reading      the events of one turn out of a log
├── watching     a response now, and as it goes on
└── telling      the log as numbered events of a response; pure
    ├── listening    the log as output items
    ├── items        one item: a message, a command, a call
    ├── patches      edits, file by file
    ├── unfolding    an item as the events that deliver it
    └── last_words   the message that says how it ended
"""

from pullwright.tasks.responses.agent.link import Link

__all__ = ["Link"]
