"""The manufacturers' registration pages: server-rendered forms, each described by a file."""
