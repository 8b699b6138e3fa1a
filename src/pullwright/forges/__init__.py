"""Git hosts: repositories, pull requests, checks, comments, and what they tell us by webhook.

forges/
├── open          open_forge(kind, …) → Forge
├── forge         the protocol, and `Refused`        (records: Pull, Issue, Comment, Check …)
├── github/       GitHub: App or token
├── gitlab/       GitLab: merge requests are pulls here
├── gitea/        Gitea and Forgejo
├── plain         a plain git remote: pulls are Pullwright's own, merged by the clone
├── once          comments made once                 (marks: the hidden marks that they are found by)
├── webhooks      verify(…) → Delivery, parse(…) → ForgeEvent        (events; payloads: how each forge says it)
├── hidden        what a person would see of a text  (invisible: characters; markup: comments and tags)
└── http          one client: patience, pages, errors, nothing secret shown
"""
