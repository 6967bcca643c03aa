#!/usr/bin/env python3
"""Log-in by signed tokens (JWT): who is let in, who is not and why, and where the keys come from.

    token_test.py MILLRACE
"""
import hashlib
import hmac
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

from rest_server import Server, wait_until
from tokens import Issuer, Key, base64url, jwks, openssl

PROGRAM = None
JWT = "millrace.authentication.jwt."
STREAM = "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"


def bearer(token):
    return {"Authorization": "Bearer " + token}


class TokenCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        cls.rsa = Key(folder.name, "r1")
        cls.ec = Key(folder.name, "e1", "EC")
        cls.ed = Key(folder.name, "d1", "ED")
        cls.stranger = Key(folder.name, "stranger")

    def server(self, **properties):
        server = Server(PROGRAM, **{"authentication.method": "BEARER", "authentication.realm": "Mill",
                                    JWT + "audience": "mill", **properties})
        self.addCleanup(server.close)
        return server

    def start(self, *keys, **properties):
        self.keys = self.dir / (self.id() + ".jwks")
        self.keys.write_text(jwks(*(keys or (self.rsa, self.ec, self.ed))))
        return self.server(**{JWT + "jwks.file": str(self.keys), **properties}).start()

    def issuer(self, *keys, **options):
        issuer = Issuer(jwks(*keys), **options)
        self.addCleanup(issuer.close)
        return issuer

    def token(self, key=None, **more):
        return (key or self.rsa).token(**{"aud": "mill", **more})

    def get(self, server, token, path="/info"):
        return server.request("GET", path, None, bearer(token))

    def ksql(self, server, token, text):
        return server.request("POST", "/ksql", {"ksql": text}, bearer(token))

    def check_refused(self, answer, why, status=401, error="invalid_token"):
        self.assertEqual(answer.status, status, answer.text())
        self.assertEqual(answer.header("www-authenticate"),
                         f'Bearer realm="Mill", error="{error}", error_description="{why}"')
        self.assertEqual(answer.json()["error_code"], status * 100)
        self.assertIn(why, answer.json()["message"])

    def run_tool(self, *words, **environment):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                              env={**os.environ, **environment}, check=False)


