"""What the use cases need from the world: Protocols and their data."""
