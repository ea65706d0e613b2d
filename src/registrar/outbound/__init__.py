"""What is connected to: a name is looked up once, checked, and its checked address is used."""

from registrar.outbound.reach import (
    Address,
    LookUp,
    NotAllowed,
    NotListed,
    Reach,
    looked_up,
    refusal,
    resolved,
)

__all__ = [
    "Address",
    "LookUp",
    "NotAllowed",
    "NotListed",
    "Reach",
    "looked_up",
    "refusal",
    "resolved",
]
