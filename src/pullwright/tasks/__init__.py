"""The task service behind every face: who asked for what, where it runs, what became of it.

tasks/
└── store/      what is kept, in one SQL schema
"""
