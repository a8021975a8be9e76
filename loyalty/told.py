"""The types of events that the rooms of this app declare, in one place for whoever asks what there is."""
