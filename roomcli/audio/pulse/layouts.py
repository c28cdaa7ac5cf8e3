"""How libpulse lays out what it shares with its callers, as far as it is used here.

A structure that only the library makes may be cut short: what comes after the last field is not
read. ``tests/roomcli/audio/pulse/test_layouts.py`` holds each against the library.
Source: pulse/{sample,channelmap,volume,def,introspect,mainloop-api}.h of PulseAudio 16.1.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Final

CHANNELS_MAX: Final = 32
FLOAT32LE: Final = 5
"""``pa_sample_format_t``: float of 32 bits, which all machines with wheels for sound have."""
UNSET: Final = 0xFFFFFFFF
"""An index that there is not, or a size that the server is to choose."""


class SampleSpec(ctypes.Structure):
    """``pa_sample_spec``."""

    _fields_ = [("format", c_int), ("rate", c_uint32), ("channels", c_uint8)]


class ChannelMap(ctypes.Structure):
    """``pa_channel_map``."""

    _fields_ = [("channels", c_uint8), ("map", c_int * CHANNELS_MAX)]


class ChannelVolumes(ctypes.Structure):
    """``pa_cvolume``."""

    _fields_ = [("channels", c_uint8), ("values", c_uint32 * CHANNELS_MAX)]


class BufferAttributes(ctypes.Structure):
    """``pa_buffer_attr``; all in bytes."""

    _fields_ = [
        ("maxlength", c_uint32),
        ("tlength", c_uint32),
        ("prebuf", c_uint32),
        ("minreq", c_uint32),
        ("fragsize", c_uint32),
    ]


class EndpointInfo(ctypes.Structure):
    """``pa_sink_info`` or ``pa_source_info``: they begin alike.

    ``monitor`` is the source that hears a sink, or the sink that a source hears.
    """

    _fields_ = [
        ("name", c_char_p),
        ("index", c_uint32),
        ("description", c_char_p),
        ("sample_spec", SampleSpec),
        ("channel_map", ChannelMap),
        ("owner_module", c_uint32),
        ("volume", ChannelVolumes),
        ("mute", c_int),
        ("monitor", c_uint32),
        ("monitor_name", c_char_p),
        ("latency", c_uint64),
        ("driver", c_char_p),
    ]


class ServerInfo(ctypes.Structure):
    """``pa_server_info``."""

    _fields_ = [
        ("user_name", c_char_p),
        ("host_name", c_char_p),
        ("server_version", c_char_p),
        ("server_name", c_char_p),
        ("sample_spec", SampleSpec),
        ("default_sink_name", c_char_p),
        ("default_source_name", c_char_p),
    ]


ON_READABLE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_int, c_void_p)
"""``pa_io_event_cb_t``: api, event, file descriptor, what happened, user data."""
ON_CHANGE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
"""``pa_context_notify_cb_t`` and ``pa_stream_notify_cb_t``: who changed, user data."""
ON_SUCCESS = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_void_p)
"""``pa_stream_success_cb_t``: stream, whether it succeeded, user data."""
ON_REQUEST = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
"""``pa_stream_request_cb_t``: stream, bytes, user data."""
ON_NEWS = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_uint32, c_void_p)
"""``pa_context_subscribe_cb_t``: context, kind of news, index, user data."""
ON_ENDPOINT = ctypes.CFUNCTYPE(None, c_void_p, POINTER(EndpointInfo), c_int, c_void_p)
"""``pa_sink_info_cb_t`` and ``pa_source_info_cb_t``: context, info, end of list, user data."""
ON_SERVER = ctypes.CFUNCTYPE(None, c_void_p, POINTER(ServerInfo), c_void_p)
"""``pa_server_info_cb_t``: context, info, user data."""


class MainloopApi(ctypes.Structure):
    """``pa_mainloop_api``, with the first of its functions."""

    _fields_ = [
        ("userdata", c_void_p),
        (
            "io_new",
            ctypes.CFUNCTYPE(c_void_p, c_void_p, c_int, c_int, ON_READABLE, c_void_p),
        ),
    ]
