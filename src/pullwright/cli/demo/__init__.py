"""A small real bug, fixed the whole way: real repository, real wire, real sandbox, real verification.

sample/       the repository: a library with tests, one of them red
sample.py     the repository, written to a folder and committed
script.py     the scripted model: rules over what it reads, for the one bug that it knows
walk.py       the whole way, told step by step
"""
