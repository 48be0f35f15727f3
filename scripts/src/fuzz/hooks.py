"""Loaded by schemathesis (see run-fuzzer.ts): makes its data generation quicker, and changes nothing of what it makes.

Hypothesis turns a character class of a pattern into a strategy by adding each character of each range, one by one. The
pattern of displayable text excludes most of Unicode's million code points, and its class is built again for each use:
four fifths of a run's CPU time. Here a class is built once. The names are private to Hypothesis, whose version
requirements.txt pins; a version without them fails at start.
"""

from hypothesis.strategies._internal import regex
from hypothesis.strategies._internal.lazy import unwrap_strategies

_build = regex._strategy
_classes = {}


def _strategy(codes, context, is_unicode, *, alphabet):
    # the type and its arguments for a single element of a pattern, a list for a sequence of them
    if not is_unicode or not isinstance(codes, tuple) or codes[0] != regex.sre.IN:
        return _build(codes, context, is_unicode, alphabet=alphabet)
    key = (repr(codes[1]), context.flags, unwrap_strategies(alphabet).intervals.intervals)
    if key not in _classes:
        _classes[key] = _build(codes, context, is_unicode, alphabet=alphabet)
    return _classes[key]


regex._strategy = _strategy
