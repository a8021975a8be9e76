"""The jobs of the app's rooms, where the worker looks for them."""
