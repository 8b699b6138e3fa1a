"""The parts of `gateway.py`, each cheap enough not to be what is measured.

upstream.py  a model's server of each wire: frames made beforehand, told one by one
proxy.py     a bare reverse proxy: copies bytes, looks at nothing
asking.py    a client
watching.py  another process's memory and CPU
"""
