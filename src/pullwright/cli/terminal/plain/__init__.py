"""The face for dumb terminals, pipes and screen readers: lines, one after the other, each saying what it is.

Nothing is drawn twice, no cursor is moved, no colour is used.

face.py      PlainFace, and run_plain: the conversation line by line
telling.py   events and frames as labelled lines
speaking.py  parts of an answer as lines: headings, code, lists, tables in words
asking.py    what the agent asks of the person, answered with a letter or words
editor.py    the person's own editor
typed.py     what a person types, without stopping the event loop
"""
