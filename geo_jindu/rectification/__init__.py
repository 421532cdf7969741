"""Rectification of listed townships: life-cycle and rules as data, the log, what follows from it."""
