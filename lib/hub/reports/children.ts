/** A process or a thread that this one has started, as tools see it. */
export interface ChildNode {
  /** Tells the children of this process or thread apart. */
  readonly id: number;
  readonly name: string;
  readonly kind: 'process' | 'thread';
  /** Of the process, or of the process that the thread is in. */
  readonly pid: number;
  /**
   * Asks it what runs in it, or to kill a greenlet; see `lookForParent()`.
   *
   * @returns the answer, which never comes from a child that something blocks; an empty text if it ends first
   */
  look(question: string): Promise<string>;
}

/** `greenhub/process` sets `list` when it loads, so that `greenhub/inspect` need not load it to know the children. */
export const childNodes = { list: (): readonly ChildNode[] => [] };
