/**
 * In the repository, a picture for the dark theme is chosen by what the reader's system prefers. On the site, the theme switch decides:
 * both are there, and the styles show one of them.
 */
const PICTURE =
  /^<picture>\n\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?<dark>[^"]+)">\n\s*<img src="(?<light>[^"]+)" (?<rest>[^>]*)>\n<\/picture>$/gm;

/** Gives a page two pictures instead of each `<picture>`. The hidden one is not loaded, because it is lazy. */
export function withThemedPictures(text: string): string {
  return text.replaceAll(PICTURE, (_, dark: string, light: string, rest: string) =>
    [
      `<img class="in-light" loading="lazy" src="${light}" ${rest}>`,
      `<img class="in-dark" loading="lazy" src="${dark}" ${rest}>`,
    ].join('\n'),
  );
}
