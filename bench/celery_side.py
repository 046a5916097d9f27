"""Celery with gevent workers in `npm run bench tasks`: prints the microseconds that each job takes.

    CELERY_URL=redis://127.0.0.1:6379 python3 celery_side.py addOneByOne

Celery itself imports this module in the worker that `working()` starts.
"""
import os
import subprocess
import sys
import time
from contextlib import contextmanager

from celery import Celery, group
from redis import Redis

URL = os.environ["CELERY_URL"]
ONE_BY_ONE = 2_000
MANY = 3_000
CONCURRENCY = 100
TOOK = "bench:took"

app = Celery("bench", broker=URL, backend=URL)
app.conf.result_expires = 3_600
runs = 0
began = 0.0


@app.task(name="add")
def add(a, b):
    """Notes how long it took from the first run to the last."""
    global runs, began
    runs += 1
    if runs == 1:
        began = time.perf_counter()
    if runs == MANY:
        Redis.from_url(URL).set(TOOK, time.perf_counter() - began)
    return a + b


def add_at_once():
    return group(add.s(n, 1) for n in range(MANY)).apply_async()


@contextmanager
def working():
    command = [sys.executable, "-m", "celery", "-A", "celery_side", "worker", "--loglevel", "ERROR"]
    options = ["--pool", "gevent", "--concurrency", str(CONCURRENCY), "--without-gossip", "--without-mingle"]
    worker = subprocess.Popen(
        command + options, cwd=os.path.dirname(os.path.abspath(__file__)), stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


def timed(count, work):
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / count


def run_all():
    add_at_once()
    with working():
        redis = Redis.from_url(URL)
        while redis.get(TOOK) is None:
            time.sleep(0.05)
        return float(redis.get(TOOK)) / MANY


def call_all():
    with working():
        add.delay(1, 1).get()
        return timed(MANY, lambda: add_at_once().get())


jobs = {
    "addOneByOne": lambda: timed(ONE_BY_ONE, lambda: [add.delay(n, 1) for n in range(ONE_BY_ONE)]),
    "addAtOnce": lambda: timed(MANY, add_at_once),
    "process": run_all,
    "call": call_all,
}

if __name__ == "__main__":
    # Without it, the first job would also pay for the connection.
    add.delay(0, 0)
    Redis.from_url(URL).flushall()
    print(jobs[sys.argv[1]]() * 1_000_000)
