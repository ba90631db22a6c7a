"""Techniques compared at equal total tokens: runs, measures, intervals, and how they are shown.

Runs are ordinary run files, so that every measure can be taken again without a model call.
"""

from __future__ import annotations
