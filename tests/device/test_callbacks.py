"""Frames go to whoever takes them at that moment, those of the debugger to one of its own."""

from iot_kernel.debugging.messages import CHANNEL
from iot_kernel.device.callbacks import BoardCallbacks
from iot_kernel.protocol.frames import Frame


def test_frames_of_the_debugger_go_another_way():
    callbacks, frames, words = BoardCallbacks(), [], []
    callbacks.take_frame(Frame(CHANNEL, 0, b"lost"))
    callbacks.on_frame, callbacks.on_debug = frames.append, words.append
    callbacks.take_frame(Frame(CHANNEL, 0, b"stopped"))
    callbacks.take_frame(Frame(16, 0, b"sample"))
    assert words == [b"stopped"]
    assert [frame.data for frame in frames] == [b"sample"]
