import Replay

try Replay.trial()
