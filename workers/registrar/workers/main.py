"""What `dramatiq` is pointed at. The one module that builds at import: Dramatiq asks for it."""

from __future__ import annotations

import os

import dramatiq
from dramatiq.middleware import AsyncIO, ShutdownNotifications

from registrar.config import settings as config
from registrar.ports.queue import FORM_PROBES, JOBS, MAINTENANCE
from registrar.telemetry import logs
from registrar.workers import maintenance, registrations
from registrar.workers.boot import Boot
from registrar.workers.broker import hint_broker
from registrar.workers.middleware import Parts

settings = config.load()
logs.configure(settings.log_level, settings.log_format)
parts = Parts(settings)
boot = Boot(os.environ, settings.drain_seconds + 4)
broker = hint_broker(settings.redis_url, [boot, AsyncIO(), parts, ShutdownNotifications()])
dramatiq.set_broker(broker)
advancing = [registrations.declare(one, broker, parts) for one in JOBS]
probing = [maintenance.declare(one, broker, parts) for one in (MAINTENANCE, FORM_PROBES)]
