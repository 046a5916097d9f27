/** Gives what makes a line of cells: the first two stand at the left of their columns, the others at the right. */
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
