"""The pipeline that settles exchanges: lanes, batches, retries, dead letters, and how far it lags."""
