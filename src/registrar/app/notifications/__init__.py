"""Telling people and systems what became of a registration: outbox, letters, webhooks."""
