/** A number, or one with a unit, such as `>1.5s`. */
const NUMBER = /^(?:>?[-\d.]+[a-z]{0,2})?$/;

/** Lays out rows as columns. Columns of numbers are aligned on the right, and the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  const isNumeric = head.map((_, column) => rows.every((row) => NUMBER.test(String(row[column]))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        if (column === row.length - 1) return String(cell);
        return isNumeric[column] ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}
