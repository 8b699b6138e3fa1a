"""Which layers an image has: https://github.com/opencontainers/image-spec (layout, index, manifest), and `docker save`'s own."""

from __future__ import annotations

import hashlib
import platform
import re

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.environments.images.archive import Archive, text_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
DEEPEST = 4
MOST_LAYERS = 500


class Platform(msgspec.Struct, frozen=True):
    """What an image of an index runs on."""

    os: str = ""
    architecture: str = ""


class Descriptor(msgspec.Struct, frozen=True, rename="camel"):
    """A blob by its digest."""

    digest: str
    media_type: str = ""
    platform: Platform | None = None


class _Index(msgspec.Struct, frozen=True):
    manifests: list[Descriptor] = []


class _Manifest(msgspec.Struct, frozen=True):
    layers: list[Descriptor] = []


class _Saved(msgspec.Struct, frozen=True, rename="pascal"):
    config: str
    layers: list[str]


class _RootFs(msgspec.Struct, frozen=True):
    diff_ids: list[str]


class _Config(msgspec.Struct, frozen=True):
    rootfs: _RootFs


class LayerFile(msgspec.Struct, frozen=True):
    """A layer: its file's name in the archive, and the digest that this file, or (`plain`) what it unpacks to, must have."""

    name: str
    digest: str
    plain: bool = False


class Contents(msgspec.Struct, frozen=True):
    """An image: its digest, and its layers, lowest first."""

    digest: str
    layers: tuple[LayerFile, ...]


def contents(archive: Archive) -> Contents:
    """What an archive holds. Raises `FixSettings` for what is no image, or none for this machine."""
    try:
        try:
            index = text_of(archive, "index.json")
        except KeyError:
            return _saved(archive)
        return _manifest(archive, msgspec.json.decode(index, type=_Index), 0)
    except KeyError as error:
        raise FixSettings(f"the image is not whole: {error.args[0]} is not there", fix="Save it again.") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise FixSettings(f"the image cannot be read: {error}", fix="Save it again.") from None


def _manifest(archive: Archive, index: _Index, depth: int) -> Contents:
    chosen = _chosen(index.manifests)
    data = text_of(archive, _blob(chosen.digest))
    if f"sha256:{hashlib.sha256(data).hexdigest()}" != chosen.digest:
        raise FixSettings(f"the image is damaged: {chosen.digest} has other content", fix="Save it again.")
    if chosen.media_type in _INDEXES or (not chosen.media_type and b'"manifests"' in data):
        if depth >= DEEPEST:
            raise FixSettings("the image's indexes lead nowhere")
        return _manifest(archive, msgspec.json.decode(data, type=_Index), depth + 1)
    layers = msgspec.json.decode(data, type=_Manifest).layers
    return Contents(chosen.digest, _checked([LayerFile(_blob(layer.digest), layer.digest) for layer in layers]))


def _chosen(manifests: list[Descriptor]) -> Descriptor:
    machine = _MACHINES.get(platform.machine(), platform.machine())
    fitting = [one for one in manifests if one.platform is not None and one.platform == Platform("linux", machine)]
    fitting = fitting or [one for one in manifests if one.platform is None or one.platform.architecture in ("", machine)]
    if not fitting:
        there = ", ".join(sorted({f"{one.platform.os}/{one.platform.architecture}" for one in manifests if one.platform}))
        raise FixSettings(f"the image is not made for linux/{machine}; it has {there or 'nothing'}")
    return fitting[0]


def _saved(archive: Archive) -> Contents:
    saved = msgspec.json.decode(text_of(archive, "manifest.json"), type=list[_Saved])
    if not saved:
        raise FixSettings("the image holds nothing")
    config = text_of(archive, saved[0].config)
    ids = msgspec.json.decode(config, type=_Config).rootfs.diff_ids
    if len(ids) != len(saved[0].layers):
        raise FixSettings("the image is damaged: its layers are not those that it names", fix="Save it again.")
    layers = [LayerFile(name, digest, plain=True) for name, digest in zip(saved[0].layers, ids, strict=True)]
    return Contents(f"sha256:{hashlib.sha256(config).hexdigest()}", _checked(layers))


def _checked(layers: list[LayerFile]) -> tuple[LayerFile, ...]:
    if not layers or len(layers) > MOST_LAYERS:
        raise FixSettings(f"the image has {len(layers)} layers")
    for layer in layers:
        if not _DIGEST.fullmatch(layer.digest):
            raise FixSettings(f"the image names a layer by {layer.digest[:80]!r}, which is no digest")
    return tuple(layers)


def _blob(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise FixSettings(f"the image names a blob by {digest[:80]!r}, which is no digest")
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"
