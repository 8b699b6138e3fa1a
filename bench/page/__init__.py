"""What the benches of the web app have in common.

page/
├── machine     what was measured on, and the wait for a quiet moment
└── living      a page as its browser lives through it: long tasks, frames, memory
"""
