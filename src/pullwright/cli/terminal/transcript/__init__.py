"""Events and live frames as what a person reads: pure, no terminal needed.

    Transcript.feed(event or frame) -> blocks that are complete; Transcript.live(width, height) -> what goes on just now

transcript.py   the fold: which event becomes which block
block.py        what a block is, and the simple ones
spans.py        styled text: wrapped, cut and painted
safe.py         what others wrote, made fit to be laid out
"""
