"""The event log of a session: append, read, tail; on files (SQL comes with the service).

log.py           what every log and every store of large things must do
files.py         FileLog: one JSON line an event, one write a batch
lines.py         the bytes of a log file: batches, torn ends, finding an event
artifacts.py     FolderArtifacts: large things beside the log
detached.py      images and oversized strings leave an event, and come back byte for byte
recorder.py      Recorder: the one writer; an event is shown only after it is logged
inbox.py         inputs from outside: durable, once each, the first answer wins
replay.py        SessionState: what all events together say
session.py       Sessions: the folder of sessions; create, list, delete, export
"""
