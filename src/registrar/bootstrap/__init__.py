"""The composition root: settings to parts. Nothing is built at import."""
