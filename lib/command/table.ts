/** Lays out rows as columns. Columns of numbers are aligned on the right, and the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  const isNumeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        if (isNumeric[column]) return String(cell).padStart(width);
        return column === row.length - 1 ? String(cell) : String(cell).padEnd(width);
      })
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}
