#!/usr/bin/env python3
"""Writes samples of the containers that no tool of Debian's writes.

pack.py bundle OUT TARGET=FILE...    an offload bundle (an empty FILE: an entry without code)
pack.py compressed VERSION METHOD IN OUT [UNPACKED_SIZE]
                                     CCOB of a bundle: METHOD zlib, or zstd with IN a frame of it
pack.py entry OUT FILE               an entry of comgr's cache: FILE as output, and a log
pack.py archive OUT SCHEME FILE...   a .kpack: SCHEME none, or zstd with frames of it as FILEs
pack.py database OUT [--wal] NAME=FILE...    MIOpen's table of kernels; +NAME: not packed
"""
import bz2
import sqlite3
import struct
import sys
import zlib

MAGIC = b"__CLANG_OFFLOAD_BUNDLE__"


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def bundle(out, *entries):
    parts = [(target.encode(), read(name) if name else b"") for target, name in (e.split("=", 1) for e in entries)]
    at = len(MAGIC) + 8 + sum(24 + len(target) for target, _ in parts)
    header = MAGIC + struct.pack("<Q", len(parts))
    for target, code in parts:
        header += struct.pack("<QQQ", at, len(code), len(target)) + target
        at += len(code)
    write(out, header + b"".join(code for _, code in parts))


def compressed(version, method, source, out, unpacked=None):
    data = read(source)
    size = int(unpacked) if unpacked else len(data)
    packed = zlib.compress(data, 9) if method == "zlib" else data
    fields = {"1": ("<IQ", 12), "2": ("<IIQ", 16), "3": ("<QQQ", 24)}[version]
    head = b"CCOB" + struct.pack("<HH", int(version), 0 if method == "zlib" else 1)
    total = len(head) + fields[1] + len(packed)
    numbers = (size, 0) if version == "1" else (total, size, 0)
    write(out, head + struct.pack(fields[0], *numbers) + packed)


def entry(out, source):
    parts = (read(source), b"a log\n")
    write(out, b"".join(struct.pack("<Q", len(part)) + part for part in parts))


def archive(out, scheme, *names):
    parts = [read(name) for name in names]
    blob = struct.pack("<I", len(parts)) if scheme == "zstd" else b""
    for part in parts:
        blob += struct.pack("<I", len(part)) + part if scheme == "zstd" else part + bytes(-len(part) % 64)
    write(out, b"KPAK" + struct.pack("<IQ", 1, 64 + len(blob)) + bytes(48) + blob + b"\x80")


def database(out, *rows):
    connection = sqlite3.connect(out)
    connection.execute("PRAGMA page_size=512")
    if rows and rows[0] == "--wal":
        rows = rows[1:]
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE kern_db (id INTEGER PRIMARY KEY ASC, kernel_name TEXT NOT NULL, kernel_args TEXT NOT NULL,"
        " kernel_blob BLOB NOT NULL, kernel_hash TEXT NOT NULL, uncompressed_size INT NOT NULL)"
    )
    for row in rows:
        name, file = row.split("=", 1)
        code = read(file)
        plain = name.startswith("+")
        connection.execute(
            "INSERT INTO kern_db (kernel_name, kernel_args, kernel_blob, kernel_hash, uncompressed_size)"
            " VALUES (?, '', ?, '', ?)",
            (name.lstrip("+"), code if plain else bz2.compress(code), 0 if plain else len(code)),
        )
    connection.commit()
    connection.close()


globals()[sys.argv[1]](*sys.argv[2:])
