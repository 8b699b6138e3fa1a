"""The API for other programs as a test has it.

mind.py      what the upstream says: it reads the request of any wire, and does what its last words ask
read.py      a request of any wire, read
world.py     a real server with an upstream of each wire behind it, and the official clients
javascript/  the same list as the Python tests, for the JavaScript SDK
"""
