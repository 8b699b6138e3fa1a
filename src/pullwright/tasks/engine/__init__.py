"""Where turns run: which of them, on which worker, and what happens when a worker dies.

engine/
├── engine       Phases (a turn's workflow) and Engine (what runs it durably): the protocols
│   ├── held         the workflows that run in this process
│   ├── memory       an engine that forgets, for tests
│   └── dbos_engine  DBOS Transact, on SQLite or PostgreSQL
├── turns        a turn's row: queued ─▶ admitted ─▶ running ─▶ finished, each move fenced by its worker
├── plan         who goes next and where: priority, fairness, limits; a pure function
├── queue        what the plan is made from, read from the rows
├── gate         the only way from `queued` to `admitted`
├── accounts     budgets of server, project and user that are spent
├── waiting      why a turn waits, in words
├── workers      the rows of workers: heartbeat, draining, gone
├── presence     that a worker's process lives, as its machine's kernel knows it
├── reaper       who is gone, and what becomes of its turns
├── worker       a worker's life: all of the above side by side
├── process      lives one after another, in a process of its own or in the server's
└── stopping     being told to stop, once or with emphasis
"""
