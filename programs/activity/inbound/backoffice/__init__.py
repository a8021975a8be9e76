"""The portal's screens of what other systems tell: who they are, what their events mean, and what came of each."""
