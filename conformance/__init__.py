"""openbanking-conformance: does the system at this URL keep its contract?"""

__version__ = "0.1.0"
