"""The interactive terminal: one conversation, shown by a face.

theme.py       what each role looks like, for as many colours as the terminal has
transcript/    events and live frames -> blocks -> lines
"""
