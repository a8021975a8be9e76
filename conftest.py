"""Loads the project's pytest plug-in: shared fixtures and the throw-away database server."""

pytest_plugins = ["loyalty.testing"]
