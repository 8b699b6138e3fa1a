"""What `pullwright task` can do, each verb a command.

run.py       run
looking.py   list · show · watch · logs · diff · apply · open
steering.py  answer · steer · interrupt · cancel · retry · pause · resume
reviewing.py choose · comment · send-back · approve
handing.py   push · pull
service.py   service
options.py   what several of them take
"""

from __future__ import annotations

from pullwright.cli.tasks.verbs.handing import pull, push
from pullwright.cli.tasks.verbs.looking import apply, diff, list_, logs, open_, show, watch
from pullwright.cli.tasks.verbs.reviewing import approve, choose, comment, send_back
from pullwright.cli.tasks.verbs.run import run
from pullwright.cli.tasks.verbs.service import service
from pullwright.cli.tasks.verbs.steering import answer, cancel, interrupt, pause, resume, retry, steer

VERBS = (
    run,
    list_,
    show,
    watch,
    logs,
    diff,
    apply,
    answer,
    steer,
    interrupt,
    choose,
    comment,
    send_back,
    approve,
    cancel,
    retry,
    pause,
    resume,
    open_,
    push,
    pull,
    service,
)
