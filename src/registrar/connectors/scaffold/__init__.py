"""A new manufacturer's folder: right by schema and lints, with a mark at each fact to find."""
