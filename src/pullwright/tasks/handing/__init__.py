"""A session handed over: from somebody's terminal to the service, to go on there as an attempt, and back.

handing/
├── parcel    what is handed over, as one file: log, artifacts, the workspace's objects
├── checking  objects are what their names say, before they come near a project's clone
├── taking    a parcel becomes a task with one attempt, or lengthens the one that it came from
└── giving    an attempt at rest becomes a parcel
"""
