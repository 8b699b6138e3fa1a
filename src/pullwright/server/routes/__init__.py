"""The routes, thin over the service's use cases: one file a noun, each with `ROUTES`.

routes/
├── health        /healthz, /readyz, /metrics, the OpenAPI document
├── access        sign-in and -out, the first run, OpenID Connect, me
├── people        users, memberships, keys
├── connections   forges that are connected
├── notices       webhooks out: endpoints, what they were told
├── projects      projects, their branches, schedules
├── environments  environments, secrets, trying one out
├── tasks         dispatch, list, cancel, retry, pause, resume, choose, and the stream of changes
├── reviewing     comments, approve, send back
├── attempts      events and their stream, diff, report, bundle, artifacts, inputs
├── changes       a change's files, lines around them, pictures
├── handing       a session handed over from a terminal, and back
├── usage         what was used: sums, single calls, as JSON or as a table
├── accounts      budgets, audit
├── operations    workers, server settings
├── model_settings  what the names of models stand for
└── webhooks      what forges send
"""
