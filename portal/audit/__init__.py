"""The append-only log: record.record writes, verify.verify proves."""
