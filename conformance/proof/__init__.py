"""The proof that the suite itself is right: what conforms never fails, what is broken never passes."""
