"""Points of one program in another: agreements, rates by date, bonuses, and no free points in a circle."""
