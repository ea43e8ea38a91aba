"""Rights of people and duties of time: erasure, retention, access."""
