"""The event log of a session: append, read, tail; on files and on SQL.

log.py           what every log and every store of large things must do
files.py         FileLog: one JSON line an event, one write a batch
lines.py         the bytes of a log file: batches, torn ends, finding an event
artifacts.py     FolderArtifacts: large things beside the log
detached.py      images and oversized strings leave an event, and come back byte for byte
recorder.py      Recorder: the one writer; an event is shown only after it is logged
inbox.py         inputs from outside: durable, once each, the first answer wins
replay.py        SessionState: what all events together say
session.py       Sessions: the folder of sessions; create, list, delete, export
sql/             SqlLog: the same log in a database that many processes share
bells/           doorbells: who waits for something hears at once that it may be there
blobs/           bytes by name, where every worker can reach them; BlobArtifacts
"""
