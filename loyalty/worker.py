"""Housekeeping of the job queue by jobs of its own: those of a killed worker run again, old ones go."""
