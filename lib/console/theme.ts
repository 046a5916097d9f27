import { useEffect, useState } from 'preact/hooks';

/** Whether the theme of the system is dark. Changes with it. */
export function useTheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const update = () => setDark(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isDark;
}

/** A colour as a canvas takes it, which knows no variables. */
export function resolved(element: HTMLElement, color: string): string {
  element.style.color = color;
  const { color: value } = getComputedStyle(element);
  element.style.color = '';
  return value;
}
