"""What a client may not send is refused by name, ends the connection, and never reaches the control plane.

A case for each row of the code's table of rules, which the README shows; a row without a case fails the test.
"""

import unittest

from harness import request, sidecache, wait_until
from scripted_control_plane import ControlPlane
from wire import Client, chunk, rules

KEY = "x-portkey-api-key: a-key\r\n"
RECORD = "/v1/integrations/wire"


def get(fields="", target=RECORD, version="HTTP/1.1", method="GET", host="Host: h\r\n"):
    return f"{method} {target} {version}\r\n{host}{KEY}{fields}\r\n".encode("latin-1")


def post(fields, body=b""):
    return get(fields, target="/v1/completions", method="POST") + body


SMUGGLED = get(target="/v1/integrations/smuggled")

# By the code of the row. Every one of them is one request; what it may hide behind itself is SMUGGLED.
CASES = {
    "bare_lf": [get("a: b\n"), b"GET / HTTP/1.1\nHost: h\n\n", get().replace(b"\r\n", b"\n"), get("a: b\n\tc: d\r\n")],
    "bare_cr": [get("a: b\rX-Hidden: c\r\n"), get(target=RECORD + "\r"), get("a: b\r\r\n")],
    "control_byte": [get("a: b\0c\r\n"), get("a\x01: b\r\n"), get(target="/\0"), get("a: \x7f\r\n"), get("a: \x1b[2J\r\n")],
    "obs_fold": [get("a: b\r\n c: d\r\n"), get("a:\r\n Transfer-Encoding: chunked\r\n"), get("a: b\r\n\tc\r\n"),
                 b"GET / HTTP/1.1\r\n Host: h\r\n\r\n"],
    "space_before_colon": [get("Content-Length : 5\r\n"), get("Transfer-Encoding\t: chunked\r\n"), get(host="Host : h\r\n")],
    "no_colon": [get("nothing\r\n"), get(": no name\r\n")],
    "bad_field_name": [get("a b: c\r\n"), get("n\xe4me: c\r\n"), get("a(b): c\r\n"), get("Content-Length\xa0: 5\r\n")],
    "head_too_large": [get("a: " + "x" * 70_000 + "\r\n"), get("".join(f"a{i}: x\r\n" for i in range(9_000))),
                       b"x" * 70_000],
    "target_too_long": [get(target="/" + "x" * 9_000), get(target="/" + "x" * 70_000)],
    "bad_request_line": [b"GET /\r\n\r\n", get(target="/a b"), b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
                         get(version="HTTP/1.1 "), get(version="http/1.1"), get(version="HTTP/1"), get(version="HTTP/01.1"),
                         get(method="G(T"), get(method="G\xcbT"), b"\r\n" * 5, b"no request at all\r\n\r\n"],
    "bad_version": [get(version="HTTP/2.0"), get(version="HTTP/1.2"), get(version="HTTP/0.9"),
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    "connect": [get(target="api.example:443", method="CONNECT"), get(method="CONNECT")],
    "bad_target": [get(target="/\xc3\xbc"), get(target="/a\x80"), get(target="/x#y"), get(target="x"), get(target="*"),
                   get(target="ftp://h/"), get(target="http://user@h/"), get(target="http:///x"), get(target="//h/../x#")],
    "foreign_authority": [get(target="http://elsewhere" + RECORD), get(target="http://h:81/"), get(target="https://127.0.0.1/"),
                          get(target="http://h/", host="", version="HTTP/1.0")],
    "missing_host": [get(host="")],
    "repeated_host": [get("Host: h\r\n"), get("host: other\r\n")],
    "bad_host": [get(host="Host:\r\n"), get(host="Host: a, b\r\n"), get(host="Host: u@h\r\n"), get(host="Host: h/x\r\n"),
                 get(host="Host: h\xe4\r\n")],
    "conflicting_framing": [post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
                            post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"0\r\n\r\n"),
                            get("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", version="HTTP/1.0")],
    "repeated_length": [post("Content-Length: 0\r\nContent-Length: 5\r\n", SMUGGLED),
                        post("Content-Length: 3\r\nContent-Length: 3\r\n", b"abc")],
    "bad_length": [post("Content-Length: +3\r\n", b"abc"), post("Content-Length: -1\r\n"), post("Content-Length: 3, 3\r\n", b"abc"),
                   post("Content-Length: 0x3\r\n", b"abc"), post("Content-Length:\r\n"), post("Content-Length: 3 3\r\n"),
                   post("Content-Length: 3\xb2\r\n"), post("Content-Length: 1e3\r\n"), post("Content-Length: 3;a\r\n")],
    "length_overflow": [post("Content-Length: 9223372036854775808\r\n"), post("Content-Length: 18446744073709551616\r\n"),
                        post("Content-Length: " + "9" * 100 + "\r\n")],
    "unsupported_coding": [post(f"Transfer-Encoding: {coding}\r\n", b"0\r\n\r\n" + SMUGGLED) for coding in (
        "gzip", "xchunked", "chunked, gzip", "gzip, chunked", "chunked, chunked", "identity", "", "chunked;q=1", '"chunked"',
        "chunked,", "chunked x", "chunked\r\nTransfer-Encoding: chunked")],
    "coding_in_http10": [get("Transfer-Encoding: chunked\r\n", method="POST", version="HTTP/1.0") + b"0\r\n\r\n" + SMUGGLED],
    "unknown_expectation": [post("Expect: 200-ok\r\nContent-Length: 3\r\n"), get("Expect: 100-continue, x\r\n"),
                            get("Expect: 100-continue\r\nExpect: y\r\n")],
    "bad_connection": [get("Connection: a b\r\n"), get("Connection: close;x\r\n")],
    "nominated_field": [get(f"Connection: {name}\r\n") for name in (
        "x-portkey-api-key", "close, X-Portkey-Api-Key", "Authorization", "x-portkey-workspace", "Host", "Content-Length",
        "cookie")] + [post("Connection: x-portkey-api-key\r\nContent-Length: 2\r\n", b"{}")],
}

