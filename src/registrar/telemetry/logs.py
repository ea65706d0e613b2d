"""Structured logs: one line an event, with the ids of the call that caused it."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar

import msgspec
import structlog

_about: ContextVar[dict[str, str]] = ContextVar("about")


def about(**ids: str) -> None:
    """Ids that every line of the present task carries from now on."""
    _about.set(ids)


def _with_ids(
    _logger: object, _method: str, line: structlog.types.EventDict
) -> structlog.types.EventDict:
    ids = _about.get(None)
    return {**ids, **line} if ids else line


def _json(line: object, **_options: object) -> str:
    return msgspec.json.encode(line, enc_hook=repr).decode()


def configure(level: str, form: str) -> None:
    """Once a process. Libraries' own records take the same way out, on stderr."""
    shared: list[structlog.types.Processor] = [
        _with_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = structlog.processors.JSONRenderer(_json)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
