"""The one call to the outside world: one HTTP request, one answer, never a retry or a redirect of its own.

It tells apart what matters for sending once: a connection that never came about, and an answer that was lost.
"""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from hub.connector_kit.requests import Answer, HttpRequest, LostAnswer, NeverLeft

CONNECT_TIMEOUT = 3.0
MAX_ANSWER = 2**20
"""Bytes read of an answer; nobody's answer is longer, and a hostile one must not fill the memory."""


class HttpSender:
    """`Transport` for HTTP. Make one a batch: a connection may die while a Lambda is frozen, and an answer
    lost on a dead one could not be told from an answer lost after the request had arrived."""

    def __init__(self, read_timeout: float) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=read_timeout)
        self._anywhere = _manager(_Pool, _TlsPool, timeout)
        self._public = _manager(_NoPlainPool, _PublicTlsPool, timeout)

    def __call__(self, request: HttpRequest) -> Answer:
        manager = self._public if request.public_only else self._anywhere
        with _before_it_leaves():
            url, body = request.full_url, request.to_bytes()
        try:
            response = manager.request(
                request.method,
                url,
                body=body,
                headers={"user-agent": "customer-data-hub", **request.full_headers},
                redirect=False,
                preload_content=False,
            )
            return _answer(response)
        except urllib3.exceptions.LocationValueError as error:
            raise NeverLeft(type(error).__name__) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            # Its class only: the text of these errors holds the address, which may hold a secret.
            raise LostAnswer(type(error).__name__) from None


def _answer(response: Any) -> Answer:
    try:
        body = response.read(MAX_ANSWER, decode_content=True)
    finally:
        response.release_conn()
    return Answer(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
    )


@contextmanager
def _before_it_leaves() -> Iterator[None]:
    """TLS belongs to connecting, and a header is only put aside: until all stand, not a byte has left."""
    try:
        yield
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError, TypeError) as error:
        raise NeverLeft(type(error).__name__) from None


class _Connection(HTTPConnection):
    def connect(self) -> None:
        with _before_it_leaves():
            super().connect()

    def putheader(self, *args: Any) -> None:
        with _before_it_leaves():
            super().putheader(*args)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        with _before_it_leaves():
            super().connect()

    def putheader(self, *args: Any) -> None:
        with _before_it_leaves():
            super().putheader(*args)


class _NoPlainConnection(_Connection):
    def connect(self) -> None:
        raise NeverLeft("an address from outside must be https")


class _PublicTlsConnection(_TlsConnection):
    """Connects to the very address it has checked: a name could lead elsewhere at a second look-up."""

    def _new_conn(self) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, int | float) else CONNECT_TIMEOUT
        connected = socket.create_connection((public_address(self.host, self.port), self.port), timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _NoPlainPool(HTTPConnectionPool):
    ConnectionCls = _NoPlainConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsConnection


def public_address(host: str, port: int) -> str:
    """The address behind a name, if all of them are on the public internet; else NeverLeft.

    Private, loopback, link-local and metadata addresses are none of a webhook's business (SSRF).
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(ipaddress.ip_address(one).is_global for one in found):
        raise NeverLeft(f"{host} is not on the public internet")
    return found[0]


def _manager(
    plain: type[HTTPConnectionPool], tls: type[HTTPSConnectionPool], timeout: urllib3.Timeout
) -> urllib3.PoolManager:
    manager = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=1)
    manager.pool_classes_by_scheme = {"http": plain, "https": tls}
    return manager