class TokenTest(TokenCase):
    def test_tokens_of_all_kinds_of_keys(self):
        server = self.start()
        for token in (self.token(), self.token(algorithm="RS512"), self.token(algorithm="PS256"), self.token(algorithm="PS384"),
                      self.token(self.ec), self.token(self.ed), self.token(aud=["other", "mill"]),
                      self.token(header={"typ": "at+jwt"})):
            for _ in range(2):  # Verified, then remembered.
                self.assertEqual(self.get(server, token).status, 200)
        self.assertEqual(server.request("GET", "/info", None, {"authorization": "bEARER   " + self.token()}).status, 200)

    def test_nobody_comes_in_without_a_token(self):
        server = self.start()
        for method, path in (("GET", "/"), ("GET", "/info"), ("POST", "/ksql"), ("POST", "/query-stream"), ("GET", "/ws/query"),
                             ("POST", "/ksql/terminate"), ("GET", "/nowhere"), ("POST", "/heartbeat")):
            answer = server.request(method, path, "" if method == "POST" else None)
            self.assertEqual(answer.status, 401, path)
            self.assertEqual(answer.header("www-authenticate"), 'Bearer realm="Mill"')
            self.assertEqual(answer.text(), '{"@type":"generic_error","error_code":40100,"message":"Unauthorized"}')
        for header in ("", "Bearer", "Basic YTpi", "Digest x", self.token()):
            self.assertEqual(server.request("GET", "/info", None, {"Authorization": header}).status, 401)
        for path in ("/chc/ready", "/chc/live", "/healthcheck", "/v1/metadata/id"):
            self.assertEqual(server.request("GET", path).status, 200)

    def hmac_token(self, secret, header):
        text = base64url(json.dumps(header)) + "." + base64url(json.dumps({"sub": "a", "exp": 1 << 40, "aud": "mill"}))
        return text + "." + base64url(hmac.new(secret, text.encode(), hashlib.sha256).digest())

    def test_tokens_that_are_not_good(self):
        server = self.start(**{JWT + "issuer": "https://id", JWT + "clock.skew.ms": "1000"})
        now, iss = int(time.time()), {"iss": "https://id"}
        good = self.token(**iss)
        self.assertEqual(self.get(server, good).status, 200)
        head, body, signature = good.split(".")
        algorithms = "the token's alg is not taken, only RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA"
        unsigned = base64url('{"alg":"none"}') + "." + body
        claims = {"sub": "a", "exp": now + 600, "aud": "mill", **iss}
        wrong_signature = "the token's signature is not that of its key"
        twice = '{"sub":"anna","sub":"adam","exp":9999999999,"aud":"mill","iss":"https://id"}'
        tried = [
            (unsigned + ".", algorithms), (unsigned + "." + signature, algorithms),
            (self.hmac_token(self.rsa.pem(), {"alg": "HS256", "kid": "r1"}), algorithms),
            (self.hmac_token(self.rsa.der(), {"alg": "HS256"}), algorithms),
            (self.token(exp=now - 2, **iss), "the token has expired"),
            (self.token(nbf=now + 600, **iss), "the token is not good yet"),
            (self.token(iat=now + 600, **iss), "the token is not good yet"),
            (self.rsa.token({name: claims[name] for name in ("sub", "aud", "iss")}), "the token has no end (exp)"),
            (self.token(aud="other", **iss), "the token is for another audience"),
            (self.token(aud=[], **iss), "the token is for another audience"),
            (self.rsa.token(sub="a", **iss), "the token is for another audience"),
            (self.token(iss="https://id.evil"), "the token is of another issuer"),
            (self.token(), "the token is of another issuer"),
            (self.token(sub=None, **iss), "the token has no name in it"),
            (self.token(self.stranger, **iss), "the token's key is not known"),
            (self.token(self.stranger, header={"kid": "r1"}, **iss), wrong_signature),
            (self.token(self.stranger, header={"kid": "r1", "jwk": self.stranger.jwk()}, **iss), wrong_signature),
            (self.token(header={"kid": "e1"}, **iss), "the token's alg is not one of its key"),
            (self.token(self.ec, header={"kid": "r1"}, **iss), "the token's alg is not one of its key"),
            (self.token(header={"crit": ["exp"]}, **iss), "the token's header has crit, which is not taken"),
            (self.token(header={"typ": "secevent+jwt"}, **iss), "the token's typ is neither JWT nor at+jwt"),
            (self.rsa.token(twice), "the token's claims cannot be read: a member stands in it twice"),
            (good[:-1] + ("A" if good[-1] != "A" else "Q"), wrong_signature),
            (good + "A", wrong_signature), (good + "AAA", "the token's signature is no base64url"), (good + "=", "the token's signature is no base64url"),
            (good[:-10], wrong_signature), (head + "." + body, "the token is not made of three parts"),
            (good + "." + signature, "the token is not made of three parts"),
            (head + "." + body + ".", "the token's signature is no base64url"),
            (head[:-3] + "." + body + "." + signature, "the token's header cannot be read: it is no JSON"),
            (head + "." + body[:-4] + "." + signature, None), ("x", "the token is not made of three parts"),
            (self.token(padding="x" * 20000, **iss), "the token is longer than 16384 bytes"),
        ]
        for token, why in tried:
            with self.subTest(why=why, token=token[:60]):
                for _ in range(2):
                    answer = self.get(server, token)
                    self.check_refused(answer, why or answer.json()["message"].removeprefix("Unauthorized: "))
        self.assertEqual(self.get(server, "x" * 100000).status, 431)
        log = server.log()
        for token, _ in tried:
            self.assertFalse(len(token) > 60 and token[20:50] in log, token)
        self.assertIn('user=- from=127.0.0.1 request="GET /info" what="log-in: the token has expired" outcome=40100', log)

    def test_tokens_elsewhere_than_in_the_header(self):
        server = self.start()
        token = self.token()
        for path in ("/info?access_token=" + token, "/ws/query?request=x&Access%5Ftoken=" + token):
            for headers in (None, bearer(token)):
                answer = server.request("GET", path, None, headers)
                self.check_refused(answer, "tokens are not taken from the query, only from the header Authorization", 400,
                                   "invalid_request")
        connection = server.connect()
        connection.socket.sendall((f"GET /info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                                   f"authorization: Bearer {token}\r\n\r\n").encode())
        self.check_refused(connection.receive(), "there is more than one header Authorization", 400, "invalid_request")
        connection.close()
        self.assertNotIn(token[20:60], server.log())

    def test_rights_and_the_audit_log(self):
        server = self.start(**{"millrace.authorization.admin.roles": "admin", JWT + "roles.claim": "realm_access.roles",
                               JWT + "name.claim": "preferred_username"})
        tokens = {role: self.token(preferred_username=role + "@x", realm_access={"roles": [role, "other"]})
                  for role in ("read", "write", "admin", "guest")}
        self.assertEqual({role: self.get(server, token).status for role, token in tokens.items()},
                         {"read": 200, "write": 200, "admin": 200, "guest": 403})
        self.assertEqual(self.ksql(server, tokens["write"], STREAM).status, 200)
        for answer in (self.ksql(server, tokens["read"], "DROP STREAM s;"), self.get(server, tokens["guest"]),
                       self.ksql(server, tokens["write"], "DROP STREAM s DELETE TOPIC;")):
            self.assertEqual((answer.status, answer.json()["error_code"]), (403, 40300))
            self.assertEqual(answer.header("www-authenticate"), 'Bearer realm="Mill", error="insufficient_scope"')
        self.assertEqual(self.ksql(server, tokens["admin"], "DROP STREAM s DELETE TOPIC;").status, 200)
        log = server.log()
        self.assertIn('user=write@x from=127.0.0.1 request="POST /ksql" statement="CREATE STREAM s ', log)
        self.assertIn('user=read@x from=127.0.0.1 request="POST /ksql" statement="DROP STREAM s;" outcome=40300', log)
        for name in ("SHOW PROPERTIES;", "SHOW ALL TOPICS;"):
            self.assertNotIn(tokens["admin"][20:60], self.ksql(server, tokens["admin"], name).text())

    def test_roles_as_words_and_roles_that_are_let_in(self):
        server = self.start(**{JWT + "roles.claim": "scope", "authentication.roles": "mill"})
        self.assertEqual(self.get(server, self.token(scope="openid mill")).status, 200)
        for more in ({"scope": "openid"}, {}, {"roles": ["mill"]}):
            self.assertEqual(self.get(server, self.token(**more)).status, 403)
        self.check_refused(self.get(server, self.token(scope={"mill": True})), "the token's roles are neither a list nor a text")

    def test_passwords_beside_tokens(self):
        users = self.dir / "users"
        users.write_text("rosa: geheim\n")
        users.chmod(0o600)
        server = self.start(**{"authentication.method": "BASIC,BEARER", "millrace.authentication.users.file": str(users)})
        self.assertEqual(self.get(server, self.token()).status, 200)
        basic = {"Authorization": "Basic cm9zYTpnZWhlaW0="}
        self.assertEqual(server.request("GET", "/info", None, basic).status, 200)
        answer = server.request("GET", "/info")
        self.assertEqual([value for name, value in answer.headers if name.lower() == "www-authenticate"],
                         ['Bearer realm="Mill"', 'Basic realm="Mill"'])
        self.assertEqual(server.request("GET", "/info", None, {"Authorization": "Basic cm9zYTpmYWxzY2g="}).status, 401)
        self.check_refused(self.get(server, "rosa"), "the token is not made of three parts")

    def test_a_remembered_token_ends_when_it_ends(self):
        server = self.start(**{JWT + "clock.skew.ms": "0"})
        token = self.token(exp=time.time() + 2)
        self.assertEqual(self.get(server, token).status, 200)
        wait_until("the token's end", lambda: self.get(server, token).status == 401)
        self.check_refused(self.get(server, token), "the token has expired")

    def test_the_file_of_keys_is_read_again(self):
        server = self.start(self.rsa)
        old, new = self.token(), self.token(self.ec)
        self.assertEqual(self.get(server, old).status, 200)
        self.check_refused(self.get(server, new), "the token's key is not known")
        text = jwks(self.rsa, self.ec)
        self.keys.write_text(text[:len(text) // 2])
        wait_until("the log", lambda: self.get(server, old).status and "event=keys_not_read" in server.log())
        self.assertIn('it is no JSON" still="the keys of before"', server.log())
        self.assertEqual(self.get(server, old).status, 200)
        self.keys.write_text(text)
        self.assertEqual(self.get(server, new).status, 200)  # A key that is not known makes it look at once.
        self.keys.write_text(jwks(self.ec))
        wait_until("the change to count", lambda: self.get(server, old).status == 401)
        self.assertEqual(self.get(server, new).status, 200)

    def refused_start(self, **properties):
        server = Server(PROGRAM, **properties)
        self.addCleanup(server.close)
        server.start(wait=False)
        self.assertEqual(server.process.wait(20), 1)
        config = server.dir / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in server.properties.items()))
        checked = self.run_tool("server", "--check-config", str(config))
        self.assertNotEqual(checked.returncode, 0)
        return server.log(), checked.stdout + checked.stderr

    def test_starts_that_are_refused(self):
        on, file = {"authentication.method": "BEARER"}, self.dir / "bad.jwks"
        file.write_text('{"keys":[{"kty":"oct","k":"c3RyZW5n","kid":"h"}]}')
        tried = [(on, "needs the keys of tokens"),
                 ({**on, JWT + "jwks.file": "/no/such"}, "Cannot use the keys of /no/such"),
                 ({**on, JWT + "jwks.file": str(file)}, 'key 1 (kid "h"): it is a shared secret (kty oct)'),
                 ({**on, JWT + "jwks.url": "gopher://x"}, JWT + "jwks.url"),
                 ({**on, JWT + "jwks.url": "https://x", JWT + "jwks.ca.file": "/no/such"}, JWT + "jwks.ca.file"),
                 ({"authentication.method": "NONE,BEARER"}, "leave out NONE"),
                 ({"authentication.method": "BEARER,DIGEST"}, "String must be one of: NONE, BASIC, BEARER"),
                 ({"authentication.method": ""}, "String must be one of: NONE, BASIC, BEARER"),
                 ({JWT + "issuer": "x"}, "is refused without authentication.method=BEARER"),
                 ({**on, JWT + "audiences": "x"}, JWT + "audience")]
        for properties, why in tried:
            with self.subTest(why=why):
                for text in self.refused_start(**properties):
                    self.assertIn(why, text)
                    self.assertNotIn("c3RyZW5n", text)

    def test_an_open_audience_is_warned_of(self):
        server = self.server(**{JWT + "jwks.file": str(self.dir / "k")})
        (self.dir / "k").write_text(jwks(self.rsa, {"kty": "oct", "k": "AAAA"}))
        del server.properties[JWT + "audience"]
        server.start()
        self.assertIn(JWT + "audience is not set", server.log())
        self.assertIn("event=key_left_out", server.log())
        self.assertEqual(self.get(server, self.rsa.token()).status, 200)

    def test_the_shell_and_datagen_show_tokens(self):
        server = self.start()
        url, token = f"http://127.0.0.1:{server.port}", self.token()
        file = self.dir / "token"
        file.write_text(token + "\n")
        make = STREAM.replace("'s'", "'raw_clicks'")
        self.assertIn("Unauthorized", self.run_tool("cli", url, "--fail", "-e", make).stderr)
        show = ("--fail", "-e", "SHOW STREAMS;")
        done = self.run_tool("cli", url, "--token-file", str(file), "--fail", "-e", make)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for words, environment in ((("-t", token), {}), (("--token", token), {}), ((), {"MILLRACE_TOKEN": token}),
                                   ((), {"MILLRACE_TOKEN_FILE": str(file)})):
            done = self.run_tool("cli", url, *words, *show, **environment)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            done = self.run_tool("datagen", "--url", url, *words, "--iterations", "3", **environment)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        bad = self.dir / "no-token"
        bad.write_text("streng geheim\n")
        for words, why in ((("-t", token, "-u", "anna", "-p", "x"), "ither a user or a token"),
                           (("-t", token, "--token-file", str(file)), "either a token or a file"),
                           (("--token-file", str(bad)), "has no token in it"), (("--token-file", "/no/such"), "/no/such"),
                           (("-t", "a\r\nX: streng"), "is none")):
            for tool in (("cli", url, *words, *show), ("datagen", "--url", url, *words, "--iterations", "1")):
                done = self.run_tool(*tool)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(why, done.stderr)
                self.assertNotIn("streng", done.stdout + done.stderr)
                self.assertNotIn(token, done.stdout + done.stderr)
        for tool in ("cli", "datagen"):
            for option in ("--token", "--token-file", "MILLRACE_TOKEN"):
                self.assertIn(option, self.run_tool(tool, "--help").stdout)


class KeysOfAUrlTest(TokenCase):
    def start_at(self, url, **properties):
        return self.server(**{JWT + "jwks.url": url, **properties}).start()

    def test_an_issuer_that_comes_later(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = self.start_at(f"http://127.0.0.1:{port}/keys")
        server.wait_for_line("event=keys_not_read")
        answer = self.get(server, self.token())
        self.assertEqual((answer.status, answer.json()["error_code"]), (503, 50302))
        self.assertIn("Tokens cannot be verified yet", answer.json()["message"])
        self.assertEqual(answer.header("retry-after"), "10")
        self.assertEqual(server.request("GET", "/info").status, 401)
        self.assertEqual(server.request("GET", "/chc/ready").status, 200)
        self.issuer(self.rsa, port=port)
        wait_until("the keys", lambda: self.get(server, self.token()).status == 200, 30)

    def test_a_new_key_counts_at_once_and_the_issuer_is_asked_rarely(self):
        issuer = self.issuer(self.rsa)
        server = self.start_at(f"http://127.0.0.1:{issuer.port}/keys")
        self.assertEqual(self.get(server, self.token()).status, 200)
        asked = issuer.asked
        for _ in range(30):
            self.check_refused(self.get(server, self.token(self.stranger)), "the token's key is not known")
        # Once in ten seconds; this loop takes no minute.
        self.assertLess(issuer.asked - asked, 7)
        issuer.text = jwks(self.ec)
        wait_until("the new key", lambda: self.get(server, self.token(self.ec)).status == 200, 30)
        self.check_refused(self.get(server, self.token()), "the token's key is not known")

    def test_keys_are_fetched_at_an_interval_and_stay_while_the_issuer_is_away(self):
        issuer = self.issuer(self.rsa)
        server = self.start_at(f"http://127.0.0.1:{issuer.port}/keys", **{JWT + "jwks.refresh.ms": "1000"})
        token = self.token()
        self.assertEqual(self.get(server, token).status, 200)
        for mood, reason in (("error", "the answer is 500"), ("moved", "the answer is 302: redirections are not followed"),
                             ("huge", "answered with more than 1048576 bytes"), ("drip", "answered with more than 1048576 bytes")):
            issuer.mood = mood
            server.wait_for_line(f'event=keys_not_read from=http://127.0.0.1:{issuer.port}/keys reason="[^"]*{reason}', 90)
            self.assertEqual(self.get(server, token).status, 200)
        issuer.mood, issuer.text = "good", jwks(self.ec)
        wait_until("the key to go", lambda: self.get(server, token).status == 401, 90)

    def test_a_silent_issuer_holds_up_nobody(self):
        issuer = self.issuer(self.rsa)
        issuer.mood = "silent"
        users = self.dir / "users"
        users.write_text("rosa: geheim\n")
        users.chmod(0o600)
        server = self.start_at(f"http://127.0.0.1:{issuer.port}/keys", **{"authentication.method": "BASIC,BEARER",
                                                                           "millrace.authentication.users.file": str(users)})
        waiting = [server.connect() for _ in range(20)]
        for connection in waiting:
            connection.send("GET", "/info", None, bearer(self.token()))
        self.assertEqual(server.request("GET", "/info", None, {"Authorization": "Basic cm9zYTpnZWhlaW0="}).status, 200)
        self.check_refused(self.get(server, "x.y.z"), "the token's header is no base64url")
        for connection in waiting:  # They wait for the first answer, which ten seconds are given to.
            self.assertEqual(connection.receive().status, 503)
            connection.close()
        self.assertIn("no whole answer within 10000 ms", server.log())
        began = time.monotonic()
        waiting = server.connect()
        waiting.send("GET", "/info", None, bearer(self.token()))
        wait_until("the issuer to be asked", lambda: issuer.asked >= 2, 30)
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(waiting.receive().status, 503)
        waiting.close()

    def test_the_issuer_over_tls(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(self.dir / "tls.key"),
                "-out", str(self.dir / "tls.crt"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.dir / "tls.crt", self.dir / "tls.key")
        issuer = self.issuer(self.rsa, context=context)
        url = f"https://127.0.0.1:{issuer.port}/keys"
        server = self.start_at(url, **{JWT + "jwks.ca.file": str(self.dir / "tls.crt")})
        self.assertEqual(self.get(server, self.token()).status, 200)
        self.assertNotIn("is no https:// URL", server.log())
        # Of an authority that the machine does not know.
        stranger = self.start_at(url)
        stranger.wait_for_line("event=keys_not_read .*its certificate is refused")
        self.assertEqual(self.get(stranger, self.token()).status, 503)

    def test_the_log_in_of_the_url_is_not_shown(self):
        issuer = self.issuer(self.rsa)
        server = self.start_at(f"http://me:streng@127.0.0.1:{issuer.port}/keys?apikey=streng")
        self.assertEqual(self.get(server, self.token()).status, 200)
        self.assertNotIn("streng", server.log())
        self.assertNotIn("streng", self.ksql(server, self.token(), "SHOW PROPERTIES;").text())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=1)
