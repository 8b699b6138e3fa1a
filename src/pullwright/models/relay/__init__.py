"""Requests of the Responses API, relayed to any upstream: as they are to one that speaks it, translated for the others.

relay/
├── relay            Order -> Frame…: what every upstream is to whoever serves the API
├── open             ModelChoice -> Relay
├── pool             connections to one server, as many as there are calls
├── passing          an upstream that speaks the Responses API itself
│   ├── request          order -> body, the client's fields and items as they came
│   ├── reading          a stream read to its end, whatever happens to it
│   ├── passage          the upstream's events -> frames; numbering, said: their number, how much they say
│   ├── telling          a response that came whole, told as events
│   └── endpoints        input_tokens and compact, where the server has them
├── translating      an upstream that speaks Chat Completions or Anthropic Messages
│   ├── requesting       order -> the wires' request, of its parts:
│   │   ├── fields           the request's fields, as records
│   │   ├── checking         what upstream (who that is) cannot do: refused by its name
│   │   ├── tools            tools and tool_choice; namespaces: tools in one, by longer names
│   │   ├── conversing       input, item by item
│   │   └── ordering         results to their calls, instructions first
│   ├── writing          the wire's events -> frames; written: items under way; freeform: the text in a function's arguments
│   └── counting         count_tokens, where the server has it
├── sealing          what upstreams need back, in encrypted_content
├── summary          a conversation made shorter by the model, for upstreams that do not compact
└── scripted         a relay without a network, for tests of the rooms above
"""
