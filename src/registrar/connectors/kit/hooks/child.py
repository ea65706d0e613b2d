"""The process that hooks run in. The standard library alone: started with `-I -S`, by its path.

It never runs a hook itself. For each call it forks; the fork gives up everything but one socket,
runs `hooks.py` with nothing but what stands in `MODULES`, answers and ends. So nothing of a call is
left for the next one: no variable, thread, file or used-up limit.

On the control socket (one packet each way): a descriptor asks for a fork and its process id is the
answer; a process id asks for that fork's end, and its wait status is the answer. A fork is only
reaped when its end is asked for, so no process id is ever another's. End of file ends all.

On a fork's own socket: frames of four bytes of length and JSON.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import GeneratorType
from typing import Any

MODULES = (
    *("abc", "base64", "binascii", "bisect", "calendar", "collections", "collections.abc"),
    *("contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions"),
    *("functools", "hashlib", "hmac", "html", "io", "itertools", "json", "math", "numbers"),
    *("operator", "re", "string", "textwrap", "typing", "unicodedata", "urllib.parse", "uuid"),
    *("xml.etree.ElementTree", "zlib"),
)
"""Loaded ahead; a fork can open no file, so whatever else is on disk cannot be imported."""

_BEHIND = (
    "_strptime",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.latin_1",
)
"""What those would load once they are used."""
NOBODY = 65534
LENGTH = struct.Struct(">I")
MEBIBYTE = 1 << 20


def main(descriptor: int) -> None:
    """Until the control socket ends."""
    for name in (*MODULES, *_BEHIND):
        import_module(name)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # What a fork does not touch stays one copy in memory.
    gc.disable()
    gc.freeze()
    control = socket.socket(fileno=descriptor)
    control.send(b"ready")
    running: set[int] = set()
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, 32, 1)
        if not packet:
            break
        if descriptors:
            pid = _forked(control, descriptors[0])
            running.add(pid)
            control.send(str(pid).encode())
        else:
            pid = int(packet)
            running.discard(pid)
            control.send(str(_ended(pid)).encode())
    for pid in running:
        _ended(pid)


def _forked(control: socket.socket, descriptor: int) -> int:
    pid = os.fork()
    if pid:
        os.close(descriptor)
        # In both: whichever comes first, it leads its group before anybody kills that.
        with suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    try:
        os.setpgid(0, 0)
        control.close()
        _called(socket.socket(fileno=descriptor))
    finally:
        os._exit(0)


def _ended(pid: int) -> int:
    """With all that it may have started in its group."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _called(stream: socket.socket) -> None:
    call = _read(stream)
    _confine(call["cpu"], call["memory"], call["alarm"])
    try:
        data = json.dumps({"answer": _run(call, stream)}, allow_nan=False).encode()
    except BaseException as error:  # noqa: BLE001 - whatever a hook does ends here
        data = json.dumps({"fault": _said(error)}).encode()
    _write(stream, data)


def _said(error: BaseException) -> str:
    """Its kind and line; never its text, which may hold a customer's data."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "hooks.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{type(error).__name__[:60]} in line {line}"


def _confine(cpu: float, memory: int, alarm: float) -> None:
    """Hard limits, for good. `memory` in MiB, of address space; times in seconds."""
    if os.getuid() == 0:
        # Root may raise its limits again, and is not held by the one on processes.
        with suppress(PermissionError):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    seconds = math.ceil(cpu)
    # If nobody is left to kill it.
    signal.alarm(math.ceil(alarm))
    for limit, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, memory * MEBIBYTE, memory * MEBIBYTE),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_NOFILE, 0, 0),
    ):
        resource.setrlimit(limit, (soft, hard))


def _run(call: dict[str, Any], stream: socket.socket) -> object:
    names: dict[str, Any] = {"__name__": "hooks", "__file__": "hooks.py"}
    gc.enable()
    exec(compile(call["source"], "hooks.py", "exec", dont_inherit=True), names)  # noqa: S102 - its purpose
    function: Callable[..., object] = names[call["step"]]
    made = function(*call["arguments"])
    return _asked(made, stream) if isinstance(made, GeneratorType) else made


def _asked(steps: GeneratorType[Any, Any, Any], stream: socket.socket) -> object:
    """Each thing that it yields is a request, and the reply comes back to it."""
    reply = None
    try:
        while True:
            request = steps.send(reply)
            _write(stream, json.dumps({"request": request}, allow_nan=False).encode())
            reply = _read(stream)
    except StopIteration as stop:
        return stop.value


def _read(stream: socket.socket) -> Any:  # noqa: ANN401 - JSON
    (size,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return json.loads(_exactly(stream, size))


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            os._exit(0)
        data += part
    return bytes(data)


def _write(stream: socket.socket, data: bytes) -> None:
    stream.sendall(LENGTH.pack(len(data)) + data)


if __name__ == "__main__":
    main(int(sys.argv[1]))
