"""Requests of the Responses API, relayed to any upstream: as they are to one that speaks it, translated for the others.

relay/
├── relay            Order -> Frame…: what every upstream is to whoever serves the API
├── open             ModelChoice -> Relay
├── pool             connections to one server, as many as there are calls
└── passing          an upstream that speaks the Responses API itself
    ├── request          order -> body, the client's fields and items as they came
    ├── passage          the upstream's events -> frames; numbering, said: their number, how much they say
    ├── telling          a response that came whole, told as events
    └── endpoints        input_tokens and compact, where the server has them
"""
