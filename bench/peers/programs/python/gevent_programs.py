import gc
import sys
import time

import gevent
from answering import answer, expect, nanoseconds_each, resident
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from gevent.queue import Channel, Queue

sys.setrecursionlimit(250_000)

FOR_EVER = 1_000_000


def yield_in(tasks):
    def measure(n):
        each = max(1, n // tasks)

        def work():
            gevent.joinall([gevent.spawn(yielding, each) for _ in range(tasks)])

        return nanoseconds_each(each * tasks, work)

    return measure


def yielding(times):
    sleep = gevent.sleep
    for _ in range(times):
        sleep(0)


def trivial(x):
    return x


def spawn(n):
    def work():
        greenlets = [gevent.spawn(trivial, i) for i in range(n)]
        gevent.joinall(greenlets)
        expect(sum(g.value for g in greenlets), n * (n - 1) // 2)

    return nanoseconds_each(n, work)


def produce(pipe, n):
    for i in range(n):
        pipe.put(i)


def consume(pipe, n):
    total = 0
    for _ in range(n):
        total += pipe.get()
    return total


def through(make):
    def measure(n):
        pipe = make()

        def work():
            consumer = gevent.spawn(consume, pipe, n)
            gevent.joinall([consumer, gevent.spawn(produce, pipe, n)])
            expect(consumer.value, n * (n - 1) // 2)

        return nanoseconds_each(n, work)

    return measure


def fanout(n):
    queue = Queue(1)

    def work():
        consumers = [gevent.spawn(consume, queue, n // 100) for _ in range(100)]
        gevent.joinall([*consumers, gevent.spawn(produce, queue, n)])
        expect(sum(g.value for g in consumers), n * (n - 1) // 2)

    return nanoseconds_each(n, work)


def contend(permits):
    def measure(n):
        lock = BoundedSemaphore(permits)

        def work():
            gevent.joinall([gevent.spawn(hold, lock, n // 1_000) for _ in range(1_000)])

        return nanoseconds_each(n, work)

    return measure


def hold(lock, times):
    sleep = gevent.sleep
    for _ in range(times):
        lock.acquire()
        sleep(0)
        lock.release()


def event(n):
    shared = Event()
    waiters = [gevent.spawn(shared.wait) for _ in range(n)]
    gevent.sleep(0)

    def work():
        shared.set()
        gevent.joinall(waiters)

    return nanoseconds_each(n, work)


def pool_map(n):
    def work():
        expect(len(Pool(10).map(trivial, range(n))), n)

    return nanoseconds_each(n, work)


def timeout_ready(n):
    ready = Event()
    ready.set()

    def work():
        for _ in range(n):
            with gevent.Timeout(60):
                ready.wait()

    return nanoseconds_each(n, work)


def nested5(n):
    Timeout, sleep = gevent.Timeout, gevent.sleep

    def work():
        for _ in range(n):
            with Timeout(60.1), Timeout(60.2), Timeout(60.3), Timeout(60.4), Timeout(60.5):
                sleep(0)

    return nanoseconds_each(n, work)


def resume_at(depth):
    def measure(n):
        def descend(level):
            if level > 1:
                return descend(level - 1)
            return nanoseconds_each(n, lambda: yielding(n))

        return gevent.spawn(descend, depth).get()

    return measure


def recursion(n):
    def count(depth):
        return 1 if depth == 1 else 1 + count(depth - 1)

    def work():
        for _ in range(n // 1_000):
            expect(count(1_000), 1_000)

    return gevent.spawn(nanoseconds_each, n, work).get()


cleanups = 0


def sleep_and_clean_up():
    global cleanups
    try:
        gevent.sleep(FOR_EVER)
    finally:
        cleanups += 1


def kill(n):
    global cleanups
    sleepers = [gevent.spawn(sleep_and_clean_up) for _ in range(n)]
    gevent.sleep(0)
    cleanups = 0

    def work():
        for sleeper in sleepers:
            sleeper.kill()

    nanoseconds = gevent.spawn(nanoseconds_each, n, work).get()
    expect(cleanups, n)
    return nanoseconds


sleeping = []


def sleeper_bytes(n):
    gc.collect()
    before = resident()
    sleeping.extend(gevent.spawn(gevent.sleep, FOR_EVER) for _ in range(n))
    gevent.sleep(0)
    gc.collect()
    return (resident() - before) / n


length = 0.1


def sleeper_wake(n):
    global length
    while True:
        deadline = time.perf_counter() + length

        def sleep_until():
            gevent.sleep(max(0, deadline - time.perf_counter()))

        sleepers = [gevent.spawn(sleep_until) for _ in range(n)]
        gevent.sleep(0)
        early = time.perf_counter() < deadline
        gevent.joinall(sleepers)
        if early:
            return (time.perf_counter() - deadline) * 1e9 / n
        length *= 2


def timers(n):
    def work():
        for _ in range(n // 1_000):
            timeouts = [gevent.Timeout.start_new(60 + j / 1_000) for j in range(1_000)]
            for timeout in timeouts:
                timeout.close()

    return nanoseconds_each(n, work)


if __name__ == '__main__':
    answer({
        'yield2': yield_in(2),
        'yield10k': yield_in(10_000),
        'spawn': spawn,
        'channel': through(Channel),
        'queue1': through(lambda: Queue(1)),
        'queue1024': through(lambda: Queue(1_024)),
        'queueUnbounded': through(Queue),
        'fanout': fanout,
        'lock': contend(1),
        'semaphore': contend(10),
        'event': event,
        'poolMap': pool_map,
        'timeoutReady': timeout_ready,
        'nested5': nested5,
        'deep10': resume_at(10),
        'deep100': resume_at(100),
        'deep1000': resume_at(1_000),
        'deep100000': resume_at(100_000),
        'recursion': recursion,
        'kill': kill,
        'sleeperBytes': sleeper_bytes,
        'sleeperWake': sleeper_wake,
        'timers': timers,
    })
