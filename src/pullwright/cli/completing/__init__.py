"""What a shell offers on Tab. Runs at each Tab: nothing heavy is imported, nothing is asked over the network, no git is run.

shells.py    bash as we want it (zsh and fish are click's); the scripts
attach.py    which parameter takes which values, by its name
values.py    the values: sessions, models, refs, settings, words
seen.py      models that a provider listed lately
"""
