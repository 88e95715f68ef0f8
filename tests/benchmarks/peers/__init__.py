"""Other tools and this suite on the same targets, in one go, side by side.

    python -m tests.benchmarks.peers [--defects N|all] [--variants N|all] [--examples N] [--time-limit SECONDS]

Not part of CI. With its defaults (32 defects, 8 variants, 25 examples) it takes 15 to 20 minutes on two
idle cores.

The targets. The reference provider, served on loopback in a process of its own, fresh for every run of a contender:
plain, with one defect, or in another lawful way (a variant). Which of them is decided by rule, in targets.py: of every
topic the defects that lie evenly in the order of their names, one topic after the other; one defect in four is from
the list that tests/test_fuzz.py keeps for the fuzzing. Left out is the topic `tls`, for loopback is served in clear.

The contenders. `conformance run`: our hand-written checks. `conformance run --only fuzz --fuzz standard`: our drawn
requests alone (`--fuzz standard` without `--only` does both). `schemathesis run`, set up as a careful user would, in
schemathesis_run.py: our document, without the versions that are not served and the header that is for another role,
with the ids of known accounts and with recent dates as examples and as dictionaries, and with the largest page number;
the tokens of two clients that must not see each other's accounts; all checks, all phases, a fixed seed. So it has no
false alarm on the reference provider. All have the same rate limit before them, higher than what a tool sends that
does not mean to meet it. Ours keeps below it, which costs it seconds, and goes beyond it in a burst of some hundred
requests, to see it refuse.

What is counted, for all of them alike. A contender tells things: we, a requirement that failed; Schemathesis, what its
own baseline file holds of a failure (operation, check, kind, signature), or an error. What a contender tells of the
plain provider, with either of two seeds, is a false alarm and proves nothing. A defect is *found* when the contender
tells something else of it; it is *named* when what it tells is the requirement that is broken, which only a tool that
knows requirements can do. A variant is *blamed* when the contender tells anything of it that it does not tell of the
plain provider. Requests are counted by the provider, seconds are those of the whole command. A run that hits the time
limit, or breaks down, counts as nothing found, and is shown as such.

How to read it. The defects were made beside our checks and our fuzzing, each to show that something can fail, so our
own columns are full by construction: they show that it holds over HTTP too, and what it costs. The peer's column shows
how much of the same a tool sees that knows the document only. It says nothing of what else that tool finds, on APIs
for which nobody wrote checks. Wall times are rough: they are those of this machine, at that time.

A further contender is one class with a `name` and `run(document, folder, seed)`, as in contenders.py.
"""
