"""Alerts: rules over what was measured of requests, their states, and what people are told. All of it pure."""
