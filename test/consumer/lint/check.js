// Compares the lines of program.ts that the rule reports with those that it has to report.
import { readFileSync } from 'node:fs';
import { ESLint } from 'eslint';
import greenhub from 'greenhub/eslint';
import tseslint from 'typescript-eslint';

const parserOptions = { projectService: true, tsconfigRootDir: import.meta.dirname };
const eslint = new ESLint({
  cwd: import.meta.dirname,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser, parserOptions } },
    greenhub.configs.recommended,
  ],
});
const [{ messages }] = await eslint.lintFiles(['program.ts']);
const lines = readFileSync(new URL('program.ts', import.meta.url), 'utf8').split('\n');
const isMarked = (line) => lines[line - 1].endsWith('// finds');
const wrong = messages.filter(({ line }) => !isMarked(line)).map(({ line, message }) => `line ${line} is right: ${message}`);
const missed = lines.flatMap((text, index) => {
  const found = messages.some(({ line }) => line === index + 1);
  return text.endsWith('// finds') && !found ? [`line ${index + 1} is not found: ${text}`] : [];
});
for (const text of [...wrong, ...missed]) console.log(text);
if (messages.length < 30) console.log(`only ${messages.length} lines were found`);
process.exitCode = wrong.length + missed.length > 0 || messages.length < 30 ? 1 : 0;
