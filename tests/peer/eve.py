#!/usr/bin/env python3
"""EVE's side of the bus: a publisher and a subscriber written from the specification of the wire alone.

usage: eve.py publisher ROOT AGENT TOPIC [--persistent] [--old] [--resend] [--table={KEY:VALUE…}]
       eve.py subscriber ROOT AGENT TOPIC
       eve.py raw

Commands come as lines of JSON on stdin, events go as lines of JSON to stdout. The two roles keep their tables
and send or expect what EVE's agents do; raw sends and receives what it is told to.
"""
import base64
import json
import os
import random
import select
import socket
import sys
import time

MAX_MESSAGE = 65534
RECEIVE = 65536
LARGE, FILE = "pubsub-large-", "pubsub-file-"


def event(**members):
    print(json.dumps(members), flush=True)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def unb64(field):
    return base64.b64decode(field, validate=True).decode()


def seqpacket():
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Commands:
    """Lines of stdin, as they come."""

    def __init__(self):
        self.rest = b""
        os.set_blocking(0, False)

    def fileno(self):
        return 0

    def read(self):
        data = os.read(0, 1 << 20)
        if not data:
            sys.exit(0)
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(line) for line in lines]


# Large fields ------------------------------------------------------------------------------------------------


def take_out(value, folder):
    """The value with its large fields in files."""
    if isinstance(value, list):
        return [item if isinstance(item, list) else take_out(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, member in value.items():
        if not name.startswith(LARGE):
            out[name] = take_out(member, folder)
            continue
        os.makedirs(folder, mode=0o755, exist_ok=True)
        field = FILE + name[len(LARGE) :]
        path = f"{folder}/{field}{random.randrange(10**9)}"
        with open(path, "w") as file:
            json.dump({name: member}, file)
        out[field] = json.dumps(path)
    return out


def put_back(value):
    """The value with its large fields as members, their files read and removed."""
    if isinstance(value, list):
        return [item if isinstance(item, list) else put_back(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, member in value.items():
        if not name.startswith(FILE):
            out[name] = put_back(member)
            continue
        path = json.loads(member)
        with open(path) as file:
            document = json.load(file)
        os.unlink(path)
        field = LARGE + name[len(FILE) :]
        if list(document) != [field]:
            raise ValueError(f"{path} does not hold {field} alone")
        out[field] = document[field]
    return out


# The publisher -----------------------------------------------------------------------------------------------


class Subscriber:
    """A connection that a publisher accepted."""

    def __init__(self, sock):
        self.sock = sock
        self.asked = False
        self.sent = {}
        self.counter = 0


class Publisher:
    def __init__(self, root, agent, topic, options):
        self.topic = topic
        self.old = "--old" in options
        self.persistent = "--persistent" in options
        self.resend = "--resend" in options
        self.large = f"{root}/persist/pubsub-large/{agent}/{topic}"
        tables = [json.loads(option[8:]) for option in options if option.startswith("--table=")]
        self.table, self.counter = {key: json.dumps(value) for table in tables for key, value in table.items()}, 0
        self.subscribers = []
        path = f"{root}/run/{agent}/{topic}.sock"
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if os.path.exists(path):
            try:
                seqpacket().connect(path)
                event(event="in use")
                sys.exit(1)
            except ConnectionRefusedError:
                os.unlink(path)
        self.listener = seqpacket()
        self.listener.bind(path)
        self.listener.listen()
        self.commands = Commands()
        event(event="listening")

    def run(self):
        while True:
            waiting = [self.commands, self.listener] + [one.sock for one in self.subscribers if not one.asked]
            ready, _, _ = select.select(waiting, [], [])
            if self.listener in ready:
                sock, _ = self.listener.accept()
                self.subscribers.append(Subscriber(sock))
            for one in self.subscribers[:]:
                if one.sock in ready:
                    self.asks(one)
            if self.commands in ready:
                for command in self.commands.read():
                    self.command(**command)

    def asks(self, one):
        request = one.sock.recv(256)
        event(event="request", text=request.decode(errors="replace"))
        if len(request) == 256 or request.split(b" ") != [b"request", self.topic.encode()]:
            return self.drop(one)
        one.asked = True
        hello = f"hello {self.topic}"
        if not self.old:
            hello += " true" if self.persistent else " false"
        self.send(one, hello)
        self.diff(one)
        self.send(one, f"complete {self.topic}")
        if self.counter:
            one.counter = self.counter
            self.send(one, f"restarted {self.topic} {self.counter}")

    def diff(self, one):
        for key in [key for key in one.sent if key not in self.table]:
            del one.sent[key]
            self.send(one, f"delete {self.topic} {b64(key)}")
        for key, text in self.table.items():
            if one.sent.get(key) != text or self.resend:
                one.sent[key] = text
                # Go writes the members again, in its own order: so do we.
                if LARGE in text:
                    text = json.dumps(take_out(json.loads(text), self.large), sort_keys=True)
                self.send(one, f"update {self.topic} {b64(key)} {b64(text)}")

    def notify(self):
        for one in self.subscribers[:]:
            if not one.asked:
                continue
            counter = self.counter
            self.diff(one)
            if counter != one.counter:
                one.counter = counter
                self.send(one, f"restarted {self.topic} {counter}")

    def send(self, one, message):
        data = message if isinstance(message, bytes) else message.encode()
        try:
            one.sock.send(data)
        except OSError:
            self.drop(one)

    def drop(self, one):
        one.sock.close()
        if one in self.subscribers:
            self.subscribers.remove(one)

    def command(self, op, key="", text="", count=1):
        if op == "publish":
            self.table[key] = text
        elif op == "unpublish":
            del self.table[key]
        elif op == "restart":
            self.counter += 1
        elif op == "clear":
            self.counter = 0
        elif op == "send":  # to everybody, whatever it is
            for one in self.subscribers[:]:
                for _ in range(count):
                    self.send(one, base64.b64decode(text))
        elif op == "fill":  # as many keys
            for one in self.subscribers[:]:
                for number in range(count):
                    self.send(one, f"update {self.topic} {b64(str(number))} {b64(text)}")
        elif op == "drop":
            for one in self.subscribers[:]:
                self.drop(one)
        if op in ("publish", "unpublish", "restart", "clear"):
            self.notify()
        event(event="done", op=op)


# The subscriber ----------------------------------------------------------------------------------------------


class Follower:
    def __init__(self, root, agent, topic):
        self.path, self.topic = f"{root}/run/{agent}/{topic}.sock", topic
        self.table, self.counter, self.synced = {}, 0, False

    def run(self):
        while True:
            try:
                sock = seqpacket()
                sock.connect(self.path)
                sock.send(f"request {self.topic}".encode())
            except OSError:
                time.sleep(0.02)
                continue
            while True:
                try:
                    data = sock.recv(RECEIVE)
                except OSError:
                    data = b""
                if not data:
                    event(event="closed")
                    break
                if len(data) == RECEIVE:
                    event(event="error", text="cut off")
                    continue
                try:
                    self.message(data.decode().split(" "))
                except (ValueError, OSError) as why:
                    event(event="error", text=str(why))

    def message(self, fields):
        verb, topic = fields[0], fields[1]
        if topic != self.topic:
            event(event="error", text=f"topic {topic}")
        if verb == "hello" and len(fields) in (2, 3):
            event(event="hello", text=" ".join(fields))
        elif verb == "update" and len(fields) == 4:
            key, text = unb64(fields[2]), unb64(fields[3])
            wire, value = text, json.loads(text)
            if FILE in text:
                value = put_back(value)
            before = self.table.get(key)
            self.table[key] = value
            if before != value:
                what = "create" if before is None else "modify"
                event(event=what, key=key, text=json.dumps(value), wire=wire)
        elif verb == "delete" and len(fields) >= 3:
            key = unb64(fields[2])
            if self.table.pop(key, None) is None:
                event(event="error", text=f"delete of unknown {key}")
            else:
                event(event="delete", key=key)
        elif verb == "complete":
            if not self.synced:
                self.synced = True
                event(event="sync")
        elif verb == "restarted" and len(fields) >= 3:
            count = int(fields[2]) if fields[2].isdigit() else 0
            if count != self.counter:
                self.counter = count
                event(event="restart", count=count)
        else:
            raise ValueError(f"message {fields[:2]}")


# Whatever one likes ------------------------------------------------------------------------------------------


class Raw:
    """Any number of sockets by name, and no idea of what goes over them."""

    def __init__(self):
        self.socks = {}

    def run(self):
        commands = Commands()
        while True:
            select.select([commands], [], [])
            for command in commands.read():
                try:
                    self.command(**command)
                except OSError as why:
                    event(event="error", text=str(why))

    def command(self, op, path="", text="", name="", count=1):
        if op == "user":
            os.setuid(int(text))
        elif op == "connect":
            self.socks[name] = seqpacket()
            self.socks[name].connect(path)
        elif op == "listen":
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            self.socks[name] = seqpacket()
            self.socks[name].bind(path)
            self.socks[name].listen()
        elif op == "accept":
            self.socks[name].settimeout(10)
            self.socks[text], _ = self.socks[name].accept()
        elif op == "send":
            for _ in range(count):
                self.socks[name].send(base64.b64decode(text))
        elif op == "flood":  # until there is no room for more
            self.socks[name].setblocking(False)
            try:
                while True:
                    self.socks[name].send(base64.b64decode(text))
            except BlockingIOError:
                self.socks[name].setblocking(True)
        elif op == "recv":
            self.socks[name].settimeout(10)
            data = self.socks[name].recv(1 << 20)
            return event(event="got" if data else "closed", text=base64.b64encode(data).decode())
        elif op == "count":  # so many datagrams, by their first word
            verbs = {}
            for _ in range(count):
                verb = self.socks[name].recv(1 << 20).split(b" ")[0].decode()
                verbs[verb] = verbs.get(verb, 0) + 1
            return event(event="counted", verbs=verbs)
        elif op == "quiet":  # nothing comes for a while
            self.socks[name].settimeout(0.2)
            try:
                data = self.socks[name].recv(1 << 20)
                return event(event="got" if data else "closed", text=base64.b64encode(data).decode())
            except TimeoutError:
                pass
        elif op == "close":
            self.socks.pop(name).close()
        event(event="done", op=op)


def main():
    role, *rest = sys.argv[1:]
    if role == "publisher":
        Publisher(*rest[:3], rest[3:]).run()
    elif role == "subscriber":
        Follower(*rest).run()
    else:
        Raw().run()


main()
