"""The parts of the wire test runner: codec, script reader, matcher, server starter, player."""