# By the sentence of the row: an upload's chunks. The control plane sees its head, since it is streamed, but no end.
BODIES = {
    "not hexadecimal digits": [b"\r\n", b"x\r\n", b"+5\r\nhello\r\n", b"-5\r\nhello\r\n", b" 5\r\nhello\r\n", b";a\r\n"],
    "overflows": [b"8000000000000000\r\n", b"10000000000000005\r\nhello\r\n", b"fffffffffffffffff\r\n"],
    "no extension": [b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b"5,5\r\n", b"5 5\r\n", b"5g\r\n"],
    "size line is over": [b"5;" + b"e" * 5_000 + b"\r\n", b"5;" + b"e" * 5_000],
    "longer than its size": [b"5\r\nhello!\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n"],
    "outweighs": [(b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 20],
    "trailer section is over": [b"0\r\nX: " + b"t" * 9_000 + b"\r\n\r\n", b"0\r\n" + b"X: 1\r\n" * 2_000 + b"\r\n"],
    # Lines of a body are held to the rules of the heads' lines.
    "ends in LF alone": [b"5\nhello\n0\n\n", b"5\r\nhello\n", b"0\r\nX: y\n\r\n"],
    "CR stands inside": [b"5\r\r\nhello\r\n", b"5;a\rb\r\n"],
    "NUL": [b"5;\0\r\nhello\r\n"],
    "begins with white space": [b"0\r\nX: y\r\n folded\r\n\r\n"],
    "between a field's name": [b"0\r\nContent-Length : 5\r\n\r\n"],
}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(cls.plane.url, "--cache-ttl", "1h"))
        cls.base = cls.proxy.url("proxy")

    def client(self):
        return self.enterContext(Client(self.base))

    def is_refusal(self, answer, status, code):
        self.assertEqual((answer.status, answer.get("Content-Type")), (status, "application/json"), answer)
        self.assertTrue(answer.closes(), answer)
        said = answer.json()
        self.assertEqual((said["status_code"], said["success"], said["error"]["code"]), (status, False, code), said)
        self.assertTrue(said["error"]["message"] and said["error"]["type"], said)


class NothingGetsThrough(Case):
    """Of no request here does the control plane see a byte."""

    def refused(self, data, status, code):
        with Client(self.base) as client:
            self.is_refusal(client.ask(data), status, code)
            self.assertEqual(client.rest(), b"", "one answer, then the end")
        self.assertEqual(self.plane.bytes_received(), 0, "the control plane saw not one byte")

    def test_each_row_of_the_table(self):
        rows = {code: status for code, status, _ in rules() if code != "bad_body" and status != 502}
        self.assertEqual(rows.keys(), CASES.keys(), "a case for each row")
        for code, status in rows.items():
            for data in CASES[code]:
                with self.subTest(code, data=data[:120]):
                    self.refused(data, status, code)

    def test_refusals_are_counted(self):
        def rejected():
            page = request(self.proxy.url("metrics"), "/metrics").body.decode()
            return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
                       if line.startswith("sidecache_requests_total") and 'outcome="rejected"' in line)
        before = rejected()
        self.refused(get(host=""), 400, "missing_host")
        wait_until(lambda: rejected() == before + 1, "the refusal in the metrics")


