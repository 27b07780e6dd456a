"""The local world: embedded PostgreSQL, Redis and AWS. Imported by the demo and by tests only."""
