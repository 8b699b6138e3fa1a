"""The task service behind every face: who asked for what, where it runs, what became of it.

tasks/
├── service/    use cases: dispatch, say something to an attempt, review, list
├── work/       one turn, from its row to its outcome, in phases that may each be begun again
├── inside/     the sandbox of a running attempt, looked into by people
├── handing/    a session handed over from a terminal, and back
├── responses/ the Responses API for programs: requests, state, the `agent` model
├── publishing/ a change on its way out: branch, pull request, merge
├── engine/     where turns run: admission, workers, what happens when one dies
├── notices/    webhooks out: programs are told what has ended
├── metering/   calls of models through the API: who may make them, what they use
├── environments/  how sandboxes are prepared: setup layers, secrets, base roots
├── people/     who asks, how that is known, and what they may do
├── projects/   projects, connections, environments, secrets, members, budgets: set up by people
├── backup/     everything into one file while it runs, and back into either kind of database
├── store/      what is kept, in one SQL schema
└── vault       credentials and secrets, sealed
"""
