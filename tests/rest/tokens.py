"""Keys and signed tokens (JWT) for tests, made by the openssl program, and an issuer that publishes keys."""
import base64
import http.server
import json
import pathlib
import subprocess
import threading
import time


def base64url(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *words], input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain_ecdsa(der, size):
    """The two numbers of a signature in DER, one behind the other."""
    at, numbers = 2 + (der[1] == 0x81), []
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big"))
        at += 2 + length
    return b"".join(numbers)


class Key:
    MAKE = {"RSA": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "ED": ("-algorithm", "ED25519"),
            "EC": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")}

    def __init__(self, folder, kid, kind="RSA"):
        self.kid, self.kind = kid, kind
        self.path = pathlib.Path(folder) / f"{kid}.{kind}.key"
        openssl("genpkey", *self.MAKE[kind], "-out", str(self.path))

    def der(self):
        return openssl("pkey", "-in", str(self.path), "-pubout", "-outform", "DER")

    def pem(self):
        return openssl("pkey", "-in", str(self.path), "-pubout")

    def jwk(self):
        if self.kind == "RSA":
            modulus = openssl("rsa", "-in", str(self.path), "-noout", "-modulus").decode().strip().split("=")[1]
            return {"kty": "RSA", "kid": self.kid, "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
        if self.kind == "EC":
            point = self.der()[-64:]
            return {"kty": "EC", "kid": self.kid, "crv": "P-256", "x": base64url(point[:32]), "y": base64url(point[32:])}
        return {"kty": "OKP", "kid": self.kid, "crv": "Ed25519", "x": base64url(self.der()[-32:])}

    def sign(self, algorithm, text):
        if algorithm == "EdDSA":
            file = self.path.with_suffix(".in")
            file.write_bytes(text)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.path), "-in", str(file))
        options = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1") if algorithm[0] == "P" else ()
        made = openssl("dgst", f"-sha{algorithm[2:]}", "-sign", str(self.path), *options, data=text)
        return plain_ecdsa(made, 32) if algorithm[0] == "E" else made

    def token(self, claims=None, algorithm=None, header=None, **more):
        algorithm = algorithm or {"RSA": "RS256", "EC": "ES256", "ED": "EdDSA"}[self.kind]
        head = {"alg": algorithm, "typ": "JWT", "kid": self.kid, **(header or {})}
        body = {"sub": "anna", "exp": int(time.time()) + 600, **more} if claims is None else claims
        text = ".".join(base64url(part if isinstance(part, str) else json.dumps(part)) for part in (head, body))
        return text + "." + base64url(self.sign(algorithm, text.encode()))


def jwks(*keys):
    return json.dumps({"keys": [key if isinstance(key, dict) else key.jwk() for key in keys]})


class Issuer:
    """Publishes `text`, counts who asks. `mood`: good, silent, drip, huge, moved, error."""

    def __init__(self, text, port=0, context=None):
        self.text, self.asked, self.mood, self.over = text, 0, "good", threading.Event()
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                issuer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler):
        if self.mood == "silent":
            self.over.wait(60)
            return
        status = {"moved": 302, "error": 500}.get(self.mood, 200)
        body = b" " * (2 << 20) if self.mood == "huge" else self.text.encode()
        handler.send_response(status)
        if status == 302:
            handler.send_header("Location", "/other")
        handler.send_header("Content-Length", str(1 << 40 if self.mood == "drip" else len(body)))
        handler.end_headers()
        try:
            handler.wfile.write(body)
            while self.mood == "drip" and not self.over.wait(0.05):
                handler.wfile.write(b" ")
        except OSError:
            pass

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
