"""What the HTTP room promises, tried through small addresses of its own."""
