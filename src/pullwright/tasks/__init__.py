"""The task service behind every face: who asked for what, where it runs, what became of it.

tasks/
├── engine/     where turns run: admission, workers, what happens when one dies
├── people/     who asks, how that is known, and what they may do
├── projects/   projects, connections, environments, secrets, members, budgets: set up by people
├── store/      what is kept, in one SQL schema
└── vault       credentials and secrets, sealed
"""
