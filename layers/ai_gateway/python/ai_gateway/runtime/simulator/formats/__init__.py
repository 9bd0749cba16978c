"""Wire formats: how each provider's requests are read and its answers written.

A format is a module; which one speaks follows from the path alone, as it would on the provider's own host.
"""
