"""The API for other programs as a test has it.

mind.py      what the upstream says: it reads the request of any wire, and does what its last words ask
read.py      a request of any wire, read
world.py     a real server with an upstream of each wire behind it, and the official clients
served.py    `pullwright serve` as a process of its own, killed and started again
ledger.py    an upstream that writes down what it delivers; asker.py: a client that can be killed
programs.py  where Node, the JavaScript SDK and Codex are
javascript/  the same list as the Python tests, for the JavaScript SDK
"""
