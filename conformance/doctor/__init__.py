"""The doctor: a look at a target before any verdict."""
