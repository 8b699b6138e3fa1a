"""Projects and what belongs to them: set up by people, read by everything that runs.

projects/
├── projects       connect a repository, change how its tasks are run and published, archive
├── activity       what goes on in each: tasks by state
├── connections    forges and how to sign in there; credentials are sealed and never shown
├── environments   how sandboxes are prepared
├── secrets        of environments: written, used, never read back
├── members        who is what in a project
├── budgets        ceilings for users, projects and the server, and what is left
├── spending       what was used, by day, project, user, model, task
├── schedules      tasks dispatched by the clock
├── chronicle      the audit log, read
└── resealing      everything sealed anew, when the vault has a new key

Each is `async fn(service, actor, …)`: it checks the role and writes an audit row in the same transaction.
"""
