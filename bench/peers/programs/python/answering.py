"""Does the same as the worker of the JavaScript peers: reads a line with a number, writes a line with the measured value."""

import json
import sys
import time


def answer(programs):
    """Runs the operation named on the command line, as often as each line of standard input says."""
    operation = programs.get(sys.argv[1])
    if operation is None:
        print(json.dumps({'missing': True}), flush=True)
        return
    print(json.dumps({'ready': True}), flush=True)
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        try:
            reply = {'value': operation(int(line))}
        except Exception as error:
            reply = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(reply), flush=True)


def nanoseconds_each(operations, work):
    started = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - started) / operations


def resident():
    """The memory use of this process in bytes."""
    with open('/proc/self/statm') as statm:
        return int(statm.read().split()[1]) * 4096


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f'the work went wrong: it gave {actual} and not {expected}')
