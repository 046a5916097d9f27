/** The compiler also refuses the options that are refused at run time. */
import {
  Group,
  joinall,
  killall,
  Lock,
  Pool,
  Queue,
  RateLimiter,
  retry,
  sleep,
  spawn,
  wait,
  withTimeout,
} from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { connect, request, StreamServer } from 'greenhub/net';
import { explore, VirtualClock } from 'greenhub/testing';

const job = spawn(sleep, 5);

// @ts-expect-error the option is called timeout
new Queue().get({ timout: 5 });
// @ts-expect-error options are an object
new Queue().get(5);
// @ts-expect-error options are an object
new Lock().acquire(null);
// @ts-expect-error the option is called blocking
new Lock().acquire({ block: false });
// @ts-expect-error options are an object
job.kill('why');
// @ts-expect-error the option is called raiseError
joinall([job], { raiseErrors: true });
// @ts-expect-error options are an object
joinall([job], job);
// @ts-expect-error options are an object
killall([job], 'why');
// @ts-expect-error the option is called count
wait([job], { counts: 1 });
// @ts-expect-error the time comes first
withTimeout(function* () {}, 50);
// @ts-expect-error options are an object
withTimeout(50, function* () {}, 5);
// @ts-expect-error the option is called raiseError
new Group().join({ raise: true });
// @ts-expect-error the option is called maxsize
new Pool(2).imap(String, [1], { maxSize: 5 });
// @ts-expect-error options are an object
new RateLimiter(5);
// @ts-expect-error the option is called attempts
retry(() => {}, { times: 5 });
// @ts-expect-error the option is called timers
patchAll({ timer: false });
// @ts-expect-error options are an object
connect(80, 'localhost', 5);
// @ts-expect-error the option is called timeout
request('http://localhost', { timout: 5 });
// @ts-expect-error the option is called pool
new StreamServer(0, () => {}, { pools: 5 });
// @ts-expect-error the option is called runs
explore(() => {}, { run: 5 });
// @ts-expect-error the option is called autojump
new VirtualClock({ autoJump: false });
