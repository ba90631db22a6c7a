"""uvicorn's HTTP/1.1 with little patience for clients that do not get to the point, or do not read."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class _Counting:
    """A transport that knows how much was written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.written = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As the transport's."""
        self.written += len(data)
        self._transport.write(data)

    @property
    def taken(self) -> int:
        """Bytes that have gone out."""
        return self.written - int(self._transport.get_write_buffer_size())


def protocol(patience: float, connections: int) -> type[H11Protocol]:
    """The protocol: a connection on which nothing gets going for `patience` seconds is closed, or cut off.

    uvicorn itself waits as long as a client likes, for the rest of a head and for the reading of what was written,
    also once it has closed the connection.

    Args:
        patience: seconds between two looks at a connection.
        connections: how many there may be; one more is closed at once.
    """

    class Impatient(H11Protocol):
        """H11Protocol that looks at its clock."""

        _seen: object = None
        _taken = 0
        _clock: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(_Counting(transport))  # type: ignore[arg-type]
            if len(self.connections) > connections:
                transport.abort()
                return
            self._clock = self.loop.call_later(patience, self._look)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._clock is not None:
                self._clock.cancel()
            super().connection_lost(exc)

        def _look(self) -> None:
            transport: Any = self.transport
            unread, taken, self._taken = transport.get_write_buffer_size(), self._taken, transport.taken
            if unread and taken == self._taken:
                transport.abort()  # close() would wait for who does not read
                return
            idle = self.cycle is None or self.cycle.response_complete
            silent = idle and self._seen in (self.cycle, None) and (self.cycle is None or self._seen is self.cycle)
            if silent and not unread and not transport.is_closing():
                transport.close()
            self._seen = self.cycle
            self._clock = self.loop.call_later(patience, self._look)

    return Impatient
