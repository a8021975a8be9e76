"""The fault harness: a throw-away service of its own processes and database, clients that load it and write down every
answer, faults that break it, and a judgement of what is left. Planted bugs prove that the judgement sees.

It drives the service from outside only: processes, HTTP, management commands, and signals."""
