"""The interactive terminal: pairing with the agent in the person's own files.

face.py        what a person sees and is asked through
pairing/       the conversation behind a face; no terminal in it
slash/         slash commands
transcript/    events and live frames -> blocks -> lines
plain/         the face for dumb terminals, pipes and screen readers: labelled lines
viewer.py      the whole transcript on the full screen; pages.py: what is in its window
theme.py       what each role looks like, for as many colours as the terminal has; palettes.py: the looks
"""
