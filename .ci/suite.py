"""Runs the test() entries of a build folder and counts their cases: the engine of `./dev test`.

A test program is a gtest binary, a Python unittest file, or anything that ends with a line
`N passed, N failed`. The count of `./dev test` is the sum over all of them.
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS_MAX = 1200
ORDER = ['unit', 'budget', 'tidy', 'wire', 'system']
# What each sanitizer runs: whole groups or single tests by name.
SANITIZED = {'asan': {'unit', 'budget', 'wire', 'system-concurrent_test', 'system-consistency_test'},
             'tsan': {'unit-ring', 'unit-exec', 'wire', 'system-concurrent_test', 'system-consistency_test'}}
# Sanitizer reports go to files beside the log, so that one from a server the test started is seen too.
SANITIZER_OPTIONS = {'ASAN_OPTIONS': 'detect_stack_use_after_return=1:strict_string_checks=1',
                     'LSAN_OPTIONS': 'print_suppressions=0:suppressions=' + os.path.join(ROOT, '.ci', 'leaks.supp'),
                     'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
                     'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1'}
CLOSING = re.compile(r'^(?:[a-z]+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?', re.M)


def say(text):
    print(text, flush=True)


def last(pattern, text):
    """The number of the last match, or 0."""
    found = re.findall(pattern, text, re.M)
    return int(found[-1]) if found else 0


def count(output, code):
    """Passed, failed, skipped of one test program. A crash or an empty run counts as a failure."""
    passed = failed = skipped = 0
    closing, ran = CLOSING.findall(output), re.findall(r'^Ran (\d+) tests? in', output, re.M)
    last_line = (output.strip().splitlines() or [''])[-1]
    if CLOSING.match(last_line):
        passed, failed, skipped = (int(number or 0) for number in closing[-1])
    elif '[==========]' in output:
        passed = last(r'^\[  PASSED  \] (\d+) test', output)
        failed = last(r'^\[  FAILED  \] (\d+) tests?, listed', output)
        skipped = last(r'^\[  SKIPPED \] (\d+) test', output)
    elif ran:
        verdict = output[output.rfind('\nRan '):]
        failed = last(r'failures=(\d+)', verdict) + last(r'errors=(\d+)', verdict)
        skipped = last(r'skipped=(\d+)', verdict)
        passed = max(0, int(ran[-1]) - failed - skipped)
    elif closing:  # something was printed behind the line
        passed, failed, skipped = (int(number or 0) for number in closing[-1])
    if failed == 0 and (code != 0 or passed + skipped == 0):
        failed = 1
    return passed, failed, skipped


def introspect(flavour, kind):
    with open(os.path.join(ROOT, 'build', flavour, 'meson-info', f'intro-{kind}.json'), encoding='utf-8') as file:
        return json.load(file)


def entries(flavour):
    """The test() entries of a build, in the order in which they should fail."""
    found = introspect(flavour, 'tests')
    for entry in found:
        entry['group'] = entry['suite'][0].split(':')[-1]
    return sorted(found, key=lambda entry: ORDER.index(entry['group']) if entry['group'] in ORDER else len(ORDER))


def targets(flavour):
    """What must be built for the tests of a flavour; an empty list means everything."""
    if flavour != 'tsan':
        return []
    wanted = SANITIZED[flavour] | {'gyre-server', 'gyre-consistency'}
    return [os.path.relpath(target['filename'][0], os.path.join(ROOT, 'build', flavour))
            for target in introspect(flavour, 'targets') if target['name'] in wanted]


def execute(flavour, entry, extra):
    """Runs one entry into its log file; returns the output, the exit code and the sanitizer reports."""
    log = os.path.join(ROOT, 'build', flavour, 'test-logs', entry['name'] + '.log')
    os.makedirs(os.path.dirname(log), exist_ok=True)
    for old in glob.glob(log + '.*'):
        os.remove(old)
    options = {name: f'{value}:log_path={log}' for name, value in SANITIZER_OPTIONS.items()}
    environment = {**os.environ, **options, **entry['env'], 'GYRE_FLAVOUR': flavour}
    if flavour == 'tsan':
        environment['GYRE_CORES'] = '4'
    with open(log, 'wb') as file:
        process = subprocess.Popen(entry['cmd'] + extra, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                   cwd=entry['workdir'] or ROOT, env=environment, start_new_session=True)
        try:
            code = process.wait(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
            file.write(f'\nstopped after {SECONDS_MAX} s\n'.encode())
        finally:  # Nothing that the test started outlives it.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    return read(log), code, [read(path) for path in sorted(glob.glob(log + '.*'))]


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def report(flavour, entry, output, found, seconds):
    """One line per program; the reasons of skips, and the end of the log of a failure."""
    passed, failed, skipped = found
    note = f', {skipped} SKIPPED' if skipped else ''
    say(f'  {flavour} {entry["name"]}: {passed} passed, {failed} failed{note} ({seconds:.1f} s)')
    lines = output.splitlines()
    if skipped:
        say('\n'.join('  | ' + line for line in lines if re.search(r'\bskip', line, re.I))[:2000])
    if failed:
        say('\n'.join('  | ' + line for line in lines[-60:]))
        say(f'  whole log: build/{flavour}/test-logs/{entry["name"]}.log')


def arguments_for(entry, name):
    """Extra arguments that narrow an entry to `name`, or None if the entry does not match."""
    if not name or name == entry['name']:
        return []
    if entry['group'] == 'unit':
        return [f'--gtest_filter=*{name}*:*{name.title().replace("_", "")}*']
    if entry['group'] == 'wire':
        return [name]
    return [] if name in entry['name'] else None


def run(flavour, name, totals):
    """Runs the entries of a build that its flavour and `name` choose; adds to totals."""
    wanted = SANITIZED.get(flavour)
    for entry in entries(flavour):
        extra = arguments_for(entry, name)
        if extra is None or wanted and not wanted & {entry['name'], entry['group']}:
            continue
        if entry['name'] == 'wire-peer' and not shutil.which('redis-server'):
            say('!! wire-peer SKIPPED: no redis-server on this machine')
            totals[2] += 1
            continue
        start = time.monotonic()
        output, code, reports = execute(flavour, entry, extra)
        if extra and re.search(r'^\[==========\] Running 0 tests|^0 passed, 0 failed', output, re.M):
            continue
        passed, failed, skipped = count(output, code)
        if reports:
            failed = max(failed, len(reports))
            output += '\n' + '\n'.join(text[:4000] for text in reports[:3])
        for index, number in enumerate((passed, failed, skipped)):
            totals[index] += number
        report(flavour, entry, output, (passed, failed, skipped), time.monotonic() - start)
