/** The option of every command that prints data. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const;

/** Prints a value as JSON, for other programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
