// The task of Piscina and Tinypool, which pass one argument.
export default (task) => (task instanceof Uint8Array ? task.byteLength : task.a + task.b);
