"""Validation of the universal schema: rules by well-kept libraries, all violations at once."""

from registrar.app.validation.rules import validated

__all__ = ["validated"]
