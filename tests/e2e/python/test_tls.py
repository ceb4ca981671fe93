"""TLS on both sides: the listener's, and the verification of a provider's certificate."""
import http.client
import json
import socket
import ssl
import subprocess

import pytest

from house import configs

BODY = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello"}]})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key) for localhost, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def tls_server(certificate):
    return f"server: {{ tls: {{ certificate: {certificate[0]}, key: {certificate[1]} }} }}"


def chat_over_tls(gateway, context):
    port = int(gateway.address.rsplit(":", 1)[1])
    connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
    try:
        connection.request("POST", "/v1/chat/completions", BODY, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_listener_speaks_tls(serve, primary, certificate, version):
    gateway = serve(configs.single(primary.url, server=tls_server(certificate)))
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.minimum_version = context.maximum_version = version
    assert chat_over_tls(gateway, context) == 200


def test_plain_http_to_the_tls_listener_is_no_answer_and_no_crash(serve, primary, certificate):
    gateway = serve(configs.single(primary.url, server=tls_server(certificate)))
    host, port = gateway.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200" not in raw.recv(100)
    assert chat_over_tls(gateway, ssl.create_default_context(cafile=str(certificate[0]))) == 200


def behind_tls(serve, primary, secondary, certificate, environment=None):
    """A gateway whose primary is another gateway with TLS, and whose secondary is plain."""
    upstream = serve(configs.single(primary.url, server=tls_server(certificate)))
    port = upstream.address.rsplit(":", 1)[1]
    return serve(configs.fallback(f"https://localhost:{port}", secondary.url), environment)


@pytest.mark.survivable
def test_a_certificate_that_nobody_signed_is_a_failed_attempt(serve, primary, secondary, certificate):
    answer = behind_tls(serve, primary, secondary, certificate).chat()
    assert answer.status == 200
    assert answer.headers["x-pontage-provider"] == "secondary"
    assert primary.requests() == [], "nothing was sent to whoever that was"


def test_a_certificate_of_a_known_authority_is_good(serve, primary, secondary, certificate):
    gateway = behind_tls(serve, primary, secondary, certificate, {"SSL_CERT_FILE": str(certificate[0])})
    answer = gateway.chat()
    assert answer.headers["x-pontage-provider"] == "primary", answer.headers["x-pontage-decision"]
    assert len(primary.ended(1)) == 1
