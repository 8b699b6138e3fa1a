"""What the service keeps, in one SQL schema beside the log's.

store/
├── tables       every table
├── records      what the columns `…_json` hold, and the words for states
├── rows/        the rows as frozen records
├── codec        between the two: add, find, change by a record's fields
├── migrations/  the schema's history; `migrate(database)` brings a database up to date
├── people       users · memberships · sign_ins · keys
├── projects     connections · projects · environments · secrets
├── work         tasks · attempts · turns · workers · schedules
├── results      pull_requests · reviews · comments · effects
├── accounts     usage (and `calls`, those of the API) · servers · usage_days · budgets · audit · deliveries · settings
└── notices      endpoints of webhooks, and what is to be told there

Files of rows hold plain functions over a connection, for `Database.read` and `Database.write`. `get_…` raises `NotFound`,
`find_…` returns None, `add_…` returns False when a unique value is taken, `move_…` is a compare-and-swap of the state.
"""
