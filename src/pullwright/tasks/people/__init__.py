"""People and programs: who asks, how that is known, and what they may do.

people/
├── roles        every action, and the role and scope that it needs: one matrix
├── actor        who asks: a signed-in person, a key, or Pullwright itself; `actor.require(action, project)`
└── auditing     one row for each thing done, in the same transaction

What is called `async fn(service, actor, …)` is a use case: it checks the role, and writes an audit row.
"""
