"""Mumble's encryption of datagrams: AES-128 in OCB2, with a nonce of which one byte is sent.

After draft-krovetz-ocb-00 and Mumble's protocol documentation. OCB2 is broken for chosen messages
(Inoue et al., 2019); Mumble avoids them, and the random payloads here never are such.
"""

from __future__ import annotations

from itertools import pairwise

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

OVERHEAD = 4
"""Bytes before the ciphertext: the nonce's lowest byte, and three bytes of the tag."""
_BLOCK = 16
_TOP = 1 << 127
_ALL = (1 << 128) - 1


class Ocb2:
    """Seals what one side sends and opens what the other sends, each with a nonce of its own."""

    def __init__(self, key: bytes, sending: bytes, receiving: bytes) -> None:
        cipher = Cipher(AES(key), ECB())  # the mode below builds on single blocks
        self._encrypt_blocks = cipher.encryptor().update
        self._decrypt_blocks = cipher.decryptor().update
        self._sending = int.from_bytes(sending, "little")
        self._receiving = int.from_bytes(receiving, "little")

    def seal(self, plain: bytes) -> bytes:
        """Return the datagram that carries ``plain``."""
        self._sending = (self._sending + 1) & _ALL
        nonce = self._sending.to_bytes(_BLOCK, "little")
        encrypted, tag = self.encrypt(nonce, plain)
        return nonce[:1] + tag[:3] + encrypted

    def open(self, datagram: bytes) -> bytes:
        """Return what a datagram carries; of 256 in a row one has to be opened.

        Raises ValueError if it is not of the other side, or comes again or out of order.
        """
        step = (datagram[0] - self._receiving) % 256
        number = (self._receiving + step) & _ALL
        plain, tag = self.decrypt(number.to_bytes(_BLOCK, "little"), datagram[OVERHEAD:])
        if not step or tag[:3] != datagram[1:OVERHEAD]:
            raise ValueError("a datagram that is not of the other side")
        self._receiving = number
        return plain

    def encrypt(self, nonce: bytes, plain: bytes) -> tuple[bytes, bytes]:
        """Return the ciphertext, of the same length, and the tag of 16 bytes."""
        delta, checksum, parts = self._encrypt(int.from_bytes(nonce)), 0, list[bytes]()
        *whole, last = _blocks(plain)
        for block in whole:
            delta = _double(delta)
            number = int.from_bytes(block)
            parts.append((delta ^ self._encrypt(delta ^ number)).to_bytes(_BLOCK))
            checksum ^= number
        delta, pad = self._pad(delta, len(last))
        padded = last + pad[len(last) :]
        parts.append(_xor(last, pad))
        return b"".join(parts), self._tag(delta, checksum ^ int.from_bytes(padded))

    def decrypt(self, nonce: bytes, encrypted: bytes) -> tuple[bytes, bytes]:
        """Return the plaintext, of the same length, and the tag that it should have."""
        delta, checksum, parts = self._encrypt(int.from_bytes(nonce)), 0, list[bytes]()
        *whole, last = _blocks(encrypted)
        for block in whole:
            delta = _double(delta)
            number = delta ^ self._decrypt(delta ^ int.from_bytes(block))
            parts.append(number.to_bytes(_BLOCK))
            checksum ^= number
        delta, pad = self._pad(delta, len(last))
        parts.append(_xor(last, pad))
        padded = parts[-1] + pad[len(last) :]
        return b"".join(parts), self._tag(delta, checksum ^ int.from_bytes(padded))

    def _pad(self, delta: int, size: int) -> tuple[int, bytes]:
        delta = _double(delta)
        return delta, self._encrypt(delta ^ (size * 8)).to_bytes(_BLOCK)

    def _tag(self, delta: int, checksum: int) -> bytes:
        return self._encrypt(delta ^ _double(delta) ^ checksum).to_bytes(_BLOCK)

    def _encrypt(self, block: int) -> int:
        return int.from_bytes(self._encrypt_blocks(block.to_bytes(_BLOCK)))

    def _decrypt(self, block: int) -> int:
        return int.from_bytes(self._decrypt_blocks(block.to_bytes(_BLOCK)))


def _blocks(data: bytes) -> list[bytes]:
    """Cut into blocks, of which the last has 1 to 16 bytes, or none where there is no data."""
    ends = [*range(0, max(1, len(data)), _BLOCK), len(data)]
    return [data[begin:end] for begin, end in pairwise(ends)]


def _double(block: int) -> int:
    """Multiply by two in the field of 2^128 elements."""
    doubled = (block << 1) & _ALL
    return doubled ^ 0x87 if block & _TOP else doubled


def _xor(data: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(data, pad, strict=False))
