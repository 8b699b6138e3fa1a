"""A turn's proof as one file that somebody else can run again.

    make_bundle(turn, target)       log, artifacts and repository ─▶ NAME.tar.gz         making.py
    open_bundle(path, folder)       the file, read as hostile input ─▶ Bundle            reading.py
    await replay(order)             the same base, patch and tests in fresh sandboxes    replaying.py
    compare(bundle, found)          what differs, in sentences                           comparing.py

contents.py     what is in it, and how large each part may be
archive.py      the one form of archive that is written and read: no paths, no links, no surprises
base.py         the base's files as a pack, and a repository made of one
"""
