"""Configuration: one typed tree, one precedence, and for each value where it came from.

    defaults < the person's file < the project's file < environment (PULLWRIGHT_…) < flags

tree.py          Settings: the tree and its defaults
keys.py          each key: what it means, its type, whether an untrusted project may set it
layer.py         values with their origins, as one source gives them
toml_file.py     a layer from a TOML file; errors name file, line and key
environment.py   a layer from PULLWRIGHT_… variables
load.py          the layers laid over each other
change.py        one key changed in the person's file, comments kept
trust.py         which projects' configuration counts, by content hash
references.py    `${NAME}` -> the variable, or the secret that was kept under that name
hooks.py         [[hooks.…]] -> hooks
model.py         Settings and credentials -> the model to call
serving.py       the section [server]: how tasks are served
servers.py       the MCP servers, the person's and a trusted project's
budget.py        `2usd` -> Budget
network.py       `registries,example.org` -> NetworkPolicy
notify.py        `bell,desktop` -> the ways to tell a person
sizes.py         `4GiB` -> bytes
nearest.py       what somebody probably meant
"""
