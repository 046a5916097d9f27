"""The crawl with gevent and urllib3."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import re  # noqa: E402

import gevent  # noqa: E402
import urllib3  # noqa: E402
from answering import answer, expect, nanoseconds_each  # noqa: E402
from gevent.queue import JoinableQueue  # noqa: E402

SITE = os.environ.get('SITE', '')
LINK = re.compile(r'href="([^"]+)"')


def crawl(n):
    http = urllib3.PoolManager(maxsize=50)
    start = f'/{n}/0'
    seen = {start}
    todo = JoinableQueue()
    todo.put(start)

    def visit_all():
        while True:
            path = todo.get()
            try:
                page = http.request('GET', SITE + path).data.decode()
                for link in LINK.findall(page):
                    if link not in seen:
                        seen.add(link)
                        todo.put(link)
            finally:
                todo.task_done()

    def work():
        workers = [gevent.spawn(visit_all) for _ in range(50)]
        todo.join()
        gevent.killall(workers)
        expect(len(seen), n)

    return nanoseconds_each(n, work) / 1_000


answer({'crawlFetch': crawl, 'crawlRequest': crawl})
