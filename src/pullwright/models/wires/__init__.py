"""The wires: codecs between a conversation and what goes over HTTP.

wire.py          what every wire is: Wire, Decoder, Ended, StreamFailed
growing.py       the growing list at a body's end, each item encoded once
dialogue.py      items grouped into the messages of Chat Completions and Anthropic
schemas.py       answer schemas, and free-form tools offered as functions
responses.py     OpenAI Responses
chat.py          OpenAI Chat Completions, and the many servers that imitate it
anthropic.py     Anthropic Messages
"""
