"""The interactive terminal as a screen: finished blocks go into the terminal's scrollback, below them what is being written.

running.py      the screen's life, from the first frame to a sane terminal
app.py          the face: what slash commands and the pairing may ask
work.py         what goes on beside the keys, and its errors
inline.py       drawing at the foot of the terminal, printing above it, resizing
output.py       whole frames, terminal modes
keyboard.py     keys as they come: large pastes, unambiguous keys, focus
scrollback.py   finished blocks on their way up, some 30 frames a second
layout.py       the foot's windows
editor.py       where the person writes; paste.py folds long pastes, images.py takes pictures, history.py remembers
flow.py         what Enter, Tab, Esc and Ctrl-C mean
keys.py         every key; bindings.py binds them
desk.py         questions to the person; choice.py one with several answers, letters.py which letters answer it
hunks.py        an edit taken hunk by hunk
status.py       the status line; waiting.py spinner, remarks, queue; title.py of the window; welcome.py the first line
sgr.py          coloured lines for prompt_toolkit's windows
menu.py         completions; completer.py fills it from completion.py (what is asked), files.py (the names)
asking.py       permissions and questions; reviewing.py hunk by hunk
outside.py      editor, shell, clipboard; notify.py bell and desktop
looking.py      transcript, unfolding, history; theming.py colours
typeahead.py    what is typed before the screen is there
"""
