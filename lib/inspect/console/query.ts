/** What a page asks for. Unknown or missing values become defaults, so that a question never fails. */
export class Query {
  private readonly params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.params = params;
  }

  get view(): string {
    return this.text('view');
  }

  /** The process or thread that is meant, as `Within` has it; empty for this one. */
  get path(): readonly number[] {
    const text = this.text('in');
    return text === '' ? [] : text.split('.').map(Number);
  }

  text(name: string): string {
    return this.params.get(name) ?? '';
  }

  /** A whole number; `otherwise` if it is missing or no number. */
  number(name: string, otherwise: number): number {
    const text = this.text(name);
    return /^-?\d{1,15}$/.test(text) ? Number(text) : otherwise;
  }
}
