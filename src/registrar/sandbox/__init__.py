"""Simulated manufacturers with a ledger of effects. It does not prove that a real site works."""

from registrar.sandbox.app import Sandbox, SandboxSettings

__all__ = ["Sandbox", "SandboxSettings"]
