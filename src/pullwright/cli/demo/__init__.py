"""Small real changes, the whole way: real repository, real wire, real sandbox, real verification.

sample/       the repository: a library with tests, one of them red
sample.py     the repository, written to a folder and committed
service.py    four tasks through the service, to pull requests, a review and a merge
site.py       its web app, at a terminal until Ctrl-C
recipes.py    what they ask for, and the scripted model that does it
evidence.py   what clean runs showed, as lines
stage.py      what each of the two stands on: the model, where it is shown, a folder for a while
walk.py       one turn alone, told step by step
script.py     its scripted model: rules over what it reads, for the one bug that it knows
reading.py    what a scripted model reads in a request
"""
