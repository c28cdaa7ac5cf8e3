"""Finds libopus, and makes ``opuslib`` use the one found.

The library inside ``opuslib-next-bundled`` comes first, so that nearly everybody runs what was
measured, then the system's. The one inside ``opuscodec`` (its extension module exports libopus's C
functions) comes last: it encodes the same bytes, and was built so that it takes four times as long.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roomcli.errors import AudioError

LACK = (
    "no Opus codec on this machine, so that voice can be neither sent nor heard: install it with "
    "`pip install opuslib-next-bundled`, `apt install libopus0` or `brew install opus`"
)

_loading = threading.Lock()
_found: LibraryInfo | None = None


@dataclass(frozen=True, slots=True)
class LibraryInfo:
    """A libopus that works: its file, its version in its own words, and its origin."""

    path: str
    version: str
    origin: str  # "opuslib-next-bundled" | "system" | "opuscodec"


def libopus() -> LibraryInfo:
    """Return the library in use; the first call loads it, and ``opuslib`` with it."""
    global _found
    with _loading:
        if _found is None:
            info = _find_library()
            _import_opuslib(info.path)
            _found = info
        return _found


def _find_library() -> LibraryInfo:
    for path, origin in _candidates():
        try:
            library = ctypes.CDLL(path)
            library.opus_get_version_string.restype = ctypes.c_char_p
            version = library.opus_get_version_string()
        except (OSError, AttributeError):
            continue
        # A build from an archive does not know its version.
        said = version.decode(errors="replace").removesuffix(" unknown")
        return LibraryInfo(path, said, origin)
    raise AudioError(LACK)


def _candidates() -> Iterator[tuple[str, str]]:
    spec = importlib.util.find_spec("opuslib_next")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        for path in sorted((Path(folder) / "_native").glob("libopus.*")):
            yield str(path), "opuslib-next-bundled"
    name = ctypes.util.find_library("opus")
    if name is not None:
        yield name, "system"
    if sys.platform == "darwin":  # Homebrew's folder is not on the loader's path
        yield "/opt/homebrew/lib/libopus.dylib", "system"
    spec = importlib.util.find_spec("opuscodec")
    if spec is not None and spec.origin is not None:
        yield spec.origin, "opuscodec"


def _import_opuslib(path: str) -> None:
    """Import ``opuslib`` with ``path`` as its library, and correct its calls.

    ``opuslib`` searches for the library during its import and has no parameter for it, so the
    search function is replaced for that time.
    """
    original = ctypes.util.find_library
    ctypes.util.find_library = lambda name: path if name == "opus" else original(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `is not 0` in its source is a SyntaxWarning
            import opuslib.api.ctl
            import opuslib.api.decoder
            import opuslib.api.encoder
    except Exception as error:
        raise AudioError(f"{LACK} ({error})") from error
    finally:
        ctypes.util.find_library = original
    # opus_*_ctl is variadic in C. With its two fixed arguments declared, ctypes makes a variadic
    # call of it; Apple's ARM passes variadic arguments elsewhere than named ones.
    encoder, decoder = opuslib.api.encoder, opuslib.api.decoder
    encoder.libopus_ctl.argtypes = (encoder.EncoderPointer, ctypes.c_int)
    decoder.libopus_ctl.argtypes = (decoder.DecoderPointer, ctypes.c_int)
