"""Requests of the Responses API, relayed to any upstream: as they are to one that speaks it, translated for the others.

relay/
└── relay        Order -> Frame…: what every upstream is to whoever serves the API
"""
