"""What happened to registrations, counted: rolled up from the event log, and asked for."""
