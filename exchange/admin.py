"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""
