"""A real terminal, without a window: what a person would see of a program, as data.

driver.py       Terminal: a program on a pty; keys, pastes, sizes, waiting for what the screen shows
├── stream.py       the bytes as text and control sequences; answers what a terminal is asked; frames
└── screen.py       the screen on pyte: alternate screen, scrollback, reflow, dim, wide and joined characters
semantics.py    a screen as readable text: its lines, then the style of each run
golden.py       golden screens: compared when they have settled, a side-by-side view of what differs
"""
