"""What the business says: standard library only, no async, no input or output."""
