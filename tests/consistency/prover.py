"""Runs gyre-consistency: the one place that knows where it is and what its exit codes mean."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get('GYRE_CONSISTENCY',
                         os.path.join(ROOT, 'build', 'release', 'tests', 'consistency', 'gyre-consistency'))
FINE, VIOLATION, NO_RUN, STALL = range(4)


def prove(part, ports, *options):
    """The exit code and what was printed."""
    command = [PROGRAM, part, '--ports', ','.join(map(str, ports)), *map(str, options)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr
