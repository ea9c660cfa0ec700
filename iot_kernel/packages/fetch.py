"""Fetches one file from the network, or from this computer: the one place that does. Blocking.

Proxies and certificates are taken from the environment, as by other programs. Only ``http`` and ``https`` are
spoken, and nothing that began encrypted goes on in the clear.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from iot_kernel.packages.errors import NotWantedError, PackageError, PackageNotFoundError
from iot_kernel.packages.sources import Local, Place
from iot_kernel.text import printable
from iot_kernel.urls import __version__

SILENCE = 15.0  # s a server may be silent: busy ones answer within five
DEADLINE = 120.0  # s for one file, however busily it trickles
REDIRECTS = 5  # one after the other; repositories need two

_CHUNK = 65_536  # bytes a read
_GONE = (404, 410)
_TOO_MANY = 429
_PROXY = "behind a proxy, set HTTPS_PROXY"


class Fetcher:
    """Fetches files; any number of threads may use it at once. The constructor does nothing.

    Args:
        silence: seconds a server may be silent.
        deadline: seconds a file may take.
    """

    def __init__(self, *, silence: float = SILENCE, deadline: float = DEADLINE) -> None:
        self._silence = silence
        self._deadline = deadline
        self._closed = False
        self._opener = _opener()

    def fetch(self, place: Place, limit: int) -> bytes:
        """Fetches a file.

        Args:
            place: where it is.
            limit: bytes.

        Raises:
            PackageNotFoundError: there is none.
            PackageError: it cannot be fetched, or it is too large.
        """
        if isinstance(place, Local):
            return _read_local(place, limit)
        headers = {"User-Agent": f"iot-kernel/{__version__}"}
        request = urllib.request.Request(place.url, headers=headers)  # noqa: S310  the opener knows no others
        try:
            with self._opener.open(request, timeout=self._silence) as response:
                return self._receive(response, place.url, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _explained(place.url, error) from error

    def _receive(self, response: http.client.HTTPResponse, url: str, limit: int) -> bytes:
        end = time.monotonic() + self._deadline
        size = response.length
        data = bytearray()
        while len(data) <= limit and (size or 0) <= limit:
            if self._closed:
                raise NotWantedError(url)
            if time.monotonic() > end:
                raise PackageError(url, f"only {len(data)} bytes came within {self._deadline:g} s")
            piece = response.read1(_CHUNK)
            if not piece:
                break
            data += piece
        if max(len(data), size or 0) > limit:
            raise PackageError(url, f"this file is too large: at most {limit} bytes are fetched")
        if size is not None and len(data) < size:
            raise PackageError(url, f"the connection broke after {len(data)} of {size} bytes; try again")
        return bytes(data)

    def close(self) -> None:
        """Ends what is being fetched, with an error, once its server says something. From any thread."""
        self._closed = True


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            fp.close()
            raise PackageError(
                req.full_url, f"the server redirects to {printable(newurl, 300)}, which is not encrypted"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Opens ``http`` and ``https``, and nothing else: no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _read_local(place: Local, limit: int) -> bytes:
    directory = Path(place.directory).resolve()
    path = (directory / place.path).resolve()
    if not path.is_relative_to(directory):
        raise PackageError(str(place), "this link leads out of the package's directory")
    try:
        if path.stat().st_size > limit:
            raise PackageError(str(place), f"this file is too large: at most {limit} bytes are read")
        return path.read_bytes()
    except FileNotFoundError:
        raise PackageNotFoundError(str(place), "there is no such file on this computer") from None
    except OSError as error:
        raise PackageError(str(place), f"cannot be read ({error.strerror})") from error


def _explained(url: str, error: Exception) -> PackageError:
    """What a failure means for people."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return _refused(url, error.code, error.msg)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).hostname
    if isinstance(reason, socket.gaierror):
        return PackageError(url, f"cannot find {host}: is this computer on the network? ({_PROXY})")
    if isinstance(reason, TimeoutError):
        return PackageError(url, f"{host} does not answer; try again, or {_PROXY}")
    if isinstance(reason, ssl.SSLCertVerificationError):
        hint = "SSL_CERT_FILE names a file of certificates to trust"
        return PackageError(
            url, f"the certificate of {host} cannot be trusted ({reason.verify_message}); {hint}"
        )
    what = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return PackageError(url, f"cannot be fetched ({printable(what)})")


def _refused(url: str, code: int, words: str) -> PackageError:
    if code in _GONE:
        return PackageNotFoundError(url, "there is nothing at this address")
    if 300 <= code < 400:
        return PackageError(url, "the server redirects in circles, or to what cannot be fetched")
    hint = "; too many were fetched, try again in some minutes" if code == _TOO_MANY else ""
    return PackageError(url, f"the server refuses: {code} {printable(words)}{hint}")
