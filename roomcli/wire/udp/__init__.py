"""The UDP side channel of voice, without a socket: bytes, keys and rules, with time as argument.

One direction of a visit has at its sender a ``sealing.Sealer``, a ``route.VoiceRoute`` (UDP or
TCP), a ``loss.LossMeter`` and a ``repetition.Repetition``; at its receiver a ``sealing.Unsealer``
with its ``replay.ReplayWindow``. ``side_channel`` has the keys of both directions under all ids,
and ``path`` is what the server knows of a client's address. TCP always stays; what UDP carries is
never control.
"""
