/** Replaces control characters in a text of a program, which could change what a terminal does. Lines stay. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plain(text).replaceAll('\n', '\ufffd');
}
