"""The rows of the tables as frozen records: a field is a column, and `…_json` is what it holds.

rows/
├── people       User, Membership, SignIn, Key
├── projects     ForgeConnection, Project, Environment, Secret, Setup
├── work         Task, Attempt, Turn, Worker, Schedule
├── results      PullRequest, Review, Comment, Effect
├── accounts     UsageEntry, ServerProcess, BudgetLimit, AuditEntry, Delivery
└── notices      NoticeEndpoint, Notice
"""
