"""A text file's bytes and its text, there and back without loss."""

from __future__ import annotations

import codecs

import msgspec

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Form(msgspec.Struct, frozen=True):
    """How a file's text is written down. `newline` is CRLF only where every line ends so."""

    encoding: str = "utf-8"
    bom: bytes = b""
    newline: str = "\n"


def decode(data: bytes) -> tuple[str, Form] | None:
    """The text, with lines ending in `\\n`, and its form; None for a binary file.

    What is not UTF-8 is read as Latin-1, which every byte survives.
    """
    bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", "utf-8"))
    body = data[len(bom) :]
    if b"\0" in body and not encoding.startswith("utf-16"):
        return None
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        if bom:
            return None
        encoding = "latin-1"
        text = body.decode(encoding)
    crlf = text.count("\r\n")
    newline = "\r\n" if crlf and crlf == text.count("\n") else "\n"
    return (text.replace("\r\n", "\n") if newline == "\r\n" else text), Form(encoding, bom, newline)


def encode(text: str, form: Form) -> bytes:
    """The bytes of `text` in `form`. Raises `UnicodeEncodeError` for a character that the encoding lacks."""
    if form.newline == "\r\n":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return form.bom + text.encode(form.encoding)
