"""Loads the project's pytest plug-in: shared fixtures and the throw-away database server. One such file stands in each
app that has tests, so that any of them can be run alone; the plug-in is loaded once."""


def pytest_configure(config):
    config.pluginmanager.import_plugin("loyalty.testing")
