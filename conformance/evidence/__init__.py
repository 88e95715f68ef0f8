"""What a run leaves as evidence, and its judgement anew from that alone."""
