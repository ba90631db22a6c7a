"""Who may ask: API keys, the names a local server is called by, and the web pages that may use it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from brainstorm.errors import BrainstormError

from .wire import ApiError

LOCAL_ORIGINS: Final = (
    r"(?:https?|capacitor|ionic)://(?:localhost|[\w-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?"
    r"|(?:app|tauri|file|vscode-webview|vscode-file|moz-extension|chrome-extension|safari-web-extension)://[\w.:-]*"
)
"""Origins of pages served from this machine, and of desktop apps and extensions."""

_LOCAL_HOST = re.compile(
    r"(?:(?:localhost|[\w-]+\.localhost|host\.docker\.internal|host\.containers\.internal)\.?"
    r"|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?",
    re.I,
)
HEAD: Final = 32_768
"""Bytes of a request's head at most."""

OPEN: Final = ("/healthz",)
MIN_KEY: Final = 16
"""Characters of an API key at least: a shorter one could be guessed."""


def read_keys(path: str | Path) -> tuple[str, ...]:
    """The API keys in a file, one a line; empty lines and those that begin with # are passed over.

    Raises:
        BrainstormError: the file cannot be read, or holds no usable key.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise BrainstormError(f"cannot read the API keys in {path}: {why}.") from error
    keys = tuple(key for line in lines if (key := line.strip()) and not key.startswith("#"))
    if not keys or any(len(key) < MIN_KEY for key in keys):
        raise BrainstormError(
            f"{path} must hold API keys of at least {MIN_KEY} characters, one a line.",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))' > FILE",
        )
    return keys


_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z\d+.-]*)://(?P<host>\[[\da-f:.]+\]|[^\s/?#@:\[\]*]+)(?::(?P<port>\d{1,5}))?/?", re.I
)
_USUAL_PORTS: Final = {"http": "80", "https": "443"}


def read_origins(given: Sequence[str]) -> tuple[str, ...]:
    """Web origins as browsers write them: in small letters, without a slash at the end or a scheme's usual port.

    Raises:
        BrainstormError: one of them is no origin.
    """
    told = []
    for text in given:
        found = _ORIGIN.fullmatch(text.strip())
        if found is None and text != "*":
            raise BrainstormError(
                f"{text[:200]!r} is no web origin.", hint='Write it as "https://app.example.com", with no path, or "*".'
            )
        if found is None:
            told.append(text)
            continue
        scheme, host, port = found["scheme"].lower(), found["host"].lower(), found["port"]
        told.append(f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS.get(scheme) else ""))
    return tuple(told)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: lets through who has a key, or, where there are none, whoever is on this machine.

    Without keys, a name that points at this machine only by DNS, or a web page from elsewhere, is turned away: else
    any page that a user opens could spend their tokens.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        self._app = app
        self._keys = tuple(hashlib.sha256(key.encode()).digest() for key in keys)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises:
        ApiError: 401, 403 or 431.
        """
        if scope["type"] == "http" and sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD:
            raise ApiError(431, f"The headers are larger than {HEAD:,} bytes.", headers={"Connection": "close"})
        if scope["type"] == "http" and scope["path"] not in OPEN:
            headers = Headers(scope=scope)
            if self._keys:
                self._check_key(headers)
            else:
                self._check_place(headers)
        await self._app(scope, receive, send)

    def _check_key(self, headers: Headers) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
        # every key is compared, and in constant time: how long it takes tells nothing
        matches = [hmac.compare_digest(given, known) for known in self._keys]
        if scheme.lower() != "bearer" or not any(matches):
            raise ApiError(
                401,
                "Incorrect API key provided. Send the server's key as 'Authorization: Bearer KEY'.",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _check_place(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not _LOCAL_HOST.fullmatch(host):
            message = "This server has no API key, so it answers only to the names of this machine."
            raise ApiError(403, message, kind="permission_error", code="host_not_allowed")
        # links and images say no origin, but browsers say where they stand
        elsewhere = origin is None and headers.get("sec-fetch-site") == "cross-site"
        if elsewhere or (origin is not None and not self.allows(origin)):
            message = (
                "Pages from this origin may not use this server. Allow it: brainstorm serve --allow-origin ORIGIN."
            )
            raise ApiError(403, message, kind="permission_error", code="origin_not_allowed")

    def allows(self, origin: str) -> bool:
        """Whether pages of `origin` may ask."""
        return bool({"*", origin} & self._origins or re.fullmatch(LOCAL_ORIGINS, origin))
