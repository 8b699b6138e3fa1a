"""What a call gave, as a `ToolResult`: harmless text, bounded, the rest kept as a file; images passed on."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import msgspec

from pullwright.protocol.items import Call, ImagePart, TextPart
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.untrusted import line, visible
from pullwright.tools.output import LIMIT, bounded, keep_path
from pullwright.tools.tool import Bench, ToolResult

if TYPE_CHECKING:
    from mcp_types import CallToolResult

_SHORT = 1 << 18
IMAGES = 4
IMAGE_BYTES = 6 << 20
"""Images of one result, and the size of all of them as base64: each is logged, and sent again with every request."""

_IMAGE_KINDS = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


async def tool_result(call: Call, server: McpServer, given: CallToolResult, bench: Bench) -> ToolResult:
    """The result for the model. It says where the words are from: they are data, whatever they claim to be."""
    texts: list[str] = []
    images: list[ImagePart] = []
    for block in given.content:
        said = _said(block, images)
        if said:
            texts.append(said)
    if not texts and not images and given.structured_content is not None:
        texts.append(msgspec.json.format(msgspec.json.encode(given.structured_content), indent=1).decode())
    text = await _text(call, "\n".join(texts), bench)
    head = f"[from MCP server {server.name}{', as an error' if given.is_error else ''}]"
    output = f"{head}\n{text}" if text else f"{head} (nothing)" if not images else head
    return ToolResult(output=(TextPart(output), *images) if images else output, ok=not given.is_error)


async def _text(call: Call, text: str, bench: Bench) -> str:
    def cleaned() -> bytes:
        return bench.redact(visible(text).encode("utf-8", "replace"))

    clean = cleaned() if len(text) < _SHORT else await asyncio.to_thread(cleaned)
    if len(clean) <= LIMIT:
        return clean.decode("utf-8", "replace")
    kept = keep_path(bench, call.call_id)
    kept.write_bytes(clean)
    bench.artifacts.put(f"outputs/{kept.name}", clean)
    return bounded(clean, len(clean), LIMIT, f"{bench.outputs_at}/{kept.name}", fixed=True)


def _said(block: Any, images: list[ImagePart]) -> str:
    """A block as text, or "" for an image that is passed on."""
    match block.type:
        case "text":
            return str(block.text)
        case "image":
            return _image(block, images)
        case "audio":
            return f"[audio, {line(block.mime_type, 40)}, left out]"
        case "resource_link":
            return f"[a resource: {line(block.uri, 300)} {line(block.name, 80)}]"
        case "resource":
            resource = block.resource
            text = getattr(resource, "text", None)
            head = f"[resource {line(str(resource.uri), 300)}]"
            return f"{head}\n{text}" if isinstance(text, str) else f"{head} (binary, left out)"
        case _:
            return ""


def _image(block: Any, images: list[ImagePart]) -> str:
    kind, data = block.mime_type.lower(), block.data
    if kind not in _IMAGE_KINDS or not _BASE64.fullmatch(data):
        return f"[an image of a kind that cannot be shown: {line(kind, 40)}]"
    if len(images) >= IMAGES or sum(len(image.image_url) for image in images) + len(data) > IMAGE_BYTES:
        return f"[an image of {len(data) * 3 // 4:,} bytes, left out]"
    images.append(ImagePart(f"data:{kind};base64,{data}"))
    return ""
