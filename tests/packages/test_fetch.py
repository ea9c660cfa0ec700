"""Fetching one file from servers that behave, and from those that do not."""

import socket
import ssl
import threading

import pytest
import trustme

from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.fetch import Fetcher
from iot_kernel.packages.sources import Hosted, Local, Web
from tests.free_ports import free_port
from tests.packages.web_server import break_off, redirect, status

LIMIT = 1_000_000


def fetch(server, path="/x.py", *, limit=LIMIT, **options):
    return Fetcher(**options).fetch(Web(f"{server.url}{path}"), limit)


def test_a_file(server):
    server.files["/a%20b.py"] = bytes(range(256)) * 1000
    assert fetch(server, "/a%20b.py") == bytes(range(256)) * 1000
    assert {agent.partition("/")[0] for agent in server.agents} == {"iot-kernel"}


def test_an_empty_file(server):
    server.files["/x.py"] = b""
    assert fetch(server) == b""


def test_a_file_of_a_repository(server):
    server.repository("org", "repo", {"a/x.py": "x = 1"}, ref="v1")
    assert Fetcher().fetch(Hosted("github", "org", "repo", "a/x.py", "v1"), LIMIT) == b"x = 1"


def test_a_redirect(server):
    server.answers["/x.py"] = redirect("/y.py")
    server.files["/y.py"] = b"y"
    assert fetch(server) == b"y"


@pytest.mark.parametrize("code", [404, 410])
def test_what_is_not_there(server, code):
    server.answers["/x.py"] = status(code)
    with pytest.raises(PackageNotFoundError, match="there is nothing at this address") as caught:
        fetch(server)
    assert caught.value.package == f"{server.url}/x.py"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (403, "the server refuses: 403 Forbidden"),
        (429, "429 Too Many Requests; too many were fetched, try again in some minutes"),
        (500, "the server refuses: 500 Internal Server Error"),
    ],
)
def test_what_a_server_refuses(server, code, problem):
    server.answers["/x.py"] = status(code, b"words")
    with pytest.raises(PackageError, match=problem):
        fetch(server)


