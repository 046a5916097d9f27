"""greenlet: only switches, because it has no scheduler."""

import sys
import time

from answering import answer, nanoseconds_each
from greenlet import getcurrent, greenlet

sys.setrecursionlimit(250_000)


def switch(n):
    def lead():
        for _ in range(n // 2):
            there.switch()

    def follow():
        while True:
            here.switch()

    here = greenlet(lead)
    there = greenlet(follow)
    return nanoseconds_each(n, here.switch)


def resume_at(depth):
    """Resumes a greenlet that is `depth` calls deep; one operation is there and back."""

    def measure(n):
        def descend(level):
            if level > 1:
                return descend(level - 1)
            back = getcurrent().parent.switch
            while True:
                back()

        deep = greenlet(descend)
        deep.switch(depth)
        started = time.perf_counter_ns()
        for _ in range(n):
            deep.switch()
        return (time.perf_counter_ns() - started) / n

    return measure


answer({
    'switch': switch,
    'deep10': resume_at(10),
    'deep100': resume_at(100),
    'deep1000': resume_at(1_000),
    'deep100000': resume_at(100_000),
})
