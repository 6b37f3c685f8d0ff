"""Fuzzing: what comes from outside, made wrong in every way, into each entrance of wslayout.

A *target* is a function of bytes (`tests.fuzz.targets.TARGETS`). It makes of them what one entrance
takes, mostly something real with a few things changed, so that it gets past the outermost check; it
lets pass the errors that are documented, and checks the laws that hold whatever is given. The same
targets run under hypothesis in ``tests/test_fuzz.py``, for seconds, and under atheris in
``make fuzz``, which looks at what code each input reaches.
"""
