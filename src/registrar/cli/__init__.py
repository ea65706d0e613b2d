"""The command line: `registrar`."""
