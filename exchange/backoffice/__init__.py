"""The screens of the exchange in the admin portal."""
