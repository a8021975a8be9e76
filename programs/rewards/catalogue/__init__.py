"""Rewards: what brands offer, what a member may have of it and why not, claiming and giving back."""
