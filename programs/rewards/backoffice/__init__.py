"""The screens of rewards: catalogue, codes, the counter, stamps, tills."""