class Strictness(Case):
    def test_each_row_of_the_table_in_a_body(self):
        sentences = [sentence for code, _, sentence in rules() if code == "bad_body"]
        for sentence in sentences:
            self.assertTrue(any(part in sentence for part in BODIES), f"no case for: {sentence}")
        for number, (part, bodies) in enumerate(BODIES.items()):
            for each, body in enumerate(bodies):
                with self.subTest(part, body=body[:60]):
                    target = f"/v1/uploads/{number}-{each}"
                    with Client(self.base) as client:
                        client.send(get("Transfer-Encoding: chunked\r\n", target, method="POST") + body)
                        answer = client.answer()
                        self.is_refusal(answer, 400, "bad_body")
                        self.assertIn(part, answer.json()["error"]["message"])
                        self.assertEqual(client.rest(), b"")
                    self.assertFalse(any(seen.complete for seen in self.plane.requests(target)))

    def test_the_other_listeners_are_as_strict(self):
        for listener in ("metrics", "admin"):
            for code, data in (("conflicting_framing", CASES["conflicting_framing"][0]), ("bare_lf", CASES["bare_lf"][0])):
                with self.subTest(listener, code=code), Client(self.proxy.url(listener)) as client:
                    self.is_refusal(client.ask(data), 400, code)
                    self.assertEqual(client.rest(), b"")

    def test_a_refused_HEAD_gets_no_body(self):
        with Client(self.base) as client:
            client.send(get(method="HEAD", host=""))
            answer = client.answer("HEAD")
            self.assertEqual(answer.status, 400)
            self.assertEqual(client.rest(), b"")

    # --- more than one request on a connection

    def test_a_refused_requests_body_is_never_a_request(self):
        for fields in ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n",
                       "Content-Length: 1, 1\r\n", "Content-Length : 0\r\n", "Expect: x\r\n"):
            with self.subTest(fields), Client(self.base) as client:
                client.send(post(fields, b"0\r\n\r\n" + SMUGGLED))
                self.assertGreaterEqual(client.answer().status, 400)
                self.assertEqual(client.rest(), b"")
        self.assertEqual(self.plane.requests("/v1/integrations/smuggled"), [])

    def test_a_body_is_no_request(self):
        # What stands in a body is the control plane's business, however much it looks like a request.
        with Client(self.base) as client:
            for fields, body in ((f"Content-Length: {len(SMUGGLED)}\r\n", SMUGGLED),
                                 ("Transfer-Encoding: chunked\r\n", chunk(SMUGGLED) + b"0\r\n\r\n")):
                self.assertEqual(client.ask(post(fields, body)).status, 200)
        self.assertEqual([r.body for r in self.plane.requests("/v1/completions")[-2:]], [SMUGGLED] * 2)
        self.assertEqual(self.plane.requests("/v1/integrations/smuggled"), [])

    def test_the_good_ones_before_a_bad_one_are_answered(self):
        with Client(self.base) as client:
            client.send(get() + get(target="/v1/lists") + get("a : b\r\n") + SMUGGLED)
            self.assertEqual([client.answer().status for _ in range(2)], [200, 200])
            self.is_refusal(client.answer(), 400, "space_before_colon")
            self.assertEqual(client.rest(), b"")
        self.assertEqual(self.plane.requests("/v1/integrations/smuggled"), [])

    def test_a_refusal_arrives_though_the_client_goes_on_sending(self):
        with Client(self.base) as client:
            client.send(post("Content-Length: 800000\r\nContent-Length: 1\r\n", b"x" * 800_000))
            self.is_refusal(client.answer(), 400, "repeated_length")
            self.assertEqual(client.rest(), b"")

    # --- and what is accepted

    def test_accepted(self):
        good = {
            "empty lines in front": b"\r\n\r\n" + get(),
            "absolute form, as Host": get(target="http://H" + RECORD),
            "no Host in HTTP/1.0": get(host="", version="HTTP/1.0", fields="Connection: keep-alive\r\n"),
            "Expect of HTTP/1.0": get("Expect: miracles\r\nConnection: keep-alive\r\n", version="HTTP/1.0"),
            "asterisk": get(target="*", method="OPTIONS"),
            "unknown method on a record": get(method="PURGE-2"),
            "method in lower case": get(method="get"),
            "obs-text in a value": get("x-name: \xe4\r\n"),
            "empty value": get("x-empty:\r\n"),
            "chunk extensions": get("Transfer-Encoding: chunked\r\n", "/v1/x", method="POST")
            + chunk(b"hello", b';name="a;b"') + b"0;last\r\n\r\n",
            "trailers": get("Transfer-Encoding: chunked\r\n", "/v1/x", method="POST") + b"0\r\nX-Sum: 1\r\n\r\n",
            "length with leading zeros": get("Content-Length: 0005\r\n", "/v1/x", method="POST") + b"hello",
        }
        with Client(self.base) as client:
            for name, data in good.items():
                with self.subTest(name):
                    answer = client.ask(data)
                    self.assertEqual(answer.status, 200, answer)
                    self.assertFalse(answer.closes(), answer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
