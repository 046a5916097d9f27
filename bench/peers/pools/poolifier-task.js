import { ThreadWorker } from 'poolifier';

export default new ThreadWorker((task) => (task instanceof Uint8Array ? task.byteLength : task.a + task.b));
