/** Returns a function that formats cells as a line. The first two columns are left-aligned, the others right-aligned. */
export function textTable(widths: readonly number[]): (cells: readonly string[]) => string {
  return (cells) =>
    cells
      .map((cell, i) => pad(cell, widths[i] ?? 0, i < 2))
      .join(' ')
      .trimEnd();
}

function pad(cell: string, width: number, isLeft: boolean): string {
  return isLeft ? cell.padEnd(width) : cell.padStart(width);
}
