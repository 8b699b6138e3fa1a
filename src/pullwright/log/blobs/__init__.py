"""Blobs: bytes by name, where every worker can reach them. Checkpoints and artifacts lie there.

blobs/
├── blobs     Blobs: the protocol; `open_blobs` chooses
├── folder    FolderBlobs: a folder that all workers share
├── s3        S3Blobs: an S3-compatible store (the extra `s3`)
└── artifacts BlobArtifacts: a session's artifacts, here at once and in the blobs before an event names them
"""

from pullwright.log.blobs.blobs import Blobs, open_blobs

__all__ = ["Blobs", "open_blobs"]
