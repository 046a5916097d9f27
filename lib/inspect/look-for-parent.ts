import { type Answers, answered } from './answers.ts';
import { askAlong, type ChildQuestion, type ChildQuestions } from './child-questions.ts';
import { greenletPage } from './console/greenlet-page.ts';
import { killById } from './console/kill.ts';
import { livingGreenlets, withUnstarted } from './every-greenlet.ts';
import { lookHere } from './family.ts';
import { findWarnings } from './find-warnings.ts';

/** What a process or thread answers the one that has started it. */
const answers: Answers<ChildQuestions> = {
  family: lookHere,
  greenlet: ({ id }) => {
    const living = withUnstarted(livingGreenlets());
    return greenletPage(living, id, findWarnings(living), null);
  },
  kill: ({ id }) => killById(id),
  forward: ({ path, question, patience }) => askAlong(path, question, patience),
};

/** Answers a question of the process or thread that has started this one. Both are JSON. */
export async function lookForParent(question: string): Promise<string> {
  return JSON.stringify({ result: await answered(answers, JSON.parse(question) as ChildQuestion) });
}
