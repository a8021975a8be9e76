"""The pytest plug-in of the project, loaded by `-p loyalty.testing`: the fixtures every room's tests share."""

from loyalty.testing.fixtures import *  # noqa: F403
