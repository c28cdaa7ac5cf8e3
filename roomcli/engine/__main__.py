"""Run the engine as ``python -m roomcli.engine``, as a frontend starts it."""

from ..audio.portaudio import end_process
from .process import main

end_process(main())
