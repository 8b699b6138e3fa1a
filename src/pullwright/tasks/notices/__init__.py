"""Webhooks out: programs are told when work that they left running has ended.

notices/
├── enqueueing    an event becomes a row for each endpoint that wants it, in the transaction in which it happens
├── endpoints     where people want to be told: made, changed, removed; secrets are sealed and shown once
├── signing       Standard Webhooks: secrets, signatures, headers
├── reach         which addresses a notice may be sent to
├── sending       one try: a POST to the very address that was checked
├── settling      what becomes of a notice, and of its endpoint, after a try
├── delivering    due notices are claimed and tried, on every server, until it stops
└── history       what was delivered, and what was not: shown, tried again, tried out
"""
