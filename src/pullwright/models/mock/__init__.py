"""A model server that answers from a script, over real HTTP; for the demo, the tests and the benchmarks.

    script.py        Script: answers (text, reasoning, calls, usage) and troubles, one for each request
    rendering.py     an answer about to be told, and frames; pacing.py cuts and slows them as the script wants
    server.py        MockServer: HTTP, the routes of all three wires, what was received byte for byte
    ├── delivered.py     what was given out of an answer before the connection ended, in tokens
    ├── beside.py        models, tokens counted, a conversation compacted
    ├── responses.py     an answer as the Responses API gives it
    ├── chat.py          … as Chat Completions gives it
    └── anthropic.py     … as Anthropic Messages gives it

It has no mind, and says so in every answer's header (`x-pullwright-scripted: 1`).
"""
