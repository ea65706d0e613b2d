"""What the business says: no async, no input or output, one library for the form of its data."""
