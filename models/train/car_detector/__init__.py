"""Trains the car's object detector: a small anchor-free network for cones and the few other things on a track."""