@pytest.mark.parametrize("target", ["/x.py", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_redirects_that_lead_nowhere(server, target):
    server.answers["/x.py"] = redirect(target)
    with pytest.raises(
        PackageError, match=r"redirects in circles, or to what cannot be fetched|unknown url type"
    ):
        fetch(server)


def test_too_many_redirects(server):
    for number in range(30):
        server.answers[f"/{number}"] = redirect(f"/{number + 1}")
    with pytest.raises(PackageError, match="redirects in circles"):
        fetch(server, "/0")
    assert len(server.asked) < 10


@pytest.mark.parametrize("size", [11, 12_000_000])
def test_a_file_that_says_it_is_too_large(server, size):
    server.files["/x.py"] = b"x" * size
    with pytest.raises(PackageError, match="too large: at most 10 bytes"):
        fetch(server, limit=10)


def test_a_file_that_does_not_end(server):
    server.answers["/x.py"] = server.flood
    with pytest.raises(PackageError, match="too large"):
        fetch(server)


def test_a_file_of_exactly_the_limit(server):
    server.files["/x.py"] = b"x" * 10
    assert fetch(server, limit=10) == b"x" * 10


def test_a_connection_that_breaks(server):
    server.answers["/x.py"] = break_off(b"half", promised=8)
    with pytest.raises(PackageError, match="the connection broke after 4 of 8 bytes; try again"):
        fetch(server)


def test_a_server_that_says_nothing(server):
    server.answers["/x.py"] = server.hang
    with pytest.raises(PackageError, match=r"127\.0\.0\.1 does not answer; try again"):
        fetch(server, silence=0.2)


def test_a_server_that_trickles(server):
    server.answers["/x.py"] = server.trickle
    with pytest.raises(PackageError, match=r"only \d+ bytes came within 0\.5 s"):
        fetch(server, deadline=0.5)


def test_nobody_listens():
    with pytest.raises(PackageError, match="Connection refused"):
        Fetcher().fetch(Web(f"http://127.0.0.1:{free_port()}/x.py"), LIMIT)


def test_no_such_host():
    with pytest.raises(
        PackageError, match=r"cannot find nowhere\.invalid: is this computer on the network\?"
    ) as caught:
        Fetcher().fetch(Web("https://nowhere.invalid/x.py"), LIMIT)
    assert "\n" not in str(caught.value)


def test_no_web_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            with listener.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(PackageError, match=r"cannot be fetched \(SSH-2"):
            Fetcher().fetch(Web(f"http://127.0.0.1:{listener.getsockname()[1]}/x.py"), LIMIT)
        thread.join()


@pytest.fixture
def secure(server, tmp_path, monkeypatch):
    """The same server with a certificate for 127.0.0.1; the file of its issuer."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.encrypt(context)
    issuer = tmp_path / "issuer.pem"
    authority.cert_pem.write_to_path(issuer)
    return issuer


def test_an_encrypted_connection(server, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secure))
    server.files["/x.py"] = b"x" * 100_000
    assert fetch(server) == b"x" * 100_000


def test_a_certificate_that_nobody_knows(server, secure):
    server.files["/x.py"] = b"x"
    with pytest.raises(PackageError, match=r"certificate of 127\.0\.0\.1 cannot be trusted.*SSL_CERT_FILE"):
        fetch(server)
    assert server.asked == []


def test_no_redirect_out_of_encryption(server, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secure))
    server.answers["/x.py"] = redirect("http://127.0.0.1/x.py")
    with pytest.raises(PackageError, match=r"redirects to http://127\.0\.0\.1/x\.py, which is not encrypted"):
        fetch(server)


def test_a_proxy_is_respected(server, monkeypatch):
    server.files["http://nowhere.invalid/x.py"] = b"by proxy"
    monkeypatch.setenv("http_proxy", server.url)
    assert Fetcher().fetch(Web("http://nowhere.invalid/x.py"), LIMIT) == b"by proxy"


@pytest.mark.parametrize(
    ("answer", "problem"), [("trickle", "it is not wanted any more"), ("hang", "does not answer")]
)
def test_closing_ends_what_is_being_fetched(server, answer, problem):
    server.answers["/x.py"] = getattr(server, answer)
    fetcher = Fetcher(silence=1.0)
    problems = []

    def run():
        try:
            fetcher.fetch(Web(f"{server.url}/x.py"), LIMIT)
        except PackageError as error:
            problems.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    assert server.wait_for("/x.py")
    fetcher.close()
    thread.join()
    assert len(problems) == 1
    assert problem in problems[0]


class TestLocalFiles:
    def test_a_file(self, tmp_path):
        (tmp_path / "a.py").write_bytes(b"a")
        assert Fetcher().fetch(Local(str(tmp_path), "a.py"), LIMIT) == b"a"

    def test_missing(self, tmp_path):
        with pytest.raises(PackageNotFoundError, match="no such file on this computer"):
            Fetcher().fetch(Local(str(tmp_path), "a.py"), LIMIT)

    def test_too_large(self, tmp_path):
        (tmp_path / "a.py").write_bytes(b"a" * 11)
        with pytest.raises(PackageError, match="too large"):
            Fetcher().fetch(Local(str(tmp_path), "a.py"), 10)

    def test_a_directory(self, tmp_path):
        (tmp_path / "a.py").mkdir()
        with pytest.raises(PackageError, match="Is a directory"):
            Fetcher().fetch(Local(str(tmp_path), "a.py"), LIMIT)

    def test_a_link_out_of_the_package(self, tmp_path):
        (tmp_path / "secret").write_text("secret")
        (tmp_path / "package").mkdir()
        (tmp_path / "package" / "a.py").symlink_to(tmp_path / "secret")
        with pytest.raises(PackageError, match="leads out of the package"):
            Fetcher().fetch(Local(str(tmp_path / "package"), "a.py"), LIMIT)
