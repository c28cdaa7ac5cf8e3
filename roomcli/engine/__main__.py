"""Run the engine as ``python -m roomcli.engine``, as a frontend starts it."""

from ..frame_stack import call_with_room
from ..loading import loading


def run() -> int:
    """Load the engine and run it; return the exit code."""
    with loading():
        from .process import main

    return main()


if __name__ == "__main__":
    code = call_with_room(run)
    from ..audio.portaudio import end_process

    end_process(code)
