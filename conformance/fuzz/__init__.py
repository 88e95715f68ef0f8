"""Spec-driven fuzzing: cases from an embedded document, sent concurrently, judged by a contract, shrunk, deduplicated.

Generate first and keep the list, then send, then validate. Knows no contract; imported only when fuzzing is on, since
Schemathesis takes its time to load.
"""
