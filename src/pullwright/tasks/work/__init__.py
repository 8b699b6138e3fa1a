"""One turn of a task, from its row to its outcome: what a worker does, in phases that may each be begun again.

work/
├── phases       WorkPhases: what the engine calls
├── taken        the rows of one turn, read together
├── preparing    prepare: the project's clone brought up to date ─▶ the base's commit ─▶ the environment
├── running      run: log claimed ─▶ TurnSpec ─▶ attempts.run_turn ─▶ settled
│   ├── folders      the session's folder on this machine, held by one worker at a time
│   ├── opened       log, inbox and artifacts of a session; what is logged has been shipped before
│   ├── patient      a log that waits for its database
│   ├── specifying   rows ─▶ TurnSpec
│   └── budgeting    what an attempt may still spend
├── overdrawn    accounts that are used up while turns run on them
├── sweeping     session folders that this machine needs no more
├── settling     outcome ─▶ turn, attempt and task, in one transaction; what came too late becomes the next turn
├── traced       each phase as a span and a line of the log
├── worker       a worker of the service, in a process of its own or within the server
└── moving       the base has moved: the change laid over it, conflicts marked, for a turn that solves them
"""
