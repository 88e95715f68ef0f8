"""Bugs as banks have them in production: one cause in one layer, and all the requirements in which it shows.

Each is a provider whose `symptoms` are exactly the requirements that a full run reports as broken.
"""
