"""Points that a member gives another one within a program."""
