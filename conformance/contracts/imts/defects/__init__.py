"""Systems that break one rule of imts each, a file per topic."""
