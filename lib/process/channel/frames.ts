/**
 * How messages travel over a stream of bytes:
 *
 *     ┌─────────────┬──────────────────────────────────────────┐
 *     │ length (4)  │ the message: JSON, or serialised by V8   │ …
 *     └─────────────┴──────────────────────────────────────────┘
 *
 * The message is a structured clone, exactly as `postMessage()` makes one. `v8.serialize()` differs: it keeps the class of a
 * Buffer, and what it gives shares its memory with the frame. JSON stands for small plain data only, and takes a quarter of the
 * time there.
 */
import { Buffer } from 'node:buffer';
import { Deserializer, Serializer } from 'node:v8';
import { jsonOf } from '../travel/json.ts';

const HEADER = 4;
const EMPTY_HEADER = new Uint8Array(HEADER);
/** What four bytes can say. */
export const LONGEST_MESSAGE = 2 ** 32 - 1;
/** The first byte of what V8 has serialised. No text in UTF-8 contains it. */
const BY_V8 = 0xff;

class CloneSerializer extends Serializer {
  /** Called by V8 for what it cannot clone. */
  _getDataCloneError(message: string): DOMException {
    return new DOMException(message, 'DataCloneError');
  }

  /** Called by V8 for objects of Node itself, such as a MessagePort. */
  _writeHostObject(object: object): never {
    throw this._getDataCloneError(`${nameOf(object)} could not be cloned.`);
  }

  _getSharedArrayBufferId(): never {
    throw this._getDataCloneError('#<SharedArrayBuffer> could not be cloned.');
  }
}

function nameOf(object: object): string {
  return `#<${object.constructor?.name ?? 'Object'}>`;
}

/**
 * Copies a message into a frame.
 *
 * @throws DataCloneError if it cannot be cloned, RangeError if it is too long
 */
export function frameOf(message: unknown, maxMessageBytes = LONGEST_MESSAGE): Buffer {
  const text = jsonOf(message);
  const frame = text === null ? serialized(message) : textFrame(text);
  const length = frame.length - HEADER;
  if (length > maxMessageBytes) {
    throw new RangeError(`a message of ${length} bytes is too long: maxMessageBytes is ${maxMessageBytes}`);
  }
  frame.writeUInt32LE(length, 0);
  return frame;
}

/** The frame of a message, without its length. */
function serialized(message: unknown): Buffer {
  const serializer = new CloneSerializer();
  serializer.writeRawBytes(EMPTY_HEADER);
  serializer.writeHeader();
  serializer.writeValue(message);
  return serializer.releaseBuffer();
}

function textFrame(text: string): Buffer {
  const frame = Buffer.allocUnsafe(HEADER + Buffer.byteLength(text));
  frame.write(text, HEADER);
  return frame;
}

/** Puts the chunks of a stream together to messages. */
export class FrameReader {
  private readonly onMessage: (message: unknown) => void;
  private readonly maxMessageBytes: () => number;
  /** The beginning of a frame whose end has not arrived. */
  private parts: Buffer[] = [];
  private have = 0;
  /** How many bytes are needed before something can be read. */
  private need = HEADER;

  /** @param maxMessageBytes asked for each message, because it may change */
  constructor(onMessage: (message: unknown) => void, maxMessageBytes: () => number) {
    this.onMessage = onMessage;
    this.maxMessageBytes = maxMessageBytes;
  }

  /** @throws RangeError if a message is too long; what V8 or JSON throws if it is garbage. Nothing can be read after that */
  push(chunk: Buffer): void {
    this.have += chunk.length;
    this.parts.push(chunk);
    if (this.have < this.need) return;
    const data = this.parts.length === 1 ? chunk : Buffer.concat(this.parts, this.have);
    let at = 0;
    this.need = HEADER;
    while (data.length - at >= HEADER) {
      const length = this.checkedLength(data.readUInt32LE(at));
      const end = at + HEADER + length;
      if (end > data.length) {
        this.need = HEADER + length;
        break;
      }
      const message = messageIn(data.subarray(at + HEADER, end));
      at = end;
      this.onMessage(message);
    }
    this.have = data.length - at;
    this.parts = this.have === 0 ? [] : [data.subarray(at)];
  }

  private checkedLength(length: number): number {
    const most = this.maxMessageBytes();
    if (length <= most) return length;
    throw new RangeError(`a message of ${length} bytes is too long: maxMessageBytes is ${most}`);
  }
}

/** The message of a frame that `frameOf()` has made. */
export function messageOf(frame: Buffer): unknown {
  return messageIn(frame.subarray(HEADER));
}

function messageIn(frame: Buffer): unknown {
  if (frame[0] !== BY_V8) return JSON.parse(frame.toString());
  const deserializer = new Deserializer(frame);
  deserializer.readHeader();
  return deserializer.readValue();
}
