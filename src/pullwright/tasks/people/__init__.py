"""People and programs: who asks, how that is known, and what they may do.

people/
├── roles        every action, and the role and scope that it needs: one matrix
├── actor        who asks: a signed-in person, a key, or Pullwright itself; `actor.require(action, project)`
├── auditing     one row for each thing done, in the same transaction
├── passwords    argon2id, a few at a time
├── tokens       random tokens, of which only the hash is kept
├── sign_ins     browsers: in by password, out, sliding expiry
├── keys         API keys `pw_…`: scopes, binding to a project, expiry
├── links        one-time links that let somebody set a password: invitations, forgotten passwords
├── users        create, change, disable; never without an administrator
├── identities   users of an OpenID Connect provider, by its subject
├── kept         what the use cases need of a service
└── people       all of this as the server's entrance asks it

What is called `async fn(service, actor, …)` is a use case: it checks the role, and writes an audit row.
"""
