"""What brands owe each other for exchanged points, and prefunded pools."""
