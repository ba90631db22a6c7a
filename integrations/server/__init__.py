"""Brainstorming behind the OpenAI API: what is asked and answered on the wire, and an ASGI application that serves it.

`wire`, `shape`, `engine`, `answer`, `chat` and `responses` know no web framework, so that `wrap` uses them too.
"""
