"""Models behind their wires: Responses, Chat Completions, Anthropic Messages.

model.py         what every model is to the rest of the house
choice.py        which model, where, with which credential
open.py          ModelChoice -> Model; what a provider serves
├── catalog.py       providers, model families and prices, as data (providers.toml, families.toml, prices.toml)
├── credentials.py   a key or an Entra token as request headers
└── wired.py         a model over HTTP: send, decode, retry, count
    ├── http.py      one kept connection (line.py, chunks.py); address.py where to; tls.py whom to trust; proxy.py the way through
    ├── sse.py       the event stream's parser
    ├── retry.py     when to send again, and after how long
    ├── faults.py    a refusal or a break, read into the tree of errors
    └── wires/       codecs: conversation -> request bytes, stream events -> items
relay/           requests of the API passed on to any upstream, and its events back
scripted.py      a model without a network, for tests of the rooms above
mock/            a model server that answers from a script, over real HTTP
"""
