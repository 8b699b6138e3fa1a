"""OpenTelemetry traces: spans are made everywhere through the API, and sent only where an address to send to is set."""

from __future__ import annotations

import os

from pullwright.protocol.errors import FixSettings

VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def start_traces(version: str, endpoint: str = "") -> bool:
    """Send spans by OTLP over HTTP to `endpoint`, or where OpenTelemetry's own variables say; False when neither says.

    Raises `FixSettings` when the exporter is not installed.
    """
    if not endpoint and not any(os.environ.get(name) for name in VARIABLES):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # type: ignore[import-not-found]
    except ImportError as error:
        fix = "pip install 'pullwright[otlp]'"
        raise FixSettings("traces are to be sent, but the exporter is not installed", fix=fix) from error
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "pullwright", "service.version": version}))
    # The exporter is an extra that the type checker does not see here.
    exporter = OTLPSpanExporter(endpoint=endpoint) if endpoint else OTLPSpanExporter()  # pyright: ignore[reportUnknownVariableType]
    provider.add_span_processor(BatchSpanProcessor(exporter))  # pyright: ignore[reportUnknownArgumentType]
    trace.set_tracer_provider(provider)
    return True
