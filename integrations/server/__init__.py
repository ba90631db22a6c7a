"""Brainstorming behind the OpenAI API: what is asked and answered on the wire, and an ASGI application that serves it.

`wire`, `shape`, `engine`, `answer`, `plain`, `chat` and `responses` know no web framework: `wrap` uses them too.
"""
