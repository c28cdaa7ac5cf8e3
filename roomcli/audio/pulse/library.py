"""Finds ``libpulse.so.0``, which speaks to PulseAudio and to PipeWire, and declares its functions.

All of it is called on one thread, the mainloop's (``mainloop.py``), which holds libpulse's lock
whenever it runs. A function that returns at once keeps Python's lock too: giving that up in a
callback might mean to wait for a busy thread. What may wait (a name to be looked up, a thread that
ends) gives it up.
"""

from __future__ import annotations

import ctypes
import functools
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Final

from roomcli.errors import AudioError

from . import layouts as at

_LIBRARY: Final = "libpulse.so.0"
_Prototype = tuple[Any, tuple[Any, ...]]  # what a function returns, and what it is given

_AT_ONCE: Final[dict[str, _Prototype]] = {
    "pa_threaded_mainloop_new": (c_void_p, ()),
    "pa_threaded_mainloop_get_api": (POINTER(at.MainloopApi), (c_void_p,)),
    "pa_proplist_new": (c_void_p, ()),
    "pa_proplist_sets": (c_int, (c_void_p, c_char_p, c_char_p)),
    "pa_proplist_free": (None, (c_void_p,)),
    "pa_strerror": (c_char_p, (c_int,)),
    "pa_operation_unref": (None, (c_void_p,)),
    "pa_context_set_state_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_context_get_state": (c_int, (c_void_p,)),
    "pa_context_errno": (c_int, (c_void_p,)),
    "pa_context_disconnect": (None, (c_void_p,)),
    "pa_context_unref": (None, (c_void_p,)),
    "pa_context_set_subscribe_callback": (None, (c_void_p, at.ON_NEWS, c_void_p)),
    "pa_context_subscribe": (c_void_p, (c_void_p, c_int, c_void_p, c_void_p)),
    "pa_context_get_server_info": (c_void_p, (c_void_p, at.ON_SERVER, c_void_p)),
    "pa_context_get_sink_info_list": (c_void_p, (c_void_p, at.ON_ENDPOINT, c_void_p)),
    "pa_context_get_source_info_list": (c_void_p, (c_void_p, at.ON_ENDPOINT, c_void_p)),
    "pa_stream_new_with_proplist": (
        c_void_p,
        (c_void_p, c_char_p, POINTER(at.SampleSpec), POINTER(at.ChannelMap), c_void_p),
    ),
    "pa_stream_set_state_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_stream_set_moved_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_stream_set_buffer_attr_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_stream_set_latency_update_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_stream_set_underflow_callback": (None, (c_void_p, at.ON_CHANGE, c_void_p)),
    "pa_stream_set_write_callback": (None, (c_void_p, at.ON_REQUEST, c_void_p)),
    "pa_stream_set_read_callback": (None, (c_void_p, at.ON_REQUEST, c_void_p)),
    "pa_stream_connect_playback": (
        c_int,
        (c_void_p, c_char_p, POINTER(at.BufferAttributes), c_int, c_void_p, c_void_p),
    ),
    "pa_stream_connect_record": (
        c_int,
        (c_void_p, c_char_p, POINTER(at.BufferAttributes), c_int),
    ),
    "pa_stream_disconnect": (c_int, (c_void_p,)),
    "pa_stream_unref": (None, (c_void_p,)),
    "pa_stream_get_state": (c_int, (c_void_p,)),
    "pa_stream_get_device_name": (c_char_p, (c_void_p,)),
    "pa_stream_get_buffer_attr": (POINTER(at.BufferAttributes), (c_void_p,)),
    "pa_stream_set_buffer_attr": (
        c_void_p,
        (c_void_p, POINTER(at.BufferAttributes), at.ON_SUCCESS, c_void_p),
    ),
    "pa_stream_get_latency": (c_int, (c_void_p, POINTER(c_uint64), POINTER(c_int))),
    "pa_stream_cork": (c_void_p, (c_void_p, c_int, c_void_p, c_void_p)),
    "pa_stream_writable_size": (c_size_t, (c_void_p,)),
    "pa_stream_readable_size": (c_size_t, (c_void_p,)),
    "pa_stream_write": (
        c_int,
        (c_void_p, c_void_p, c_size_t, c_void_p, c_int64, c_int),
    ),
    "pa_stream_peek": (c_int, (c_void_p, POINTER(c_void_p), POINTER(c_size_t))),
    "pa_stream_drop": (c_int, (c_void_p,)),
    # For the tests of layouts alone.
    "pa_frame_size": (c_size_t, (POINTER(at.SampleSpec),)),
    "pa_bytes_per_second": (c_size_t, (POINTER(at.SampleSpec),)),
    "pa_channel_map_init_auto": (c_void_p, (POINTER(at.ChannelMap), c_uint32, c_int)),
    "pa_cvolume_set": (c_void_p, (POINTER(at.ChannelVolumes), c_uint32, c_uint32)),
}
_AFTER_A_WHILE: Final[dict[str, _Prototype]] = {
    "pa_threaded_mainloop_start": (c_int, (c_void_p,)),
    "pa_threaded_mainloop_stop": (None, (c_void_p,)),
    "pa_context_new_with_proplist": (c_void_p, (c_void_p, c_char_p, c_void_p)),
    "pa_context_connect": (c_int, (c_void_p, c_char_p, c_int, c_void_p)),
}


class Functions:
    """The functions of libpulse, by their names in C."""

    def __init__(self) -> None:
        """Raises OSError without the library, AttributeError if a function is not in it."""
        for library, prototypes in (
            (ctypes.PyDLL(_LIBRARY), _AT_ONCE),
            (ctypes.CDLL(_LIBRARY), _AFTER_A_WHILE),
        ):
            for name, (result, arguments) in prototypes.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:  # said for the type checker alone
        raise AttributeError(name)


@functools.cache
def load_functions() -> Functions:
    """Return libpulse's functions. Raises AudioError where there is no libpulse."""
    try:
        return Functions()
    except (OSError, AttributeError) as error:
        raise AudioError(f"no {_LIBRARY} on this machine: {error}") from error
