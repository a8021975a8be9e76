"""The portal's screens of webhooks: who is told, how that goes, each delivery with its tries; and of the event log."""
