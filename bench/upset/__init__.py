"""A service that is upset on purpose, and what must hold all the same.

upset/
├── plan        Plan: what every process of the run is told
├── model       the scripted model: what it says follows from the conversation alone, so that it can die too
├── roles       the processes: workers, server, model server, and
│   └── client      who dispatches and watches over HTTP
├── troupe      starts them, kills them by a seeded order, starts them again
├── holding     what must hold in the end, checked one after the other
└── leftovers   what must not be there in the end
"""
