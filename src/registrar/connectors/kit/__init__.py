"""The kit: manifests, mapping, HTTP, classification: the only code that talks to manufacturers."""
