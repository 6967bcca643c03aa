"""A proxy between clients and a broker that makes late, loses and repeats what ends transactions.

It knows as much of Kafka's protocol as that takes: lengths, and the keys of requests (KIP-98)."""
import random
import socket
import struct
import threading
import time

PRODUCE, INIT_PRODUCER_ID, END_TXN, TXN_OFFSET_COMMIT = 0, 22, 26, 28


class Fault:
    NONE, LATE, LOST_ANSWER, TWICE = "none", "late", "lost answer", "twice"


def read_frame(connection):
    """One request or answer with its length, or None at the end."""
    def read(count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                return None
            data += more
        return data
    head = read(4)
    body = head and read(struct.unpack(">i", head)[0])
    return None if body is None else head + body


def key_of(request):
    return struct.unpack(">h", request[4:6])[0]


class FaultProxy:
    """`plan(key)` says what becomes of a request; `late_seconds()` how long a late one is under way."""

    def __init__(self, port, broker_port, plan, late_seconds):
        self.broker, self.plan, self.late_seconds = ("127.0.0.1", broker_port), plan, late_seconds
        self.counts = {}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                broker = socket.create_connection(self.broker)
            except OSError:
                return
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(client, broker)
            threading.Thread(target=self.serve, args=(link, self.requests), daemon=True).start()
            threading.Thread(target=self.serve, args=(link, self.answers), daemon=True).start()

    @staticmethod
    def serve(link, work):
        try:
            work(link)
        except OSError:
            pass
        link.close()

    def answers(self, link):
        while (answer := read_frame(link.broker)) is not None:
            with link.lock:
                swallowed = bool(link.fates) and link.fates.pop(0)
            if swallowed == Fault.LOST_ANSWER:
                return
            if swallowed != Fault.TWICE:
                link.client.sendall(answer)

    def requests(self, link):
        while (request := read_frame(link.client)) is not None:
            key = key_of(request)
            fault = self.plan(key)
            if fault != Fault.NONE:
                with self.lock:
                    self.counts[key, fault] = self.counts.get((key, fault), 0) + 1
            if fault == Fault.LATE:
                threading.Thread(target=self.deliver_late, args=(request,), daemon=True).start()
                return  # To the client the connection broke.
            # A producer that wants no acknowledgement gets no answer; ours all do.
            with link.lock:
                link.fates.append(fault if fault == Fault.LOST_ANSWER else Fault.NONE)
                if fault == Fault.TWICE:
                    link.fates.append(Fault.TWICE)
            link.broker.sendall(request * (2 if fault == Fault.TWICE else 1))

    def deliver_late(self, request):
        time.sleep(self.late_seconds())
        try:
            with socket.create_connection(self.broker) as broker:
                broker.sendall(request)
                read_frame(broker)
        except OSError:
            pass


class Link:
    """A client's connection, and its own to the broker."""

    def __init__(self, client, broker):
        self.client, self.broker = client, broker
        self.lock = threading.Lock()
        self.fates = []  # Of the answers to come, in order.

    def close(self):
        for end in (self.client, self.broker):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


def random_faults(seed, share):
    """A plan that makes this share of what ends transactions go wrong, one way or another."""
    chance = random.Random(seed)

    def plan(key):
        if key not in (END_TXN, TXN_OFFSET_COMMIT) or chance.random() >= share:
            return Fault.NONE
        return chance.choice([Fault.LATE, Fault.LATE, Fault.LOST_ANSWER, Fault.TWICE])
    return plan
