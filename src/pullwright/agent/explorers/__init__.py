"""Sub-agents: small agents that look around for the one that sent them, and report.

explorers.py   those of a turn: sent, held to their ceilings, ended with it
mirror.py      what one does, seen in the log of its sender
words.py       what one is told, and what is said of it
"""
