"""Destinations of alerts: one class for each kind, which puts a message into its form and hands it over."""
