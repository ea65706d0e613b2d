"""`sandbox.py` in a manufacturer's folder: its API, simulated beside the sandbox's own profiles.

It is code, and the kit runs it in this process: as with any test, only of authors who are trusted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from aiohttp import web

from registrar.domain.errors import ConfigurationError
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.sandbox.request import World

FILE = "sandbox.py"
Routes = Callable[[World], Sequence[web.RouteDef]]
"""The function `routes` of such a file: all paths of the API, which must be nobody else's."""


class Beside(Sandbox):
    """The sandbox with one more manufacturer."""

    def __init__(self, settings: SandboxSettings, routes: Routes) -> None:
        super().__init__(settings)
        self._routes = routes

    def application(self) -> web.Application:
        """All routes."""
        made = super().application()
        made.add_routes(self._routes(self.world))
        return made


def simulation(folder: Path) -> Callable[[SandboxSettings], Sandbox]:
    """What simulates this manufacturer; raises ConfigurationError where its file is wrong."""
    path = folder / FILE
    if not path.is_file():
        return Sandbox
    routes = _routes(path)
    return lambda settings: Beside(settings, routes)


def _routes(path: Path) -> Routes:
    module = ModuleType(f"registrar_sandbox_{path.parent.name}")
    # Where dataclasses look up their annotations.
    sys.modules[module.__name__] = module
    try:
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
        exec(code, module.__dict__)  # noqa: S102 - see the module's docstring
    except Exception as error:
        raise ConfigurationError(f"{FILE}: {type(error).__name__}: {error}") from error
    found: Routes | None = getattr(module, "routes", None)
    if not callable(found):
        raise ConfigurationError(f"{FILE}: there is no function routes(world)")
    return found
