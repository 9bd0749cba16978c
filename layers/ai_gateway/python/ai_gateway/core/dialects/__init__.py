"""The dialects by name."""
