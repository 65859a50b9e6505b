"""Signatures of packs: ed25519 keys in PEM files, statements in envelopes of DSSE. Needs `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from .container import PackError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_NEEDED = "Signatures need the package cryptography: pip install 'rlm-kernel[evidence]'."


def canonical(data: Any) -> bytes:
    """JSON in the one form that is signed and compared."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def make_keys(file: Path) -> tuple[Path, str]:
    """A new private key in `file`, readable by its owner alone, and its public key in `file`.pub; that file, and the
    key's fingerprint. Raises PackError, also where the file is there already."""
    serialization, ed25519 = _library()
    private = ed25519.Ed25519PrivateKey.generate()
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public, public_file = _pem(private.public_key()), file.with_name(file.name + ".pub")
    try:
        for path, data, mode in ((file, secret, 0o600), (public_file, public, 0o644)):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as stream:
                stream.write(data)
    except FileExistsError as error:
        raise PackError(f"{error.filename} is there already: a key is never overwritten, name another file.") from None
    except OSError as error:
        raise PackError(f"{error.filename} cannot be written: {error.strerror or error}.") from None
    return public_file, fingerprint(public)


def fingerprint(public: bytes) -> str:
    """The SHA-256 of a public key (PEM), hexadecimal. Raises PackError."""
    serialization, _ = _library()
    raw = _public(public).public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def rewritten(public: bytes) -> bytes:
    """A public key in the one form in which it is written. Raises PackError."""
    return _pem(_public(public))


def public_key_of(private_file: Path) -> bytes:
    """The public key (PEM) of a private one. Raises PackError."""
    return _pem(_private(private_file).public_key())


def signed(statement: Any, private_file: Path) -> bytes:
    """The envelope of a statement, as its file holds it. Raises PackError."""
    private, payload = _private(private_file), canonical(statement)
    signature = private.sign(_encoded(payload))
    keyid = fingerprint(_pem(private.public_key()))
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
        }
    )


def statement_of(envelope: bytes, public: bytes) -> Any:
    """The statement in an envelope that the owner of the key has signed. Raises PackError."""
    try:
        data = json.loads(envelope)
        payload = base64.b64decode(data["payload"], validate=True)
        (signature,) = data["signatures"]
        value, keyid = base64.b64decode(signature["sig"], validate=True), signature["keyid"]
        statement = json.loads(payload)
        whole = canonical(data) == envelope and canonical(statement) == payload
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PackError("The statement is no signed one.") from None
    if not whole or data["payloadType"] != PAYLOAD_TYPE or set(data) != {"payload", "payloadType", "signatures"}:
        raise PackError("The statement is not in the form in which it was signed.")
    if keyid != fingerprint(public):
        raise PackError(f"The statement was signed with another key (fingerprint {str(keyid)[:64]}).")
    from cryptography.exceptions import InvalidSignature

    try:
        _public(public).verify(value, _encoded(payload))
    except InvalidSignature:
        raise PackError("The signature is not that of the statement: it was changed after it was signed.") from None
    return statement


def _encoded(payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise PackError(_NEEDED) from None
    return serialization, ed25519


def _pem(public: Any) -> bytes:
    serialization, _ = _library()
    data: bytes = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return data


def _public(pem: bytes) -> Any:
    serialization, ed25519 = _library()
    try:
        key = serialization.load_pem_public_key(pem)
    except Exception:  # the library raises many kinds
        raise PackError("That is no public key: give the file ending in .pub that `rlm keygen` has written.") from None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise PackError("The public key is none of ed25519, as `rlm keygen` writes them.")
    return key


def _private(file: Path) -> Any:
    serialization, ed25519 = _library()
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise PackError(f"The key {file} cannot be read: {error.strerror or error}. `rlm keygen` makes one.") from None
    except Exception:  # the library raises many kinds; none is repeated, since the file holds a key
        raise PackError(f"{file} holds no private key such as `rlm keygen` writes.") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise PackError(f"{file} holds no key of ed25519, as `rlm keygen` writes them.")
    return key
