"""Generated from proto/registrar/v1 by `make generate`; never edited."""
